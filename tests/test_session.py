from __future__ import annotations

import asyncio
import unittest

import pytest
import requests
from conftest import ACCOUNT, BASE, TOKEN
from recorder import record

import twreplay
from twreplay import errors

AUTH = (ACCOUNT, TOKEN)
MESSAGE = {"From": "4158675309", "To": "4155551212", "Body": "Hi Jenny!"}


def send_message(**fields: str) -> requests.Response:
    return requests.post(f"{BASE}/SMS/Messages", data=MESSAGE | fields, auth=AUTH, timeout=5)


def list_calls() -> requests.Response:
    return requests.get(f"{BASE}/Calls", params={"num": "2", "page": "0"}, auth=AUTH, timeout=5)


class TestContextManager:
    def test_a_block_replays_each_interaction(self, cassette_path):
        with twreplay.use_cassette(cassette_path) as cassette:
            assert "queued" in send_message().text
            assert list_calls().status_code == 200

        assert (cassette.play_count, cassette.unused, len(cassette.requests)) == (2, (), 2)

    def test_replays_in_async_with(self, cassette_path):
        async def play() -> int:
            async with twreplay.use_cassette(cassette_path, allow_unused=True):
                return send_message().status_code

        assert asyncio.run(play()) == 200

    def test_can_be_entered_again_but_not_twice_at_once(self, cassette_path):
        context = twreplay.use_cassette(cassette_path, allow_unused=True)
        with context:
            send_message()
            with pytest.raises(errors.UsageError, match="open already"), context:
                pass
        with context:
            assert send_message().status_code == 200

    def test_without_a_path_says_so(self):
        with pytest.raises(errors.UsageError, match="needs a path"), twreplay.use_cassette():
            pass

    def test_a_relative_path_is_of_the_directory_in_which_the_block_begins(
        self, tmp_path, monkeypatch
    ):
        for name in ("one", "other"):
            (tmp_path / name).mkdir()
            monkeypatch.chdir(tmp_path / name)
            with twreplay.use_cassette("calls.yaml", record_mode="once", source="simulator"):
                monkeypatch.chdir(tmp_path)
                list_calls()

        assert [each.parent.name for each in sorted(tmp_path.rglob("*.yaml"))] == ["one", "other"]

    def test_a_cassette_that_is_missing_is_named(self, tmp_path):
        with (
            pytest.raises(errors.CassetteNotFound) as caught,
            twreplay.use_cassette(tmp_path / "no.yaml"),
        ):
            pass

        assert tmp_path / "no.yaml" == caught.value.path


class TestDecorator:
    def test_a_function_is_replayed(self, cassette_path):
        @twreplay.use_cassette(cassette_path, allow_unused=True)
        def play() -> str:
            return send_message().text

        assert "queued" in play()
        assert "queued" in play(), "each call plays the cassette anew"

    def test_a_coroutine_is_replayed(self, cassette_path):
        @twreplay.use_cassette(cassette_path, allow_unused=True)
        async def play() -> int:
            return send_message().status_code

        assert asyncio.run(play()) == 200

    def test_a_generator_is_replayed(self, cassette_path):
        @twreplay.use_cassette(cassette_path, allow_unused=True)
        def play():
            sent = yield send_message().status_code
            return sent

        playing = play()

        assert next(playing) == 200
        with pytest.raises(StopIteration) as stop:
            playing.send("word")
        assert stop.value.value == "word"

    def test_an_asynchronous_generator_is_replayed(self, cassette_path):
        @twreplay.use_cassette(cassette_path, allow_unused=True)
        async def play():
            try:
                yield send_message().status_code
            except KeyError:
                yield list_calls().status_code

        async def drive() -> list[int]:
            playing = play()
            first = await anext(playing)
            second = await playing.athrow(KeyError())
            return [first, second, *[x async for x in playing]]

        assert asyncio.run(drive()) == [200, 200]

    def test_a_class_of_unittest_is_replayed(self, cassette_path):
        @twreplay.use_cassette(cassette_path, allow_unused=True)
        class Sending(unittest.TestCase):
            def test_one(self):
                assert send_message().status_code == 200

            def test_two(self):
                assert send_message().status_code == 200

        result = unittest.TestResult()
        unittest.defaultTestLoader.loadTestsFromTestCase(Sending).run(result)

        assert (result.testsRun, result.failures, result.errors) == (2, [], [])

    def test_bare_is_named_after_the_function(self):
        with pytest.raises(errors.CassetteNotFound) as caught:
            _bare()

        assert "cassettes/test_session/_bare.yaml" in caught.value.path.as_posix()


