"""The doors to a simulator, and what a test puts into it."""

from __future__ import annotations

import asyncio
import inspect
import socket
import unittest
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import httpx
import pytest
import requests
from basic_auth import encode_basic
from extent import mark_slow_but
from scenario import CLIENTS, FORM

import twreplay
from twreplay.errors import NotSimulated, UsageError


def ask(twilio):
    return requests.get(twilio.account_url, auth=twilio.auth, timeout=5).status_code


class TestContextManager:
    def test_answers_inside_and_not_outside(self, monkeypatch):
        def refuse(*args):
            raise OSError("nobody is there")

        monkeypatch.setattr(socket, "getaddrinfo", refuse)
        with twreplay.simulate() as twilio:
            assert ask(twilio) == 200

        with pytest.raises(requests.ConnectionError):
            ask(twilio)

    def test_an_asynchronous_block_is_answered(self):
        async def run():
            async with twreplay.simulate() as twilio, httpx.AsyncClient() as client:
                return await client.get(twilio.account_url, auth=twilio.auth)

        assert asyncio.run(run()).status_code == 200

    def test_the_journal_is_at_hand_afterwards(self):
        with twreplay.simulate() as twilio:
            ask(twilio)

        assert [entry.response.status for entry in twilio.requests] == [200]

    def test_is_anew_each_time(self):
        context = twreplay.simulate()
        with context as first:
            ask(first)
        with context as second:
            pass

        assert (len(first.requests), len(second.requests)) == (1, 0)

    def test_cannot_be_entered_while_it_is_open(self):
        context = twreplay.simulate()
        with context, pytest.raises(UsageError, match="open already"), context:
            pass

    def test_the_blocks_own_exception_comes_first(self):
        with pytest.raises(ZeroDivisionError), twreplay.simulate() as twilio:
            twilio.when().fail()
            raise ZeroDivisionError

    def test_other_versions_are_refused_by_name(self):
        with twreplay.simulate(), pytest.raises(NotSimulated, match="2010-04-01"):
            requests.get("https://api.twilio.com/2010-04-01/Accounts", timeout=5)

    def test_takes_the_hosts_it_is_told(self):
        with twreplay.simulate(hosts=["twilio.test"]) as twilio:
            url = twilio.account_url.replace("api.twilio.com", "twilio.test")
            response = requests.get(url, auth=twilio.auth, timeout=5)

        assert response.status_code == 200


class TestDecorator:
    def test_passes_the_simulator_and_hides_it(self):
        @twreplay.simulate(seed=4)
        def function(one, twilio, *, two=2):
            """Says something."""
            return one, two, ask(twilio)

        assert function(1) == (1, 2, 200)
        assert list(inspect.signature(function).parameters) == ["one", "two"]
        assert (function.__name__, function.__doc__) == ("function", "Says something.")

    def test_a_bare_decorator_answers(self):
        @twreplay.simulate
        def function(twilio):
            return ask(twilio)

        assert function() == 200

    def test_a_function_without_such_a_parameter_is_answered(self):
        @twreplay.simulate()
        def function():
            return requests.get("https://api.twilio.com/2008-08-01/Accounts", timeout=5)

        assert function().status_code == 401

    def test_each_call_has_a_simulator_of_its_own(self):
        @twreplay.simulate()
        def function(twilio):
            ask(twilio)
            return len(twilio.requests)

        assert [function(), function()] == [1, 1]

    def test_a_coroutine_is_answered(self):
        @twreplay.simulate()
        async def function(twilio):
            return ask(twilio)

        assert asyncio.run(function()) == 200

    def test_a_generator_is_answered(self):
        @twreplay.simulate()
        def function(twilio):
            sent = yield ask(twilio)
            yield sent, ask(twilio)

        running = function()
        assert (next(running), running.send("x")) == (200, ("x", 200))

    def test_an_asynchronous_generator_is_answered(self):
        @twreplay.simulate()
        async def function(twilio):
            yield ask(twilio)
            yield len(twilio.requests)

        async def collect():
            return [value async for value in function()]

        assert asyncio.run(collect()) == [200, 1]

    def test_a_class_of_tests_is_answered(self):
        @twreplay.simulate()
        class Tests:
            def test_one(self, twilio):
                return ask(twilio)

            def helper(self):
                return "untouched"

        assert (Tests().test_one(), Tests().helper()) == (200, "untouched")

    def test_a_class_of_unittest_is_answered(self):
        seen = []

        @twreplay.simulate()
        class Tests(unittest.TestCase):
            def test_one(self, twilio):
                seen.append(ask(twilio))

        result = unittest.TestResult()
        unittest.defaultTestLoader.loadTestsFromTestCase(Tests).run(result)

        assert (result.wasSuccessful(), seen) == (True, [200])


