"""What runs, and what is due to it, as frozen values."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from twreplay._delivery import Delivery, Webhook
from twreplay._simulator import Instance, Step
from twreplay._twiml import Heard, State


@dataclass(frozen=True, slots=True)
class Sound:
    """
    Something that a person heard.

    Attributes:
        kind: ``say``, ``play``, ``pause``, ``beep``, ``ring``, ``keys`` that the API sent, or
            ``voice`` of another person.

        text: What was said, or the keys; empty for the other sounds.

        url: The URL of the audio; empty for the other sounds.

        start: The second of the call at which it began.

        seconds: How long it lasts, or lasted if a key cut it off.

        is_cut_off: It ended before its time.
    """

    kind: str
    text: str
    url: str
    voice: str
    language: str
    loop: int
    start: float
    seconds: float
    is_cut_off: bool = False

    @classmethod
    def of(cls, heard: Heard) -> Sound:
        """Return what *heard* is for a person."""
        text = heard.content if heard.sound == "say" else ""
        url = heard.content if heard.sound == "play" else ""
        return cls(
            heard.sound,
            text,
            url,
            heard.voice,
            heard.language,
            heard.loop,
            heard.start,
            heard.seconds,
        )


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a transcript: the second of the call, who, and what."""

    second: float
    who: str
    what: str

    def __str__(self) -> str:
        minutes, seconds = divmod(self.second, 60)
        return f"{int(minutes):02}:{seconds:04.1f}  {self.who:<8} {self.what}"


class LegStatus(StrEnum):
    """The stage of a leg."""

    RINGING = "ringing"
    WHISPERING = "whispering"
    CONNECTED = "connected"
    OVER = "over"


@dataclass(frozen=True, slots=True)
class Leg:
    """
    A leg of a call, which ``<Dial>`` rings.

    Attributes:
        call: The Sid of the call that dials.

        index: Its place among the numbers of that ``<Dial>``.

        is_picked_up: The person answered.

        by_hand: A test does what the person does; time alone does not.
    """

    call: str
    index: int
    status: LegStatus = LegStatus.RINGING
    is_picked_up: bool = False
    by_hand: bool = False


@dataclass(frozen=True, slots=True)
class Validation:
    """
    A validation call that was answered.

    Attributes:
        request: What was asked for, with the code.

        name: The name that the caller id gets; empty for the usual one.

        failed: How often a wrong code was keyed in.
    """

    request: Instance
    name: str
    failed: int = 0


@dataclass(frozen=True, slots=True)
class Run:
    """
    A call, or the answer to a message, in the midst of what it does.

    Attributes:
        sid: The Sid of the call or message.

        account_sid: Its account.

        person: The number of the person.

        state: The state of the TwiML machine.

        began: When it began, in UTC.

        url: The URL that it began with, and is told of its end.

        method: The method for that URL.

        fallback: URL and method of the fallback; both empty if there is none.

        heard: What was heard so far.

        lines: The transcript so far.

        asked: How many documents were asked for; an answer for an older one comes too late.

        answered_as: The ``DialStatus`` of the first request.

        leg: What it is a leg of, by the Sid of its segment; None for a call or a message. Its
            *state* is that of the whisper.

        script: What the person does next, if no test drives the phone.

        has_step_due: The first step is scheduled.

        waits_for: The Sid of the call that hears it until its conference begins; empty for others.

        validation: What it validates; None for all but a validation call.

        questions: The numbers of the undocumented questions that its course rests on.
    """

    sid: str
    account_sid: str
    person: str
    state: State
    began: datetime
    url: str
    method: str
    fallback: tuple[str, str] = ("", "")
    heard: tuple[Sound, ...] = ()
    lines: tuple[Line, ...] = ()
    asked: int = 0
    answered_as: str = "answered"
    leg: Leg | None = None
    script: tuple[Step, ...] = ()
    has_step_due: bool = False
    waits_for: str = ""
    validation: Validation | None = None
    questions: frozenset[int] = frozenset()

    @property
    def is_over(self) -> bool:
        """True if nothing happens any more at this phone."""
        if self.leg is not None:
            return self.leg.status is LegStatus.OVER
        return self.state.is_hung_up

    @property
    def call_sid(self) -> str:
        """The Sid of the call that it is, or is a leg of."""
        return self.leg.call if self.leg is not None else self.waits_for or self.sid


@dataclass(frozen=True, slots=True)
class Item:
    """
    A webhook that is due.

    Attributes:
        run: The Sid of the run whose document, or audio, it fetches; empty if none.

        asked: The number of that document among those of the run; 0 for audio.

        after: The delivery that failed, where this one is to its fallback URL.
    """

    webhook: Webhook
    run: str = ""
    asked: int = 0
    after: Delivery | None = None


@dataclass(frozen=True, slots=True)
class Arrival:
    """An answer, or a failure, that comes when the time has passed that *delivery* took."""

    item: Item
    delivery: Delivery
