"""The state of a run: a frozen value, which can be copied, pickled and compared."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from math import ceil, inf
from typing import TypeAlias

from twreplay._twiml.definition import Kind
from twreplay._twiml.document import Document, Instruction
from twreplay._twiml.effects import Leg


@dataclass(frozen=True, slots=True, kw_only=True)
class Durations:
    """
    Durations, in seconds. Source: questions 88 to 90.

    Attributes:
        characters_per_second: Of speech; each second begun counts.

        audio: Seconds of an audio file of unknown length.

        audio_lengths: Pairs of the URL of an audio file, absolute, and its seconds.

        beep: Seconds of the beep before a recording.

        longest_call: Seconds after which a call ends that nobody ended.

        most_documents: How many documents may follow each other within a second.

        key_wait: Seconds of a ``w`` among keys that are sent.
    """

    characters_per_second: int = 15
    audio: float = 5
    audio_lengths: tuple[tuple[str, float], ...] = ()
    beep: float = 1
    longest_call: float = 14_400
    most_documents: int = 50
    key_wait: float = 0.5

    def measure_speech(self, text: str) -> float:
        """Return the seconds that *text* takes."""
        return float(max(1, ceil(len(text) / self.characters_per_second)))

    def measure_audio(self, url: str) -> float:
        """Return the seconds of the audio at *url*."""
        return float(max(0.1, dict(self.audio_lengths).get(url, self.audio)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """
    The facts about its call or message that a run needs.

    Attributes:
        kind: Place of its documents.

        caller: The number that the call or message came from.

        called: The number that it went to.

        is_outbound: The account made the call.

        caller_ids: The numbers that ``callerId`` may name, but the caller's; None for any.

        sms_numbers: The numbers of the account that can send messages; None for any.

        verified: Where a trial account may send messages, and call; None for anywhere.

        calls_abroad: Numbers outside the US can be dialled.

        asks_for_audio: The audio of ``<Play>`` is asked for; without that it is taken to be there.

        durations: How long things last.
    """

    kind: Kind = Kind.VOICE
    caller: str = ""
    called: str = ""
    is_outbound: bool = False
    caller_ids: tuple[str, ...] | None = None
    sms_numbers: tuple[str, ...] | None = None
    verified: tuple[str, ...] | None = None
    calls_abroad: bool = True
    asks_for_audio: bool = False
    durations: Durations = field(default_factory=Durations)

    @property
    def own_number(self) -> str:
        """The number of the account."""
        return self.caller if self.is_outbound else self.called

    @property
    def other_number(self) -> str:
        """The number of the person."""
        return self.called if self.is_outbound else self.caller


class Expects(StrEnum):
    """The input that a run waits for."""

    NOTHING = ""
    DOCUMENT = "document"
    AUDIO = "audio"
    DIGITS = "digits"
    RECORDING = "recording"
    STORED_RECORDING = "stored recording"
    SMS = "sms"
    ANSWER = "answer"
    CONNECTED = "connected"
    CONFERENCE = "conference"


@dataclass(frozen=True, slots=True)
class AwaitsDocument:
    """A document was asked for."""

    is_run: bool = True


@dataclass(frozen=True, slots=True)
class AwaitsAudio:
    """The audio of a ``<Play>`` was asked for."""

    verb: Instruction
    url: str


@dataclass(frozen=True, slots=True)
class SendsKeys:
    """Keys are sent to the person who answered; *keys* are left, and the next come at *until*."""

    keys: str
    until: float = 0.0


@dataclass(frozen=True, slots=True)
class Sounds:
    """Something is heard; *is_last* if the run fails at its end."""

    start: float
    until: float
    is_last: bool = False


@dataclass(frozen=True, slots=True)
class Gathers:
    """
    Keys are collected while the child with this index is heard, or after all children.

    Attributes:
        awaits: The URL of the child's audio, which was asked for; empty if it is heard.
    """

    verb: Instruction
    child: int
    start: float
    until: float
    digits: str = ""
    deadline: float = inf
    awaits: str = ""


@dataclass(frozen=True, slots=True)
class Records:
    """A voice is recorded from *begins* on; *first* and *last* are the bounds of what was said."""

    verb: Instruction
    begins: float
    has_begun: bool = False
    first: float = inf
    last: float = -inf
    text: str = ""


@dataclass(frozen=True, slots=True)
class StoresRecording:
    """A recording was stopped, and its URL is not known yet."""

    verb: Instruction
    seconds: float
    key: str
    is_run: bool


@dataclass(frozen=True, slots=True)
class SendsSms:
    """A message was sent, and its Sid is not known yet."""

    verb: Instruction


@dataclass(frozen=True, slots=True)
class Dials:
    """
    Legs ring, or one of them was answered and is not connected yet.

    Attributes:
        live: Those that may still be connected.

        sends_to: The leg to which *keys* are sent, the next at *deadline*.

        whispers_to: The leg that hears a whisper.
    """

    verb: Instruction
    legs: tuple[Leg, ...]
    live: tuple[int, ...]
    start: float
    deadline: float
    whispers_to: int | None = None
    sends_to: int | None = None
    keys: str = ""

    @property
    def answered(self) -> int | None:
        """The leg that was answered."""
        return self.whispers_to if self.sends_to is None else self.sends_to


@dataclass(frozen=True, slots=True)
class IsConnected:
    """Caller and leg talk."""

    verb: Instruction
    leg: int
    since: float


@dataclass(frozen=True, slots=True)
class Confers:
    """The person is in a conference."""

    verb: Instruction
    name: str
    since: float


@dataclass(frozen=True, slots=True)
class Over:
    """Nothing happens any more."""


Activity: TypeAlias = (
    AwaitsDocument
    | AwaitsAudio
    | SendsKeys
    | Sounds
    | Gathers
    | Records
    | StoresRecording
    | SendsSms
    | Dials
    | IsConnected
    | Confers
    | Over
)

_EXPECTS = {
    AwaitsDocument: Expects.DOCUMENT,
    AwaitsAudio: Expects.AUDIO,
    Gathers: Expects.DIGITS,
    Records: Expects.RECORDING,
    StoresRecording: Expects.STORED_RECORDING,
    SendsSms: Expects.SMS,
    Dials: Expects.ANSWER,
    IsConnected: Expects.CONNECTED,
    Confers: Expects.CONFERENCE,
}


def find_due(activity: Activity) -> float:
    """Return the second at which *activity* goes on by itself; infinite if it does not."""
    if isinstance(activity, Sounds | SendsKeys):
        return activity.until
    if isinstance(activity, Gathers):
        return min(activity.until, activity.deadline)
    if isinstance(activity, Records):
        if not activity.has_begun:
            return activity.begins
        silent = max(activity.begins, activity.last) + activity.verb.number("timeout")
        return min(silent, activity.begins + activity.verb.number("maxLength"))
    if isinstance(activity, Dials):
        return activity.deadline
    if isinstance(activity, IsConnected | Confers):
        return activity.since + activity.verb.number("timeLimit")
    return inf


@dataclass(frozen=True, slots=True)
class State:
    """
    State of a run.

    Attributes:
        context: What it knows of its call.

        now: Its second, from 0.

        document: The document that runs; None before the first.

        position: The index of the verb that comes next.

        activity: What goes on.

        is_hung_up: The call is over. A request about it may still be due.

        documents: How many documents came since *counted_from*.

        counted_from: The second of the first of them.
    """

    context: Context = field(default_factory=Context)
    now: float = 0.0
    document: Document | None = None
    position: int = 0
    activity: Activity = AwaitsDocument()
    is_hung_up: bool = False
    documents: int = 0
    counted_from: float = 0.0

    @property
    def is_over(self) -> bool:
        """Nothing happens any more."""
        return isinstance(self.activity, Over)

    @property
    def expects(self) -> Expects:
        """The input that the run waits for; nothing where time is enough."""
        if isinstance(self.activity, Gathers) and self.activity.awaits:
            return Expects.AUDIO
        return _EXPECTS.get(type(self.activity), Expects.NOTHING)

    @property
    def is_listening(self) -> bool:
        """The person is listened to: prompts are over, a recording has begun, or people talk."""
        activity = self.activity
        if isinstance(activity, Gathers):
            return activity.child >= len(activity.verb.children)
        if isinstance(activity, Records):
            return activity.has_begun
        return isinstance(activity, IsConnected | Confers)

    @property
    def due(self) -> float | None:
        """The second at which the run goes on by itself; None if it does not."""
        due = find_due(self.activity)
        if self.context.kind is Kind.VOICE and not self.is_hung_up and not self.is_over:
            due = min(due, max(self.now, self.context.durations.longest_call))
        return None if due == inf else due
