"""The phones of ``twreplay.Server``: those of the simulator, by the control API."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol
from urllib.parse import quote

from twreplay._live import Sound
from twreplay._simulator import Instance
from twreplay._simulator.state.snapshot import unpack_instance
from twreplay._suggestion import explain_each_misuse


class Remote(Protocol):
    """The server, as its phones see it."""

    @property
    def sms_messages(self) -> tuple[Instance, ...]: ...

    def _call(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> Any: ...

    def _expect(
        self, method: str, path: str, body: Mapping[str, Any] | None = None
    ) -> dict[str, Any]: ...


@explain_each_misuse
class ServerCall:
    """One call, as the person at the phone has it."""

    def __init__(self, phone: ServerPhone, state: Mapping[str, Any]) -> None:
        self._phone = phone
        self._sid = state["sid"]

    def __repr__(self) -> str:
        return f"<ServerCall {self._sid}>"

    @property
    def sid(self) -> str:
        """The Sid of the ``Call``."""
        return str(self._sid)

    @property
    def heard(self) -> tuple[Sound, ...]:
        """The sounds heard so far, oldest first."""
        return tuple(Sound(**sound) for sound in self._read()["heard"])

    @property
    def is_over(self) -> bool:
        """True if the call is over."""
        return bool(self._read()["is_over"])

    @property
    def expects(self) -> str:
        """The input that the call needs: ``digits``, ``recording``, ``answer``, or nothing."""
        return str(self._read()["expects"])

    @property
    def transcript(self) -> str:
        """The call as plain text."""
        return str(self._read()["transcript"])

    def press(self, digits: str) -> ServerCall:
        """Press keys, one after the other."""
        return self._do("press", digits=digits)

    def speak(self, text: str = "", seconds: float | None = None) -> ServerCall:
        """Speak, and let the time that it takes pass."""
        return self._do("speak", text=text, **({} if seconds is None else {"seconds": seconds}))

    def wait(self, seconds: float | None = None) -> ServerCall:
        """Advance by *seconds*; None until somebody must act, or the call is over."""
        return self._do("wait", **({} if seconds is None else {"seconds": seconds}))

    def hang_up(self) -> ServerCall:
        """Hang up; nothing happens if the call is over."""
        return self._do("hang-up")

    def expect(self, *words: str, wait: float = 10) -> ServerCall:
        """
        Wait until all *words* were heard, in any case: virtual time passes as it must.

        Args:
            words: The words.

            wait: How many seconds of the machine's time at most.

        Raises:
            AssertionError: They were not; the message has the transcript.
        """
        self._phone.expect("expect", words=list(words), wait=wait)
        return self

    def _do(self, verb: str, **body: Any) -> ServerCall:
        self._phone.do(verb, **body)
        return self

    def _read(self) -> dict[str, Any]:
        return next(state for state in self._phone.read_calls() if state["sid"] == self._sid)


@explain_each_misuse
class ServerPhone:
    """The phone of one person, by the control API."""

    def __init__(self, server: Remote, number: str) -> None:
        self.number = number
        self._server = server
        self._read = 0

    def __repr__(self) -> str:
        return f"<ServerPhone {self.number}>"

    @property
    def calls(self) -> tuple[ServerCall, ...]:
        """All calls that this person had, oldest first."""
        return tuple(ServerCall(self, state) for state in self.read_calls())

    @property
    def call(self) -> ServerCall | None:
        """The call at the ear now; None if there is none."""
        going = [state for state in self.read_calls() if not state["is_over"]]
        return ServerCall(self, going[-1]) if going else None

    @property
    def inbox(self) -> tuple[Instance, ...]:
        """The messages received, oldest first."""
        texts = self._server._call("GET", f"/phones/{quote(self.number)}/texts")["texts"]
        known = {message.Sid: message for message in self._server.sms_messages}
        return tuple(known[text["Sid"]] for text in texts)

    def dial(self, number: str) -> ServerCall:
        """Call *number*, a number of the account."""
        return ServerCall(self, self.do("dial", to=number))

    def pick_up(self, *, wait: float = 10) -> ServerCall:
        """Answer once it rings: virtual time passes until then, or *wait* seconds at most."""
        return ServerCall(self, self.do("pick-up", wait=wait))

    def busy(self, *, wait: float = 10) -> Instance:
        """Be busy once it rings; return the ``Call``."""
        return unpack_instance(self.do("busy", wait=wait))

    def ignore(self, *, wait: float = 10) -> Instance:
        """Let it ring until it stops; return the ``Call``."""
        return unpack_instance(self.do("ignore", wait=wait))

    def text(self, number: str, body: str) -> ServerPhone:
        """Write *body* to *number*, a number of the account."""
        self.do("text", to=number, body=body)
        return self

    def reply(self, body: str) -> ServerPhone:
        """Answer the newest message."""
        self.do("reply", body=body)
        return self

    def expect_text(self, *words: str, wait: float = 10) -> ServerPhone:
        """
        Wait for a message that was not expected yet and has all *words*, in any case.

        Raises:
            AssertionError: None came; the message has those that did.
        """
        given = {"words": list(words), "after": self._read, "wait": wait}
        self._read = self.expect("expect-text", **given)["number"]
        return self

    def do(self, verb: str, **body: Any) -> dict[str, Any]:
        """Do *verb* of the control API."""
        done: dict[str, Any] = self._server._call(
            "POST", f"/phones/{quote(self.number)}/{verb}", body
        )
        return done

    def expect(self, verb: str, **body: Any) -> dict[str, Any]:
        """Do *verb*, whose mistakes are what a test asserts."""
        return self._server._expect("POST", f"/phones/{quote(self.number)}/{verb}", body)

    def read_calls(self) -> list[dict[str, Any]]:
        """Return the calls as the control API has them."""
        calls: list[dict[str, Any]] = self._server._call(
            "GET", f"/phones/{quote(self.number)}/calls"
        )["calls"]
        return calls
