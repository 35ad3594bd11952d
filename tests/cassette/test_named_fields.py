"""A value is taken out by the name of its field, whatever notation and text is around it."""

from __future__ import annotations

import base64
import json
import tempfile
from pathlib import Path
from urllib.parse import quote

import pytest
from cassette_files import read
from conftest import BASE
from extent import choose_extent
from hypothesis import given, settings
from hypothesis import strategies as st
from recorder import record

from twreplay import Interaction, Request, Response

SECRET = "Qk29Wm3Xp7Lr5Vt8Zn4Hd6Gs1Jf0Cb2Y"
HEX = "9f86d081884c7d659a2feaa0c55ad015"
LINES = "\n".join(base64.b64encode(bytes(range(i, i + 48))).decode() for i in range(6))


@pytest.fixture
def write(tmp_path):
    """Returns what is written of the body of an answer."""

    def write(body: str, kind: str = "text/plain") -> str:
        path = tmp_path / "new.yaml"
        record(path, Interaction(Request("GET", BASE), Response(200, {"Content-Type": kind}, body)))
        (written,) = read(path).interactions
        return written.response.body.decode()

    return write


@pytest.mark.parametrize(
    ("body", "written"),
    [
        (f'<user password = "{SECRET}">x</user>', '<user password = "REDACTED">x</user>'),
        (f"password = {SECRET}\n> quoted\n", "password = REDACTED\n> quoted\n"),
        (f"AuthToken = {HEX} ; a > b", "AuthToken = REDACTED ; a > b"),
        (f'var token = "{SECRET}"; f = () => 1', 'var token = "REDACTED"; f = () => 1'),
        (
            f'data: {{"access_token":"{SECRET}"}}\n\ndata: {{"a":1}}\n\n',
            'data: {"access_token":"REDACTED"}\n\ndata: {"a":1}\n\n',
        ),
        ('{"password":"&a"}', '{"password":"REDACTED"}'),
        ('{"password":"<a"}', '{"password":"REDACTED"}'),
        ('{"password":">a"}', '{"password":"REDACTED"}'),
        ("<password>&amp;a</password>", "<password>REDACTED</password>"),
        ("<password><![CDATA[&a]]></password>", "<password><![CDATA[REDACTED]]></password>"),
        ("password=&user=bob", "password=&user=bob"),
        ("<password>&nbsp;</password>", "<password>&nbsp;</password>"),
        ('{"password":837465291843}', '{"password":"REDACTED"}'),
        ('{"password": 123456.75, "a": 1}', '{"password": "REDACTED", "a": 1}'),
        ('{"passwords": [837465291843, 1]}', '{"passwords": ["REDACTED", 1]}'),
        ('{"a": "{\\"passcode\\":837465}"}', '{"a": "{\\"passcode\\":\\"REDACTED\\"}"}'),
        ('{"pass\\u0077ord": 837465291843}', '{"password": "REDACTED"}'),
        ('{"passwords": {"bob": {"new": "a"}}}', '{"passwords": {"bob": {"new": "REDACTED"}}}'),
        (
            f'{{"credentials": {{"username": "bob", "url": "/a", "private": "{SECRET}"}}}}',
            '{"credentials": {"username": "bob", "url": "/a", "private": "REDACTED"}}',
        ),
        ("{'tokens': [b'a1b2c3d4e5', b'f6a7b8c9d0']}", "{'tokens': [b'REDACTED', b'REDACTED']}"),
        ("Uid=u;Pwd={hunter2};", "Uid=u;Pwd=REDACTED};"),
        ('password = """hunter2"""', 'password = """REDACTED"""'),
        ('{"password": "a\\"b", "c": "d"}', '{"password": "REDACTED", "c": "d"}'),
        ('{"password": "a\\\\", "c": "d"}', '{"password": "REDACTED", "c": "d"}'),
        (
            json.dumps({"a": json.dumps({"password": 'x"y\\', "c": "d"})}),
            json.dumps({"a": json.dumps({"password": "REDACTED", "c": "d"})}),
        ),
        ("postgres://u:p@ss@w@h/db", "postgres://u:REDACTED@h/db"),
        ("<Token hint='x'/>plain words", "<Token hint='x'/>plain words"),
        (f"<th>Auth Token:</th><td>{SECRET}</td>", "<th>Auth Token:</th><td>REDACTED</td>"),
        ("<td>Password</td><td>8+ letters</td>", "<td>Password</td><td>8+ letters</td>"),
        (f'["password", "{SECRET}"]', '["password", "REDACTED"]'),
        (f"[('a', 'b'), ('password', '{SECRET}')]", "[('a', 'b'), ('password', 'REDACTED')]"),
        ('["password", "username"]', '["password", "username"]'),
        (f's:8:"password";s:32:"{SECRET}";', 's:8:"password";s:32:"REDACTED";'),
        (f'{{"key":"API_SECRET","val":"{SECRET}"}}', '{"key":"API_SECRET","val":"REDACTED"}'),
        (
            f"<Param><Name>password</Name><Value>{SECRET}</Value></Param>",
            "<Param><Name>password</Name><Value>REDACTED</Value></Param>",
        ),
        (
            f"<input type=password name=p value='{SECRET}'>",
            "<input type=password name=p value='REDACTED'>",
        ),
        (f"call --password {SECRET} -v", "call --password REDACTED -v"),
        ("--keyboard us --password file", "--keyboard us --password file"),
        (f"curl -u bob:{SECRET} x", "curl -u bob:REDACTED x"),
        (f"curl x --user 'bob:{SECRET}'", "curl x --user 'bob:REDACTED'"),
        (f"https://u:a/b@{SECRET}@h.example/", "https://u:REDACTED@h.example/"),
        ("http://host:80/path1@x2.example/", "http://host:80/path1@x2.example/"),
        (f"pass={SECRET}&pw={SECRET}", "pass=REDACTED&pw=REDACTED"),
        ("db_pass=hunter2&bypass=1", "db_pass=REDACTED&bypass=1"),
        ("passwort=hunter2&kennwort=hunter2", "passwort=REDACTED&kennwort=REDACTED"),
        ("Your boarding pass: 4711-ab12cd34", "Your boarding pass: 4711-ab12cd34"),
        ("pass=true&passenger=a1b2c3d4e5f6", "pass=true&passenger=a1b2c3d4e5f6"),
        (
            f'{{"kty":"RSA","n":"{SECRET}","e":"AQAB","d":"{SECRET}"}}',
            f'{{"kty":"RSA","n":"{SECRET}","e":"AQAB","d":"REDACTED"}}',
        ),
        (
            f"https://hooks.slack.com/services/T0123456789/B0123456789/{SECRET}",
            "https://hooks.slack.com/services/T0123456789/B0123456789/REDACTED",
        ),
        (
            f"https://api.telegram.org/bot123456789:{SECRET}/send",
            "https://api.telegram.org/bot123456789:REDACTED/send",
        ),
    ],
)
def test_the_value_is_taken_out_and_what_is_beside_it_stays(body, written, write):
    assert write(body) == written


