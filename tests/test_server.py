"""The simulator as a WSGI application."""

from __future__ import annotations

import pytest
from werkzeug.test import Client

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


def test_no_body_is_no_body(simulator, client):
    notification = simulator.add_notification()
    path = f"/2008-08-01/Accounts/{simulator.account_sid}/Notifications/{notification.Sid}"

    response = client.delete(path, auth=simulator.auth)

    assert (response.status_code, response.data) == (204, b"")
