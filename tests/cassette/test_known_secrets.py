"""A token that a request authenticates with is taken out, or refused, in whatever encoding."""

from __future__ import annotations

import base64
import bz2
import gzip
import html
import io
import json
import lzma
import quopri
import textwrap
import zipfile
import zlib
from functools import partial
from urllib.parse import quote, quote_plus

import pytest
from basic_auth import encode_basic
from cassette_files import read
from command_line import run
from conftest import ACCOUNT, BASE
from recorder import record
from secret_corpus import FORM
from token_guard import TOKENS

from twreplay import Interaction, Request, Response, errors

SECRETS = (
    "5ecbe75ecbe75ecbe75ecbe75ecbe75e",
    "p@ss/w\"ord+&<1>'x",
    "a\\b/c d%e=f?12345",
    "correct horse battery",
    "Zx81+/Kq0Lp3Vn7=Tr5",
    "päß-wörd-12345",
    "tok:en;with,many 1#",
)
TOKENS.update(SECRETS)


def percents(text):
    return "".join(f"%{byte:02X}" for byte in text.encode())


def in_base64(text):
    return base64.b64encode(text.encode()).decode()


def wrapped(text, width):
    return "\r\n".join(textwrap.wrap(in_base64(f"{'x' * 20}{text}{'y' * 90}"), width))


FORMS = {
    "raw": str,
    "upper case": str.upper,
    "alternating case": lambda t: "".join(
        char.upper() if at % 2 and len(char.upper()) == 1 else char.lower()
        for at, char in enumerate(t)
    ),
    "percents": lambda t: quote(t, safe=""),
    "plus": quote_plus,
    "all percents": percents,
    "small percents": lambda t: percents(t).lower(),
    "percents twice": lambda t: quote(percents(t), safe=""),
    "percents three times": lambda t: quote(quote(percents(t), safe=""), safe=""),
    "base64": in_base64,
    "base64url": lambda t: base64.urlsafe_b64encode(t.encode()).decode(),
    "base64, one before": lambda t: in_base64(f"a{t}zz"),
    "base64, two before": lambda t: in_base64(f"ab{t}z"),
    "base64, user before": lambda t: in_base64(f"user:{t}"),
    "base64 in lines of 76": lambda t: wrapped(t, 76),
    "base64 in lines of 20": lambda t: wrapped(t, 20),
    "base64 twice": lambda t: in_base64(in_base64(t)),
    "base64 of JSON": lambda t: in_base64(json.dumps({"a": t})),
    "base64 of HTML": lambda t: in_base64(html.escape(t)),
    "base64 of percents": lambda t: in_base64("x" + percents(t)),
    "base64 of UTF-16": lambda t: base64.b64encode(t.encode("utf-16")).decode(),
    "base64 of zlib": lambda t: base64.b64encode(zlib.compress(t.encode())).decode(),
    "base64 of zlib, quickly": lambda t: base64.b64encode(zlib.compress(t.encode(), 1)).decode(),
    "base64 of zlib, at its best": lambda t: base64.b64encode(
        zlib.compress(t.encode(), 9)
    ).decode(),
    "base64 of gzip": lambda t: base64.b64encode(gzip.compress(t.encode())).decode(),
    "percents of base64": lambda t: quote(in_base64(f"a?{t}"), safe=""),
    "JSON": lambda t: json.dumps(t)[1:-1],
    "JSON twice": lambda t: json.dumps(json.dumps(t))[2:-2],
    "JSON with slashes": lambda t: json.dumps(t)[1:-1].replace("/", "\\/"),
    "\\u": lambda t: "".join(f"\\u{ord(char):04x}" for char in t),
    "\\u, capitals": lambda t: "".join(f"\\u{ord(char):04X}" for char in t),
    "\\\\u": lambda t: "".join(f"\\\\u{ord(char):04x}" for char in t),
    "\\x": lambda t: "".join(f"\\x{byte:02x}" for byte in t.encode("latin-1")),
    "entities": html.escape,
    "\\u{}": lambda t: "".join(f"\\u{{{ord(char):x}}}" for char in t),
    "octal": lambda t: "".join(f"\\{byte:03o}" for byte in t.encode()),
    "%u": lambda t: "".join(f"%u{ord(char):04x}" for char in t),
    "named entities": lambda t: "".join(NAMED.get(char, char) for char in html.escape(t)),
    "decimal entities": lambda t: "".join(f"&#{ord(char)};" for char in t),
    "hexadecimal entities": lambda t: "".join(f"&#x{ord(char):x};" for char in t),
    "one entity": lambda t: f"&#{ord(t[0])};{t[1:]}",
    "entities twice": lambda t: html.escape("".join(f"&#{ord(char)};" for char in t)),
    "base32": lambda t: base64.b32encode(t.encode()).decode(),
    "base32, some before": lambda t: base64.b32encode(f"abc{t}".encode()).decode(),
    "hexadecimal": lambda t: t.encode().hex(),
    "hexadecimal with colons": lambda t: t.encode().hex(":"),
    "hexadecimal with blanks": lambda t: t.encode().hex(" ").upper(),
    "quoted-printable": lambda t: "".join(f"={byte:02X}" for byte in t.encode()),
    "quoted-printable, as a mail has it": lambda t: quopri.encodestring(t.encode()).decode(),
    "hexadecimal, capitals": lambda t: t.encode().hex().upper(),
    "a URL in a URL": lambda t: quote(
        f"https://x.example/?a={quote(quote(t, safe=''), safe='')}", safe=""
    ),
}

