"""Recording what the simulator answers, with nothing sent."""

from __future__ import annotations

import asyncio
import json
import re
import threading
import urllib.request

import aiohttp
import httpx
import pytest
import requests
import tornado.httpclient
import vcr
from basic_auth import encode_basic
from cassette_files import read
from command_line import run
from inner_runs import run_inner
from scenario import play, with_requests

import twreplay
from twreplay import errors

SID, TOKEN = f"AC{7:032x}", f"{0xABCDEF0123456789:032x}"
CALLS = f"https://api.twilio.com/2008-08-01/Accounts/{SID}/Calls"


def make_and_list() -> list[int]:
    form = {"Caller": "4158675309", "Called": "4155551212", "Url": "http://app.example/"}
    made = requests.post(CALLS, data=form, auth=(SID, TOKEN), timeout=5)
    listed = requests.get(CALLS, auth=(SID, TOKEN), timeout=5)
    return [made.status_code, listed.status_code]


def test_what_the_simulator_answers_is_recorded_and_replayed_without_the_token(tmp_path):
    path = tmp_path / "calls.yaml"
    with twreplay.use_cassette(path, record_mode="once", source="simulator"):
        assert make_and_list() == [200, 200]
    text = path.read_text("utf-8")
    assert "origin: simulated" in text
    assert "recorded_at" not in text
    assert TOKEN not in text
    with twreplay.use_cassette(path) as cassette:
        assert make_and_list() == [200, 200]
    assert cassette.play_count == 2


@pytest.mark.parametrize("mode", ["all", "rewrite"])
def test_recording_again_changes_no_byte(mode, tmp_path):
    path = tmp_path / "calls.yaml"
    texts = []
    for _ in range(2):
        with twreplay.use_cassette(path, record_mode=mode, source="simulator"):
            make_and_list()
        texts.append(path.read_bytes())
    assert texts[0] == texts[1]


def test_the_simulator_of_an_open_simulation_answers_with_its_rules(tmp_path):
    path = tmp_path / "calls.yaml"
    with twreplay.simulate(account_sid=SID, auth_token=TOKEN) as twilio:
        twilio.when("POST", "/Calls").fail(500)
        with twreplay.use_cassette(path, record_mode="once", source="simulator"):
            assert make_and_list() == [500, 200]
    with twreplay.use_cassette(path):
        assert make_and_list() == [500, 200]


def test_nothing_simulated_is_added_to_a_recording_of_the_api(tmp_path):
    path = tmp_path / "calls.yaml"
    with twreplay.use_cassette(path, record_mode="once", source="simulator"):
        make_and_list()
    text = path.read_text("utf-8")
    path.write_text(text.replace("origin: simulated", "origin: recorded"), "utf-8")
    with (
        pytest.raises(errors.UsageError, match="recorded from the API"),
        twreplay.use_cassette(path, record_mode="new_episodes", source="simulator"),
    ):
        requests.get(f"{CALLS}?num=1", auth=(SID, TOKEN), timeout=5)


def test_rules_of_the_simulation_are_not_called_unused_when_the_cassette_is_replayed(tmp_path):
    path = tmp_path / "calls.yaml"
    for mode in ("once", "none"):
        with twreplay.simulate(account_sid=SID, auth_token=TOKEN) as twilio:
            twilio.when("POST", "/Calls").fail(500)
            with twreplay.use_cassette(path, record_mode=mode, source="simulator"):
                assert make_and_list() == [500, 200]


def test_a_rule_that_nothing_asked_is_unused_while_recording(tmp_path):
    with (
        pytest.raises(errors.UnusedRules, match="/Conferences"),
        twreplay.simulate(account_sid=SID, auth_token=TOKEN) as twilio,
    ):
        twilio.when("GET", "/Conferences").fail(500)
        with twreplay.use_cassette(tmp_path / "c.yaml", record_mode="once", source="simulator"):
            make_and_list()


def call_sids(path):
    bodies = [i.response.body.decode() for i in read(path).interactions]
    return [re.findall(r"<Sid>(CA\w+)</Sid>", body) for body in bodies]