def conversation(send, twilio):
    """What every client must see alike: all methods, awkward bodies, every refusal."""
    auth = {"Authorization": encode_basic(*twilio.auth)}
    recording = twilio.add_recording(Duration=1)
    caller_id = twilio.add_outgoing_caller_id(FriendlyName="Café Zürich")
    base = twilio.account_url

    def ask(method, path, body="", *, bare=False):
        headers = ({} if bare else dict(auth)) | ({"Content-Type": FORM} if body else {})
        answer = send(method, base + path, headers, body.encode())
        return answer.status, answer.body

    call = "Caller=4158675309&Called=4155551212&Url=http%3A%2F%2Fapp.example%2F"
    return [
        ask("GET", ""),
        ask("POST", "/Calls", call),
        ask("POST", "/Calls", "Caller=4158675309"),
        ask("GET", "/Calls?num=1&page=0"),
        ask("GET", "/Calls.json"),
        ask("GET", "/OutgoingCallerIds.csv"),
        ask("PUT", f"/OutgoingCallerIds/{caller_id.Sid}", "FriendlyName=Gr%C3%BC%C3%9Fe"),
        ask("GET", f"/OutgoingCallerIds/{caller_id.Sid}"),
        ask("POST", f"/OutgoingCallerIds/{caller_id.Sid}?_method=DELETE"),
        ask("GET", f"/Calls/{'CA' + '0' * 32}"),
        ask("GET", "/Calls", bare=True),
        ask("DELETE", ""),
        ask("HEAD", "/Calls"),
        ask("GET", f"/Recordings/{recording.Sid}.mp3", bare=True),
        ask("DELETE", f"/Recordings/{recording.Sid}"),
    ]


STATUSES = [200, 200, 400, 200, 200, 200, 200, 200, 204, 404, 401, 405, 200, 200, 204]


@pytest.mark.parametrize("client", CLIENTS)
def test_every_client_gets_the_same_bytes(client):
    with twreplay.simulate(undocumented="ignore", seed=5) as twilio:
        answers = conversation(CLIENTS[client], twilio)
    simulator = twreplay.Simulator(undocumented="ignore", seed=5)

    def handle(method, url, headers, body):
        response = simulator.handle(twreplay.Request(method, url, headers, body))
        return type("Answer", (), {"status": response.status, "body": response.body})

    assert [status for status, _ in answers] == STATUSES
    assert answers == conversation(handle, simulator)


@pytest.mark.parametrize("client", mark_slow_but("http.client", "aiohttp", of=CLIENTS))
def test_400_requests_from_16_threads_never_escape(client, monkeypatch):
    escaped = []
    real = socket.socket.connect

    def guard(self, address):
        if isinstance(address, tuple):
            escaped.append(address)
        return real(self, address)

    monkeypatch.setattr(socket.socket, "connect", guard, raising=False)
    with twreplay.simulate() as twilio, ThreadPoolExecutor(16) as pool:
        auth = {"Authorization": encode_basic(*twilio.auth)}
        url = f"{twilio.account_url}/Calls"
        answers = list(pool.map(lambda _: CLIENTS[client]("GET", url, auth, b""), range(400)))

    assert {answer.status for answer in answers} == {200}
    assert len(twilio.requests) == 400
    assert escaped == []


