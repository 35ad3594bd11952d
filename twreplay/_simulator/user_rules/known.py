"""What the API has, for suggestions: its paths and the names of its fields."""

from __future__ import annotations

from fnmatch import fnmatchcase
from functools import cache

from twreplay._api import ALIASES, EXTENSIONS, RESOURCES, VERSION, Endpoint, Resource
from twreplay._suggestion import find_similar

_ACCOUNT = "/Accounts/{AccountSid}"

# Of each request, for any resource.
_OF_ANY_REQUEST = ("_method", "num", "page")

FIELDS = frozenset(
    (
        *_OF_ANY_REQUEST,
        *(
            param.name
            for resource in RESOURCES
            for endpoint in resource.endpoints
            for operation in endpoint.operations
            for param in operation.params
        ),
        *(filter_.name for resource in RESOURCES for filter_ in resource.filters),
    )
)
"""Each name that a form or a query of the API may have."""


def is_field(name: str) -> bool:
    """Return whether a form or a query may have *name*, or *name* and an operator."""
    return name.rstrip("<>=") in FIELDS


@cache
def list_paths() -> tuple[str, ...]:
    """List the paths of the API below the account, and those of accounts whole."""
    found: list[str] = []
    for resource in RESOURCES:
        for endpoint in resource.endpoints:
            found.append(endpoint.path.removeprefix(_ACCOUNT) or endpoint.path)
    for alias, name in ALIASES.items():
        found += [path.replace(f"/{name}", f"/{alias}") for path in found if f"/{name}" in path]
    return tuple(dict.fromkeys(found))


def can_match_path(pattern: str) -> bool:
    """Return whether a path of the API can be one that *pattern* stands for."""
    pattern = pattern.removeprefix(f"/{VERSION}")
    if pattern.startswith("/Accounts"):
        paths = [
            path if path.startswith("/Accounts") else f"{_ACCOUNT}{path}" for path in list_paths()
        ]
    else:
        paths = [path for path in list_paths() if not path.startswith("/Accounts")]
        if fnmatchcase("/", pattern):
            return True
    return any(_can_be(path, pattern) for path in paths)


def _can_be(path: str, pattern: str) -> bool:
    """Return whether *pattern* can stand for *path*, whose names in braces stand for anything."""
    wanted = pattern.split("/")
    if "*" in pattern and fnmatchcase(path, pattern):
        return True
    parts = path.split("/")
    if wanted[-1] == "*" and len(parts) >= len(wanted):
        parts = parts[: len(wanted)]
    if len(parts) != len(wanted):
        return False
    return all(
        (part.startswith("{") and bool(want))
        or fnmatchcase(part, want)
        or fnmatchcase(part, _without_extension(want))
        for part, want in zip(parts, wanted, strict=True)
    )


def _without_extension(part: str) -> str:
    stem, _, extension = part.rpartition(".")
    return stem if extension in EXTENSIONS else part


def suggest_path(pattern: str) -> str:
    """Return the path of the API that is nearest to *pattern*; empty if none is near."""
    pattern = pattern.removeprefix(f"/{VERSION}")
    paths = [path.replace("{Sid}", "*") for path in list_paths()]
    paths = ["/".join("*" if part[:1] == "{" else part for part in p.split("/")) for p in paths]
    by_lower = {path.lower(): path for path in paths}
    close = find_similar(pattern.lower(), by_lower, limit=1)
    return by_lower[close[0]] if close else ""


def find_endpoints(pattern: str) -> list[tuple[Resource, Endpoint]]:
    """Return the endpoints whose paths *pattern* can stand for."""
    found = []
    for resource in RESOURCES:
        for endpoint in resource.endpoints:
            path = endpoint.path.removeprefix(_ACCOUNT) or endpoint.path
            whole = pattern.removeprefix(f"/{VERSION}")
            if _can_be(endpoint.path if whole.startswith("/Accounts") else path, whole):
                found.append((resource, endpoint))
    return found


def suggest_field(name: str) -> str:
    """Return the field of the API that is nearest to *name*; empty if none is near."""
    if is_field(name):
        return ""
    by_lower = {field.lower(): field for field in sorted(FIELDS)}
    close = find_similar(name.lower(), by_lower, limit=1, cutoff=0.75)
    return by_lower[close[0]] if close else ""