def test_new_episodes_go_on_from_the_state_of_the_recording(tmp_path):
    path = tmp_path / "calls.yaml"
    with twreplay.use_cassette(path, record_mode="once", source="simulator"):
        make_and_list()
    with twreplay.use_cassette(path, record_mode="new_episodes", source="simulator"):
        make_and_list()
        make_and_list()
    (first,), _, (second,), listed = call_sids(path)
    assert first != second
    assert sorted(listed) == sorted([first, second])


TESTS = f"""
import pytest, requests
def ask(method, path, **form):
    url = "https://api.twilio.com/2008-08-01/Accounts/{SID}" + path
    return requests.request(method, url, data=form, auth=("{SID}", "{TOKEN}"), timeout=5)
def call(called="4155551212"):
    return ask("POST", "/Calls", Caller="4158675309", Called=called, Url="http://a.example/")
"""


def test_tests_that_make_one_cassette_share_its_world(pytester):
    pytester.makepyfile(
        TESTS
        + """
@pytest.mark.twreplay("calls.yaml", allow_unused=True)
@pytest.mark.parametrize("called", ["4155551212", "4155551213"])
def test_calls(called):
    assert call(called).status_code == 200
"""
    )
    arguments = "--twreplay-record=once", "--twreplay-record-from=simulator"
    run_inner(pytester, *arguments).assert_outcomes(passed=2)
    (path,) = pytester.path.rglob("calls.yaml")
    (first,), (second,) = call_sids(path)
    assert first != second
    run_inner(pytester).assert_outcomes(passed=2)


def test_a_recorded_answer_of_an_open_simulation_is_counted_once(pytester):
    pytester.makepyfile(
        TESTS
        + """
@pytest.mark.twreplay(source="simulator")
def test_calls(twilio):
    ask("GET", "/Calls")
"""
    )
    result = run_inner(pytester, "--twreplay-record=once")
    result.stdout.fnmatch_lines(["twreplay: 1 recorded*"])
    assert "1 simulated" not in result.stdout.str()


def test_a_rehearsal_leaves_the_recording_alone(pytester):
    pytester.makepyfile(
        TESTS
        + """
@pytest.mark.twreplay(record_mode="all", source="simulator")
def test_calls():
    call()
"""
    )
    run_inner(pytester).assert_outcomes(passed=1)
    (path,) = pytester.path.rglob("*.yaml")
    before = path.read_bytes()
    run_inner(pytester, "--twreplay-rehearse=500").assert_outcomes(passed=1)
    assert path.read_bytes() == before


def test_messages_about_a_simulated_cassette_record_from_the_simulator(tmp_path):
    path = tmp_path / "calls.yaml"
    with twreplay.use_cassette(path, record_mode="once", source="simulator"):
        make_and_list()
    with (
        pytest.raises(errors.UnmatchedRequest, match='"rewrite", source="simulator"'),
        twreplay.use_cassette(path, allow_unused=True),
    ):
        requests.get(f"{CALLS}/CA{1:032x}", auth=(SID, TOKEN), timeout=5)


def test_nothing_of_the_api_is_added_to_a_simulated_recording(tmp_path):
    path = tmp_path / "calls.yaml"
    with twreplay.use_cassette(path, record_mode="once", source="simulator"):
        make_and_list()
    with (
        pytest.raises(errors.UsageError, match="recorded from the simulator"),
        twreplay.use_cassette(path, record_mode="new_episodes"),
    ):
        requests.get(f"{CALLS}?num=1", auth=(SID, TOKEN), timeout=5)


def test_a_simulator_is_around_the_cassette_when_only_the_option_says_so(pytester):
    pytester.makepyfile(
        TESTS
        + """
@pytest.mark.parametrize("answer", [500])
def test_calls(twilio_cassette, twilio, answer):
    twilio.when("POST", "/Calls").fail(answer)
    assert call().status_code == answer
"""
    )
    run_inner(
        pytester, "--twreplay-record=once", "--twreplay-record-from=simulator"
    ).assert_outcomes(passed=1)
    result = run_inner(pytester)
    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines(["twreplay: 1 replayed"])


FORMS = ["calls.yaml", "calls.json"]


