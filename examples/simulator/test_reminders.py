"""The reminders against a simulated API: states, failures and refusals without any recording."""

from __future__ import annotations

import pytest
import requests
from reminders import Reminders


@pytest.fixture
def reminders(twilio):
    return Reminders(twilio.auth, "4158675309")


def test_who_was_busy_is_texted(twilio, reminders):
    twilio.arrange_call("4155550101", outcome="busy")
    reminders.call("4155550101")
    reminders.call("4155550102")
    twilio.clock.advance(seconds=60)

    assert reminders.follow_up() == ["4155550101"]
    assert [(m.To, m.Status) for m in twilio.sms_messages] == [("4155550101", "queued")]


def test_server_error_is_tried_again(twilio, reminders):
    twilio.when("GET", "/Calls", Status="3", times=1).fail(500)

    assert reminders.follow_up() == []
    assert [entry.response.status for entry in twilio.requests] == [500, 200, 200]


def test_number_that_is_not_ours_cannot_call(twilio):
    stranger = Reminders(twilio.auth, "4155559999")

    with pytest.raises(requests.HTTPError, match="400"):
        stranger.call("4155550101")

    assert twilio.requests[-1].rule == "caller is verified"


@pytest.mark.twreplay(profile="observed")
def test_created_is_201_where_that_was_observed(twilio, reminders):
    reminders.call("4155550101")

    assert twilio.requests[-1].response.status == 201
