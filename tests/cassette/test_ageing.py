from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

import twreplay
from twreplay import Interaction, Request, Response, errors
from twreplay._cassette import Recording, build_code_hints, compute_age, load, parse_age, save
from twreplay._cassette.age import format_age
from twreplay._sessions import cassette as cassette_session
from twreplay._sessions import saving
from twreplay._sessions.cassette import CassetteSession, CassetteSettings

HOST = "api.twilio.com"
URL = "https://api.twilio.com/2008-08-01/Accounts/AC1/Calls"
NOW = "2026-11-23T12:00:00Z"


def interaction(name):
    return Interaction(Request("POST", URL, {}, f"Called={name}"), Response(200, {}, "<x/>"))


@pytest.fixture(autouse=True)
def now(monkeypatch):
    class Clock(datetime):
        @classmethod
        def now(cls, tz=None):
            return datetime.fromisoformat(NOW)

    monkeypatch.setattr(cassette_session, "datetime", Clock)
    monkeypatch.setattr(saving, "datetime", Clock)


@pytest.fixture
def path(tmp_path):
    """A cassette with one recording, 41 days old."""
    path = tmp_path / "old.yaml"
    write(path, "2026-10-13T12:00:00Z")
    return path


def write(path, recorded_at):
    recording = Recording(interactions=(interaction("a"),), recorded_at=recorded_at, host=HOST)
    save(path, recording, lambda text: None)


def session(path, *recorded, **options):
    opened = CassetteSession(path, CassetteSettings.from_options(options), build_code_hints(path))
    opened.open()
    for name in recorded:
        made = interaction(name)
        opened.handler.record(made.request, made.response)
    opened.close()
    return load(path)


class TestMaxAge:
    def test_warns(self, path):
        with pytest.warns(errors.ExpiredCassette, match="41 days ago, and may be 30 days old"):
            session(path, max_age="30d", allow_unused=True)

    def test_the_warning_names_the_line_of_the_test(self, path):
        with pytest.warns(errors.ExpiredCassette) as caught:
            with twreplay.use_cassette(path, max_age="30d", allow_unused=True):
                pass

        assert caught[0].filename == __file__

    def test_fails(self, path):
        with pytest.raises(errors.CassetteExpired) as caught:
            session(path, max_age="40d", on_expiry="fail")

        assert caught.value.path == path

    def test_records(self, path):
        recording = session(path, "b", max_age="40d", on_expiry="record")

        assert [i.request.form for i in recording.interactions] == [(("Called", "b"),)]
        assert recording.recorded_at == NOW

    def test_recording_the_same_again_makes_it_young(self, path):
        before = path.read_text()
        session(path, "a", max_age="40d", on_expiry="record")

        assert path.read_text() == before.replace("2026-10-13T12:00:00Z", NOW)

    def test_a_block_that_fails_leaves_the_old_one(self, path):
        before = path.read_text()
        with pytest.raises(ZeroDivisionError):
            with twreplay.use_cassette(path, max_age="1h", on_expiry="record"):
                1 / 0  # noqa: B018

        assert path.read_text() == before

    @pytest.mark.parametrize("max_age", ["41d", "6w", timedelta(days=41), None])
    def test_young_enough(self, path, max_age):
        session(path, max_age=max_age, on_expiry="fail", allow_unused=True)

    def test_recording_anyway_is_no_reason_to_complain(self, path):
        session(path, "a", max_age="1d", on_expiry="fail", record_mode="all")

        assert load(path).recorded_at == NOW

    @pytest.mark.parametrize("recorded_at", ["", "yesterday"])
    def test_without_a_date_nothing_expires(self, path, recorded_at):
        write(path, recorded_at)

        session(path, max_age="1h", on_expiry="fail", allow_unused=True)


class TestRecordedAt:
    def test_is_that_of_the_oldest_recording(self, path):
        recording = session(path, "b", record_mode="new_episodes")

        assert len(recording.interactions) == 2
        assert recording.recorded_at == "2026-10-13T12:00:00Z"

    def test_is_now_if_all_was_recorded_again(self, path):
        recording = session(path, "a", "b", record_mode="all")

        assert recording.recorded_at == NOW

    def test_is_kept_if_some_was_not(self, path):
        session(path, "b", record_mode="new_episodes")
        recording = session(path, "b", "c", record_mode="all")

        assert recording.recorded_at == "2026-10-13T12:00:00Z"


@pytest.mark.parametrize(
    ("given", "means"),
    [
        ("12h", timedelta(hours=12)),
        (" 30 d ", timedelta(days=30)),
        ("8w", timedelta(weeks=8)),
        (timedelta(minutes=5), timedelta(minutes=5)),
    ],
)
def test_ages(given, means):
    assert parse_age(given) == means


@pytest.mark.parametrize("given", ["", "0d", "30", "30y", "-1d", 30, timedelta(), timedelta(-1)])
def test_what_is_no_age_is_refused(given):
    with pytest.raises(errors.UsageError, match="max_age is a time"):
        CassetteSettings.from_options({"max_age": given})


def test_a_date_without_a_zone_is_utc():
    assert compute_age(datetime(2026, 1, 2, tzinfo=UTC), "2026-01-01T12:00:00") == timedelta(
        hours=12
    )


@pytest.mark.parametrize(
    ("age", "words"),
    [
        (timedelta(minutes=59), "0 hours"),
        (timedelta(hours=1), "1 hour"),
        (timedelta(hours=47), "47 hours"),
        (timedelta(days=400), "400 days"),
    ],
)
def test_words(age, words):
    assert format_age(age) == words
