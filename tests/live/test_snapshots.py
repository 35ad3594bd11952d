"""Snapshots hold calls and answers to messages that run: restored, they go on from there."""

from __future__ import annotations

import json

import pytest
import requests
from live.live_application import BASE, Application, make_call, office, office_app

import twreplay
from twreplay.errors import UsageError

WEBHOOK = {
    "kind": "voice",
    "url": f"{BASE}/voice",
    "method": "POST",
    "params": [],
    "account_sid": "AC05185ef65c3528af55efdc821e846b67",
    "conversation": {"is": "delivery.Conversation", "key": "CA1"},
    "fallback": None,
    "is_fallback": False,
    "run": "",
    "asked": 0,
}
CALLER, OURS, OTHER, THIRD = "4155551212", "4158675309", "4155550100", "4155551213"
BYE = "<Response><Say>Bye.</Say></Response>"
DOCUMENTS = {
    "says": '<Say loop="0">Hello.</Say>',
    "pauses": '<Pause length="5"/><Say voice="woman">Hello.</Say>',
    "plays": '<Play loop="2">/a.wav</Play><Foo/>',
    "gathers": '<Gather numDigits="2" action="/bye"><Say>Press.</Say><Play>/a.wav</Play></Gather>',
    "records": '<Record action="/bye" transcribe="true" transcribeCallback="/told"/>',
    "dials": f'<Dial action="/bye">{OTHER}</Dial>',
    "whispers": f'<Dial><Number url="/wait" sendDigits="1w2">{OTHER}</Number></Dial>',
    "dials two": f"<Dial><Number>{OTHER}</Number><Number>{THIRD}</Number></Dial><Redirect/>",
    "confers": '<Dial timeLimit="60"><Conference waitUrl="/wait">Room</Conference></Dial>',
    "writes": '<Sms action="/bye" statusCallback="/told">Hi.</Sms>',
    "redirects": '<Pause/><Redirect method="GET">/bye</Redirect>',
}

app, twilio = office_app, office


def arrange(twilio):
    twilio.arrange_call(CALLER, script=["say Call me back", 2, "1", 2, "2", 90, "hang up"])
    twilio.arrange_call(OTHER, script=["say Hello", 3, "hang up"], after=8)


def attach(twilio, document):
    app = Application(bye=BYE, told=BYE, wait="<Response><Say>Please wait.</Say></Response>")
    app.pages["/voice"] = f"<Response>{document}</Response>"
    twilio.attach(app, BASE)
    return app


def describe(twilio):
    instances = [
        *(*twilio.calls, *twilio.recordings, *twilio.transcriptions, *twilio.conferences),
        *(*twilio.sms_messages, *twilio.notifications),
    ]
    return twilio.transcripts(), twilio.clock.now, [repr(one) for one in instances]


@pytest.mark.parametrize("document", DOCUMENTS.values(), ids=DOCUMENTS)
def test_a_call_goes_on_from_each_of_its_moments(document):
    saved = []
    with twreplay.simulate(undocumented="ignore") as twilio:
        attach(twilio, document)
        arrange(twilio)
        make_call(twilio)
        while twilio.clock.due:
            saved.append(json.dumps(twilio.snapshot(), allow_nan=False))
            left = twilio.clock.due[0].at - twilio.clock.now
            twilio.clock.advance(left / 2)  # in the midst of what is heard
            saved.append(json.dumps(twilio.snapshot(), allow_nan=False))
            twilio.clock.advance(left - left / 2)
        wanted = describe(twilio)
    assert len(saved) > 5

    for snapshot in saved:
        with twreplay.simulate(undocumented="ignore") as twilio:
            attach(twilio, document)
            twilio.restore(json.loads(snapshot))
            assert json.dumps(twilio.snapshot(), allow_nan=False) == snapshot
            twilio.clock.run_until_idle()
            assert describe(twilio) == wanted


@pytest.fixture
def call(twilio, app):
    app.pages |= {"/voice": f"<Response>{DOCUMENTS['gathers']}</Response>", "/bye": BYE}
    return twilio.phone(CALLER).dial(OURS)


def test_a_call_is_at_the_ear_where_it_is_restored(twilio, app, call):
    call.press("1")
    saved = twilio.snapshot()
    call.hang_up()
    twilio.restore(saved)

    again = twilio.phone(CALLER).call
    assert again.sid == call.sid
    assert again.heard[0].text == "Press."
    again.press("2")
    assert app.asked_at("/bye")[0]["Digits"] == "12"
    assert again.wait().resource.Status == "2"


def test_without_its_application_it_says_so(call, twilio):
    saved = twilio.snapshot()
    with twreplay.simulate(undocumented="ignore") as other:
        other.restore(saved)
        with pytest.raises(UsageError, match="attach"):
            other.phone(CALLER).call.press("12")


def test_the_application_may_be_attached_afterwards(call, twilio, app):
    saved = twilio.snapshot()
    with twreplay.simulate(undocumented="ignore") as other:
        other.restore(saved)
        other.attach(app, BASE)
        assert other.phone(CALLER).call.press("12").heard[-1].text == "Bye."