@pytest.mark.parametrize("name", FORMS)
def test_verify_finds_nothing_in_a_recording_of_every_kind_of_request(name, tmp_path):
    path = tmp_path / name
    # Pages past the end are question 10.
    twilio = twreplay.Simulator(account_sid=SID, auth_token=TOKEN, undocumented="ignore")
    for number in ("4155550100", "4155550101"):
        twilio.add_incoming_phone_number(PhoneNumber=number)
    for _ in range(3):
        twilio.add_recording()
    with twreplay.use_cassette(path, record_mode="once", source=twilio):
        recorded = play(with_requests, SID, TOKEN)
    (verified,) = json.loads(run("verify", "--json", path).stdout)["cassettes"]
    # play() does not return the list of recordings.
    assert (verified["interactions"], verified["skipped"]) == (len(recorded) + 1, [])
    assert (verified["drift"], verified["findings"]) == (0, [])
    with twreplay.use_cassette(path):
        replayed = play(with_requests, SID, TOKEN)
    # The account shows its token, which no cassette has.
    shown = [answer.body.replace(TOKEN.encode(), b"REDACTED") for answer in recorded]
    assert [answer.body for answer in replayed] == shown


@pytest.mark.parametrize("kind", ["identifiers", "names", "bodies"])
def test_a_recording_with_pseudonyms_is_the_same_again_and_replays(kind, tmp_path):
    path = tmp_path / "calls.yaml"
    texts = []
    for _ in range(2):
        with twreplay.use_cassette(path, record_mode="rewrite", source="simulator", redact=(kind,)):
            assert make_and_list() == [200, 200]
        texts.append(path.read_text("utf-8"))
    assert texts[0] == texts[1]
    assert ("4158675309" in texts[0]) == (kind != "identifiers")
    with twreplay.use_cassette(path):
        assert make_and_list() == [200, 200]


def test_vcrpy_replays_a_simulated_recording(tmp_path):
    path = tmp_path / "calls.yaml"
    with twreplay.use_cassette(path, record_mode="once", source="simulator"):
        make_and_list()
    with vcr.use_cassette(str(path), record_mode="none") as cassette:
        assert make_and_list() == [200, 200]
    assert cassette.play_count == 2


def test_a_decorated_function_class_and_coroutine_record(tmp_path):
    def in_folder(name):
        return twreplay.use_cassette(tmp_path / name, record_mode="once", source="simulator")

    @in_folder("function.yaml")
    def function():
        return make_and_list()

    @in_folder("coroutine.yaml")
    async def coroutine():
        async with httpx.AsyncClient(auth=(SID, TOKEN)) as client:
            return (await client.get(CALLS)).status_code

    @in_folder("class.yaml")
    class TestCalls:
        def test_calls(self):
            return make_and_list()

    assert function() == [200, 200]
    assert asyncio.run(coroutine()) == 200
    assert TestCalls().test_calls() == [200, 200]
    counts = {path.name: len(read(path).interactions) for path in tmp_path.glob("*.yaml")}
    assert counts == {"function.yaml": 2, "coroutine.yaml": 1, "class.yaml": 2}


