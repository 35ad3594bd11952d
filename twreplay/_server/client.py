"""``twreplay.Server``: a server to start, or one that runs, with the names of ``Simulator``."""

from __future__ import annotations

import json
import os
import urllib.error
import urllib.request
from base64 import b64encode
from collections.abc import Mapping
from datetime import datetime
from functools import cache
from http.client import HTTPException
from types import TracebackType
from typing import TYPE_CHECKING, Any, NoReturn, Unpack
from urllib.parse import quote, urlencode

from twreplay._address import API_ROOT
from twreplay._delivery import read_base
from twreplay._display import shown_url
from twreplay._server.remote_phones import ServerPhone
from twreplay._simulator import Instance, Simulator, SimulatorOptions, WorldFace
from twreplay._simulator.state.snapshot import pack_instance, unpack_instance
from twreplay._suggestion import explain_each_misuse, find_similar
from twreplay.errors import UsageError

if TYPE_CHECKING:
    from twreplay._server.authority import Authority

# What a simulator has, and nothing over HTTP can have.
_IN_PLACE = {
    "when": "server.add_rule(method, path, respond=..., fields=...)",
    "when_calling": "server.add_webhook_rule(path, ...)",
    "clock": "server.now and server.advance(seconds=...)",
    "fork": "server.snapshot() and server.restore(...)",
    "simulate": "with twreplay.Server() as server",
}

_SECONDS = 70  # longer than the longest wait


class _ExpectationError(UsageError):
    """The world of the server is not what was expected of it."""


