"""Rules for webhooks, verbs as coroutines, and the fixture."""

from __future__ import annotations

import asyncio
import gc
import sys

import pytest

import twreplay

GREETING = b'<Response><Gather action="/next"><Say>Hello.</Say></Gather></Response>'


def greet(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/xml")])
    return [GREETING]


async def greet_asgi(scope, receive, send):
    if scope["type"] != "http":
        return
    await receive()
    await asyncio.sleep(0)
    headers = [(b"content-type", b"text/xml")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": GREETING})


@pytest.fixture
def twilio():
    with twreplay.simulate(undocumented="ignore") as simulator:
        simulator.attach(greet)
        number = simulator.incoming_phone_numbers[0]
        simulator.change(
            number, Url="https://clinic.example/voice", VoiceFallbackUrl="https://x.example/sorry"
        )
        yield simulator


def test_a_failing_webhook_goes_to_the_fallback(twilio):
    twilio.when_calling("/voice").fail(503)
    call = twilio.phone("4155551212").dial("4158675309")
    assert call.heard[0].text == "Hello."
    assert [note.ErrorCode for note in twilio.notifications] == ["11200"]


def test_a_rule_answers_for_the_application(twilio):
    body = "<Response><Say>Closed.</Say></Response>"
    twilio.when_calling("/voice", times=1, Caller="4155551212").respond(body=body)
    assert twilio.phone("4155551212").dial("4158675309").heard[0].text == "Closed."
    assert twilio.phone("4155551212").dial("4158675309").heard[0].text == "Hello."


def test_a_fault_below_http_is_logged(twilio):
    twilio.when_calling("*").raises(twreplay.faults.ConnectionRefused)
    call = twilio.phone("4155551212").dial("4158675309").wait(seconds=30)
    assert call.is_over
    assert call.resource.Status == "4"
    assert twilio.notifications[-1].ErrorCode == "11205"


def test_a_late_answer_takes_virtual_time(twilio):
    twilio.when_calling("/voice").delay(3)
    call = twilio.phone("4155551212").dial("4158675309")
    assert call.heard == ()
    call.wait(seconds=3)
    assert call.heard[0].start == 3


def test_verbs_run_an_asgi_application_in_the_running_loop(twilio):
    twilio.attach(greet_asgi)

    async def converse():
        call = await twilio.aio.phone("4155551212").dial("4158675309")
        await call.press("1#")
        await call.wait(seconds=1)
        await call.hang_up()
        return call

    call = asyncio.run(converse())
    assert [sound.text for sound in call.heard] == ["Hello.", "Hello."]
    assert call.is_over


def test_plain_verbs_in_a_running_loop_name_the_coroutines(twilio):
    twilio.attach(greet_asgi)

    async def converse():
        twilio.phone("4155551212").dial("4158675309")

    with pytest.raises(twreplay.errors.UsageError, match=r"twilio\.aio"):
        asyncio.run(converse())


def test_the_fixture_attaches_what_the_project_returns(pytester):
    pytester.makepyfile(
        """
        import pytest

        @pytest.fixture
        def twilio_app():
            def app(environ, start_response):
                start_response("200 OK", [("Content-Type", "text/xml")])
                return [b"<Response><Say>Hello.</Say></Response>"]
            return app

        def test_one(twilio):
            twilio.change(twilio.incoming_phone_numbers[0], Url="https://clinic.example/voice")
            call = twilio.phone("4155551212").dial("4158675309")
            assert call.heard[0].text == "Goodbye."
        """
    )
    result = pytester.runpytest_inprocess()
    result.stdout.fnmatch_lines(["*calls that twreplay simulated*", "*twilio*says: Hello.*"])


def count_functions(work):
    """Return how many functions *work* enters."""
    entered = 0

    def count(frame, event, arg):
        nonlocal entered
        entered += event == "call"

    gc.disable()  # what ends other tests' garbage is no work of this one
    sys.setprofile(count)
    try:
        work()
    finally:
        sys.setprofile(None)
        gc.enable()
    return entered


@pytest.mark.slow
def test_the_last_of_a_thousand_calls_in_a_day_costs_what_the_hundredth_does(twilio):
    costs = []

    def live(index):
        twilio.receive_call(Caller=f"415{index + 2000000:07}", duration=20)
        twilio.clock.advance(seconds=86.4)

    for index in range(1000):
        if index % 100 == 99:
            costs.append(count_functions(lambda number=index: live(number)))
        else:
            live(index)
    assert len(twilio.webhooks) == 2000
    assert costs[0] > 500
    assert max(costs) <= 1.05 * costs[0]
