"""Signing, and checking of signatures, side by side with the vendor's validators."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections import UserDict
from pathlib import Path

import pytest
from delivery.webhooks import KINDS, TOKEN, Recorder, ok, webhook
from hypothesis import given
from hypothesis import strategies as st
from vendors_validator import WATCH, make_validator
from werkzeug.datastructures import MultiDict

import twreplay

pytest_plugins = ["delivery.deliveries"]

VECTORS = json.loads((Path(__file__).parent / "signature_vectors.json").read_text("utf-8"))


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector["source"])
def test_agrees_with_what_others_published_or_computed(vector):
    arguments = vector["url"], vector["form"], vector["token"]

    assert twreplay.sign(*arguments) == vector["signature"]
    assert twreplay.is_signed(*arguments, vector["signature"])


@pytest.mark.parametrize(
    "other",
    [
        "https://clinic.example/voice/",
        "http://clinic.example/voice",
        "https://clinic.example:443/voice",
        "https://clinic.example/Voice",
        "https://user@clinic.example/voice",
        "https://clinic.example/voice?",
        "https://clinic.example/voice#x",
    ],
)
def test_another_spelling_of_the_url_is_another_url(other):
    signature = twreplay.sign("https://clinic.example/voice", {"Digits": "1"}, TOKEN)

    assert not twreplay.is_signed(other, {"Digits": "1"}, TOKEN, signature)


def test_the_order_of_a_query_counts_and_that_of_a_form_does_not():
    one, other = "https://clinic.example/?a=1&b=2", "https://clinic.example/?b=2&a=1"

    assert twreplay.sign(one, {"x": "1", "y": "2"}, TOKEN) == twreplay.sign(
        one, [("y", "2"), ("x", "1")], TOKEN
    )
    assert twreplay.sign(one, None, TOKEN) != twreplay.sign(other, None, TOKEN)


@pytest.mark.parametrize(
    "form",
    [
        MultiDict([("a", "2"), ("b", "ü"), ("a", "1"), ("a", "2")]),
        [("b", "ü"), ("a", "1"), ("a", "2")],
        {"a": ["2", "1"], "b": "ü"},
        "b=%C3%BC&a=2&a=1",
        b"a=1&a=2&b=%c3%bc",
        UserDict({"a": ("1", "2"), "b": "ü"}),
    ],
    ids=lambda form: type(form).__name__,
)
def test_takes_a_form_in_each_shape_that_frameworks_have(form):
    expected = twreplay.sign("https://a.example/a1a2bü", None, TOKEN)

    assert twreplay.sign("https://a.example/", form, TOKEN) == expected


@pytest.mark.parametrize("signature", [None, "", "ü", "A" * 28, 7])
def test_what_is_no_signature_is_not_valid(signature):
    assert not twreplay.is_signed("https://a.example/", {}, TOKEN, signature)


def test_compares_in_constant_time(monkeypatch):
    compared = []
    monkeypatch.setattr(hmac, "compare_digest", lambda *both: compared.append(both))

    twreplay.is_signed("https://a.example/", {}, TOKEN, "x")

    assert [other for _, other in compared] == [b"x"]


@pytest.mark.parametrize(
    "arguments",
    [
        ("https://a.example/", {}, ""),
        ("https://a.example/", {}, None),
        (b"https://a.example/", {}, TOKEN),
        ("https://a.example/", {"a": 1}, TOKEN),
        ("https://a.example/", [("a", "b", "c")], TOKEN),
        ("https://a.example/", ["ab"], TOKEN),
    ],
)
def test_bad_arguments_are_an_error_without_the_values(arguments):
    with pytest.raises(twreplay.errors.UsageError) as caught:
        twreplay.sign(*arguments)

    assert TOKEN not in str(caught.value)


TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)


@given(url=TEXT, form=st.dictionaries(TEXT, TEXT, max_size=4), token=TEXT.filter(bool))
def test_is_the_algorithm_of_the_security_page(url, form, token):
    text = url + "".join(name + form[name] for name in sorted(form, key=str.encode))
    digest = hmac.new(token.encode(), text.encode(), hashlib.sha1).digest()

    assert twreplay.sign(url, form, token) == base64.b64encode(digest).decode()


@pytest.mark.parametrize("method", ["POST", "GET"])
@pytest.mark.parametrize("kind", KINDS)
def test_the_vendors_validator_accepts_each_webhook_and_none_with_a_byte_flipped(
    deliver, kind, method
):
    validate = make_validator(TOKEN)
    app = Recorder(ok())
    deliver.attach(app)

    due = webhook(kind, "https://clinic.example/a%20b?x=%C3%BC&y", method=method)
    deliver(due)

    [(environ, body)] = app.asked
    url = f"https://{environ['HTTP_HOST']}{environ['REQUEST_URI']}"
    form = MultiDict(due.params).to_dict() if environ["REQUEST_METHOD"] == "POST" else {}
    signature = environ["HTTP_X_TWILIO_SIGNATURE"]
    assert bool(body) == bool(form)
    assert validate(url, form, signature)
    for at in (0, 13, 26):
        flipped = signature[:at] + chr(ord(signature[at]) ^ 1) + signature[at + 1 :]
        assert not validate(url, form, flipped)
    assert not validate(url[:-1] + "z", form, signature)
    for name in form:
        assert not validate(url, form | {name: form[name] + "x"}, signature)


class TestWatchOverAllTests:
    def test_counts_each_webhook(self, deliver):
        before = WATCH.seen["voice", "POST"]
        deliver.attach(Recorder(ok()))

        deliver(webhook())

        assert WATCH.seen["voice", "POST"] == before + 1

    def test_fails_what_the_validator_would_refuse(self, deliver, monkeypatch):
        deliver.attach(Recorder(ok()))
        wrong = twreplay.sign("https://elsewhere.example/", {}, TOKEN)
        monkeypatch.setattr("twreplay._delivery.client.sign", lambda *_: wrong)

        with pytest.raises(AssertionError, match="is signed with"):
            deliver(webhook())

    def test_fails_what_the_validator_would_accept_with_another_byte(self, deliver, monkeypatch):
        deliver.attach(Recorder(ok()))
        monkeypatch.setattr("vendors_validator.make_validator", lambda _: lambda *_: True)

        with pytest.raises(AssertionError, match="is signed with"):
            deliver(webhook())
