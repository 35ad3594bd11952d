"""What happens to a run from outside, as values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from twreplay._twiml.document import Document


@dataclass(frozen=True, slots=True)
class DocumentArrived:
    """The document that was asked for is here; one with a ``failure`` makes the run fail."""

    document: Document


@dataclass(frozen=True, slots=True)
class FetchFailed:
    """No document could be had, from the fallback URL neither."""

    code: int
    message: str = ""


@dataclass(frozen=True, slots=True)
class AudioArrived:
    """
    The audio at *url* was asked for.

    Attributes:
        url: As in the `FetchAudio`.

        seconds: How long it lasts; None if nobody knows.

        is_missing: It could not be had; that is logged already.

        wrong_type: What was answered instead of audio; empty if it is audio.
    """

    url: str
    seconds: float | None = None
    is_missing: bool = False
    wrong_type: str = ""


@dataclass(frozen=True, slots=True)
class TimePassed:
    """It is the second *until* of the run now."""

    until: float


@dataclass(frozen=True, slots=True)
class Pressed:
    """The person pressed keys, one after the other, in no time."""

    digits: str


@dataclass(frozen=True, slots=True)
class Spoke:
    """The person speaks from now on, for *seconds*; the clock is not moved."""

    seconds: float
    text: str = ""


@dataclass(frozen=True, slots=True)
class HungUp:
    """The person hung up."""


@dataclass(frozen=True, slots=True)
class LegAnswered:
    """Somebody picked up the phone of the leg with this index."""

    leg: int


@dataclass(frozen=True, slots=True)
class WhisperEnded:
    """The document at ``<Number url>`` is over; it *declined* if it hung up or failed."""

    leg: int
    declined: bool = False


@dataclass(frozen=True, slots=True)
class LegEnded:
    """
    The leg with this index is over.

    Attributes:
        status: ``busy``, ``no-answer`` or ``failed``. A leg that was connected was ``answered``,
            whatever is given.
    """

    leg: int
    status: str = "no-answer"


@dataclass(frozen=True, slots=True)
class ConferenceLeft:
    """The person is out of the conference: it ended, or the person was kicked."""


@dataclass(frozen=True, slots=True)
class RecordingStored:
    """The recording that was stopped can be fetched at *url*."""

    url: str


@dataclass(frozen=True, slots=True)
class SmsTaken:
    """The message of ``<Sms action>`` has a Sid, and is ``sending`` or ``invalid``."""

    sid: str
    status: str = "sending"


@dataclass(frozen=True, slots=True)
class Redirected:
    """The live call was sent to another document over REST."""

    url: str
    method: str = "POST"


Input: TypeAlias = (
    DocumentArrived
    | FetchFailed
    | AudioArrived
    | TimePassed
    | Pressed
    | Spoke
    | HungUp
    | LegAnswered
    | WhisperEnded
    | LegEnded
    | ConferenceLeft
    | RecordingStored
    | SmsTaken
    | Redirected
)
