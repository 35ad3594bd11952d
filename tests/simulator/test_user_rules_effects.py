"""What a rule of a test's own does: valid answers, changed answers, lost answers, delays."""

from __future__ import annotations

import asyncio
import http.client
import json
import time
import urllib.error
import urllib.request
from datetime import timedelta
from random import Random

import aiohttp
import httpx
import pytest
import requests
import urllib3
from basic_auth import encode_basic

import twreplay
from twreplay.errors import UsageError
from twreplay.faults import ConnectionReset, ReadTimeout

FORM = "application/x-www-form-urlencoded"
CALL = "Caller=4158675309&Called=4155550000&Url=http%3A%2F%2Fe.com"


@pytest.fixture
def simulator():
    return twreplay.Simulator(undocumented="ignore")


def send(simulator, method="GET", path="/Calls", body="", headers=None):
    given = {"Authorization": encode_basic(*simulator.auth)}
    given |= {"Content-Type": FORM} if body else {}
    url = simulator.account_url + path
    return simulator.handle(twreplay.Request(method, url, given | (headers or {}), body))


class TestValidAnswers:
    """An answer has what HTTP asks for, and nothing that it forbids (RFC 9110)."""

    @pytest.mark.parametrize("status", [204, 205, 304])
    @pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
    def test_status_without_a_body_has_none(self, simulator, method, status):
        simulator.when().respond(status)

        response = send(simulator, method, body="x=1" if method == "POST" else "")

        assert (response.status, response.body) == (status, b"")
        assert "content-type" not in response.headers
        assert response.headers.get("content-length") == ("0" if status == 205 else None)

    @pytest.mark.parametrize("arguments", [{}, {"body": "no"}, {"headers": {"Allow": "GET"}}])
    def test_405_has_the_methods_that_are_allowed(self, simulator, arguments):
        simulator.when("GET", "/Calls").respond(405, **arguments)

        allow = "GET" if "headers" in arguments else "POST"
        assert send(simulator).headers.get_all("Allow") == (allow,)

    def test_405_of_an_unknown_path_has_allow_as_well(self, simulator):
        simulator.when("GET").respond(405)

        assert send(simulator, path="/Nowhere").headers["Allow"] == "POST, PUT, DELETE"

    @pytest.mark.parametrize("arguments", [{}, {"body": "no"}])
    def test_401_has_a_challenge(self, simulator, arguments):
        simulator.when().respond(401, **arguments)

        challenge = send(simulator).headers.get_all("WWW-Authenticate")
        assert challenge == ('Basic realm="Twilio API"',)

    @pytest.mark.parametrize("arguments", [{}, {"body": "four"}, {"json": [1]}])
    def test_head_has_the_headers_of_the_body_and_no_body(self, simulator, arguments):
        simulator.when().respond(500, **arguments)

        head, get = send(simulator, "HEAD"), send(simulator, "GET")

        assert head.body == b""
        assert head.headers["Content-Length"] == str(len(get.body))

    @pytest.mark.parametrize(
        ("body", "media_type"),
        [
            ("<Response/>", "application/xml"),
            ('{"a": 1}', "application/json"),
            ("[]", "application/json"),
            ("short and stout", "text/plain; charset=utf-8"),
            (b"\x00", None),
            ("", "text/plain; charset=utf-8"),
        ],
    )
    def test_body_has_a_length_and_a_type(self, simulator, body, media_type):
        simulator.when().respond(body=body)

        response = send(simulator)

        assert response.headers.get("content-type") == media_type
        assert response.headers["Content-Length"] == str(len(body))

    def test_headers_that_are_given_stay(self, simulator):
        given = {"Content-Type": "text/html", "content-length": "3"}
        simulator.when().respond(body="<p>", headers=given)

        assert dict(send(simulator).headers) == given

    def test_header_that_is_given_is_there_once(self, simulator):
        given = {"content-type": "text/xml", "Date": "Thu, 01 Jan 1970 00:00:00 GMT"}
        simulator.when().respond(404, headers=given)

        names = [name.lower() for name, _ in send(simulator).headers.pairs]

        assert len(names) == len(set(names))
        assert send(simulator).headers["Content-Type"] == "text/xml"

    def test_conditional_request_gets_the_answer_of_the_rule(self):
        """And no question about validators is met, as the API was not asked."""
        simulator = twreplay.Simulator(undocumented="error")
        simulator.when().respond(200)

        assert send(simulator, headers={"If-None-Match": "*"}).status == 200

    def test_json_is_encoded_with_its_type(self, simulator):
        simulator.when().respond(json={"Called": None})

        response = send(simulator)

        assert json.loads(response.body) == {"Called": None}
        assert response.headers["Content-Type"] == "application/json"

    @pytest.mark.parametrize(
        ("wrong", "message"),
        [
            ({"status": 204, "body": "x"}, "a 204 has no body"),
            ({"status": 304, "json": {}}, "a 304 has no body"),
            ({"status": 100}, "from 200 to 599"),
            ({"body": "x", "json": 1}, "either a body or json"),
            ({"body": 5}, "text or bytes, not int"),
            ({"json": object()}, "json that can be encoded"),
        ],
    )
    def test_answer_that_cannot_be_is_refused(self, simulator, wrong, message):
        with pytest.raises(UsageError, match=message):
            simulator.when().respond(**wrong)

    @pytest.mark.parametrize("status", [204, 205, 304, 401, 405])
    def test_connection_is_kept_in_step_after_such_an_answer(self, status):
        """A body that should not be there would be read as the next response."""
        with twreplay.simulate() as twilio, requests.Session() as session:
            session.auth = twilio.auth
            twilio.when("GET", times=1).respond(status)

            statuses = [session.get(f"{twilio.account_url}/Calls").status_code for _ in range(2)]

        assert statuses == [status, 200]


