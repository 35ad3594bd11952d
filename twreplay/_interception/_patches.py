"""One replaced attribute of a client."""

from __future__ import annotations

from collections.abc import Callable
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


def covered(function: Any) -> Any:
    """What *function* covers if it is a stand-in of ours; None if it is none."""
    layer = function.__dict__.get(_LAYER) if type(function) is FunctionType else None
    return layer.below if layer is not None and layer.stand_in is function else None


@dataclass(slots=True, eq=False)
class Patch:
    """
    One attribute of a client, and what stands in for it while it is wanted.

    Others replace the same attribute, above ours or below, and go when they like. So nothing is
    remembered of who stood where: each stand-in knows what it covers, and what is on top decides.

    Attributes:
        replacement: Makes the stand-in from what it covers.

        is_in: Whether a stand-in is there, on top or below something foreign that may go and
            bring it back.
    """

    owner: Any
    name: str
    replacement: Callable[[Any], Any]
    _made: _Layer | None = field(default=None, init=False, repr=False)
    is_in: bool = field(default=False, init=False)

    def install(self) -> None:
        """See to it that the stand-in is on top."""
        below = vars(self.owner).get(self.name, _ABSENT)
        if self._layer_of(below) is not None:
            return
        if self._made is None or self._made.below is not below:
            self._made = self._cover(below)  # once, as sessions open by the thousand
        self.is_in = True
        setattr(self.owner, self.name, self._made.stand_in)

    def remove(self) -> None:
        """Put back exactly what the stand-in covers, unless somebody's own covers it in turn."""
        if not self.is_in:
            return
        top = vars(self.owner).get(self.name, _ABSENT)
        while (layer := self._layer_of(top)) is not None:
            if layer.below is _ABSENT:
                delattr(self.owner, self.name)
            else:
                setattr(self.owner, self.name, layer.below)
            top = vars(self.owner).get(self.name, _ABSENT)
        self.is_in = self._made is not None and top is not self._made.below

    @property
    def is_exposed(self) -> bool:
        """Whether what the stand-in covered is on top again."""
        if not self.is_in or self._made is None:
            return False
        return vars(self.owner).get(self.name, _ABSENT) is self._made.below

    def _layer_of(self, top: Any) -> _Layer | None:
        """The layer whose stand-in *top* is; None if it is not this patch's."""
        layer = top.__dict__.get(_LAYER) if type(top) is FunctionType else None
        is_ours = layer is not None and layer.patch is self and layer.stand_in is top
        return layer if is_ours else None

    def _cover(self, below: Any) -> _Layer:
        stand_in = self.replacement(self._callable(below))
        layer = _Layer(self, below, stand_in)
        stand_in.__dict__[_LAYER] = layer
        return layer

    def _callable(self, below: Any) -> Callable[..., Any]:
        """What calls *below* as the client would, which is not given a self by everything."""
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
