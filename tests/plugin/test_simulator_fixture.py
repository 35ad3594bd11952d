"""The fixture ``twilio``, its mark, options and ini keys."""

from __future__ import annotations

import pytest
from inner_runs import run_inner
from published_reference import list_keywords

import twreplay
from twreplay import pytest_plugin

HEAD = """
import pytest, requests

def send(twilio):
    form = {"From": "4158675309", "To": "4155551212", "Body": "Hi"}
    url = f"{twilio.account_url}/SMS/Messages"
    return requests.post(url, auth=twilio.auth, data=form, timeout=5).status_code
"""


@pytest.fixture
def run(pytester):
    def run(source, *arguments, ini="", conftest=""):
        pytester.makepyfile(test_it=HEAD + source)
        pytester.makeini(f"[pytest]\n{ini}")
        pytester.makeconftest(conftest)
        return run_inner(pytester, "-W", "error", *arguments)

    return run


def test_answers_while_the_test_runs(run):
    source = """
def test_one(twilio):
    assert send(twilio) == 200
    assert twilio.sms_messages[-1].Body == "Hi"

def test_each_test_has_one_of_its_own(twilio):
    assert twilio.sms_messages == ()

async def coroutine(twilio):
    return twilio
"""
    run(source).assert_outcomes(passed=2)


def test_a_run_holds_no_simulator_of_a_test_that_is_over(run):
    source = """
import gc, weakref
left = []

@pytest.mark.parametrize("number", range(3))
def test_one(twilio, number):
    assert send(twilio) == 200
    left.append(weakref.ref(twilio))

@pytest.mark.twreplay(record_mode="once", source="simulator")
def test_cassette(twilio_cassette):
    left.append(weakref.ref(twilio_cassette))

def test_that_they_are_gone():
    gc.collect()
    assert [each() for each in left] == [None] * 4
"""
    run(source).assert_outcomes(passed=5)


def test_an_application_that_is_none_leaves_no_session_behind(run):
    source = """
@pytest.fixture
def twilio_app():
    return 3

def test_bad_application(twilio):
    pass

def test_next():
    with pytest.raises(requests.ConnectionError):
        requests.get("https://api.twilio.com:1/2008-08-01", proxies={"https": "http://127.0.0.1:1"})
"""
    run(source).assert_outcomes(passed=1, errors=1)


OBSERVED = (
    "def test_profile(twilio):\n    assert (twilio.profile, send(twilio)) == ('observed', 201)"
)
CONFTEST = """
import pytest

@pytest.fixture(scope="session")
def twreplay_config():
    return {"profile": "%s"}
"""


class TestProfile:
    def test_is_an_option(self, run):
        run(OBSERVED, "--twreplay-profile=observed").assert_outcomes(passed=1)

    def test_is_an_ini_key(self, run):
        run(OBSERVED, ini="twreplay_profile = observed").assert_outcomes(passed=1)

    def test_is_a_keyword_of_the_mark(self, run):
        source = f"@pytest.mark.twreplay(profile='observed')\n{OBSERVED}"
        run(source).assert_outcomes(passed=1)

    def test_is_in_the_config(self, run):
        run(OBSERVED, conftest=CONFTEST % "observed").assert_outcomes(passed=1)

    def test_config_beats_ini(self, run):
        ini = "twreplay_profile = documented"
        run(OBSERVED, ini=ini, conftest=CONFTEST % "observed").assert_outcomes(passed=1)

    def test_mark_beats_config(self, run):
        source = f"@pytest.mark.twreplay(profile='observed')\n{OBSERVED}"
        run(source, conftest=CONFTEST % "documented").assert_outcomes(passed=1)

    def test_option_beats_mark(self, run):
        source = f"@pytest.mark.twreplay(profile='documented')\n{OBSERVED}"
        run(source, "--twreplay-profile=observed").assert_outcomes(passed=1)

    def test_that_does_not_exist_is_an_error(self, run):
        result = run(OBSERVED, ini="twreplay_profile = observe")

        result.stderr.fnmatch_lines(["*twreplay_profile has no value 'observe'*"])


