from __future__ import annotations

import base64
from urllib.parse import parse_qsl

import pytest
from basic_auth import encode_basic
from hypothesis import given
from hypothesis import strategies as st

from twreplay import Headers, Request, Response

FORM = "application/x-www-form-urlencoded"
URL = "https://api.twilio.com/2008-08-01/Accounts/AC1/Calls"


class TestOverloading:
    @pytest.mark.parametrize("method", ["PUT", "DELETE"])
    def test_post_with_method_in_the_query_is_that_method(self, method):
        assert method == Request("POST", f"{URL}?_method={method}").effective_method

    @pytest.mark.parametrize(
        "request_",
        [
            Request("POST", f"{URL}?_method=delete"),
            Request("POST", f"{URL}?_method=GET"),
            Request("GET", f"{URL}?_method=DELETE"),
            Request("POST", URL, body="_method=DELETE"),
            Request("POST", f"{URL}?_method=PUT&_method=DELETE"),
        ],
        ids=["lower case", "another value", "on GET", "in the body", "twice"],
    )
    def test_anything_else_is_left_alone(self, request_):
        assert request_.method == request_.effective_method


class TestCredentials:
    def test_come_from_the_header(self):
        request = Request("GET", URL, {"Authorization": encode_basic("AC1", "secret")})

        assert (
            request.credentials.account_sid,
            request.credentials.auth_token,
        ) == ("AC1", "secret")

    def test_come_from_the_url_and_leave_it(self):
        request = Request("GET", "https://AC1:s%3Acret@api.twilio.com/2008-08-01")

        assert request.credentials.auth_token == "s:cret"
        assert request.url == "https://api.twilio.com/2008-08-01"

    @pytest.mark.parametrize("charset", ["utf-8", "latin-1"])
    def test_are_read_as_the_letters_that_a_client_was_given(self, charset):
        encoded = base64.b64encode("é:pässword".encode(charset)).decode()

        read = Request("GET", URL, {"Authorization": f"Basic {encoded}"}).credentials

        assert (read.account_sid, read.auth_token) == ("é", "pässword")

    @pytest.mark.parametrize("value", ["", "Basic", "Basic %%%", "Bearer abc", "Basic QUJD"])
    def test_unreadable_ones_are_none(self, value):
        assert Request("GET", URL, {"Authorization": value}).credentials is None

    def test_are_in_no_repr(self):
        request = Request("GET", "https://AC1:t0ken@api.twilio.com/2008-08-01")

        shown = repr((request, request.credentials, request.headers))

        assert "t0ken" not in shown
        assert encode_basic("AC1", "t0ken") not in shown


class TestDecoding:
    def test_leading_slashes_collapse(self):
        assert Request("GET", "https://api.twilio.com//2008-08-01/x").path == "/2008-08-01/x"

    def test_encoded_slash_is_not_a_separator(self):
        assert Request("GET", "https://api.twilio.com/a%2Fb%20c").path == "/a%2Fb c"

    def test_inequality_is_part_of_a_filter_name(self):
        request = Request("GET", f"{URL}?StartTime>=2009-07-06&Status=")

        assert request.query == (("StartTime>", "2009-07-06"), ("Status", ""))

    def test_form_without_content_type_is_a_form(self):
        assert Request("PUT", URL, body="To=1+2&Body=").form == (("To", "1 2"), ("Body", ""))

    def test_other_content_types_are_no_form(self):
        request = Request("POST", URL, {"Content-Type": "application/json"}, "a=1")

        assert request.form == ()

    @given(st.binary())
    def test_any_body_can_be_asked_for_its_form(self, body):
        assert isinstance(Request("POST", URL, body=body).form, tuple)

    def test_a_relative_url_is_refused(self):
        with pytest.raises(ValueError, match="absolute URL"):
            Request("GET", "/2008-08-01")


class TestHeaders:
    def test_names_compare_without_case_and_repetitions_stay(self):
        headers = Headers([("Set-Cookie", "a=1"), ("set-cookie", "b=2")])

        assert headers.get_all("SET-COOKIE") == ("a=1", "b=2")
        assert headers["set-Cookie"] == "a=1"

    def test_replacing_leaves_one_value_in_the_first_place(self):
        headers = Headers([("A", "1"), ("B", "2"), ("a", "3")])

        assert headers.replacing("a", "9").pairs == (("A", "9"), ("B", "2"))

    def test_replacing_what_is_absent_adds_it(self):
        assert Headers().replacing("A", "1").pairs == (("A", "1"),)


def test_response_has_the_standard_reason():
    assert Response(404).reason == "Not Found"


class TestForms:
    @given(st.text(st.sampled_from("ab=&+%4é1;\udcff ")))
    def test_are_read_as_the_standard_library_reads_them(self, encoded):
        body = encoded.encode("utf-8", "surrogateescape")
        request = Request("POST", URL, {"Content-Type": FORM}, body)

        read = parse_qsl(
            body.decode("utf-8", "surrogateescape"),
            keep_blank_values=True,
            errors="surrogateescape",
        )

        assert tuple(read) == request.form
