"""The validator of ``twilio`` 2.0.10 beside each webhook that any test lets be sent."""

from __future__ import annotations

import base64
import hmac
import importlib.metadata
import re
from collections import Counter
from functools import cache
from hashlib import sha1
from urllib.parse import parse_qsl

import pytest

from twreplay._delivery import WebhookClient


@cache
def read_validator():
    """Return the class ``Utils`` of ``twilio`` 2.0.10, but for what Python 3 wants as bytes."""
    (file,) = (f for f in importlib.metadata.files("twilio") if f.name == "twilio.py")
    code = file.locate().read_text("utf-8")
    body = re.search(r"    def validateRequest\(.*?\n(?=\S|\Z)", code, re.DOTALL)[0]
    body = body.replace("self.token, s,", "self.token.encode(), s.encode(),")
    body = body.replace("encodestring", "encodebytes").replace(
        "strip() == expected", "strip().decode() == expected"
    )
    namespace = {"base64": base64, "hmac": hmac, "sha1": sha1}
    exec(f"class Utils:\n    token = ''\n{body}", namespace)
    return namespace["Utils"]


def make_validator(token):
    """Return the method ``validateRequest`` with *token*."""
    utils = read_validator()()
    utils.token = token
    return utils.validateRequest


def flip(text, at):
    """Return *text* with one bit of one character flipped."""
    return text[:at] + chr(ord(text[at]) ^ 1) + text[at + 1 :]


class Watch:
    """Checks each webhook as it is sent, and counts them by kind."""

    def __init__(self):
        self.seen = Counter()

    def check(self, webhook, request, token):
        """Fail unless the validator accepts *request*, and refuses it with one byte flipped."""
        validate = make_validator(token)
        url, signature = request.url, request.headers["X-Twilio-Signature"]
        pairs = parse_qsl(request.body.decode(), keep_blank_values=True)
        form = dict(pairs)
        told = f"{webhook!r} to {url} is signed with {signature}"
        assert len(form) == len(pairs), told
        assert validate(url, form, signature), told
        # Another place each time: each is flipped in the long run, at the cost of one.
        number = self.seen.total()
        assert not validate(url, form, flip(signature, number % 27)), told
        assert not validate(flip(url, number % len(url)), form, signature), told
        if filled := [name for name, value in pairs if value]:
            name = filled[number % len(filled)]
            changed = flip(form[name], number % len(form[name]))
            assert not validate(url, form | {name: changed}, signature), told
        self.seen[webhook.kind.name, request.method] += 1

    def follow(self, webhook, token, fetching):
        """Go on as *fetching*, the generator of requests, and check each."""
        try:
            request = next(fetching)
            while True:
                self.check(webhook, request, token)
                request = fetching.send((yield request))
        except StopIteration as finished:
            return finished.value


WATCH = Watch()


@pytest.fixture(scope="session", autouse=True)
def each_webhook_is_validated():
    """Check each webhook of the run, whatever its test is about."""
    read_validator()  # before a test has put another version into the way
    fetch = WebhookClient.fetch

    def watched(self, webhook, auth_token, now):
        return WATCH.follow(webhook, auth_token, fetch(self, webhook, auth_token, now))

    WebhookClient.fetch = watched
    yield WATCH
    WebhookClient.fetch = fetch