def test_a_webhook_that_is_due_is_delivered_where_it_is_restored(twilio, app, call):
    url = f"{twilio.account_url}/Calls/{call.sid}"
    requests.post(url, {"CurrentUrl": f"{BASE}/bye"}, auth=twilio.auth, timeout=5)
    saved = json.loads(json.dumps(twilio.snapshot()))
    with twreplay.simulate(undocumented="ignore") as other:
        other.attach(app, BASE)
        other.restore(saved)
        other.clock.advance(0)

        assert other.phone(CALLER).call.heard[-1].text == "Bye."


def test_what_was_due_is_forgotten_with_its_world(twilio, app, call):
    saved = twilio.snapshot()
    url = f"{twilio.account_url}/Calls/{call.sid}"
    requests.post(url, {"CurrentUrl": f"{BASE}/bye"}, auth=twilio.auth, timeout=5)
    twilio.restore(saved)
    twilio.clock.advance(1)

    assert app.asked_at("/bye") == []


def test_a_validation_call_is_held(twilio):
    form = {"PhoneNumber": OTHER, "FriendlyName": "The nurse"}
    requests.post(f"{twilio.account_url}/OutgoingCallerIds", form, auth=twilio.auth, timeout=5)
    twilio.phone(OTHER).pick_up().press("000000")
    saved = json.loads(json.dumps(twilio.snapshot()))
    code = twilio.validation_requests[0].ValidationCode
    with twreplay.simulate(undocumented="ignore") as other:
        other.restore(saved)
        other.phone(OTHER).call.press(code)

        assert [one.FriendlyName for one in other.outgoing_caller_ids] == ["The nurse"]


def test_an_answer_to_a_message_is_held(twilio, app):
    twilio.change(twilio.incoming_phone_numbers[0], SmsUrl=f"{BASE}/sms")
    app.pages["/sms"] = "<Response><Sms>Hello.</Sms></Response>"
    twilio.receive_sms()
    saved = twilio.snapshot()
    twilio.restore(saved)
    twilio.clock.run_until_idle()

    assert [one.Body for one in twilio.phone(CALLER).inbox] == ["Hello."]


class Counter:
    """An application that counts with a cookie how often it was asked, in one conversation."""

    def __init__(self, page):
        self.page = page
        self.counts = []

    def __call__(self, environ, start_response):
        count = int(environ.get("HTTP_COOKIE", "n=0").removeprefix("n=")) + 1
        self.counts.append(count)
        cookie = ("Set-Cookie", f"n={count}; path=/; Max-Age=3600")
        start_response("200 OK", [("Content-Type", "text/xml"), cookie])
        return [self.page.encode()]


def test_cookies_are_those_of_the_world_that_is_restored():
    counter = Counter('<Response><Gather numDigits="1"/></Response>')
    with twreplay.simulate(undocumented="ignore") as twilio:
        twilio.attach(counter, BASE)
        twilio.change(twilio.incoming_phone_numbers[0], Url=f"{BASE}/voice")
        before = twilio.snapshot()
        twilio.phone(CALLER).dial(OURS)
        saved = json.loads(json.dumps(twilio.snapshot()))
        twilio.phone(CALLER).call.press("1").press("2")
        twilio.restore(saved)
        twilio.phone(CALLER).call.press("1")
        twilio.restore(before)
        twilio.phone(CALLER).dial(OURS)
    with twreplay.simulate(undocumented="ignore") as other:
        other.attach(counter, BASE)
        other.restore(saved)
        other.phone(CALLER).call.press("1")

    assert counter.counts == [1, 2, 3, 2, 1, 2]


def test_messages_that_were_expected_are_those_of_the_world_that_is_restored(twilio, app):
    twilio.change(twilio.incoming_phone_numbers[0], SmsUrl=f"{BASE}/sms")
    app.pages["/sms"] = lambda form: f"<Response><Sms>Re: {form['Body']}</Sms></Response>"
    phone = twilio.phone(CALLER)
    before = twilio.snapshot()
    phone.text(OURS, "one").expect_text("one")
    saved = json.loads(json.dumps(twilio.snapshot()))
    phone.text(OURS, "two").expect_text("two")

    twilio.restore(saved)
    with pytest.raises(AssertionError, match="no message with one"):
        phone.expect_text("one")
    phone.text(OURS, "three").expect_text("three")
    twilio.restore(before)
    phone.text(OURS, "four").expect_text("four")
    with twreplay.simulate(undocumented="ignore") as other:
        other.attach(app, BASE)
        other.restore(saved)
        other.expect_nothing_more()
        other.phone(CALLER).text(OURS, "five").expect_text("five")


