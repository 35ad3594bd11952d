"""
The edits of a migration, in units that are carried out as a whole or not at all.

A test, a fixture or a helper is a unit; units that share a fixture or an object are joined. One
place that cannot be rewritten leaves all that is joined to it, because a test that is half
rewritten works with neither library.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any, TypeAlias

import libcst as cst

from twreplay._migrate.notes import LEFT, STAYS, Note

Unit: TypeAlias = str
Change: TypeAlias = Callable[[Any], Any]


class Plan:
    """Edits, refusals and remarks, by unit."""

    def __init__(self) -> None:
        self._parents: dict[Unit, Unit] = {}
        self._edits: list[tuple[Unit, cst.CSTNode, Change]] = []
        self._refusals: list[tuple[Unit, Note]] = []
        self._remarks: list[tuple[Unit, Note]] = []
        self._undecided: dict[Unit, Note] = {}
        self._wanted: set[Unit] = set()

    def edit(self, unit: Unit, node: cst.CSTNode, change: Change) -> None:
        """Plan to put ``change(node)`` in the place of *node*, after what is inside of it."""
        self._edits.append((unit, node, change))

    def refuse(self, unit: Unit, note: Note) -> None:
        """Leave *unit*, and all that is joined to it, for the reason of *note*."""
        self._refusals.append((unit, note))

    def remark(self, unit: Unit, note: Note) -> None:
        """Tell *note* if *unit* is rewritten."""
        self._remarks.append((unit, note))

    def want(self, unit: Unit) -> None:
        """Note that *unit* is about this API. It is rewritten, and what is joined to it."""
        self._wanted.add(unit)

    def doubt(self, unit: Unit, note: Note) -> None:
        """Leave *unit* for the reason of *note*, unless something joined to it is wanted."""
        self._undecided.setdefault(unit, note)

    def join(self, one: Unit, other: Unit) -> None:
        """Let two units be rewritten together or not at all."""
        self._parents[self._find(one)] = self._find(other)

    def _find(self, unit: Unit) -> Unit:
        root = unit
        while (above := self._parents.get(root, root)) != root:
            root = above
        while (above := self._parents.get(unit, unit)) != root:
            self._parents[unit] = root
            unit = above
        return root

    def settle(self) -> Settled:
        """Decide which units are rewritten."""
        wanted = {self._find(unit) for unit in self._wanted}
        refused = {self._find(unit) for unit, _ in self._refusals}
        doubted = {self._find(unit) for unit in self._undecided} - wanted
        left = refused | doubted
        kept = wanted - left
        staying = {self._find(unit) for unit, note in self._refusals if note.kind == STAYS} - wanted
        notes = [
            note if self._find(unit) in staying else replace(note, kind=LEFT)
            for unit, note in self._refusals
            if note.kind == STAYS or self._find(unit) not in staying
        ]
        notes += [
            note
            for unit, note in self._undecided.items()
            if self._find(unit) in doubted and self._find(unit) not in refused
        ]
        notes += [note for unit, note in self._remarks if self._find(unit) in kept]
        edits = [(node, change) for unit, node, change in self._edits if self._find(unit) in kept]
        done = {unit for unit, _, _ in self._edits if self._find(unit) in kept}
        return Settled(edits, notes, frozenset(done), lambda unit: self._find(unit) not in kept)


class Settled:
    """
    The edits that are carried out.

    Attributes:
        notes: The list for people.

        done: The units that are rewritten.

        is_left: Returns whether a unit is left.
    """

    def __init__(
        self,
        edits: Iterable[tuple[cst.CSTNode, Change]],
        notes: Iterable[Note],
        done: frozenset[Unit],
        is_left: Callable[[Unit], bool],
    ) -> None:
        self._changes: dict[cst.CSTNode, list[Change]] = {}
        for node, change in edits:
            self._changes.setdefault(node, []).append(change)
        self.notes = tuple(notes)
        self.done = done
        self.is_left = is_left

    def apply(self, module: cst.Module) -> cst.Module:
        """Return *module* with its edits."""
        result = module.visit(_Applying(self._changes))
        assert isinstance(result, cst.Module)
        return result


def apply_within(node: cst.CSTNode, edits: Iterable[tuple[cst.CSTNode, Change]]) -> cst.CSTNode:
    """Return *node* with *edits*, which are all inside of it."""
    result = node.visit(_Applying({each: [change] for each, change in edits}))
    assert isinstance(result, cst.CSTNode)
    return result


class _Applying(cst.CSTTransformer):
    """Replaces nodes by what their changes make of them, the inner ones first."""

    def __init__(self, changes: dict[cst.CSTNode, list[Change]]) -> None:
        super().__init__()
        self._changes = changes

    def on_leave(self, original_node: Any, updated_node: Any) -> Any:
        """Apply the changes of *original_node*."""
        result = super().on_leave(original_node, updated_node)
        for change in self._changes.get(original_node, ()):
            if isinstance(result, cst.CSTNode):
                result = change(result)
        return result
