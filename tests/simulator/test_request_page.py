"""The request page, a class for each of its paragraphs."""

from __future__ import annotations

import warnings
from contextlib import nullcontext

import pytest
from basic_auth import encode_basic

import twreplay
from twreplay.errors import UndocumentedBehavior

FORM = {"Content-Type": "application/x-www-form-urlencoded"}
CALL = "Caller=4158675309&Called=4155551212&Url=http://example.com/"


@pytest.fixture
def simulator():
    return twreplay.Simulator()


def send(simulator, method, path, body="", *, auth=None, headers=None, base=None):
    given = dict(FORM if body else {}) | dict(headers or {})
    if auth is not False:
        given["Authorization"] = encode_basic(*(auth or simulator.auth))
    url = (base or simulator.account_url) + path
    return simulator.handle(twreplay.Request(method, url, given, body))


class TestCredentials:
    def test_credentials_in_the_header_are_taken(self, simulator):
        assert send(simulator, "GET", "/Calls").status == 200

    def test_credentials_in_the_url_are_taken(self, simulator):
        sid, token = simulator.auth
        url = simulator.account_url.replace("https://", f"https://{sid}:{token}@")

        assert simulator.handle(twreplay.Request("GET", f"{url}/Calls")).status == 200

    @pytest.mark.parametrize(
        "header",
        ["Basic", "Basic !!!", "Basic QUM=", "Bearer abc", "Digest x", "basic"],
    )
    def test_malformed_ones_are_refused_with_a_challenge(self, simulator, header):
        hinted = pytest.warns(match="bearer") if header.startswith("Bearer") else nullcontext()
        with hinted:
            response = send(
                simulator, "GET", "/Calls", auth=False, headers={"Authorization": header}
            )

        assert response.status == 401
        assert response.headers["WWW-Authenticate"] == 'Basic realm="Twilio API"'

    @pytest.mark.parametrize("wrong", ["sid", "token", "both"])
    def test_wrong_ones_are_refused(self, simulator, wrong):
        sid, token = simulator.auth
        auth = (
            sid if wrong == "token" else "AC" + "0" * 32,
            token if wrong == "sid" else "0" * 32,
        )

        response = send(simulator, "GET", "/Calls", auth=auth)

        assert response.status == 401
        assert b"<Code>20003</Code>" in response.body

    def test_of_another_account_are_refused(self, simulator):
        other = simulator.add_account()

        with pytest.warns(UndocumentedBehavior, match="question 2,"):
            response = send(simulator, "GET", "/Calls", auth=(other.Sid, other.AuthToken))

        assert response.status == 401

    @pytest.mark.parametrize("status", [4, 16, 32])
    def test_of_a_suspended_account_are_refused(self, simulator, status):
        other = simulator.add_account(Status=status)
        path = f"/Accounts/{other.Sid}/Calls"

        with pytest.warns(UndocumentedBehavior, match="question 38,"):
            response = send(
                simulator,
                "GET",
                path,
                auth=(other.Sid, other.AuthToken),
                base=simulator.base_url,
            )

        assert response.status == 401
        assert b"<Code>20005</Code>" in response.body

    def test_come_before_methods(self, simulator):
        """A client without credentials does not learn what a resource supports."""
        assert send(simulator, "DELETE", "/Calls", auth=False).status == 401

    def test_routes_come_before_credentials(self, simulator):
        assert send(simulator, "GET", "/Nothing", auth=False).status == 404


