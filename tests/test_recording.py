"""Recording real sessions over real sockets, and replaying them with the endpoint gone."""

from __future__ import annotations

import base64
import os
import re
import socket
from pathlib import Path

import pytest
import requests
from extent import mark_slow_but
from local_api import local_api, names_point_home
from recorder import record_pages
from scenario import CLIENTS, STATUSES, play

import twreplay
from twreplay import errors


@pytest.fixture(scope="module")
def module_api():
    with local_api() as api:
        yield api


@pytest.fixture
def api(module_api):
    """The endpoint, under the name api.twilio.com, for tests that do not change what it holds."""
    with names_point_home(module_api):
        yield module_api


@pytest.fixture
def no_sockets(monkeypatch):
    """Makes any attempt to resolve or connect a failure."""

    def refuse(*args: object, **kwargs: object) -> None:
        pytest.fail(f"went to the network: {args[1:]!r}")

    def arm() -> None:
        monkeypatch.setattr(socket.socket, "connect", refuse, raising=False)
        monkeypatch.setattr(socket, "getaddrinfo", refuse)

    return arm


def base(api) -> str:
    return f"https://api.twilio.com/2008-08-01/Accounts/{api.account_sid}"


def auth(api) -> tuple[str, str]:
    return (api.account_sid, api.auth_token)


def assert_free_of_secrets(folder: Path, api) -> None:
    encoded = base64.b64encode(f"{api.account_sid}:{api.auth_token}".encode()).decode()
    files = [path for path in folder.rglob("*") if path.is_file()]
    assert files
    for path in files:
        text = path.read_text("utf-8")
        assert api.auth_token not in text
        assert encoded not in text


@pytest.mark.parametrize("suffix", ["yaml", "json"])
@pytest.mark.parametrize("client", mark_slow_but("requests", "httpx async", of=CLIENTS))
def test_a_recorded_session_replays_with_the_endpoint_gone(client, suffix, tmp_path, no_sockets):
    path = tmp_path / f"session.{suffix}"
    with local_api() as api:
        with names_point_home(api), twreplay.use_cassette(path, record_mode="once"):
            recorded = play(CLIENTS[client], api.account_sid, api.auth_token)
        recorded = [
            (a.status, a.body.replace(api.auth_token.encode(), b"REDACTED")) for a in recorded
        ]
    assert [status for status, _ in recorded] == STATUSES
    assert_free_of_secrets(tmp_path, api)

    no_sockets()
    with twreplay.use_cassette(path) as cassette:
        replayed = play(CLIENTS[client], api.account_sid, "another token of the same account")

    assert recorded == [(a.status, a.body) for a in replayed]
    assert len(cassette) == cassette.play_count


@pytest.mark.slow
@pytest.mark.parametrize("recorder", CLIENTS)
def test_a_cassette_of_one_client_replays_with_every_other(recorder, tmp_path, no_sockets):
    path = tmp_path / "session.yaml"
    with local_api() as api, names_point_home(api):
        with twreplay.use_cassette(path, record_mode="once"):
            answers = play(CLIENTS[recorder], api.account_sid, api.auth_token)
    token = api.auth_token.encode()
    recorded = [(a.status, a.body.replace(token, b"REDACTED")) for a in answers]
    no_sockets()

    for client in CLIENTS.values():
        with twreplay.use_cassette(path):
            replayed = play(client, api.account_sid, api.auth_token)
        assert recorded == [(a.status, a.body) for a in replayed]


