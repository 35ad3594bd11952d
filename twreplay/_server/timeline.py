"""The timeline of a server: what was asked and answered, kept within bounds, and waited for."""

from __future__ import annotations

import asyncio
import re
from collections import Counter, deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from twreplay._api import Q, Question
from twreplay._display import Body, shown_value, visible, without_secrets
from twreplay._http import Request, Response
from twreplay._simulator import hide_in_hint

TO_API = "to the API"
TO_APPLICATION = "to the application"

LIMIT = 10_000
"""How many events are kept: about 30 MB."""

# More keys than the API has operations and statuses, when Sids are left out of paths.
_MOST_ANSWERS = 5000
_SID = re.compile(r"(?<=/)[A-Z]{2}[0-9a-f]{32}")
_SHOWN_BODY = 20_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """
    One request to the API and its answer, as the page and the control API show it.

    Attributes:
        number: Counted from 1.

        at: The time in the simulated world, as ISO 8601.

        direction: ``to the API``, or ``to the application`` for a webhook.

        how: ``simulated``, ``replayed``, ``recorded`` or ``unmatched``; of a webhook ``delivered``
            or ``failed``.

        outcome: The status, or the name of a fault.

        rule: The check that decided.

        source: Its source.

        grade: The grade of the evidence.
    """

    number: int
    at: str
    direction: str
    how: str
    request: Request
    response: Response | None
    outcome: str
    rule: str = ""
    source: str = ""
    grade: str = ""
    questions: tuple[Question, ...] = ()
    hints: tuple[str, ...] = ()

    def summarize(self) -> dict[str, Any]:
        """Return the event as JSON has it, without headers and bodies, and without secrets."""
        return {
            "number": self.number,
            "at": self.at,
            "direction": self.direction,
            "how": self.how,
            "method": visible(self.request.effective_method),
            "url": self.request.shown_url,
            "outcome": self.outcome,
            "rule": visible(self.rule),
            "source": visible(without_secrets(self.source)),
            "grade": self.grade,
            "questions": [q.number for q in self.questions if q.number != Q.PLAIN_HTTP],
            "hints": [visible(hide_in_hint(hint)) for hint in self.hints],
        }

    def describe(self) -> dict[str, Any]:
        """Return the event as JSON has it, with headers and the beginning of bodies."""
        answer = self.response
        return {
            **self.summarize(),
            "request_headers": _show_headers(self.request.headers.pairs),
            "form": [[name, shown_value(name, value)] for name, value in self.request.form],
            "request_body": _show_body(self.request.body),
            "response_headers": _show_headers(answer.headers.pairs) if answer else [],
            "response_body": _show_body(answer.body) if answer else "",
        }


class Timeline:
    """
    The newest events, a count of all, and the clients that wait for the next one.

    For one event loop. *on_event* is called with each event.
    """

    def __init__(self, limit: int = LIMIT) -> None:
        self.count = 0
        self.counts: Counter[str] = Counter()
        self.answers: Counter[tuple[str, str, int]] = Counter()
        self.on_event: list[Callable[[Event], None]] = []
        self._events: deque[Event] = deque(maxlen=limit)
        self._changed: asyncio.Event | None = None

    @property
    def events(self) -> tuple[Event, ...]:
        """The events that are kept, oldest first."""
        return tuple(self._events)

    @property
    def dropped(self) -> int:
        """How many older ones were not kept."""
        return self.count - len(self._events)

    def add(self, event: Event) -> None:
        """Add *event*, in the place of the oldest one if there is no room."""
        self.count += 1
        self.counts[event.how] += 1
        self._events.append(event)
        if event.response is not None and event.how != "unmatched" and event.direction == TO_API:
            # One key for all instances: a million calls are one operation.
            path = _generalize(event.request.path)
            key = event.request.effective_method, path, event.response.status
            if key in self.answers or len(self.answers) < _MOST_ANSWERS:
                self.answers[key] += 1
        for tell in self.on_event:
            tell(event)
        self.wake()

    def wake(self) -> None:
        """Let go on what waits for a change: of the events, of the world or of the clock."""
        if self._changed is not None:
            self._changed.set()
            self._changed = None

    async def wait(self, seconds: float) -> bool:
        """Wait for the next change; return False if none came within *seconds*."""
        if self._changed is None:
            self._changed = asyncio.Event()
        try:
            await asyncio.wait_for(self._changed.wait(), seconds)
        except TimeoutError:
            return False
        return True

    def clear(self) -> None:
        """Drop all events and counts."""
        self.count = 0
        self.counts.clear()
        self.answers.clear()
        self._events.clear()
        self.wake()


@lru_cache(maxsize=1024)
def _generalize(path: str) -> str:
    """Return *path* with the same Sid for all instances."""
    return _SID.sub(lambda found: found[0][:2] + "0" * 32, path)


def _show_headers(pairs: Iterable[tuple[str, str]]) -> list[list[str]]:
    return [[visible(name), visible(shown_value(name, value))] for name, value in pairs]


def _show_body(body: bytes) -> str:
    text = Body(body[:_SHOWN_BODY]).decode("utf-8", "replace")
    return visible(without_secrets(text))