ASKS = """
def test_asks(twilio):
    requests.get(f"{twilio.account_url}/Calls?page=9", auth=twilio.auth, timeout=5)
"""


class TestUndocumented:
    def test_what_rests_on_a_question_is_warned_of(self, run):
        run(ASKS, "-W", "default").assert_outcomes(passed=1, warnings=1)

    @pytest.mark.parametrize("way", ["option", "ini", "mark"])
    def test_can_be_ignored(self, run, way):
        mark = "@pytest.mark.twreplay(undocumented='ignore')" if way == "mark" else ""
        run(
            mark + ASKS,
            *(["--twreplay-undocumented=ignore"] if way == "option" else []),
            ini="twreplay_undocumented = ignore" if way == "ini" else "",
        ).assert_outcomes(passed=1)

    def test_can_be_an_error(self, run):
        result = run(ASKS, "--twreplay-undocumented=error")

        result.assert_outcomes(failed=1)
        result.stdout.fnmatch_lines(["*UndocumentedBehavior: *question 10,*"])


UNUSED = """
def test_rule(twilio):
    twilio.when("POST", "/Calls").fail()
"""


class TestUnusedRules:
    def test_fail_a_passing_test(self, run):
        result = run(UNUSED)

        result.assert_outcomes(passed=1, errors=1)
        result.stdout.fnmatch_lines(["*UnusedRules: 1 of 1 rules of your own was not used*"])

    def test_say_nothing_of_a_failing_one(self, run):
        result = run(UNUSED + "    assert False")

        result.assert_outcomes(failed=1)

    @pytest.mark.parametrize(("choice", "warnings"), [("warn", 1), ("ignore", 0)])
    def test_can_be_less_strict(self, run, choice, warnings):
        result = run(UNUSED, f"--twreplay-unused={choice}", "-W", "default")

        result.assert_outcomes(passed=1, warnings=warnings)


class TestMark:
    def test_with_simulator_keywords_alone_simulates(self, run):
        """
        No cassette is looked for, and the fixture need not be named.
        """
        source = """
@pytest.mark.twreplay(seed=3)
def test_simulated():
    url = "https://api.twilio.com/2008-08-01/Accounts"
    assert requests.get(url, timeout=5).status_code == 401
"""
        run(source).assert_outcomes(passed=1)

    def test_without_keywords_opens_a_cassette(self, run):
        result = run("@pytest.mark.twreplay\ndef test_recorded(): pass")

        result.stdout.fnmatch_lines(["*CassetteNotFound*"])

    def test_on_a_class_is_for_each_of_its_tests(self, run):
        source = (
            f"@pytest.mark.twreplay(profile='observed')\nclass TestAll:\n    {OBSERVED}".replace(
                "(twilio):\n    ", "(self, twilio):\n        "
            )
        )
        run(source).assert_outcomes(passed=1)

    def test_with_a_keyword_that_does_not_exist_is_an_error(self, run):
        result = run("@pytest.mark.twreplay(profle='observed')\ndef test_wrong(twilio): pass")

        result.stdout.fnmatch_lines(["*UsageError: *has no keyword 'profle'*"])


def test_decorated_function_takes_no_fixture(run):
    """
    The decorator passes a simulator of its own, and hides the parameter from pytest.
    """
    source = """
import twreplay

@twreplay.simulate(seed=9)
def test_decorated(twilio, tmp_path):
    assert send(twilio) == 200
    assert tmp_path.exists()
"""
    result = run(source, "--setup-show")

    result.assert_outcomes(passed=1)
    result.stdout.no_fnmatch_line("*SETUP*F twilio*")


@pytest.mark.slow
def test_workers_of_xdist_have_simulators_of_their_own(pytester):
    pytester.makepyfile(
        HEAD + "@pytest.mark.parametrize('n', range(8))\n"
        "def test_one(n, twilio):\n    assert send(twilio) == 200\n"
    )
    arguments = ["-n", "2"]

    run_inner(pytester, *arguments).assert_outcomes(passed=8)


