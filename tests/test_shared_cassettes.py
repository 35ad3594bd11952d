"""``shared=``: cassettes that answer beside a session's own, and are never written."""

from __future__ import annotations

import asyncio
import contextlib
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import requests
import two_way
from basic_auth import encode_basic
from cassette_files import read, write
from conftest import ACCOUNT, BASE, SMS_AND_CALLS, TOKEN
from recorder import handler_of, record
from scenario import CLIENTS

import twreplay
from twreplay import Headers, Interaction, Request, Response, errors

AUTH = (ACCOUNT, TOKEN)
SIGNED_IN = Interaction(Request("GET", BASE), Response(200, Headers(), b"the account", "OK"))
MODES = ("none", "once", "new_episodes", "all", "rewrite")


def list_calls(page: int = 0) -> requests.Response:
    return requests.get(f"{BASE}/Calls?page={page}", auth=AUTH, timeout=5)


def sign_in() -> requests.Response:
    return requests.get(BASE, auth=AUTH, timeout=5)


def build(url: str, body: str) -> Interaction:
    headers = {"Authorization": f"Basic {ACCOUNT}:REDACTED"}
    response = Response(200, Headers([("Content-Type", "text/plain")]), body.encode(), "OK")
    return Interaction(Request("GET", url, headers=headers), response)


def page(number: int, body: str = "own") -> Interaction:
    return build(f"{BASE}/Calls?page={number}", body)


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    """Three cassettes in the current directory: the own one, a login, and others' calls."""
    monkeypatch.chdir(tmp_path)
    write(Path("calls.yaml"), page(0))
    write(Path("login.yaml"), build(BASE, "login"))
    write(Path("more.yaml"), build(BASE, "more"), page(0, "more"), page(1, "more"))
    return tmp_path


def read_all(folder: Path) -> dict[str, tuple[bytes, int]]:
    return {
        path.name: (path.read_bytes(), path.stat().st_mtime_ns)
        for path in sorted(folder.iterdir())
        if path.name != "calls.yaml"
    }


class TestWhichOneAnswers:
    def test_the_own_cassette_is_asked_first_and_then_the_shared_ones_in_order(self):
        with twreplay.use_cassette("calls.yaml", shared=["login.yaml", "more.yaml"]) as cassette:
            answers = [list_calls(0).text, sign_in().text, list_calls(1).text]

        assert answers == ["own", "login", "more"]
        assert cassette.play_count == 1
        assert [(one.play_count, len(one)) for one in cassette.shared] == [(1, 1), (1, 3)]

    def test_another_order_gives_another_answer(self):
        with twreplay.use_cassette("calls.yaml", shared=["more.yaml", "login.yaml"]):
            list_calls()
            assert sign_in().text == "more"

    def test_what_the_own_one_has_played_is_answered_by_a_shared_one(self):
        with twreplay.use_cassette("calls.yaml", shared=["more.yaml"]):
            assert [list_calls().text for _ in range(3)] == ["own", "more", "more"]

    def test_an_own_one_that_repeats_is_not_left_for_a_shared_one(self):
        options = {"allow_playback_repeats": True}
        with twreplay.use_cassette("calls.yaml", shared=["more.yaml"], **options):
            assert [list_calls().text for _ in range(3)] == ["own", "own", "own"]

    def test_a_shared_one_answers_in_recorded_order_and_then_the_last_again(self):
        write(Path("two.yaml"), build(BASE, "first"), build(BASE, "second"))

        with twreplay.use_cassette("calls.yaml", shared="two.yaml", allow_unused=True) as cassette:
            assert [sign_in().text for _ in range(4)] == ["first", "second", "second", "second"]
            cassette.rewind()
            assert sign_in().text == "first"

    def test_each_session_begins_with_all_of_a_shared_one(self):
        for _ in range(2):
            with twreplay.use_cassette("calls.yaml", shared=["login.yaml"]):
                assert (sign_in().text, list_calls().text) == ("login", "own")

    def test_order_is_demanded_of_the_own_one_only(self):
        write(Path("calls.yaml"), page(0), page(1))

        with twreplay.use_cassette("calls.yaml", shared=["login.yaml"], ordered=True):
            assert [list_calls(0).text, sign_in().text, list_calls(1).text, sign_in().text] == [
                *("own", "login", "own", "login")
            ]

    def test_matching_is_that_of_the_session(self):
        with twreplay.use_cassette("calls.yaml", shared=["more.yaml"], ignore=["query.page"]):
            assert [list_calls(7).text, list_calls(8).text] == ["own", "more"]

    def test_a_hook_changes_what_is_looked_for_in_shared_ones_too(self):
        def at_the_account(request):
            return Request(request.method, BASE, request.headers, request.body)

        options = {"before_record_request": at_the_account, "allow_unused": True}
        with twreplay.use_cassette("calls.yaml", shared=["login.yaml"], **options):
            assert list_calls(9).text == "login"

    @pytest.mark.parametrize("client", CLIENTS)
    def test_every_client_is_answered(self, client):
        asked = page(1).request
        headers = {"Authorization": encode_basic(ACCOUNT, TOKEN)}
        with twreplay.use_cassette("own.yaml", shared=["more.yaml"]) as cassette:
            reply = CLIENTS[client]("GET", asked.url, headers, b"")

        assert (reply.status, reply.body) == (200, b"more")
        assert cassette.shared[0].play_count == 1

    def test_threads_are_answered(self):
        with (
            twreplay.use_cassette("calls.yaml", shared=["login.yaml"], allow_unused=True) as tape,
            ThreadPoolExecutor(8) as pool,
        ):
            assert {pool.submit(sign_in).result().text for _ in range(40)} == {"login"}
        assert tape.shared[0].play_count == 40

    def test_pseudonyms_of_a_shared_one_are_matched(self):
        shared = {"record_mode": "once", "redact": "identifiers"}
        record(Path("names.yaml"), build(BASE, ACCOUNT), **shared)
        assert ACCOUNT not in Path("names.yaml").read_text()

        with twreplay.use_cassette("calls.yaml", shared=["names.yaml"]):
            list_calls()
            assert ACCOUNT not in sign_in().text


