"""What every test may use: a written cassette, and the certainty that nothing reaches a network."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from inner_runs import Libraries, load_all

from twreplay._cassette.files import codec, loading
from twreplay._interception import wire

# How long an example takes says how busy the machine is: eight of them took a second once, and
# hypothesis failed the test.
settings.register_profile(
    "any machine", deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("any machine")

pytest_plugins = ["pytester", "token_guard"]

# With either of them pytest prints each message twice, whole, and the runs that tests start would
# print more on a machine for builds than on a desk.
for _variable in ("CI", "BUILD_NUMBER"):
    os.environ.pop(_variable, None)

ACCOUNT = "AC0123456789abcdef0123456789abcdef"
TOKEN = "5ecre75ecre75ecre75ecre75ecre75e"
BASE = f"https://api.twilio.com/2008-08-01/Accounts/{ACCOUNT}"

SMS_AND_CALLS = f"""\
version: 1
twreplay:
  format: 1
  origin: documentation
  recorded_at: ''
  host: api.twilio.com
interactions:
- request:
    body: From=4158675309&To=4155551212&Body=Hi+Jenny%21
    headers:
      Authorization:
      - Basic {ACCOUNT}:REDACTED
      Content-Type:
      - application/x-www-form-urlencoded
    method: POST
    uri: {BASE}/SMS/Messages
  response:
    body:
      string: <TwilioResponse><SMSMessage><Status>queued</Status></SMSMessage></TwilioResponse>
    headers:
      Content-Type:
      - application/xml
    status:
      code: 200
      message: OK
- request:
    body: null
    headers:
      Authorization:
      - Basic {ACCOUNT}:REDACTED
    method: GET
    uri: {BASE}/Calls?page=0&num=2
  response:
    body:
      string: <TwilioResponse><Calls page="0"/></TwilioResponse>
    headers:
      Content-Type:
      - application/xml
    status:
      code: 200
      message: OK
"""


@pytest.fixture(autouse=os.environ.get("TWREPLAY_SHORTCUTS") == "off")
def without_shortcuts(request, monkeypatch):
    """Every file through PyYAML, and every request through h11; see tests/README.md."""
    if request.module.__name__ not in ("test_quick", "test_quick_writing", "test_wire"):
        monkeypatch.setattr(codec, "_decode_fast", lambda text: None)
        monkeypatch.setattr(codec, "_encode_fast", lambda head, interactions: None)
        monkeypatch.setattr(loading, "_MOST_KEPT", 0)
        monkeypatch.setattr(wire, "_plain", lambda raw: None)


@pytest.fixture
def cassette_path(tmp_path: Path) -> Path:
    """A cassette with one SMS sent and one list of calls."""
    path = tmp_path / "sms_and_calls.yaml"
    path.write_text(SMS_AND_CALLS)
    return path


@pytest.fixture(scope="session")
def _everything_is_loaded() -> None:
    """Load what inner runs share before *pytester* notes which modules there are."""
    load_all()


@pytest.fixture
def _libraries(_everything_is_loaded: None) -> Iterator[Libraries]:
    """Put back, after *pytester* has ended, the libraries that were imported meanwhile."""
    libraries = Libraries()
    yield libraries
    libraries.put_back()


@pytest.fixture
def pytester(
    _libraries: Libraries, pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> Iterator[pytest.Pytester]:
    """
    Its children load this plugin and xdist alone.

    All others that are installed for the tests take three seconds to load, each time.
    """
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    monkeypatch.setenv("PYTEST_ADDOPTS", "-p twreplay -p xdist")
    yield pytester
    _libraries.collect(pytester.path)


def pytest_configure() -> None:
    import token_guard  # after pytest did, which prepares its assertions

    token_guard.TOKENS.add(TOKEN)
