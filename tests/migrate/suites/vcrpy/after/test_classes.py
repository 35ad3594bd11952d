"""Cassettes of unittest."""

import os
import unittest

import twreplay
from clinic import list_calls, remind


class TestCalls(unittest.TestCase):
    def setUp(self):
        super().setUp()
        name = f"{type(self).__name__}.{self._testMethodName}.yaml"
        path = os.path.join(os.path.dirname(__file__), "cassettes", name)
        cassette = twreplay.use_cassette(path, match_on=("method", "uri"))
        self.cassette = self.enterContext(cassette)

    def test_list(self):
        list_calls()
        self.assertEqual(self.cassette.play_count, 1)


class TestReminders(unittest.TestCase):
    def setUp(self):
        self.number = "4155551212"

    @twreplay.use_cassette("fixtures/sms.yaml")
    def test_remind(self, twilio_cassette):
        self.assertTrue(remind(self.number).ok)
        self.assertEqual(twilio_cassette.play_count, 1)
