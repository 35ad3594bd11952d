"""Calls that live, and what a test changes in the world: they end, begin, and are told of."""

from __future__ import annotations

import asyncio

import pytest
import requests
from live.live_application import BASE, make_call, office, office_app

from twreplay.errors import UsageError

CALLER, OURS, OTHER = "4155551212", "4158675309", "4155550100"
LONG = "<Response><Say>Hello.</Say><Pause length='60'/></Response>"
DIALS = f'<Response><Dial action="/done">{OTHER}</Dial></Response>'
ROOM = '<Response><Dial action="/done"><Conference>Room</Conference></Dial></Response>'
DONE = "<Response><Say>Bye.</Say></Response>"

app, twilio = office_app, office


@pytest.fixture
def call(twilio, app):
    """Return a call that hears a long document."""
    app.pages |= {"/voice": LONG, "/done": DONE}
    return twilio.phone(CALLER).dial(OURS)


STATES = {"2": "completed", "3": "busy", "4": "failed", "5": "no-answer"}


@pytest.mark.parametrize(("status", "told"), STATES.items())
def test_a_call_that_is_changed_to_be_over_runs_no_more(twilio, app, call, status, told):
    twilio.change(call.resource, Status=status)

    assert call.is_over
    assert [form["CallStatus"] for form in app.asked_at("/voice")] == ["in-progress", told]
    heard = call.heard
    twilio.clock.run_until_idle()
    assert call.heard == heard
    assert len(app.asked) == 2


def test_a_call_that_was_over_is_told_of_once(twilio, app, call):
    twilio.change(call.resource, Status=2)
    twilio.change(call.resource, Status=4)

    assert len(app.asked) == 2


def test_a_call_whose_document_runs_was_dialled(twilio, app):
    app.pages["/voice"] = LONG
    make_call(twilio)
    call = twilio.phone(CALLER).pick_up()
    with pytest.raises(UsageError, match="its TwiML runs"):
        twilio.change(call.resource, Status=0)

    assert not call.is_over


@pytest.mark.parametrize(
    "changes", [{"Called": OTHER}, {"Caller": OTHER}, {"Flags": 2}, {"Flags": 2, "Caller": OURS}]
)
def test_who_calls_whom_stays_while_the_document_runs(twilio, call, changes):
    before = twilio.calls[0].Caller, twilio.calls[0].Called, twilio.calls[0].Flags
    with pytest.raises(UsageError, match="stays as it is while the TwiML of the call runs"):
        twilio.change(call.resource, **changes)

    assert (twilio.calls[0].Caller, twilio.calls[0].Called, twilio.calls[0].Flags) == before
    twilio.hang_up(call.resource)
    twilio.change(call.resource, Caller=OTHER)
    assert twilio.calls[0].Caller == OTHER


@pytest.mark.parametrize("verb", ["hang_up", "complete"])
def test_what_ends_a_call_delivers_what_is_due(twilio, app, call, verb):
    getattr(twilio, verb)(call.resource)

    assert [form["CallStatus"] for form in app.asked_at("/voice")] == ["in-progress", "completed"]


@pytest.mark.parametrize("way", ["answer", "change"])
def test_a_call_that_is_answered_asks_for_its_document(twilio, app, way):
    app.pages["/voice"] = LONG
    make_call(twilio)
    [made] = twilio.calls
    if way == "answer":
        twilio.answer(made)
    else:
        twilio.change(made, Status=1)

    assert app.asked_at("/voice")[0]["DialStatus"] == "answered"
    assert twilio.phone(CALLER).call.heard[0].text == "Hello."


@pytest.mark.parametrize(("status", "told"), list(STATES.items())[1:])
def test_a_call_that_is_changed_to_have_never_been_answered_is_told_of(twilio, app, status, told):
    app.pages["/voice"] = LONG
    make_call(twilio)
    twilio.change(twilio.calls[0], Status=status)

    assert [form["DialStatus"] for form in app.asked_at("/voice")] == [told]


def test_a_call_without_machine_is_told_of_without_one(twilio, app):
    app.pages["/voice"] = LONG
    make_call(twilio)
    twilio.change(twilio.calls[0], Status=2)

    [form] = app.asked_at("/voice")
    assert (form["CallStatus"], form.get("DialStatus")) == ("completed", None)
    assert form["Duration"] == twilio.calls[0].Duration


