"""How old a cassette may be, and what happens to one that is older."""

from __future__ import annotations

import re
import warnings
from datetime import UTC, datetime, timedelta

import pytest
from conftest import SMS_AND_CALLS
from recorder import BASE, record_pages

import twreplay
from twreplay import errors
from twreplay._cassette import Recording, load, max_age_of, recorded_on
from twreplay._http import Headers, Interaction, Request, Response

LONG_AGO = "2009-05-01T10:00:00Z"


@pytest.fixture
def path(tmp_path):
    """A cassette of two pages that was recorded long ago."""
    path = tmp_path / "calls.yaml"
    with twreplay.use_cassette(path, record_mode="once") as cassette:
        record_pages(cassette, 0, 2)
    text = path.read_text()
    path.write_text(re.sub(r"recorded_at: .*", f"recorded_at: '{LONG_AGO}'", text))
    return path


def play(path, *, first=0, count=2, body=b"<a/>", **options):
    with twreplay.use_cassette(path, **options) as cassette:
        record_pages(cassette, first, count, body)


class TestMaxAge:
    @pytest.mark.parametrize(
        ("given", "meant"),
        [
            ("2w", timedelta(weeks=2)),
            ("30d", timedelta(days=30)),
            (" 12 h ", timedelta(hours=12)),
            ("90m", timedelta(minutes=90)),
            ("1s", timedelta(seconds=1)),
            (timedelta(days=1), timedelta(days=1)),
            (None, None),
        ],
    )
    def test_is_a_time(self, given, meant):
        assert max_age_of(given) == meant

    @pytest.mark.parametrize(
        "given", ["", "30", "d", "-1d", "0d", "1.5d", "30 fortnights", 30, timedelta(), True, b"1d"]
    )
    def test_anything_else_is_refused(self, given, path):
        with pytest.raises(errors.UsageError, match="max_age is a time"):
            twreplay.use_cassette(path, max_age=given)

    def test_a_wrong_on_expiry_is_refused(self, path):
        with pytest.raises(errors.UsageError, match="did you mean 'warn'"):
            twreplay.use_cassette(path, on_expiry="war")


class TestExpired:
    def test_without_max_age_nothing_expires(self, path):
        play(path)

    def test_warns_at_the_line_that_opens_it(self, path):
        with pytest.warns(errors.CassetteExpired, match="was recorded .* days ago") as caught:
            play(path, max_age="30d")

        assert caught[0].filename == __file__

    def test_is_replayed_when_it_warns(self, path):
        with pytest.warns(errors.CassetteExpired), twreplay.use_cassette(path, max_age="1d") as old:
            record_pages(old, 0, 2)

        assert old.play_count == 2

    @pytest.mark.parametrize("mode", ["none", "once", "new_episodes"])
    def test_can_fail(self, mode, path):
        with pytest.raises(errors.CassetteExpired) as caught:
            play(path, record_mode=mode, max_age="30d", on_expiry="fail")

        assert caught.value.path == path
        assert isinstance(caught.value, errors.CassetteError)

    def test_young_enough_is_let_be(self, path):
        play(path, max_age=datetime.now(UTC) - datetime(2009, 1, 1, tzinfo=UTC), on_expiry="fail")

    @pytest.mark.parametrize("mode", ["all", "rewrite"])
    def test_what_is_recorded_again_anyway_is_not_told(self, mode, path):
        play(path, record_mode=mode, max_age="1d", on_expiry="fail")


RENEWED = {"max_age": "30d", "on_expiry": "record"}


class TestRecordedAgain:
    def test_takes_the_place_of_the_old(self, path):
        play(path, body=b"<new/>", **RENEWED)

        recording = load(path)
        assert [i.response.body for i in recording.interactions] == [b"<new/>"] * 2
        assert recording.recorded_at > "2026"

    def test_has_a_new_date_though_nothing_else_is_new(self, path):
        before = path.read_text()

        play(path, **RENEWED)

        after = path.read_text()
        assert before != after
        assert before.replace(LONG_AGO, load(path).recorded_at) == after

    def test_the_next_run_replays(self, path):
        play(path, **RENEWED)

        with twreplay.use_cassette(path, **RENEWED) as cassette:
            record_pages(cassette, 0, 2)

        assert cassette.play_count == 2

    def test_the_old_one_stays_if_the_block_fails(self, path):
        before = path.read_bytes()

        with pytest.raises(KeyError), twreplay.use_cassette(path, **RENEWED) as cassette:
            record_pages(cassette, 0, 1, b"<new/>")
            raise KeyError

        assert path.read_bytes() == before
        assert path.with_name("calls.failed.yaml").exists()

    def test_the_old_one_stays_if_a_response_breaks_off(self, path):
        before = path.read_bytes()

        with (
            pytest.raises(errors.RecordingInterrupted),
            twreplay.use_cassette(path, **RENEWED) as cassette,
        ):
            record_pages(cassette, 0, 1, b"<new/>")
            cassette.interrupted(Request("GET", f"{BASE}/Calls"), "12 of 99 bytes arrived")

        assert path.read_bytes() == before

    def test_what_others_play_stays_on_a_cassette_that_is_played_in_parts(self, path):
        play(path, count=1, body=b"<new/>", allow_unused=True, **RENEWED)

        recording = load(path)
        assert [i.response.body for i in recording.interactions] == [b"<new/>", b"<a/>"]
        assert recording.recorded_at == LONG_AGO, "as old as the oldest part of it"


