"""What looks like a credential is found where it stands, and nothing else is."""

from __future__ import annotations

import base64
import gzip
import json
from types import SimpleNamespace
from urllib.parse import quote

import pytest
import yaml
from basic_auth import encode_basic
from cassette_files import Loader, render
from command_line import run
from conftest import ACCOUNT, BASE
from recorder import handler_of
from token_guard import LET_BE

import twreplay
from twreplay import Headers, Interaction, Request, Response, errors

HEX = "9f86d081884c7d659a2feaa0c55ad015"
JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N"
BASIC = base64.b64encode(f"{ACCOUNT}:{HEX}".encode()).decode()
PACKED = base64.b64encode(f"<AuthToken>{HEX}</AuthToken>".encode()).decode()
FORM = "application/x-www-form-urlencoded"


def interaction(url="/Calls", sent=(), body=b"", got=(), answer=b"", method="GET"):
    request = Request(method, f"{BASE}{url}", Headers(sent), body)
    return Interaction(request, Response(200, Headers(got), answer, "OK"))


def form(**fields):
    body = "&".join(f"{name}={quote(value, safe='')}" for name, value in fields.items())
    return interaction(sent={"Content-Type": FORM}, body=body.encode(), method="POST")


def answered(text, kind="application/xml"):
    return interaction(got={"Content-Type": kind}, answer=text.encode())


SECRETS = {
    "Basic": (
        interaction(sent={"Authorization": f"Basic {BASIC}"}),
        "credentials",
        "Authorization",
    ),
    "Basic in plain text": (
        interaction(sent={"Authorization": f"Basic {ACCOUNT}:{HEX}"}),
        "credentials",
        "Authorization",
    ),
    "Bearer": (
        interaction(sent={"Authorization": f"Bearer {HEX}"}),
        "credentials",
        "Authorization",
    ),
    "proxy": (
        interaction(sent={"Proxy-Authorization": f"Basic {BASIC}"}),
        "credentials",
        "Proxy-Authorization",
    ),
    "Cookie": (interaction(sent={"Cookie": "a=REDACTED; b=s3cr3t-enough"}), "cookie", "Cookie"),
    "Set-Cookie": (
        interaction(got={"Set-Cookie": "a=s3cr3t-enough; Path=/"}),
        "cookie",
        "Set-Cookie",
    ),
    "header by name": (
        interaction(sent={"X-Api-Key": "s3cr3t-enough"}),
        "header of a credential",
        "X-Api-Key",
    ),
    "header by value": (interaction(got={"X-Echo": f"token is {HEX}"}), "32 hexa", "X-Echo"),
    "query": (interaction(f"/Calls?key={HEX}"), "value of a field named", "url"),
    "AuthToken in a query": (interaction("/Calls?AuthToken=sh0rt"), "auth token", "url"),
    "userinfo": (form(Url=f"https://me:{HEX[:9]}@app.example/"), "password in a URL", "body"),
    "AuthToken in a form": (form(AuthToken="sh0rt"), "auth token", "body"),
    "XML": (answered(f"<Account><AuthToken>{HEX}</AuthToken></Account>"), "auth token", "body"),
    "JSON": (answered(json.dumps({"auth_token": HEX}), "application/json"), "auth token", "body"),
    "CSV": (answered("Sid,AuthToken\r\nAC1,s3cr3t\r\n", "text/csv"), "auth token", "body"),
    "HTML": (answered(f'<div class="auth-token">{HEX}</div>', "text/html"), "auth token", "body"),
    "free text": (answered(f"the token is {HEX}."), "32 hexa", "body"),
    "JSON web token": (answered(f"<Next>{JWT}</Next>"), "JSON web token", "body"),
    "curl in a text": (answered(f"curl -H 'Authorization: Basic {BASIC}'"), "credentials", "body"),
    "base64": (
        answered(json.dumps({"blob": PACKED})),
        "auth token in base64",
        "body",
    ),
    "percent-encoded": (
        answered("<Url>x?u=https%3A%2F%2Fme%3As3cr3t%40app.example</Url>"),
        "password in a URL, percent-encoded",
        "body",
    ),
    "gzip": (
        interaction(answer=gzip.compress(f"<AuthToken>{HEX}</AuthToken>".encode())),
        "auth token",
        "body",
    ),
}

