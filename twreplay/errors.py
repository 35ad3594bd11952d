"""
Everything twreplay raises.

    TwreplayError
    ├── UsageError               the test or its configuration is wrong
    ├── NotSimulated             the request is outside the version this library is about
    ├── UnmatchedRequest         the request is not on the cassette
    ├── UnusedInteractions       the cassette holds interactions that were never played
    ├── UnusedRules              a user rule was not used
    ├── UnreadNotifications      an attached application failed, and the test did not look
    ├── WebhookDrift             the application answers a recorded webhook otherwise
    ├── RequestAssertionError    assert_sent and its like do not hold
    ├── NetworkBlocked           the network is blocked, and something tried to use it
    ├── RecordingInterrupted     the connection broke before a response was complete
    └── CassetteError            the file is the problem
        ├── CassetteNotFound
        ├── CassetteCorrupt
        ├── CassetteExpired      it is older than max_age
        ├── CassetteTooNew
        ├── CassetteNotSaved
        └── SecretInCassette

What the *API* refuses (400, 401, 404, 405) is never raised: it is a response.

Warnings stand beside the tree: ``UndocumentedBehavior``, when the outcome of a request rests on
undocumented behavior of the API, and its ``WrongVersion``, when a request was written for
another version of it; ``ExpiredCassette``, when a cassette is older than it may be.

None of these derives from an exception of an HTTP client, because code under test catches those.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from twreplay._explanation import Explanation

if TYPE_CHECKING:
    from pathlib import Path

    from twreplay._http import Interaction, Request, Response
    from twreplay._simulator import Entry

__all__ = [
    "CassetteCorrupt",
    "CassetteError",
    "CassetteExpired",
    "CassetteNotFound",
    "CassetteNotSaved",
    "CassetteTooNew",
    "ExpiredCassette",
    "MissReason",
    "NetworkBlocked",
    "NotSimulated",
    "RecordingInterrupted",
    "RequestAssertionError",
    "SecretInCassette",
    "TwreplayError",
    "UndocumentedBehavior",
    "UnmatchedRequest",
    "UnreadNotifications",
    "UnusedInteractions",
    "UnusedRules",
    "UsageError",
    "WebhookDrift",
    "WrongVersion",
]


class MissReason(StrEnum):
    """Reason why no interaction answered a request."""

    EMPTY = "empty"
    """The cassette is empty."""

    PLAYED = "played"
    """The request is on the cassette, and each recording of it has been played."""

    DIFFERENT = "different"
    """The nearest interaction is for the same operation and differs in a field or two."""

    OUT_OF_ORDER = "out_of_order"
    """With ``ordered=True``: it is on the cassette, and another one is the next."""

    NOTHING_NEAR = "nothing_near"
    """No interaction on the cassette is for this operation."""


class TwreplayError(Exception):
    """
    Anything that twreplay raises.

    Attributes:
        explanation: The parts of the message, so that programs need not parse the text.
    """

    _anchor = ""

    def __init__(self, explanation: Explanation | str) -> None:
        if isinstance(explanation, str):
            explanation = Explanation(headline=explanation, anchor=self._anchor)
        super().__init__(explanation)
        self.explanation = explanation

    def __str__(self) -> str:
        return str(self.explanation)


class UsageError(TwreplayError):
    """The test or its configuration asks for something that does not exist."""

    _anchor = "usage-error"


class NotSimulated(TwreplayError):
    """
    The request goes to the API's host, to something other than ``/2008-08-01``.

    It was refused, not sent: sending it by accident could cost money.

    Attributes:
        request: The request that was refused.
    """

    request: Request


class UnmatchedRequest(TwreplayError):
    """
    No interaction on the cassette answers this request.

    Attributes:
        request: The request that was sent.

        reason: The reason why nothing answered it.

        nearest: The interaction that differs least; None if the cassette has nothing near.

        differences: The fields that differ from *nearest*, such as ``form.To``.
    """

    request: Request
    reason: MissReason
    nearest: Interaction | None
    differences: tuple[str, ...]


class UnusedInteractions(TwreplayError):
    """
    The block succeeded, and some interactions were never played.

    Attributes:
        unused: The interactions that were not played, in recorded order.
    """

    unused: tuple[Interaction, ...]


class UnreadNotifications(TwreplayError):
    """
    Errors of an attached application were logged, and the test did not look at the log.

    Attributes:
        codes: The error codes, in order.
    """

    codes: tuple[int, ...] = ()


class UnusedRules(TwreplayError):
    """
    The block succeeded, and a user rule was used less often than required.

    Attributes:
        rules: The rules, as source code.
    """

    rules: tuple[str, ...]


class WebhookDrift(TwreplayError):
    """
    The application answers a recorded webhook otherwise than when it was recorded.

    Attributes:
        request: The webhook, as it was delivered.

        recorded: The recorded answer.

        answered: The answer of the application; None if it gave none.

        diff: The differences, as lines with + and -.
    """

    request: Request
    recorded: Response
    answered: Response | None
    diff: str


class RequestAssertionError(TwreplayError, AssertionError):
    """
    Another number of requests was made than a test asserts.

    Attributes:
        requests: The entries of the journal that were counted.
    """

    requests: tuple[Entry, ...]


class NetworkBlocked(TwreplayError):
    """
    The network is blocked, and something tried to reach what is not allowed. Nothing was sent.

    Attributes:
        host: The name, the address, or the path of the Unix socket.
    """

    host: str


class RecordingInterrupted(TwreplayError):
    """
    A response is missing in the recording, so it was not saved.

    None came as a whole to a request that went out, or it has a status that is not recorded.

    Attributes:
        request: The request whose response is missing.
    """

    request: Request


class CassetteError(TwreplayError):
    """
    The cassette file is the problem.

    Attributes:
        path: The file.
    """

    path: Path


class CassetteNotFound(CassetteError):
    """There is no such cassette, and the record mode does not allow making one."""


class CassetteCorrupt(CassetteError):
    """
    The file is not a readable cassette. It was left unchanged.

    Attributes:
        line: The line at which reading stopped, from 1; 0 if it is not a matter of one line.

        is_replaceable: It is a damaged cassette, or empty, so a new recording may take its place.
            What is something else is never overwritten.
    """

    line: int
    is_replaceable: bool = False


class CassetteExpired(CassetteError):
    """The cassette was recorded longer ago than ``max_age``, with ``on_expiry="fail"``."""


class CassetteTooNew(CassetteError):
    """The cassette is written in a format that only a later twreplay reads."""


class CassetteNotSaved(CassetteError):
    """The recording could not be written. The old file is unchanged."""


class SecretInCassette(CassetteError):
    """The recording still had a secret in it after redaction, so it was not written."""


class UndocumentedBehavior(UserWarning):
    """
    The outcome of a request rests on undocumented behavior of the API.

    Raised, not warned, with ``undocumented="error"``.

    Attributes:
        question: The number of the question in ``docs/undocumented.md``; 0 for none.

        request: The request.
    """

    question: int
    request: Request


class WrongVersion(UndocumentedBehavior):
    """A request was written for another version of the API, and answered by this one."""


class ExpiredCassette(UserWarning):
    """A cassette was recorded longer ago than ``max_age``, with ``on_expiry="warn"``."""
