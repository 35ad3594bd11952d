"""Interactions that did not change keep the text that they have in the file."""

from __future__ import annotations

import base64
import gzip
import pickle

import pytest
from basic_auth import encode_basic
from cassette_files import read
from conftest import ACCOUNT, BASE
from recorder import record

from twreplay import Interaction, Request, Response

NEW = Interaction(Request("GET", f"{BASE}/Calls"), Response(200, {}, "<Calls/>\n\n"))
BY_HAND = f"""\
version: 1
interactions:
- request:
    body: ''
    headers:
      Accept:
      - "*/*"
      Authorization:
      - 'Basic {ACCOUNT}:REDACTED'
    method: GET
    uri: '{BASE}/Calls?Page=1'
  response:
    body:
      string: "<Calls page=\\"1\\"/>"
    headers: {{}}
    status:
      code: 200
      message: 'OK'
"""


@pytest.mark.usefixtures("with_shortcuts")
def test_what_was_written_by_hand_stays(tmp_path):
    path = tmp_path / "calls.yaml"
    path.write_text(BY_HAND)

    record(path, NEW, record_mode="new_episodes")

    assert BY_HAND.partition("interactions:\n")[2] in path.read_text()
    assert [i.request.url for i in read(path).interactions] == [
        f"{BASE}/Calls?Page=1",
        f"{BASE}/Calls",
    ]


def test_a_packed_body_is_written_as_text(tmp_path):
    packed = base64.encodebytes(gzip.compress(b"<Calls/>" * 9)).decode().replace("\n", "\n        ")
    path = tmp_path / "calls.yaml"
    text = BY_HAND.replace(
        '"<Calls page=\\"1\\"/>"', f"!!binary |\n        {packed.rstrip()}"
    ).replace("headers: {}", "headers:\n      Content-Encoding:\n      - gzip")

    path.write_text(text)

    record(path, NEW, record_mode="new_episodes")

    written = path.read_text()
    assert "string: " + "<Calls/>" * 9 in written
    assert "gzip" not in written


def test_a_secret_that_becomes_known_is_taken_out_of_what_was_there(tmp_path):
    secret = "Tr0ub4dor-und-3"
    path = tmp_path / "calls.yaml"
    path.write_text(BY_HAND.replace("<Calls ", f"<Calls said='{secret}' "))
    asked = Request("GET", f"{BASE}/Calls", {"Authorization": encode_basic(ACCOUNT, secret)})

    record(path, Interaction(asked, NEW.response), record_mode="new_episodes")

    assert secret not in path.read_text()
    assert b"said='REDACTED' page" in read(path).interactions[0].response.body


def test_what_looks_like_a_secret_in_what_was_there_is_not_saved_again(tmp_path):
    path = tmp_path / "calls.yaml"
    path.write_text(BY_HAND.replace("page=", "token='9f86d081884c7d659a2feaa0c55ad015' page="))

    record(path, NEW, record_mode="new_episodes")

    assert "9f86d081" not in path.read_text()


def test_what_was_read_can_be_pickled(tmp_path):
    path = tmp_path / "calls.yaml"
    path.write_text(BY_HAND)
    (kept,) = read(path).interactions

    assert pickle.loads(pickle.dumps(kept)) == kept
    assert kept.response.body == b'<Calls page="1"/>'
    assert pickle.loads(pickle.dumps(kept)) == kept
