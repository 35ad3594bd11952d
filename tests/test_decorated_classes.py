"""Classes below a decorator: what their tests, their set-up and their tear-down ask is answered."""

from __future__ import annotations

import unittest

import httpx
import pytest
import requests
from conftest import ACCOUNT, TOKEN
from inner_runs import run_inner

import twreplay
from twreplay.errors import UsageError

URL = f"https://api.twilio.com/2008-08-01/Accounts/{ACCOUNT}/Calls"
KNOWN = {"account_sid": ACCOUNT, "auth_token": TOKEN}


def ask() -> int:
    return requests.get(URL, auth=(ACCOUNT, TOKEN), timeout=5).status_code


async def ask_later() -> int:
    async with httpx.AsyncClient(auth=(ACCOUNT, TOKEN)) as client:
        return (await client.get(URL)).status_code


@pytest.fixture(autouse=True)
def _nothing_is_sent():
    with twreplay.block_network():
        yield


def run(case: type[unittest.TestCase]) -> unittest.TestResult:
    result = unittest.TestResult()
    unittest.defaultTestLoader.loadTestsFromTestCase(case).run(result)
    return result


def assert_passed(case: type[unittest.TestCase], tests: int = 1) -> None:
    result = run(case)
    assert (result.testsRun, result.errors, result.failures) == (tests, [], [])


