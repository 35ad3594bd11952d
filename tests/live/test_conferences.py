"""Conferences: waiting, beginning, beeps, moderation over the API, and the end."""

from __future__ import annotations

import pytest
import requests
from live.live_application import BASE, office, office_app

FIRST, SECOND, THIRD = "4155551212", "4155551213", "4155551214"
OURS = "4158675309"
BYE = "<Response><Say>Bye.</Say></Response>"
WAIT = "<Response><Say>Please wait.</Say><Redirect/></Response>"


app, twilio = office_app, office


@pytest.fixture
def enter(twilio, app):
    """Let a person dial into the room; attributes of Conference are those of the keywords."""

    def enter(number, **attributes):
        given = {"waitUrl": "/wait"} | attributes
        shown = " ".join(f'{name}="{value}"' for name, value in given.items())
        app.pages["/voice"] = (
            f'<Response><Dial action="/done"><Conference {shown}>Room</Conference>'
            "</Dial></Response>"
        )
        return twilio.phone(number).dial(OURS)

    app.pages |= {"/done": BYE, "/wait": WAIT}
    return enter


def texts(call):
    return [sound.text or sound.kind for sound in call.heard]


def test_who_waits_hears_the_wait_document_until_the_conference_begins(twilio, app, enter):
    first = enter(FIRST, beep="false")
    twilio.clock.advance(seconds=2.5)
    waited = texts(first)
    second = enter(SECOND, beep="false")
    twilio.clock.advance(seconds=30)

    assert waited == ["Please wait."] * 3
    assert texts(first) == waited
    assert first.heard[-1].is_cut_off
    assert first.heard[-1].start == 2
    assert first.heard[-1].seconds == 0.5
    assert second.heard == ()
    assert app.asked_at("/wait")[0]["CallSid"] == first.resource.Sid
    assert [one.webhook.kind.name for one in first.webhooks][1] == "conference-wait"


def test_empty_wait_url_is_silence(twilio, app, enter):
    first = enter(FIRST, waitUrl="").wait(seconds=60)

    assert first.heard == ()
    assert app.asked_at("/wait") == []


def test_music_of_the_vendor_is_asked_for_only_of_who_is_attached_to_it(twilio, app):
    app.pages["/voice"] = "<Response><Dial><Conference>Room</Conference></Dial></Response>"
    app.pages["/holdmusic"] = "<Response><Play>http://music.example/a.mp3</Play></Response>"
    first = twilio.phone(FIRST).dial(OURS).wait(seconds=2)
    silence = first.heard
    twilio.attach(app, "http://twimlets.com")
    first.hang_up()
    second = twilio.phone(SECOND).dial(OURS).wait(seconds=2)

    assert silence == ()
    assert second.heard[0].url == "http://music.example/a.mp3"
    assert second.heard[0].loop == 1


@pytest.mark.parametrize("leave", ["hang up", "redirect", "kick", "star"])
def test_nobody_waits_who_has_left(twilio, app, enter, leave):
    app.pages["/voice"] = ""
    first = enter(FIRST)
    if leave == "hang up":
        first.hang_up()
    elif leave == "redirect":
        url = f"{twilio.account_url}/Calls/{first.resource.Sid}"
        requests.post(url, {"CurrentUrl": f"{BASE}/done"}, auth=twilio.auth, timeout=5)
    elif leave == "kick":
        room = twilio.conferences[0].Sid
        participants = f"{twilio.account_url}/Conferences/{room}/Participants"
        requests.delete(f"{participants}/{first.resource.Sid}", auth=twilio.auth, timeout=5)
    else:
        first.press("*")  # Nothing: hangupOnStar is false.
    twilio.clock.advance(seconds=1)
    asked = len(app.asked_at("/wait"))
    twilio.clock.advance(seconds=30)

    assert (len(app.asked_at("/wait")) == asked) is (leave != "star")


def test_conference_that_nobody_may_begin_waits(twilio, enter):
    enter(FIRST, startConferenceOnEnter="false")
    second = enter(SECOND, startConferenceOnEnter="false").wait(seconds=1)
    status = twilio.conferences[0].Status
    enter(THIRD)

    assert "Please wait." in texts(second)
    assert (status, twilio.conferences[0].Status) == ("0", "1")


@pytest.mark.parametrize(("beep", "heard"), [("true", ["beep"]), ("false", [])])
def test_beep_is_heard_by_all_when_somebody_enters(enter, beep, heard):
    first = enter(FIRST, waitUrl="")
    second = enter(SECOND, beep=beep)

    assert [sound.kind for sound in first.heard] == heard
    assert [sound.kind for sound in second.heard] == heard


