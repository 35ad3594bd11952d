"""The simulator as a WSGI application."""

from __future__ import annotations

import io

import pytest
from extent import choose_extent
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from werkzeug.test import Client, EnvironBuilder

import twreplay

# A test client speaks plain HTTP.
pytestmark = pytest.mark.filterwarnings("ignore:.*question 43,")


@pytest.fixture
def simulator():
    return twreplay.Simulator()


@pytest.fixture
def client(simulator):
    return Client(twreplay.wsgi(simulator))


def test_answers_and_remembers(simulator, client):
    path = f"/2008-08-01/Accounts/{simulator.account_sid}/SMS/Messages"
    form = {"From": "4158675309", "To": "4155551212", "Body": "Grüße & mehr"}

    response = client.post(path, data=form, auth=simulator.auth)

    assert response.status == "200 OK"
    assert simulator.sms_messages[-1].Body == "Grüße & mehr"
    assert simulator.requests[-1].request.url == f"http://localhost{path}"


def test_path_and_query_arrive_as_they_were_sent(simulator, client):
    client.get("/2008-08-01/Accounts/AC%C3%BC/Calls?StartTime%3E=2010-03-01&num=2")

    request = simulator.requests[-1].request
    assert request.path == "/2008-08-01/Accounts/ACü/Calls"
    assert request.query == (("StartTime>", "2010-03-01"), ("num", "2"))


def test_server_is_left_to_tell_the_time(simulator, client):
    response = client.get(f"/2008-08-01/Accounts/{simulator.account_sid}", auth=simulator.auth)

    assert "Date" not in response.headers
    assert response.headers["Content-Length"] == str(len(response.data))


def test_the_body_is_of_bytes_as_wsgiref_insists(simulator):
    environ = EnvironBuilder("/2008-08-01/Accounts").get_environ()

    chunks = twreplay.wsgi(simulator)(environ, lambda status, headers: None)

    assert {type(chunk) for chunk in chunks} == {bytes}


FORM = b"From=4158675309&To=4155551212&Body=in+chunks"


def send_in_chunks(simulator, **environ):
    """Send a message whose body has no length, as *environ* presents it."""
    path = f"/2008-08-01/Accounts/{simulator.account_sid}/SMS/Messages"
    builder = EnvironBuilder(
        path, method="POST", input_stream=io.BytesIO(FORM), auth=simulator.auth
    )
    given = builder.get_environ()
    given.pop("CONTENT_LENGTH", None)
    given |= {"CONTENT_TYPE": "application/x-www-form-urlencoded", **environ}
    given["HTTP_TRANSFER_ENCODING"] = "chunked"
    statuses: list[str] = []
    chunks = twreplay.wsgi(simulator)(given, lambda status, headers: statuses.append(status))
    return statuses[0], b"".join(chunks)


def test_a_body_in_chunks_is_read_to_its_end(simulator):
    status, _ = send_in_chunks(simulator, **{"wsgi.input_terminated": True})

    assert status == "200 OK"
    assert simulator.sms_messages[-1].Body == "in chunks"


def test_a_body_in_chunks_that_the_server_does_not_put_together_is_refused(simulator):
    status, body = send_in_chunks(simulator, **{"wsgi.input_terminated": False})

    assert status.startswith("411")
    assert b"Content-Length" in body
    assert (simulator.sms_messages, len(simulator.requests)) == ((), 0)


def test_no_body_is_no_body(simulator, client):
    notification = simulator.add_notification()
    path = f"/2008-08-01/Accounts/{simulator.account_sid}/Notifications/{notification.Sid}"

    response = client.delete(path, auth=simulator.auth)

    assert (response.status_code, response.data) == (204, b"")


_VARIABLES = [
    *("REQUEST_METHOD", "PATH_INFO", "SCRIPT_NAME", "QUERY_STRING", "SERVER_NAME", "SERVER_PORT"),
    *("HTTP_HOST", "HTTP_ACCEPT", "CONTENT_TYPE", "CONTENT_LENGTH", "wsgi.url_scheme"),
]


@settings(
    max_examples=choose_extent(80, 200), suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    changed=st.dictionaries(
        st.sampled_from(
            [
                "REQUEST_METHOD",
                "PATH_INFO",
                "SCRIPT_NAME",
                "QUERY_STRING",
                "SERVER_NAME",
                "SERVER_PORT",
                "HTTP_HOST",
                "HTTP_ACCEPT",
                "CONTENT_TYPE",
                "CONTENT_LENGTH",
                "wsgi.url_scheme",
            ]
        ),
        st.none()
        | st.integers()
        | st.text(max_size=9)
        | st.sampled_from(["[x", "a b", "@", "x:y:z", "\r\nX: y", "9" * 300, "\udcff", "\u0663"]),
        min_size=1,
    ),
    missing=st.booleans(),
)
def test_whatever_the_environ_holds_there_is_an_answer(changed, missing):
    environ = EnvironBuilder(path="/2008-08-01/Accounts", data=b"x=1").get_environ()
    for name, value in changed.items():
        if missing:
            environ.pop(name, None)
        else:
            environ[name] = value
    started = []
    app = twreplay.wsgi(twreplay.Simulator(undocumented="ignore"))

    body = b"".join(app(environ, lambda status, headers: started.append((status, headers))))

    ((status, headers),) = started
    assert 200 <= int(status[:3]) < 500
    assert isinstance(body, bytes)
    assert not any(bad in value for _, value in headers for bad in "\r\n")
