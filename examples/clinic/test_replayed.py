"""Against a recording; what is not on it is simulated from where it stops."""

from __future__ import annotations

import os
import unittest
from pathlib import Path

import pytest
from clinic import Clinic

import twreplay

AUTH = (
    os.environ.get("TWILIO_ACCOUNT_SID", "AC0123456789abcdef0123456789abcdef"),
    os.environ.get("TWILIO_AUTH_TOKEN", "any token will do"),
)
NUMBER = "4155550100"


@pytest.mark.twreplay
def test_a_patient_is_called(twilio_cassette):
    assert Clinic(AUTH, NUMBER).remind("4155550123", "Tomorrow at 9.") == "called"
    assert twilio_cassette.play_count + len(twilio_cassette.recorded) == 1


@pytest.mark.twreplay("test_a_patient_is_called.yaml", fallback="simulate")
def test_and_is_in_the_report(twilio_cassette):
    clinic = Clinic(AUTH, NUMBER, sleep=lambda seconds: None)
    clinic.remind("4155550123", "Tomorrow at 9.")

    assert sum(clinic.report().values()) == 1
    assert len(twilio_cassette.simulated) == 1


CASSETTES = Path(__file__).parent / "cassettes" / "test_replayed"


class TestByUnittest(unittest.TestCase):
    @twreplay.use_cassette(CASSETTES / "test_a_patient_is_called.yaml")
    def test_a_patient_is_called(self):
        self.assertEqual(Clinic(AUTH, NUMBER).remind("4155550123", "Tomorrow at 9."), "called")
