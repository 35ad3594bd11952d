"""A session of each library, ready to answer what benchmarks/clients.py asks."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from unittest.mock import patch

import betamax
import cassetter
import httpx
import requests
import requests_mock
import responses
import respx
import vcr
from clients import ANSWER_HEADERS, BODY, FLOORS, HOST, PATH, SID, WHOLE
from pytest_httpx import HTTPXMock
from pytest_httpx._options import _HTTPXMockOptions

import twreplay
from twreplay import Headers, Interaction, Request, Response
from twreplay._cassette import Recording, encode
from twreplay._http import FORM_TYPE

ORIGIN = f"https://{HOST}"

Session = Callable[[], AbstractContextManager[str]]
"""Opens it, and gives the origin that is to be asked."""


def write(path: Path, copies: int) -> Path:
    """A cassette with both requests, so many times."""
    form = "From=4158675309&To=4155551212&Body=Hi"
    headers = Headers({"Authorization": f"Basic {SID}:REDACTED"})
    posted = Headers({**dict(headers), "Content-Type": FORM_TYPE})
    answer = Response(200, Headers(ANSWER_HEADERS), BODY)
    both = (
        Interaction(Request("GET", f"{ORIGIN}{PATH}/Calls", headers), answer),
        Interaction(Request("POST", f"{ORIGIN}{PATH}/SMS/Messages", posted, form), answer),
    )
    recording = Recording(interactions=both * copies, origin="simulated", host=HOST)
    path.write_text(encode(recording), encoding="utf-8")
    return path


def sessions(folder: Path, client: str, requests_each: int) -> dict[str, Session]:
    """The sessions of every library that answers *client*."""
    one, many = write(folder / "one.yaml", 1), write(folder / "many.yaml", requests_each)
    # vcrpy takes the absent body of a GET by httpx for another than the recorded absent body.
    # With aiohttp it compares a form with its fields.
    whole = client not in ("httpx", "aiohttp")
    match_on = ["method", "uri", "body"] if whole else ["method", "uri"]
    found: dict[str, Session] = {
        "floor": lambda: _at(ORIGIN, FLOORS[client]()),
        "twreplay, replayed": lambda: _at(
            ORIGIN, twreplay.use_cassette(one, allow_playback_repeats=True, allow_unused=True)
        ),
        "twreplay, simulated": _simulated,
        "loopback server": served,
        "vcrpy": lambda: _at(
            ORIGIN,
            vcr.use_cassette(
                str(one), record_mode="none", match_on=match_on, allow_playback_repeats=True
            ),
        ),
    }
    if client in WHOLE:
        found["the whole client"] = lambda: _at(ORIGIN, WHOLE[client]())
    if client in ("requests", "urllib3", "httpx", "aiohttp"):
        # It plays each interaction once, so it has as many as there are requests.
        found["cassetter"] = lambda: _at(
            ORIGIN, cassetter.use_cassette(str(many), record_mode="none", match_on=match_on)
        )
    if client == "requests":
        found |= {"responses": _responses, "requests-mock": _requests_mock}
        found["betamax"] = lambda: _betamax(folder)
    if client == "httpx":
        found |= {"respx": _respx, "pytest-httpx": _pytest_httpx}
    return found


@contextmanager
def _at(origin: str, session: AbstractContextManager[object]) -> Iterator[str]:
    with session:
        yield origin


@contextmanager
def _simulated() -> Iterator[str]:
    with twreplay.simulate(account_sid=SID, auth_token="token", undocumented="ignore") as twilio:
        twilio.add_incoming_phone_number(PhoneNumber="4158675309")
        yield ORIGIN


@contextmanager
def _responses() -> Iterator[str]:
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        mock.get(f"{ORIGIN}{PATH}/Calls", BODY, headers=ANSWER_HEADERS)
        mock.post(f"{ORIGIN}{PATH}/SMS/Messages", BODY, headers=ANSWER_HEADERS)
        yield ORIGIN


@contextmanager
def _requests_mock() -> Iterator[str]:
    with requests_mock.Mocker() as mock:
        mock.get(f"{ORIGIN}{PATH}/Calls", content=BODY, headers=ANSWER_HEADERS)
        mock.post(f"{ORIGIN}{PATH}/SMS/Messages", content=BODY, headers=ANSWER_HEADERS)
        yield ORIGIN


@contextmanager
def _respx() -> Iterator[str]:
    with respx.mock(assert_all_called=False) as mock:
        answer = httpx.Response(200, headers=ANSWER_HEADERS, content=BODY)
        mock.get(f"{ORIGIN}{PATH}/Calls").mock(return_value=answer)
        mock.post(f"{ORIGIN}{PATH}/SMS/Messages").mock(return_value=answer)
        yield ORIGIN


@contextmanager
def _pytest_httpx() -> Iterator[str]:
    # Its fixture, without pytest around it.
    mock = HTTPXMock(_HTTPXMockOptions(can_send_already_matched_responses=True))
    for method, path in (("GET", "/Calls"), ("POST", "/SMS/Messages")):
        mock.add_response(
            method=method, url=f"{ORIGIN}{PATH}{path}", content=BODY, headers=ANSWER_HEADERS
        )
    with (
        patch.object(httpx.HTTPTransport, "handle_request", lambda *a: mock._handle_request(*a)),
        patch.object(
            httpx.AsyncHTTPTransport,
            "handle_async_request",
            lambda *a: mock._handle_async_request(*a),
        ),
    ):
        yield ORIGIN


@contextmanager
def _betamax(folder: Path) -> Iterator[str]:
    # It is for one session, so it is put before the adapters of whichever is made.
    file = folder / "betamax.json"
    if not file.exists():
        convert = [Path(sys.executable).with_name("twreplay"), "convert", "--to", "betamax"]
        subprocess.run([*convert, folder / "one.yaml", file], check=True, capture_output=True)
    made = requests.Session.__init__

    def begin(session: requests.Session) -> None:
        made(session)
        recorder = betamax.Betamax(session, cassette_library_dir=str(folder))
        options = {"record": "none", "allow_playback_repeats": True}
        matches = ["method", "uri", "body"]
        recorder.use_cassette("betamax", match_requests_on=matches, **options).start()

    with patch.object(requests.Session, "__init__", begin):
        yield ORIGIN


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = 65536  # or each answer waits for the acknowledgement of its head

    def do_GET(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.send_response(200)
        self.send_header("Content-Type", "application/xml")
        self.send_header("Content-Length", str(len(BODY)))
        self.end_headers()
        self.wfile.write(BODY)

    do_POST = do_GET

    def log_message(self, *given: object) -> None:
        pass


@contextmanager
def served() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
