"""The keyword *hosts* names what is intercepted; what is no name is no silent way out."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest
import requests
from conftest import ACCOUNT, BASE, TOKEN

import twreplay
from twreplay.errors import UsageError

AUTH = (ACCOUNT, TOKEN)

NO_NAMES = [
    ["api.twilio.com:443"],
    ["https://api.twilio.com"],
    ["user@api.twilio.com"],
    ["*.twilio.com"],
    [" api.twilio.com"],
    ["api..twilio.com"],
    ["api.twilio.com,127.0.0.1"],
    ["[::1"],
    [""],
    [b"api.twilio.com"],
    [None],
    [5],
    b"api.twilio.com",
    5,
]


@pytest.mark.parametrize("hosts", NO_NAMES, ids=repr)
def test_what_is_no_name_of_a_host_is_refused_by_each_door(hosts):
    for door in (twreplay.simulate, twreplay.Recorder):
        with pytest.raises(UsageError, match="hosts takes"):
            door(hosts=hosts)
    with pytest.raises(UsageError, match="hosts takes"):
        twreplay.use_cassette("tape.yaml", hosts=hosts)


@pytest.mark.parametrize("hosts", [[], (), iter(())], ids=["list", "tuple", "iterator"])
def test_no_host_at_all_is_refused_as_each_request_would_be_sent(hosts):
    with pytest.raises(UsageError, match="hosts is empty"):
        twreplay.simulate(hosts=hosts)


@pytest.mark.parametrize(
    ("given", "url"),
    [
        ("API.twilio.com.", "https://api.twilio.com"),
        (["[::1]"], "http://[::1]:8080"),
        (["::1"], "http://[::1]:8080"),
        (["bücher.example"], "https://bücher.example"),
        (["xn--bcher-kva.example"], "https://bücher.example"),
        (["my_server"], "http://my_server:80"),
    ],
)
@pytest.mark.parametrize("client", [requests.get, httpx.get], ids=["requests", "httpx"])
def test_each_way_to_write_a_host_is_intercepted(client, given, url):
    options = {"account_sid": ACCOUNT, "auth_token": TOKEN, "undocumented": "ignore"}
    with twreplay.simulate(hosts=given, **options):
        assert client(f"{url}/2008-08-01/Accounts/{ACCOUNT}", auth=AUTH).status_code == 200


class TestReadOnce:
    """A generator can be read once, and a session reads its keywords more often."""

    def test_hosts_of_a_simulation_are_intercepted(self):
        context = twreplay.simulate(
            hosts=iter(["api.twilio.com"]), account_sid=ACCOUNT, auth_token=TOKEN
        )
        for _ in range(2):
            with context:
                assert requests.get(BASE, auth=AUTH).status_code == 200

    def test_hosts_of_a_simulator_are_kept(self):
        assert list(twreplay.Simulator(hosts=iter(["api.twilio.com"])).hosts) == ["api.twilio.com"]

    def test_keywords_of_a_recorder_hold_for_each_session(self, tmp_path: Path):
        tape = twreplay.Recorder(
            cassette_dir=tmp_path,
            hosts=(host for host in ["api.twilio.com"]),
            redact=iter(["identifiers"]),
            ignore=iter(["query.page"]),
            source="simulator",
        )
        for name in ("one.yaml", "two.yaml"):
            with tape.use_cassette(name, record_mode="rewrite"):
                requests.get(f"{BASE}/Calls", auth=AUTH)
            assert ACCOUNT not in (tmp_path / name).read_text()
            with tape.use_cassette(name):
                assert requests.get(f"{BASE}/Calls?page=0", auth=AUTH).status_code == 200

    def test_keywords_of_a_mark_and_of_a_suite_hold_for_each_test(self, pytester):
        pytester.makeconftest(
            "import pytest\n"
            "@pytest.fixture(scope='session')\n"
            "def twreplay_config(): return {'ignore': iter(['query.page'])}\n"
        )
        pytester.makepyfile(
            "import pytest, requests\n"
            "@pytest.mark.parametrize('n', range(3))\n"
            "@pytest.mark.twreplay('calls.yaml', record_mode='once', source='simulator',\n"
            "                      hosts=iter(['api.twilio.com']), allow_playback_repeats=True)\n"
            "def test_it(n, twilio_cassette):\n"
            f"    requests.get('{BASE}/Calls', params={{'page': n}}, auth=('{ACCOUNT}', 'x'))\n"
            "    assert len(twilio_cassette) == 1\n"
        )
        pytester.runpytest_inprocess("-p", "no:cacheprovider").assert_outcomes(passed=3)