class TestUnittest:
    def test_set_up_tear_down_and_cleanups_are_in_the_session_of_the_test(self):
        simulators = []

        @twreplay.simulate(**KNOWN)
        class Case(unittest.TestCase):
            def setUp(self):
                self.addCleanup(ask)
                assert ask() == 200

            def tearDown(self):
                assert ask() == 200

            def test_it(self, twilio):
                assert ask() == 200
                simulators.append(twilio)

            def test_other(self, twilio):
                simulators.append(twilio)

        assert_passed(Case, 2)
        assert [len(each.requests) for each in simulators] == [4, 3]

    def test_asynchronous_set_up_and_cleanups(self):
        simulators = []

        @twreplay.simulate(**KNOWN)
        class Case(unittest.IsolatedAsyncioTestCase):
            async def asyncSetUp(self):
                self.addAsyncCleanup(ask_later)
                assert await ask_later() == 200

            async def asyncTearDown(self):
                assert await ask_later() == 200

            async def test_it(self, twilio):
                assert await ask_later() == 200
                simulators.append(twilio)

        assert_passed(Case)
        assert len(simulators[0].requests) == 4

    def test_derived_classes_and_their_own_set_up(self):
        @twreplay.simulate(**KNOWN)
        class Base(unittest.TestCase):
            def setUp(self):
                raise AssertionError("overridden")

            def test_base(self):
                assert ask() == 200

        class Derived(Base):
            def setUp(self):
                assert ask() == 200

            def test_derived(self, twilio):
                assert ask() == 200
                assert len(twilio.requests) == 2

        assert_passed(Derived, 2)

    def test_of_a_derived_class_that_is_decorated_too_the_nearest_counts(self):
        @twreplay.simulate(seed=1)
        class Base(unittest.TestCase):
            def test_it(self, twilio):
                self.seen = twilio

        @twreplay.simulate(**KNOWN)
        class Derived(Base):
            def tearDown(self):
                assert self.seen.account_sid == ACCOUNT

        assert_passed(Derived)

    def test_two_decorators_open_both(self, cassette_path):
        @twreplay.simulate(**KNOWN)
        @twreplay.use_cassette(cassette_path, allow_unused=True)
        class Case(unittest.TestCase):
            def test_it(self, twilio, twilio_cassette):
                assert len(twilio_cassette) == 2
                assert twilio.account_sid == ACCOUNT

        assert_passed(Case)

    def test_static_and_class_methods(self):
        @twreplay.simulate(**KNOWN)
        class Case(unittest.TestCase):
            @staticmethod
            def test_static():
                assert ask() == 200

            @classmethod
            def test_class(cls, twilio):
                assert ask() == 200
                assert len(twilio.requests) == 1

        assert_passed(Case, 2)

    def test_a_class_within_is_answered(self):
        @twreplay.simulate(**KNOWN)
        class Outer:
            class TestInner(unittest.TestCase):
                def test_it(self):
                    assert ask() == 200

        assert_passed(Outer.TestInner)

    @pytest.mark.parametrize("name", ["setUpClass", "tearDownClass"])
    def test_what_is_asked_for_the_class_is_refused(self, name):
        @twreplay.simulate(**KNOWN)
        class Case(unittest.TestCase):
            def test_it(self):
                pass

        setattr(Case, name, classmethod(lambda cls: ask()))
        Case = twreplay.simulate(**KNOWN)(Case)

        (_, told), *_ = run(Case).errors
        assert f"Case.{name} asks the API, and @simulate opens a session for each test" in told

    def test_what_is_asked_for_a_derived_class_is_refused(self):
        @twreplay.simulate(**KNOWN)
        class Base(unittest.TestCase):
            pass

        class Derived(Base):
            @classmethod
            def setUpClass(cls):
                cls.addClassCleanup(ask)

            def test_it(self):
                pass

        (_, told), *_ = run(Derived).errors
        assert "doClassCleanups asks the API" in told

    def test_a_session_of_the_class_answers_for_the_class(self):
        @twreplay.simulate(**KNOWN)
        class Case(unittest.TestCase):
            @classmethod
            def setUpClass(cls):
                cls.shared = cls.enterClassContext(twreplay.simulate(**KNOWN))
                assert ask() == 200

            def test_it(self, twilio):
                assert ask() == 200
                assert (len(twilio.requests), len(self.shared.requests)) == (1, 1)

        assert_passed(Case)

    def test_unused_interactions_are_an_error_of_the_test(self, cassette_path):
        @twreplay.use_cassette(cassette_path)
        class Case(unittest.TestCase):
            def test_it(self):
                pass

            def test_skipped(self):
                self.skipTest("no reason")

            @unittest.expectedFailure
            def test_expected(self):
                self.fail()

            def test_sub(self):
                for number in range(2):
                    with self.subTest(number=number):
                        self.fail()

        result = run(Case)

        assert [str(case).split()[0] for case, _ in result.errors] == ["test_it"]
        assert "UnusedInteractions: 2 of 2" in result.errors[0][1]
        assert (len(result.failures), len(result.skipped), len(result.expectedFailures)) == (
            2,
            1,
            1,
        )

    def test_a_missing_cassette_is_an_error_of_the_test(self, tmp_path):
        @twreplay.use_cassette(tmp_path / "no.yaml")
        class Case(unittest.TestCase):
            def test_it(self):
                pass

            def test_other(self):
                pass

        assert len(run(Case).errors) == 2

    def test_after_a_run_the_case_is_what_it_was(self):
        @twreplay.simulate(**KNOWN)
        class Case(unittest.TestCase):
            def test_it(self):
                pass

        case = Case("test_it")
        before = set(vars(case))
        case.run()
        case.debug()

        assert not {"setUp", "doCleanups", "test_it"} & (set(vars(case)) - before)