class TestPaths:
    def test_one_path_may_stand_alone_as_text_or_object(self):
        for shared in ("login.yaml", Path("login.yaml"), [Path("login.yaml")], ("login.yaml",)):
            with twreplay.use_cassette("calls.yaml", shared=shared):
                assert (sign_in().text, list_calls().text) == ("login", "own")

    def test_a_relative_one_means_the_current_directory_as_the_session_opens(self, tmp_path):
        context = twreplay.use_cassette("calls.yaml", shared=["../login.yaml"])
        (tmp_path / "inner").mkdir()
        Path("calls.yaml").rename("inner/calls.yaml")
        os.chdir("inner")
        with context:
            os.chdir(tmp_path.parent)
            assert (sign_in().text, list_calls().text) == ("login", "own")

    def test_a_relative_one_of_a_recorder_is_in_its_folder(self, tmp_path):
        tape = twreplay.Recorder(cassette_dir=tmp_path, shared=["login.yaml"])
        os.chdir(tmp_path.parent)

        @tape.use_cassette("calls.yaml")
        def remind():
            return sign_in().text, list_calls().text

        assert remind() == ("login", "own")
        with tape.use_cassette("calls.yaml", shared=["more.yaml"]):  # in place of the Recorder's
            assert (sign_in().text, list_calls().text) == ("more", "own")

    def test_decorators_take_it(self):
        @twreplay.use_cassette("calls.yaml", shared=["login.yaml"])
        async def remind(twilio_cassette):
            return sign_in().text, list_calls().text, len(twilio_cassette.shared)

        assert asyncio.run(remind()) == ("login", "own", 1)

    def test_a_cassette_in_memory_has_shared_ones_too(self):
        options = {"record_mode": "once", "source": "simulator"}
        with twreplay.use_cassette(None, shared=["login.yaml"], **options) as tape:
            assert sign_in().text == "login"
            list_calls()
        with twreplay.use_cassette(tape, shared=["login.yaml"]) as again:
            sign_in()
            list_calls()
        assert (len(tape), again.play_count) == (1, 1)

    def test_the_own_cassette_is_left_out_of_the_shared_ones(self):
        shared = ["../" + Path.cwd().name + "/login.yaml", "more.yaml"]
        with twreplay.use_cassette("login.yaml", shared=shared, record_mode="once") as cassette:
            sign_in()
        assert [one.play_count for one in cassette.shared] == [0]

        Path("login.yaml").unlink()
        with twreplay.use_cassette("login.yaml", record_mode="once", shared="login.yaml") as made:
            handler_of(made).record(SIGNED_IN.request, SIGNED_IN.response)
        assert len(read(Path("login.yaml")).interactions) == 1

    @pytest.mark.parametrize(
        "shared", [3, None, b"login.yaml", ["login.yaml", 3], "", [""], [b"x"]]
    )
    def test_what_is_no_path_is_refused(self, shared):
        with pytest.raises(errors.UsageError, match=r"^shared is a path or several"):
            twreplay.use_cassette("calls.yaml", shared=shared)


