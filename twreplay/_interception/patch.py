"""One replaced attribute of a client."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from types import FunctionType
from typing import Any, Final, NamedTuple

_ABSENT: Final = object()

# Where a stand-in has its layer. functools.wraps copies it into foreign wrappers, so a layer also
# says whose it is.
_LAYER: Final = "_twreplay_layer"


class _Layer(NamedTuple):
    patch: Patch
    below: Any
    stand_in: Any
    is_lowest: bool
    """It covers the client's own or a stranger's, and no stand-in of ours."""


def covered(function: Any) -> Any:
    """Return what *function* covers if it is a stand-in of ours; else None."""
    layer = _read_layer(function)
    return layer.below if layer is not None else None


def _read_layer(function: Any) -> _Layer | None:
    """Return the layer whose stand-in *function* is; else None."""
    layer: _Layer | None = function.__dict__.get(_LAYER) if type(function) is FunctionType else None
    return layer if layer is not None and layer.stand_in is function else None


def _is_stand_in(function: Any) -> bool:
    return type(function) is FunctionType and _LAYER in function.__dict__


@dataclass(slots=True, eq=False)
class Patch:
    """
    One attribute of a client, and what stands in for it while it is wanted.

    Others replace the same attribute, above ours or below, and go when they like. So nothing is
    remembered of who stood where: each stand-in knows what it covers, and what is on top decides.

    Attributes:
        replacement: Makes the stand-in from what it covers.
    """

    owner: Any
    name: str
    replacement: Callable[[Any], Any]
    _made: _Layer | None = field(default=None, init=False, repr=False)
    _layers: list[_Layer] = field(default_factory=list, init=False, repr=False)
    _standing: Mapping[str, Any] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self._standing = vars(self.owner)  # a view: it shows what is set later

    def install(self) -> None:
        """See to it that the stand-in is on top, or below none but stand-ins of other patches."""
        below = self._settled()
        if self._is_below(below):
            return
        if self._made is None or self._made.below is not below:
            self._made = self._cover(below)
        self._layers.append(self._made)
        setattr(self.owner, self.name, self._made.stand_in)

    def remove(self) -> None:
        """Put back exactly what the stand-in covers, unless somebody's own covers it in turn."""
        if not self._layers and not _is_stand_in(self._standing.get(self.name, _ABSENT)):
            return
        while (layer := self._layer_of(self._settled())) is not None:
            if layer.below is _ABSENT:
                delattr(self.owner, self.name)
            else:
                setattr(self.owner, self.name, layer.below)
        self._settled()

    @property
    def is_in(self) -> bool:
        """Return whether a stand-in is there, on top or below something that may bring it back."""
        if not self._layers:
            return False
        top = self._standing.get(self.name, _ABSENT)
        if top is not self._layers[0].stand_in:
            self._settled()
        return bool(self._layers)

    @property
    def is_exposed(self) -> bool:
        """Return whether something that the stand-in covered was put back over it."""
        if not self._layers:
            return False
        top = self._standing.get(self.name, _ABSENT)
        return self._is_the_clients(top) or any(layer.below is top for layer in self._layers)

    def _settled(self) -> Any:
        """Return what is on top; and forget the stand-ins that cannot be there any more."""
        top = self._standing.get(self.name, _ABSENT)
        if self._is_the_clients(top):
            self._layers.clear()
        for place, layer in enumerate(self._layers):
            if layer.stand_in is top:
                del self._layers[place + 1 :]
            elif layer.below is top:
                del self._layers[place:]
        return top

    def _is_the_clients(self, top: Any) -> bool:
        """Return whether *top* is what the client itself defines, below which nothing is."""
        if top is _ABSENT:
            return True
        written = f"{getattr(self.owner, '__qualname__', '')}.{self.name}"
        return type(top) is FunctionType and top.__code__.co_qualname == written

    def _is_below(self, top: Any) -> bool:
        """
        Return whether *top* is the stand-in, or leads to it through stand-ins of other patches.

        A block of the network that began within a session replaces a method of httpx as well. A
        second stand-in above that one would outlast both, and record each request twice.
        """
        while (layer := _read_layer(top)) is not None:
            if layer.patch is self:
                return True
            top = layer.below
        return False

    def _layer_of(self, top: Any) -> _Layer | None:
        """The layer whose stand-in *top* is; None if it is not this patch's."""
        layer = _read_layer(top)
        return layer if layer is not None and layer.patch is self else None

    def _cover(self, below: Any) -> _Layer:
        stand_in = self.replacement(self._callable(below))
        is_lowest = not _is_stand_in(below)
        layer = _Layer(self, below, stand_in, is_lowest)
        stand_in.__dict__[_LAYER] = layer
        return layer

    def _callable(self, below: Any) -> Callable[..., Any]:
        """Return a function that calls *below* as the client would, bound if it needs to be."""
        if below is _ABSENT:
            inherited: Callable[..., Any] = getattr(self.owner, self.name)
            return inherited
        if not isinstance(self.owner, type) or type(below) is FunctionType:
            function: Callable[..., Any] = below
            return function

        def call(self: Any, *args: Any, **kwargs: Any) -> Any:
            bind = getattr(type(below), "__get__", None)
            bound = below if bind is None else bind(below, self, type(self))
            return bound(*args, **kwargs)

        return call


# Nearly always all is as the last session left it. To look at no more than that, in one loop,
# takes a tenth of the time for 29 patches, and sessions open by the thousand.


def install_each(patches: Iterable[Patch]) -> None:
    """See to it that the stand-in of each of *patches* is there, as *Patch.install* does."""
    for patch in patches:
        made, layers = patch._made, patch._layers
        top = patch._standing.get(patch.name, _ABSENT)
        if not layers:
            if made is not None and top is made.below:
                layers.append(made)
                setattr(patch.owner, patch.name, made.stand_in)
                continue
        elif top is layers[0].stand_in and len(layers) == 1:
            continue
        patch.install()


def remove_each(patches: Iterable[Patch]) -> bool:
    """
    Take each of *patches* out, as *Patch.remove* does.

    Returns:
        True if something else covers the stand-in of one, which is there still.
    """
    is_covered = False
    for patch in patches:
        layers = patch._layers
        top = patch._standing.get(patch.name, _ABSENT)
        if not layers:
            if not _is_stand_in(top):
                continue
        elif top is layers[0].stand_in and layers[0].is_lowest:
            # As nearly always: one stand-in, and nothing above it.
            if (below := layers[0].below) is _ABSENT:
                delattr(patch.owner, patch.name)
            else:
                setattr(patch.owner, patch.name, below)
            layers.clear()
            continue
        patch.remove()
        is_covered = is_covered or patch.is_in
    return is_covered
