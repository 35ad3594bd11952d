"""Answers that take virtual time, or do not come in time: the call lasts as long as they take."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import requests
from live.live_application import BASE, Application, make_call, office, office_app

import twreplay
from twreplay import faults

CALLER, OURS, OTHER = "4155551212", "4158675309", "4155550100"
HELLO = "<Response><Say>Hello.</Say></Response>"
BROKEN = "<Response><Say>"

app, twilio = office_app, office


def take(seconds, answer):
    """Return a page that takes *seconds* of virtual time."""

    def page(form):
        twreplay.take(seconds=seconds)
        return answer

    return page


@pytest.fixture
def number(twilio):
    """Return the number of the account, which has a fallback URL."""
    [number] = twilio.incoming_phone_numbers
    return twilio.change(number, VoiceFallbackUrl=f"{BASE}/fallback", SmsUrl=f"{BASE}/sms")


def elapsed(twilio, begun):
    return (twilio.clock.now - begun).total_seconds()


def test_the_fallback_is_asked_when_the_time_is_out(twilio, app, number):
    app.pages |= {"/voice": take(20, HELLO), "/fallback": HELLO}
    begun = twilio.clock.now
    call = twilio.phone(CALLER).dial(OURS)

    assert [path for path, _, _ in app.asked] == ["/voice"]
    twilio.clock.advance(seconds=14.9)
    assert app.asked_at("/fallback") == []
    assert twilio.notifications == ()
    call.wait()

    assert app.asked_at("/fallback")[0]["ErrorCode"] == "11205"
    assert call.is_over
    assert (call.heard[-1].text, call.heard[-1].start) == ("Hello.", 15)
    assert call.resource.Duration == str(int(elapsed(twilio, begun))) == "16"
    [logged] = twilio.notifications
    assert logged.MessageDate == "Mon, 01 Mar 2010 09:00:15 -0800"


def test_a_failure_and_its_fallback_are_one_entry(twilio, app, number):
    app.pages |= {"/voice": take(20, HELLO), "/fallback": HELLO}
    call = twilio.phone(CALLER).dial(OURS)
    before = [(hook.webhook.kind.name, hook.error.code) for hook in twilio.webhooks]
    call.wait()

    assert before == [("voice", 11205)]
    fallback, _ = twilio.webhooks
    assert fallback.after_failure.error.code == 11205
    assert fallback.total_seconds == 15
    assert twilio.notifications


def test_a_call_without_fallback_lasts_as_long_as_the_time_that_was_waited(twilio, app):
    app.pages["/voice"] = take(20, HELLO)
    begun = twilio.clock.now
    make_call(twilio)
    call = twilio.phone(CALLER).pick_up().wait()

    assert call.heard[0].start == 15
    assert call.resource.Status == "4"
    last = app.asked_at("/voice")[-1]
    assert last["CallStatus"] == "failed"
    assert last["CallDuration"] == last["Duration"] == str(int(elapsed(twilio, begun)))
    assert int(last["Duration"]) > 15
    assert twilio.notifications


def test_an_error_that_came_late_is_asked_about_late(twilio, app, number):
    app.pages["/fallback"] = HELLO
    twilio.when_calling("/voice").fail(503).delay(seconds=4)
    call = twilio.phone(CALLER).dial(OURS)
    early = app.asked_at("/fallback")
    call.wait()

    assert early == []
    assert call.heard[0].start == 4
    assert twilio.notifications


def test_a_broken_document_that_came_late_is_asked_about_late(twilio, app, number):
    app.pages |= {"/voice": take(4, BROKEN), "/fallback": take(3, HELLO)}
    call = twilio.phone(CALLER).dial(OURS)
    early = app.asked_at("/fallback")
    call.wait()

    assert early == []
    assert call.heard[0].start == 7
    assert twilio.notifications


def test_a_message_waits_as_well(twilio, app, number):
    twilio.change(number, SmsFallbackUrl=f"{BASE}/fallback")
    app.pages |= {"/sms": take(15, HELLO), "/fallback": "<Response><Sms>Hello.</Sms></Response>"}
    phone = twilio.phone(CALLER).text(OURS, "Hi")
    early = app.asked_at("/fallback")
    phone.expect_text("hello")

    assert early == []
    assert twilio.notifications


def test_who_hangs_up_in_the_meantime_needs_no_fallback(twilio, app, number):
    slow = take(20, HELLO)
    app.pages |= {"/voice": lambda form: slow(form) if "DialStatus" in form else HELLO}
    app.pages["/fallback"] = HELLO
    call = twilio.phone(CALLER).dial(OURS)
    twilio.clock.advance(seconds=5)
    call.hang_up()
    twilio.clock.run_until_idle()

    assert app.asked_at("/fallback") == []
    assert call.resource.Duration == "5"
    assert [one.ErrorCode for one in twilio.notifications] == ["11205"]


def test_an_answer_that_was_asked_for_before_a_redirect_comes_too_late(twilio, app):
    app.pages |= {"/voice": take(5, "<Response><Say>Old.</Say></Response>"), "/new": take(9, HELLO)}
    call = twilio.phone(CALLER).dial(OURS)
    url = f"{twilio.account_url}/Calls/{call.sid}"
    requests.post(url, {"CurrentUrl": f"{BASE}/new"}, auth=twilio.auth, timeout=5)
    call.wait()

    assert [sound.text for sound in call.heard] == ["Hello."]
    assert call.heard[0].start == 9


def test_a_callback_that_is_out_of_time_is_logged_then(twilio, app):
    app.pages["/voice"] = lambda form: (
        HELLO if form["CallStatus"] == "in-progress" else take(20, HELLO)(form)
    )
    call = twilio.phone(CALLER).dial(OURS).wait()
    early = twilio.notifications
    twilio.clock.advance(seconds=15)

    assert call.is_over
    assert early == ()
    assert [one.ErrorCode for one in twilio.notifications] == ["11205"]


def test_a_fork_undoes_an_answer_that_is_on_its_way(twilio, app, number):
    app.pages |= {"/voice": take(20, HELLO), "/fallback": HELLO}
    call = twilio.phone(CALLER).dial(OURS)
    with twilio.fork():
        call.wait()
        assert call.is_over
    assert not call.is_over
    call.wait()

    assert call.heard[-1].start == 15
    assert len(app.asked_at("/fallback")) == 2
    assert twilio.notifications


def test_time_that_passed_by_a_clock_that_is_followed_counts():
    now = [datetime(2010, 3, 1, 17, tzinfo=UTC)]

    def voice(form):
        now[0] += timedelta(seconds=12)
        return take(14, HELLO)(form)

    app = Application(voice=voice)
    with twreplay.simulate(undocumented="ignore", clock=lambda: now[0]) as twilio:
        twilio.attach(app, BASE)
        twilio.change(twilio.incoming_phone_numbers[0], Url=f"{BASE}/voice")
        call = twilio.phone(CALLER).dial(OURS)
        early = call.heard
        now[0] += timedelta(seconds=2)
        twilio.clock.sync()

        assert early == ()
        assert call.heard[0].start == 14


def test_with_its_account_goes_an_answer_that_is_on_its_way(twilio, app):
    account = twilio.add_account()
    number = twilio.add_incoming_phone_number(AccountSid=account.Sid, Url=f"{BASE}/voice")
    app.pages["/voice"] = take(5, HELLO)
    twilio.phone(CALLER).dial(number.PhoneNumber)
    twilio.remove(account)
    twilio.clock.run_until_idle()

    assert "live" not in twilio.snapshot()


def test_a_text_that_is_too_long_is_cut_and_the_transcript_tells_so(twilio, app, number):
    twilio.when_calling("/sms").respond(body="x" * 200, content_type="text/plain")
    phone = twilio.phone(CALLER).text(OURS, "Hi")

    assert [len(one.Body) for one in phone.inbox] == [160]
    assert "the text has 200 characters" in twilio.transcripts()
    assert twilio.notifications == ()


@pytest.mark.parametrize("fault", [faults.ReadTimeout, faults.ConnectTimeout])
def test_a_rule_that_lets_time_run_out_takes_that_time(twilio, app, number, fault):
    app.pages["/fallback"] = HELLO
    rule = twilio.when_calling("/voice", times=1, CallStatus="in-progress").raises(fault)
    call = twilio.phone(CALLER).dial(OURS).wait()

    assert (call.heard[-1].text, call.heard[-1].start) == ("Hello.", 15)
    assert app.asked_at("/fallback")[0]["ErrorCode"] == "11205"
    assert isinstance(twilio.webhooks[0].after_failure.exchanges[0].outcome.failure, fault)
    assert rule.used == 1
    assert twilio.notifications


@pytest.mark.parametrize("fault", [faults.ConnectionRefused, faults.NameResolutionFailed])
def test_a_rule_for_what_fails_at_once_takes_no_time(twilio, app, number, fault):
    app.pages["/fallback"] = HELLO
    twilio.when_calling("/voice", times=1).raises(fault)
    call = twilio.phone(CALLER).dial(OURS).wait()

    assert call.heard[0].start == 0
    assert twilio.notifications
