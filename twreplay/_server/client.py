"""``twreplay.Server``: a server to start, or one that runs, with the names of ``Simulator``."""

from __future__ import annotations

import json
import os
import urllib.error
import urllib.request
from base64 import b64encode
from collections.abc import Mapping
from datetime import datetime
from types import TracebackType
from typing import Any, Unpack
from urllib.parse import quote, urlencode

from twreplay._address import API_ROOT
from twreplay._simulator import Instance, Simulator, SimulatorOptions, WorldFace
from twreplay._simulator.state.snapshot import unpack_instance
from twreplay.errors import UsageError

_SECONDS = 70  # longer than the longest wait


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
        **options: Unpack[SimulatorOptions],
    ) -> None:
        if url is not None and (options or port):
            msg = "Server takes the url of one that runs, or port and options of one to start."
            raise UsageError(msg)
        self._url = url.rstrip("/") if url is not None else ""
        self._port = port
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

    def start(self) -> Server:
        """
        Start the server; return when it is ready.

        Raises:
            UsageError: The port is in use, or the server runs already.
        """
        from twreplay._server.backend import SimulatorBackend
        from twreplay._server.running import RunningServer, open_socket

        if self._simulator is None or self._running is not None:
            msg = f"the server at {self._url} runs already."
            raise UsageError(msg)
        backend = SimulatorBackend(self._simulator)
        self._running = RunningServer(backend, open_socket("127.0.0.1", self._port))
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
        asked = {"method": method, "path": path, "match": match, "after": after, "wait": wait}
        query = urlencode({name: value for name, value in asked.items() if value})
        found = self._call("GET", f"/requests?{query}")["requests"]
        if not found:
            msg = f"no request with {query} within {wait} seconds"
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
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(  # noqa: S310  # the user's own server
            f"{self._url}/_twreplay{path}", data, headers, method=method
        )
        # No proxy: what steers a server on loopback must not ask another one for it.
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        try:
            with opener.open(request, timeout=_SECONDS) as answer:
                return json.loads(answer.read())
        except urllib.error.HTTPError as error:
            with error:
                text = error.read().decode("utf-8", "replace")
            raise UsageError(_read_mistake(text)) from None
        except urllib.error.URLError as error:
            msg = f"no server answers at {self._url}: {error.reason}."
            raise UsageError(msg) from None


def _pack(value: object) -> object:
    if isinstance(value, bytes):
        return b64encode(value).decode()
    if isinstance(value, datetime):
        if value.tzinfo is None:
            msg = f"{value!r} has no time zone; add one."
            raise UsageError(msg)
        return int(value.timestamp())
    return value


def _read_mistake(text: str) -> str:
    try:
        return str(json.loads(text)["error"])
    except (ValueError, KeyError, TypeError):
        return text.strip() or "the server refused the request."
