"""A token that is a placeholder breaks neither what is replayed nor what is recorded."""

from __future__ import annotations

import base64
from pathlib import Path
from urllib.parse import urlencode

import pytest
from basic_auth import encode_basic
from hypothesis import given
from hypothesis import strategies as st

from twreplay import Request, Response, errors
from twreplay._cassette import Recording, RecordMode, build_code_hints, load, save
from twreplay._sessions import CassetteSettings
from twreplay._sessions.cassette_handler import CassetteHandler

SID = "AC0123456789abcdef0123456789abcdef"
CALL = "CA89abcdef0123456789abcdef01234567"
PATH = f"/2008-08-01/Accounts/{SID}/Calls/{CALL}"
URL = f"https://api.twilio.com{PATH}"
ANSWER = (
    f"<TwilioResponse><Call><Sid>{CALL}</Sid><AccountSid>{SID}</AccountSid>"
    "<Called>4155551212</Called><Status>2</Status></Call></TwilioResponse>"
)

PLACEHOLDERS = (
    *(SID, SID[2:], SID[:8], CALL, CALL[2:20], "0123456789abcdef", "0123456789abcdef" * 2),
    *("Accounts", "Messages", "Calls", "2008-08-01", "https://", "api.twilio.com", "1", "x", ""),
    *("4155551212", "+14155551212", "(415) 555-1212", "REDACTED", "token", "TwilioResponse"),
    *("AccountSid", "Authorization", "application/xml", "0" * 32, "f" * 32, PATH, URL, "Called"),
    *(f"Accounts/{SID}", f"{SID[-9:]}/Calls/CA89", "<Status>2</Status>", "a:b", "é" * 9, "%2F"),
    *("interactions", "recorded_at", "response", "IncomingPhoneNumbers"),
)


def request(token: str) -> Request:
    form = urlencode({"Called": "4155551212", "Url": "http://app.example/hello"})
    return Request(
        "POST",
        URL,
        {
            "Authorization": encode_basic(SID, token),
            "Content-Type": "application/x-www-form-urlencoded",
            "Content-Length": str(len(form)),
        },
        form,
    )


def handler(loaded: Recording | None, mode: RecordMode) -> CassetteHandler:
    how_to = build_code_hints(Path("x.yaml"))
    return CassetteHandler(loaded, CassetteSettings(), name="x.yaml", mode=mode, how_to=how_to)


def recorded(path, token: str) -> Recording:
    recording = handler(None, RecordMode.ONCE)
    recording.record(request(token), Response(200, {"Content-Type": "application/xml"}, ANSWER))
    found = recording.recorder.merge(recorded_at="2009-02-13T23:31:30Z")
    assert found is not None
    path.unlink(missing_ok=True)
    save(path, found, recording.find_leak)
    return load(path)


@pytest.mark.parametrize("token", PLACEHOLDERS)
def test_a_placeholder_is_recorded_and_replayed(tmp_path, token):
    loaded = recorded(tmp_path / "x.yaml", token)

    assert loaded.interactions[0].request.url == URL
    assert ("Called", "4155551212") in loaded.interactions[0].request.form
    reply = handler(loaded, RecordMode.NONE).answer(request(token), "")
    assert reply is not None
    assert ANSWER.encode() == reply.response.body


@pytest.mark.parametrize("token", PLACEHOLDERS)
def test_what_was_recorded_with_a_real_token_is_replayed_with_a_placeholder(tmp_path, token):
    loaded = recorded(tmp_path / "x.yaml", "5ecbe7" + "91" * 13)
    played = handler(loaded, RecordMode.NONE)

    assert played.answer(request(token), "") is not None
    assert played.cassette.all_played


@given(st.text(max_size=40) | st.sampled_from(URL.split("/")) | st.from_regex(r"[0-9a-f]{8,31}\Z"))
def test_any_token_leaves_the_address_alone(tmp_path_factory, token):
    path = tmp_path_factory.getbasetemp() / "any-token.yaml"

    loaded = recorded(path, token)

    assert loaded.interactions[0].request.url == URL
    assert handler(loaded, RecordMode.NONE).answer(request(token), "") is not None


@given(st.from_regex(r"[0-9a-f]{32}\Z"), st.sampled_from(["path", "query", "form", "answer"]))
def test_a_real_token_is_nowhere(tmp_path_factory, token, where):
    if len(set(token)) < 3 or token == SID[2:]:
        return
    path = tmp_path_factory.getbasetemp() / "real-token.yaml"
    asked = request(token)
    if where in ("path", "query"):
        url = URL + (f"/{token}" if where == "path" else f"?Called={token}")
        asked = Request("POST", url, asked.headers, asked.body)
    elif where == "form":
        asked = Request("POST", URL, asked.headers.without("content-length"), f"Called={token}")
    answer = ANSWER.replace("4155551212", token) if where == "answer" else ANSWER
    recording = handler(None, RecordMode.ONCE)
    recording.record(asked, Response(200, {"Content-Type": "application/xml"}, answer))
    found = recording.recorder.merge(recorded_at="")
    assert found is not None
    path.unlink(missing_ok=True)
    try:
        save(path, found, recording.find_leak)
    except errors.SecretInCassette:  # seen with a token that is like a number; nothing is written
        assert not path.exists()
        return

    text = path.read_text()
    assert token not in text
    assert base64.b64encode(f"{SID}:{token}".encode()).decode() not in text


@pytest.mark.parametrize(
    "secret", ["MySecretPassword", "PW9x8y7z6w5v4u3t", "90817263", "Xk9Lm2Pq", "hunter2hunter2"]
)
def test_a_secret_in_the_path_is_not_taken_for_an_address(tmp_path, secret):
    asked = request(secret)
    asked = Request("POST", f"{URL}/{secret}", asked.headers, asked.body)
    recording = handler(None, RecordMode.ONCE)
    recording.record(asked, Response(200, {}, f"<a>{secret}</a>"))
    found = recording.recorder.merge(recorded_at="")
    assert found is not None
    save(tmp_path / "x.yaml", found, recording.find_leak)

    assert secret not in (tmp_path / "x.yaml").read_text()


def test_a_request_that_is_known_by_two_names_is_played_once(tmp_path):
    """
    A file of another tool has the token in it; without it, it is another request.
    """
    asked = Request("GET", f"{URL}?AuthToken=abcdefghij", {"Authorization": encode_basic(SID, "x")})
    loaded = Recording(interactions=(_interaction(asked),), foreign=True)
    played = handler(loaded, RecordMode.NONE)

    assert played.answer(asked, "") is not None
    assert played.cassette.play_count == 1
    with pytest.raises(Exception, match="played"):
        played.answer(asked, "")


def _interaction(asked):
    from twreplay._http import Interaction

    return Interaction(asked, Response(200, {}, ANSWER))
