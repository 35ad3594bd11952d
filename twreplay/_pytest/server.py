"""The fixture ``twilio_server``: a server for one test, counted and as strict as ``twilio``."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from twreplay._api import Effect
from twreplay._interception import get_tracer
from twreplay._sessions import check_left_over
from twreplay._stats import current_stats
from twreplay.errors import UndocumentedBehavior

if TYPE_CHECKING:
    from twreplay._server import Server


def run_server(options: Mapping[str, Any], test: str) -> Iterator[Server]:
    """
    Start a server, and judge at the end what it was asked for.

    Args:
        options: The keywords of ``simulate``.

        test: The id of the test that the server is for.

    Raises:
        UndocumentedBehavior: With ``undocumented="error"``, after the test.

        UnusedRules: A rule of your own was not used.

        UnreadNotifications, AssertionError: As ``check_left_over``.
    """
    from twreplay._server import Server

    wanted = options.get("undocumented", "warn")
    server = Server(**options)
    tracer = get_tracer()
    if tracer is not None:
        tracer.follow(server.simulator)
    with server:
        yield server
    simulator = server.simulator
    if tracer is not None:
        tracer.add_simulated(simulator)
    if (tally := current_stats()) is not None:
        entries = simulator.requests
        tally.count("simulated", [(entry.request, entry.response) for entry in entries], {test})
        tally.questions.update(number for number, _ in _list_questions(server))
    if wanted != "ignore":
        for number, text in _list_questions(server):
            told = UndocumentedBehavior(text)
            told.question = number
            if wanted == "error":
                raise told
            warnings.warn(told, stacklevel=1)
    check_left_over(simulator)


def _list_questions(server: Server) -> Iterator[tuple[int, str]]:
    for entry in server.simulator.requests:
        for question in entry.questions:
            # Plain HTTP is this server's doing, not the program's.
            if question.effect is Effect.BEHAVIOR and question.number != _PLAIN_HTTP:
                place = f"{entry.method} {entry.request.shown_url}"
                yield (
                    question.number,
                    f"{place} rests on question {question.number}: {question.question} "
                    f"Simulated: {question.choice}. (See twreplay explain q{question.number})",
                )


_PLAIN_HTTP = 43