class TestWhatIsWrong:
    @pytest.mark.parametrize("mode", MODES)
    def test_a_missing_one_is_an_error_that_names_it_in_every_mode(self, mode):
        context = twreplay.use_cassette("calls.yaml", record_mode=mode, shared=["logni.yaml"])
        with pytest.raises(errors.CassetteNotFound) as caught, context:
            pass

        assert caught.value.path == Path("logni.yaml").absolute()
        told = str(caught.value)
        assert told.startswith("there is no cassette logni.yaml, which calls.yaml is to share.")
        assert 'shared=["login.yaml"]' in told
        assert read(Path("calls.yaml")).interactions == (page(0),)

    @pytest.mark.parametrize("mode", MODES)
    @pytest.mark.parametrize(
        ("content", "error"),
        [
            (SMS_AND_CALLS[:900], errors.CassetteCorrupt),
            ("nothing of the kind", errors.CassetteCorrupt),
            (SMS_AND_CALLS.replace("format: 1", "format: 9"), errors.CassetteTooNew),
        ],
        ids=["cut off", "no cassette", "too new"],
    )
    def test_a_damaged_one_is_an_error_in_every_mode_and_is_left_as_it_is(
        self, mode, content, error
    ):
        Path("login.yaml").write_text(content)
        context = twreplay.use_cassette("calls.yaml", record_mode=mode, shared=["login.yaml"])
        with pytest.raises(error, match=r"login\.yaml"), context:
            pass

        assert Path("login.yaml").read_text() == content

    @pytest.mark.parametrize("name", ["x\0.yaml", "../x\0.yaml", "x\ud800.yaml"])
    def test_a_name_that_no_file_can_have_is_told_as_the_own_one_is(self, name):
        with (
            pytest.raises(errors.CassetteCorrupt, match="has a name that no file can have"),
            twreplay.use_cassette("own.yaml", shared=[name], record_mode="once"),
        ):
            pass

    def test_an_error_on_opening_leaves_nothing_open(self):
        with (
            pytest.raises(errors.CassetteNotFound),
            twreplay.use_cassette("calls.yaml", shared=["no.yaml"]),
        ):
            pass
        with twreplay.simulate() as twilio:
            assert requests.get(f"{twilio.account_url}/Calls", auth=twilio.auth, timeout=5).ok

    def test_an_older_one_is_warned_of_or_refused_and_never_recorded_again(self):
        write(Path("login.yaml"), build(BASE, "login"), recorded_at="2020-01-01T00:00:00Z")
        before = Path("login.yaml").read_bytes()

        for reaction in ("warn", "record"):
            options = {"max_age": "30d", "on_expiry": reaction, "shared": ["login.yaml"]}
            with (
                pytest.warns(errors.ExpiredCassette, match=r"login\.yaml was recorded"),
                twreplay.use_cassette("calls.yaml", **options),
            ):
                assert (sign_in().text, list_calls().text) == ("login", "own")
        assert Path("login.yaml").read_bytes() == before
        with (
            pytest.raises(errors.CassetteExpired, match=r"login\.yaml was recorded"),
            twreplay.use_cassette("calls.yaml", **(options | {"on_expiry": "fail"})),
        ):
            pass

    def test_webhooks_of_a_shared_one_are_refused_beside_an_application(self):
        two_way.record_call(Path("two_way.yaml"), two_way.Clinic())
        with (
            pytest.raises(errors.UsageError, match=r"two_way\.yaml is shared and has webhooks"),
            twreplay.use_cassette("calls.yaml", shared=["two_way.yaml"], app=lambda *_: []),
        ):
            pass


