"""
A run that is stopped, or a test that does not pass, leaves the cassette as it was.

The whole matrix is ``python tests/interruptions.py``.
"""

from __future__ import annotations

import itertools
import re
import signal
import subprocess
import sys

import pytest
from extent import mark_slow, mark_slow_but
from inner_runs import run_inner
from interruptions import DOORS, HEAD, MODES, files_in, what_is_wrong
from recorder import record_pages

import twreplay

# With a fixed step through the matrix each of its rows and columns has a case.
ENDS = (
    "keyboard in call",
    "exit in call",
    "quit in call",
    "error in call",
    "skip in call",
    "xfail in call",
    "keyboard in setup",
    "error in setup",
    "keyboard in teardown before",
    "error in teardown before",
    "keyboard in teardown after",
    "error in teardown after",
)
CASES = [
    (door, mode, how)
    for door, mode, how in itertools.product(DOORS, MODES, ENDS)
    if not (door in ("with", "decorator") and how.endswith("setup"))
]


@pytest.fixture
def run(pytester, monkeypatch):
    def run(source, *arguments, how="", mode="once", body="<b/>", first="0"):
        for name, value in {"HOW": how, "MODE": mode, "BODY": body, "FIRST": first}.items():
            monkeypatch.setenv(name, value)
        pytester.makepyfile(test_it=HEAD + source)
        return run_inner(pytester, *arguments)

    return run


def keep(path, count=4, first=0):
    with twreplay.use_cassette(path, record_mode="once") as cassette:
        record_pages(cassette, first, count)
    # As a script records it: it does not say which test has.
    path.write_text(re.sub(r"  recorded_by: .*\n(?:    tests/.*\n)?", "", path.read_text()))


@pytest.mark.parametrize(
    ("door", "mode", "how"),
    [*CASES[::21], *(mark_slow(*case) for case in CASES[7::21] + CASES[14::21])],
)
def test_the_old_cassette_stays_and_the_new_recording_lies_beside_it(
    pytester, run, door, mode, how
):
    if mode != "once":
        keep(pytester.path / "c.yaml")
    old = files_in(pytester.path)

    result = run(DOORS[door], how=how, mode=mode, first="10" if mode == "new_episodes" else "0")

    told = result.stdout.str() + result.stderr.str()
    assert what_is_wrong(old, files_in(pytester.path), how, door, mode, told) == ""


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("mode", mark_slow_but("once", "rewrite", of=MODES))
def test_a_run_that_passes_is_kept(pytester, run, door, mode):
    if mode != "once":
        keep(pytester.path / "c.yaml")

    result = run(DOORS[door], mode=mode)

    assert result.ret == 0
    assert list(files_in(pytester.path)) == ["c.yaml"]
    body = "<a/>" if mode == "new_episodes" else "<b/>"
    assert (pytester.path / "c.yaml").read_text().count(body) == 4


class TestSharedRewrite:
    """Tests that record one cassette anew in one run."""

    SOURCE = """
@pytest.mark.twreplay("c.yaml", record_mode=MODE, allow_unused=True)
@pytest.mark.parametrize("number", [0, 1, 2])
def test_it(twilio_cassette, number):
    half(twilio_cassette, number)
"""

    def pages(self, pytester):
        return (pytester.path / "c.yaml").read_text().count("uri:")

    @pytest.mark.parametrize(
        "arguments",
        [(), mark_slow(("-p", "xdist", "-n", "2"))],
        ids=["alone", "xdist"],
    )
    def test_keeps_what_each_recorded_and_drops_the_old(self, pytester, run, arguments):
        keep(pytester.path / "c.yaml", count=1, first=50)
        if not arguments:
            run(self.SOURCE, mode="rewrite").assert_outcomes(passed=3)
        else:
            run("", mode="rewrite")  # the environment
            pytester.makepyfile(test_it=HEAD + self.SOURCE)
            pytester.makeini(f"[pytest]\npythonpath = {__file__.rpartition('/plugin/')[0]}")
            result = run_inner(pytester, "-n", "2")
            result.assert_outcomes(passed=3)

        assert self.pages(pytester) == 6

    def test_keeps_the_old_if_one_did_not_pass(self, pytester, run):
        keep(pytester.path / "c.yaml", count=1, first=50)
        source = self.SOURCE + "    assert number != 1\n"

        run(source, mode="rewrite").assert_outcomes(passed=2, failed=1)

        assert self.pages(pytester) == 1 + 4

    def test_of_decorated_tests_keeps_each(self, pytester, run):
        source = """
@twreplay.use_cassette("c.yaml", record_mode=MODE)
class TestIt(unittest.TestCase):
    def test_a(self, twilio_cassette):
        half(twilio_cassette, 0)
    def test_b(self, twilio_cassette):
        half(twilio_cassette, 1)
"""
        run(source, mode="rewrite").assert_outcomes(passed=2)

        assert self.pages(pytester) == 4