class TestRetrieving:
    def test_a_list_is_shown(self, simulator):
        response = send(simulator, "GET", "/Calls")

        assert response.status == 200
        assert response.headers["Content-Type"] == "application/xml"
        assert response.body.startswith(b'<?xml version="1.0"?>\n<TwilioResponse><Calls ')

    def test_an_instance_is_shown(self, simulator):
        call = simulator.add_call()

        response = send(simulator, "GET", f"/Calls/{call.Sid}")

        assert response.status == 200
        assert f"<Sid>{call.Sid}</Sid>".encode() in response.body

    def test_what_does_not_exist_is_404_without_code(self, simulator):
        response = send(simulator, "GET", "/Calls/CA00000000000000000000000000000000")

        assert response.status == 404
        assert response.body == (
            b'<?xml version="1.0"?>\n<TwilioResponse><RestException><Status>404</Status>'
            b"<Message>The requested resource was not found</Message></RestException>"
            b"</TwilioResponse>\n"
        )

    def test_what_belongs_to_another_account_is_404(self, simulator):
        other = simulator.add_account()
        call = simulator.add_call(AccountSid=other.Sid)

        assert send(simulator, "GET", f"/Calls/{call.Sid}").status == 404

    def test_what_was_deleted_is_404_and_undocumented(self, simulator):
        notification = simulator.add_notification()
        send(simulator, "DELETE", f"/Notifications/{notification.Sid}")

        with pytest.warns(UndocumentedBehavior, match="question 29,"):
            response = send(simulator, "GET", f"/Notifications/{notification.Sid}")

        assert response.status == 404

    def test_recordings_are_public(self, simulator):
        recording = simulator.add_recording(Duration=1)
        url = f"/Recordings/{recording.Sid}"

        assert send(simulator, "GET", url, auth=False).headers["Content-Type"] == "audio/x-wav"
        assert send(simulator, "GET", url, auth=("AC1", "wrong")).status == 200
        assert send(simulator, "GET", "/Recordings", auth=False).status == 401

    def test_head_is_get_without_the_body(self, simulator):
        got = send(simulator, "GET", "/Calls")
        with pytest.warns(UndocumentedBehavior, match="question 6,"):
            head = send(simulator, "HEAD", "/Calls")

        assert (head.status, head.headers, head.body) == (200, got.headers, b"")


class TestConditionalGet:
    @pytest.fixture
    def call(self, simulator):
        return simulator.add_call()

    @pytest.fixture
    def first(self, simulator, call):
        return send(simulator, "GET", f"/Calls/{call.Sid}")

    @pytest.mark.parametrize("tag", ["{}", "W/{}", '"other", {}', "*"])
    def test_same_tag_is_304_without_body(self, simulator, call, first, tag):
        with pytest.warns(UndocumentedBehavior, match="question 7,"):
            response = send(
                simulator,
                "GET",
                f"/Calls/{call.Sid}",
                headers={"If-None-Match": tag.format(first.headers["ETag"])},
            )

        assert (response.status, response.body) == (304, b"")
        assert response.headers["ETag"] == first.headers["ETag"]
        assert simulator.requests[-1].rule == "the client's copy is current"

    def test_other_tag_is_200_whatever_the_date(self, simulator, call, first):
        headers = {
            "If-None-Match": '"other"',
            "If-Modified-Since": first.headers["Last-Modified"],
        }

        with pytest.warns(UndocumentedBehavior, match="question 7,"):
            response = send(simulator, "GET", f"/Calls/{call.Sid}", headers=headers)

        assert response.status == 200

    @pytest.mark.parametrize(
        ("since", "status"),
        [
            ("Mon, 01 Mar 2010 17:00:00 GMT", 304),
            ("Mon, 01 Mar 2010 17:00:01 GMT", 304),
            ("Mon, 01 Mar 2010 16:59:59 GMT", 200),
            ("yesterday", 200),
        ],
    )
    def test_a_date_decides_whether_it_is_sent_again(self, simulator, call, since, status):
        with pytest.warns(UndocumentedBehavior, match="question 7,"):
            response = send(
                simulator, "GET", f"/Calls/{call.Sid}", headers={"If-Modified-Since": since}
            )

        assert response.status == status

    def test_change_changes_the_tag(self, simulator, first):
        name = simulator.add_outgoing_caller_id()
        path = f"/OutgoingCallerIds/{name.Sid}"
        before = send(simulator, "GET", path).headers["ETag"]
        send(simulator, "PUT", path, "FriendlyName=Other")

        assert send(simulator, "GET", path).headers["ETag"] != before


