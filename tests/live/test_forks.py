"""Forks of a world in which calls live: nothing of what a block does is left, nothing is lost."""

from __future__ import annotations

from contextlib import ExitStack, suppress
from http.cookies import SimpleCookie
from urllib.parse import urlencode

import pytest
from basic_auth import encode_basic
from extent import choose_extent
from hypothesis import given, settings
from hypothesis import strategies as st
from live.live_application import BASE, Application

import twreplay
from twreplay.errors import UsageError

OURS, PERSON = "4158675309", "4155551212"
PAUSE = '<Response><Pause length="60"/></Response>'
MENU = (
    '<Response><Gather action="/menu" numDigits="1"><Say>Press 1 to confirm.</Say></Gather>'
    "<Say>No answer.</Say></Response>"
)


class Office(Application):
    """Counts in a cookie how often a conversation asked, and lets one page be kept a minute."""

    def __call__(self, environ, start_response):
        cookies = SimpleCookie(environ.get("HTTP_COOKIE", ""))
        count = int(cookies["n"].value) + 1 if "n" in cookies else 1

        def start(status, headers):
            kept = [("Cache-Control", "max-age=60")] if environ["PATH_INFO"] == "/menu" else []
            start_response(status, [*headers, ("Set-Cookie", f"n={count}"), *kept])

        answer = super().__call__(environ, start)
        path, form, signature = self.asked[-1]
        self.asked[-1] = (path, form | {"n": count}, signature)
        return answer


@pytest.fixture
def app():
    return Office()


@pytest.fixture
def twilio(app):
    return make_office(app)


def make_office(app, undocumented="ignore"):
    app.pages |= {"/voice": MENU, "/menu": PAUSE, "/bye": "<Response><Hangup/></Response>"}
    app.pages |= {"/sms": "<Response><Sms>Thank you.</Sms></Response>", "/else": PAUSE}
    simulator = twreplay.Simulator(undocumented=undocumented)
    simulator.attach(app, BASE)
    number = simulator.incoming_phone_numbers[0]
    simulator.change(number, Url=f"{BASE}/voice", SmsUrl=f"{BASE}/sms")
    return simulator


def post(twilio, path, *repeated, **form):
    headers = {"Authorization": encode_basic(*twilio.auth)}
    headers["Content-Type"] = "application/x-www-form-urlencoded"
    url = f"{twilio.account_url}/{path}"
    answer = twilio.handle(
        twreplay.Request("POST", url, headers, urlencode([*repeated, *form.items()]))
    )
    return answer.status, answer.body


def call(twilio):
    return post(twilio, "Calls", Caller=OURS, Called=PERSON, Url=f"{BASE}/voice")


def redirect(twilio, page="else"):
    live = [one for one in twilio.calls if one.Status == "1"]
    return live and post(twilio, f"Calls/{live[-1].Sid}", CurrentUrl=f"{BASE}/{page}")


def press(twilio):
    at_ear = twilio.phone(PERSON).call
    if at_ear is not None and at_ear.expects == "digits":
        at_ear.press("1")
    return at_ear and at_ear.transcript


def expect_text(twilio):
    with suppress(AssertionError):
        twilio.phone(PERSON).expect_text("thank")
        return "came"


def look_unexpected(twilio):
    try:
        twilio.expect_nothing_more()
    except AssertionError as error:
        return str(error)


ACTIONS = {
    "call": call,
    "redirect": redirect,
    "send away": lambda twilio: redirect(twilio, "bye"),
    "dial": lambda twilio: repr(twilio.phone(PERSON).dial(OURS)),
    "text": lambda twilio: repr(twilio.phone(PERSON).text(OURS, "Hello")),
    "send": lambda twilio: post(twilio, "SMS/Messages", From=OURS, To=PERSON, Body="Thanks"),
    "press": press,
    "expect a text": expect_text,
    "look": look_unexpected,
    "a second": lambda twilio: twilio.clock.advance(1),
    "ten seconds": lambda twilio: twilio.clock.advance(10),
    "two minutes": lambda twilio: twilio.clock.advance(120),
}
actions = st.sampled_from(sorted(ACTIONS))
scripts = st.lists(actions, max_size=8)


def run(twilio, script):
    return [ACTIONS[name](twilio) for name in script]