def test_mark_takes_the_order_of_rules_and_allows_unused_ones(pytester):
    pytester.makepyfile(
        "import pytest\n"
        "@pytest.mark.twreplay(rule_order='oldest', allow_unused=True)\n"
        "def test_one(twilio):\n"
        "    first, second = twilio.when().fail(), twilio.when().fail()\n"
        "    assert twilio.rules == (first, second)\n"
    )

    pytester.runpytest_inprocess("-p", "no:xdist").assert_outcomes(passed=1)


def test_rule_of_a_block_that_was_not_used_follows_the_option(pytester):
    pytester.makepyfile(
        "def test_one(twilio):\n    with twilio.when('GET').fail():\n        pass\n"
    )

    for option, outcome in (("ignore", {"passed": 1}), ("fail", {"passed": 1, "errors": 1})):
        result = pytester.runpytest_inprocess("-p", "no:xdist", f"--twreplay-unused={option}")
        result.assert_outcomes(**outcome)


def test_plugin_knows_the_keywords_of_both_sources():
    """
    They are written out there, because importing them costs each run that uses neither.
    """
    simulator = set(list_keywords(twreplay.simulate))
    cassette = set(list_keywords(twreplay.use_cassette))

    assert simulator - cassette == pytest_plugin.SIMULATOR_ONLY
    assert cassette - simulator == pytest_plugin.CASSETTE_ONLY
    assert simulator & cassette == {"hosts", "allow_unused"}


class TestPlaceOfTheSession:
    """A test has a fixture of ours only if it needs one, and then ahead of its own."""

    def test_an_unmarked_test_sets_up_nothing(self, run):
        source = """
def test_one(request):
    assert [name for name in request.fixturenames if "tw" in name] == []
"""
        run(source).assert_outcomes(passed=1)

    @pytest.mark.parametrize(
        "hook", ["pytest_runtest_setup(item)", "pytest_itemcollected(item)"], ids=["late", "early"]
    )
    def test_a_mark_that_a_hook_gives_opens_it_before_setup_method(self, run, hook):
        conftest = f"""
import pytest

def {hook}:
    item.add_marker(pytest.mark.twreplay(profile="observed", account_sid="AC" + "1" * 32))
"""
        source = """
class TestOne:
    def setup_method(self):
        url = "https://api.twilio.com/2008-08-01/Accounts"
        self.status = requests.get(url, auth=("AC" + "1" * 32, ""), timeout=5).status_code

    def test_one(self, twilio):
        assert (self.status, twilio.profile) == (401, "observed")
"""
        run(source, conftest=conftest).assert_outcomes(passed=1)

    def test_marks_of_some_parameters_are_theirs_alone(self, run):
        source = """
observed = pytest.mark.twreplay(profile="observed")

@pytest.mark.parametrize("number", [0, pytest.param(1, marks=observed), 2])
def test_one(request, number):
    assert ("twilio" in request.fixturenames) is (number == 1)
"""
        run(source).assert_outcomes(passed=3)

    def test_an_application_may_be_of_one_test_though_none_is_of_the_run(self, run):
        source = """
def app(environ, start_response):
    start_response("200 OK", [])
    return [b""]

class TestWithOne:
    @pytest.fixture(params=[1, 2])
    def twilio_app(self, request, tmp_path):
        return app

    def test_one(self, twilio, twilio_app):
        assert twilio_app is app

def test_none(twilio, twilio_app):
    assert twilio_app is None
"""
        run(source).assert_outcomes(passed=3)


@pytest.mark.slow
def test_the_stand_ins_of_a_run_are_made_by_adapters_that_are_imported(pytester):
    """One that imports its adapter later keeps requests from the short path: see install.guard."""
    pytester.makepyfile(
        HEAD
        + """
def test_one(twilio):
    made_in = requests.adapters.HTTPAdapter.send.__code__.co_filename
    assert made_in.replace("\\\\", "/").endswith("_interception/clients/requests.py")
"""
    )
    pytester.runpytest_subprocess("-p", "no:randomly").assert_outcomes(passed=1)