class TestMisses:
    def test_a_miss_tells_of_shared_ones_and_names_the_nearest_recording_in_any(self):
        with (
            pytest.raises(errors.UnmatchedRequest) as caught,
            twreplay.use_cassette("calls.yaml", shared=["login.yaml", "more.yaml"]),
        ):
            list_calls(2)

        told = str(caught.value)
        assert "shared        login.yaml, 1 recorded, 0 played" in told
        assert "shared        more.yaml, 3 recorded, 0 played" in told
        assert "Nearest: interaction 1 of 1 in calls.yaml." in told  # of equals, the first

        with (
            pytest.raises(errors.UnmatchedRequest) as caught,
            twreplay.use_cassette("login.yaml", shared=["more.yaml"]),
        ):
            list_calls(2)
        assert "Nearest: interaction 2 of 3 in more.yaml." in str(caught.value)
        assert caught.value.differences == ("query.page",)
        assert caught.value.nearest is not None
        assert caught.value.nearest.response.body == b"more"

    def test_a_miss_lists_what_is_recorded_anywhere_if_nothing_is_near(self):
        with (
            pytest.raises(errors.UnmatchedRequest) as caught,
            twreplay.use_cassette("calls.yaml", shared=["login.yaml"]),
        ):
            requests.get(f"{BASE}/Recordings", auth=AUTH, timeout=5)

        told = str(caught.value)
        assert "none of the 2 is for this operation" in told
        assert "/Calls" in told

    def test_what_is_never_asked_of_shared_ones_is_no_error(self):
        with twreplay.use_cassette("calls.yaml", shared=["more.yaml"]) as cassette:
            list_calls()

        assert (cassette.unused, len(cassette.shared[0].unused)) == ((), 3)

    def test_what_is_never_asked_of_the_own_one_still_is(self):
        with (
            pytest.raises(errors.UnusedInteractions, match="1 of 1 recorded"),
            twreplay.use_cassette("calls.yaml", shared=["login.yaml"]),
        ):
            sign_in()


class TestWithoutAnOwnFile:
    def test_none_is_needed_where_shared_ones_answer_everything(self):
        with twreplay.use_cassette("new.yaml", shared=["login.yaml"]):
            assert sign_in().text == "login"
        assert not Path("new.yaml").exists()

    def test_a_request_that_they_do_not_answer_says_that_there_is_none(self):
        with (
            pytest.raises(errors.CassetteNotFound) as caught,
            twreplay.use_cassette("new.yaml", shared=["login.yaml"]),
        ):
            list_calls()

        told = str(caught.value)
        assert told.startswith("there is no cassette new.yaml.")
        assert "login.yaml, without an answer to GET /2008-08-01/" in told

    def test_the_error_is_raised_at_the_end_too_if_the_code_catches_it(self):
        with (
            pytest.raises(errors.CassetteNotFound, match=r"new\.yaml"),
            twreplay.use_cassette("new.yaml", shared=["login.yaml"], fallback="simulate"),
        ):
            with contextlib.suppress(errors.CassetteNotFound):
                list_calls()