@twreplay.use_cassette
def _bare() -> None:
    send_message()


class TestMisses:
    def test_the_differing_field_is_named(self, cassette_path):
        with pytest.raises(errors.UnmatchedRequest) as caught, twreplay.use_cassette(cassette_path):
            send_message(To="4155550000")

        assert caught.value.differences == ("form.To",)
        assert errors.MissReason.DIFFERENT is caught.value.reason

    def test_a_request_that_was_played_already_is_told_so(self, cassette_path):
        with pytest.raises(errors.UnmatchedRequest) as caught, twreplay.use_cassette(cassette_path):
            send_message()
            send_message()

        assert errors.MissReason.PLAYED is caught.value.reason

    def test_repeats_can_be_allowed(self, cassette_path):
        with twreplay.use_cassette(cassette_path, allow_playback_repeats=True, allow_unused=True):
            assert [send_message().status_code for _ in range(3)] == [200, 200, 200]

    def test_swallowed_miss_is_told_again(self, cassette_path):
        def swallow() -> None:
            try:
                send_message(Body="other")
            except Exception:
                return

        with (
            pytest.raises(errors.UnmatchedRequest, match="code under test caught"),
            twreplay.use_cassette(cassette_path),
        ):
            swallow()

    def test_unused_interactions_fail_a_block_that_ended_well(self, cassette_path):
        with (
            pytest.raises(errors.UnusedInteractions) as caught,
            twreplay.use_cassette(cassette_path),
        ):
            send_message()

        assert [i.request.method for i in caught.value.unused] == ["GET"]

    def test_unused_interactions_of_one_operation_are_told_apart(self, tmp_path):
        path, form = tmp_path / "c.yaml", {"Content-Type": "application/x-www-form-urlencoded"}
        lists = [twreplay.Request("GET", f"{BASE}/Calls?num=2&page={page}") for page in "012"]
        posts = [
            twreplay.Request("POST", f"{BASE}/Calls", form, f"Caller=1&Called={n}&AuthToken=s3{n}")
            for n in "45"
        ]
        answer = twreplay.Response(200, {}, b"<a/>")
        record(path, *(twreplay.Interaction(each, answer) for each in [*lists, *posts]))

        with pytest.raises(errors.UnusedInteractions) as caught, twreplay.use_cassette(path):
            pass

        text = str(caught.value)
        for line in ("page=0", "page=1", "page=2"):
            assert f"/Calls  query.{line}\n" in text
        for line in ("Called=4", "Called=5"):
            assert f"/Calls  form.{line}\n" in text
        assert "s34" not in text

    def test_unused_interactions_do_not_hide_what_the_block_raised(self, cassette_path):
        with pytest.raises(KeyError), twreplay.use_cassette(cassette_path):
            raise KeyError

    def test_another_version_is_refused_by_name(self, cassette_path):
        with (
            pytest.raises(errors.NotSimulated, match="2010-04-01"),
            twreplay.use_cassette(cassette_path),
        ):
            requests.get("https://api.twilio.com/2010-04-01/Accounts", timeout=5)

    def test_no_secret_is_in_the_message(self, cassette_path):
        with pytest.raises(errors.UnmatchedRequest) as caught, twreplay.use_cassette(cassette_path):
            requests.post(f"{BASE}/Calls", data={"AuthToken": TOKEN}, auth=AUTH, timeout=5)

        assert TOKEN not in str(caught.value)
        assert TOKEN not in repr(caught.value)


@pytest.mark.parametrize(
    ("options", "guess"),
    [
        ({"record_mod": "once"}, "'record_mode'"),
        ({"record_mode": "onc"}, "'once'"),
        ({"redact": "identifier"}, "'identifiers'"),
        ({"redact_key": 3}, "redact_key"),
        ({"not_secret": 3}, "not_secret"),
        ({"fallback": "simulated"}, "'simulate'"),
        ({"allow_unused": "yes"}, "True or False"),
        ({"hosts": 3}, "host names"),
        ({"hosts": ["https://api.twilio.com"]}, "host names"),
    ],
)
def test_unknown_options_are_errors(options, guess):
    with pytest.raises(errors.UsageError, match=guess):
        twreplay.use_cassette("x.yaml", **options)