NAMED = {"/": "&sol;", "+": "&plus;", "=": "&equals;", "@": "&commat;", ":": "&colon;"}

WIDE = ("utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le", "utf-32-be")


def placed(secret, written):
    """The places, with what is written there."""
    own = {"Authorization": encode_basic(ACCOUNT, secret)}
    encoded = written if "%" in written else quote(written, safe="")
    yield Request("GET", f"{BASE}/Calls?a={encoded}", own), Response(200)
    yield (
        Request("POST", f"{BASE}/Calls", {**own, "Content-Type": FORM}, f"A={encoded}&To=1"),
        Response(200),
    )
    asked = Request("GET", f"{BASE}/Calls", own)
    yield asked, Response(200, {"Content-Type": "text/plain"}, f"so: {written} end")
    yield asked, Response(200, {"Content-Type": "application/xml"}, f"<R><E>{written}</E></R>")
    if "\n" not in written:
        yield asked, Response(200, {"X-Echo": f"at={written};"})


def find_kept(path, *interactions):
    """Find which of *interactions*, each with a secret in it, are written and found by no scan."""
    try:
        record(path, *interactions, record_mode="rewrite")
    except errors.SecretInCassette:
        if len(interactions) == 1:
            return []
        return [kept for each in interactions for kept in find_kept(path, each)]
    kept = [
        interaction
        for interaction, clean in zip(interactions, read(path).interactions, strict=True)
        if (clean.request.url, clean.request.body, clean.response)
        == (interaction.request.url, interaction.request.body, interaction.response)
    ]
    return kept if kept and run("scan", path).exit_code == 0 else []


@pytest.mark.parametrize("form", FORMS)
def test_a_known_token_is_not_written_in_another_form(form, tmp_path):
    kept = [
        find_kept(tmp_path / "x.yaml", *(Interaction(*parts) for parts in placed(secret, written)))
        for secret, written in ((secret, FORMS[form](secret)) for secret in SECRETS)
    ]

    assert kept == [[]] * len(SECRETS)


def zipped(content):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("notes.txt", content * 3)
    return file.getvalue()