class TestSharedOnce:
    """A cassette that several tests of one run make, of which one does not pass."""

    SOURCE = """
@pytest.mark.twreplay("c.yaml", record_mode=MODE, allow_unused=True)
@pytest.mark.parametrize("number", [0, 1, 2])
def test_it(twilio_cassette, number):
    if number == 1 and HOW == "first": pytest.fail("before it asks anything")
    half(twilio_cassette, number)
    if number == 1: stop("call")
    assert number != 1 or HOW != "last"
"""

    @pytest.mark.parametrize(
        ("how", "arguments", "kept"),
        [
            ("first", (), 4),
            mark_slow("last", (), 6),
            mark_slow("last", ("-x",), 4),
            mark_slow("first", ("-x",), 2),
            ("keyboard in call", (), 4),
            mark_slow("exit in call", (), 4),
            mark_slow("skip in call", (), 6),
        ],
        ids=lambda value: "".join(value) if isinstance(value, tuple) else str(value),
    )
    def test_lies_beside_and_the_next_run_records_it(self, pytester, run, how, arguments, kept):
        result = run(self.SOURCE, *arguments, how=how)

        assert list(files_in(pytester.path)) == ["c.failed.yaml"]
        assert files_in(pytester.path)["c.failed.yaml"].count("uri:") == kept
        told = result.stdout.str() + result.stderr.str()
        assert told.count("c.yaml was left as it was") == 1
        assert told.count("to see what was recorded, and keep or delete it: twreplay accept") == 1

        run(self.SOURCE).assert_outcomes(passed=3)

        assert list(files_in(pytester.path)) == ["c.yaml"]
        run(self.SOURCE, mode="none").assert_outcomes(passed=3)

    @pytest.mark.slow
    @pytest.mark.parametrize("how", ["last", "gone in call"])
    def test_under_xdist_makes_no_cassette_of_a_run_that_failed(self, pytester, run, how):
        run("", how=how)  # the environment
        pytester.makepyfile(test_it=HEAD + self.SOURCE)
        pytester.makeini(f"[pytest]\npythonpath = {__file__.rpartition('/plugin/')[0]}")

        run_inner(pytester, "-n", "2")

        assert "c.yaml" not in files_in(pytester.path)

    @pytest.mark.slow
    @pytest.mark.parametrize("flags", [(), ("-p", "xdist", "-n", "2")], ids=["alone", "xdist"])
    @pytest.mark.parametrize("mode", ["once", "rewrite"])
    def test_ctrl_c_reaches_the_whole_group_of_processes(self, pytester, run, mode, flags):
        if mode == "rewrite":
            keep(pytester.path / "c.yaml")
        old = files_in(pytester.path)
        run("", how="group in call", mode=mode)  # the environment
        pytester.makepyfile(test_it=HEAD + self.SOURCE)
        pytester.makeini(f"[pytest]\npythonpath = {__file__.rpartition('/plugin/')[0]}")
        command = [sys.executable, "-m", "pytest", "-q", *flags]

        # What a shell runs in the background ignores the signal, and so do its children.
        before = signal.signal(signal.SIGINT, signal.default_int_handler)
        try:
            done = subprocess.run(
                command, start_new_session=True, capture_output=True, text=True, check=False
            )
        finally:
            signal.signal(signal.SIGINT, before)

        assert done.returncode == pytest.ExitCode.INTERRUPTED
        left = files_in(pytester.path)
        pages = [set(re.findall("page=.*", files.get("c.yaml", ""))) for files in (old, left)]
        assert pages[0] <= pages[1] if old else "c.yaml" not in left
        assert "INTERNALERROR" not in done.stdout + done.stderr

    def test_of_a_test_that_fails_on_purpose_is_good(self, pytester, run):
        source = """
@pytest.mark.parametrize("number", [0, 1])
def test_it(number):
    with pytest.raises(ValueError if number else ZeroDivisionError):
        with twreplay.use_cassette("c.yaml", record_mode=MODE) as cassette:
            half(cassette, 0)
            if number: raise ValueError
        1 / 0
"""
        run(source).assert_outcomes(passed=2)

        assert "c.yaml" in files_in(pytester.path)