@pytest.mark.parametrize(
    "body",
    [
        f'{{"password": "{SECRET}", "a": "b=c"}}',
        f"<wsse:Password Type='x'>{SECRET}</wsse:Password>",
        f's:8:"password";s:32:"{SECRET}";',
        f"<a b='c'><password>{SECRET}</password></a>",
    ],
)
def test_a_body_that_is_falsely_called_a_form_is_searched_as_text(body, tmp_path):
    path = tmp_path / "new.yaml"
    kind = {"Content-Type": "application/x-www-form-urlencoded"}

    record(path, Interaction(Request("POST", BASE, kind, body), Response(200)))

    assert SECRET not in path.read_text("utf-8")
    assert "REDACTED" in path.read_text("utf-8")


@pytest.mark.parametrize("end", ["\r\n--z--\r\n", "\n--z--\n"])
def test_all_lines_of_a_part_are_taken_out(end, write):
    line = end[: end.index("-")]
    head = f'--z{line}Content-Disposition: form-data; name="password"{line}{line}'

    assert write(f'{head}one "line"{line}<and> another{end}') == f"{head}REDACTED{end}"


@pytest.mark.parametrize(
    ("table", "written"),
    [
        ("Sid,AuthToken\nAC1,\nAC2,\n", "Sid,AuthToken\nAC1,\nAC2,\n"),
        ("Sid,AuthToken\nAC1,word\nAC2,\n", "Sid,AuthToken\nAC1,REDACTED\nAC2,\n"),
        ("Name,HasPassword\nbob,true\n", "Name,HasPassword\nbob,true\n"),
        ("Sid;AuthToken\nAC1;word\n", "Sid;AuthToken\nAC1;REDACTED\n"),
        ("Sid,AuthToken\nAC1,word,\n", "Sid,AuthToken\nAC1,REDACTED,\n"),
        (
            'Sid,AuthToken,Body\nAC1,word,"a;b;c;d"\n',
            'Sid,AuthToken,Body\nAC1,REDACTED,"a;b;c;d"\n',
        ),
        ("All of May\n\nSid,AuthToken\nAC1,word\n", "All of May\n\nSid,AuthToken\nAC1,REDACTED\n"),
        ("AuthToken\nword\n", "AuthToken\nREDACTED\n"),
        ("Name,Note\nbob,my token\nann,word\n", "Name,Note\nbob,my token\nann,word\n"),
    ],
)
def test_of_a_table_the_cells_below_the_name_are_taken_out(table, written, write):
    assert write(table, "text/csv") == written