@explain_each_misuse
class Server(WorldFace):
    """
    The API over HTTP, for code under test in another process.

    Without *url* a server is started, in a thread, by ``with`` or by *start*. With it, a server
    that runs already is steered, such as one of ``twreplay serve``::

        with twreplay.Server() as server:
            subprocess.run(["php", "remind.php"], env=server.environment, check=True)
            assert server.sms_messages[-1].Body == "Hi"

    Args:
        url: The root of a server that runs.

        port: The port of one to start; 0 for a free one.

        control_key: The key of a server that was started with ``--allow-remote``.

        only_twilio: The proxy of one to start refuses all other hosts.

        options: The keywords of ``Simulator``, for one to start; *undocumented* has no effect, as
            no warning crosses processes: *requests* has the questions.

    Raises:
        UsageError: A keyword that does not exist, or options for a server that runs already.
    """

    def __init__(
        self,
        url: str | None = None,
        *,
        port: int = 0,
        control_key: str = "",
        only_twilio: bool = False,
        **options: Unpack[SimulatorOptions],
    ) -> None:
        if url is not None and (options or port or only_twilio):
            msg = "Server takes the url of one that runs, or port and options of one to start."
            raise UsageError(msg)
        if url is not None and not isinstance(url, str):
            msg = f"Server takes the url of one that runs as text, not {type(url).__name__}."
            raise UsageError(msg)
        if url and read_base(url) is None:
            msg = f"Server takes the url of one that runs, not {shown_url(url)!r}."
            raise UsageError(msg)
        self._url = url.rstrip("/") if url is not None else ""
        self._port = port
        self._only_twilio = only_twilio
        self._key = control_key
        self._running: Any = None
        self._credentials: tuple[str, str] | None = None
        # A warning in the server's thread would be lost, and an error would break an answer;
        # the fixture gives them after the test.
        options["undocumented"] = "ignore"
        self._simulator = Simulator(**options) if url is None else None

    def __repr__(self) -> str:
        return f"<Server {self._url or 'not started'}>"

    # --- its life ------------------------------------------------------------------------------

    if not TYPE_CHECKING:  # no checker should take any name for an attribute

        def __getattr__(self, name: str) -> NoReturn:
            __tracebackhide__ = True  # pytest shows the line that asked
            known = [each for each in dir(type(self)) if not each.startswith("_")]
            close = find_similar(name, known, limit=1)
            guess = f"; did you mean {close[0]}?" if close and not name.startswith("_") else ""
            if name in _IN_PLACE:
                guess = f"; in its place: {_IN_PLACE[name]}"
            msg = f"a Server has no {name}{guess}"
            raise AttributeError(msg)

    def start(self) -> Server:
        """
        Start the server; return when it is ready.

        Raises:
            UsageError: The port is in use, or the server runs already.
        """
        from twreplay._server.backend import SimulatorBackend
        from twreplay._server.proxy import Proxy
        from twreplay._server.running import RunningServer, open_socket

        if self._simulator is None or self._running is not None:
            msg = f"the server at {self._url} runs already."
            raise UsageError(msg)
        backend = SimulatorBackend(self._simulator)
        # With the first TLS connection: most programs come by the base URL.
        build_context = cache(lambda: _open_authority().build_context())
        self._running = RunningServer(
            backend,
            open_socket("127.0.0.1", self._port),
            build_context=build_context,
            proxy=Proxy(build_context, only_twilio=self._only_twilio),
        )
        self._running.start()
        self._url = self._running.url
        return self

    def stop(self) -> None:
        """End the server that *start* started."""
        if self._running is not None:
            self._running.stop()
            self._running, self._url = None, ""

    def __enter__(self) -> Server:
        return self if self._simulator is None else self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.stop()

    # --- where it is ---------------------------------------------------------------------------

    @property
    def simulator(self) -> Simulator:
        """The simulator of a server that was started here, for rules that are functions."""
        if self._simulator is None:
            msg = "the simulator of a server in another process is not at hand; use its names here."
            raise UsageError(msg)
        return self._simulator

    @property
    def url(self) -> str:
        """The root of the server: ``http://127.0.0.1:8008``."""
        return self._url

    @property
    def base_url(self) -> str:
        """The root of the API: what stands for ``https://api.twilio.com/2008-08-01``."""
        return self._url + API_ROOT

    @property
    def auth(self) -> tuple[str, str]:
        """Account Sid and auth token, as HTTP clients take them."""
        if self._credentials is None:
            told = self._call("GET", "/credentials")
            self._credentials = told["account_sid"], told["auth_token"]
        return self._credentials

    @property
    def account_sid(self) -> str:
        """The Sid of the account that exists from the start."""
        return self.auth[0]

    @property
    def auth_token(self) -> str:
        """The auth token of that account."""
        return self.auth[1]

    @property
    def account_url(self) -> str:
        """The URL of the account."""
        return f"{self.base_url}/Accounts/{self.account_sid}"

    @property
    def environment(self) -> dict[str, str]:
        """
        The environment of this process, and where the server is: for ``subprocess``.

        ``TWILIO_API_URL`` is the root of the server, without the version;
        ``TWILIO_ACCOUNT_SID`` and ``TWILIO_AUTH_TOKEN`` are the credentials.
        """
        return {
            **os.environ,
            "TWILIO_API_URL": self._url,
            "TWILIO_ACCOUNT_SID": self.account_sid,
            "TWILIO_AUTH_TOKEN": self.auth_token,
        }

    @property
    def proxy_environment(self) -> dict[str, str]:
        """
        The *environment*, with the server as proxy: for programs that know no base URL.

        It has what programs of each language need to take the server for ``api.twilio.com``:
        proxies, and files with the authority of this user.
        """
        from twreplay._server.environment import build_environment

        environment = self.environment
        return environment | build_environment(self._url, _open_authority(), environment)

    # --- the world -----------------------------------------------------------------------------

    @property
    def requests(self) -> list[dict[str, Any]]:
        """The requests and their answers, oldest first, as the control API lists them."""
        requests: list[dict[str, Any]] = self._call("GET", "/requests")["requests"]
        return requests

    def wait_for_request(
        self, method: str = "", path: str = "", match: str = "", *, after: int = 0, wait: float = 10
    ) -> dict[str, Any]:
        """
        Wait for a request, and return it.

        Args:
            method: The method; empty for any.

            path: A part of the path.

            match: A part of a value in the form or the query.

            after: The number of the last request that does not count.

            wait: How many seconds at most; 60 is the most.

        Raises:
            TimeoutError: None came.
        """
        asked = {"method": method, "path": path, "match": match, "after": after}
        return self._wait_for("requests", asked, wait)

    @property
    def webhooks(self) -> list[dict[str, Any]]:
        """The requests to applications and what came of them, oldest first."""
        webhooks: list[dict[str, Any]] = self._call("GET", "/webhooks")["webhooks"]
        return webhooks

    def wait_for_webhook(
        self, path: str = "", match: str = "", *, after: int = 0, wait: float = 10
    ) -> dict[str, Any]:
        """
        Wait for a request to an application, and return it.

        *path*, *match*, *after* and *wait* are as of *wait_for_request*.

        Raises:
            TimeoutError: None came.
        """
        return self._wait_for("webhooks", {"path": path, "match": match, "after": after}, wait)

    def _wait_for(self, name: str, asked: dict[str, Any], wait: float) -> dict[str, Any]:
        query = urlencode({k: v for k, v in {**asked, "wait": wait}.items() if v})
        found = self._call("GET", f"/{name}?{query}")[name]
        if not found:
            msg = f"none of the {name} has {query} within {wait} seconds"
            raise TimeoutError(msg)
        first: dict[str, Any] = found[0]
        return first

    @property
    def now(self) -> datetime:
        """The simulated time."""
        return datetime.fromisoformat(self._call("GET", "/clock")["now"])

    def advance(self, *, seconds: float) -> None:
        """Let *seconds* of simulated time pass, as ``clock.advance`` of a simulator does."""
        self._call("POST", "/clock/advance", {"seconds": seconds})

    @property
    def due(self) -> list[dict[str, Any]]:
        """What is scheduled, soonest first: ``at``, ``kind``, ``account_sid``, ``subject``."""
        due: list[dict[str, Any]] = self._call("GET", "/due")["due"]
        return due

    @property
    def rules(self) -> list[dict[str, Any]]:
        """The rules of your own, and how often each was used."""
        rules: list[dict[str, Any]] = self._call("GET", "/rules")["rules"]
        return rules

    def add_rule(self, method: str | None = None, path: str | None = None, **rule: Any) -> None:
        """
        Add a rule of your own, ahead of the API's.

        Args:
            method: The method; every method if it is left out.

            path: A path below the account, such as ``/Calls``.

            rule: ``times``, ``fields``, and an answer: ``respond={"status": 503}``, ``fail=500``,
                ``redirect=url``, ``raises="ConnectionReset"``, ``delay=0.2``.
        """
        given = {"method": method, "path": path, **rule}
        self._call("POST", "/rules", {k: v for k, v in given.items() if v is not None})

    # --- applications and phones ---------------------------------------------------------------

    def attach(
        self,
        url: str,
        base_url: str | None = None,
        *,
        seen_as: str | None = None,
        fetch_audio: bool = False,
    ) -> None:
        """
        Attach an application that runs: calls and messages fetch its TwiML.

        Args:
            url: Where it runs: ``http://127.0.0.1:5000``.

            base_url: The public base of its URLs; None for every URL that no other base matches.

            seen_as: As of ``Simulator.attach``.

            fetch_audio: As of ``Simulator.attach``.
        """
        if not isinstance(url, str):
            msg = (
                "attach takes the URL of an application that runs, such as "
                f"'http://127.0.0.1:5000', not {type(url).__name__}: a server calls over HTTP."
            )
            raise UsageError(msg)
        given: dict[str, Any] = {"url": url, "base_url": base_url, "seen_as": seen_as}
        given |= {"fetch_audio": True} if fetch_audio else {}
        self._call("POST", "/applications", {k: v for k, v in given.items() if v is not None})

    def phone(self, number: str) -> ServerPhone:
        """Return the phone of the person with *number*."""
        return ServerPhone(self, number)

    def add_webhook_rule(self, path: str, **rule: Any) -> None:
        """
        Add a rule for webhooks, as ``Simulator.when_calling`` does.

        Args:
            path: The path of the URL; ``*`` stands for anything.

            rule: ``times``, ``fields``, and an outcome: ``respond={"status": 503}``, ``fail=500``,
                ``raises="ConnectionReset"``, ``delay=2``.
        """
        self._call("POST", "/rules/webhooks", {"path": path, **rule})

    def receive_call(self, **given: Any) -> Instance:
        """Let a call come in, *given* its properties, as ``Simulator.receive_call`` does."""
        return unpack_instance(self._call("POST", "/receive/call", given))

    def receive_sms(self, **given: Any) -> Instance:
        """Let a message come in, *given* its properties, as ``Simulator.receive_sms`` does."""
        return unpack_instance(self._call("POST", "/receive/sms", given))

    def transcripts(self) -> str:
        """Return the transcript of each call that ran, oldest first."""
        return str(self._call("GET", "/transcripts")["transcripts"])

    def expect_nothing_more(self) -> None:
        """
        Check that no call goes on.

        Raises:
            AssertionError: One does; the message has its transcript.
        """
        self._expect("GET", "/nothing-more")

    def _expect(
        self, method: str, path: str, body: Mapping[str, Any] | None = None
    ) -> dict[str, Any]:
        try:
            answer: dict[str, Any] = self._call(method, path, body)
        except _ExpectationError as error:
            raise AssertionError(error.explanation.headline) from None
        return answer

    def assert_sent(self, *, times: int | None = None, **fields: Any) -> int:
        """
        Assert that an SMS message was sent, *times* or at least once, with these *fields*.

        Returns:
            How many were.

        Raises:
            AssertionError: None was, or another number; the message shows the nearest request.
        """
        return self._assert("sent", times=times, fields=fields)

    def assert_not_sent(self, **fields: Any) -> None:
        """Assert that no SMS message with these *fields* was sent."""
        self._assert("not-sent", fields=fields)

    def assert_called(self, *, times: int | None = None, **fields: Any) -> int:
        """Assert that a call with these *fields* was made, *times* or at least once."""
        return self._assert("called", times=times, fields=fields)

    def assert_not_called(self, **fields: Any) -> None:
        """Assert that no call with these *fields* was made."""
        self._assert("not-called", fields=fields)

    def assert_requested(
        self,
        method: str | None = None,
        path: str | None = None,
        *,
        times: int | None = None,
        status: int | None = None,
        **fields: Any,
    ) -> int:
        """Assert that such a request was made: *method*, *path*, *status*, *fields*, *times*."""
        given = {"method": method, "path": path, "times": times, "status": status}
        return self._assert("requested", **given, fields=fields)

    def assert_not_requested(
        self,
        method: str | None = None,
        path: str | None = None,
        *,
        status: int | None = None,
        **fields: Any,
    ) -> None:
        """Assert that no request with this *method*, *path*, *status* and *fields* was made."""
        given = {"method": method, "path": path, "status": status}
        self._assert("not-requested", **given, fields=fields)

    def _assert(self, kind: str, **given: Any) -> int:
        body = {name: value for name, value in given.items() if value is not None}
        return int(self._expect("POST", f"/assert/{kind}", body)["count"])

    def explain(self) -> str:
        """Return the requests as a table, as ``Simulator.explain`` does."""
        return str(self._call("GET", "/explain")["text"])

    # --- what is to happen ---------------------------------------------------------------------

    def change(self, instance: Instance, **properties: Any) -> Instance:
        """Set properties of *instance*, as ``Simulator.change`` does; return it as it is then."""
        given = {"properties": {name: _pack(value) for name, value in properties.items()}}
        return unpack_instance(self._call("POST", _find_place(instance), given))

    def remove(self, instance: Instance) -> None:
        """Take *instance* out of the world, as ``Simulator.remove`` does."""
        self._call("DELETE", _find_place(instance))

    def answer(self, call: Instance, *, answered_by: str = "human") -> Instance:
        """Answer *call* now, *answered_by* a human or a machine, as ``Simulator.answer`` does."""
        return self._act(call, "answer", answered_by=answered_by)

    def hang_up(self, call: Instance) -> Instance:
        """End *call* now, as ``Simulator.hang_up`` does."""
        return self._act(call, "hang-up")

    def complete(self, instance: Instance, **properties: Any) -> Instance:
        """Complete *instance*, which is in progress, with these *properties*."""
        return self._act(instance, "complete", **properties)

    def suspend(self, account: Instance | None = None, **status: Any) -> Instance:
        """Suspend *account*, the first one if it is left out; *status* is as of ``Simulator``."""
        return self._act(account or self.accounts[0], "suspend", **status)

    def activate(self, account: Instance | None = None) -> Instance:
        """Make an account active again, as ``Simulator.activate`` does."""
        return self._act(account or self.accounts[0], "activate")

    def close(self, account: Instance | None = None) -> Instance:
        """Make an account inactive, as ``Simulator.close`` does."""
        return self._act(account or self.accounts[0], "close")

    def _act(self, instance: Instance, action: str, **given: Any) -> Instance:
        body = {name: _pack(value) for name, value in given.items()}
        return unpack_instance(self._call("POST", f"{_find_place(instance)}/{action}", body))

    def arrange_transcription(self, RecordingSid: str = "", **outcome: Any) -> None:
        """Script the *outcome* of transcriptions of *RecordingSid*; of all if it is left out."""
        self._call("POST", "/arrange/transcription", {"RecordingSid": RecordingSid, **outcome})

    def arrange_prices(self, **prices: Any) -> None:
        """Set the *prices* of calls, messages and transcriptions, as ``Simulator``."""
        self._call("POST", "/arrange/prices", prices)

    def add_magic_numbers(self) -> None:
        """Refuse the magic numbers of later test credentials, as ``Simulator`` does."""
        self._call("POST", "/rules/magic-numbers", {})

    def arrange_call(self, Called: str = "", **outcome: Any) -> None:
        """Script the *outcome* of calls to *Called*, as ``Simulator.arrange_call`` does."""
        self._call("POST", "/arrange/call", {"Called": Called, **outcome})

    def arrange_sms(self, To: str = "", **outcome: Any) -> None:
        """Script the *outcome* of messages to *To*, as ``Simulator.arrange_sms`` does."""
        self._call("POST", "/arrange/sms", {"To": To, **outcome})

    def arrange_validation(self, PhoneNumber: str = "", **outcome: Any) -> None:
        """Script the *outcome* of calls to a *PhoneNumber*, as ``Simulator.arrange_validation``."""
        self._call("POST", "/arrange/validation", {"PhoneNumber": PhoneNumber, **outcome})

    def arrange_numbers(self, AreaCode: str, *, available: int) -> None:
        """Set how many numbers of *AreaCode* are *available*, as ``Simulator.arrange_numbers``."""
        self._call("POST", "/arrange/numbers", {"AreaCode": AreaCode, "available": available})

    def key_in_code(self, PhoneNumber: str) -> None:
        """Complete the validation of *PhoneNumber*, as ``Simulator.key_in_code`` does."""
        self._call("POST", "/key-in-code", {"PhoneNumber": PhoneNumber})

    def reset(self) -> None:
        """Restore the initial state."""
        self._call("POST", "/reset", {})

    def snapshot(self) -> dict[str, Any]:
        """Return the whole world as data, tokens included."""
        snapshot: dict[str, Any] = self._call("GET", "/snapshot")
        return snapshot

    def restore(self, snapshot: Mapping[str, Any]) -> None:
        """Restore the world of *snapshot*."""
        self._call("POST", "/restore", dict(snapshot))

    def _list(self, resource: str) -> tuple[Instance, ...]:
        packed = self._call("GET", f"/world/{quote(resource)}")["instances"]
        return tuple(map(unpack_instance, packed))

    def _add(self, resource: str, properties: Mapping[str, object], **options: object) -> Instance:
        given = {
            "properties": {name: _pack(value) for name, value in properties.items()},
            "options": {name: _pack(v) for name, v in options.items() if v is not None},
        }
        return unpack_instance(self._call("POST", f"/world/{quote(resource)}", given))

    def _call(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> Any:
        if not self._url:
            msg = "the server is not started; use it as `with twreplay.Server() as server:`."
            raise UsageError(msg)
        headers = {"Content-Type": "application/json"}
        if self._key:
            headers["Authorization"] = f"Bearer {self._key}"
        data = None if body is None else _encode(body)
        request = urllib.request.Request(  # noqa: S310  # the user's own server
            f"{self._url}/_twreplay{path}", data, headers, method=method
        )
        # No proxy: what steers a server on loopback must not ask another one for it.
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        try:
            with opener.open(request, timeout=_SECONDS) as answer:
                told = answer.read()
        except urllib.error.HTTPError as error:
            with error:
                text = error.read().decode("utf-8", "replace")
            raise _read_mistake(text) from None
        except (OSError, HTTPException) as error:
            reason = getattr(error, "reason", error)
            msg = f"no server answers at {self._url}: {reason}."
            raise UsageError(msg) from None
        try:
            return json.loads(told)
        except ValueError:
            msg = f"what answers at {self._url} is no server of twreplay: it sent no JSON."
            raise UsageError(msg) from None


def _encode(body: Mapping[str, Any]) -> bytes:
    try:
        return json.dumps(body).encode()
    except (TypeError, ValueError, RecursionError) as error:
        msg = f"a server is told text, numbers, True, False, None, lists and dictionaries: {error}."
        raise UsageError(msg) from None


def _find_place(instance: Instance) -> str:
    packed = pack_instance(instance)
    sid = packed["values"].get("Sid") or packed["values"].get("CallSid", "")
    return f"/world/{packed['resource']}/{quote(sid)}"


def _open_authority() -> Authority:
    from twreplay._server.authority import open_authority

    return open_authority()


def _pack(value: object) -> object:
    if isinstance(value, bytes):
        return b64encode(value).decode()
    if isinstance(value, datetime):
        if value.tzinfo is None:
            msg = f"{value!r} has no time zone; add one."
            raise UsageError(msg)
        return int(value.timestamp())
    return value


def _read_mistake(text: str) -> UsageError:
    try:
        told = json.loads(text)
        kind = _ExpectationError if told.get("is_expectation") else UsageError
        return kind(str(told["error"]))
    except (ValueError, KeyError, TypeError, AttributeError):
        return UsageError(text.strip() or "the server refused the request.")
