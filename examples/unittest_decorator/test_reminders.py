import unittest
from pathlib import Path

from reminders import remind

import twreplay

CASSETTES = Path(__file__).parent / "cassettes"


class Reminders(unittest.TestCase):
    @twreplay.use_cassette(CASSETTES / "remind.yaml")
    def test_remind(self):
        self.assertEqual(remind("4155550101", "any token will do"), "queued")

    @twreplay.use_cassette(CASSETTES / "refused.yaml")
    def test_wrong_token(self):
        self.assertEqual(remind("4155550101", "any token will do"), "")

    def test_as_a_block(self):
        with twreplay.use_cassette(CASSETTES / "remind.yaml") as cassette:
            remind("4155550101", "any token will do")
        self.assertEqual([request.method for request in cassette.requests], ["POST"])


if __name__ == "__main__":
    unittest.main()