def test_what_is_in_the_cassette_already_is_not_said_to_lie_beside_it(pytester, run):
    keep(pytester.path / "c.yaml")
    before = files_in(pytester.path)

    result = run(DOORS["mark"], how="keyboard in call", mode="all", body="<a/>")

    assert files_in(pytester.path) == before
    assert "c.failed.yaml" not in result.stdout.str() + result.stderr.str()


def test_a_wide_session_counts_for_the_tests_that_did_not_run(pytester, run):
    keep(pytester.path / "c.yaml")
    source = """
@pytest.fixture(scope="session")
def shared():
    with twreplay.use_cassette("c.yaml", record_mode=MODE) as cassette:
        yield cassette
def test_a(shared): half(shared, 0)
def test_b(): assert False
def test_c(shared): half(shared, 1)
"""
    before = files_in(pytester.path)["c.yaml"]

    run(source, "-x", mode="rewrite")

    assert files_in(pytester.path)["c.yaml"] == before


def test_a_cassette_of_others_does_not_wait_for_a_test_that_failed(pytester, run):
    source = """
@pytest.mark.twreplay("c1.yaml", record_mode=MODE)
def test_a(twilio_cassette): half(twilio_cassette, 0)
def test_b(): assert False
"""
    run(source).assert_outcomes(passed=1, failed=1)

    assert (pytester.path / "c1.yaml").exists()


def test_a_session_opened_in_set_up_by_enter_context_knows_that_its_test_failed(pytester, run):
    keep(pytester.path / "c.yaml")
    source = """
class TestIt(unittest.TestCase):
    def setUp(self):
        context = twreplay.use_cassette("c.yaml", record_mode=MODE)
        self.cassette = self.enterContext(context)
    def test_a(self):
        half(self.cassette, 0)
        self.fail()
"""
    before = files_in(pytester.path)["c.yaml"]

    run(source, mode="rewrite").assert_outcomes(failed=1)

    assert files_in(pytester.path)["c.yaml"] == before


def test_a_frozen_clock_does_not_keep_tests_from_sharing(pytester, run):
    source = """
import twreplay._sessions.saving
@pytest.fixture(scope="module", autouse=True)
def frozen():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(twreplay._sessions.saving, "_format_now", lambda: "2020-01-01T00:00:00Z")
        yield
@pytest.mark.twreplay("c.yaml", record_mode=MODE, allow_unused=True)
@pytest.mark.parametrize("number", [0, 1])
def test_it(twilio_cassette, number):
    half(twilio_cassette, number)
"""
    run(source).assert_outcomes(passed=2)


