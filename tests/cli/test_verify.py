from __future__ import annotations

import json
import os
import socketserver
import threading
from pathlib import Path
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

import pytest
import requests
import yaml
from click.testing import CliRunner
from command_line import main
from conftest import ACCOUNT, TOKEN

import twreplay

REPOSITORY = Path(__file__).parents[2]
GOLDEN = Path(__file__).parent / "reports"
MAKE = (REPOSITORY / "cassettes/calls/make.yaml").read_text()
LIST = (REPOSITORY / "cassettes/calls/list.yaml").read_text()
WRONG = (
    MAKE.replace("<Called>4155550101</Called>", "<Called>4155550102</Called>")
    .replace("<Duration/>", "")
    .replace("<Code>21201</Code>", "<Code>21211</Code>")
)


@pytest.fixture
def verify(tmp_path, monkeypatch):
    """The command, run in a project of its own."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("TWILIO_ACCOUNT_SID", raising=False)
    monkeypatch.delenv("TWILIO_AUTH_TOKEN", raising=False)
    Path("cassettes").mkdir()

    def run(*arguments: str):
        result = CliRunner().invoke(main, ["verify", *arguments])
        assert result.exception is None or isinstance(result.exception, SystemExit)
        return result

    return run


def compared(name: str, text: str) -> None:
    file = GOLDEN / f"{name}.txt"
    if os.environ.get("TWREPLAY_UPDATE_MESSAGES"):
        file.write_text(text, "utf-8")
    assert text == (file.read_text("utf-8") if file.exists() else None)


class TestReport:
    def test_agreement_is_told(self, verify):
        Path("cassettes/make.yaml").write_text(MAKE)

        result = verify()

        assert result.exit_code == 0
        compared("agrees", result.stdout)

    def test_drift_is_told_with_rule_and_source(self, verify):
        Path("cassettes/make.yaml").write_text(WRONG)
        Path("cassettes/list.yaml").write_text(LIST)

        result = verify()

        assert result.exit_code == 1
        compared("drift", result.stdout)

    def test_one_profile_is_held_against_alone_when_asked_for(self, verify):
        Path("cassettes/make.yaml").write_text(MAKE)

        result = verify("--profile=documented")

        assert result.exit_code == 1
        compared("documented", result.stdout)

    def test_what_nobody_knows_is_no_drift(self, verify):
        Path("cassettes/list.yaml").write_text(LIST)

        result = verify("cassettes/list.yaml")

        assert result.exit_code == 0
        compared("question", result.stdout)

    def test_a_cassette_with_nothing_to_check_is_told(self, verify):
        Path("empty.json").write_text('{"version": 1, "interactions": []}')

        result = verify("empty.json")

        assert result.exit_code == 0
        assert result.stdout == "Nothing to check in 1 cassette.\n"

    def test_a_terminal_is_not_obeyed(self, verify):
        text = MAKE.replace("<Called>4155550101</Called>", "<Called>HERE</Called>")
        hostile = json.dumps(yaml.safe_load(text)).replace("HERE", r"\u202egpj.exe\u009b2J")
        Path("cassettes/make.json").write_text(hostile)

        shown = verify().stdout

        assert "gpj.exe" in shown
        assert not {"\x1b", "\u202e", "\u009b"} & set(shown)


class TestJson:
    def test_json_has_each_finding_with_its_line(self, verify):
        Path("cassettes/make.yaml").write_text(WRONG)

        result = verify("--json")

        assert result.exit_code == 1
        data = json.loads(result.stdout)
        (cassette,) = data["cassettes"]
        last = cassette["findings"][-1]
        assert (data["drift"], cassette["interactions"]) == (3, 2)
        assert (last["interaction"], last["aspect"], last["line"]) == (2, "error code", 30)
        assert (last["recorded"], last["expected"]) == ("21211", "21201")
        assert last["grade"] == "documented"

    def test_json_says_which_profile_alone_agrees(self, verify):
        Path("cassettes/make.yaml").write_text(MAKE)

        result = verify("--json")

        assert result.exit_code == 0
        (cassette,) = json.loads(result.stdout)["cassettes"]
        assert (cassette["only_observed"], cassette["findings"]) == ([1], [])


class TestUsage:
    @pytest.mark.parametrize(
        ("arguments", "told"),
        [
            (("nowhere.yaml",), "does not exist"),
            (("--profile=later", "cassettes"), "later"),
            (("--unsafe", "cassettes"), "--live"),
            (("--live=api.twilio.com", "cassettes"), "scheme and host"),
            (("--live=https://api.twilio.com/2008-08-01", "cassettes"), "scheme and host"),
            (("--live=https://[::1", "cassettes"), "scheme and host"),
            (("--live=https://api.twilio.com:port", "cassettes"), "scheme and host"),
            (("--live=https://a:b@api.twilio.com", "cassettes"), "no credentials in the URL"),
            (("--live=https://api.twilio.com", "cassettes"), "TWILIO_AUTH_TOKEN"),
        ],
    )
    def test_exits_with_2(self, verify, arguments, told):
        result = verify(*arguments)

        assert result.exit_code == 2
        assert told in result.stderr

    def test_a_folder_that_is_not_there_is_named(self, verify):
        Path("cassettes").rmdir()

        result = verify()

        assert result.exit_code == 2
        assert "there is no folder cassettes here" in result.stderr

    def test_a_damaged_cassette_cannot_be_checked(self, verify):
        Path("cassettes/make.yaml").write_text(MAKE)
        Path("cassettes/half.yaml").write_text(MAKE[: len(MAKE) // 2] + "\n\t{")

        result = verify()

        assert result.exit_code == 2
        assert "half.yaml" in result.stderr
        assert "agree" in result.stdout


class _Quiet(WSGIRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        pass


class _Threaded(socketserver.ThreadingMixIn, WSGIServer):
    daemon_threads = True


@pytest.fixture
def endpoint():
    """A simulator on loopback, and where it is."""
    simulator = twreplay.Simulator(
        account_sid="AC" + "7" * 32, auth_token=TOKEN, undocumented="ignore"
    )
    app = twreplay.wsgi(simulator)
    with make_server("127.0.0.1", 0, app, server_class=_Threaded, handler_class=_Quiet) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield simulator, f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


@pytest.fixture
def live(verify, endpoint, monkeypatch):
    simulator, url = endpoint
    monkeypatch.setenv("TWILIO_ACCOUNT_SID", simulator.account_sid)
    monkeypatch.setenv("TWILIO_AUTH_TOKEN", TOKEN)

    def run(*arguments: str):
        result = verify(f"--live={url}", *arguments)
        assert TOKEN not in result.output
        return result

    return run


class TestLive:
    def test_what_the_endpoint_answers_alike_agrees(self, live, endpoint):
        endpoint[0].add_call(Status=2)
        Path("cassettes/list.yaml").write_text(LIST)

        result = live("cassettes")

        assert result.exit_code == 0
        assert result.stdout == "1 interaction in 1 cassette agrees with the live endpoint.\n"
        (entry,) = endpoint[0].requests
        assert (entry.method, entry.response.status) == ("GET", 200)
        assert entry.request.path.split("/")[3] == endpoint[0].account_sid

    def test_what_the_endpoint_answers_otherwise_is_drift(self, live, endpoint):
        endpoint[0].add_call(Status=2)
        Path("cassettes/list.yaml").write_text(
            LIST.replace("<Duration>8</Duration>", "").replace("application/xml", "text/xml")
        )

        result = live("cassettes")

        assert result.exit_code == 1
        compared("live", result.stdout)

    def test_only_what_is_safe_is_sent(self, live, endpoint):
        Path("cassettes/make.yaml").write_text(MAKE)

        result = live("cassettes")

        assert endpoint[0].requests == ()
        assert result.exit_code == 0
        assert "2 not checked: a POST may change something; --unsafe sends it" in result.stdout

    def test_everything_is_sent_if_asked_for(self, live, endpoint):
        endpoint[0].add_incoming_phone_number(PhoneNumber="4155550100")
        Path("cassettes/make.yaml").write_text(MAKE)

        result = live("--unsafe", "cassettes")

        assert [entry.method for entry in endpoint[0].requests] == ["POST", "POST"]
        assert result.exit_code == 1
        assert "201" in result.stdout

    def test_what_was_made_is_found_again(self, live, endpoint):
        simulator, _ = endpoint
        simulator.add_incoming_phone_number(PhoneNumber="4155550100")
        fetch = LIST.split("interactions:\n")[1].replace(
            "/Calls?Status=2", "/Calls/CA0123456789abcdef0123456789abcdef"
        )
        Path("cassettes/both.yaml").write_text(MAKE + fetch)

        live("--unsafe", "cassettes")

        assert simulator.requests[-1].response.status == 200

    def test_an_endpoint_that_does_not_answer_is_told_without_the_token(self, verify, monkeypatch):
        monkeypatch.setenv("TWILIO_ACCOUNT_SID", ACCOUNT)
        monkeypatch.setenv("TWILIO_AUTH_TOKEN", TOKEN)
        Path("cassettes/list.yaml").write_text(LIST)

        result = verify("--live=http://127.0.0.1:9", "cassettes")

        assert result.exit_code == 2
        assert "was not answered" in result.stderr
        assert TOKEN not in result.output

    def test_a_netrc_is_not_asked(self, live, endpoint, monkeypatch, tmp_path):
        (tmp_path / ".netrc").write_text("machine 127.0.0.1 login stranger password no\n")
        monkeypatch.setenv("NETRC", str(tmp_path / ".netrc"))
        endpoint[0].add_call(Status=2)
        Path("cassettes/list.yaml").write_text(LIST)

        assert live("cassettes").exit_code == 0


def test_a_cassette_recorded_over_a_socket_verifies_clean(verify, endpoint):
    simulator, url = endpoint
    base = f"{url}/2008-08-01/Accounts/{simulator.account_sid}"
    with twreplay.use_cassette("cassettes/recorded.yaml", record_mode="once", hosts=["127.0.0.1"]):
        call = {"Caller": "4158675309", "Called": "4155551212", "Url": "http://app.example/"}
        made = requests.post(f"{base}/Calls", data=call, auth=simulator.auth, timeout=60)
        sid = made.text.split("<Sid>")[1][:34]
        for path in ("/Calls", f"/Calls/{sid}", "/IncomingPhoneNumbers.json", "", "/Nothing"):
            requests.get(f"{base}{path}", auth=simulator.auth, timeout=60)
        requests.get(f"{base}/Calls", auth=(simulator.account_sid, "wrong"), timeout=60)

    result = verify()

    assert result.exit_code == 0
    assert result.stdout.startswith("7 interactions in 1 cassette agree with the rules")
