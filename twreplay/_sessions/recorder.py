"""One configuration for many sessions."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from twreplay._cassette import Cassette
from twreplay._options import keep_iterators
from twreplay._sessions.cassette import CassetteContext, build_context
from twreplay._sessions.cassette_options import CassetteOptions, CassetteSettings
from twreplay._sessions.simulator import SimulationContext, simulate
from twreplay._simulator import SimulatorOptions, check_options
from twreplay._suggestion import check_keywords
from twreplay.errors import UsageError

_OF_CASSETTE = frozenset(CassetteOptions.__annotations__)
_OF_SIMULATOR = frozenset(SimulatorOptions.__annotations__)


class Recorder(Mapping[str, Any]):
    """
    A configuration, checked once, for cassettes and simulations.

    It does not change. As the result of the fixture ``twreplay_config`` it configures a suite.

        tape = twreplay.Recorder(cassette_dir="tests/cassettes", ignore=("query.page",))

        @tape.use_cassette("calls.yaml")
        def test_calls(): ...

    Args:
        cassette_dir: Where relative paths, and the cassettes of decorated functions, are. By
            default the current directory, and ``cassettes`` beside the function's file.

        options: The keywords of ``use_cassette`` and of ``simulate``.

    Raises:
        UsageError: A keyword or value that does not exist.
    """

    def __init__(
        self, *, cassette_dir: str | os.PathLike[str] | None = None, **options: Any
    ) -> None:
        known = (*CassetteOptions.__annotations__, *SimulatorOptions.__annotations__)
        check_keywords("Recorder", options, ("cassette_dir", *dict.fromkeys(known)))
        if cassette_dir is not None and not isinstance(cassette_dir, str | os.PathLike):
            msg = f"cassette_dir takes a path, not {type(cassette_dir).__name__}."
            raise UsageError(msg)
        self._folder = Path(cassette_dir) if cassette_dir is not None else None
        keep_iterators(options)
        self._options = options
        CassetteSettings.from_options(self._select(_OF_CASSETTE, {}))
        check_options(self._select(_OF_SIMULATOR, {}))

    @property
    def cassette_dir(self) -> Path | None:
        """The folder of the cassettes; None if it has no folder."""
        return self._folder

    def use_cassette(
        self,
        path: str | os.PathLike[str] | Cassette | Callable[..., Any] | None = ...,  # type: ignore[assignment]
        /,
        **options: Any,
    ) -> Any:
        """
        Replay or record as ``twreplay.use_cassette`` does, with this configuration.

        Args:
            path: As there, relative to the folder of this configuration.

            options: Keywords for this once; they beat the configuration.
        """
        chosen = self._select(_OF_CASSETTE, options)
        if callable(path):
            return build_context(..., chosen, self._folder)(path)
        context: CassetteContext = build_context(path, chosen, self._folder)
        return context

    def simulate(self, function: Callable[..., Any] | None = None, /, **options: Any) -> Any:
        """
        Simulate as ``twreplay.simulate`` does, with this configuration.

        Args:
            function: A function to decorate, where there are no options.

            options: Keywords for this once; they beat the configuration.
        """
        context: SimulationContext = simulate(**self._select(_OF_SIMULATOR, options))
        return context if function is None else context(function)

    def _select(self, names: frozenset[str], options: Mapping[str, Any]) -> dict[str, Any]:
        kept = {name: value for name, value in self._options.items() if name in names}
        return kept | dict(options)

    def __getitem__(self, name: str) -> Any:
        return self._options[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._options)

    def __len__(self) -> int:
        return len(self._options)

    def __repr__(self) -> str:
        # Without values: some are tokens.
        return f"<Recorder {', '.join(self._options) or 'with the defaults'}>"
