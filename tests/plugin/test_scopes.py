"""Sessions that are wider or narrower than a test, several at once, and tests of every kind."""

from __future__ import annotations

import pytest
from conftest import ACCOUNT, BASE, SMS_AND_CALLS
from extent import mark_slow
from inner_runs import run_inner

HEAD = f"""
import asyncio, unittest
import httpx, pytest, requests, twreplay

BASE, AUTH = {BASE!r}, ({ACCOUNT!r}, "x")

def calls():
    return requests.get(f"{{BASE}}/Calls?page=0&num=2", auth=AUTH, timeout=5)

def send():
    sent = {{"From": "4158675309", "To": "4155551212", "Body": "Hi Jenny!"}}
    return requests.post(f"{{BASE}}/SMS/Messages", auth=AUTH, data=sent, timeout=5)

def listed(twilio):
    return requests.get(f"{{twilio.account_url}}/Calls", auth=twilio.auth, timeout=5).status_code

async def listed_later(twilio):
    async with httpx.AsyncClient(auth=twilio.auth) as client:
        return (await client.get(f"{{twilio.account_url}}/Calls")).status_code
"""


@pytest.fixture
def run(pytester):
    head, sms, calls = SMS_AND_CALLS.split("- request:")
    for name, text in {"both": SMS_AND_CALLS, "calls": f"{head}- request:{calls}"}.items():
        (pytester.path / f"{name}.yaml").write_text(text)
    (pytester.path / "sms.yaml").write_text(f"{head}- request:{sms}")

    def run(source, *arguments, ini=""):
        pytester.makepyfile(test_it=HEAD + source)
        pytester.makeini(f"[pytest]\n{ini}")
        return run_inner(pytester, "-W", "error", *arguments)

    return run


@pytest.mark.parametrize("scope", ["class", "module", "package", "session"])
def test_a_simulator_that_tests_share_keeps_its_state_until_it_is_reset(run, scope):
    source = f"""
@pytest.fixture(scope={scope!r})
def shared():
    with twreplay.simulate() as twilio:
        yield twilio

class TestShared:
    def test_first(self, shared):
        shared.add_call()
        assert listed(shared) == 200

    def test_second(self, shared):
        assert len(shared.calls) == 1
        shared.reset()
        assert len(shared.calls) == 0
"""
    run(source).assert_outcomes(passed=2)


@pytest.mark.parametrize("scope", ["class", "module", "package", "session"])
def test_a_cassette_that_tests_share_is_played_on(run, scope):
    source = f"""
@pytest.fixture(scope={scope!r})
def shared():
    with twreplay.use_cassette("both.yaml") as cassette:
        yield cassette

class TestShared:
    def test_first(self, shared):
        assert send().ok

    def test_second(self, shared):
        assert calls().ok
        assert shared.all_played
"""
    run(source).assert_outcomes(passed=2)


def test_a_fixture_of_the_suite_may_have_the_name_of_ours(run):
    source = """
@pytest.fixture(scope="module")
def twilio():
    with twreplay.simulate(seed=7) as simulator:
        yield simulator

def test_first(twilio):
    twilio.add_call()

def test_second(twilio):
    assert len(twilio.calls) == 1
    assert twilio.account_sid == twreplay.Simulator(seed=7).account_sid
"""
    run(source).assert_outcomes(passed=2)


