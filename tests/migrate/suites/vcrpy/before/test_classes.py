"""Cassettes of unittest."""

import unittest

import vcr
from clinic import list_calls, remind
from vcr.unittest import VCRTestCase


class TestCalls(VCRTestCase):
    def _get_vcr_kwargs(self, **kwargs):
        kwargs = super()._get_vcr_kwargs(**kwargs)
        kwargs["filter_headers"] = ["authorization"]
        kwargs["match_on"] = ["method", "uri"]
        return kwargs

    def test_list(self):
        list_calls()
        self.assertEqual(self.cassette.play_count, 1)


class TestReminders(unittest.TestCase):
    def setUp(self):
        self.number = "4155551212"

    @vcr.use_cassette("fixtures/sms.yaml", inject_cassette=True)
    def test_remind(self, tape):
        self.assertTrue(remind(self.number).ok)
        self.assertEqual(tape.play_count, 1)