HARMLESS = {
    "placeholders": interaction(
        "/Calls?AuthToken=REDACTED",
        sent={"Authorization": f"Basic {ACCOUNT}:REDACTED", "Cookie": "REDACTED"},
        got={"Set-Cookie": "session=REDACTED; Path=/", "X-Api-Key": "xxxxxxxxxxxx"},
        answer=b"<AuthToken>********</AuthToken><Url>https://me:REDACTED@app.example/</Url>",
    ),
    "those of other people": interaction(
        sent={"Authorization": "<your auth token>", "X-Api-Key": "[FILTERED]"},
    ),
    "an ETag": interaction(got={"ETag": f'"{HEX}"', "X-Md5": HEX}),
    "a condition": interaction(sent={"If-None-Match": f'"{HEX}"'}),
    "an md5 sum": answered(f'{{"md5": "{HEX}", "checksum": "{HEX}"}}', "application/json"),
    "ids of requests": interaction(got={"X-Request-Id": HEX, "Twilio-Request-Id": f"RQ{HEX}"}),
    "a trace": interaction(sent={"traceparent": f"00-{HEX}-b7ad6b7169203331-01"}),
    "Sids": answered(f"<Sid>CA{HEX}</Sid><Uri>/2008-08-01/Accounts/AC{HEX}/Calls</Uri>"),
    "an avatar": answered(f"<AvatarUrl>https://www.gravatar.example/avatar/{HEX}</AvatarUrl>"),
    "a path": interaction(f"/Media/{HEX}"),
    "a recording": answered(f"<RecordingUrl>https://a.example/{HEX}.wav</RecordingUrl>"),
    "one digit again and again": answered(f"<Key>{'0' * 32}</Key>"),
    "a boundary": interaction(sent={"Content-Type": f"multipart/form-data; boundary={HEX}"}),
    "a sha256": answered(f"it is {HEX}{HEX}"),
    "a word after Basic": answered("Basic authentication, a bearer of good news"),
    "an address": answered("<Url>https://app.example/a@b:c</Url> me@app.example"),
    "binary": interaction(answer=bytes(range(256)) * 20),
    "a picture": answered(base64.b64encode(bytes(range(256)) * 4).decode()),
}


@pytest.fixture
def scan_text(tmp_path):
    """Return what ``twreplay scan`` finds in a file of this text, and nothing of the secrets."""

    def scan_text(text, *options, suffix=".yaml"):
        # By others: a value may hold what another test records as a token.
        path = tmp_path / LET_BE / f"x{suffix}"
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, "utf-8")
        found = json.loads(run("scan", path, "--json", *options).stdout)
        return [SimpleNamespace(**each) for each in found["findings"]]

    return scan_text


@pytest.fixture
def scan(scan_text):
    """Return what ``twreplay scan`` finds in a cassette of these interactions."""

    def scan(interactions, *options):
        return scan_text(render(interactions), *options)

    return scan


def convert_to_json(text, indent=1):
    return json.dumps(yaml.load(text, Loader), indent=indent)


@pytest.mark.parametrize("name", SECRETS)
def test_a_credential_is_found_in_its_place(name, scan):
    held, kind, where = SECRETS[name]

    found = scan([interaction(), held])

    assert found, "nothing was found"
    assert found[0].kind.startswith(kind)
    assert (found[0].interaction, found[0].where) == (2, where)
    assert found[0].part == ("request" if held.request.url != BASE + "/Calls" else found[0].part)


