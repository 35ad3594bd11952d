"""What is taken out, what stays, and that it takes time as the text is long."""

from __future__ import annotations

import base64
import math
import tempfile
import time
from contextlib import suppress
from pathlib import Path

import pytest
from basic_auth import encode_basic
from cassette_files import read
from conftest import ACCOUNT, BASE, TOKEN
from extent import mark_slow_but
from hypothesis import given, settings
from hypothesis import strategies as st
from recorder import record

import twreplay
from twreplay import Headers, Interaction, Request, Response, errors

SECRET = "Qk29Wm3Xp7Lr5Vt8Zn4Hd6Gs1Jf0Cb2Y"
HEX = "9f86d081884c7d659a2feaa0c55ad015"


def cleaned(interaction):
    """Return *interaction* as it is written; nothing is where a secret is found afterwards."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "new.yaml"
        record(path, interaction)
        (written,) = read(path).interactions
    return written


@pytest.mark.parametrize(
    ("given_header", "written"),
    [
        (SECRET, "REDACTED"),
        (f"ApiKey:{SECRET}", "REDACTED"),
        (f"Bearer {SECRET}", "Bearer REDACTED"),
        (f"Token  {SECRET}", "Token REDACTED"),
        (f"MyOwn {SECRET}", "REDACTED"),
        (f'Digest username="me", response="{SECRET}"', "Digest REDACTED"),
        (f"AWS4-HMAC-SHA256 Signature={SECRET}", "AWS4-HMAC-SHA256 REDACTED"),
        (encode_basic(ACCOUNT, SECRET), f"Basic {ACCOUNT}:REDACTED"),
        ("Basic" + base64.b64encode(f"me:{SECRET}".encode()).decode(), "REDACTED"),
    ],
)
def test_of_a_header_of_credentials_only_a_known_scheme_stays(given_header, written):
    request = cleaned(
        Interaction(Request("GET", BASE, {"Authorization": given_header}), Response(200))
    ).request

    assert request.headers["authorization"] == written


@pytest.mark.parametrize(
    ("cookie", "written"),
    [
        ("a=b; Path=/", "a=REDACTED; Path=/"),
        ("only-a-value", "REDACTED"),
        (f"a=b; Path=/, c={SECRET}; Secure", "a=REDACTED; Path=/, c=REDACTED; Secure"),
        (f"a=b; other={SECRET}", "a=REDACTED; other=REDACTED"),
        (
            "a=b; Expires=Wed, 21 Oct 2015 07:28:00 GMT",
            "a=REDACTED; Expires=Wed, 21 Oct 2015 07:28:00 GMT",
        ),
    ],
)
def test_nothing_of_a_cookie_stays_but_how_it_is_kept(cookie, written):
    response = cleaned(
        Interaction(Request("GET", BASE), Response(200, {"Set-Cookie": cookie}))
    ).response

    assert response.headers["set-cookie"] == written


def test_a_field_that_is_no_secret_stays_when_that_is_said(tmp_path):
    path = tmp_path / "new.yaml"
    request = Request("GET", f"{BASE}/Calls?sort_token={SECRET}&AuthToken={HEX}")

    record(path, Interaction(request, Response(200)), not_secret="sort_token")

    (written,) = read(path).interactions
    assert written.request.url.endswith(f"?sort_token={SECRET}&AuthToken=REDACTED")


EXCERPT = {
    "X-Auth-Token": f"      X-Auth-Token: [{HEX}]",
    "X-Api-Key": f"      X-Api-Key:\n      - {SECRET}",
    "Cookie": f"      Cookie:\n      - session={SECRET}",
    "Set-Cookie": f"      Set-Cookie: [session={SECRET}; Path=/]",
    "query": f"    uri: https://x.example/?AuthToken={HEX}",
    "query, another": f"    uri: https://x.example/?a=b&api_key={SECRET}",
    "form": f"    body: AuthToken={HEX}",
    "form in quotes": f"    body: 'AuthToken={HEX}&a=b'",
    "no scheme": f"      Authorization:\n      - {HEX}",
    "Basic": f"      Authorization: ['{encode_basic(ACCOUNT, HEX)}']",
    "Bearer": f"      Authorization: [Bearer {HEX}]",
    "JSON web token": f"      X: [eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.{SECRET}]",
    "CSV": f"      string: 'Sid,AuthToken\n\n        AC1,{HEX}'",
    "JSON in YAML": f'      string: "{{\\"auth_token\\": \\"{SECRET}\\"}}"',
    "XML": f"      string: <AuthToken>{HEX}</AuthToken>",
    "userinfo": f"      string: https://me:{SECRET}@app.example/",
    "digits": f"      string: it is {HEX}",
    "element": f"      string: <client-secret>{SECRET}</client-secret>",
    "callback": f"    body: Url=https%3A%2F%2Fx.example%2F%3Fapi_key%3D{SECRET}",
}


@pytest.mark.parametrize("name", EXCERPT)
def test_the_excerpt_of_a_damaged_file_shows_no_secret(name, tmp_path):
    path = tmp_path / "damaged.yaml"
    path.write_text(f"version: 1\ninteractions:\n- request:\n{EXCERPT[name]}\n   bad: x: y\n")

    with pytest.raises(errors.CassetteCorrupt) as refused:
        twreplay.use_cassette(path).__enter__()

    shown = str(refused.value)
    assert "bad: x" in shown or "|" in shown
    assert HEX not in shown
    assert SECRET not in shown
    assert base64.b64encode(f"{ACCOUNT}:{HEX}".encode()).decode() not in shown


# Each of these took a pattern a quarter of a minute and more, or may.
SHAPES = {
    "digits and an at": ("9f86d081", "@"),
    "letters and an at": ("a", "@"),
    "ports": ("https%3A%2F%2Fhost%3A8080", "%40"),
    "AuthToken=": ("AuthToken=", ""),
    "<AuthToken>": ("<AuthToken>", ""),
    "JSON fields": ('"authToken":"', ""),
    "URLs": ("https://a:b@", ""),
    "colons": ("://a:", ""),
    "web tokens": ("eyJaaaaaaaa.", ""),
    "basic": ("basic ", ""),
    "keys": ("key", ""),
    "keys and quotes": ('key"', ""),
    "tags": ("<a value name=key ", ""),
    "percents": ("%252541", ""),
    "entities": ("&#65;", ""),
    "escapes": ("\\u0041", ""),
    "backslashes": ("\\", ""),
    "brackets": ("[", ""),
    "base64": ("QUFBQUFBQUFB", ""),
    "lines": ("QUFBQUFBQUFBQUFBQUFB\n", ""),
    "digits": (HEX + " ", ""),
    "accounts": (f"AC{HEX}:", ""),
    "cells": ('"a1b2c3d4",2\n', ""),
    "parts": ('name="token"\r\n\r\n', ""),
    "tokens of URLs in percents": ("%3A%2F%2Ftoken", ""),
    "values that are no secrets": ("token=REDACTED", ""),
    "lists below names": ('"tokens":["token', ""),
    "objects below names": ('{"password":{"a":', ""),
    "backslashes in a value": ('"token":"' + "\\" * 99, '"'),
    "values before names": ('"value":"a","a":1,', ""),
    "blocks of keys": ("PRIVATE KEY-----a-", ""),
    "files of keys": ("Private-Lines: 1\nabcd\n", ""),
    "passwords in URLs": ("://a:b@", "@"),
    "passwords with slashes": ("://a:b/", "@h"),
    "pairs below lists": ('["password","', ""),
    "options": ("--password ", ""),
    "commands": ("curl -u a:", ""),
    "keys of JSON": ('"kty":"d":"', ""),
    "passes": ("pass pw ", ""),
}


def seconds_for(text: str) -> float:
    own = {"Authorization": encode_basic(ACCOUNT, TOKEN), "Content-Type": "text/html"}
    asked = Request("POST", BASE, own, text)
    interaction = Interaction(asked, Response(200, {"Content-Type": "text/csv"}, text))
    began = time.process_time()
    with suppress(errors.SecretInCassette):
        cleaned(interaction)
    return time.process_time() - began


def assert_it_grows_as_the_text_does(text: str, end: str = "") -> None:
    short = (text * (8_000 // len(text) + 1))[:8_000]
    # The least of up to four, of texts that differ: nothing is remembered; a pause is no growth.
    once = times = math.inf
    for n in range(4):
        times = min(times, seconds_for(short * 6 + end + " " * n))
        # A quick one is measured too coarsely for a ratio.
        if times < 0.25:
            return
        once = min(once, seconds_for(short + end + " " * n))
        # Six times as much takes six times as long; a square would take 36 times.
        if times < once * 9:
            return
    assert times < once * 20


@pytest.mark.parametrize("shape", mark_slow_but(*list(SHAPES)[::6], of=SHAPES))
def test_the_time_that_it_takes_grows_as_the_text_does(shape):
    assert_it_grows_as_the_text_does(*SHAPES[shape])


@pytest.mark.slow
@settings(max_examples=6, deadline=None)
@given(st.lists(st.sampled_from(
    ["key", "token", "=", ":", '"', "'", "<", ">", "&", "%", "\\", "@", "://", "a", "A1", "\n", " ",
     "eyJ", ".", "basic ", "AC" + HEX, HEX, "[", "{", ",", "&#65;", "\\u0041", "%41", "value="]
), min_size=1, max_size=6))  # fmt: skip
def test_the_time_grows_as_the_text_does_whatever_is_repeated(pieces):
    assert_it_grows_as_the_text_does("".join(pieces))


@settings(max_examples=30, deadline=None)
@given(st.binary(max_size=300), st.text(max_size=100))
def test_whatever_is_sent_and_answered_is_searched_without_an_error(body, text):
    request = Request("POST", BASE, Headers({"X-A": text, "Cookie": text}), body)
    with suppress(errors.SecretInCassette):
        clean = cleaned(Interaction(request, Response(200, {"Set-Cookie": text}, body)))
        assert cleaned(clean) == clean


def test_the_package_has_one_list_of_patterns():
    folder = Path(twreplay.__file__).parent / "_cassette"
    holders = [
        path.name for path in folder.rglob("*.py") if "SecretPattern(" in path.read_text("utf-8")
    ]

    assert holders == ["patterns.py"]