@given(before=scripts, inside=scripts, after=st.lists(actions, min_size=10, max_size=10))
@settings(max_examples=choose_extent(40, 300), deadline=None)
def test_a_fork_leaves_no_trace_in_what_lives(before, inside, after):
    forked, untouched = make_office(app := Office()), make_office(other := Office())
    run(forked, before)
    run(untouched, before)

    begin = forked.snapshot()
    with forked.fork():
        run(forked, inside)
    assert forked.snapshot() == begin

    app.asked.clear()
    other.asked.clear()
    assert run(forked, after) == run(untouched, after)
    assert app.asked == other.asked
    assert forked.snapshot() == untouched.snapshot()


@pytest.fixture
def answered(twilio):
    call(twilio)
    twilio.clock.advance(10)
    return twilio


def test_a_redirect_in_a_fork_is_undone(answered, app):
    before = answered.snapshot()
    with answered.fork():
        redirect(answered)
    assert answered.snapshot() == before
    answered.clock.advance(5)
    assert app.asked_at("/else") == []


def test_a_redirect_before_a_fork_is_due_after_it(answered, app):
    redirect(answered)
    with answered.fork():
        answered.clock.advance(5)
        assert len(app.asked_at("/else")) == 1
    answered.clock.advance(5)
    assert len(app.asked_at("/else")) == 2


def test_a_fork_before_the_first_phone_forgets_what_it_made_due(app):
    twilio = twreplay.Simulator(undocumented="ignore")
    app.pages["/voice"] = PAUSE
    with twilio.fork():
        twilio.attach(app, BASE)
        call(twilio)
        twilio.clock.advance(10)
        redirect(twilio)
    twilio.clock.advance(10)
    assert app.asked_at("/else") == []


def test_a_world_that_was_left_for_another_lives_on_after_the_fork(app):
    twilio = twreplay.Simulator(undocumented="ignore")
    app.pages["/voice"] = PAUSE
    with twilio.fork():
        twilio.reset()
        twilio.attach(app, BASE)
    call(twilio)
    twilio.clock.advance(10)
    assert len(app.asked_at("/voice")) == 1


def test_a_fork_inside_the_application_takes_the_answer_back_to_the_world_outside(twilio, app):
    def voice(form):
        with twilio.fork():
            twilio.add_sms_message()
        return MENU

    app.pages["/voice"] = voice
    call(twilio)
    twilio.clock.advance(10)
    assert twilio.phone(PERSON).call.expects == "digits"


def test_an_answer_to_a_world_that_is_undone_is_nobodys(twilio, app):
    kept = ExitStack()

    def voice(form):
        kept.close()
        return MENU

    app.pages["/voice"] = voice
    before = twilio.snapshot()
    kept.enter_context(twilio.fork())
    call(twilio)
    twilio.clock.advance(10)
    twilio.clock.advance(10)
    assert len(app.asked) == 1
    assert "live" not in before
    assert twilio.calls == ()


def test_a_request_that_is_refused_takes_its_redirect_back(app):
    twilio = make_office(app, undocumented="error")
    call(twilio)
    twilio.clock.advance(10)
    before, to_else = twilio.snapshot(), ("CurrentUrl", f"{BASE}/else")
    with pytest.raises(twreplay.errors.UndocumentedBehavior, match="question 44,"):
        # A parameter that is there twice.
        post(twilio, f"Calls/{twilio.calls[0].Sid}", to_else, to_else)
    assert twilio.snapshot() == before


def test_cookies_and_kept_pages_are_those_of_a_new_world_after_reset(twilio, app):
    for _ in range(2):
        twilio.reset()
        call(twilio)
        twilio.clock.advance(10)
    assert [form["n"] for form in app.asked_at("/voice")] == [1, 1]


class TestForksInTheWrongOrder:
    def test_are_refused_and_both_undone(self, answered):
        before = answered.snapshot()
        outer, inner = answered.fork(), answered.fork()
        outer.__enter__()
        redirect(answered)
        inner.__enter__()
        call(answered)

        with pytest.raises(UsageError, match="End the inner block first"):
            outer.__exit__(None, None, None)

        assert answered.snapshot() == before
        inner.__exit__(None, None, None)
        assert answered.snapshot() == before

    def test_leave_the_next_fork_as_any(self, answered):
        outer, inner = answered.fork(), answered.fork()
        outer.__enter__()
        inner.__enter__()
        with pytest.raises(UsageError):
            outer.__exit__(None, None, None)
        before = answered.snapshot()
        with answered.fork():
            inner.__exit__(None, None, None)
            redirect(answered)
        assert answered.snapshot() == before