def post_with_requests(url, auth):
    requests.post(url, auth=auth, data=CALL, headers={"Content-Type": FORM}, timeout=5)


def post_with_httpx(url, auth):
    httpx.post(url, auth=auth, content=CALL, headers={"Content-Type": FORM})


def post_with_aiohttp(url, auth):
    async def post():
        headers = {"Content-Type": FORM, "Authorization": encode_basic(*auth)}
        async with aiohttp.ClientSession() as session:
            await session.post(url, data=CALL, headers=headers)

    asyncio.run(post())


def post_with_urllib3(url, auth):
    headers = {"Content-Type": FORM, "Authorization": encode_basic(*auth)}
    with urllib3.PoolManager() as pool:
        pool.request("POST", url, body=CALL, headers=headers, retries=False, timeout=5)


def post_with_http_client(url, auth):
    headers = {"Content-Type": FORM, "Authorization": encode_basic(*auth)}
    connection = http.client.HTTPSConnection("api.twilio.com", timeout=5)
    connection.request("POST", url.partition("api.twilio.com")[2], CALL, headers)
    connection.getresponse()


def post_with_urllib(url, auth):
    headers = {"Content-Type": FORM, "Authorization": encode_basic(*auth)}
    urllib.request.urlopen(urllib.request.Request(url, CALL.encode(), headers), timeout=5)


CLIENTS = [
    (post_with_requests, requests.exceptions.ReadTimeout, requests.exceptions.ConnectionError),
    (post_with_httpx, httpx.ReadTimeout, httpx.RemoteProtocolError),
    (post_with_aiohttp, aiohttp.ServerTimeoutError, aiohttp.ServerDisconnectedError),
    (post_with_urllib3, urllib3.exceptions.ReadTimeoutError, urllib3.exceptions.ProtocolError),
    (post_with_http_client, TimeoutError, ConnectionResetError),
    (post_with_urllib, TimeoutError, ConnectionResetError),
]


class TestActThenFail:
    """The API did it, and its answer was lost: what a retry of a POST has to survive."""

    @pytest.mark.parametrize(("post", "on_timeout", "on_reset"), CLIENTS)
    def test_call_is_made_and_the_client_raises_its_own_exception(self, post, on_timeout, on_reset):
        with twreplay.simulate(undocumented="ignore") as twilio:
            rule = twilio.when("POST", "/Calls").acts_then_raises(ReadTimeout)
            rule.then.acts_then_raises(ConnectionReset)
            url = f"{twilio.account_url}/Calls"
            with pytest.raises(on_timeout):
                post(url, twilio.auth)
            with pytest.raises(on_reset):
                post(url, twilio.auth)
            post(url, twilio.auth)

            assert len(twilio.calls) == 3
            assert [entry.response is None for entry in twilio.requests] == [True, True, False]

    @pytest.mark.parametrize(("post", "on_timeout", "_"), CLIENTS)
    def test_function_that_asks_the_api_and_raises_a_fault_does_the_same(self, post, on_timeout, _):
        with twreplay.simulate(undocumented="ignore") as twilio:

            @twilio.when("POST", "/Calls", times=1)
            def lost(request):
                twilio.handle(request)
                raise ReadTimeout

            with pytest.raises(on_timeout):
                post(f"{twilio.account_url}/Calls", twilio.auth)

            assert len(twilio.calls) == 1
            assert [entry.rule for entry in twilio.requests] == [
                "Make a call.",
                "a rule of your own",
            ]

    def test_journal_keeps_what_the_api_answered_and_what_the_client_got(self, simulator):
        simulator.when("POST", "/Calls").acts_then_raises(ReadTimeout)
        with pytest.raises(ReadTimeout):
            send(simulator, "POST", body=CALL)

        entry = simulator.requests[-1]

        assert entry.response is None
        assert (entry.api_response.status, b"<Call>" in entry.api_response.body) == (200, True)
        assert entry.rule == "a rule of your own, after the API acted: Make a call."
        assert entry.source.startswith("your rule when('POST', '/Calls'), after making-calls page")
        assert 3 in [question.number for question in entry.questions]

    def test_refusal_of_the_api_is_lost_as_well(self, simulator):
        simulator.when("POST", "/Calls").acts_then_raises(ReadTimeout)
        with pytest.raises(ReadTimeout):
            send(simulator, "POST", body="Called=1")

        assert simulator.requests[-1].api_response.status == 400
        assert simulator.calls == ()

    def test_hints_of_the_api_stay(self, simulator):
        simulator.when("POST", "/Calls").acts_then_raises(ReadTimeout)
        with pytest.raises(ReadTimeout):
            send(simulator, "POST", body="To=1")

        assert "calls name the number to call Called, not To" in simulator.requests[-1].hints

    def test_only_an_exception_can_be_raised(self, simulator):
        with pytest.raises(UsageError, match="acts_then_raises takes an exception"):
            simulator.when().acts_then_raises("timeout")