class TestRecordModes:
    """Each cell of the table in twreplay.RecordMode."""

    @pytest.fixture
    def path(self, tmp_path):
        return tmp_path / "modes.yaml"

    @pytest.fixture
    def list_calls(self, api):
        def ask(num: int = 1) -> int:
            url = f"{base(api)}/Calls?num={num}"
            return requests.get(url, auth=auth(api), timeout=60).status_code

        return ask

    @pytest.fixture
    def recorded(self, path, list_calls, module_api):
        with twreplay.use_cassette(path, record_mode="once"):
            list_calls(1)
        module_api.requests_seen.clear()
        return path.read_bytes()

    @pytest.mark.parametrize("mode", ["once", "new_episodes", "all", "rewrite"])
    def test_no_cassette_yet_everything_is_recorded(self, mode, path, list_calls):
        with twreplay.use_cassette(path, record_mode=mode) as cassette:
            list_calls(1)
            list_calls(1)

        assert (len(cassette), cassette.play_count) == (2, 0)

    def test_no_cassette_yet_none_raises(self, path):
        with pytest.raises(errors.CassetteNotFound), twreplay.use_cassette(path):
            pass

    @pytest.mark.parametrize("mode", ["none", "once", "new_episodes"])
    def test_recorded_request_is_replayed(self, mode, path, recorded, list_calls, module_api):
        with twreplay.use_cassette(path, record_mode=mode):
            list_calls(1)

        assert module_api.requests_seen == []
        assert recorded == path.read_bytes()

    @pytest.mark.parametrize("mode", ["none", "once"])
    def test_other_request_is_unmatched(self, mode, path, recorded, list_calls, module_api):
        with (
            pytest.raises(errors.UnmatchedRequest),
            twreplay.use_cassette(path, record_mode=mode),
        ):
            list_calls(2)

        assert module_api.requests_seen == []
        assert recorded == path.read_bytes()

    def test_new_episodes_adds_other_requests(self, path, recorded, list_calls):
        with twreplay.use_cassette(path, record_mode="new_episodes"):
            list_calls(1)
            list_calls(2)

        with twreplay.use_cassette(path):
            assert [list_calls(1), list_calls(2)] == [200, 200]

    def test_all_sends_and_replaces(self, path, recorded, list_calls, module_api):
        with twreplay.use_cassette(path, record_mode="all"):
            list_calls(1)

        assert len(module_api.requests_seen) == 1
        assert recorded == path.read_bytes(), "recorded again with nothing changed: no diff"

    def test_all_adds_other_requests(self, path, recorded, list_calls):
        with twreplay.use_cassette(path, record_mode="all"):
            list_calls(2)

        with twreplay.use_cassette(path) as cassette:
            list_calls(1)
            list_calls(2)
        assert len(cassette) == 2

    def test_rewrite_drops_the_old_cassette(self, path, recorded, list_calls):
        with twreplay.use_cassette(path, record_mode="rewrite"):
            list_calls(2)

        with twreplay.use_cassette(path) as cassette:
            list_calls(2)
        assert len(cassette) == 1

    def test_rewrite_with_nothing_changed_makes_no_diff(
        self, path, recorded, list_calls, module_api
    ):
        with twreplay.use_cassette(path, record_mode="rewrite"):
            list_calls(1)

        assert len(module_api.requests_seen) == 1
        assert recorded == path.read_bytes()

    @pytest.mark.parametrize("mode", ["rewrite", "all"])
    def test_another_time_of_day_makes_no_diff(self, mode, path, recorded, list_calls):
        text = path.read_text()
        earlier = re.sub(r"\d\d:\d\d:\d\d( GMT|Z')", r"00:00:01\1", text)
        assert earlier != text
        path.write_text(earlier)

        with twreplay.use_cassette(path, record_mode=mode):
            list_calls(1)

        assert path.read_text() == earlier

    @pytest.mark.parametrize("mode", ["none", "once"])
    def test_left_over_interactions_are_an_error(self, mode, path, recorded):
        with (
            pytest.raises(errors.UnusedInteractions),
            twreplay.use_cassette(path, record_mode=mode),
        ):
            pass

        assert recorded == path.read_bytes()

    @pytest.mark.parametrize("mode", ["new_episodes", "all"])
    def test_left_over_interactions_stay(self, mode, path, recorded):
        with twreplay.use_cassette(path, record_mode=mode):
            pass

        assert recorded == path.read_bytes()

    def test_left_over_interactions_go_in_rewrite(self, path, recorded):
        with twreplay.use_cassette(path, record_mode="rewrite"):
            pass

        with twreplay.use_cassette(path) as cassette:
            assert len(cassette) == 0

    def test_all_keeps_the_place_of_what_is_sent_again(self, path, list_calls):
        with twreplay.use_cassette(path, record_mode="once"):
            for num in (1, 2, 3):
                list_calls(num)
        before = path.read_bytes()

        with twreplay.use_cassette(path, record_mode="all"):
            list_calls(2)

        assert before == path.read_bytes()

    @pytest.mark.parametrize("mode", ["once", "new_episodes", "all", "rewrite"])
    def test_a_block_without_requests_writes_no_file(self, path, mode):
        with twreplay.use_cassette(path, record_mode=mode):
            pass

        assert not path.exists()

    def test_an_empty_cassette_can_be_replayed(self, path):
        path.write_text("interactions: []\nversion: 1\n")

        with twreplay.use_cassette(path) as cassette:
            assert len(cassette) == 0

    @pytest.mark.parametrize("mode", ["once", "new_episodes", "all", "rewrite"])
    def test_a_relative_path_means_the_folder_in_which_the_session_opened(
        self, path, mode, monkeypatch
    ):
        monkeypatch.chdir(path.parent)
        elsewhere = path.parent / "elsewhere"
        elsewhere.mkdir()
        with twreplay.use_cassette("here.yaml", record_mode=mode) as cassette:
            record_pages(cassette, 0, 1)
            monkeypatch.chdir(elsewhere)

        assert (path.parent / "here.yaml").exists()
        assert list(elsewhere.iterdir()) == []

    def test_a_failed_block_is_kept_there_too(self, path, monkeypatch):
        monkeypatch.chdir(path.parent)
        elsewhere = path.parent / "elsewhere"
        elsewhere.mkdir()
        with pytest.raises(KeyError) as caught:
            with twreplay.use_cassette("here.yaml", record_mode="once") as cassette:
                record_pages(cassette, 0, 1)
                monkeypatch.chdir(elsewhere)
                raise KeyError

        assert (path.parent / "here.failed.yaml").exists()
        assert list(elsewhere.iterdir()) == []
        assert caught.value.__notes__ == [
            "twreplay: here.yaml was left as it was; what was recorded is in here.failed.yaml"
        ]


