"""What each kind of webhook carries."""

from __future__ import annotations

import pytest
from delivery.webhooks import ACCOUNT, BASE, CALL, Recorder, ok, values_for, webhook
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.datastructures import MultiDict

from twreplay._api import QUESTIONS, Grade
from twreplay._api.webhooks import WEBHOOK_ERRORS, WEBHOOKS
from twreplay._delivery import Conversation, build_webhook
from twreplay._delivery.webhook import add_query, encode_form

pytest_plugins = ["delivery.deliveries"]

INBOUND_DUMP = (
    "AccountSid Body ToZip FromState ToCity SmsSid ToState To ToCountry FromCountry SmsMessageSid "
    "ApiVersion FromCity SmsStatus From FromZip"
)


def test_an_inbound_message_is_as_three_dumps_have_it():
    places = {
        f"{side}{place}": "x"
        for side in ("From", "To")
        for place in ("City", "State", "Zip", "Country")
    }

    params = webhook("sms", values=places).params

    assert " ".join(name for name, _ in params) == INBOUND_DUMP
    assert dict(params)["SmsMessageSid"] == dict(params)["SmsSid"]


def test_a_call_carries_both_pairs_of_identifiers():
    params = dict(webhook("voice").params)

    assert (params["CallGuid"], params["AccountGuid"]) == (CALL, ACCOUNT)
    assert (params["CallSid"], params["AccountSid"]) == (CALL, ACCOUNT)
    assert params["DialStatus"] == "answered"


def test_what_is_not_known_is_left_out_and_what_is_empty_is_sent():
    params = dict(webhook("gather", values={"CallerCity": None, "CallerZip": ""}).params)

    assert "CallerCity" not in params
    assert params["CallerZip"] == ""


@pytest.mark.parametrize("kind", WEBHOOKS)
def test_each_kind_names_its_evidence_and_its_questions(kind):
    due = webhook(kind)

    assert due.evidence.source
    assert set(due.questions) <= QUESTIONS.keys()
    # What rests on nothing but this library's choice says so by a question.
    assert due.evidence.grade is not Grade.CHOSEN or due.questions
    assert len({param.name for param in due.kind.params}) == len(due.kind.params)


@pytest.mark.parametrize("kind", WEBHOOKS)
def test_a_missing_or_unknown_value_is_an_error_of_the_library(kind):
    given = {"url": BASE, "conversation": Conversation("x")}
    values = values_for(kind)

    with pytest.raises(LookupError, match="has no value Colour"):
        build_webhook(kind, values | {"Colour": "red"}, **given)
    for name in values:
        with pytest.raises(LookupError, match=f"needs the value {name}"):
            build_webhook(kind, {k: v for k, v in values.items() if k != name}, **given)


def test_callbacks_are_posted_whatever_method_is_given():
    assert webhook("sms-status", method="GET").method == "POST"
    assert webhook("transcription", method="GET").method == "POST"
    assert webhook("gather", method="get").method == "GET"


def test_a_method_that_there_is_not_is_refused():
    with pytest.raises(ValueError, match="GET or POST, not PUT"):
        webhook(method="PUT")


def test_every_error_code_has_its_question_in_the_list():
    asked = {error.question for error in WEBHOOK_ERRORS.values() if error.question is not None}

    assert {int(question) for question in asked} <= QUESTIONS.keys()


def test_a_repr_shows_no_password():
    shown = repr(webhook(url="https://user:hunter2hunter2@clinic.example/voice"))

    assert shown == "<Webhook voice: POST https://REDACTED@clinic.example/voice>"


TEXT = st.text(max_size=20)


@given(st.lists(st.tuples(TEXT.filter(bool), TEXT), max_size=5))
def test_a_form_and_a_query_say_what_they_were_given(pairs):
    from urllib.parse import parse_qsl, urlsplit

    plain = [tuple(part.encode("utf-8", "replace").decode() for part in pair) for pair in pairs]

    def read(text):
        return parse_qsl(text, keep_blank_values=True)

    assert read(encode_form(tuple(plain))) == plain
    assert read(urlsplit(add_query("https://a.example/?z=1", tuple(plain))).query) == [
        ("z", "1"),
        *plain,
    ]


def test_get_has_the_parameters_behind_the_query_of_the_url_and_post_in_the_body(deliver):
    app = Recorder(ok())
    deliver.attach(app)

    deliver("sms", f"{BASE}/sms?clinic=1", method="GET")
    deliver("sms", f"{BASE}/sms?clinic=1", method="POST")

    (get, nothing), (post, body) = app.asked
    assert get["QUERY_STRING"].startswith(f"clinic=1&AccountSid={ACCOUNT}&Body=Gr%C3%BC%C3%9F+Gott")
    assert (nothing, "CONTENT_TYPE" in get) == (b"", False)
    assert post["QUERY_STRING"] == "clinic=1"
    assert post["CONTENT_TYPE"] == "application/x-www-form-urlencoded"
    assert body.decode() == get["QUERY_STRING"].removeprefix("clinic=1&")
    assert MultiDict(webhook("sms").params)["Body"] == "Grüß Gott & 100% + more = ☎"