class TestPasses:
    def test_api_answers_past_all_other_rules(self, simulator):
        simulator.when("GET", "/Calls").fail()
        simulator.when("GET", "/Calls").passes()

        assert send(simulator).status == 200
        assert simulator.requests[-1].rule == "List calls."
        assert simulator.requests[-1].api_response is None

    def test_function_changes_the_answer(self, simulator):
        def shout(response):
            return twreplay.Response(response.status, response.headers, response.body.upper())

        simulator.when("GET", "/Calls").passes(shout)

        assert b"<TWILIORESPONSE>" in send(simulator).body
        assert b"<TwilioResponse>" in simulator.requests[-1].api_response.body

    def test_status_headers_and_body_are_changed_one_by_one(self, simulator):
        simulator.when("POST", "/Calls").passes(
            status=502, headers={"Date": None, "X": "1"}, body="<html>"
        )

        response = send(simulator, "POST", body=CALL)

        assert (response.status, response.body, response.reason) == (502, b"<html>", "Bad Gateway")
        assert dict(response.headers) == {
            "Content-Type": "application/xml",
            "Content-Length": "6",
            "X": "1",
        }
        assert len(simulator.calls) == 1

    def test_body_that_is_changed_loses_the_validators_of_the_old_one(self, simulator):
        simulator.when("GET", "/Calls").passes(json=[])

        response = send(simulator)

        assert response.headers["Content-Type"] == "application/json"
        assert "etag" not in response.headers

    @pytest.mark.parametrize("status", [204, 205, 304])
    def test_status_without_a_body_takes_it_away(self, simulator, status):
        simulator.when("GET", "/Calls").passes(status=status)

        response = send(simulator)

        assert (response.status, response.body) == (status, b"")
        assert "content-type" not in response.headers

    def test_head_stays_without_a_body(self, simulator):
        simulator.when("HEAD").passes(body="four")

        response = send(simulator, "HEAD")

        assert (response.body, response.headers["Content-Length"]) == (b"", "4")

    @pytest.mark.parametrize(
        ("wrong", "message"),
        [
            ({"change": 5}, "passes takes either a function"),
            ({"change": str, "status": 200}, "passes takes either a function"),
            ({"status": 99}, "from 200 to 599"),
            ({"status": 204, "body": "x"}, "a 204 has no body"),
            ({"body": "x", "json": 1}, "either a body or json"),
        ],
        ids=str,
    )
    def test_change_that_cannot_be_is_refused(self, simulator, wrong, message):
        with pytest.raises(UsageError, match=message):
            simulator.when().passes(**wrong)

    def test_function_that_returns_no_response_is_an_error_that_names_it(self, simulator):
        def shout(response):
            return None

        simulator.when().passes(shout)

        with pytest.raises(UsageError, match=r"shout returned None; it must return a twreplay\.R"):
            send(simulator)


