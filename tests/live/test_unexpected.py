"""What nobody took note of: errors in the log, calls and messages to people."""

from __future__ import annotations

import pytest
import requests
from inner_runs import run_inner
from live.live_application import BASE, Application, make_call, office, office_app

import twreplay
from twreplay.errors import UnreadNotifications

PERSON = "4155551212"


app, twilio = office_app, office


def run_broken(look, **options):
    """Run a call whose document is broken, and let *look* look at the log."""
    app = Application(voice="<Response><Say>Hi</Response>")
    with twreplay.simulate(undocumented="ignore", **options) as twilio:
        twilio.attach(app, BASE)
        make_call(twilio)
        twilio.clock.advance(seconds=60)
        look(twilio)


def test_error_that_nobody_looked_at_ends_the_block_with_its_code():
    with pytest.raises(UnreadNotifications, match="12100: ") as raised:
        run_broken(lambda twilio: None)

    assert raised.value.codes == (12100,)
    assert "twreplay explain 12100" in str(raised.value)


def read_the_list(twilio):
    assert twilio.notifications


def request_the_list(twilio):
    requests.get(f"{twilio.account_url}/Notifications", auth=twilio.auth, timeout=5)


@pytest.mark.parametrize("look", [read_the_list, request_the_list])
def test_to_look_at_the_log_is_enough(look):
    run_broken(look)


def test_a_simulation_may_allow_it():
    run_broken(lambda twilio: None, allow_unused=True)


def test_what_is_unexpected_fails_also_where_rules_may_stay_unused():
    with (
        pytest.raises(AssertionError, match=PERSON),
        twreplay.simulate(unexpected="fail", allow_unused=True) as twilio,
    ):
        form = {"From": "4158675309", "To": PERSON, "Body": "x"}
        twilio.attach(Application(), BASE)
        requests.post(f"{twilio.account_url}/SMS/Messages", form, auth=twilio.auth, timeout=5)


def test_error_of_the_block_is_not_replaced():
    with pytest.raises(LookupError):
        run_broken(lambda twilio: {}["x"])


def test_exception_that_came_out_of_a_verb_was_noticed():
    def app(environ, start_response):
        raise LookupError("broken")

    with twreplay.simulate(undocumented="ignore") as twilio:
        twilio.attach(app, BASE)
        make_call(twilio)
        with pytest.raises(LookupError):
            twilio.clock.advance(seconds=60)


@pytest.mark.parametrize(
    ("option", "outcome"),
    [("fail", {"passed": 1, "errors": 1}), ("ignore", {"passed": 1})],
)
def test_option_of_pytest_says_what_becomes_of_it(pytester, option, outcome):
    pytester.makepyfile(
        "import pytest, requests\n"
        "@pytest.mark.twreplay(undocumented='ignore')\n"
        "def test_one(twilio):\n"
        "    def app(environ, start_response):\n"
        "        start_response('200 OK', [('Content-Type', 'text/xml')])\n"
        "        return [b'<Response>']\n"
        "    twilio.attach(app)\n"
        "    twilio.change(twilio.incoming_phone_numbers[0], Url='http://app.example/')\n"
        "    twilio.phone('4155551212').dial('4158675309')\n"
    )

    run_inner(pytester, f"--twreplay-unused={option}").assert_outcomes(**outcome)


class TestExpectNothingMore:
    def test_what_a_phone_was_asked_for_is_expected(self, twilio, app):
        app.pages["/voice"] = "<Response><Sms>Hello</Sms></Response>"
        make_call(twilio)
        twilio.phone(PERSON).pick_up().wait()
        twilio.phone(PERSON).expect_text("hello")

        twilio.expect_nothing_more()

    def test_message_to_somebody_else_is_named(self, twilio):
        form = {"From": "4158675309", "To": "4155550000", "Body": "Oops"}
        requests.post(f"{twilio.account_url}/SMS/Messages", form, auth=twilio.auth, timeout=5)

        with pytest.raises(AssertionError, match="a message to 4155550000: Oops"):
            twilio.expect_nothing_more()

    def test_call_that_nobody_picked_up_is_named(self, twilio, app):
        app.pages["/voice"] = "<Response/>"
        make_call(twilio)
        twilio.clock.advance(seconds=60)

        with pytest.raises(AssertionError, match="a call from 4158675309 to 4155551212"):
            twilio.expect_nothing_more()

    def test_call_that_goes_on_is_shown(self, twilio, app):
        app.pages["/voice"] = "<Response><Pause length='60'/></Response>"
        twilio.phone(PERSON).dial("4158675309")

        with pytest.raises(AssertionError, match=r"(?s)still goes on.*dials"):
            twilio.expect_nothing_more()

    def test_option_asks_for_it_at_the_end_of_each_simulation(self):
        app = Application(voice='<Response><Sms to="4155550000">Oops</Sms></Response>')

        def run(unexpected):
            with twreplay.simulate(undocumented="ignore", unexpected=unexpected) as twilio:
                twilio.attach(app, BASE)
                twilio.change(twilio.incoming_phone_numbers[0], Url=f"{BASE}/voice")
                twilio.phone(PERSON).dial("4158675309").wait(seconds=10)

        run("ignore")
        with pytest.raises(AssertionError, match="a message to 4155550000: Oops"):
            run("fail")
        with pytest.raises(twreplay.errors.UsageError, match="unexpected"):
            run("warn")