def test_there_is_none_while_the_application_takes_its_time(twilio, app):
    def voice(form):
        if "DialStatus" in form:
            twreplay.take(seconds=5)
        return BYE

    app.pages["/voice"] = voice
    twilio.phone(CALLER).dial(OURS)

    with pytest.raises(UsageError, match=r"has yet to answer.*clock\.advance"):
        twilio.snapshot()
    twilio.clock.advance(5)
    assert twilio.snapshot()["live"]["runs"]


def test_there_is_none_inside_of_the_application(twilio, app):
    app.pages["/voice"] = lambda form: twilio.snapshot() and BYE

    with pytest.raises(UsageError, match="has yet to answer"):
        twilio.phone(CALLER).dial(OURS)


def edit_gather(live, **values):
    live["runs"][0]["state"]["document"]["verbs"][0]["values"]["map"].update(values)


@pytest.mark.parametrize(
    "damage",
    [
        lambda live: live.pop("webhooks"),
        lambda live: live["runs"][0].update({"is": "live.Nothing"}),
        lambda live: live["runs"][0].update({"more": 1}),
        lambda live: live["runs"][0].pop("state"),
        lambda live: live["runs"].append(7),
        lambda live: live["runs"][0].update(state=5),
        lambda live: live["runs"][0].update(began="yesterday"),
        lambda live: live["runs"][0].update(began={"datetime": "yesterday"}),
        lambda live: live["runs"][0].update(heard=["a sound"]),
        lambda live: live["runs"][0].update(lines="many"),
        lambda live: live["runs"][0].update(fallback=["https://one.example/"]),
        lambda live: live["runs"][0].update(questions={"set": ["q1"]}),
        lambda live: live["runs"][0]["state"].update(activity=None),
        lambda live: live["runs"][0]["state"].update(is_hung_up="no"),
        lambda live: live["runs"][0]["state"].update(now=True),
        lambda live: live["runs"][0]["state"]["context"].update(kind="voice"),
        lambda live: live["runs"][0]["state"]["context"].update(caller_ids=[5]),
        lambda live: edit_gather(live, numDigits="x"),
        lambda live: edit_gather(live, numDigits=0),
        lambda live: edit_gather(live, timeout=-1),
        lambda live: edit_gather(live, timeout=True),
        lambda live: edit_gather(live, method="PUT"),
        lambda live: edit_gather(live, action=5),
        lambda live: live["webhooks"].append({"kind": "voice"}),
        lambda live: live["webhooks"].append("a webhook"),
        lambda live: live.update(cookies={"call": {"cookies": [5], "last_used": "2010-03-01"}}),
        lambda live: live.update(cookies={"call": {"cookies": [["a", "/", 5, "b", 0, 0, None]]}}),
        lambda live: live.update(cookies={"call": {"cookies": [], "last_used": "yesterday"}}),
        lambda live: live.update(cookies={"call": {"cookies": [], "last_used": "2010-03-01"}}),
        lambda live: live.update(phones={"nobody": [0, []]}),
        lambda live: live["runs"][0].update(account_sid="AC" + 32 * "0"),
        lambda live: live["runs"][0].update(began={"datetime": "2010-03-01T00:00:00"}),
        lambda live: live["runs"][0]["state"].update(now={"float": "nan"}),
        lambda live: live["webhooks"].append(WEBHOOK | {"url": 5}),
        lambda live: live["webhooks"].append(WEBHOOK | {"method": {"a": 1}}),
        lambda live: live["webhooks"].append(WEBHOOK | {"run": ["x"]}),
        lambda live: live["webhooks"].append(WEBHOOK | {"conversation": -1}),
        lambda live: live["webhooks"].append(WEBHOOK | {"params": [["a", None]]}),
        lambda live: live.update(phones={"4155551212": ["one", []]}),
    ],
)
def test_a_damaged_one_is_refused_and_changes_nothing(twilio, call, damage):
    saved = json.loads(json.dumps(twilio.snapshot()))
    damage(saved["live"])

    with pytest.raises(UsageError, match="the snapshot is damaged"):
        twilio.restore(saved)
    assert not call.is_over


@pytest.mark.parametrize("seconds", [1, 10])
def test_one_without_a_leg_that_rings_or_talks_is_refused(twilio, app, seconds):
    app.pages |= {"/voice": f"<Response>{DOCUMENTS['dials']}</Response>", "/bye": BYE}
    twilio.phone(CALLER).dial(OURS)
    twilio.clock.advance(seconds)
    saved = json.loads(json.dumps(twilio.snapshot()))
    saved["live"]["runs"] = [run for run in saved["live"]["runs"] if "leg" not in run]

    with pytest.raises(UsageError, match=r"the snapshot is damaged: .* dials a leg, number 0"):
        twilio.restore(saved)


def test_the_webhook_of_these_damages_is_taken_undamaged(twilio, call):
    saved = json.loads(json.dumps(twilio.snapshot()))
    saved["live"]["webhooks"].append(WEBHOOK)
    twilio.restore(saved)


def test_a_world_in_which_nothing_lives_has_none():
    with twreplay.simulate() as twilio:
        assert "live" not in twilio.snapshot()
