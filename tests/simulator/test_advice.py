"""What the journal says to arrange, for a request that is refused. Never a warning."""

from __future__ import annotations

import io

import pytest
from basic_auth import encode_basic
from builders import call, client, hints, message, rests_on

import twreplay

STRANGER = "AC" + "1" * 32
TOKEN = "0badc0ffee" * 3 + "00"


def told(asking):
    return asking.simulator.requests[-1].hints


def test_unknown_account_is_named_beside_the_simulators():
    asking = client(account_sid="AC" + "2" * 32)

    assert asking.get("/Calls", auth=(STRANGER, TOKEN)).status == 401

    (hint,) = told(asking)
    assert hint.startswith("no account AC111…111111; the simulator's is AC222…222222: ")
    assert "simulate(account_sid=..., auth_token=...)" in hint
    assert "twreplay_config" in hint
    assert hint.split(": ", 1)[1] in " ".join(asking.simulator.explain().split())


def test_wrong_token_is_told_and_not_shown():
    asking = client()

    asking.get("/Calls", auth=(asking.sid, TOKEN))

    (hint,) = told(asking)
    assert hint.startswith("the account is right, the token is not: simulate(")
    shown = asking.simulator.explain() + hint
    assert TOKEN not in shown
    assert asking.simulator.auth_token not in shown


def test_a_request_without_credentials_is_told_where_they_are():
    asking = client()

    asking.get("/Calls", auth=False)

    assert told(asking) == ("twilio.auth is what a client takes as its auth",)
    assert asking.simulator.requests[-1].outcome == "no credentials were sent"


@pytest.mark.parametrize(
    ("path", "form", "hint"),
    [
        (
            "/SMS/Messages",
            message(From="4155550000"),
            "to make it a number of the account: "
            "add_incoming_phone_number(PhoneNumber='4155550000')",
        ),
        (
            "/Calls",
            call(Caller="4155550000"),
            "to have it validated: add_outgoing_caller_id(PhoneNumber='4155550000')",
        ),
    ],
)
def test_the_remedy_works(path, form, hint):
    asking = client()
    assert asking.post(path, form).status == 400

    assert told(asking) == (hint,)
    eval(f"simulator.{hint.partition(': ')[2]}", {"simulator": asking.simulator})
    assert asking.post(path, form).status == 200


def test_numbers_for_sale():
    asking = client()
    asking.simulator.arrange_numbers("415", available=0)
    asking.post("/IncomingPhoneNumbers/Local", {"AreaCode": "415"})

    assert told(asking) == ("to have some for sale: arrange_numbers('415', available=1)",)


def ask_over_wsgi(simulator, path, **environ):
    log, started = io.StringIO(), []
    given = {
        "REQUEST_METHOD": "GET",
        "PATH_INFO": path,
        "HTTP_HOST": "127.0.0.1:8008",
        "wsgi.url_scheme": "https",
        "wsgi.errors": log,
    }
    application = twreplay.wsgi(simulator)
    list(application(given | environ, lambda status, headers: started.append((status, headers))))
    (status, headers) = started[0]
    return status, dict(headers).get("Twreplay-Hint"), log.getvalue()


def test_over_wsgi_a_request_for_another_version_gets_its_hint():
    with hints("the path begins with /2008-08-01"), rests_on(14):
        status, hint, log = ask_over_wsgi(
            twreplay.Simulator(undocumented="warn"), f"/2010-04-01/Accounts/{STRANGER}/Calls"
        )

    assert status.startswith("404")
    assert hint == "the path begins with /2008-08-01; the version in it is 2010-04-01"
    assert hint in log


def test_over_wsgi_what_is_answered_has_none():
    simulator = twreplay.Simulator()
    status, hint, log = ask_over_wsgi(
        simulator,
        f"/2008-08-01/Accounts/{simulator.account_sid}",
        HTTP_AUTHORIZATION=encode_basic(*simulator.auth),
    )

    assert (status, hint, log) == ("200 OK", None, "")