class TestNothingIsLost:
    def test_a_failed_block_does_not_replace_a_good_cassette(self, api, tmp_path):
        path = tmp_path / "good.yaml"
        with twreplay.use_cassette(path, record_mode="once"):
            requests.get(f"{base(api)}/Calls", auth=auth(api), timeout=60)
        good = path.read_bytes()

        def fail() -> None:
            requests.get(f"{base(api)}/SMS/Messages", auth=auth(api), timeout=60)
            raise KeyError

        with pytest.raises(KeyError) as caught, twreplay.use_cassette(path, record_mode="rewrite"):
            fail()

        assert good == path.read_bytes()
        assert (tmp_path / "good.failed.yaml").exists()
        assert "good.failed.yaml" in "".join(caught.value.__notes__)
        assert_free_of_secrets(tmp_path, api)

    def test_the_next_good_recording_removes_the_failed_one(self, api, tmp_path):
        (tmp_path / "x.failed.yaml").write_text("old")

        with twreplay.use_cassette(tmp_path / "x.yaml", record_mode="rewrite"):
            requests.get(f"{base(api)}/Calls", auth=auth(api), timeout=60)

        assert [path.name for path in tmp_path.iterdir()] == ["x.yaml"]

    @pytest.mark.parametrize("client", CLIENTS)
    def test_a_connection_dropped_in_a_response_saves_nothing(self, client, api, tmp_path):
        """
        The client fails as it would without us; swallowing that does not make a cassette.
        """
        path = tmp_path / "dropped.yaml"

        def swallow() -> None:
            headers = {"Authorization": requests.auth._basic_auth_str(*auth(api))}
            try:
                CLIENTS[client]("GET", f"{base(api)}/Calls?drop=1", headers, b"")
            except Exception as error:
                assert not isinstance(error, errors.TwreplayError)
            else:
                pytest.fail("the client did not notice")

        with (
            pytest.raises(errors.RecordingInterrupted, match="no whole response was kept"),
            twreplay.use_cassette(path, record_mode="once"),
        ):
            swallow()

        assert not path.exists()


