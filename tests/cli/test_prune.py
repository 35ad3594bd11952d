"""What a green run left unused goes, and nothing else."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from cassette_files import read
from click.testing import CliRunner
from command_line import main
from conftest import SMS_AND_CALLS
from extent import mark_slow
from inner_runs import run_inner

HERE = str(Path(__file__).parents[1])

LISTS_CALLS = """
import pytest, recorder
from recorder import BASE, handler_of
import twreplay
@pytest.mark.twreplay("both.yaml")
def test_lists_calls(twilio_cassette):
    request = twreplay.Request("GET", f"{BASE}/Calls?page=0&num=2", AUTH)
    assert handler_of(twilio_cassette).answer(request, str)
""".replace(
    "AUTH",
    "{'Authorization': 'Basic AC0123456789abcdef0123456789abcdef:REDACTED'}",
)


@pytest.fixture
def project(pytester):
    """A project of one test, which plays the second of two interactions."""
    folder = pytester.path / "cassettes" / "test_it"
    folder.mkdir(parents=True)
    (folder / "both.yaml").write_text(SMS_AND_CALLS)
    pytester.makepyfile(test_it=LISTS_CALLS)
    pytester.makeini(f"[pytest]\npythonpath = {HERE}\n")
    return pytester


@pytest.fixture
def run(project):
    def run(*arguments, unused="ignore"):
        return run_inner(project, f"--twreplay-unused={unused}", *arguments)

    return run


@pytest.fixture
def prune():
    def prune(*arguments):
        result = CliRunner().invoke(main, ["prune", *arguments])
        assert result.exception is None or isinstance(result.exception, SystemExit)
        return result

    return prune


@pytest.fixture
def both(project):
    return project.path / "cassettes" / "test_it" / "both.yaml"


@pytest.mark.parametrize("arguments", [(), mark_slow(("-n", "1")), (".",)])
def test_what_nobody_asked_for_is_removed(arguments, run, prune, both):
    run(*arguments).assert_outcomes(passed=1)

    result = prune()

    assert (result.exit_code, result.stderr) == (0, "")
    assert "both.yaml: 1 unused, removed" in result.stdout
    assert [i.request.method for i in read(both).interactions] == ["GET"]
    run(unused="fail").assert_outcomes(passed=1)
    assert prune("--dry-run").exit_code == 0


def test_a_dry_run_shows_it_and_removes_nothing(run, prune, both):
    run()

    result = prune("--dry-run")

    assert result.exit_code == 1
    assert "POST https://api.twilio.com/2008-08-01/" in result.stdout
    assert "1 cassettes, 1 interactions would be removed" in result.stdout
    assert both.read_text() == SMS_AND_CALLS


def test_json_tells_what_is_unused_and_what_was_removed(run, prune):
    run()

    (told,) = json.loads(prune("--json", "--dry-run").stdout)["cassettes"]

    assert told["path"] == "cassettes/test_it/both.yaml"
    assert (len(told["unused"]), told["orphan"], told["removed"]) == (1, False, False)


OTHER = "\ndef test_other(): {}\n"


@pytest.mark.parametrize(
    ("source", "arguments", "reason"),
    [
        (OTHER.format("assert False"), (), "it did not pass"),
        (OTHER.format("assert False"), ("-x",), "it did not pass"),
        (OTHER.format("pytest.skip()"), (), "tests were skipped"),
        (OTHER.format("pytest.xfail()"), (), "tests were expected to fail"),
        (OTHER.format("pass"), ("-k", "lists"), "tests were deselected"),
        mark_slow(OTHER.format("pass"), ("-k", "lists", "-n", "1"), "tests were deselected"),
        ("", ("-k", "lists"), "(keyword)"),
        ("", ("test_it.py",), "(test_it.py)"),
        ("", ("test_it.py::test_lists_calls",), "(test_it.py::test_lists_calls)"),
        ("", ("--ignore=other",), "(ignore)"),
    ],
)
def test_a_run_that_says_nothing_of_the_rest_is_refused(
    source, arguments, reason, project, run, prune, both
):
    project.makepyfile(test_it=LISTS_CALLS + source)
    run(*arguments)

    result = prune()

    assert result.exit_code == 2
    assert reason in result.stderr
    assert both.read_text() == SMS_AND_CALLS


def test_a_reason_may_be_accepted(project, run, prune):
    project.makepyfile(test_it=LISTS_CALLS + OTHER.format("pytest.skip()"))
    run()

    assert prune("--despite=tests were skipped").exit_code == 0


def test_without_a_run_it_is_refused(project, prune):
    result = prune()

    assert result.exit_code == 2
    assert "no run of pytest has noted what it played" in result.stderr


def test_a_note_that_cannot_be_read_is_refused(project, run, prune):
    run()
    (project.path / ".pytest_cache/v/twreplay/plays").write_text("{")

    assert "cannot be read" in prune().stderr


def test_a_cassette_that_was_changed_since_is_left(run, prune, both):
    run()
    both.write_text(SMS_AND_CALLS + "# changed\n")

    result = prune()

    assert result.exit_code == 1
    assert "was changed since that run" in result.stderr
    assert both.read_text().endswith("# changed\n")


def test_a_cassette_that_was_recorded_in_the_run_is_left(project, run, prune, both):
    source = LISTS_CALLS + "    recorder.record_pages(twilio_cassette, 7, 1)\n"
    project.makepyfile(test_it=source)
    run("--twreplay-record=new_episodes")

    assert "was recorded in that run" in prune().stderr
    assert len(read(both).interactions) == 3


@pytest.mark.slow
def test_what_another_test_plays_stays(project, run, prune, both):
    other = LISTS_CALLS.replace("lists_calls", "sends").replace("GET", "POST")
    other = other.replace("/Calls?page=0&num=2", "/SMS/Messages").replace(
        "REDACTED'}", "REDACTED'}, b'From=4158675309&To=4155551212&Body=Hi+Jenny%21'"
    )
    project.makepyfile(test_it=LISTS_CALLS + other)
    run("-n", "2").assert_outcomes(passed=2)

    assert prune().exit_code == 0
    assert both.read_text() == SMS_AND_CALLS


def test_a_cassette_of_another_tool_stays_one(run, prune, both):
    start, end = SMS_AND_CALLS.index("twreplay:"), SMS_AND_CALLS.index("interactions:")
    both.write_text(SMS_AND_CALLS[:start] + SMS_AND_CALLS[end:])
    run()

    prune()

    assert len(read(both).interactions) == 1
    assert "twreplay:" not in both.read_text()


class TestOrphans:
    @pytest.fixture
    def orphan(self, project):
        orphan = project.path / "cassettes" / "test_gone" / "test_gone.yaml"
        orphan.parent.mkdir()
        orphan.write_text(SMS_AND_CALLS)
        return orphan

    def test_are_listed(self, orphan, run, prune):
        run()

        assert "test_gone.yaml: no test opened it, kept" in prune().stdout
        assert orphan.exists()

    def test_are_removed_if_asked_for(self, orphan, run, prune):
        run()

        assert prune("--orphans").exit_code == 0
        assert not orphan.exists()

    def test_are_shown_by_a_dry_run(self, orphan, run, prune, both):
        run()

        assert prune("--orphans", "--dry-run", str(orphan)).exit_code == 1
        assert orphan.exists()

    def test_are_no_files_of_another_kind(self, orphan, run, prune):
        orphan.write_text("a: 1\n")
        run()

        assert prune("--orphans").exit_code == 1
        assert orphan.exists()

    def test_outside_of_what_was_run_are_let_be(self, orphan, project, run, prune):
        (project.path / "tests").mkdir()
        (project.path / "test_it.py").rename(project.path / "tests/test_it.py")
        (project.path / "cassettes/test_it").rename(project.path / "tests/cassettes")
        folder = project.path / "tests/cassettes/test_it"
        folder.mkdir()
        (folder.parent / "both.yaml").rename(folder / "both.yaml")
        run("tests").assert_outcomes(passed=1)

        assert prune("--orphans").exit_code == 0
        assert orphan.exists()
        assert len(read(folder / "both.yaml").interactions) == 1


def test_a_run_without_cassettes_notes_nothing(project, run):
    project.makepyfile(test_it="def test_a(): pass")

    run()

    assert not (project.path / ".pytest_cache/v/twreplay").exists()


def test_a_shared_cassette_is_no_orphan_and_keeps_what_any_test_asked_of_it(
    project, run, prune, both
):
    shares = LISTS_CALLS.replace('"both.yaml"', 'shared="both.yaml"')
    project.makepyfile(test_it=shares)
    run().assert_outcomes(passed=1)

    result = prune()

    assert (result.exit_code, result.stderr) == (0, "")
    assert "both.yaml: 1 unused, removed" in result.stdout
    assert "no test opened it" not in result.stdout
    assert [i.request.method for i in read(both).interactions] == ["GET"]
    run(unused="fail").assert_outcomes(passed=1)
