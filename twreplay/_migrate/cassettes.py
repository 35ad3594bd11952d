"""Where the cassettes of other libraries lie, and whose requests are on them."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from twreplay._address import API_HOST, API_ROOT
from twreplay._cassette import SUFFIXES, load
from twreplay._display import visible_line
from twreplay._explanation import join_words
from twreplay._files import read_file
from twreplay.errors import CassetteError

# As vcrpy writes them; a cassette that is written otherwise is read as a whole. Reading 100
# cassettes of 60 kB takes 0.1 s so, and 4 s with a parser of YAML.
_IN_YAML = re.compile(rb"^    uri: ['\"]?(https?://[^\s'\"]+)", re.MULTILINE)
_IN_JSON = re.compile(rb'(?<!\\)"uri":\s*("(?:[^"\\]|\\.)*")')

_MOST_NAMED = 3


@dataclass(frozen=True, slots=True)
class Subject:
    """
    Whose requests a cassette holds.

    Attributes:
        here: How many are of this version of the API.

        versions: Other versions of the API that are requested.

        hosts: Other hosts that are requested, the most frequent first.
    """

    here: int = 0
    versions: tuple[str, ...] = ()
    hosts: tuple[str, ...] = ()

    @property
    def is_ours(self) -> bool:
        """True if all requests are of this version of the API, and there is one."""
        return bool(self.here) and not self.versions and not self.hosts

    @property
    def is_known(self) -> bool:
        """True if there is a request at all."""
        return bool(self.here or self.versions or self.hosts)

    def describe_others(self) -> str:
        """Return what is requested besides this version of the API, for a message."""
        parts = []
        if self.versions:
            parts.append(f"version {join_words(self.versions)} of the API")
        if self.hosts:
            more = len(self.hosts) - _MOST_NAMED
            named = self.hosts[:_MOST_NAMED] + ((f"{more} more",) if more > 0 else ())
            parts.append(join_words(named))
        return visible_line(" and ".join(parts))


def read_subjects(urls: Iterable[str]) -> Subject:
    """Return whose requests *urls* are."""
    here, versions, hosts = 0, Counter[str](), Counter[str]()
    for url in urls:
        try:
            parts = urlsplit(url)
            host = parts.hostname or ""
        except ValueError:
            continue
        path = parts.path.replace("//", "/")
        if host != API_HOST:
            hosts[host] += 1
        elif path == API_ROOT or path.startswith((f"{API_ROOT}/", f"{API_ROOT}.")):
            here += 1
        else:
            versions[path.split("/")[1] if "/" in path else ""] += 1
    return Subject(here, _in_order(versions), _in_order(hosts))


def _in_order(counted: Counter[str]) -> tuple[str, ...]:
    return tuple(name or "none" for name, _ in counted.most_common())


class Cassettes:
    """The cassettes of a project, each read once."""

    def __init__(self, roots: Iterable[Path]) -> None:
        self._roots = tuple(dict.fromkeys(roots))
        self._known: dict[Path, Subject | None] = {}

    def read(self, path: Path) -> Subject | None:
        """Return whose requests are in *path*; None if it is no cassette that can be read."""
        if path not in self._known:
            self._known[path] = _read(path)
        return self._known[path]

    def read_all(self, paths: Iterable[Path]) -> Subject | None:
        """Return whose requests are in *paths* together; None if none of them can be read."""
        found = [subject for path in paths if (subject := self.read(path)) is not None]
        if not found:
            return None
        versions = dict.fromkeys(name for each in found for name in each.versions)
        hosts = dict.fromkeys(name for each in found for name in each.hosts)
        return Subject(sum(each.here for each in found), tuple(versions), tuple(hosts))

    def find(self, name: str, *folders: Path) -> list[Path]:
        """
        Return the files that a path in the source may mean.

        Args:
            name: The path; ``*`` stands for what is not known of it.

            folders: What it may be relative to, besides the roots of the project.
        """
        if not name.strip("*/."):
            return []
        if Path(name).is_absolute():
            return [Path(name)] if "*" not in name and Path(name).is_file() else []
        for folder in (*folders, *self._roots):
            try:
                found = sorted(path for path in folder.glob(name) if path.is_file())
            except (ValueError, NotImplementedError, OSError):
                return []
            if found:
                return found
        return []

    def find_of_test(self, folder: Path, name: str) -> list[Path]:
        """Return the cassettes of the test *name* in *folder*, those of all its parameters."""
        try:
            files = sorted(folder.iterdir())
        except OSError:
            return []
        return [
            file
            for file in files
            if file.suffix in SUFFIXES and (file.stem == name or file.stem.startswith(f"{name}["))
        ]


def _read(path: Path) -> Subject | None:
    try:
        content = read_file(path)
    except OSError:
        return None
    urls = [found.decode("utf-8", "replace") for found in _IN_YAML.findall(content)]
    if not urls:
        urls = [str(json.loads(found)) for found in _IN_JSON.findall(content)]
    if not urls:
        try:
            urls = [each.request.url for each in load(path).interactions]
        except CassetteError:
            return None
    return read_subjects(urls)