class TestSeveralAtOnce:
    def test_cassettes_one_after_the_other_answer_what_is_theirs(self, run):
        source = """
def test_one():
    with twreplay.use_cassette("sms.yaml"):
        assert send().ok
    with twreplay.use_cassette("calls.yaml"):
        assert calls().ok
"""
        run(source).assert_outcomes(passed=1)

    def test_the_innermost_answers(self, run):
        source = """
def test_one(twilio):
    twilio.add_account(Sid=AUTH[0], AuthToken="x")
    assert "<Total>" not in calls().text
    with twreplay.use_cassette("sms.yaml"):
        assert send().ok
        with twreplay.use_cassette("calls.yaml"):
            assert calls().ok
    assert len(twilio.requests) == 1
    assert listed(twilio) == 200
"""
        run(source).assert_outcomes(passed=1)

    def test_of_two_fixtures_that_is_the_one_that_comes_later(self, run, pytester):
        (pytester.path / "cassettes" / "test_it").mkdir(parents=True)
        (pytester.path / "cassettes" / "test_it" / "test_one.yaml").write_text(SMS_AND_CALLS)
        source = """
def test_one(twilio, twilio_cassette):
    assert send().ok and calls().ok
    assert twilio_cassette.play_count == 2
    assert twilio.requests == ()
"""
        run(source).assert_outcomes(passed=1)

    def test_a_cassette_that_the_simulator_goes_on_from(self, run):
        source = """
def test_one():
    with twreplay.use_cassette("sms.yaml", fallback="simulate") as cassette:
        assert send().ok
        assert calls().ok
    assert (cassette.play_count, len(cassette.simulated)) == (1, 1)
"""
        run(source).assert_outcomes(passed=1)


class TestUnittest:
    def test_methods_and_classes_by_decorator(self, run):
        source = """
@twreplay.use_cassette("both.yaml")
class TestAll(unittest.TestCase):
    def test_one(self):
        self.assertTrue(send().ok and calls().ok)

    def test_two(self):
        self.assertTrue(calls().ok and send().ok)

class TestOne(unittest.TestCase):
    @twreplay.simulate()
    def test_one(self, twilio):
        self.assertEqual(listed(twilio), 200)
"""
        run(source).assert_outcomes(passed=3)

    def test_set_up_and_tear_down_are_answered(self, run):
        source = """
class TestOne(unittest.TestCase):
    def setUp(self):
        self.twilio = self.enterContext(twreplay.simulate())

    def test_one(self):
        self.assertEqual(listed(self.twilio), 200)

class TestShared(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.twilio = cls.enterClassContext(twreplay.simulate())

    def test_one(self):
        self.assertEqual(listed(self.twilio), 200)
"""
        run(source).assert_outcomes(passed=2)

    def test_coroutines_are_answered(self, run):
        source = """
class TestLater(unittest.IsolatedAsyncioTestCase):
    @twreplay.simulate()
    async def test_one(self, twilio):
        self.assertEqual(await listed_later(twilio), 200)

    async def test_two(self):
        async with twreplay.simulate() as twilio:
            self.assertEqual(await listed_later(twilio), 200)
"""
        run(source).assert_outcomes(passed=2)


ASYNCHRONOUS = """
@MARK
async def test_fixture(twilio):
    assert await listed_later(twilio) == 200
    assert len(twilio.requests) == 1

@MARK
async def test_in_tasks(twilio):
    assert set(await asyncio.gather(*(listed_later(twilio) for _ in range(5)))) == {200}

@MARK
@pytest.mark.twreplay("both.yaml")
async def test_cassette(twilio_cassette):
    async with httpx.AsyncClient(auth=AUTH) as client:
        assert (await client.get(f"{BASE}/Calls?page=0&num=2")).status_code == 200
    assert (await asyncio.to_thread(send)).ok

@MARK
@twreplay.simulate()
async def test_decorated(twilio):
    assert await listed_later(twilio) == 200

@MARK
async def test_block():
    async with twreplay.simulate() as twilio:
        assert await listed_later(twilio) == 200

@pytest.fixture
async def opened():
    async with twreplay.simulate() as twilio:
        yield twilio

@MARK
async def test_asynchronous_fixture(opened):
    assert await listed_later(opened) == 200

@pytest.fixture
def twreplay_cassette_dir():
    return "."
"""


@pytest.mark.parametrize("mode", [mark_slow("strict"), "auto"])
def test_asynchronous_tests_and_fixtures_of_pytest_asyncio_are_answered(run, mode):
    source = ASYNCHRONOUS.replace("@MARK", "@pytest.mark.asyncio").replace(
        "@pytest.fixture\nasync", "@pytest_asyncio.fixture\nasync"
    )
    ini = f"asyncio_mode = {mode}\nasyncio_default_fixture_loop_scope = function\n"

    result = run(f"import pytest_asyncio\n{source}", "-p", "asyncio", ini=ini)

    result.assert_outcomes(passed=6)