def test_threads_record_all_of_their_requests(tmp_path):
    path = tmp_path / "calls.yaml"
    with twreplay.use_cassette(path, record_mode="once", source="simulator"):
        threads = [threading.Thread(target=make_and_list) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert len(read(path).interactions) == 8
    made = [found[0] for found in call_sids(path) if len(found) == 1]
    assert max(len(found) for found in call_sids(path)) == 4
    assert len(made) >= 3


def test_a_given_simulator_answers_without_a_block_of_its_own(tmp_path):
    twilio = twreplay.Simulator(account_sid=SID, auth_token=TOKEN)
    twilio.add_call()
    path = tmp_path / "calls.yaml"
    with twreplay.use_cassette(path, record_mode="once", source=twilio):
        make_and_list()
    made, listed = call_sids(path)
    assert len(listed) == len(made) + 1


def give_up_requests():
    with pytest.raises(requests.exceptions.ReadTimeout):
        requests.get(CALLS, auth=(SID, TOKEN), timeout=0.01)


def give_up_urllib():
    head = {"Authorization": encode_basic(SID, TOKEN)}
    with pytest.raises(TimeoutError):
        urllib.request.urlopen(urllib.request.Request(CALLS, headers=head), timeout=0.01)


def give_up_httpx():
    with pytest.raises(httpx.ReadTimeout):
        httpx.get(CALLS, auth=(SID, TOKEN), timeout=0.01)


def give_up_httpx_async():
    async def run():
        async with httpx.AsyncClient(auth=(SID, TOKEN), timeout=0.01) as client:
            with pytest.raises(httpx.ReadTimeout):
                await client.get(CALLS)

    asyncio.run(run())


def give_up_by_cancelling():
    async def run():
        async with httpx.AsyncClient(auth=(SID, TOKEN)) as client:
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(client.get(CALLS), 0.01)

    asyncio.run(run())


def give_up_aiohttp():
    """Give up, and end the loop before the answer would have come."""

    async def run():
        head = {"Authorization": encode_basic(SID, TOKEN)}
        limit = aiohttp.ClientTimeout(total=0.01)
        async with aiohttp.ClientSession(headers=head, timeout=limit) as session:
            with pytest.raises(TimeoutError):
                await session.get(CALLS)

    asyncio.run(run())


def give_up_tornado():
    async def run():
        client = tornado.httpclient.AsyncHTTPClient(force_instance=True)
        with pytest.raises(tornado.httpclient.HTTPError, match="Timeout"):
            await client.fetch(CALLS, auth_username=SID, auth_password=TOKEN, request_timeout=0.01)
        client.close()

    asyncio.run(run())


@pytest.mark.parametrize(
    "give_up",
    [
        give_up_requests,
        give_up_urllib,
        give_up_httpx,
        give_up_httpx_async,
        give_up_aiohttp,
        give_up_tornado,
        give_up_by_cancelling,
    ],
)
def test_client_that_gives_up_before_the_answer_records_nothing_of_it(give_up, tmp_path):
    path = tmp_path / "calls.yaml"
    with twreplay.simulate(account_sid=SID, auth_token=TOKEN) as twilio:
        # Nobody waits so long. After 50 ms a busy machine has not noticed yet that 10 ms are over.
        twilio.when("GET", "/Calls", times=1).delay(seconds=30)
        with twreplay.use_cassette(path, record_mode="once", source="simulator"):
            give_up()
            make_and_list()

    assert [each.request.method for each in read(path).interactions] == ["POST", "GET"]


def test_threads_are_recorded_in_the_order_in_which_they_were_answered(tmp_path):
    path = tmp_path / "calls.yaml"
    with twreplay.use_cassette(path, record_mode="once", source="simulator"):
        threads = [threading.Thread(target=make_and_list) for _ in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    seen = 0
    for interaction in read(path).interactions:
        total = re.search(r'total="(\d+)"', bytes(interaction.response.body).decode())
        if total is None:
            seen += 1
        else:
            assert int(total[1]) == seen


@pytest.mark.slow
def test_workers_of_xdist_make_one_cassette_from_the_simulator(pytester):
    pytester.makepyfile(
        TESTS
        + """
@pytest.mark.twreplay("calls.yaml", allow_unused=True)
@pytest.mark.parametrize("called", [f"41555512{n}" for n in range(10, 16)])
def test_calls(called):
    assert call(called).status_code == 200
"""
    )
    arguments = "--twreplay-record=once", "--twreplay-record-from=simulator", "-n2"
    run_inner(pytester, *arguments).assert_outcomes(passed=6)
    (path,) = pytester.path.rglob("calls.yaml")
    called = sorted(re.findall(r"<Called>(\d+)", path.read_text("utf-8")))
    assert called == [f"41555512{n}" for n in range(10, 16)]
    run_inner(pytester).assert_outcomes(passed=6)


@pytest.mark.slow
def test_pytest_recording_replays_a_simulated_recording(pytester):
    folder = pytester.mkdir("cassettes") / "test_old"
    folder.mkdir()
    with twreplay.use_cassette(folder / "test_calls.yaml", record_mode="once", source="simulator"):
        make_and_list()
    pytester.makepyfile(
        test_old=f"""
import pytest
import requests


@pytest.mark.vcr
@pytest.mark.block_network
def test_calls():
    made = requests.get({CALLS!r}, auth=({SID!r}, "any"), timeout=5)
    assert '<Calls page="0" numpages="1" pagesize="50" total="1"' in made.text
"""
    )
    result = pytester.runpytest_subprocess("-p", "pytest_recording.plugin")
    result.assert_outcomes(passed=1)
