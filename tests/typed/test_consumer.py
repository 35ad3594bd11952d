"""
A project that uses twreplay, as a strict type checker sees it.

Checked by mypy and by pyright, both strict, and run by pytest.
"""

from __future__ import annotations

import asyncio
import re
import unittest
from collections.abc import AsyncIterator, Callable, Generator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import assert_type

import pytest

import twreplay
from twreplay import (
    Cassette,
    Credentials,
    Headers,
    Interaction,
    RecordMode,
    Request,
    Response,
    Simulator,
    errors,
    faults,
)

HERE = Path(__file__).parent


@pytest.fixture(scope="session")
def twreplay_config() -> Mapping[str, object]:
    return {"undocumented": "ignore"}


@pytest.fixture
def twreplay_cassette_dir() -> Path:
    return HERE / "cassettes"


def test_fixtures(twilio: Simulator) -> None:
    assert_type(twilio.auth, tuple[str, str])
    assert_type(twilio.account_url, str)
    twilio.clock.advance(seconds=3)
    twilio.add_call(Called="4155550101")
    assert len(twilio.calls) == 1
    for entry in twilio.requests:
        assert_type(entry.request, Request)
        assert_type(entry.response, Response | None)
        assert_type(entry.rule, str)
    twilio.when("GET", "/Calls", times=1).fail(503)
    twilio.when("GET", "/Calls", times=1).raises(faults.ReadTimeout)
    twilio.reset()


def test_a_world_that_changes() -> None:
    moment = datetime(2010, 3, 1, tzinfo=UTC)
    with twreplay.simulate(trial=False, clock=lambda: moment, undocumented="ignore") as twilio:
        call = twilio.add_call(Status=1, ends_after=60)
        assert_type(twilio.change(call, Called="4155550199", StartTime=moment).Called, str)
        twilio.clock.advance(5)
        twilio.clock.advance(timedelta(seconds=5), minutes=0)
        twilio.clock.advance(minutes=1)
        twilio.clock.travel_to(moment + timedelta(hours=1))
        twilio.clock.run_until(call, "2", limit=timedelta(hours=1))
        twilio.clock.run_until(lambda: call.Status == "2")
        twilio.clock.run_until_idle(limit=3600)
        twilio.arrange_call(outcome="completed", answered_by="machine", AccountSid="")
        twilio.arrange_numbers(numbers=["2125550100"])
        twilio.arrange_prices(call=0.02)
        assert_type(twilio.receive_call(duration=None).Status, str)
        assert_type(twilio.receive_sms(Body="STOP").Body, str)
        transcription = twilio.add_transcription(Status="in-progress", goes_on=True)
        twilio.complete(transcription, TranscriptionText="hello")
        twilio.suspend()
        twilio.activate(twilio.account_sid)
        twilio.remove(twilio.hang_up(twilio.calls[-1]))
        twilio.clock.follow(None)


@pytest.mark.twreplay("one.yaml", allow_unused=True)
def test_mark(twilio_cassette: Cassette) -> None:
    assert_type(twilio_cassette.interactions, tuple[Interaction, ...])
    assert_type(twilio_cassette.requests, tuple[Request, ...])
    assert_type(twilio_cassette.play_count, int)
    assert_type(twilio_cassette.unused, tuple[Interaction, ...])
    request = twilio_cassette.interactions[0].request
    assert_type(request.credentials, Credentials | None)
    assert_type(request.form, tuple[tuple[str, str], ...])
    assert_type(request.headers, Headers)


def test_context_managers() -> None:
    with twreplay.simulate(profile="observed", seed=1, now=datetime(2010, 3, 1, tzinfo=UTC)) as api:
        assert_type(api, Simulator)
    path = HERE / "cassettes" / "one.yaml"
    with twreplay.use_cassette(path, record_mode="none", allow_unused=True) as cassette:
        assert_type(cassette, Cassette)
    with twreplay.use_cassette(str(path), record_mode=RecordMode.NONE, allow_unused=True):
        pass
    with twreplay.block_network(["localhost"]):
        pass


def test_asynchronous_context_managers() -> None:
    async def use() -> None:
        async with twreplay.simulate() as api:
            assert_type(api, Simulator)
        path = HERE / "cassettes" / "one.yaml"
        async with twreplay.use_cassette(path, allow_unused=True) as cassette:
            assert_type(cassette, Cassette)

    asyncio.run(use())


@twreplay.simulate
def bare(number: int) -> str:
    return str(number)


@twreplay.simulate(seed=2)
def test_decorated(twilio: Simulator) -> None:
    assert twilio.account_sid.startswith("AC")


@twreplay.use_cassette(HERE / "cassettes" / "one.yaml", allow_unused=True)
async def fetched(number: int) -> bytes:
    return bytes(number)


@twreplay.use_cassette(HERE / "cassettes" / "one.yaml", allow_unused=True)
def generated() -> Generator[int, None, None]:
    yield 1


@twreplay.simulate()
async def generated_later() -> AsyncIterator[int]:
    yield 1


@twreplay.use_cassette(HERE / "cassettes" / "one.yaml", allow_unused=True)
class TestDecorated(unittest.TestCase):
    def test_one(self) -> None:
        assert isinstance(self, TestDecorated)


def test_what_is_decorated_keeps_its_type() -> None:
    assert_type(bare(1), str)
    assert_type(asyncio.run(fetched(1)), bytes)
    assert_type(list(generated()), list[int])