KEYS = {
    "PEM": ("-----BEGIN RSA PRIVATE KEY-----", "\n", "-----END RSA PRIVATE KEY-----"),
    "encrypted PEM": (
        "-----BEGIN RSA PRIVATE KEY-----",
        "\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,AB12\n\n",
        "-----END RSA PRIVATE KEY-----",
    ),
    "PGP": (
        "-----BEGIN PGP PRIVATE KEY BLOCK-----",
        "\nVersion: 1\nComment: <me@x.example> -- \"mine\"\n\n",
        "-----END PGP PRIVATE KEY BLOCK-----",
    ),
    "SSH2": (
        "---- BEGIN SSH2 ENCRYPTED PRIVATE KEY ----",
        '\nComment: "mine"\n',
        "---- END SSH2 ENCRYPTED PRIVATE KEY ----",
    ),
    "cut PEM": ("-----BEGIN EC PRIVATE KEY-----", "\n", ""),
    "PuTTY": ("PuTTY-User-Key-File-3: ssh-rsa\nPrivate-Lines: 6", "\n", ""),
}  # fmt: skip


@pytest.mark.parametrize("coded", ["plain", "CR LF", "JSON", "percents", "form", "entities"])
@pytest.mark.parametrize("sort", KEYS)
def test_no_line_of_a_private_key_is_written(sort, coded, write):
    first, head, last = KEYS[sort]
    key = f"{first}{head}{LINES}\n{last}"
    body = {
        "plain": key,
        "CR LF": key.replace("\n", "\r\n"),
        "JSON": json.dumps({"k": key}),
        "percents": quote(key),
        "form": "k=" + quote(key, safe="").replace("%20", "+"),
        "entities": key.replace("\n", "&#10;").replace("<", "&lt;"),
    }[coded]

    written = write(body)

    assert "REDACTED" in written
    assert not [line for line in LINES.split("\n") if line[:20] in written]


# What is around a name and its value: {n} and {s}.
FRAMES = (
    '{{"{n}": "{s}"}}',
    '{{"{n}":"{s}","a":1}}',
    "{{'{n}': '{s}'}}",
    '{{"a":"{{\\"{n}\\":\\"{s}\\"}}"}}',
    '{{"{n}": ["x1", "{s}"]}}',
    '{{"{n}": {{"value": "{s}"}}}}',
    '{{"{n}": [{{"a": 1, "new": "{s}"}}]}}',
    '{{\n "{n}":\n  "{s}"\n}}',
    '{{"name": "{n}", "in": "a", "value": "{s}"}}',
    '{{"value": "{s}", "name": "{n}"}}',
    "{n}={s}",
    "{n} = {s}",
    "{n}='{s}'",
    '{n} := "{s}"',
    "{n}: {s}",
    "{n}:\n  - {s}",
    "{n}: |\n  {s}",
    "<{n}>{s}</{n}>",
    "<a:{n} b='c'>\n {s}\n</a:{n}>",
    "<{n}><![CDATA[{s}]]></{n}>",
    "<{n}><value>{s}</value></{n}>",
    '<a {n}="{s}">x</a>',
    "<a {n} = '{s}'/>",
    '<p class="{n}">{s}</p>',
    "<key>{n}</key>\n<string>{s}</string>",
    '<input name="{n}" value="{s}">',
    '<input value="{s}" name="{n}">',
    "https://x.example/?a=b&{n}={s}",
    "%7B%22{n}%22%3A%22{s}%22%7D",
    '--z\r\nContent-Disposition: form-data; name="{n}"\r\n\r\n{s}\r\n--z--',
    "--z\nContent-Disposition: form-data; name={n}\nContent-Type: text/plain\n\n{s}\n--z--",
    "&quot;{n}&quot;: &quot;{s}&quot;",
)
AROUND = (
    "",
    " ",
    "\n",
    "\n\n",
    "\r\n\r\n",
    "\n> quoted\n",
    "; f = () => 1",
    " ; a > b",
    " <b>",
    "\n{}\n",
    "\n[]",
    "\ndata: {}\n\n",
    "\nSet password = on > Save\n",
    "\n<user password=''>x</user>\n",
    '\n"token"\n\n',
    "\n,\n",
    "\nkey = [\n",
    '\n{"secret": {\n',
    "\nName,Password\n",
    "\n----\n",
    "\n://a:",
    "\npassword\n",
)
ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"


@settings(max_examples=choose_extent(100, 300), deadline=None)
@given(
    st.sampled_from(FRAMES),
    st.sampled_from(
        ["password", "AuthToken", "client_secret", "X-Api-Key", "apiKey", "refresh_token"]
    ),
    st.text(ALPHABET, min_size=8, max_size=60).map(lambda drawn: f"k7Z{drawn}4q"),
    st.sampled_from(AROUND),
    st.sampled_from(AROUND),
    st.sampled_from(["", "text/plain", "application/json", "text/html", "text/csv"]),
)
def test_a_secret_after_its_name_is_never_written(frame, name, secret, before, after, kind):
    body = before + frame.format(n=name, s=secret) + after
    given_response = Response(200, {"Content-Type": kind} if kind else {}, body)

    interaction = Interaction(Request("POST", BASE, {"Content-Type": kind}, body), given_response)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "new.yaml"
        record(path, interaction)
        assert secret not in path.read_text("utf-8")