@pytest.mark.parametrize("option", ["--setup-only", "--setup-plan", "--collect-only"])
def test_options_that_run_no_test_complain_of_nothing(pytester, run, option):
    keep(pytester.path / "c.yaml")
    before = files_in(pytester.path)
    source = DOORS["mark"].replace(", allow_unused=True", "") + DOORS["module"]

    result = run(source, option, mode="none")

    assert result.ret in (0, pytest.ExitCode.NO_TESTS_COLLECTED)
    assert files_in(pytester.path) == before


def test_remedies_work_from_the_folder_in_which_pytest_was_called(pytester, run, monkeypatch):
    pytester.makeini("[pytest]")
    folder = pytester.mkdir("sub")
    (folder / "test_it.py").write_text("def test_a(twilio_cassette): pass")
    monkeypatch.chdir(folder)

    result = run_inner(pytester)

    result.stdout.fnmatch_lines(["*pytest test_it.py::test_a --twreplay-record=once*"])


@pytest.mark.parametrize("how", ["keyboard", "exit", "quit"])
@pytest.mark.parametrize("door", ["mark", "module", "unittest", "class"])
def test_a_replay_that_is_stopped_does_not_tell_what_was_unused(pytester, run, door, how):
    keep(pytester.path / "c.yaml", count=6)
    source = DOORS[door].replace(", allow_unused=True", "")

    result = run(source, how=f"{how} in call", mode="none")

    assert "UnusedInteractions" not in result.stdout.str() + result.stderr.str()


@pytest.mark.parametrize("scope", ["function", "module"])
def test_a_simulation_that_is_stopped_does_not_tell_which_rules_were_unused(pytester, run, scope):
    source = f"""
@pytest.fixture(scope="{scope}")
def office():
    with twreplay.simulate() as twilio:
        twilio.when("GET", "/Calls").fail(500)
        yield twilio
def test_a(office): stop("call")
"""
    result = run(source, how="keyboard in call")
    assert "UnusedRules" not in result.stdout.str() + result.stderr.str()

    run(source).assert_outcomes(passed=1, errors=1)


def test_a_fixture_of_a_module_may_ask_where_cassettes_lie(pytester, run):
    source = """
@pytest.fixture(scope="module")
def twreplay_cassette_dir(twreplay_cassette_dir):
    return twreplay_cassette_dir / "more"
@pytest.fixture(scope="module")
def shared(twreplay_cassette_dir):
    with twreplay.use_cassette(twreplay_cassette_dir / "c.yaml", record_mode=MODE) as cassette:
        yield cassette
def test_a(shared): half(shared, 0)
"""
    run(source).assert_outcomes(passed=1)

    assert (pytester.path / "cassettes" / "test_it" / "more" / "c.yaml").exists()


SUBTESTS = {
    "subtests": """
@pytest.mark.twreplay("c.yaml", record_mode=MODE, allow_unused=True)
def test_it(twilio_cassette, subtests):
    half(twilio_cassette, 0)
    with subtests.test("one"):
        assert HOW != "fails"
        half(twilio_cassette, 1)
""",
    "unittest": """
class TestIt(unittest.TestCase):
    @twreplay.use_cassette("c.yaml", record_mode=MODE, allow_unused=True)
    def test_it(self, twilio_cassette):
        half(twilio_cassette, 0)
        with self.subTest("one"):
            assert HOW != "fails"
            half(twilio_cassette, 1)
""",
    "another plugin": """
@pytest.mark.twreplay("c.yaml", record_mode=MODE, allow_unused=True)
def test_it(twilio_cassette):
    half(twilio_cassette, 0)
    if HOW != "fails": half(twilio_cassette, 1)
""",
}
# As plugins of assertions that do not end the test.
TURNS_PASSED_INTO_FAILED = """
import os, pytest

@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_makereport(item, call):
    report = yield
    if call.when == "call" and os.environ["HOW"] == "fails":
        report.outcome, report.longrepr = "failed", "one of the checks"
    return report
"""


