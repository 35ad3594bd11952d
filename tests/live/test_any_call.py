"""Any application, any person: a call ends or waits; the same seed makes the same journal."""

from __future__ import annotations

import asyncio
import hashlib
import os
import subprocess
import sys
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests
from extent import choose_extent
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from live.busy_office import run_a_day
from live.live_application import BASE, Application, make_call, office, office_app
from twiml.published_twiml import ATTRIBUTES as ROWS
from twiml.published_twiml import VERBS

import twreplay

NAMES = [*VERBS, "Reject", "say", "Nonsense"]
ATTRIBUTES = sorted({row.name for row in ROWS} | {"volume"})
VALUES = ["0", "1", "2", "7", "true", "false", "#", "", "*", "w1", "/a", "/b", "GET", "x"]
VALUES += ["4155550100"]
TEXTS = ["", "Hello", "4155550100", "/a", "/b", "Room", "http://["]
FIRST, SECOND = "4155551212", "4155550100"


app, twilio = office_app, office


@st.composite
def elements(draw, depth=2):
    name = draw(st.sampled_from(NAMES))
    pairs = st.dictionaries(st.sampled_from(ATTRIBUTES), st.sampled_from(VALUES), max_size=3)
    given = "".join(f' {key}="{value}"' for key, value in draw(pairs).items())
    inside = draw(st.sampled_from(TEXTS))
    if depth:
        inside += "".join(draw(st.lists(elements(depth=depth - 1), max_size=2)))
    return f"<{name}{given}>{inside}</{name}>"


documents = st.one_of(
    st.lists(elements(), max_size=4).map(lambda e: f"<Response>{''.join(e)}</Response>"),
    st.sampled_from(["", "<Response>", "plain", "<!DOCTYPE x [<!ENTITY a 'b'>]><Response>&a;"]),
)
acts = st.lists(
    st.one_of(
        st.text("0123456789*#", min_size=1, max_size=3).map(lambda keys: ("press", keys)),
        st.sampled_from([0, 0.5, 1, 7, 100, 20_000]).map(lambda seconds: ("wait", seconds)),
        st.sampled_from(["", "Please call me"]).map(lambda text: ("speak", text)),
        st.sampled_from([("wait", None), ("hang_up",), ("enter",), ("write",)]),
    ),
    max_size=6,
)


ways = st.one_of(
    st.just("in"), st.text("0123456789*#w", max_size=5).map(lambda keys: f"out {keys}")
)
"""A call that comes in, or one that the API makes, with these keys."""


class Watched(Application):
    """Counts how often each call asks for something within a second."""

    def __init__(self, **pages):
        super().__init__(**pages)
        self.counts = Counter()

    def __call__(self, environ, start_response):
        answer = super().__call__(environ, start_response)
        _, form, _ = self.asked[-1]
        self.counts[form.get("CallSid", ""), self.clock.seconds] += 1
        return answer


def live_through(way, voice, first, second, acted, *, in_steps=False):
    """Let a call live; return all that is known of it afterwards."""
    app = Watched(voice=voice, a=first, b=second, sms=first)
    with twreplay.simulate(undocumented="ignore", seed=7) as twilio:
        app.clock = twilio.clock
        twilio.attach(app, fetch_audio=True)
        number = twilio.incoming_phone_numbers[0]
        twilio.change(number, Url=f"{BASE}/voice", SmsUrl=f"{BASE}/sms")
        if way == "in":
            call = twilio.phone(FIRST).dial("4158675309")
        else:
            make_call(twilio, SendDigits=way.partition(" ")[2])
            call = twilio.phone(FIRST).pick_up()
        for verb, *given in acted:
            if verb == "enter":
                twilio.phone(SECOND).dial("4158675309")
            elif verb == "write":
                twilio.phone(SECOND).text("4158675309", "Hi")
            elif verb == "wait" and in_steps and isinstance(given[0], int):
                for _ in range(given[0]):
                    twilio.clock.advance(seconds=1)
            elif verb in ("wait", "hang_up") or not call.is_over:
                getattr(call, verb)(*given)
        call.wait()
        assert call.is_over or call.expects or call.resource.Status == "1"
        # A call has 50 documents in a second, its wait document as many, and audio for each.
        assert max(app.counts.values(), default=0) <= 210
        instances = [*twilio.calls, *twilio.recordings, *twilio.notifications, *twilio.sms_messages]
        return twilio.transcripts(), app.asked, [repr(one) for one in instances]


