"""Paths to endpoints, derived from the definitions."""

from __future__ import annotations

from dataclasses import dataclass, field

from twreplay._api import (
    ALIASES,
    EXTENSIONS,
    RESOURCES,
    VERSION,
    Endpoint,
    Operation,
    Resource,
)


@dataclass(slots=True)
class _Node:
    by_word: dict[str, _Node] = field(default_factory=dict)
    by_name: _Node | None = None
    end: tuple[Resource, Endpoint, tuple[str, ...]] | None = None


@dataclass(frozen=True, slots=True)
class Route:
    """An endpoint, and the variables and extension of a path to it."""

    resource: Resource
    endpoint: Endpoint
    variables: dict[str, str]
    extension: str

    @property
    def account_sid(self) -> str:
        """The Sid of the account in the path; empty if the path has none."""
        return next(iter(self.variables.values()), "")


@dataclass(frozen=True, slots=True)
class NoRoute:
    """
    The result for a path that leads to no endpoint.

    Attributes:
        extension: The known extension at its end; empty if there is no such extension.

        unknown_extension: The text after the last dot, if only the extension is wrong.
    """

    extension: str = ""
    unknown_extension: str = ""


def _build_tree() -> _Node:
    root = _Node()
    for resource in RESOURCES:
        for endpoint in resource.endpoints:
            node = root
            for part in endpoint.path.split("/")[1:]:
                if part.startswith("{"):
                    node.by_name = node.by_name or _Node()
                    node = node.by_name
                else:
                    node = node.by_word.setdefault(part, _Node())
            node.end = (resource, endpoint, endpoint.names)
    return root


_TREE = _build_tree()


def match_path(segments: list[str]) -> Route | NoRoute:
    """
    Find the endpoint of a path.

    Args:
        segments: The decoded parts of the path below the version.
    """
    parts = list(segments)
    if len(parts) > 2 and parts[2] in ALIASES and len(parts) == 4:
        parts[2] = ALIASES[parts[2]]
    stem, dot, extension = parts[-1].rpartition(".") if parts else ("", "", "")
    if dot and extension:
        found = _walk([*parts[:-1], stem])
        if found is None:
            return NoRoute(extension=extension if extension in EXTENSIONS else "")
        if extension in EXTENSIONS or extension in found[1].media:
            return Route(*found, extension)
        return NoRoute(unknown_extension=extension)
    found = _walk(parts)
    return NoRoute() if found is None else Route(*found, "")


def find_route(path: str) -> Route | None:
    """
    Return the endpoint of a path; None if the API has no such path.

    Args:
        path: The decoded path, from ``/2008-08-01`` on.
    """
    found = match_path(path.removeprefix(f"/{VERSION}").lstrip("/").split("/"))
    return found if isinstance(found, Route) else None


def find_operation(method: str, path: str) -> tuple[Resource, Endpoint, Operation] | None:
    """
    Return the operation that a request is for; None if there is no such operation.

    Args:
        method: The effective one.

        path: The decoded path, from ``/2008-08-01`` on.
    """
    found = find_route(path)
    if found is None:
        return None
    operation = found.endpoint.find_operation("GET" if method == "HEAD" else method)
    return None if operation is None else (found.resource, found.endpoint, operation)


def _walk(parts: list[str]) -> tuple[Resource, Endpoint, dict[str, str]] | None:
    node = _TREE
    values: list[str] = []
    for part in parts:
        following = node.by_word.get(part)
        if following is None:
            # A word wins over a name: Local and TollFree stand where a Sid could.
            following = node.by_name
            if following is None or not part:
                return None
            values.append(part)
        node = following
    if node.end is None:
        return None
    resource, endpoint, names = node.end
    return resource, endpoint, dict(zip(names, values, strict=True))
