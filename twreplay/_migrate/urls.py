"""Addresses of the API in a test, as paths of rules."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, urlsplit

import libcst as cst

from twreplay._address import API_HOST, VERSION
from twreplay._migrate.code import quote, write_code
from twreplay._migrate.source import Text
from twreplay._simulator import can_match_path

# What stands for a piece of an address that is not known: in no address itself.
_HOLE = "\ue000{}\ue001"
_HOLES = re.compile("\ue000(\\d+)\ue001")
_VERSIONED = re.compile(rf"/+{VERSION}(?=[/.?#]|$)(?P<rest>[^?#]*)(?:\?(?P<query>[^#]*))?")
_ACCOUNT = re.compile(r"/Accounts/[^/]+(?=/.)")


@dataclass(frozen=True, slots=True)
class Target:
    """
    What an address means.

    Attributes:
        path: Below the account, as source code; empty if it is not of this API.

        query: Parameters of the query.

        host: Another host, or another version of the API; empty for this API, or if not known.

        is_known: The address could be read off.

        key: What tells two addresses apart.
    """

    path: str = ""
    query: dict[str, str] = field(default_factory=dict)
    host: str = ""
    is_known: bool = True
    key: str = ""
    problem: str = ""


def read_target(text: Text | None) -> Target:
    """Return what the address *text*, known in part, means."""
    if not text:
        return Target(is_known=False)
    holes = [piece for piece in text if not isinstance(piece, str)]
    numbers = iter(range(len(holes)))
    whole = "".join(
        piece if isinstance(piece, str) else _HOLE.format(next(numbers)) for piece in text
    )
    host, _, rest = whole.partition("://")[2].partition("/")
    if "://" not in whole:
        # The scheme and the host come from elsewhere: f"{BASE}/2008-08-01/..."
        if not isinstance(text[0], str) and f"/{VERSION}" in whole:
            host, rest = "", whole.partition("/")[2]
        else:
            return Target(is_known=False)
    name = (urlsplit(f"//{host}").hostname or "") if host and not _HOLES.search(host) else ""
    if name and name != API_HOST:
        return Target(host=name)
    found = _VERSIONED.match(f"/{rest}")
    if found is None:
        version = rest.split("/")[0]
        if _HOLES.search(version) or not version:
            return Target(is_known=False)
        return Target(host=f"version {version} of the API" if name else "")
    return _read_path(found, holes, whole)


def _read_path(found: re.Match[str], holes: list[cst.BaseExpression | None], whole: str) -> Target:
    path = _ACCOUNT.sub("", found["rest"], count=1) or "/"
    query = dict(parse_qsl(found["query"] or "", keep_blank_values=True))
    if any(_HOLES.search(each) for each in query.values()):
        return Target(is_known=False)
    numbers = [int(number) for number in _HOLES.findall(path)]
    named = [holes[number] for number in numbers]
    if any(piece is None for piece in named):
        return Target(is_known=False)
    if not can_match_path(_HOLES.sub("X", path)):
        shown = _HOLES.sub("*", path)
        return Target(key=whole, problem=f"no path of the API is {shown}")
    if not numbers:
        return Target(quote(path), query, key=whole)
    code = _HOLES.sub(
        lambda hole: "{" + write_code(holes[int(hole[1])] or cst.Name("x")) + "}",
        path.replace("{", "{{").replace("}", "}}"),
    )
    if '"' in code or "\\" in code:
        return Target(is_known=False)
    return Target(f'f"{code}"', query, key=whole)
