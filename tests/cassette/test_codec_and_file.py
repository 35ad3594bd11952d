from __future__ import annotations

import gzip
import re
from contextlib import suppress
from pathlib import Path

import pytest
from basic_auth import encode_basic
from cassette_files import read
from conftest import TOKEN
from hypothesis import example, given
from hypothesis import strategies as st
from recorder import record

from twreplay import Interaction, Request, Response, errors

PLAIN = Interaction(
    Request("GET", "https://api.twilio.com/2008-08-01/Accounts/AC1"), Response(200, {}, b"<x/>")
)
URL = "https://api.twilio.com/2008-08-01/Accounts/AC1"


@given(st.binary() | st.text().map(str.encode), st.sampled_from(["x.yaml", "x.json"]))
@example(b"secret=\0", "x.yaml")
def test_every_body_survives_but_for_secrets(examples_path, body, name):
    path = examples_path / name
    given = Interaction(Request("POST", URL, body=body), Response(200, {}, body))

    with suppress(errors.SecretInCassette):
        record(path, given, record_mode="rewrite")
        (kept,) = read(path).interactions
        assert kept.request.body == kept.response.body
        # Each byte that is no secret's: hypothesis writes `secret=` too, as it reads our source.
        open_bytes = map(re.escape, kept.request.body.split(b"REDACTED"))
        assert re.fullmatch(b".+".join(open_bytes), body, re.DOTALL)


@pytest.mark.parametrize("body", [b"123", b"null", b"yes", b"a \n b", b"\r\n", b"~", b"2009-07-06"])
def test_awkward_text_stays_text(body, tmp_path):
    record(tmp_path / "x.yaml", Interaction(Request("GET", URL), Response(200, {}, body)))

    assert read(tmp_path / "x.yaml").interactions[0].response.body == body


def test_gzip_is_stored_decoded(tmp_path):
    response = Response(200, {"Content-Encoding": "gzip"}, gzip.compress(b"<x/>"))
    record(tmp_path / "x.yaml", Interaction(Request("GET", URL), response))

    text = (tmp_path / "x.yaml").read_text()
    assert "<x/>" in text
    assert "gzip" not in text.replace("test_gzip", "")  # by which it was recorded


def test_a_refused_rename_leaves_the_old_file_and_no_draft(tmp_path, monkeypatch):
    path = tmp_path / "x.yaml"
    path.write_text("interactions: []\n")

    def refuse(self: Path, target: Path) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", refuse)
    with pytest.raises(errors.CassetteNotSaved, match="No space"):
        record(path, PLAIN, record_mode="new_episodes")

    assert [path] == list(tmp_path.iterdir())
    assert path.read_text() == "interactions: []\n"


def test_what_is_no_text_is_not_half_written(tmp_path):
    path = tmp_path / "x.yaml"
    path.write_text("interactions: []\n")
    response = Response(200, {"X-Name": "\ud800"})
    with pytest.raises(errors.CassetteNotSaved, match="half a character"):
        record(path, Interaction(Request("GET", URL), response), record_mode="new_episodes")

    assert [path] == list(tmp_path.iterdir())
    assert path.read_text() == "interactions: []\n"


def test_a_name_that_just_fits_can_be_saved(tmp_path):
    path = tmp_path / f"{'n' * 250}.yaml"

    record(path, PLAIN)

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
def test_no_token_is_written(request_, response, tmp_path):
    headers = (*request_.headers.pairs, ("Authorization", encode_basic("AC1", TOKEN)))
    sent = Request(request_.method, request_.url, headers, request_.body)
    path, again = tmp_path / "x.yaml", tmp_path / "again.yaml"

    record(path, Interaction(sent, response))

    text = path.read_text()
    assert TOKEN not in text
    assert encode_basic("AC1", TOKEN) not in text
    (clean,) = read(path).interactions
    record(again, clean)
    assert read(again).interactions == (clean,), "redacting twice is redacting once"