class TestCreating:
    def test_documented_is_200(self, simulator):
        response = send(simulator, "POST", "/Calls", CALL)

        assert response.status == 200
        assert "Location" not in response.headers

    def test_observed_is_201_with_location(self):
        simulator = twreplay.Simulator(profile="observed")

        response = send(simulator, "POST", "/Calls", CALL)

        assert response.status == 201
        assert response.headers["Location"] == (
            f"{simulator.account_url}/Calls/{simulator.calls[0].Sid}"
        )

    def test_wrong_parameter_is_400_with_code_and_page(self, simulator):
        response = send(simulator, "POST", "/Calls", "Caller=4158675309")

        assert response.status == 400
        assert response.body == (
            b'<?xml version="1.0"?>\n<TwilioResponse><RestException><Status>400</Status>'
            b"<Message>No called number is specified</Message><Code>21201</Code>"
            b"<MoreInfo>http://www.twilio.com/docs/errors/21201</MoreInfo></RestException>"
            b"</TwilioResponse>\n"
        )
        assert simulator.calls == ()

    def test_unknown_parameter_is_accepted_and_logged(self, simulator):
        response = send(simulator, "POST", "/Calls", CALL + "&foo=bar")

        assert response.status == 200
        (logged,) = simulator.notifications
        assert (logged.Log, logged.CallSid, logged.RequestMethod) == ("1", "", "POST")
        assert logged.MessageText == "Unknown parameter received by the REST API: foo=bar"
        assert logged.RequestURL == f"{simulator.account_url}/Calls"

    def test_refused_request_changes_nothing(self, simulator):
        send(simulator, "POST", "/Calls", "foo=bar")

        assert simulator.notifications == ()


class TestUpdating:
    @pytest.mark.parametrize("method", ["POST", "PUT"])
    def test_answers_with_what_it_became(self, simulator, method):
        number = simulator.incoming_phone_numbers[0]
        simulator.clock.advance(seconds=60)

        response = send(
            simulator,
            method,
            f"/IncomingPhoneNumbers/{number.Sid}",
            "Url=http://example.com/&FriendlyName=Main",
        )

        assert response.status == 200
        assert b"<FriendlyName>Main</FriendlyName>" in response.body
        assert (number.FriendlyName, number.Url, number.Method) == (
            "Main",
            "http://example.com/",
            "POST",
        )
        assert number.DateUpdated == "Mon, 01 Mar 2010 09:01:00 -0800"

    def test_empty_value_clears(self, simulator):
        number = simulator.add_incoming_phone_number(Url="http://example.com/")

        with pytest.warns(UndocumentedBehavior, match="question 30,"):
            send(simulator, "PUT", f"/IncomingPhoneNumbers/{number.Sid}", "Url=")

        assert number.Url == ""


class TestDeleting:
    @pytest.mark.parametrize(
        ("path", "add"),
        [
            ("OutgoingCallerIds", "add_outgoing_caller_id"),
            ("Notifications", "add_notification"),
            ("Recordings", "add_recording"),
        ],
    )
    def test_is_204_without_body(self, simulator, path, add):
        instance = getattr(simulator, add)()

        response = send(simulator, "DELETE", f"/{path}/{instance.Sid}")

        assert (response.status, response.body) == (204, b"")

    def test_of_a_number_is_200_as_documented(self, simulator):
        number = simulator.incoming_phone_numbers[0]

        with pytest.warns(UndocumentedBehavior, match="question 4,"):
            response = send(simulator, "DELETE", f"/IncomingPhoneNumbers/{number.Sid}")

        assert response.status == 200
        assert simulator.incoming_phone_numbers == ()

    def test_of_the_account_is_405(self, simulator):
        """The example of a 405 that the page gives."""
        response = send(simulator, "DELETE", "")

        assert response.status == 405
        assert response.headers["Allow"] == "GET, POST, PUT"

    def test_of_a_recording_needs_credentials(self, simulator):
        recording = simulator.add_recording()

        with pytest.warns(UndocumentedBehavior, match="question 28,"):
            response = send(simulator, "DELETE", f"/Recordings/{recording.Sid}", auth=False)

        assert response.status == 401


