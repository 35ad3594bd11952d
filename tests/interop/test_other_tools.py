"""Other tools read what we write or convert, and we read what they wrote."""

from __future__ import annotations

import base64
from pathlib import Path

import betamax
import cassetter
import pytest
import requests
import token_guard
import vcr
from click.testing import CliRunner
from command_line import main
from inner_runs import run_inner
from local_api import local_api, names_point_home

import twreplay


@pytest.fixture(scope="module")
def api():
    with local_api() as running:
        yield running


def calls(api, num: int = 1) -> requests.Response:
    url = f"https://api.twilio.com/2008-08-01/Accounts/{api.account_sid}/Calls?num={num}"
    return requests.get(url, auth=(api.account_sid, api.auth_token), timeout=60)


def media(api) -> requests.Response:
    base = f"https://api.twilio.com/2008-08-01/Accounts/{api.account_sid}/Recordings"
    listed = requests.get(base, auth=(api.account_sid, api.auth_token), timeout=60).text
    return requests.get(f"{base}/{listed.split('<Sid>')[1][:34]}.wav", timeout=60)


def bodies(api) -> list[bytes]:
    return [calls(api, 1).content, calls(api, 2).content, media(api).content]


@pytest.fixture
def ours(api, tmp_path):
    """A cassette of our own with text and audio, and what was in it."""
    path = tmp_path / "cassettes" / "test_it" / "test_a.yaml"
    with names_point_home(api), twreplay.use_cassette(path, record_mode="once"):
        return path, bodies(api)


class TestOursReadByOthers:
    def test_vcrpy_replays_ours(self, api, ours):
        path, recorded = ours

        with vcr.use_cassette(str(path), record_mode="none") as cassette:
            assert recorded == bodies(api)

        assert cassette.all_played

    def test_cassetter_replays_ours(self, api, ours):
        path, recorded = ours

        with cassetter.use_cassette(str(path), record_mode="none"):
            assert recorded == bodies(api)

    @pytest.mark.slow
    @pytest.mark.parametrize("plugin", ["recording", "cassetter"])
    def test_their_pytest_plugins(self, api, ours, pytester, plugin):
        path, recorded = ours
        pytester.makepyfile(
            test_it=f"""
            import pytest, requests
            @pytest.mark.vcr({str(path)!r})
            def test_a():
                url = "https://api.twilio.com/2008-08-01/Accounts/{api.account_sid}/Calls?num=1"
                got = requests.get(url, auth=("{api.account_sid}", "any"), timeout=60)
                assert {recorded[0]!r} == got.content
            """
        )

        result = run_inner(pytester, "-p", "no:twreplay", "-p", plugin)

        result.assert_outcomes(passed=1)


@pytest.fixture
def theirs(tmp_path):
    """Where other tools may write what they write, tokens included."""
    folder = tmp_path / token_guard.LET_BE
    folder.mkdir()
    return folder


class TestTheirsReadByUs:
    @pytest.mark.parametrize("serializer", ["yaml", "json"])
    def test_those_of_vcrpy_replay(self, api, theirs, serializer):
        path = theirs / f"theirs.{serializer}"
        recording = vcr.use_cassette(str(path), serializer=serializer)
        with names_point_home(api), recording:
            recorded = [calls(api, 1).content, calls(api, 2).content]

        with twreplay.use_cassette(path):
            assert recorded == [calls(api, 1).content, calls(api, 2).content]

    def test_vcrpy_with_the_credentials_filtered_out(self, api, tmp_path):
        """
        Its users are told to do that; such a file does not tell who asked.
        """
        path = tmp_path / "theirs.yaml"
        recording = vcr.use_cassette(str(path), filter_headers=["authorization"])
        with names_point_home(api), recording:
            recorded = bodies(api)

        with twreplay.use_cassette(path):
            assert recorded == bodies(api)

    def test_those_of_cassetter_replay(self, api, theirs):
        path = theirs / "theirs.yaml"
        with names_point_home(api), cassetter.use_cassette(str(path)):
            recorded = [calls(api, 1).content, calls(api, 2).content]

        with twreplay.use_cassette(path):
            assert recorded == [calls(api, 1).content, calls(api, 2).content]

    def test_adding_to_theirs_takes_their_secrets_out(self, api, tmp_path):
        path = tmp_path / "theirs.yaml"
        with names_point_home(api):
            with vcr.use_cassette(str(path)):
                calls(api, 1)
            assert base64.b64encode(api.account_sid.encode())[:20].decode() in path.read_text()
            with twreplay.use_cassette(path, record_mode="new_episodes"):
                calls(api, 1)
                calls(api, 2)

        text = path.read_text()
        encoded = base64.b64encode(f"{api.account_sid}:{api.auth_token}".encode()).decode()
        assert api.auth_token not in text
        assert encoded not in text
        with twreplay.use_cassette(path):
            calls(api, 1)
            calls(api, 2)


# betamax itself asks for the time in a way that Python 3.12 warns of.
@pytest.mark.filterwarnings("ignore:datetime.datetime.utcnow:DeprecationWarning")
class TestBetamax:
    def test_replays_what_we_convert(self, api, ours, tmp_path):
        path, recorded = ours
        convert(path, tmp_path / "theirs.json", "--to=betamax")

        assert self.played(api, tmp_path, record="none") == recorded[:2]

    def test_recorded_it_and_we_replay_it(self, api, theirs):
        with names_point_home(api):
            recorded = self.played(api, theirs, record="once")
        convert(theirs / "theirs.json", theirs / "ours.yaml")

        with twreplay.use_cassette(theirs / "ours.yaml"):
            assert [calls(api, 1).content, calls(api, 2).content] == recorded

        assert api.auth_token not in (theirs / "ours.yaml").read_text()

    def played(self, api, folder: Path, record: str) -> list[bytes]:
        session = requests.Session()
        session.auth = (api.account_sid, api.auth_token)
        recorder = betamax.Betamax(session, cassette_library_dir=str(folder))
        url = f"https://api.twilio.com/2008-08-01/Accounts/{api.account_sid}/Calls"
        with recorder.use_cassette("theirs", record=record, match_requests_on=["method", "uri"]):
            return [session.get(f"{url}?num={num}", timeout=60).content for num in (1, 2)]


def convert(source: Path, target: Path, *options: str) -> None:
    result = CliRunner().invoke(main, ["convert", str(source), str(target), *options])
    assert result.exit_code == 0, result.output