@pytest.mark.parametrize("name", SECRETS)
@pytest.mark.parametrize("form", ["text", "json", "github", "sarif"])
def test_a_finding_shows_no_secret(name, form, tmp_path):
    path = tmp_path / "x.yaml"
    path.write_text(render([SECRETS[name][0]]), "utf-8")

    shown = run("scan", path, f"--format={form}")

    assert shown.exit_code == 1
    assert not any(part in shown.output for part in (HEX, BASIC, JWT, "s3cr3t", "sh0rt"))


@pytest.mark.parametrize("name", HARMLESS)
def test_what_opens_nothing_is_let_be(name, scan):
    assert scan([HARMLESS[name]]) == []


@pytest.mark.parametrize("suffix", [".yaml", ".json"])
@pytest.mark.parametrize(
    ("name", "secret"),
    [
        ("query", HEX),
        ("AuthToken in a form", "sh0rt"),
        ("XML", HEX),
        ("header by name", "s3cr3t-enough"),
    ],
)
def test_the_line_is_that_of_the_value(name, secret, suffix, scan_text):
    text = render([interaction(), SECRETS[name][0]])
    if suffix == ".json":
        text = convert_to_json(text)

    (found,) = scan_text(text, suffix=suffix)

    assert secret in text.splitlines()[found.line - 1]


@pytest.mark.parametrize("allowed", ["session", "SESSION", "body", HEX])
def test_what_is_named_as_no_secret_is_let_be(allowed, scan):
    held = answered(f"<session>{HEX}</session>")

    assert scan([held])
    assert scan([held], f"--not-secret={allowed}") == []


def test_another_name_is_not_let_be(scan):
    names = ("--not-secret=sessions", "--not-secret=request", "--not-secret=")

    assert scan([answered(f"<session>{HEX}</session>")], *names)


class TestSaving:
    def record(self, path, **options):
        with twreplay.use_cassette(
            path, record_mode="new_episodes", allow_unused=True, **options
        ) as c:
            request = Request("GET", f"{BASE}/Calls?page=7")
            handler_of(c).record(
                request, Response(200, Headers(), f"<session>{HEX}</session>".encode(), "OK")
            )

    def test_is_refused_and_the_file_stays_as_it_was(self, cassette_path):
        before = cassette_path.read_bytes()

        with pytest.raises(
            errors.SecretInCassette, match="response of interaction 3: body"
        ) as refused:
            self.record(cassette_path)

        assert HEX not in str(refused.value)
        assert cassette_path.read_bytes() == before
        assert [p for p in cassette_path.parent.iterdir() if p.suffix != ".lock"] == [cassette_path]

    def test_of_a_new_file_leaves_none(self, tmp_path):
        with pytest.raises(errors.SecretInCassette):
            self.record(tmp_path / "new.yaml")

        assert not (tmp_path / "new.yaml").exists()

    @pytest.mark.parametrize("named", ["session", ["session"], HEX])
    def test_goes_ahead_when_it_is_no_secret(self, cassette_path, named):
        self.record(cassette_path, not_secret=named)

        assert HEX in cassette_path.read_text()

    def test_of_a_failed_test_is_refused_too_and_its_own_error_stays(self, cassette_path):
        with pytest.raises(ZeroDivisionError) as failed:
            with twreplay.use_cassette(cassette_path, record_mode="all") as cassette:
                request = Request("GET", f"{BASE}/Calls?page=7")
                handler_of(cassette).record(request, Response(200, Headers(), HEX.encode(), "OK"))
                raise ZeroDivisionError

        (note,) = failed.value.__notes__
        assert "what was recorded was not kept" in note
        assert HEX not in note
        assert not list(cassette_path.parent.glob("*.failed.*"))


