"""Names of cassette files, and of the tests that record into them. Touches no file system."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection
from pathlib import PurePath

from twreplay._display import visible_line
from twreplay._http import Interaction

# Leaves room below the usual 255 bytes for ".failed.yaml" and for a temporary name.
_LONGEST = 180

_UNSAFE = re.compile(r"[^A-Za-z0-9_.,()+=@ \[\]-]")

_RESERVED = re.compile(r"(?i)\A(con|prn|aux|nul|com[0-9]|lpt[0-9])(\.|\Z)")


def build_file_name(test: str) -> str:
    """
    Build a file name for *test*, without a suffix; different tests never share one.

    Plain names stay as they are. One that a file system could not hold, could not tell from
    another (``[a/b]`` and ``[a:b]``; ``[get]`` and ``[GET]`` where case does not count) or
    that is too long gets a short hash of the whole name at its end.
    """
    name = _UNSAFE.sub("-", test)
    parameters = test.partition("[")[2]
    lossy = name != test or _RESERVED.match(name) or name != name.strip(" .")
    if not lossy and len(name) <= _LONGEST and parameters == parameters.lower():
        return name
    digest = hashlib.sha256(test.encode("utf-8", "surrogatepass")).hexdigest()[:10]
    return f"{name[:_LONGEST].strip(' .')}-{digest}"


def name_section(test: str) -> str:
    """
    Return the id of *test* as it may stand in a file: on one line, without a path of this machine.

    pytest gives ids relative to the root folder, and whole paths for what is outside of it.
    """
    file, separator, rest = test.partition("::")
    if PurePath(file).is_absolute():
        file = PurePath(file).name
    # A name of a file may hold bytes that are no text.
    text = f"{file}{separator}{rest}".encode("utf-8", "backslashreplace").decode("utf-8")
    return visible_line(text)


def find_section(name: str, interactions: Collection[Interaction]) -> str:
    """
    Find the section of the test *name* among *interactions*; *name* itself without one.

    From another root folder a test has another id, with more folders before it or fewer.
    """
    if not name or any(one.recorded_by == name for one in interactions):
        return name
    names = {one.recorded_by for one in interactions} - {""}
    alike = [each for each in names if each.endswith(f"/{name}") or name.endswith(f"/{each}")]
    return alike[0] if len(alike) == 1 else name