@pytest.mark.parametrize("kind", SUBTESTS)
def test_a_part_of_a_test_that_fails_leaves_the_cassette_as_it_was(pytester, run, kind):
    if kind == "subtests" and pytest.version_tuple < (9,):
        pytest.skip("the fixture subtests is new in pytest 9")
    if kind == "another plugin":
        pytester.makeconftest(TURNS_PASSED_INTO_FAILED)
    assert run(SUBTESTS[kind]).ret == 0
    good = files_in(pytester.path)["c.yaml"]

    result = run(SUBTESTS[kind], how="fails", mode="rewrite", body="<a/>")

    assert result.ret == 1
    assert files_in(pytester.path)["c.yaml"] == good
    assert (pytester.path / "c.failed.yaml").exists()


@pytest.mark.parametrize("scope", ["module", "class"])
def test_a_shared_fixture_with_parameters_keeps_the_cassette_of_each(pytester, run, scope):
    source = f"""
@pytest.fixture(scope="{scope}", params=[0, 1, 2])
def tape(request):
    with twreplay.use_cassette(f"c{{request.param}}.yaml", record_mode=MODE) as cassette:
        yield cassette

class TestIt:
    def test_one(self, tape): half(tape, 0)
    def test_two(self, tape): half(tape, 1)
"""
    run(source).assert_outcomes(passed=6)

    assert sorted(files_in(pytester.path)) == ["c0.yaml", "c1.yaml", "c2.yaml"]


def test_nested_classes_of_one_name_have_cassettes_of_their_own(pytester, run, monkeypatch):
    source = """
class TestOne:
    class TestList:
        @pytest.mark.twreplay(record_mode=MODE)
        def test_it(self, twilio_cassette): half(twilio_cassette, 0)

class TestTwo:
    class TestList:
        @pytest.mark.twreplay(record_mode=MODE)
        def test_it(self, twilio_cassette): half(twilio_cassette, 1)
"""
    run(source).assert_outcomes(passed=2)

    assert sorted(path.name for path in pytester.path.glob("*.yaml")) == [
        "TestOne.TestList.test_it.yaml",
        "TestTwo.TestList.test_it.yaml",
    ]


def test_a_cassette_of_a_nested_class_with_an_old_name_is_found(pytester, run):
    keep(pytester.path / "TestList.test_it.yaml", 2)
    source = """
class TestOne:
    class TestList:
        @pytest.mark.twreplay
        def test_it(self, twilio_cassette): half(twilio_cassette, 0)
"""
    run(source).assert_outcomes(passed=1)


class TestMarkedWithOthers:
    """A test that has a cassette because its module is marked, and sends nothing, needs none."""

    SOURCE = """
pytestmark = pytest.mark.twreplay(record_mode=MODE)

def test_sends(request):
    half(request.getfixturevalue("twilio_cassette"), 0)

def test_sends_nothing():
    pass
"""

    def test_that_sends_nothing_records_nothing_and_is_replayed(self, pytester, run):
        run(self.SOURCE).assert_outcomes(passed=2)
        assert [path.name for path in pytester.path.glob("*.yaml")] == ["test_sends.yaml"]

        run(self.SOURCE, mode="none").assert_outcomes(passed=2)

    def test_that_sends_is_told_that_there_is_no_cassette_also_if_it_catches_the_error(
        self, pytester, run
    ):
        source = """
pytestmark = pytest.mark.twreplay(record_mode=MODE)
import requests

def ask():
    requests.get("https://api.twilio.com/2008-08-01/Accounts", timeout=5)

def test_sends():
    ask()

def test_catches():
    try: ask()
    except Exception: pass
"""
        result = run(source, mode="none")

        result.assert_outcomes(failed=1, passed=1, errors=1)
        result.stdout.fnmatch_lines(["*CassetteNotFound: there is no cassette*test_sends.yaml*"])
        result.stdout.fnmatch_lines(["*CassetteNotFound: there is no cassette*test_catches.yaml*"])

    def test_that_is_marked_itself_needs_its_cassette(self, run):
        source = "@pytest.mark.twreplay\ndef test_it(): pass\n"

        run(source, mode="none").assert_outcomes(errors=1)