class TestDate:
    """The date of a file is that of the oldest recording in it."""

    def test_stays_when_something_is_added(self, path):
        play(path, count=3, record_mode="new_episodes")

        assert load(path).recorded_at == LONG_AGO

    def test_stays_when_a_part_is_recorded_again(self, path):
        play(path, count=1, body=b"<new/>", record_mode="all")

        assert load(path).recorded_at == LONG_AGO

    @pytest.mark.parametrize("mode", ["all", "rewrite"])
    def test_is_new_when_all_of_it_is(self, mode, path):
        play(path, body=b"<new/>", record_mode=mode)

        assert load(path).recorded_at > "2026"

    def test_without_one_it_is_that_of_the_oldest_answer(self):
        def answered(date):
            headers = Headers([("Date", date)])
            return Interaction(Request("GET", f"{BASE}/Calls"), Response(200, headers, b"", "OK"))

        dates = ["Fri, 01 May 2009 10:00:00 GMT", "Wed, 01 Apr 2009 10:00:00 GMT", "yesterday", ""]
        recording = Recording(interactions=tuple(map(answered, dates)), foreign=True)

        assert recorded_on(recording) == datetime(2009, 4, 1, 10, tzinfo=UTC)

    @pytest.mark.parametrize(
        "recording",
        [
            Recording(),
            Recording(recorded_at="yesterday"),
            Recording(recorded_at=LONG_AGO, origin="documentation"),
            Recording(recorded_at=LONG_AGO, origin="simulated"),
        ],
    )
    def test_what_has_none_never_expires(self, recording):
        assert recorded_on(recording) is None

    def test_what_was_copied_from_the_documentation_never_expires(self, path):
        path.write_text(SMS_AND_CALLS)

        with warnings.catch_warnings():
            warnings.simplefilter("error")
            play(path, count=0, allow_unused=True, max_age="1s", on_expiry="fail")

    @pytest.mark.parametrize("text", ["2009-05-01", "2009-05-01T10:00:00+02:00"])
    def test_may_be_written_otherwise(self, text):
        date = recorded_on(Recording(recorded_at=text))

        assert date is not None
        assert (date.year, date.month, date.day) == (2009, 5, 1)


SOURCE = (
    "import pytest, recorder\n"
    "@pytest.mark.twreplay('calls.yaml'{keywords})\n"
    "def test_a(twilio_cassette): recorder.record_pages(twilio_cassette, 0, 2)\n"
    "@pytest.fixture\n"
    "def twreplay_cassette_dir(request): return request.path.parent\n"
)


class TestPlugin:
    @pytest.fixture
    def run(self, path, pytester):
        (pytester.path / "calls.yaml").write_text(path.read_text())

        def run(*arguments, keywords="", ini=""):
            pytester.makepyfile(SOURCE.replace("{keywords}", keywords))
            here = str(__import__("recorder").__file__).rpartition("/")[0]
            pytester.makeini(f"[pytest]\npythonpath = {here}\n{ini}\n")
            plugins = ("-p", "no:recording", "-p", "no:cassetter", "-p", "no:xdist")
            return pytester.runpytest_subprocess(*plugins, *arguments)

        return run

    def test_flag_warns(self, run):
        result = run("--twreplay-max-age=30d")

        result.assert_outcomes(passed=1, warnings=1)
        result.stdout.fnmatch_lines(["*CassetteExpired: calls.yaml was recorded * days ago*"])

    def test_flag_fails(self, run):
        result = run("--twreplay-max-age=30d", "--twreplay-on-expiry=fail")

        result.assert_outcomes(errors=1)
        result.stdout.fnmatch_lines(["*pytest *::test_a --twreplay-record=rewrite*"])

    def test_ini_fails(self, run):
        result = run(ini="twreplay_max_age = 30d\ntwreplay_on_expiry = fail")

        result.assert_outcomes(errors=1)

    def test_flag_records(self, run):
        flags = ("--twreplay-max-age=30d", "--twreplay-on-expiry=record", "-Werror")

        run(*flags).assert_outcomes(passed=1)
        run("--twreplay-max-age=30d", "-Werror").assert_outcomes(passed=1)

    def test_mark_beats_ini_and_flag_beats_mark(self, run):
        ini = "twreplay_max_age = 30d\ntwreplay_on_expiry = fail"

        run(ini=ini, keywords=", max_age=None").assert_outcomes(passed=1)
        result = run("--twreplay-max-age=1d", ini=ini, keywords=", max_age=None")
        result.assert_outcomes(errors=1)

    @pytest.mark.parametrize("value", ["30", "soon"])
    def test_a_wrong_age_is_refused(self, run, value):
        result = run(f"--twreplay-max-age={value}")

        result.assert_outcomes(errors=1)
        result.stdout.fnmatch_lines([f"*max_age is a time, not '{value}'*"])

    def test_a_wrong_ini_value_is_refused(self, run):
        result = run(ini="twreplay_on_expiry = never")

        result.stderr.fnmatch_lines(["*twreplay_on_expiry has no value 'never'*"])