@pytest.mark.parametrize(
    "pack", [gzip.compress, zlib.compress, bz2.compress, lzma.compress, zipped]
)
@pytest.mark.parametrize("secret", SECRETS)
def test_a_known_token_is_not_written_in_a_file_that_is_packed(pack, secret, tmp_path):
    own = {"Authorization": encode_basic(ACCOUNT, secret)}
    packed = pack(secret.encode())
    kind = {"Content-Type": "application/octet-stream"}

    kept = find_kept(
        tmp_path / "x.yaml",
        Interaction(Request("POST", f"{BASE}/Calls", {**own, **kind}, packed), Response(200)),
        Interaction(Request("GET", BASE, own), Response(200, kind, packed)),
    )

    assert kept == []


@pytest.mark.parametrize("secret", SECRETS)
def test_a_known_token_is_not_written_over_two_lines_of_a_mail(secret, tmp_path):
    own = {"Authorization": encode_basic(ACCOUNT, secret)}
    body = f"so: {secret[:5]}=\r\n{secret[5:]} end"

    kept = find_kept(
        tmp_path / "x.yaml",
        Interaction(
            Request("POST", f"{BASE}/Calls", {**own, "Content-Type": "text/plain"}, body),
            Response(200),
        ),
        Interaction(Request("GET", BASE, own), Response(200, {}, body)),
    )

    assert kept == []


@pytest.mark.parametrize("charset", WIDE)
@pytest.mark.parametrize("secret", SECRETS)
def test_a_known_token_is_not_written_in_wide_letters(charset, secret, tmp_path):
    own = {"Authorization": encode_basic(ACCOUNT, secret)}
    body = f"so: {secret} end".encode(charset)
    asked = Request("POST", f"{BASE}/Calls", {**own, "Content-Type": "text/plain"}, body)

    amid = b"<Body>" + secret.encode(charset) + b"</Body>"

    kept = find_kept(
        tmp_path / "x.yaml",
        Interaction(asked, Response(200)),
        Interaction(Request("GET", BASE, own), Response(200, {}, body)),
        Interaction(Request("GET", BASE, own), Response(200, {}, amid)),
    )

    assert kept == []


@pytest.mark.parametrize("encode", [str, str.upper, quote, partial(quote, encoding="latin-1")])
@pytest.mark.parametrize("charset", ["utf-8", "latin-1"])
def test_a_password_in_latin_1_is_not_written_in_any_form(charset, encode, tmp_path):
    # As requests sends one that is given as text.
    secret = "pässwörtchen-1"
    encoded = base64.b64encode(f"{ACCOUNT}:{secret}".encode("latin-1")).decode()
    asked = Request("GET", BASE, {"Authorization": f"Basic {encoded}"})
    body = f"so: {encode(secret)} end".encode(charset)

    kept = find_kept(tmp_path / "x.yaml", Interaction(asked, Response(200, {}, body)))

    assert kept == []
    assert (tmp_path / "x.yaml").exists()


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("application/xml", b"<AuthToken>p\xe4ssword-1</AuthToken><Body>p\xe4ssword-1</Body>"),
        ("application/json", rb'{"AuthToken": "half \ud800 a letter", "Body": "a"}'),
    ],
)
def test_a_token_that_is_no_utf_8_is_taken_out_of_a_response(kind, body, tmp_path):
    path = tmp_path / "x.yaml"
    asked = Request("GET", BASE)

    record(path, Interaction(asked, Response(200, {"Content-Type": kind}, body)))

    (clean,) = read(path).interactions
    assert not any(part in clean.response.body for part in (b"p\xe4ss", b"half"))


@pytest.mark.parametrize(
    "token", [ACCOUNT, ACCOUNT[2:], "0123456789abcdef", "01234567", "Accounts", "2008-08-01"]
)
def test_a_dummy_token_is_not_taken_out_of_the_path(token, tmp_path):
    path = tmp_path / "x.yaml"
    request = Request(
        "GET", f"{BASE}/Calls?Status=2", {"Authorization": encode_basic(ACCOUNT, token)}
    )

    record(path, Interaction(request, Response(200)))

    (clean,) = read(path).interactions
    assert clean.request.url == request.url
    assert clean.request.headers["authorization"] == f"Basic {ACCOUNT}:REDACTED"
