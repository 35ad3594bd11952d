"""
The pages in headless Chromium, driven as a person does: ``nox -s browser``.

Skipped where there is no playwright or no Chromium; see CONTRIBUTING.md.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import threading
from contextlib import contextmanager
from pathlib import Path
from wsgiref.simple_server import WSGIRequestHandler, make_server

import pytest
import requests

import twreplay

sync_api = pytest.importorskip("playwright.sync_api", reason="needs playwright: nox -s browser")
axe = pytest.importorskip("axe_playwright_python", reason="needs axe: nox -s browser")
AXE = Path(axe.__file__).with_name("axe.min.js").read_text("utf-8")
CHROMIUM = os.environ.get("TWREPLAY_CHROMIUM") or shutil.which("chromium")
if not CHROMIUM:
    pytest.skip("needs chromium: apt-get install chromium", allow_module_level=True)

REPOSITORY = Path(__file__).parents[2]
PERSON = "4155551212"
CLINIC = "4158675309"
WIDTHS = (390, 1280)

GREETING = b"""<Response><Gather numDigits="1" action="/answer" timeout="60">
<Say>Your appointment is tomorrow. Press 1 to confirm.</Say></Gather></Response>"""

GOODBYE = b"<Response><Sms>You will get &lt;b&gt;no more&lt;/b&gt; messages.</Sms></Response>"


class Quiet(WSGIRequestHandler):
    def log_message(self, *arguments):
        pass


def clinic(environ, start_response):
    """An application of 2008: it asks for a key, and answers messages."""
    form = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
    start_response("200 OK", [("Content-Type", "text/xml")])
    if environ["PATH_INFO"] == "/answer":
        said = b"Thank you." if b"Digits=1" in form else b"Another time, then."
        return [b"<Response><Say>%s</Say><Pause length='60'/></Response>" % said]
    if environ["PATH_INFO"] == "/sms":
        return [GOODBYE]
    return [GREETING]


@contextmanager
def run_clinic():
    server = make_server("127.0.0.1", 0, clinic, handler_class=Quiet)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def place_call(server, clinic_url, number=PERSON):
    """Place a call by the API, as the clinic's program does."""
    form = {"Caller": CLINIC, "Called": number, "Url": f"{clinic_url}/voice"}
    calls = f"{server.account_url}/Calls"
    requests.post(calls, data=form, auth=server.auth, timeout=10).raise_for_status()


@pytest.fixture(scope="module")
def browser():
    with sync_api.sync_playwright() as playwright:
        # As root, which containers run as, Chromium has no sandbox.
        options = ["--no-sandbox"] if os.geteuid() == 0 else []
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=options)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def running():
    with twreplay.Server() as server:
        yield server


@pytest.fixture(scope="module")
def clinic_url():
    with run_clinic() as url:
        yield url


@pytest.fixture
def server(running, clinic_url):
    running.reset()
    running.attach(clinic_url)
    urls = {"Url": f"{clinic_url}/voice", "SmsUrl": f"{clinic_url}/sms"}
    running.add_incoming_phone_number(PhoneNumber=CLINIC, **urls)
    return running


@pytest.fixture
def open_page(browser):
    """Open a page of a width and a color scheme; what its console says fails the test."""
    contexts, said = [], []

    def open_page(url, width=1280, scheme="light", script=""):
        context = browser.new_context(
            viewport={"width": width, "height": 844}, color_scheme=scheme, reduced_motion="reduce"
        )
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(20_000)
        page.on("console", lambda message: said.append(message.text))
        page.on("pageerror", lambda error: said.append(str(error)))
        page.add_init_script(script)
        page.goto(url)
        return page

    open_page.said = said
    yield open_page
    for context in contexts:
        context.close()
    assert said == []


def expect(locator):
    return sync_api.expect(locator)


sync_api.expect.set_options(timeout=20_000)  # for a machine that does much besides


