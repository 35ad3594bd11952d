"""What lives beside the world, as it was at one moment: for a fork to go back to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from twreplay._delivery import ClientMark, OutboxMark
from twreplay._live.runs import Item


@dataclass(frozen=True, slots=True)
class DueMark:
    """
    What was due.

    Attributes:
        outbox: The webhooks.

        arrived: How many answers took virtual time so far.
    """

    outbox: OutboxMark[Item] = field(default_factory=OutboxMark)
    arrived: int = 0


@dataclass(frozen=True, slots=True)
class PhoneMark:
    """How many messages a test expected at a phone, and what it asked the phone for, by Sid."""

    read: int = 0
    noticed: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class LiveMark:
    """
    What lived.

    Attributes:
        due: What was due.

        client: Cookies, logins and kept responses.

        phones: What a test took note of, by the phone's number.
    """

    due: DueMark = field(default_factory=DueMark)
    client: ClientMark = field(default_factory=ClientMark)
    phones: Mapping[str, PhoneMark] = field(default_factory=dict)


NOTHING = LiveMark()
"""Of a simulator in which nothing lived yet."""