def test_signatures() -> None:
    url, form = "https://clinic.example/voice", {"Digits": "1"}
    signature = twreplay.sign(url, form, "an invented token")
    assert_type(signature, str)
    assert_type(twreplay.is_signed(url, [("Digits", "1")], "an invented token", signature), bool)
    assert twreplay.is_signed(url, b"Digits=1", "an invented token", signature)
    assert not twreplay.is_signed(url, None, "an invented token", None)
    with pytest.raises(errors.UsageError):
        twreplay.take(seconds=0.5)


def test_without_interception() -> None:
    simulator = Simulator(profile="documented", seed=0)
    response = simulator.handle(Request("GET", simulator.account_url, headers={"Accept": "*/*"}))
    assert_type(response.status, int)
    assert_type(response.headers, Headers)
    assert_type(response.body, bytes)


def test_rules_of_ones_own(twilio: Simulator) -> None:
    @twilio.when("GET", "/Calls", times=1)
    def answer(request: Request) -> Response | None:
        return Response(200, {"Content-Type": "text/plain"}, b"x")

    assert_type(answer(Request("GET", twilio.account_url)), Response | None)
    twilio.reset()


def test_conditions_and_sequences_of_rules(twilio: Simulator) -> None:
    called = re.compile("^415")
    twilio.when("POST", "/Calls", Called=called, Timeout=twreplay.ABSENT, num=5).fail()
    twilio.when("POST", form={"Body": lambda body: len(body) > 160}, auth=twilio.auth).fail()
    twilio.when(headers={"X": twreplay.contains("1")}, where=lambda r: r.method == "GET").fail()
    rule = twilio.when(re.compile("GET").pattern, times=2).fail().then.respond(json={"a": 1})
    assert_type(rule.used, int)
    assert_type(twilio.rules[0].text, str)
    rule.remove()
    twilio.when("GET").acts_then_raises(faults.ReadTimeout).then.passes(status=502)
    twilio.when("GET").passes(lambda response: Response(200, response.headers)).first(2)
    twilio.when("GET").delay(seconds=lambda random: random.random()).between(0, 60)
    twilio.when("GET").delay(seconds=(0.1, 0.5)).after(seconds=60)
    with twilio.when(username=twreplay.any_of("AC1", twreplay.ABSENT)).fail() as outage:
        outage.used = 1
    twilio.reset()


def test_phones_and_rules_for_webhooks(twilio: Simulator) -> None:
    def app(
        environ: Mapping[str, object], start: Callable[[str, list[tuple[str, str]]], object]
    ) -> list[bytes]:
        start("200 OK", [("Content-Type", "text/xml")])
        return [
            b"<Response><Gather action='/key' numDigits='1'><Say>Press 1.</Say></Gather></Response>"
        ]

    twilio.attach(app)
    twilio.change(twilio.incoming_phone_numbers[0], Url="https://clinic.example/voice")
    rule = twilio.when_calling("/key", Digits="1").respond(200, body="<Response/>").delay(seconds=1)
    call = twilio.phone("4155550101").dial("4158675309").expect("press").press("1").wait()
    assert_type(call.is_over, bool)
    assert_type(call.heard[0].text, str)
    assert_type(call.resource.Status, str)
    assert_type([sent.Body for sent in twilio.phone("4155550101").inbox], list[str])
    assert_type(twilio.webhooks[0].webhook.url, str)
    assert_type(call.webhooks[0].webhook.url, str)
    assert_type(rule.used, int)


async def dial_in_a_loop(twilio: Simulator) -> None:
    call = await twilio.aio.phone("4155550101").dial("4158675309")
    await call.expect("press")
    assert_type(await twilio.aio.step(), bool)


def test_assertions(twilio: Simulator) -> None:
    twilio.assert_not_sent(To="4155551212")
    twilio.assert_not_called()
    for entry in twilio.assert_requested("GET", "/Calls", times=0, query={"num": 5}):
        assert_type(entry.api_response, Response | None)
    with pytest.raises(errors.RequestAssertionError) as caught:
        twilio.assert_sent(times=1, Body=twreplay.contains("Hi"))
    assert caught.value.requests == ()


def test_errors() -> None:
    with pytest.raises(errors.CassetteNotFound) as caught, twreplay.use_cassette("none.yaml"):
        pass
    assert_type(caught.value.path, Path)
    assert issubclass(errors.CassetteNotFound, errors.TwreplayError)
    assert issubclass(errors.UndocumentedBehavior, Warning)


def test_twiml() -> None:
    findings = twreplay.check_twiml("<Response><Pause length='x'/></Response>")
    assert_type(findings, list[twreplay.TwimlFinding])
    assert_type(findings[0].code, int | None)
    assert [finding.code for finding in findings] == [13910]


def test_what_is_misspelt_is_known_before_it_runs() -> None:
    # A comment that nothing needs is an error of both checkers.
    with pytest.raises(errors.UsageError):
        twreplay.simulate(profil="observed")  # type: ignore[call-overload]
    with pytest.raises(errors.UsageError):
        twreplay.use_cassette("one.yaml", record_mod="once")  # type: ignore[call-overload]
    with pytest.raises(errors.UsageError):
        Simulator(seeed=1)  # type: ignore[call-arg]
    with pytest.raises(AttributeError):
        Simulator().phone("4155550101").pickup()  # type: ignore[attr-defined]
    with pytest.raises(AttributeError):
        Simulator().when_calling("/voice").failing()  # type: ignore[attr-defined]
