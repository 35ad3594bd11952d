"""What a cassette's age means for a session, and which age it has."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

import pytest
from cassette_files import read, write
from recorder import handler_of

import twreplay
from twreplay import Interaction, Request, Response, errors

URL = "https://api.twilio.com/2008-08-01/Accounts/AC1/Calls"
AGE = timedelta(days=41)


def interaction(name):
    return Interaction(Request("POST", URL, {}, f"Called={name}"), Response(200, {}, "<x/>"))


def format_time(ago):
    """Return how a cassette says when it was recorded."""
    return (datetime.now(UTC) - ago).strftime("%Y-%m-%dT%H:%M:%SZ")


def is_now(recorded_at):
    """Return whether *recorded_at* is a time of this test, as far as a whole second tells."""
    age = datetime.now(UTC) - datetime.fromisoformat(recorded_at)
    return timedelta() <= age < timedelta(minutes=2)


@pytest.fixture
def old():
    return format_time(AGE)


@pytest.fixture
def path(tmp_path, old):
    """A cassette with one recording, 41 days old."""
    return record_long_ago(tmp_path / "old.yaml", old)


def record_long_ago(path, recorded_at):
    return write(path, interaction("a"), recorded_at=recorded_at, host="api.twilio.com")


def session(path, *recorded, **options):
    with twreplay.use_cassette(path, **options) as cassette:
        for name in recorded:
            made = interaction(name)
            handler_of(cassette).record(made.request, made.response)
    return read(path)


class TestMaxAge:
    def test_one_that_is_older_is_warned_of(self, path):
        with pytest.warns(errors.ExpiredCassette, match="41 days ago, and may be 30 days old"):
            session(path, max_age="30d", allow_unused=True)

    def test_the_warning_names_the_line_of_the_test(self, path):
        with pytest.warns(errors.ExpiredCassette) as caught:
            with twreplay.use_cassette(path, max_age="30d", allow_unused=True):
                pass

        assert caught[0].filename == __file__

    def test_one_that_is_older_is_refused_where_that_is_asked_for(self, path):
        with pytest.raises(errors.CassetteExpired) as caught:
            session(path, max_age="40d", on_expiry="fail")

        assert caught.value.path == path

    def test_one_that_is_older_is_recorded_again_where_that_is_asked_for(self, path):
        recording = session(path, "b", max_age="40d", on_expiry="record")

        assert [i.request.form for i in recording.interactions] == [(("Called", "b"),)]
        assert is_now(recording.recorded_at)

    def test_recording_the_same_again_makes_it_young(self, path, old):
        session(path, "a", record_mode="all")  # as it is written when it is not by hand
        before = path.read_text().replace(read(path).recorded_at, old)
        path.write_text(before)

        recording = session(path, "a", max_age="40d", on_expiry="record")

        assert is_now(recording.recorded_at)
        assert path.read_text() == before.replace(old, recording.recorded_at)

    def test_a_block_that_fails_leaves_the_old_one(self, path):
        before = path.read_text()
        with pytest.raises(ZeroDivisionError):
            with twreplay.use_cassette(path, max_age="1h", on_expiry="record"):
                1 / 0  # noqa: B018

        assert path.read_text() == before

    @pytest.mark.parametrize("max_age", ["42d", "6w", timedelta(days=42), None])
    def test_one_that_is_young_enough_is_replayed(self, path, max_age):
        session(path, max_age=max_age, on_expiry="fail", allow_unused=True)

    def test_recording_anyway_is_no_reason_to_complain(self, path):
        recording = session(path, "a", max_age="1d", on_expiry="fail", record_mode="all")

        assert is_now(recording.recorded_at)

    @pytest.mark.parametrize("recorded_at", ["", "yesterday"])
    def test_without_a_date_nothing_expires(self, path, recorded_at):
        record_long_ago(path, recorded_at)

        session(path, max_age="1h", on_expiry="fail", allow_unused=True)


class TestRecordedAt:
    def test_is_that_of_the_oldest_recording(self, path, old):
        recording = session(path, "b", record_mode="new_episodes")

        assert len(recording.interactions) == 2
        assert recording.recorded_at == old

    def test_is_now_if_all_was_recorded_again(self, path):
        recording = session(path, "a", "b", record_mode="all")

        assert is_now(recording.recorded_at)

    def test_is_kept_if_some_was_not(self, path, old):
        session(path, "b", record_mode="new_episodes")
        recording = session(path, "b", "c", record_mode="all")

        assert recording.recorded_at == old


def is_expired(path, ago, max_age):
    record_long_ago(path, ago if isinstance(ago, str) else format_time(ago))
    try:
        session(path, max_age=max_age, on_expiry="fail", allow_unused=True)
    except errors.CassetteExpired:
        return True
    return False


@pytest.mark.parametrize(
    ("given", "means"),
    [
        ("12h", timedelta(hours=12)),
        (" 30 d ", timedelta(days=30)),
        ("8w", timedelta(weeks=8)),
        (timedelta(minutes=5), timedelta(minutes=5)),
    ],
)
def test_an_age_is_in_hours_days_or_weeks(path, given, means):
    assert is_expired(path, means + timedelta(minutes=1), given)
    assert not is_expired(path, means - timedelta(minutes=1), given)


@pytest.mark.parametrize("given", ["", "0d", "30", "30y", "-1d", 30, timedelta(), timedelta(-1)])
def test_what_is_no_age_is_refused(path, given):
    with pytest.raises(errors.UsageError, match="max_age is a time"):
        twreplay.use_cassette(path, max_age=given)


@pytest.mark.skipif(not hasattr(time, "tzset"), reason="the time zone cannot be set")
@pytest.mark.parametrize("zone", ["America/Los_Angeles", "Asia/Tokyo"])
def test_a_date_without_a_zone_is_utc(path, zone, monkeypatch):
    monkeypatch.setenv("TZ", zone)
    time.tzset()
    recorded_at = format_time(timedelta(hours=12)).removesuffix("Z")
    try:
        assert is_expired(path, recorded_at, "11h")
        assert not is_expired(path, recorded_at, "13h")
    finally:
        monkeypatch.undo()
        time.tzset()


@pytest.mark.parametrize(
    ("age", "words"),
    [
        (timedelta(minutes=59), "0 hours"),
        (timedelta(hours=1), "1 hour"),
        (timedelta(hours=47), "47 hours"),
        (timedelta(days=400), "400 days"),
    ],
)
def test_an_age_is_told_in_whole_hours_or_days(path, age, words):
    record_long_ago(path, format_time(age))

    with pytest.warns(errors.ExpiredCassette, match=f"was recorded {words} ago, "):
        session(path, max_age=timedelta(minutes=1), allow_unused=True)
