from __future__ import annotations

import gzip
from pathlib import Path

import pytest
from basic_auth import encode_basic
from conftest import TOKEN
from hypothesis import given
from hypothesis import strategies as st

from twreplay import Interaction, Request, Response, errors
from twreplay._cassette import Recording, Redactor, save
from twreplay._cassette.files.codec import decode, encode

URL = "https://api.twilio.com/2008-08-01/Accounts/AC1"


@given(st.binary() | st.text().map(str.encode), st.booleans())
def test_every_body_survives(body, as_json):
    recording = Recording(
        interactions=(Interaction(Request("POST", URL, body=body), Response(200, {}, body)),)
    )

    decoded = decode(encode(recording, as_json=as_json), as_json=as_json)

    assert [body, body] == [
        decoded.interactions[0].request.body,
        decoded.interactions[0].response.body,
    ]


@pytest.mark.parametrize("body", [b"123", b"null", b"yes", b"a \n b", b"\r\n", b"~", b"2009-07-06"])
def test_awkward_text_stays_text(body):
    recording = Recording(interactions=(Interaction(Request("GET", URL), Response(200, {}, body)),))

    assert body == decode(encode(recording)).interactions[0].response.body


def test_gzip_is_stored_decoded():
    response = Response(200, {"Content-Encoding": "gzip"}, gzip.compress(b"<x/>"))
    text = encode(Recording(interactions=(Interaction(Request("GET", URL), response),)))

    assert "<x/>" in text
    assert "gzip" not in text


def test_a_refused_rename_leaves_the_old_file_and_no_draft(tmp_path, monkeypatch):
    path = tmp_path / "x.yaml"
    path.write_text("interactions: []\n")

    def refuse(self: Path, target: Path) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", refuse)
    with pytest.raises(errors.CassetteNotSaved, match="No space"):
        save(path, Recording(), lambda text: None)

    assert [path] == list(tmp_path.iterdir())
    assert path.read_text() == "interactions: []\n"


def test_what_is_no_text_is_not_half_written(tmp_path):
    path = tmp_path / "x.yaml"
    path.write_text("interactions: []\n")
    response = Response(200, {"X-Name": "\ud800"})
    recording = Recording(interactions=(Interaction(Request("GET", URL), response),))

    with pytest.raises(errors.CassetteNotSaved, match="half a character"):
        save(path, recording, lambda text: None)

    assert [path] == list(tmp_path.iterdir())
    assert path.read_text() == "interactions: []\n"


def test_a_name_that_just_fits_can_be_saved(tmp_path):
    path = tmp_path / f"{'n' * 250}.yaml"

    save(path, Recording(), lambda text: None)

    assert [path] == list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("request_", "response"),
    [
        (Request("GET", f"{URL}?AuthToken={TOKEN}"), Response(200)),
        (Request("POST", URL, body=f"AuthToken={TOKEN}"), Response(200)),
        (Request("POST", URL, body=f"Url=http%3A%2F%2Fu%3A{TOKEN}%40h"), Response(200)),
        (Request("GET", URL), Response(200, {}, f"<AuthToken>{TOKEN}</AuthToken>")),
        (Request("GET", URL), Response(200, {}, f'{{"AuthToken": "{TOKEN}"}}')),
        (
            Request("GET", URL),
            Response(200, {"Content-Encoding": "gzip"}, gzip.compress(f"x {TOKEN}".encode())),
        ),
        (Request("GET", URL), Response(302, {"Location": f"https://AC1:{TOKEN}@h/"})),
        (Request("GET", URL), Response(200, {"X-Debug": encode_basic("AC1", TOKEN)})),
        (Request("GET", URL), Response(200, {}, b"\x00\xff" + TOKEN.encode())),
    ],
    ids=["query", "form", "url in form", "xml", "json", "gzip", "location", "header", "binary"],
)
def test_no_token_is_written(request_, response):
    redactor = Redactor()
    headers = (*request_.headers.pairs, ("Authorization", encode_basic("AC1", TOKEN)))
    sent = Request(request_.method, request_.url, headers, request_.body)
    redactor.learn_request(sent)
    redactor.learn_response(response)

    clean = Interaction(redactor.request(sent), redactor.response(response))
    text = encode(Recording(interactions=(clean,)))

    assert TOKEN not in text
    assert encode_basic("AC1", TOKEN) not in text
    assert redactor.find_leak(text) is None
    assert redactor.find_leak(f"a\n{TOKEN}") == "line 2"
    assert clean.request == redactor.request(clean.request), "redacting twice is redacting once"
