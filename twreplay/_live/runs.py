"""One call or message that runs, as a frozen value."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from twreplay._twiml import Document, Heard, State


@dataclass(frozen=True, slots=True)
class Sound:
    """
    Something that a person heard.

    Attributes:
        kind: ``say``, ``play``, ``pause``, ``beep`` or ``ring``.

        text: What was said; empty for the other sounds.

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

        document: A document that arrives when the application has taken its time.

        answered_as: The ``DialStatus`` of the first request.
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
    document: Document | None = None
    answered_as: str = "answered"
    recordings: tuple[str, ...] = field(default=())
