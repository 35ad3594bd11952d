from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twreplay import Headers, Request, Response
from twreplay._http import basic

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
        request = Request("GET", URL, {"Authorization": basic("AC1", "secret")})

        assert ("AC1", "secret") == (
            request.credentials.account_sid,
            request.credentials.auth_token,
        )

    def test_come_from_the_url_and_leave_it(self):
        request = Request("GET", "https://AC1:s%3Acret@api.twilio.com/2008-08-01")

        assert "s:cret" == request.credentials.auth_token
        assert "https://api.twilio.com/2008-08-01" == request.url

    @pytest.mark.parametrize("value", ["", "Basic", "Basic %%%", "Bearer abc", "Basic QUJD"])
    def test_unreadable_ones_are_none(self, value):
        assert Request("GET", URL, {"Authorization": value}).credentials is None

    def test_are_in_no_repr(self):
        request = Request("GET", "https://AC1:t0ken@api.twilio.com/2008-08-01")

        shown = repr((request, request.credentials, request.headers))

        assert "t0ken" not in shown
        assert basic("AC1", "t0ken") not in shown


class TestDecoding:
    def test_leading_slashes_collapse(self):
        assert "/2008-08-01/x" == Request("GET", "https://api.twilio.com//2008-08-01/x").path

    def test_encoded_slash_is_not_a_separator(self):
        assert "/a%2Fb c" == Request("GET", "https://api.twilio.com/a%2Fb%20c").path

    def test_inequality_is_part_of_a_filter_name(self):
        request = Request("GET", f"{URL}?StartTime>=2009-07-06&Status=")

        assert (("StartTime>", "2009-07-06"), ("Status", "")) == request.query

    def test_form_without_content_type_is_a_form(self):
        assert (("To", "1 2"), ("Body", "")) == Request("PUT", URL, body="To=1+2&Body=").form

    def test_other_content_types_are_no_form(self):
        request = Request("POST", URL, {"Content-Type": "application/json"}, "a=1")

        assert () == request.form

    @given(st.binary())
    def test_any_body_can_be_asked_for_its_form(self, body):
        assert isinstance(Request("POST", URL, body=body).form, tuple)

    def test_a_relative_url_is_refused(self):
        with pytest.raises(ValueError, match="absolute URL"):
            Request("GET", "/2008-08-01")


class TestHeaders:
    def test_names_compare_without_case_and_repetitions_stay(self):
        headers = Headers([("Set-Cookie", "a=1"), ("set-cookie", "b=2")])

        assert ("a=1", "b=2") == headers.get_all("SET-COOKIE")
        assert "a=1" == headers["set-Cookie"]

    def test_replacing_leaves_one_value_in_the_first_place(self):
        headers = Headers([("A", "1"), ("B", "2"), ("a", "3")])

        assert (("A", "9"), ("B", "2")) == headers.replacing("a", "9").pairs

    def test_replacing_what_is_absent_adds_it(self):
        assert (("A", "1"),) == Headers().replacing("A", "1").pairs


def test_response_has_the_standard_reason():
    assert "Not Found" == Response(404).reason