@settings(
    deadline=None, max_examples=choose_extent(25, 60), suppress_health_check=[HealthCheck.too_slow]
)
@given(ways, documents, documents, documents, acts)
def test_any_call_ends_or_waits_and_is_the_same_again(way, voice, first, second, acted):
    once = live_through(way, voice, first, second, acted)

    assert live_through(way, voice, first, second, acted) == once


@settings(
    deadline=None, max_examples=choose_extent(12, 25), suppress_health_check=[HealthCheck.too_slow]
)
@given(ways, documents, documents, st.sampled_from([1, 7, 60]), acts)
def test_a_step_is_many_small_ones(way, voice, first, seconds, acted):
    acted = [one for one in acted if one != ("wait", 20_000)] + [("wait", seconds)]

    whole = live_through(way, voice, first, "", acted)

    assert live_through(way, voice, first, "", acted, in_steps=True) == whole


def test_all_runs_of_one_seed_have_one_journal():
    runs = choose_extent(20, 100)
    journals = Counter(hashlib.sha256(run_a_day().encode()).hexdigest() for _ in range(runs))

    assert list(journals.values()) == [runs]


@pytest.mark.slow
@pytest.mark.parametrize("hashes", ["0", "4711"])
def test_another_process_with_other_hashes_has_the_same_journal(hashes):
    run = [sys.executable, "-m", "live.busy_office"]
    paths = os.pathsep.join(path for path in sys.path if path)
    given = {**os.environ, "PYTHONHASHSEED": hashes, "PYTHONPATH": paths}
    there = subprocess.run(run, env=given, capture_output=True, text=True, check=True)

    assert there.stdout == run_a_day()


def call_again(twilio, number):
    """Make a call to *number* over the API, as an application does."""
    form = {"Caller": "4158675309", "Called": number, "Url": f"{BASE}/quiet"}
    requests.post(f"{twilio.account_url}/Calls", form, auth=twilio.auth, timeout=30)


@pytest.mark.parametrize("way", ["same thread", "pool", "gather"])
def test_calls_made_inside_a_webhook_never_hang(twilio, app, way):
    numbers = [f"415555{index:04}" for index in range(16)]

    def answer(form):
        if form["CallStatus"] == "completed":
            return "<Response/>"
        if way == "pool":
            with ThreadPoolExecutor(16) as pool:
                list(pool.map(lambda number: call_again(twilio, number), numbers))
        elif way == "gather":

            async def gather():
                made = (asyncio.to_thread(call_again, twilio, number) for number in numbers)
                await asyncio.gather(*made)

            asyncio.run(gather())
        else:
            for number in numbers:
                call_again(twilio, number)
        return "<Response/>"

    app.pages |= {"/voice": answer, "/quiet": "<Response><Hangup/></Response>"}
    twilio.phone(FIRST).dial("4158675309")
    twilio.clock.run_until_idle()

    ended = [one.Called for one in twilio.calls if one.Status == "2"]
    assert sorted(ended) == sorted([*numbers, "4158675309"])


def test_threads_that_call_while_another_lets_time_pass_never_hang(twilio, app):
    app.pages["/voice"] = "<Response><Hangup/></Response>"

    def work(index):
        make_call(twilio, Called=f"415556{index:04}")
        twilio.clock.advance(seconds=1)

    with ThreadPoolExecutor(16) as pool:
        list(pool.map(work, range(48)))
    twilio.clock.run_until_idle()

    assert [one.Status for one in twilio.calls] == ["2"] * 48