class TestKeywords:
    def test_the_account_is_the_one_that_is_given(self):
        simulator = twreplay.Simulator(account_sid="AC123", auth_token="secret")

        assert simulator.auth == ("AC123", "secret")
        assert simulator.account_url == "https://api.twilio.com/2008-08-01/Accounts/AC123"

    def test_token_is_not_shown(self):
        simulator = twreplay.Simulator(auth_token="5e0f5e0f")

        assert "5e0f5e0f" not in repr([simulator, simulator.accounts, simulator.clock])

    def test_same_seed_same_identifiers(self):
        one, two, other = (twreplay.Simulator(seed=seed) for seed in ("a", "a", "b"))

        assert one.auth == two.auth != other.auth
        assert one.add_call().Sid == two.add_call().Sid

    def test_the_time_is_the_one_that_is_given(self):
        simulator = twreplay.Simulator(now=datetime(2009, 7, 1, 12, tzinfo=UTC))

        assert simulator.accounts[0].DateCreated == "Wed, 01 Jul 2009 05:00:00 -0700"

    @pytest.mark.parametrize(
        "wrong",
        [
            {"profil": "observed"},
            {"profile": "both"},
            {"undocumented": True},
            {"seed": 1.5},
            {"now": datetime(2009, 7, 1)},  # noqa: DTZ001  # that is the mistake
            {"account_sid": "AC/1"},
            {"account_sid": 5},
            {"auth_token": "a\n"},
            {"hosts": 5},
        ],
        ids=str,
    )
    def test_wrong_ones_are_told_where_they_are_written(self, wrong):
        with pytest.raises(UsageError):
            twreplay.simulate(**wrong)