class TestClassesOfFunctions:
    SOURCE = """
import dataclasses, pytest, requests, twreplay
from test_decorated_classes import KNOWN, ask, ask_later
import asyncio

@twreplay.simulate(**KNOWN)
class TestIt:
    def setup_method(self):
        assert ask() == 200
    def teardown_method(self):
        assert ask() == 200
    @pytest.fixture(autouse=True)
    def prepared(self):
        assert ask() == 200
        yield
        assert ask() == 200
    def test_it(self, twilio):
        assert len(twilio.requests) == 2
    def test_later(self):
        assert asyncio.run(ask_later()) == 200
    @staticmethod
    def test_static(twilio):
        assert len(twilio.requests) == 2
    @classmethod
    def test_class(cls):
        assert ask() == 200
    @pytest.mark.parametrize("n", [1, 2])
    def test_parameters(self, n, twilio, tmp_path):
        assert len(twilio.requests) == 2 and tmp_path.exists() and n

@twreplay.simulate(**KNOWN)
class TestOuter:
    class TestNested:
        def setup_method(self):
            assert ask() == 200
        def test_it(self):
            assert ask() == 200

class TestDerived(TestIt):
    def setup_method(self):
        assert ask() == 200
    def test_derived(self, twilio):
        assert len(twilio.requests) == 2

@twreplay.simulate(seed=1, **KNOWN)
class TestAgain(TestIt):
    def test_it(self, twilio):
        assert len(twilio.requests) == 2
"""

    def test_each_method_runs_in_a_session_of_its_own(self, pytester):
        pytester.makeini(f"[pytest]\npythonpath = {__file__.rpartition('/')[0]}\n")
        pytester.makepyfile(self.SOURCE)

        result = run_inner(pytester, "--twreplay-block-network")

        result.assert_outcomes(passed=6 + 1 + 7 + 6)

    def test_setup_class_is_refused(self, pytester):
        pytester.makeini(f"[pytest]\npythonpath = {__file__.rpartition('/')[0]}\n")
        pytester.makepyfile("""
import twreplay
from test_decorated_classes import KNOWN, ask

@twreplay.simulate(**KNOWN)
class TestIt:
    @classmethod
    def setup_class(cls):
        ask()
    def test_it(self):
        pass
""")

        result = run_inner(pytester, "--twreplay-block-network")

        result.assert_outcomes(errors=1)
        result.stdout.fnmatch_lines(["*TestIt.setup_class asks the API, and @simulate opens*"])

    def test_called_without_pytest_each_call_has_its_session(self):
        @twreplay.simulate(**KNOWN)
        class Sending:
            def test_one(self, twilio):
                assert ask() == 200
                return len(twilio.requests)

        assert [Sending().test_one(), Sending().test_one()] == [1, 1]


class TestParameter:
    def test_of_use_cassette_is_the_cassette(self, cassette_path):
        @twreplay.use_cassette(cassette_path, allow_unused=True)
        def play(twilio_cassette):
            return len(twilio_cassette)

        assert play() == 2

    def test_is_hidden_from_pytest(self, pytester, cassette_path):
        pytester.makepyfile(f"""
import twreplay
@twreplay.use_cassette({str(cassette_path)!r}, allow_unused=True)
def test_it(twilio_cassette):
    assert len(twilio_cassette) == 2
""")
        run_inner(pytester).assert_outcomes(passed=1)


@pytest.mark.parametrize(
    ("keywords", "told"),
    [
        ("profile='nonsense', record_mode='once'", "profile is a keyword of simulate, and record_"),
        ("'calls.yaml', seed=3", "seed is a keyword of simulate, and a cassette was named"),
        ("fallback='simulate', now=None", "now is a keyword of simulate, and fallback of use"),
    ],
)
def test_a_mark_with_keywords_of_both_kinds_is_refused(pytester, keywords, told):
    pytester.makepyfile(f"import pytest\n@pytest.mark.twreplay({keywords})\ndef test_a(): pass")

    result = run_inner(pytester)

    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines([f"*UsageError: in the mark twreplay, {told}*"])


def test_a_keyword_for_the_whole_suite_is_checked_where_it_decides_nothing(pytester):
    pytester.makepyfile("""
import pytest
@pytest.fixture(scope="session")
def twreplay_config(): return {"profile": "nonsense"}
def test_a(twilio_cassette): pass
""")
    result = run_inner(pytester, "--twreplay-record=once")

    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*profile has no value 'nonsense'*"])


def test_the_refusal_can_be_caught_where_it_is_raised():
    seen = []

    @twreplay.simulate(**KNOWN)
    class Case(unittest.TestCase):
        @classmethod
        def setUpClass(cls):
            with pytest.raises(UsageError) as caught:
                ask()
            seen.append(caught.value)

        def test_it(self):
            pass

    assert_passed(Case)
    assert len(seen) == 1
