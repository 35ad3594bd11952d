"""A token that is a placeholder breaks neither what is replayed nor what is recorded."""

from __future__ import annotations

import base64
import re
from urllib.parse import urlencode

import pytest
from basic_auth import encode_basic
from cassette_files import read, render
from hypothesis import given
from hypothesis import strategies as st
from recorder import record, replay

from twreplay import Interaction, Request, Response, errors

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


def record_call(path, token):
    """Record the answer to a request with *token*, and return what was written."""
    response = Response(200, {"Content-Type": "application/xml"}, ANSWER)
    record(path, Interaction(request(token), response), record_mode="rewrite")
    (written,) = read(path).interactions
    return written


@pytest.mark.parametrize("token", PLACEHOLDERS)
def test_a_placeholder_is_recorded_and_replayed(tmp_path, token):
    written = record_call(tmp_path / "x.yaml", token)

    assert written.request.url == URL
    assert ("Called", "4155551212") in written.request.form
    (response,) = replay(tmp_path / "x.yaml", request(token))
    assert ANSWER.encode() == response.body


@pytest.mark.parametrize("token", PLACEHOLDERS)
def test_what_was_recorded_with_a_real_token_is_replayed_with_a_placeholder(tmp_path, token):
    record_call(tmp_path / "x.yaml", "5ecbe7" + "91" * 13)

    assert len(replay(tmp_path / "x.yaml", request(token))) == 1


@given(st.text(max_size=40) | st.sampled_from(URL.split("/")) | st.from_regex(r"[0-9a-f]{8,31}\Z"))
def test_any_token_leaves_the_address_alone(examples_path, token):
    path = examples_path / "any-token.yaml"

    written = record_call(path, token)

    assert written.request.url == URL
    assert len(replay(path, request(token))) == 1


@given(st.from_regex(r"[0-9a-f]{32}\Z"), st.sampled_from(["path", "query", "form", "answer"]))
def test_a_real_token_is_nowhere(examples_path, token, where):
    if len(set(token)) < 3 or token == SID[2:]:
        return
    path = examples_path / "real-token.yaml"
    asked = request(token)
    if where in ("path", "query"):
        url = URL + (f"/{token}" if where == "path" else f"?Called={token}")
        asked = Request("POST", url, asked.headers, asked.body)
    elif where == "form":
        asked = Request("POST", URL, asked.headers.without("content-length"), f"Called={token}")
    answer = ANSWER.replace("4155551212", token) if where == "answer" else ANSWER
    response = Response(200, {"Content-Type": "application/xml"}, answer)
    path.unlink(missing_ok=True)
    try:
        record(path, Interaction(asked, response))
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
    record(tmp_path / "x.yaml", Interaction(asked, Response(200, {}, f"<a>{secret}</a>")))

    assert secret not in (tmp_path / "x.yaml").read_text()


def test_a_request_that_is_known_by_two_names_is_played_once(tmp_path):
    """
    A file of another tool has the token in it; without it, it is another request.
    """
    asked = Request("GET", f"{URL}?AuthToken=abcdefghij", {"Authorization": encode_basic(SID, "x")})
    path = tmp_path / "x.yaml"
    text = render([Interaction(asked, Response(200, {}, ANSWER))])
    path.write_text(re.sub(r"(?m)^twreplay:\n(  .*\n)+", "", text))
    assert "twreplay" not in path.read_text()

    assert len(replay(path, asked)) == 1
    with pytest.raises(errors.UnmatchedRequest, match="played"):
        replay(path, asked, asked)