@pytest.mark.parametrize("leave", ["hang up", "redirect", "kick", "star", "time limit"])
def test_beep_is_heard_by_those_who_stay_when_somebody_leaves(twilio, app, enter, leave):
    first, second = enter(FIRST, beep="false"), enter(SECOND, beep="false")
    app.pages["/voice"] = (
        '<Response><Dial hangupOnStar="true" timeLimit="9"><Conference>Room</Conference></Dial>'
        "<Pause length='99'/></Response>"
    )
    third = twilio.phone(THIRD).dial(OURS)
    assert [sound.kind for sound in third.heard] == ["beep"]

    if leave == "redirect":
        url = f"{twilio.account_url}/Calls/{third.resource.Sid}"
        requests.post(url, {"CurrentUrl": f"{BASE}/done"}, auth=twilio.auth, timeout=5)
    elif leave == "kick":
        room = twilio.conferences[0].Sid
        participants = f"{twilio.account_url}/Conferences/{room}/Participants"
        requests.delete(f"{participants}/{third.resource.Sid}", auth=twilio.auth, timeout=5)
    elif leave == "time limit":
        third.wait(seconds=9)
    else:
        third.press("*") if leave == "star" else third.hang_up()

    assert [[sound.kind for sound in one.heard].count("beep") for one in (first, second)] == [2, 2]
    assert [sound.kind for sound in third.heard].count("beep") == 1
    everybody, those_who_stay = f"{FIRST}, {SECOND}, {THIRD}", f"{FIRST}, {SECOND}"
    for one in (first, second):
        assert f"twilio   beeps: {THIRD} enters; heard by {everybody}" in one.transcript
        assert f"twilio   beeps: {THIRD} leaves; heard by {those_who_stay}" in one.transcript
    assert f"beeps: {THIRD} enters; heard by {everybody}" in third.transcript
    assert "leaves; heard" not in third.transcript


def test_one_who_enters_without_a_beep_leaves_without_one(enter):
    first, second = enter(FIRST), enter(SECOND)
    third = enter(THIRD, beep="false")
    heard = first.heard

    third.hang_up()

    assert first.heard == heard
    assert "leaves; heard" not in second.transcript


def test_nobody_hears_a_beep_before_the_conference_has_begun_nor_at_its_end(enter):
    first = enter(FIRST, startConferenceOnEnter="false", waitUrl="")
    second = enter(SECOND, startConferenceOnEnter="false", waitUrl="")
    second.hang_up()
    assert first.heard == ()

    moderator = enter(THIRD, endConferenceOnExit="true")
    assert [sound.kind for sound in first.heard] == ["beep"]
    moderator.hang_up()
    first.wait()

    assert texts(first) == ["beep", "Bye."]


def test_one_who_is_muted_hears_the_beeps(enter):
    enter(FIRST)
    second = enter(SECOND, muted="true")
    enter(THIRD).hang_up()

    assert texts(second) == ["beep", "beep", "beep"]


def test_all_hear_what_one_says_but_for_who_is_muted(twilio, enter):
    first, second = enter(FIRST), enter(SECOND, muted="true")
    third = enter(THIRD)

    first.speak("Hello")
    second.speak("Nobody hears me")

    assert texts(second)[-1] == texts(third)[-1] == "Hello"
    assert "Nobody hears me" not in texts(first)


def test_moderation_over_the_api_mutes_and_puts_out(twilio, app, enter):
    first, second = enter(FIRST), enter(SECOND)
    room = twilio.conferences[0].Sid
    url = f"{twilio.account_url}/Conferences/{room}/Participants/{first.resource.Sid}"

    requests.post(url, {"Muted": "true"}, auth=twilio.auth, timeout=5)
    first.speak("Quiet")
    requests.post(url, {"Muted": "false"}, auth=twilio.auth, timeout=5)
    first.speak("Loud")
    requests.delete(url, auth=twilio.auth, timeout=5)
    first.wait()

    assert "Quiet" not in texts(second)
    assert texts(second)[-2:] == ["Loud", "beep"]
    assert texts(first)[-1] == "Bye."
    assert not second.is_over
    assert app.asked_at("/done")[0]["DialStatus"] == "answered"


def test_end_on_exit_ends_it_for_all(twilio, app, enter):
    first = enter(FIRST)
    second = enter(SECOND, endConferenceOnExit="true")
    second.hang_up()
    first.wait()

    assert texts(first)[-1] == "Bye."
    assert twilio.conferences[0].Status == "2"
    assert twilio.participants == ()


def test_star_leaves_if_the_verb_says_so(twilio, app):
    app.pages["/voice"] = (
        '<Response><Dial hangupOnStar="true" action="/done">'
        '<Conference waitUrl="">Room</Conference></Dial></Response>'
    )
    app.pages["/done"] = BYE
    first = twilio.phone(FIRST).dial(OURS).press("*").wait()

    assert texts(first) == ["Bye."]


def test_wait_document_that_fails_is_logged_and_the_call_goes_on(twilio, app, enter):
    app.pages["/wait"] = ""
    first = enter(FIRST).wait(seconds=5)

    assert not first.is_over
    assert twilio.notifications[-1].ErrorCode == "11200"


def test_wait_document_without_time_stops(twilio, app, enter):
    app.pages["/wait"] = "<Response><Redirect/></Response>"
    first = enter(FIRST).wait(seconds=5)

    assert not first.is_over
    assert len(app.asked_at("/wait")) < 100
    assert "11215" in {one.ErrorCode for one in twilio.notifications}


def test_fork_undoes_the_end_of_a_wait(twilio, app, enter):
    first = enter(FIRST)
    with twilio.fork():
        enter(SECOND)
    asked = len(app.asked_at("/wait"))
    first.wait(seconds=5)

    assert len(app.asked_at("/wait")) > asked
