"""Draw the pages as Chromium shows them: each at two widths, light and dark. See pictures.py."""

from __future__ import annotations

import io
import os
import shutil
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any
from wsgiref.simple_server import WSGIRequestHandler, make_server

import requests

import twreplay

if TYPE_CHECKING:
    from playwright.sync_api import Browser

ROOT = Path(__file__).resolve().parents[1]
SIZES = {390: 844, 1280: 960}
SCHEMES = ("light", "dark")
CLINIC = "4158675309"
PATIENT = "4155551212"
BASE = "http://clinic.example"

SUITE = '''\
"""The suite of a clinic that reminds people of their appointments."""

import pytest
import requests

BASE = "https://api.twilio.com/2008-08-01/Accounts"


def remind(account, token, number):
    form = {"Caller": "4155550100", "Called": number, "Url": "http://clinic.example/voice"}
    return requests.post(f"{BASE}/{account}/Calls", auth=(account, token), data=form, timeout=5)


def clinic(environ, start_response):
    form = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
    start_response("200 OK", [("Content-Type", "text/xml")])
    if b"Digits=1" in form:
        return [b"<Response><Say>Thank you. See you tomorrow.</Say></Response>"]
    return [b"<Response><Gather numDigits='1'><Say>Your appointment is tomorrow at nine. "
            b"Press 1 to confirm.</Say></Gather></Response>"]


@pytest.mark.twreplay("calls.yaml", allow_unused=True)
def test_reminds_the_next_patient(twilio_cassette):
    assert remind("AC0123456789abcdef0123456789abcdef", "token", "4155550199").status_code == 201


def test_confirms_by_a_key(twilio):
    twilio.attach(clinic)
    twilio.add_incoming_phone_number(PhoneNumber="4155550100")
    assert remind(*twilio.auth, "4155551212").ok
    twilio.clock.advance(seconds=5)
    assert twilio.phone("4155551212").call.press("1").wait().heard[-1].text.startswith("Thank you")


def test_wrong_token_is_refused(twilio):
    assert remind(twilio.auth[0], "wrong", "4155551212").status_code == 401


def test_lists_calls(twilio):
    assert requests.get(f"{twilio.account_url}/Calls", auth=twilio.auth, timeout=5).ok
'''


class _Quiet(WSGIRequestHandler):
    def log_message(self, format: str, *arguments: object) -> None:
        """Say nothing."""


def answer(environ: dict[str, Any], start_response: Any) -> list[bytes]:
    """Answer the webhooks of the clinic."""
    form = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
    start_response("200 OK", [("Content-Type", "text/xml")])
    if environ["PATH_INFO"] == "/sms":
        return [b"<Response><Sms>Fine, we call you again on Friday.</Sms></Response>"]
    if b"Digits=1" in form:
        said = b"Thank you. See you tomorrow."
        return [b"<Response><Say>%s</Say><Pause length='30'/></Response>" % said]
    said = b"Your appointment is tomorrow at nine. Press 1 to confirm."
    return [b"<Response><Gather numDigits='1'><Say>%s</Say></Gather></Response>" % said]


def draw_pages(folder: Path) -> list[Path]:
    """Draw each page into *folder*; return the files."""
    from playwright.sync_api import sync_playwright

    chromium = os.environ.get("TWREPLAY_CHROMIUM") or shutil.which("chromium")
    # As root, which containers run as, Chromium has no sandbox.
    options = ["--no-sandbox"] if os.geteuid() == 0 else []
    with (
        tempfile.TemporaryDirectory() as temporary,
        run_scene() as server,
        sync_playwright() as playwright,
    ):
        pages = {
            "live": f"{server}/_twreplay/",
            "phone": f"{server}/_twreplay/phones/{PATIENT}",
            **write_files(Path(temporary) / "clinic"),
        }
        browser = playwright.chromium.launch(executable_path=chromium, args=options)
        drawn = [
            draw(browser, url, folder / f"page-{name}-{width}-{scheme}.png", width, scheme)
            for name, url in pages.items()
            for width in SIZES
            for scheme in SCHEMES
        ]
        browser.close()
    return drawn


def draw(browser: Browser, url: str, path: Path, width: int, scheme: Any) -> Path:
    """Draw the top of one page, in 128 colors: a third of the bytes."""
    from PIL import Image

    size: Any = {"width": width, "height": SIZES[width]}
    context = browser.new_context(viewport=size, color_scheme=scheme, reduced_motion="reduce")
    page = context.new_page()
    page.goto(url)
    if "/_twreplay" in url:
        page.locator("#screen p").nth(2).wait_for()
        page.locator("#inbox p").nth(1).wait_for()
    drawn = Image.open(io.BytesIO(page.screenshot()))
    context.close()
    drawn.convert("RGB").quantize(128, dither=Image.Dither.NONE).save(path, optimize=True)
    return path


@contextmanager
def run_scene() -> Iterator[str]:
    """Run a server in whose world a call and a message have just come; yield its URL."""
    clinic = make_server("127.0.0.1", 0, answer, handler_class=_Quiet)
    thread = threading.Thread(target=clinic.serve_forever, args=(0.02,))
    thread.start()
    try:
        with twreplay.Server() as server:
            set_scene(server, f"http://127.0.0.1:{clinic.server_port}")
            yield server.url
    finally:
        clinic.shutdown()
        thread.join()
        clinic.server_close()


def set_scene(server: twreplay.Server, clinic: str) -> None:
    """Let the clinic call a patient, who answers, presses a key and writes."""
    server.attach(clinic, BASE)
    urls = {"Url": f"{BASE}/voice", "SmsUrl": f"{BASE}/sms"}
    server.add_incoming_phone_number(PhoneNumber=CLINIC, **urls)
    calls = f"{server.account_url}/Calls"
    requests.get(calls, auth=(server.account_sid, "wrong"), timeout=10)
    server.add_rule("POST", "/SMS/Messages", fail=503, times=1)
    form = {"Caller": CLINIC, "Called": PATIENT, "Url": f"{BASE}/voice"}
    requests.post(calls, data=form, auth=server.auth, timeout=10).raise_for_status()
    call = server.phone(PATIENT).pick_up()
    server.advance(seconds=4)
    call.press("1")
    server.phone(PATIENT).text(CLINIC, "Sorry, I cannot come.")
    server.advance(seconds=3)


def write_files(folder: Path) -> dict[str, str]:
    """Write the pages that are files; return their addresses by name."""
    shutil.copytree(ROOT / "cassettes", folder / "cassettes")
    tests = folder / "cassettes" / "test_clinic"
    tests.mkdir()
    shutil.copy(ROOT / "cassettes" / "calls" / "make.yaml", tests / "calls.yaml")
    (folder / "test_clinic.py").write_text(SUITE)
    command = [sys.executable, "-m"]
    reports = ["--twreplay-report=report.html", "--twreplay-coverage=coverage.html"]
    alone = {**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    suite = [*command, "pytest", "-q", "-p", "twreplay.pytest_plugin", *reports]
    subprocess.run(suite, cwd=folder, env=alone, capture_output=True, check=False)  # noqa: S603
    shutil.rmtree(tests)
    one, all_ = "cassettes/calls/make.yaml", "cassettes"
    for path, page in ((one, "cassette.html"), (all_, "folder.html")):
        show = [*command, "twreplay", "show", path, "--html", page]
        subprocess.run(show, cwd=folder, check=True)  # noqa: S603
    names = ("report", "coverage", "cassette", "folder")
    return {name: (folder / f"{name}.html").as_uri() for name in names}
