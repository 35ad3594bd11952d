from __future__ import annotations

import pytest
from basic_auth import encode_basic

from twreplay import Request
from twreplay._matching import Matching, find_differences, find_nearest
from twreplay.errors import UsageError

URL = "https://api.twilio.com/2008-08-01/Accounts/AC1/Calls"
DEFAULT = Matching.from_options(None)


def same(left: Request, right: Request, matching: Matching = DEFAULT) -> bool:
    keys = [(matching.build_key(r), matching.get_identity(r)) for r in (left, right)]
    assert (keys[0] == keys[1]) is not bool(find_differences(left, right, matching))
    return keys[0] == keys[1]


def sent_by(user: str, token: str = "t") -> Request:
    return Request("GET", URL, {"Authorization": encode_basic(user, token)})


@pytest.mark.parametrize(
    ("left", "right"),
    [
        (Request("POST", URL + "?_method=DELETE"), Request("DELETE", URL)),
        (Request("GET", URL + "?a=1&b=2"), Request("GET", URL + "?b=2&a=1")),
        (Request("POST", URL, body="A=1&B=2"), Request("POST", URL, body="B=2&A=1")),
        (Request("GET", URL.replace(".com/", ".com//")), Request("GET", URL)),
        (Request("GET", URL + "?"), Request("GET", URL)),
        (sent_by("AC1", "one"), sent_by("AC1", "two")),
    ],
    ids=["overload", "query order", "form order", "double slash", "bare ?", "another token"],
)
def test_same_operation(left, right):
    assert same(left, right)


@pytest.mark.parametrize(
    ("left", "right"),
    [
        (Request("POST", URL), Request("GET", URL)),
        (Request("GET", URL + "?a=1"), Request("GET", URL + "?a=1&a=1")),
        (Request("POST", URL, body="A="), Request("POST", URL, body="")),
        (Request("POST", URL, body=b"\x00a"), Request("POST", URL, body=b"\x00b")),
        (sent_by("AC1"), Request("GET", URL)),
        (sent_by("AC1"), sent_by("AC2")),
    ],
    ids=["method", "repetition", "blank value", "binary body", "bare", "somebody else"],
)
def test_different(left, right):
    assert not same(left, right)


def test_ignored_fields_do_not_count():
    left, right = (Request("POST", URL, body=f"To={n}&Body=x") for n in (1, 2))

    assert same(left, right, Matching.from_options(None, ("form.To",)))


def test_a_whole_part_can_be_ignored():
    assert same(sent_by("AC1"), Request("GET", URL), Matching.from_options(None, ("credentials",)))


def test_vcrpys_names_are_understood():
    matching = Matching.from_options(["method", "uri", "body"])

    assert matching.parts == ("method", "scheme", "host", "port", "path", "query", "form")


@pytest.mark.parametrize(
    ("match_on", "ignore", "guess"),
    [(["metod"], (), "'method'"), (None, ("from.To",), "'form.To'"), ([1], (), "int")],
)
def test_unknown_names_are_refused_with_a_guess(match_on, ignore, guess):
    with pytest.raises(UsageError, match=guess):
        Matching.from_options(match_on, ignore)


def test_nearest_differs_in_the_fewest_fields():
    recorded = [
        Request("POST", URL, body="To=1&Body=x&From=3"),
        Request("POST", URL, body="To=2&Body=y&From=3"),
    ]

    index, found = find_nearest(recorded, Request("POST", URL, body="To=2&Body=x&From=4"), DEFAULT)

    assert index == 0
    assert [d.label for d in found] == ["form.From", "form.To"]


def test_a_request_for_something_else_altogether_has_no_nearest():
    recorded = [Request("POST", "http://other.example/x")]

    assert find_nearest(recorded, Request("GET", URL), DEFAULT) is None
