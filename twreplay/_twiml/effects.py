"""What a run does to the world, as values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from twreplay._api import Q
from twreplay._twiml.codes import Severity


@dataclass(frozen=True, slots=True)
class Reached:
    """A verb begins."""

    verb: str
    line: int
    column: int


@dataclass(frozen=True, slots=True)
class Heard:
    """
    The person hears something from now on.

    Attributes:
        sound: ``say``, ``play``, ``pause``, ``beep`` or ``ring``.

        content: The text, or the URL of the audio; empty for the other sounds.

        start: The second of the run at which it begins.

        seconds: How long all its rounds last; infinite for ``loop`` 0.

        loop: How often it is heard; 0 is without end.

        in_gather: A key cuts it off.
    """

    sound: str
    content: str
    start: float
    seconds: float
    voice: str = ""
    language: str = ""
    loop: int = 1
    in_gather: bool = False


@dataclass(frozen=True, slots=True)
class CutOff:
    """The last sound, from *start* on, ended after *seconds*, before its time."""

    start: float
    seconds: float


@dataclass(frozen=True, slots=True)
class Fetch:
    """
    A document is asked for.

    Attributes:
        url: Resolved against the URL of the current document.

        parameters: What is sent in addition to the parameters of every request.

        why: ``voice``, the first document, after keys were sent: its URL is empty; ``gather``,
            ``record``, ``dial``, ``sms``, ``redirect`` or ``live redirect``.

        is_run: Whether the answer is run; it is not once the call is over.
    """

    url: str
    method: str
    parameters: tuple[tuple[str, str], ...]
    why: str
    is_run: bool = True


@dataclass(frozen=True, slots=True)
class FetchAudio:
    """
    The audio of a ``<Play>`` is asked for.

    Attributes:
        url: Its absolute URL.
    """

    url: str


@dataclass(frozen=True, slots=True)
class Notify:
    """A Notification is logged."""

    code: int
    severity: Severity
    message: str
    line: int = 0
    column: int = 0


@dataclass(frozen=True, slots=True)
class Told:
    """The transcript tells of something that the API does not log."""

    message: str


@dataclass(frozen=True, slots=True)
class RestsOn:
    """The next effects rest on an undocumented question."""

    question: Q


@dataclass(frozen=True, slots=True)
class KeysLost:
    """Keys were pressed that nothing waited for."""

    digits: str


@dataclass(frozen=True, slots=True)
class KeysSent:
    """
    The API sends the tones of keys to the person, or to a leg.

    Attributes:
        leg: The index of the leg; None for the person of this run.
    """

    digits: str
    leg: int | None = None


@dataclass(frozen=True, slots=True)
class StartRecording:
    """The voice of the person is recorded from *start* on."""

    start: float


@dataclass(frozen=True, slots=True)
class StopRecording:
    """
    The recording is over.

    Attributes:
        reason: ``key``, ``silence``, ``length``, ``hang-up`` or ``redirect``.

        seconds: Its length without silence before and after.

        text: What the person said, as given.

        is_kept: It is stored; an empty one is not, nor one cut short by a redirect.

        transcribes: It is transcribed.

        transcribe_callback: The absolute URL that gets the transcription; may be empty.
    """

    reason: str
    seconds: float
    text: str
    is_kept: bool
    transcribes: bool
    transcribe_callback: str


@dataclass(frozen=True, slots=True)
class Leg:
    """A number that rings; *url* is the whisper document, absolute, empty for none."""

    number: str
    send_digits: str = ""
    url: str = ""
    method: str = "POST"


@dataclass(frozen=True, slots=True)
class StartDial:
    """All legs ring at once; each is named by its index here."""

    legs: tuple[Leg, ...]
    caller_id: str
    timeout: int
    time_limit: int
    hangup_on_star: bool


@dataclass(frozen=True, slots=True)
class StartWhisper:
    """The document at *url* is run for the called party; the caller still hears ringing."""

    leg: int
    url: str
    method: str


@dataclass(frozen=True, slots=True)
class Connect:
    """Caller and leg hear each other."""

    leg: int


@dataclass(frozen=True, slots=True)
class EndLeg:
    """
    A leg is ended from this side.

    Attributes:
        reason: ``timeout``, ``other leg``, ``declined``, ``star``, ``time limit``, ``hang-up`` or
            ``redirect``.
    """

    leg: int
    reason: str


@dataclass(frozen=True, slots=True)
class JoinConference:
    """The person enters a conference. An empty ``wait_url`` is silence."""

    name: str
    muted: bool
    beep: bool
    start_on_enter: bool
    end_on_exit: bool
    wait_url: str
    wait_method: str


@dataclass(frozen=True, slots=True)
class LeaveConference:
    """The person leaves; *reason* is ``star``, ``time limit``, ``hang-up`` or ``redirect``."""

    name: str
    reason: str


@dataclass(frozen=True, slots=True)
class SendSms:
    """
    A message is sent, or recorded as invalid.

    Attributes:
        status_callback: Absolute; empty for none.

        code: Why it is not sent; None if it is.

        has_action: The run waits for ``SmsTaken``.
    """

    to: str
    from_: str
    body: str
    status_callback: str
    code: int | None
    has_action: bool


@dataclass(frozen=True, slots=True)
class Hangup:
    """
    The call ends.

    Attributes:
        by: ``person``, ``verb``, ``end of document``, ``limit`` or ``error``.
    """

    by: str


@dataclass(frozen=True, slots=True)
class Finished:
    """A whisper, a wait document or the answer to a message came to its end."""

    failed: bool = False


Effect: TypeAlias = (
    Reached
    | Heard
    | CutOff
    | Fetch
    | FetchAudio
    | Notify
    | Told
    | RestsOn
    | KeysLost
    | KeysSent
    | StartRecording
    | StopRecording
    | StartDial
    | StartWhisper
    | Connect
    | EndLeg
    | JoinConference
    | LeaveConference
    | SendSms
    | Hangup
    | Finished
)
