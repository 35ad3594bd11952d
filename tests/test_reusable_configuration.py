"""``twreplay.Recorder``: one configuration for many sessions."""

from __future__ import annotations

import pytest
import requests
from conftest import ACCOUNT, BASE, TOKEN

import twreplay
from twreplay import errors

AUTH = (ACCOUNT, TOKEN)


def list_calls(page: str = "0") -> requests.Response:
    return requests.get(f"{BASE}/Calls?page={page}", auth=AUTH, timeout=5)


@pytest.fixture
def tape(tmp_path):
    return twreplay.Recorder(
        cassette_dir=tmp_path / "tapes",
        ignore=("query.page",),
        source="simulator",
        account_sid=ACCOUNT,
        auth_token=TOKEN,
        profile="observed",
    )


def test_paths_are_relative_to_its_folder(tape, tmp_path):
    with tape.use_cassette("calls.yaml", record_mode="once"):
        list_calls()

    assert (tmp_path / "tapes" / "calls.yaml").exists()
    with tape.use_cassette("calls.yaml") as cassette:
        list_calls("7")
    assert cassette.play_count == 1


def test_a_decorated_function_has_its_cassette_there(tape, tmp_path):
    @tape.use_cassette(record_mode="once")
    def test_it():
        list_calls()

    test_it()

    assert [file.name for file in (tmp_path / "tapes").rglob("*.yaml")] == ["test_it.yaml"]


def test_bare_decorators_work(tape, tmp_path):
    @tape.simulate
    def simulated(twilio):
        return twilio.profile

    @tape.use_cassette
    def replayed():
        list_calls()

    assert simulated() == "observed"
    with pytest.raises(errors.CassetteNotFound) as caught:
        replayed()
    assert tmp_path in caught.value.path.parents


def test_keywords_of_one_session_beat_it(tape):
    with tape.simulate(profile="documented") as twilio:
        assert (twilio.profile, twilio.account_sid) == ("documented", ACCOUNT)


def test_a_cassette_in_memory_has_its_keywords_too(tape):
    with tape.use_cassette(None, record_mode="once") as recorded:
        list_calls()
    with tape.use_cassette(recorded) as cassette:
        list_calls("9")

    assert cassette.play_count == 1


@pytest.mark.parametrize(
    ("keywords", "told"),
    [
        ({"record_mod": "once"}, "did you mean 'record_mode'"),
        ({"record_mode": "sometimes"}, "record_mode has no value 'sometimes'"),
        ({"profile": "rumoured"}, "profile has no value 'rumoured'"),
        ({"cassette_library_dir": "x"}, "which other libraries have"),
    ],
)
def test_a_mistake_is_told_where_it_is_made(keywords, told):
    with pytest.raises(errors.UsageError, match=told):
        twreplay.Recorder(**keywords)


def test_it_is_a_mapping_that_shows_no_token(tape):
    assert dict(tape)["ignore"] == ("query.page",)
    assert TOKEN not in repr(tape)
    assert repr(twreplay.Recorder()) == "<Recorder with the defaults>"


@pytest.mark.parametrize(
    ("keyword", "told"),
    [
        ("filter_headers", "credentials never reach a cassette"),
        ("before_record", "it is called before_record_request"),
        ("ignore_localhost", r"passes=\(...\)"),
        ("cassette_library_dir", "cassette_dir"),
        ("match_requests_on", "it is called match_on"),
        ("allow_unused_http_interactions", "it is called allow_unused"),
        ("serializer", "name of the file decides"),
    ],
)
def test_a_keyword_of_another_library_is_answered_by_name(keyword, told):
    with pytest.raises(errors.UsageError, match=f"{keyword}' *, which other libraries have") as e:
        twreplay.use_cassette("calls.yaml", **{keyword: "x"})

    assert e.match(told)