class TestRemoved:
    def test_a_call_that_is_removed_runs_no_more(self, twilio, app, call):
        twilio.remove(call.resource)
        twilio.clock.run_until_idle()

        assert len(app.asked) == 1
        assert twilio.phone(CALLER).call is None
        for name in ("resource", "heard", "is_over"):
            with pytest.raises(UsageError, match="it was removed"):
                getattr(call, name)
        assert "not there" in repr(call)

    def test_its_legs_ring_no_more(self, twilio, app):
        app.pages["/voice"] = DIALS
        call = twilio.phone(CALLER).dial(OURS)
        twilio.remove(call.resource)

        assert twilio.phone(OTHER).ringing is None
        twilio.clock.run_until_idle()
        assert twilio.calls == ()
        assert [path for path, _, _ in app.asked] == ["/voice"]

    def test_the_call_goes_on_whose_leg_is_removed(self, twilio, app):
        app.pages |= {"/voice": DIALS, "/done": DONE}
        call = twilio.phone(CALLER).dial(OURS)
        leg = twilio.phone(OTHER).pick_up()
        twilio.remove(leg.resource)

        assert app.asked_at("/done")[0]["DialStatus"] == "answered"
        assert call.heard[-1].text == "Bye."
        with pytest.raises(UsageError, match="it was removed"):
            _ = leg.resource

    def test_who_is_left_in_a_conference_stays(self, twilio, app):
        app.pages |= {"/voice": ROOM, "/done": DONE}
        first, second = (twilio.phone(number).dial(OURS) for number in (CALLER, OTHER))
        twilio.remove(first.resource)

        assert [one.CallSid for one in twilio.participants] == [second.sid]
        second.hang_up()
        assert [one.Status for one in twilio.conferences] == ["2"]

    def test_the_calls_of_an_account_go_with_it(self, twilio, app):
        account = twilio.add_account()
        number = twilio.add_incoming_phone_number(AccountSid=account.Sid, Url=f"{BASE}/voice")
        app.pages["/voice"] = LONG
        call = twilio.phone(CALLER).dial(number.PhoneNumber)
        twilio.remove(account)
        twilio.clock.run_until_idle()

        assert len(app.asked) == 1
        assert twilio.phone(CALLER).calls == ()
        assert "not there" in repr(call)


@pytest.mark.parametrize(("status", "told"), [("2", "answered"), ("4", "answered")])
def test_the_call_goes_on_whose_leg_is_changed_to_be_over(twilio, app, status, told):
    app.pages |= {"/voice": DIALS, "/done": DONE}
    call = twilio.phone(CALLER).dial(OURS)
    leg = twilio.phone(OTHER).pick_up()
    twilio.change(leg.resource, Status=status)

    assert leg.is_over
    assert app.asked_at("/done")[0]["DialStatus"] == told
    assert call.heard[-1].text == "Bye."


@pytest.mark.parametrize("status", ["3", "4", "5"])
def test_the_call_goes_on_whose_leg_is_changed_to_have_never_been_answered(twilio, app, status):
    app.pages |= {"/voice": DIALS, "/done": DONE}
    twilio.phone(CALLER).dial(OURS)
    twilio.change(twilio.phone(OTHER).ringing, Status=status)

    assert app.asked_at("/done")[0]["DialStatus"] == STATES[status]


@pytest.mark.parametrize("outcome", ["completed", "busy"])
@pytest.mark.parametrize("way", ["answer", "change"])
def test_a_leg_that_is_answered_is_connected(twilio, app, way, outcome):
    app.pages |= {"/voice": DIALS, "/done": DONE}
    twilio.arrange_call(OTHER, outcome=outcome, duration=20)
    call = twilio.phone(CALLER).dial(OURS)
    leg = twilio.phone(OTHER).ringing
    if way == "answer":
        twilio.answer(leg)
    else:
        twilio.change(leg, Status=1)

    assert "connects the caller" in twilio.phone(OTHER).call.transcript
    assert leg.Status == "1"
    twilio.clock.run_until_idle()
    assert call.is_over
    assert app.asked_at("/done")[0]["DialStatus"] == "answered"
    assert (leg.Status, leg.Duration) == ("2", "20")
    assert twilio.phone(OTHER).calls[0].transcript.count("answers") == 1


def test_a_message_that_is_changed_to_be_sent_is_called_back_about(twilio, app):
    form = {"From": OURS, "To": CALLER, "Body": "Hi", "StatusCallback": f"{BASE}/sent"}
    requests.post(f"{twilio.account_url}/SMS/Messages", form, auth=twilio.auth, timeout=5)
    app.pages["/sent"] = DONE
    twilio.change(twilio.sms_messages[0], Status="sent")

    assert [form["SmsStatus"] for form in app.asked_at("/sent")] == ["sent"]


@pytest.mark.parametrize("verb", ["hang_up", "complete", "change"])
def test_in_a_loop_the_same_are_coroutines(twilio, app, call, verb):
    given = {"Status": "2"} if verb == "change" else {}

    async def end():
        await getattr(twilio.aio, verb)(call.resource, **given)

    asyncio.run(end())

    assert len(app.asked) == 2


def test_in_a_loop_a_call_is_answered_and_removed(twilio, app):
    app.pages["/voice"] = LONG
    make_call(twilio)

    async def answer():
        await twilio.aio.answer(twilio.calls[0])
        await twilio.aio.remove(twilio.calls[0])

    asyncio.run(answer())

    assert len(app.asked) == 1
    assert twilio.calls == ()