class TestNoRecursion:
    def test_function_gets_the_answer_of_the_api_by_handle(self, simulator):
        @simulator.when("GET", "/Calls")
        def note(request):
            response = simulator.handle(request)
            return twreplay.Response(response.status, {"X": "1"}, response.body)

        assert send(simulator).headers["X"] == "1"

    def test_next_rule_answers_what_a_function_asks(self, simulator):
        simulator.when("GET", "/Calls").respond(418)
        simulator.when("GET", "/Calls")(simulator.handle)

        assert send(simulator).status == 418

    def test_two_functions_that_ask_end_at_the_api(self, simulator):
        simulator.when("GET")(simulator.handle)
        simulator.when("GET")(simulator.handle)

        assert send(simulator).status == 200
        assert len(simulator.requests) == 3

    def test_predicate_and_change_may_ask(self, simulator):
        def is_empty(request):
            return b"<Call>" not in simulator.handle(request).body

        simulator.when("GET", "/Calls", where=is_empty).passes(lambda _: send(simulator))

        assert send(simulator).status == 200

    def test_client_in_a_function_is_answered_without_the_rule(self):
        with twreplay.simulate() as twilio:

            @twilio.when("GET", "/Calls")
            def ask(request):
                answer = requests.get(request.url, auth=twilio.auth, timeout=5)
                return twreplay.Response(answer.status_code, {"X": "1"}, answer.content)

            response = requests.get(f"{twilio.account_url}/Calls", auth=twilio.auth, timeout=5)

        assert (response.status_code, response.headers["X"]) == (200, "1")


def delays(simulator, count=200):
    url = simulator.account_url + "/Calls"
    return [simulator.reply(twreplay.Request("GET", url)).delay_seconds for _ in range(count)]


class TestDecorator:
    def test_only_a_function_can_be_decorated(self, simulator):
        with pytest.raises(UsageError, match="decorates a function of one request"):
            simulator.when()("not a function")


class TestDelay:
    def test_range_is_gone_through_evenly(self, simulator):
        simulator.when("GET").delay(seconds=(0.1, 0.5))

        found = sorted(delays(simulator))

        assert 0.1 <= found[0] < 0.15 < 0.45 < found[-1] <= 0.5

    def test_lognormal_has_its_median_in_the_middle_and_a_long_tail(self, simulator):
        simulator.when("GET").delay(median=0.2, sigma=0.5)

        found = sorted(delays(simulator))

        assert 0.15 < found[100] < 0.25
        assert found[-1] > 0.5

    def test_function_draws_from_the_seed(self, simulator):
        def draw(random):
            assert isinstance(random, Random)
            return random.expovariate(5)

        simulator.when("GET").delay(seconds=draw)

        assert len(set(delays(simulator, 10))) == 10

    def test_delays_are_the_same_for_the_same_seed(self):
        def run(seed):
            simulator = twreplay.Simulator(seed=seed, undocumented="ignore")
            simulator.when("GET").delay(seconds=(0, 1))
            return delays(simulator, 5)

        assert run(1) == run(1) != run(2)

    def test_delay_may_be_a_timedelta(self, simulator):
        simulator.when("GET").delay(seconds=timedelta(minutes=1))

        assert delays(simulator, 1) == [60]

    def test_step_of_a_sequence_has_its_own_delay(self, simulator):
        simulator.when("GET").delay(seconds=1).fail().then.delay(seconds=2)

        assert delays(simulator, 3) == [1, 2, 0]

    def test_delays_of_several_rules_add_up(self, simulator):
        simulator.when("GET").fail().delay(seconds=1)
        simulator.when("GET").delay(seconds=2)

        assert delays(simulator, 1) == [3]

    @pytest.mark.parametrize(
        "wrong",
        [
            {},
            {"seconds": (2, 1)},
            {"seconds": (1, 2, 3)},
            {"seconds": (0, -1)},
            {"seconds": 1, "median": 1},
            {"median": 0},
            {"sigma": 1},
            {"median": 1, "sigma": -1},
        ],
        ids=str,
    )
    def test_delay_that_cannot_be_is_refused(self, simulator, wrong):
        with pytest.raises(UsageError, match="delay takes"):
            simulator.when().delay(**wrong)

    def test_function_that_draws_no_seconds_is_an_error(self, simulator):
        simulator.when().delay(seconds=lambda random: -1)

        with pytest.raises(UsageError, match="delay takes"):
            send(simulator)

    def test_random_delay_ends_early_with_the_clients_own_timeout(self):
        with twreplay.simulate() as twilio:
            twilio.when("GET").delay(seconds=(50, 60))
            begin = time.monotonic()
            with pytest.raises(requests.exceptions.ReadTimeout):
                requests.get(twilio.account_url, auth=twilio.auth, timeout=0.01)

        assert time.monotonic() - begin < 50

    def test_event_loop_runs_on_during_a_random_delay(self):
        async def run():
            async with twreplay.simulate() as twilio, httpx.AsyncClient(timeout=None) as client:
                twilio.when("GET").delay(seconds=(50, 60))
                task = asyncio.create_task(client.get(twilio.account_url, auth=twilio.auth))
                while not twilio.requests:
                    await asyncio.sleep(0)
                for _ in range(10):
                    await asyncio.sleep(0)
                is_waiting = task.cancel()
                await asyncio.wait([task])
                return is_waiting, task.cancelled()

        assert asyncio.run(run()) == (True, True)
