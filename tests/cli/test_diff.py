from __future__ import annotations

import json

import pytest
from basic_auth import FORM_TYPE, encode_basic
from cassette_files import write
from click.testing import CliRunner
from command_line import main

from twreplay import Headers, Interaction, Request, Response, Simulator

CALL = "Caller=4158675309&Called=4155551212&Url=http%3A%2F%2Fapp.example%2Fvoice"


class Session:
    """What one session with the API recorded."""

    def __init__(self, seed: int = 0) -> None:
        self.simulator = Simulator(seed=seed, undocumented="ignore")
        self.simulator.add_incoming_phone_number(PhoneNumber="4158675309")
        self.interactions: list[Interaction] = []

    def send(self, method: str, path: str, body: str = "") -> Response:
        headers = {"Authorization": encode_basic(*self.simulator.auth)}
        headers |= {"Content-Type": FORM_TYPE} if body else {}
        request = Request(method, self.simulator.account_url + path, headers, body)
        response = self.simulator.handle(request)
        self.interactions.append(Interaction(request, response))
        return response

    def make_call_and_look(self) -> Session:
        self.send("POST", "/Calls", CALL)
        self.send("GET", f"/Calls/{self.simulator.calls[-1].Sid}")
        self.send("GET", "/Calls")
        return self

    def spoil(self, index: int, old: str, new: str) -> None:
        """Have another text in a body."""
        each = self.interactions[index]
        body = each.response.body.replace(old.encode(), new.encode())
        assert body != each.response.body
        response = Response(each.response.status, each.response.headers, body)
        self.interactions[index] = Interaction(each.request, response)


@pytest.fixture
def compare(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    def run(older: Session, newer: Session, *options: str):
        for name, session in (("older.yaml", older), ("newer.yaml", newer)):
            write(tmp_path / name, *session.interactions)
        result = CliRunner().invoke(main, ["diff", "older.yaml", "newer.yaml", *options])
        assert result.exception is None or isinstance(result.exception, SystemExit)
        return result

    return run


def changes(result) -> list[dict]:
    return json.loads(result.stdout)["changes"]


def test_the_same_session_at_another_time_with_other_sids_is_the_same(compare):
    older, newer = Session(seed=1).make_call_and_look(), Session(seed=2)
    newer.simulator.clock.advance(seconds=400 * 86400)
    newer.make_call_and_look()
    assert older.simulator.calls[0].Sid != newer.simulator.calls[0].Sid

    result = compare(older, newer)

    assert result.stdout == "3 interactions the same.\n"
    assert result.exit_code == 0


@pytest.mark.parametrize("turned", [False, True], ids=["newer", "older"])
def test_element_that_one_answer_has_twice_is_named(compare, turned):
    once, twice = Session().make_call_and_look(), Session().make_call_and_look()
    twice.spoil(1, "<Called>", "<Called>1</Called><Called>")

    result = compare(*(twice, once) if turned else (once, twice))

    assert "element Call.Called" in result.stdout
    assert f"{'before' if turned else 'after '}  there 2 times" in result.stdout
    assert result.exit_code == 1


def test_element_that_both_answers_have_twice_is_the_same(compare):
    older, newer = Session().make_call_and_look(), Session().make_call_and_look()
    for session in (older, newer):
        session.spoil(1, "<Called>", "<Called>4155551212</Called><Called>")

    assert compare(older, newer).exit_code == 0


def test_a_value_that_changed(compare):
    older, newer = Session().make_call_and_look(), Session().make_call_and_look()
    newer.spoil(1, "<Called>4155551212", "<Called>4155559999")

    result = compare(older, newer)

    assert result.exit_code == 1
    shown = [line.rstrip() for line in result.stdout.splitlines()]
    assert shown[0].startswith("changed  2. GET /Accounts/AC")
    assert shown[1:] == [
        "         value Call.Called",
        "           before  4155551212",
        "           after   4155559999",
        "",
        "1 changed; 2 interactions the same.",
    ]


def test_an_element_that_went_is_told_by_its_place(compare):
    older, newer = Session().make_call_and_look(), Session().make_call_and_look()
    newer.spoil(1, "<Called>4155551212</Called>", "")

    [change] = changes(compare(older, newer, "--json"))

    assert change["answered"] == [
        {
            "aspect": "element",
            "where": "Call.Called",
            "before": "there",
            "after": "none",
        }
    ]


def test_another_status_is_a_change(compare):
    older, newer = Session(), Session()
    older.send("POST", "/Calls", CALL)
    newer.simulator.when("POST", "/Calls").respond(400, code=21211)
    newer.send("POST", "/Calls", CALL)

    [change] = changes(compare(older, newer, "--json"))

    assert (change["kind"], change["before"], change["after"]) == ("changed", 1, 1)
    assert [change["answered"][0][name] for name in ("aspect", "before", "after")] == [
        "status",
        "200",
        "400 with code 21211",
    ]


def test_the_same_operation_asked_otherwise_is_one_change(compare):
    older, newer = Session(), Session()
    older.send("POST", "/Calls", CALL)
    newer.send("POST", "/Calls", CALL + "&Timeout=20")

    [change] = changes(compare(older, newer, "--json"))

    assert change["asked"] == [{"part": "form.Timeout", "before": None, "after": "20"}]


def test_requests_of_one_side_only_are_removed_or_added(compare):
    older, newer = Session(), Session()
    older.send("GET", "/Calls")
    newer.send("GET", "/Recordings")
    newer.send("GET", "/Notifications")

    found = changes(compare(older, newer, "--json"))

    assert [(c["kind"], c["before"], c["after"]) for c in found] == [
        ("removed", 1, None),
        ("added", None, 1),
        ("added", None, 2),
    ]


def test_another_order_of_requests_is_no_difference(compare):
    older, newer = Session(), Session()
    for session, paths in ((older, "/Calls /Recordings"), (newer, "/Recordings /Calls")):
        for path in paths.split():
            session.send("GET", path)

    assert compare(older, newer).exit_code == 0


def test_one_call_more_in_a_list_is_told_as_row_and_counter(compare):
    older, newer = Session().make_call_and_look(), Session()
    newer.simulator.add_call(Called="4155550100")
    newer.make_call_and_look()

    [change] = changes(compare(older, newer, "--json"))

    aspects = {said["aspect"] for said in change["answered"]}
    assert "in the list" in aspects
    assert "counter" in aspects


def test_other_audio_is_a_change(compare):
    older, newer = Session(), Session()
    for session, audio in ((older, b"RIFF1"), (newer, b"RIFF2")):
        url = session.simulator.account_url + "/Recordings/RE" + "a" * 32 + ".wav"
        response = Response(200, Headers({"Content-Type": "audio/x-wav"}), audio)
        session.interactions.append(Interaction(Request("GET", url), response))

    [change] = changes(compare(older, newer, "--json"))

    [said] = change["answered"]
    assert said["where"] == "body"


def test_one_that_cannot_be_read(compare, tmp_path):
    (tmp_path / "bad.yaml").write_text("interactions:\n- [")
    write(tmp_path / "good.yaml")

    result = CliRunner().invoke(main, ["diff", "good.yaml", "bad.yaml"])

    assert result.exit_code == 2
    assert "line 2" in result.stderr
