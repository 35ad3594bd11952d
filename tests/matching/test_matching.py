"""Which recorded request answers another one, and what is said of one that none answers."""

from __future__ import annotations

import re
from functools import partial
from urllib.parse import quote as quote_all
from urllib.parse import quote_plus

import pytest
from basic_auth import encode_basic
from hypothesis import given
from hypothesis import strategies as st
from recorder import handler_of

import twreplay
from twreplay import Request, Response, errors

BASE = "https://api.twilio.com/2008-08-01"
URL = f"{BASE}/Accounts/AC1/Calls"


def keep(*requests: Request) -> twreplay.Cassette:
    """Record *requests* in memory."""
    with twreplay.use_cassette(None, record_mode="once") as cassette:
        for request in requests:
            handler_of(cassette).record(request, Response(200))
    return cassette


def find_miss(sent: Request, *recorded: Request, **options: object) -> str:
    """Say why nothing answers *sent*; empty if one of *recorded* does."""
    try:
        with twreplay.use_cassette(keep(*recorded), allow_unused=True, **options) as cassette:
            handler_of(cassette).answer(sent, str)
    except errors.UnmatchedRequest as error:
        return str(error)
    return ""


def list_differing(told: str) -> list[str]:
    """List the places in which the nearest recording differs, as an error tells them."""
    return re.findall(r"^  ! (\S+)", told, re.MULTILINE)


def same(left: Request, right: Request, **options: object) -> bool:
    told = find_miss(right, left, **options)
    assert not told or list_differing(told) or "none of the 1 is for this operation" in told
    return not told


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
def test_requests_written_in_two_ways_match(left, right):
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
def test_requests_that_differ_do_not_match(left, right):
    assert not same(left, right)


def test_fields_that_are_ignored_may_differ():
    left, right = (Request("POST", URL, body=f"To={n}&Body=x") for n in (1, 2))

    assert not same(left, right)
    assert same(left, right, ignore=("form.To",))


def test_a_whole_part_can_be_ignored():
    assert same(sent_by("AC1"), Request("GET", URL), ignore=("credentials",))


@pytest.mark.parametrize(
    ("part", "changed"),
    [
        ("method", Request("PUT", f"{URL}?a=1", {}, "To=1")),
        ("scheme", Request("POST", f"{URL}?a=1".replace("https", "http"), {}, "To=1")),
        ("host", Request("POST", f"{URL}?a=1".replace("api.", "www."), {}, "To=1")),
        ("port", Request("POST", f"{URL}?a=1".replace(".com", ".com:8443"), {}, "To=1")),
        ("path", Request("POST", f"{URL}/CA1?a=1", {}, "To=1")),
        ("query", Request("POST", f"{URL}?a=2", {}, "To=1")),
        ("form", Request("POST", f"{URL}?a=1", {}, "To=2")),
        ("", sent_by("AC1")),
    ],
)
def test_vcrpys_names_are_understood(part, changed):
    names = {"match_on": ["method", "uri", "body"]}
    recorded = Request("POST", f"{URL}?a=1", {}, "To=1")
    if not part:  # credentials are a header to vcrpy
        changed = Request("POST", recorded.url, changed.headers, "To=1")

    assert same(recorded, changed, **names) is (not part)
    told = find_miss(Request("DELETE", URL), recorded, **names)
    assert "matched on    method, scheme, host, port, path, query, form\n" in told


@pytest.mark.parametrize(
    ("match_on", "ignore", "guess"),
    [(["metod"], (), "'method'"), (None, ("from.To",), "'form.To'"), ([1], (), "int")],
)
def test_unknown_names_are_refused_with_a_guess(match_on, ignore, guess):
    with pytest.raises(errors.UsageError, match=guess):
        twreplay.use_cassette("x.yaml", match_on=match_on, ignore=ignore)


def test_nearest_differs_in_the_fewest_fields():
    recorded = [
        Request("POST", URL, body="To=1&Body=x&From=3"),
        Request("POST", URL, body="To=2&Body=y&From=3"),
    ]

    told = find_miss(Request("POST", URL, body="To=2&Body=x&From=4"), *recorded)

    assert "Nearest: interaction 1 of 2." in told
    assert list_differing(told) == ["form.From", "form.To"]


def test_a_request_for_something_else_altogether_has_no_nearest():
    recorded = [Request("POST", "http://other.example/x")]

    told = find_miss(Request("GET", URL), *recorded)

    assert "is for this operation" in told
    assert "earest" not in told


class TestSearching:
    """What may answer a request is found by a cheap key before it is compared."""

    TEXTS = st.text(st.sampled_from("aB=&+ %é;#/?\x7f\udc80"), max_size=4)
    PAIRS = st.lists(st.tuples(TEXTS, TEXTS) | st.just(("_method", "PUT")), max_size=3)

    @staticmethod
    def write(pairs, how):
        way = quote_plus if how % 2 else partial(quote_all, safe="/?")
        quote = partial(way, errors="surrogateescape")
        written = [f"{quote(name)}={quote(value)}" for name, value in pairs]
        if how % 3 == 0:
            written = [text.removesuffix("=") if text != "=" else text for text in written]
        return ("&&" if how % 5 == 0 else "&").join(reversed(written) if how % 7 == 0 else written)

    @given(PAIRS, PAIRS, st.integers(0, 209), st.integers(0, 209), st.sampled_from(["GET", "POST"]),
           st.sampled_from(["/Calls", "//Calls", "/C%61lls", "/Calls#x"]))  # fmt: skip
    def test_finds_what_is_equal_in_its_parts(self, query, form, first, second, method, path):
        one, other = (
            Request(
                method,
                f"{BASE}{way if how % 11 else '/Calls'}?{self.write(query, how)}",
                {"Content-Type": "application/x-www-form-urlencoded"},
                self.write(form, how),
            )
            for how, way in ((first, path), (second, path))
        )

        def parts(request):
            fields = sorted(request.query), sorted(request.form)
            return request.effective_method, request.path, *fields

        if parts(one) == parts(other):
            assert same(one, other)

    def test_compares_only_what_may_answer(self):
        compared = []

        def own(request):
            compared.append(request.url)
            return ""

        names = ["method", "scheme", "host", "path", "credentials", "query", "form", own]
        requests = [Request("GET", f"{URL}?Page={page}") for page in range(9)]

        assert not find_miss(requests[4], *requests, match_on=names)
        assert set(compared) == {requests[4].url}
