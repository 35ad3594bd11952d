"""What the commands make of the webhooks on a cassette."""

from __future__ import annotations

import json
from hashlib import sha256
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import yaml
from click.testing import CliRunner
from command_line import main
from two_way import CALL, CALLS, SID, TOKEN, VOICE, params

from twreplay import sign

FORM_TYPE = "application/x-www-form-urlencoded"


@pytest.fixture
def run(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    def run(*arguments: str):
        result = CliRunner().invoke(main, list(arguments))
        assert result.exception is None or isinstance(result.exception, SystemExit)
        return result

    return run


def build_webhook(
    after=1, answer="<Response/>", url=VOICE, headers=None, form=None, without=(), **changed
):
    """Return a webhook as it stands in a cassette."""
    fields = {"Content-Type": [FORM_TYPE], "X-Twilio-Signature": ["REDACTED"], **(headers or {})}
    sent = [f"{name}={value}" for name, value in params(**changed).items() if value != "-"]
    return {
        "after": after,
        "request": {
            "body": "&".join(sent) if form is None else form,
            "headers": {name: value for name, value in fields.items() if name not in without},
            "method": "POST",
            "uri": url,
        },
        "response": {
            "body": {"string": answer},
            "headers": {"Content-Type": ["text/xml"]},
            "status": {"code": 200, "message": "OK"},
        },
    }


def write(name, *webhooks, pages=(0,)):
    interactions = [
        {
            "request": {
                "body": None,
                "headers": {},
                "method": "GET",
                "uri": f"{CALLS}?page={page}",
            },
            "response": {
                "body": {"string": f"<TwilioResponse p='{page}'/>"},
                "headers": {"Content-Type": ["application/xml"]},
                "status": {"code": 200, "message": "OK"},
            },
        }
        for page in pages
    ]
    ours = {"format": 1, "origin": "recorded", "webhooks": list(webhooks)}
    data = {"version": 1, "twreplay": ours, "interactions": interactions}
    Path(name).write_text(yaml.safe_dump(data, sort_keys=False), "utf-8")


def list_webhooks(name):
    webhooks = yaml.safe_load(Path(name).read_text("utf-8"))["twreplay"]["webhooks"]
    return [(one["after"], urlsplit(one["request"]["uri"]).path) for one in webhooks]


# --- verify -----------------------------------------------------------------------------------


def check(run, *webhooks):
    """Return the aspect and place of each drift of webhooks."""
    write("calls.yaml", *webhooks, pages=())
    found = json.loads(run("verify", "calls.yaml", "--json").stdout)["cassettes"][0]["findings"]
    return [(one["aspect"], one["where"]) for one in found if one["question"] is None]


def test_verify_agrees_with_webhooks_that_are_as_the_api_sends_them(run):
    more = {"CallStatus": "completed", "DialStatus": "-", "CallDuration": "3", "Duration": "3"}
    write("calls.yaml", build_webhook(after=0), build_webhook(after=0, **more), pages=())
    result = run("verify", "calls.yaml")
    assert result.exit_code == 0
    assert "0 interactions and 2 webhooks in 1 cassette agree with the rules" in result.output


def test_verify_misses_a_signature(run):
    unsigned = build_webhook(after=0, without=("X-Twilio-Signature",))
    assert check(run, unsigned) == [("header", "X-Twilio-Signature")]


@pytest.mark.parametrize(
    ("changed", "found"),
    [
        ({"Caller": "-"}, ("missing element", "Caller")),
        ({"CallStatus": "ringing"}, ("value", "CallStatus")),
        ({"DialStatus": "engaged"}, ("value", "DialStatus")),
        ({"AccountSid": "me"}, ("value", "AccountSid")),
        ({"Mood": "good"}, ("unexpected element", "Mood")),
        ({"ApiVersion": "2010-04-01"}, ("value", "ApiVersion")),
    ],
)
def test_verify_holds_parameters_against_the_rules(run, changed, found):
    assert found in check(run, build_webhook(after=0, **changed))


def test_verify_rests_the_order_of_parameters_on_a_question(run):
    turned = dict(reversed(params().items()))
    form = "&".join(f"{name}={value}" for name, value in turned.items())
    assert check(run, build_webhook(after=0, form=form)) == []
    assert "question 120" in run("verify", "calls.yaml").output


def test_verify_checks_the_twiml_of_answers(run):
    answer = "<Response>\n<Say voice='robot'>Hi</Say></Response>"
    assert check(run, build_webhook(after=0, answer=answer)) == [("format", "answer, line 2")]


def test_verify_knows_that_a_call_ends_once(run):
    end = build_webhook(after=0, CallStatus="completed", DialStatus="-")
    late = build_webhook(after=0, DialStatus="-", Digits="1")
    assert check(run, build_webhook(after=0), end, late) == [("order", "webhook")]


def test_verify_names_the_line_and_the_webhook(run):
    write("calls.yaml", build_webhook(CallStatus="ringing"))
    output = run("verify", "calls.yaml").output
    lines = Path("calls.yaml").read_text().splitlines()
    place = lines.index("  - after: 1") + 1
    assert f"webhook 1. POST {VOICE} -> 200, line {place}" in output


def test_verify_refuses_a_post_that_is_no_webhook(run):
    assert check(run, build_webhook(after=0, form="a=b")) == [("value", "parameters")]


# --- show, ls, diff ---------------------------------------------------------------------------


def test_show_puts_a_webhook_behind_what_it_followed(run):
    write("calls.yaml", build_webhook(after=1), pages=(0, 1))
    output = run("show", "calls.yaml").output
    assert output.index("1. GET") < output.index("webhook 1. POST") < output.index("2. GET")
    assert "webhook" not in run("show", "calls.yaml", "2").output
    (told,) = json.loads(run("show", "calls.yaml", "--json").stdout)["webhooks"]
    assert (told["after"], told["url"], told["body"]) == (1, VOICE, "<Response />")


def test_show_puts_webhooks_on_its_page(run):
    write("calls.yaml", build_webhook(after=0), build_webhook(after=1))
    run("show", "calls.yaml", "--html", "calls.html")
    page = Path("calls.html").read_text()
    assert page.index('id="wi1"') < page.index('id="i1"') < page.index('id="wi2"')


def test_ls_counts_webhooks(run):
    write("calls.yaml", build_webhook())
    assert "1 (1 x 200; 1 webhook)" in run("ls", "calls.yaml").output
    assert json.loads(run("ls", "calls.yaml", "--json").stdout)["cassettes"][0]["webhooks"] == 1


def test_diff_compares_what_was_asked_and_answered(run):
    other = f"CA{3:032x}"
    write("old.yaml", build_webhook(), build_webhook(url=f"{VOICE}/gone"))
    new = build_webhook(answer="<Response><Hangup/></Response>", CallSid=other, CallGuid=other)
    write("new.yaml", new, build_webhook(url=f"{VOICE}/new"))
    result = run("diff", "old.yaml", "new.yaml")
    assert result.exit_code == 1
    assert f"changed  1. webhook POST {VOICE}" in result.output
    assert "after   <Response>; <Hangup/>; </Response>" in result.output
    assert "1 changed, 1 removed, 1 added; 1 interaction and 0 webhooks the same." in result.output


def test_diff_takes_sids_and_whitespace_for_no_difference(run):
    other = f"CA{3:032x}"
    write("old.yaml", build_webhook())
    write(
        "new.yaml", build_webhook(answer="<Response>\n</Response>", CallSid=other, CallGuid=other)
    )
    result = run("diff", "old.yaml", "new.yaml")
    assert (result.exit_code, result.output) == (0, "1 interaction and 1 webhook the same.\n")


# --- merge, convert, prune, redact, scan ------------------------------------------------------


def test_merge_numbers_webhooks_by_the_new_interactions(run):
    write("a.yaml", build_webhook(after=2), pages=(0, 1))
    write("b.yaml", build_webhook(after=1, url=f"{VOICE}/b"), pages=(7,))
    run("merge", "a.yaml", "b.yaml", "-o", "both.yaml")
    assert list_webhooks("both.yaml") == [(2, "/voice"), (3, "/voice/b")]


def test_merge_keeps_the_webhooks_of_what_both_have_once(run):
    write("a.yaml", build_webhook())
    write("b.yaml", build_webhook(url=f"{VOICE}/b"))
    run("merge", "a.yaml", "b.yaml", "-o", "both.yaml")
    assert list_webhooks("both.yaml") == [(1, "/voice")]


def test_convert_keeps_webhooks_in_json_and_says_where_they_have_no_place(run):
    write("a.yaml", build_webhook())
    run("convert", "a.yaml", "a.json")
    assert list_webhooks("a.json") == [(1, "/voice")]
    assert "1 webhook, for which har has no place" in run("convert", "a.yaml", "a.har").stderr


def test_prune_drops_a_webhook_with_what_it_followed_and_numbers_the_others(run):
    write(
        "a.yaml", *(build_webhook(after=n, url=f"{VOICE}/{n}") for n in range(4)), pages=(0, 1, 2)
    )
    path = Path("a.yaml").resolve()
    content = sha256(path.read_bytes()).hexdigest()
    used = {"total": 3, "unused": [1], "settled": True, "content": content}
    note = {
        "format": 1,
        "scope": [path.parent.as_posix()],
        "why_not": [],
        "cassettes": {path.as_posix(): used},
    }
    cache = Path(".pytest_cache/v/twreplay")
    cache.mkdir(parents=True)
    (cache / "plays").write_text(json.dumps(note))
    assert run("prune", "a.yaml").exit_code == 0
    assert list_webhooks("a.yaml") == [(0, "/voice/0"), (1, "/voice/1"), (2, "/voice/3")]


def test_redact_takes_secrets_and_numbers_out_of_webhooks(run):
    token = f"{0xABCDEF0123456789:032x}"
    signature = sign(VOICE, params(), token)
    write("a.yaml", build_webhook(headers={"X-Twilio-Signature": [signature]}))
    assert run("redact", "--check", "a.yaml").exit_code == 1
    run("redact", "a.yaml", "--identifiers")
    text = Path("a.yaml").read_text()
    assert not [one for one in (signature, "4158675309", CALL, SID) if one in text]
    assert list_webhooks("a.yaml") == [(1, "/voice")]


def test_scan_finds_a_credential_in_a_webhook_and_its_line(run):
    write("a.yaml", build_webhook(url=f"{VOICE}?AuthToken={TOKEN}x9"), build_webhook())
    result = run("scan", "a.yaml")
    assert result.exit_code == 1
    assert "webhook 1, request url" in result.output
    line = int(result.output.partition("line ")[2].partition(",")[0])
    assert "AuthToken" in Path("a.yaml").read_text().splitlines()[line - 1]