class TestOverloading:
    def test_a_post_that_is_a_delete_deletes(self, simulator):
        number = simulator.add_outgoing_caller_id()

        response = send(simulator, "POST", f"/OutgoingCallerIds/{number.Sid}?_method=DELETE")

        assert response.status == 204
        assert simulator.outgoing_caller_ids == ()
        assert simulator.requests[-1].method == "DELETE"
        assert simulator.requests[-1].request.method == "POST"

    def test_a_post_that_is_a_put_changes(self, simulator):
        path = "?_method=PUT"

        response = send(simulator, "POST", path, "FriendlyName=Renamed")

        assert response.status == 200
        assert simulator.accounts[0].FriendlyName == "Renamed"

    def test_the_pages_own_example(self, simulator):
        """It spells IncomingPhoneNumbers as PhoneNumbers."""
        number = simulator.incoming_phone_numbers[0]

        with pytest.warns(UndocumentedBehavior, match="question 4,"):
            response = send(simulator, "POST", f"/PhoneNumbers/{number.Sid}?_method=DELETE")

        assert response.status == 200

    def test_where_the_method_is_not_supported_is_405(self, simulator):
        call = simulator.add_call()

        response = send(simulator, "POST", f"/Calls/{call.Sid}?_method=DELETE")

        assert response.status == 405
        assert simulator.requests[-1].hints == ("calls cannot be deleted",)

    @pytest.mark.parametrize(
        ("method", "query", "body"),
        [
            ("POST", "?_method=delete", "FriendlyName=x"),
            ("POST", "?_method=PATCH", "FriendlyName=x"),
            ("POST", "", "FriendlyName=x&_method=DELETE"),
            ("GET", "?_method=DELETE", ""),
            ("POST", "?_method=PUT&_method=DELETE", "FriendlyName=x"),
        ],
        ids=["lower case", "other", "in the body", "on GET", "twice"],
    )
    def test_anything_else_is_left_alone_and_reported(self, simulator, method, query, body):
        number = simulator.add_outgoing_caller_id()

        with pytest.warns(UndocumentedBehavior, match="question 5,"):
            response = send(simulator, method, f"/OutgoingCallerIds/{number.Sid}{query}", body)

        assert response.status == 200
        assert len(simulator.outgoing_caller_ids) == 1


class TestPaths:
    @pytest.mark.parametrize("path", ["/calls", "/Calls/", "/Calls.yaml", "/Foo", ""])
    def test_unknown_ones_are_404(self, path):
        simulator = twreplay.Simulator(undocumented="ignore")
        base = simulator.account_url if path else simulator.base_url

        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            assert send(simulator, "GET", path, base=base).status == 404

    def test_leading_slashes_collapse(self, simulator):
        base = simulator.account_url.replace("/2008-08-01", "//2008-08-01")

        assert send(simulator, "GET", "/Calls", base=base).status == 200

    def test_other_version_is_404(self, simulator):
        base = simulator.account_url.replace("2008-08-01", "2010-04-01")

        with pytest.warns() as told:
            assert send(simulator, "GET", "/Calls", base=base).status == 404

        assert {w.category for w in told} == {UndocumentedBehavior, twreplay.errors.WrongVersion}

    def test_plain_http_is_answered_and_reported(self, simulator):
        base = simulator.account_url.replace("https", "http")

        with pytest.warns(UndocumentedBehavior, match="question 43,"):
            assert send(simulator, "GET", "/Calls", base=base).status == 200
