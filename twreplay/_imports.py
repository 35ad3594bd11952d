"""Reports modules that were imported, again and reloaded ones included. Imports nothing itself."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from importlib.machinery import ModuleSpec
    from types import ModuleType

# wrapt's import hook reports the first import only, and holds a lock while it does.
_watched: dict[str, Callable[[], None]] = {}


def watch_imports(names: Iterable[str], tell: Callable[[], None]) -> None:
    """Call *tell* whenever one of the modules *names* has been executed."""
    _watched.update(dict.fromkeys(names, tell))
    stand_ready()


def stand_ready() -> None:
    """Put the finder among Python's, once; before pyfakefs, which takes away what is first."""
    if _finder in sys.meta_path:
        return
    place = 0
    while place < len(sys.meta_path) and _module_of(sys.meta_path[place]).startswith("pyfakefs"):
        place += 1
    sys.meta_path.insert(place, _finder)


def _module_of(finder: object) -> str:
    return str(getattr(type(finder), "__module__", ""))


class _Finder:
    """Lets those behind it find a module, and wraps its loader."""

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Find one of the watched modules; None for all others."""
        if name not in _watched:
            return None
        finders = list(sys.meta_path)
        behind = finders[finders.index(self) + 1 :] if self in finders else finders
        for finder in behind:
            find = getattr(finder, "find_spec", None)
            spec: ModuleSpec | None = find(name, path, target) if find is not None else None
            if spec is not None:
                if hasattr(spec.loader, "exec_module"):
                    spec.loader = _Loader(spec.loader)  # type: ignore[assignment]
                return spec
        return None


class _Loader:
    """A module's own loader, and word that it is done."""

    def __init__(self, loader: Any) -> None:
        self._loader = loader

    def __getattr__(self, name: str) -> Any:
        return getattr(self._loader, name)

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        """Leave it to the module's own loader."""
        module: ModuleType | None = self._loader.create_module(spec)
        return module

    def exec_module(self, module: ModuleType) -> None:
        """Execute *module* with its own loader, and tell that it is there."""
        spec: Any = module.__spec__
        if spec is not None and spec.loader is self:
            spec.loader = self._loader
        if getattr(module, "__loader__", None) is self:
            module.__loader__ = self._loader
        self._loader.exec_module(module)
        _watched[spec.name if spec is not None else module.__name__]()


_finder: Any = _Finder()