@pytest.mark.parametrize("width", WIDTHS)
def test_a_call_rings_is_heard_and_answered_by_a_key(server, clinic_url, open_page, width):
    page = open_page(f"{server.url}/_twreplay/", width)
    expect(page.locator("#state")).to_have_text("live")

    place_call(server, clinic_url)
    expect(page.locator("#phone-state")).to_have_text("It rings.")
    page.get_by_role("button", name="Answer").click()
    expect(page.locator("#screen")).to_contain_text("Press 1 to confirm.")
    page.get_by_role("button", name="Key 1").click()
    expect(page.locator("#screen")).to_contain_text("Thank you.")
    webhooks = page.locator("#events > li.in")
    expect(webhooks.first).to_contain_text("/answer")
    expect(webhooks).to_have_count(2)
    page.get_by_role("button", name="Hang up").click()

    expect(page.locator("#phone-state")).to_have_text("The call is over.")
    assert not is_wider_than_the_screen(page)


def test_the_keyboard_is_enough(server, open_page):
    page = open_page(f"{server.url}/_twreplay/")
    expect(page.locator("#state")).to_have_text("live")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to the content"

    tab_to(page, '#dial input[name="number"]')
    page.keyboard.press("Enter")
    expect(page.locator("#screen")).to_contain_text("Press 1 to confirm.")
    tab_to(page, "#hang-up")
    page.keyboard.press("1")
    expect(page.locator("#screen")).to_contain_text("Thank you.")
    page.keyboard.press("Enter")
    expect(page.locator("#phone-state")).to_have_text("The call is over.")
    tab_to(page, '#text input[name="body"]')
    page.keyboard.type("STOP")
    page.keyboard.press("Enter")

    expect(page.locator("#inbox > p.me")).to_contain_text("STOP")


def test_what_is_heard_is_spoken_if_wanted(server, open_page):
    script = "window.spoken = []; speechSynthesis.speak = (said) => spoken.push(said.text);"
    page = open_page(f"{server.url}/_twreplay/phones/{PERSON}", script=script)
    page.get_by_label("Speak aloud").check()
    page.get_by_role("button", name="Dial").click()
    expect(page.locator("#screen")).to_contain_text("Press 1 to confirm.")

    assert page.evaluate("spoken") == ["Your appointment is tomorrow. Press 1 to confirm."]


def test_messages_are_written_and_read_and_are_no_markup(server, open_page):
    page = open_page(f"{server.url}/_twreplay/phones/{PERSON}", 390)
    page.get_by_role("textbox", name="Message").fill("<i>STOP</i>")
    page.get_by_role("button", name="Send").click()
    expect(page.locator("#inbox > p.me")).to_contain_text("<i>STOP</i>")
    server.advance(seconds=60)

    answer = page.locator("#inbox > p:not(.me)")
    expect(answer).to_contain_text("You will get <b>no more</b> messages.")
    assert page.locator("#inbox b, #inbox i").count() == 0


def test_a_phone_alone_takes_a_call(server, clinic_url, open_page):
    page = open_page(f"{server.url}/_twreplay/phones/4155550101", 390, "dark")
    place_call(server, clinic_url, "4155550101")

    expect(page.locator("#phone-state")).to_have_text("It rings.")
    page.get_by_role("button", name="Be busy").click()
    expect(page.locator("#phone-state")).to_have_text("No call.")
    assert server.calls[-1].Status == "3"
    assert not is_wider_than_the_screen(page)


def test_the_clock_moves_the_world_follows_and_rules_are_added(server, open_page):
    page = open_page(f"{server.url}/_twreplay/")
    before = page.locator("time.clock").inner_text()
    page.get_by_role("button", name="1 day").click()
    expect(page.locator("time.clock")).not_to_have_text(before)

    page.locator("#rule").get_by_label("Path").fill("/Calls")
    page.locator("#rule").get_by_role("button", name="Add").click()
    expect(page.locator('[data-part="rules"]')).to_contain_text("/Calls")
    calls = f"{server.account_url}/Calls"
    refused = requests.get(calls, auth=server.auth, timeout=10)
    server.add_sms_message(Body="<b>bold</b>")
    requests.get(calls, auth=server.auth, timeout=10)

    assert refused.status_code == 503
    expect(page.locator("#events > li").nth(1)).to_contain_text("503")
    page.get_by_role("searchbox").fill("503")
    expect(page.locator("#events > li:visible")).to_have_count(1)
    page.get_by_role("searchbox").fill("")
    expect(page.locator('[data-part="world"]')).to_contain_text("SMSMessage")
    expect(page.locator('[data-part="coverage"]')).to_contain_text("/Accounts/{AccountSid}/Calls")
    page.locator("#events details").first.locator("summary").first.click()
    expect(page.locator("#events > li").first).to_contain_text("<TwilioResponse>")
    server.reset()
    expect(page.locator("#events > li")).to_have_count(0)
    expect(page.locator("#none")).to_be_visible()