class TestText:
    """What no reader understands is searched as the text it is."""

    RUBY = f"""---
http_interactions:
- request:
    method: get
    uri: https://api.twilio.com/2008-08-01/Accounts
    headers:
      Authorization:
      - Basic {BASIC}
      Cookie:
      - session={HEX}
  response:
    body:
      string: "<AuthToken>{HEX[::-1]}</AuthToken>"
recorded_with: [VCR
"""

    def test_of_another_tool_is_searched(self, scan_text):
        found = scan_text(self.RUBY)

        assert [(each.line, each.kind) for each in found] == [
            (8, "credentials"),
            (10, "cookie"),
            (13, "auth token"),
        ]
        assert all(each.interaction == 0 for each in found)
        assert HEX not in f"{found}"

    def test_of_a_har_is_searched(self, scan_text):
        header = {"name": "Authorization", "value": f"Basic {BASIC}"}
        entry = {"request": {"headers": [header]}, "response": {"content": {"text": PACKED}}}
        text = json.dumps({"log": {"entries": [entry]}}, indent=1)

        assert [each.kind for each in scan_text(text, suffix=".har")] == [
            "credentials",
            "auth token in base64",
        ]

    def test_that_is_broken_is_searched(self, scan_text):
        text = f"version: 1\ninteractions: [\n  AuthToken: {HEX}\n"

        assert [each.line for each in scan_text(text)] == [3]

    def test_below_keys_that_no_cassette_has_is_searched(self, scan_text):
        text = render([interaction()]) + f"metadata:\n  owner: me\n  client_secret: {HEX}\n"

        (found,) = scan_text(text)

        assert (found.part, found.where) == ("file", "text")
        assert HEX in text.splitlines()[found.line - 1]


def test_findings_of_one_kind_in_one_body_are_one(scan, tmp_path):
    body = "".join(f"<AuthToken>{HEX[:-1]}{digit}</AuthToken>" for digit in range(7))

    (found,) = scan([answered(body)])

    assert found.count == 7
    assert run("scan", tmp_path).stdout.endswith("auth token (7 of them)\n")


@pytest.mark.parametrize("indent", [None, 2], ids=["one line", "indented"])
def test_the_line_in_json_is_right_where_the_value_is_escaped(indent, scan_text):
    text = f'it says "response": <AuthToken>{HEX}\t"é</AuthToken>'
    written = convert_to_json(render([interaction(), answered(text)]), indent)

    (found,) = scan_text(written, suffix=".json")

    assert HEX in written.splitlines()[found.line - 1]


PLACEHOLDERS = [
    "test_set_cookie",
    "Bearer test_openai_api_key",
    "test_aws_authorization",
    "<ACCESS_TOKEN>",
    "bearer <ACCESS_TOKEN>",
    "{{auth}}",
    "${TOKEN}",
    "DUMMY",
    "REDACTED",
    "XXXXXXXX",
    "[FILTERED]",
    "Basic <AUTH>",
    encode_basic("test", "test"),
    encode_basic("user", "passwd"),
    encode_basic("<ACCOUNT_SID>", "<AUTH_TOKEN>"),
    "Bearer __MASTODON_PY_TEST_ACCESS_TOKEN",
    "fake-access-token",
    "example",
    "changeme",
    "your auth token",
    "ACxxxxxxxxxxxxxxxx:xxxxxxxx",
    "********",
]


@pytest.mark.parametrize("value", PLACEHOLDERS)
@pytest.mark.parametrize("name", ["Authorization", "X-Api-Key"])
def test_a_placeholder_is_told_only_when_asked_for(name, value, scan):
    held = interaction(sent={name: value})

    assert scan([held]) == []
    for found in scan([held], "--placeholders"):
        assert found.placeholder


@pytest.mark.parametrize(
    "value",
    [
        HEX,
        "sk_test_4eC39HqLyjWDarjtT1zdp7dc",
        "test-9f86d081884c7d65",
        "hunter2",
        "correct horse battery staple",
        f"<{HEX}>",
        "Tr0ub4dor&3",
    ],
)
def test_a_secret_is_no_placeholder(value, scan):
    assert scan([interaction(sent={"X-Api-Key": value})])