class TestArranging:
    @pytest.fixture
    def simulator(self):
        return twreplay.Simulator()

    @pytest.mark.parametrize(
        ("add", "read"),
        [
            ("add_account", "accounts"),
            ("add_call", "calls"),
            ("add_sms_message", "sms_messages"),
            ("add_incoming_phone_number", "incoming_phone_numbers"),
            ("add_outgoing_caller_id", "outgoing_caller_ids"),
            ("add_recording", "recordings"),
            ("add_transcription", "transcriptions"),
            ("add_notification", "notifications"),
            ("add_conference", "conferences"),
            ("add_participant", "participants"),
            ("add_short_code", "short_codes"),
        ],
    )
    def test_everything_can_be_added_with_nothing_said(self, simulator, add, read):
        added = getattr(simulator, add)()

        assert getattr(simulator, read)[-1] is added

    def test_any_property_may_be_given(self, simulator):
        call = simulator.add_call(
            Sid="CA1",
            Called="(415) 555-0100",
            Status=1,
            DateCreated=datetime(2009, 1, 2, tzinfo=UTC),
            StartTime="Fri, 02 Jan 2009 00:00:05 +0000",
            Price=None,
        )

        assert (call.Sid, call.Called, call.Status, call.Price) == ("CA1", "4155550100", "1", "")
        assert call.DateCreated == "Thu, 01 Jan 2009 16:00:00 -0800"
        assert call.StartTime == "Thu, 01 Jan 2009 16:00:05 -0800"

    def test_flags_are_written_as_the_page_writes_them(self, simulator):
        participant = simulator.add_participant(Muted=True, EndConferenceOnExit=True)

        assert (participant.Muted, participant.EndConferenceOnExit) == ("true", "1")

    def test_what_belongs_to_something_belongs_to_the_newest_of_it(self, simulator):
        simulator.add_call()
        newest = simulator.add_call()

        assert simulator.add_recording().CallSid == newest.Sid

    def test_what_is_arranged_for_another_account_is_its_own(self, simulator):
        other = simulator.add_account()

        call = simulator.add_call(AccountSid=other.Sid)

        assert call.AccountSid == other.Sid

    @pytest.mark.parametrize(
        ("wrong", "message"),
        [
            ({"Calld": "1"}, "did you mean Called"),
            ({"Status": [1]}, "takes text or a number"),
            ({"StartTime": "soon"}, "takes a datetime with a time zone"),
            ({"AccountSid": "AC9"}, "there is no account AC9"),
            ({"Sid": "CA/1"}, "stands in paths"),
            ({"Status": 9}, "is one of 0, 1, 2, 3, 4, 5"),
        ],
        ids=str,
    )
    def test_what_cannot_be_is_an_error_and_changes_nothing(self, simulator, wrong, message):
        with pytest.raises(UsageError, match=message):
            simulator.add_call(**wrong)

        assert simulator.calls == ()

    def test_a_sid_that_is_taken_is_an_error(self, simulator):
        simulator.add_call(Sid="CA1")

        with pytest.raises(UsageError, match="already"):
            simulator.add_call(Sid="CA1")

    def test_what_belongs_to_nothing_is_an_error(self, simulator):
        with pytest.raises(UsageError, match="no Call CA9; add it first"):
            simulator.add_recording(CallSid="CA9")

    def test_a_conference_that_is_over_takes_nobody(self, simulator):
        over = simulator.add_conference(Status=2)

        with pytest.raises(UsageError, match="is over"):
            simulator.add_participant(ConferenceSid=over.Sid)

    def test_instances_are_read_only(self, simulator):
        call = simulator.add_call()

        with pytest.raises(AttributeError, match="read-only"):
            call.Status = "1"
        with pytest.raises(AttributeError, match="did you mean Status"):
            call.Statsu  # noqa: B018
        assert "Status" in dir(call)

    def test_reset_begins_again(self, simulator):
        before = simulator.auth
        simulator.add_call()
        simulator.when().fail()
        simulator.clock.advance(seconds=60)
        simulator.handle(twreplay.Request("GET", simulator.account_url))

        simulator.reset()

        assert (simulator.auth, simulator.calls, simulator.requests) == (before, (), ())
        assert simulator.accounts[0].DateCreated == "Mon, 01 Mar 2010 09:00:00 -0800"
        assert simulator.handle(twreplay.Request("GET", simulator.account_url)).status == 401


class TestClock:
    @pytest.mark.parametrize("wrong", [-1, float("nan"), float("inf"), "5", True, None, 1e15])
    def test_takes_seconds_from_0(self, wrong):
        simulator = twreplay.Simulator()

        with pytest.raises(UsageError, match="advance"):
            simulator.clock.advance(seconds=wrong)

    def test_an_hour_is_an_hour_when_summer_time_begins(self):
        simulator = twreplay.Simulator(now=datetime(2010, 3, 14, 9, 30, tzinfo=UTC))

        simulator.clock.advance(seconds=3600)

        assert simulator.add_call().DateUpdated == "Sun, 14 Mar 2010 03:30:00 -0700"

    def test_what_is_due_happens_in_order_and_at_its_time(self):
        simulator = twreplay.Simulator()
        simulator.arrange_call(after=5, duration=10)
        body = "Caller=4158675309&Called=4155551212&Url=http://a.example/"
        headers = {"Authorization": encode_basic(*simulator.auth), "Content-Type": FORM}
        simulator.handle(twreplay.Request("POST", f"{simulator.account_url}/Calls", headers, body))

        simulator.clock.advance(seconds=3600)

        (call,) = simulator.calls
        assert (call.Status, call.Duration) == ("2", "10")
        assert call.StartTime == "Mon, 01 Mar 2010 09:00:05 -0800"
        assert call.EndTime == "Mon, 01 Mar 2010 09:00:15 -0800"
        assert call.DateUpdated == "Mon, 01 Mar 2010 09:01:15 -0800"  # when it was priced