class TestRecording:
    @pytest.mark.parametrize("mode", MODES[1:])
    @pytest.mark.parametrize("own", ["calls.yaml", "new.yaml"])
    def test_shared_ones_answer_and_are_not_written_in_any_mode(self, own, mode, tmp_path):
        before = read_all(tmp_path)
        options = {"record_mode": mode, "shared": ["login.yaml"], "allow_unused": True}
        with twreplay.use_cassette(own, **options) as cassette:
            assert sign_in().text == "login"
            if cassette.records:
                handler = handler_of(cassette)
                fresh = page(5, "fresh")
                assert handler.answer(fresh.request, str) is None
                handler.record(fresh.request, fresh.response)

        assert {name: read_all(tmp_path)[name] for name in before} == before
        urls = [one.request.url for one in read(Path(own)).interactions]
        assert BASE not in urls
        assert (f"{BASE}/Calls?page=5" in urls) == cassette.records

    def test_rewriting_drops_from_the_own_one_what_a_shared_one_answers(self):
        write(Path("calls.yaml"), build(BASE, "own"), page(0))
        options = {"record_mode": "rewrite", "shared": ["login.yaml"]}
        with twreplay.use_cassette("calls.yaml", **options) as cassette:
            assert sign_in().text == "login"
            handler_of(cassette).record(page(0).request, page(0).response)

        assert read(Path("calls.yaml")).interactions == (page(0),)

    def test_a_secret_that_a_shared_one_shows_is_not_recorded(self):
        token = "a1b2c3d4" * 4
        account = f"<Account><AuthToken>{token}</AuthToken></Account>"
        shown = f"<TwilioResponse>{account}</TwilioResponse>"
        write(Path("login.yaml"), build(BASE, shown))
        with twreplay.use_cassette(
            "calls.yaml", record_mode="new_episodes", shared=["login.yaml"]
        ) as cassette:
            assert token in sign_in().text
            fresh = page(5, f"the token is {token}")
            handler_of(cassette).record(fresh.request, fresh.response)

        assert token not in Path("calls.yaml").read_text()

    def test_a_simulator_goes_on_from_what_shared_ones_hold(self):
        form = {"Caller": "4158675309", "Called": "4155550101", "Url": "http://app.example/"}
        with twreplay.use_cassette("made.yaml", record_mode="once", source="simulator"):
            made = requests.post(f"{BASE}/Calls.json", data=form, auth=AUTH, timeout=5).json()
        first = made["TwilioResponse"]["Call"]["Sid"]
        options = {"record_mode": "once", "source": "simulator", "shared": ["made.yaml"]}

        with twreplay.use_cassette("fresh.yaml", **options):
            form["Called"] = "4155550102"
            made = requests.post(f"{BASE}/Calls.json", data=form, auth=AUTH, timeout=5).json()
            shown = requests.get(f"{BASE}/Calls/{first}", auth=AUTH, timeout=5)

        assert made["TwilioResponse"]["Call"]["Sid"] != first
        assert shown.status_code == 200

    def test_rules_around_a_shared_simulated_one_are_not_called_unused(self):
        with twreplay.use_cassette("made.yaml", record_mode="once", source="simulator"):
            sign_in()
        with twreplay.simulate(account_sid=ACCOUNT, auth_token=TOKEN) as twilio:
            twilio.when("GET", "/Calls").fail(500)
            with twreplay.use_cassette("none.yaml", shared=["made.yaml"]):
                assert sign_in().ok


class TestFallback:
    def test_the_state_is_that_of_the_shared_and_of_the_own_cassette(self):
        form = {"Caller": "4158675309", "Called": "4155550101", "Url": "http://app.example/"}

        def call(number: str) -> str:
            made = requests.post(
                f"{BASE}/Calls.json", data=form | {"Called": number}, auth=AUTH, timeout=5
            )
            return made.json()["TwilioResponse"]["Call"]["Sid"]

        options = {"record_mode": "once", "source": "simulator"}
        with twreplay.use_cassette("first.yaml", **options):
            call("4155550101")
        with twreplay.use_cassette("second.yaml", shared=["first.yaml"], **options):
            call("4155550102")

        with twreplay.use_cassette("second.yaml", shared="first.yaml", fallback="simulate") as tape:
            before = requests.get(f"{BASE}/Calls.json", auth=AUTH, timeout=5).json()
            sids = [call("4155550101"), call("4155550102")]
            after = requests.get(f"{BASE}/Calls.json", auth=AUTH, timeout=5).json()

        def list_sids(listed):
            return sorted(one["Call"]["Sid"] for one in listed["TwilioResponse"]["Calls"])

        assert list_sids(before) == []
        assert list_sids(after) == sorted(sids)
        assert (len(tape.simulated), tape.play_count, tape.shared[0].play_count) == (2, 1, 1)