@pytest.mark.slow
def test_asynchronous_tests_and_fixtures_of_anyio_are_answered(run):
    source = ASYNCHRONOUS.replace("@MARK", "@pytest.mark.anyio")
    source += "\n@pytest.fixture\ndef anyio_backend():\n    return 'asyncio'\n"

    run(source, "-p", "anyio").assert_outcomes(passed=6)


INNERMOST = """
@ASYNC_FIXTURE
async def wide():
    async with twreplay.simulate() as wide:
        yield wide

@MARK
async def test_of_both(wide, twilio):
    assert await listed_later(twilio) == 200
    assert await asyncio.create_task(listed_later(twilio)) == 200
    assert await asyncio.to_thread(listed, twilio) == 200
    assert (len(twilio.requests), len(wide.requests)) == (3, 0)

@MARK
async def test_of_the_wide_one_alone(wide):
    assert await listed_later(wide) == 200
    assert len(wide.requests) == 1

@MARK
async def test_of_one_inside_of_both(wide, twilio):
    with twreplay.simulate() as inner:
        assert await listed_later(inner) == 200
    assert await listed_later(twilio) == 200
    assert (len(inner.requests), len(twilio.requests), len(wide.requests)) == (1, 1, 1)
"""


@pytest.mark.slow
def test_the_session_that_was_entered_last_answers_under_anyio(run):
    """Its fixtures and tests run in a task, whose context is older than the test's session."""
    source = INNERMOST.replace("@MARK", "@pytest.mark.anyio")
    source = source.replace("@ASYNC_FIXTURE", '@pytest.fixture(scope="module")')
    source += "\n@pytest.fixture(scope='module')\ndef anyio_backend():\n    return 'asyncio'\n"

    run(source, "-p", "anyio").assert_outcomes(passed=3)


class TestReruns:
    @pytest.mark.slow
    def test_a_rerun_has_a_session_of_its_own(self, run):
        source = """
tries = []

@pytest.mark.flaky(reruns=1)
@pytest.mark.twreplay("both.yaml")
def test_one(twilio_cassette):
    tries.append(1)
    send()
    assert len(tries) == 2
    calls()
    assert twilio_cassette.play_count == 2

@pytest.fixture
def twreplay_cassette_dir():
    return "."
"""
        result = run(source, "-p", "rerunfailures")

        result.assert_outcomes(passed=1)
        result.stdout.fnmatch_lines(["*1 rerun*"])

    @pytest.mark.slow
    def test_a_recording_that_succeeds_the_second_time_is_kept(self, run, pytester):
        source = """
tries = []

@pytest.mark.flaky(reruns=1)
@pytest.mark.twreplay("new.yaml", record_mode="once", source="simulator")
def test_one():
    calls()
    tries.append(1)
    assert len(tries) == 2

@pytest.fixture
def twreplay_cassette_dir():
    return "."
"""

        run(source, "-p", "rerunfailures").assert_outcomes(passed=1)

        assert (pytester.path / "new.yaml").exists()
        assert not (pytester.path / "new.failed.yaml").exists()

    def test_a_recording_into_the_cassette_of_others_is_made_again(self, run, pytester):
        source = """
tries = []

pytestmark = pytest.mark.twreplay(
    "new.yaml", record_mode="once", source="simulator", allow_unused=True
)

def test_before():
    calls()

@pytest.mark.flaky(reruns=1)
def test_one():
    send()
    tries.append(1)
    assert len(tries) == 2

@pytest.fixture
def twreplay_cassette_dir():
    return "."
"""

        run(source, "-p", "rerunfailures").assert_outcomes(passed=2)

        assert (pytester.path / "new.yaml").read_text().count("uri:") == 2
        assert not (pytester.path / "new.failed.yaml").exists()