def test_the_world_follows_and_what_is_open_and_focused_stays_so(server, open_page):
    page = open_page(f"{server.url}/_twreplay/")
    server.add_sms_message(Body="first")
    messages = page.locator('[data-keep="SMSMessage"]')
    summary = messages.locator("summary").first
    summary.click()
    server.add_sms_message(Body="second")

    expect(summary).to_have_text("SMSMessage 2")
    expect(messages).to_contain_text("second")
    expect(messages).to_have_attribute("open", "")
    expect(summary).to_be_focused()


def test_what_a_person_cannot_do_is_said(server, open_page):
    page = open_page(f"{server.url}/_twreplay/")
    page.locator("#clock").get_by_label("Seconds").fill("1e300")
    page.locator("#clock").get_by_role("button", name="Advance").click()

    expect(page.get_by_role("alert")).not_to_be_empty()
    # Chromium says so of each answer of this kind.
    assert "status of 400" in open_page.said.pop()


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    """The pages that are files: coverage, a folder of cassettes, a run that fails."""
    folder = tmp_path_factory.mktemp("written")
    shutil.copytree(REPOSITORY / "cassettes", folder / "cassettes")
    (folder / "test_it.py").write_text(
        "import requests\n"
        "def test_fails(twilio):\n"
        "    assert requests.get(twilio.account_url + '/Calls', auth=('a', 'b')).ok\n"
    )
    environment = {**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    command = [sys.executable, "-m"]
    reports = ["--twreplay-report=run.html", "--twreplay-coverage=coverage.html"]
    pytest_run = [*command, "pytest", "-q", "-p", "twreplay.pytest_plugin", *reports]
    subprocess.run(pytest_run, cwd=folder, env=environment, capture_output=True, check=False)
    show = [*command, "twreplay", "show", "cassettes", "--html", "folder.html"]
    subprocess.run(show, cwd=folder, check=True)
    return folder


@pytest.mark.parametrize(
    ("name", "scheme"),
    [("run.html", "light"), ("coverage.html", "dark"), ("folder.html", "light")],
)
def test_a_page_in_a_file_fits_and_has_no_barriers(written, open_page, name, scheme):
    page = open_page((written / name).as_uri(), scheme=scheme)

    assert list_barriers(page) == []
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 844})
        assert not is_wider_than_the_screen(page)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_page_of_a_server_has_no_barriers(server, clinic_url, open_page, scheme):
    place_call(server, clinic_url)
    page = open_page(f"{server.url}/_twreplay/", 1280, scheme)
    expect(page.locator("#events > li")).to_have_count(1)
    page.get_by_role("button", name="Answer").click()
    expect(page.locator("#screen")).to_contain_text("Press 1 to confirm.")

    assert list_barriers(page) == []


def tab_to(page, selector):
    """Go on by the Tab key until *selector* has the focus."""
    for _ in range(80):
        if page.evaluate("s => document.activeElement.matches(s)", selector):
            return
        page.keyboard.press("Tab")
    pytest.fail(f"{selector} is not reached by the Tab key")


def is_wider_than_the_screen(page):
    return page.evaluate("document.documentElement.scrollWidth > innerWidth")


def list_barriers(page):
    """List what axe finds wrong: names, roles, contrast, headings, landmarks."""
    page.evaluate("document.querySelectorAll('details').forEach((each) => { each.open = true; })")
    page.evaluate(AXE)
    found = page.evaluate("axe.run()")["violations"]
    return [f"{each['id']}: {node['html']}" for each in found for node in each["nodes"]]
