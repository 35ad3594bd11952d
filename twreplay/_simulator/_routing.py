"""Paths to endpoints, derived from the definitions."""

from __future__ import annotations

from dataclasses import dataclass, field

from twreplay._resources import ALIASES, EXTENSIONS, RESOURCES, Endpoint, Resource


@dataclass(slots=True)
class _Node:
    by_word: dict[str, _Node] = field(default_factory=dict)
    by_name: _Node | None = None
    end: tuple[Resource, Endpoint] | None = None


@dataclass(frozen=True, slots=True)
class Route:
    """An endpoint, and what its path says."""

    resource: Resource
    endpoint: Endpoint
    values: tuple[str, ...]
    extension: str

    @property
    def variables(self) -> dict[str, str]:
        """What stands for each name in braces."""
        return dict(zip(self.endpoint.names, self.values, strict=True))


@dataclass(frozen=True, slots=True)
class NoRoute:
    """
    A path that leads nowhere.

    Attributes:
        extension: A known extension that it ends with all the same.

        unknown_extension: What stands after the dot, if only that is wrong.
    """

    extension: str = ""
    unknown_extension: str = ""


def _tree() -> _Node:
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
            node.end = (resource, endpoint)
    return root


_TREE = _tree()


def route(segments: list[str]) -> Route | NoRoute:
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
        resource, endpoint, values = found
        if extension in EXTENSIONS or extension in endpoint.media:
            return Route(resource, endpoint, values, extension)
        return NoRoute(unknown_extension=extension)
    found = _walk(parts)
    return NoRoute() if found is None else Route(*found, "")


def _walk(parts: list[str]) -> tuple[Resource, Endpoint, tuple[str, ...]] | None:
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
    return (*node.end, tuple(values)) if node.end is not None else None