class TestDamagedCassette:
    """Only rewrite starts over a damaged file, and only with a recording to put in its place."""

    DAMAGED = b"version: 1\n<<<<<<< HEAD\n"

    @pytest.fixture
    def path(self, tmp_path):
        path = tmp_path / "damaged.yaml"
        path.write_bytes(self.DAMAGED)
        return path

    @pytest.mark.parametrize("mode", ["none", "once", "new_episodes", "all"])
    def test_is_refused_and_kept_in_every_other_mode(self, mode, path):
        with (
            pytest.raises(errors.CassetteCorrupt),
            twreplay.use_cassette(path, record_mode=mode),
        ):
            pass

        assert path.read_bytes() == self.DAMAGED

    @pytest.mark.parametrize("content", [DAMAGED, b"", b"version: 2\ninteractions: []\n"])
    def test_is_replaced_by_a_complete_recording(self, content, api, path):
        path.write_bytes(content)
        for mode in ("rewrite", "none"):
            with twreplay.use_cassette(path, record_mode=mode):
                requests.get(f"{base(api)}/Calls", auth=auth(api), timeout=60)

        assert [path] == list(path.parent.iterdir())

    def test_is_kept_if_the_block_fails(self, api, path):
        with pytest.raises(KeyError), twreplay.use_cassette(path, record_mode="rewrite"):
            requests.get(f"{base(api)}/Calls", auth=auth(api), timeout=60)
            raise KeyError

        assert path.read_bytes() == self.DAMAGED

    def test_is_kept_if_nothing_was_recorded(self, path):
        with twreplay.use_cassette(path, record_mode="rewrite"):
            pass

        assert path.read_bytes() == self.DAMAGED

    def test_what_cannot_be_replaced_is_refused_before_anything_is_sent(self, tmp_path):
        with (
            pytest.raises(errors.CassetteCorrupt, match="is a directory"),
            twreplay.use_cassette(tmp_path, record_mode="rewrite"),
        ):
            pass


def test_conditional_get_is_recorded_as_304(api, tmp_path):
    path = tmp_path / "conditional.yaml"
    for mode in ("once", "none"):
        with twreplay.use_cassette(path, record_mode=mode):
            first = requests.get(f"{base(api)}/Calls", auth=auth(api), timeout=60)
            again = requests.get(
                f"{base(api)}/Calls",
                auth=auth(api),
                headers={"If-None-Match": first.headers["ETag"]},
                timeout=60,
            )

        assert (again.status_code, again.content) == (304, b"")


def test_redirects_are_recorded_step_by_step(api, tmp_path):
    path = tmp_path / "redirect.yaml"
    listed = requests.get(f"{base(api)}/Recordings", auth=auth(api), timeout=60).text
    url = f"{base(api)}/Recordings/{listed.split('<Sid>')[1][:34]}"
    bodies = []
    for mode in ("once", "none"):
        with twreplay.use_cassette(path, record_mode=mode) as cassette:
            response = requests.get(url, timeout=60)
            bodies.append(response.content)
            assert [step.status_code for step in response.history] == [302]

    assert len(cassette) == 2
    assert bodies[0] == bodies[1]
    assert bodies[0].startswith(b"RIFF")


def test_credentials_after_a_challenge_are_two_interactions(api, tmp_path):
    import urllib.request

    path = tmp_path / "challenge.yaml"
    for mode in ("once", "none"):
        passwords = urllib.request.HTTPPasswordMgrWithDefaultRealm()
        passwords.add_password(None, "https://api.twilio.com", *auth(api))
        opener = urllib.request.build_opener(urllib.request.HTTPBasicAuthHandler(passwords))
        with (
            twreplay.use_cassette(path, record_mode=mode) as cassette,
            opener.open(f"{base(api)}/Calls", timeout=60) as response,
        ):
            assert response.status == 200

    assert [r.status for r in cassette.responses] == [401, 200]
    assert_free_of_secrets(tmp_path, api)


def test_an_untrusted_certificate_is_the_clients_own_error(api, tmp_path):
    os.environ["REQUESTS_CA_BUNDLE"] = requests.certs.where()

    with (
        pytest.raises(requests.exceptions.SSLError),
        twreplay.use_cassette(tmp_path / "x.yaml", record_mode="once"),
    ):
        requests.get(f"{base(api)}/Calls", auth=auth(api), timeout=60)
