"""What every test may use: a written cassette, and the certainty that nothing reaches a network."""

from __future__ import annotations

import atexit
import gc
import inspect
import itertools
import json
import os
import re
import shutil
import sys
import tempfile
import warnings
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import certifi
import pytest
import trustme
from hypothesis import HealthCheck, settings
from inner_runs import Libraries, load_all

from twreplay._cassette.files import codec, loading
from twreplay._interception import install, router, wire
from twreplay._interception.seams import made_patches

# How long an example takes says how busy the machine is: eight of them took a second once, and
# hypothesis failed the test.
settings.register_profile(
    "any machine", deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
# The same code is judged alike twice; tests/README.md says how to search for new examples. Where
# they are the same, the first 40 of 100 are tried: all of them took 12 s of the processor more.
settings.register_profile("new examples", settings.get_profile("any machine"))
settings.register_profile(
    "same examples", settings.get_profile("any machine"), derandomize=True, max_examples=40
)
settings.load_profile("same examples")

# They are migrated, and run apart.
collect_ignore_glob = ["migrate/suites/*"]

_NOT_SLOW = "not slow"
# To make their cases takes each worker 1.3 s.
_SLOW_TO_COLLECT = ("test_control_api.py", "test_openapi.py")


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Leave out what is not run, and slow to collect."""
    is_left_out = config.option.markexpr == _NOT_SLOW and collection_path.name in _SLOW_TO_COLLECT
    return is_left_out or None


pytest_plugins = ["pytester", "token_guard", "vendors_validator"]

# With either of them pytest prints each message twice, whole, and the runs that tests start would
# print more on a machine for builds than on a desk.
for _variable in ("CI", "BUILD_NUMBER"):
    os.environ.pop(_variable, None)

# Commands break their lines there.
os.environ.pop("COLUMNS", None)

# A child that is stopped and goes on while it prints more than a pipe holds drops the rest with it.
os.environ.pop("PYTHONUNBUFFERED", None)

# Where no bytecode may be kept, each of the 350 processes that tests start compiles the package
# anew, and each run all tests: a seventh of the processor time of a whole run. Git ignores it.
if os.environ.pop("PYTHONDONTWRITEBYTECODE", ""):
    sys.dont_write_bytecode = False

# Each client that is made reads the authorities it trusts: 20 ms for the 140 of a machine, 0.5 ms
# for one. Nothing that tests connect to is signed by any of them. Workers inherit the variables.
if "CA_OF_THE_MACHINE" not in os.environ:
    _authority = Path(tempfile.mkdtemp(prefix="one-authority-")) / "ca.pem"
    _authority.write_bytes(trustme.CA().cert_pem.bytes())
    _names = ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "HTTPLIB2_CA_CERTS")
    _known = {name: os.environ[name] for name in _names if name in os.environ}
    os.environ.update(dict.fromkeys(_names, str(_authority)))
    os.environ["CA_OF_THE_MACHINE"] = json.dumps(_known)
    atexit.register(shutil.rmtree, _authority.parent, ignore_errors=True)
# Clients of httpx that trust no environment ask there.
certifi.where = partial(str, os.environ["SSL_CERT_FILE"])

# No test needs what it wrote to outlive a failure of the machine, and a disk that others use took
# 5 ms for each of some thousand cassettes. The processes that tests start do sync.
os.fsync = lambda descriptor: None

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
    from twreplay._interception.clients import http_client
    from twreplay._interception.clients import requests as requests_client

    modules = ("test_quick", "test_quick_writing", "test_wire")
    if request.module.__name__ not in modules and "with_shortcuts" not in request.fixturenames:
        monkeypatch.setattr(codec, "_decode_fast", lambda text: None)
        monkeypatch.setattr(codec, "_encode_fast", lambda head, interactions: None)
        monkeypatch.setattr(loading, "_MOST_KEPT", 0)
        monkeypatch.setattr(wire, "_plain", lambda *given: None)
        monkeypatch.setattr(http_client, "_is_plain", lambda *given: False)
        monkeypatch.setattr(requests_client, "_is_read_next", lambda *given: False)


@pytest.fixture(autouse=True)
def _nobody_is_left_over() -> None:
    """
    Take out the patches that threads of the test before have kept in, servers' most often.

    They end at any moment of this test: one that compares attributes before and after it failed,
    once in some thirty runs of the suite.
    """
    if not router.has_open() and any(patch.is_in for patch in made_patches()):
        router.forget_what_is_left()
        install.reconcile()


_INTERCEPTION = Path(__file__).with_name("interception")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """
    Let clients leave to the garbage collector what they did not read, where their requests fail.

    Garbage is collected in any test: one failed for a socket that a client of the module before had
    left open.
    """
    for item in items:
        if item.path.parent == _INTERCEPTION:
            item.add_marker(_LEFT_OPEN)


_LEFT_OPEN = pytest.mark.filterwarnings(
    "ignore:Exception ignored in. <(socket|ssl|function _Selector)"
    ":pytest.PytestUnraisableExceptionWarning"
)


@pytest.fixture(scope="module", autouse=True)
def _nothing_is_left_open(request: pytest.FixtureRequest) -> Iterator[None]:
    """
    Collect what clients left open before tests begin that fail for it.

    What is still there is not looked through again: pytest does so five times at the end of each
    inner run, and sessions do as they close. Late in a run each time took 6 ms, and 0.03 ms at its
    beginning.
    """
    yield
    with warnings.catch_warnings():
        if request.path.parent == _INTERCEPTION:
            warnings.simplefilter("ignore", ResourceWarning)
        gc.collect()
    gc.freeze()


_numbers = itertools.count()


@pytest.fixture
def tmp_path(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """
    A folder in a folder of the test's own.

    A name like that of a missing cassette is looked for a folder higher as well: among those of
    all other tests, which took 20 ms each time. Pytest's fixture links to the newest of each name,
    which takes 2 ms.
    """
    name = re.sub(r"\W", "_", request.node.name)[:30]
    folder = tmp_path_factory.getbasetemp() / f"{next(_numbers)}-{name}" / "own"
    folder.mkdir(parents=True)
    return folder


@pytest.fixture(scope="module")
def examples_path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder for a property: its examples have one fixture, and overwrite what was before."""
    folder = tmp_path_factory.mktemp("examples") / "own"
    folder.mkdir()
    return folder


@pytest.fixture
def with_shortcuts():
    """Shortcuts, even where the run forbids them: what they keep is what the test is about."""


@pytest.fixture
def cassette_path(tmp_path: Path) -> Path:
    """A cassette with one SMS sent and one list of calls."""
    path = tmp_path / "sms_and_calls.yaml"
    path.write_text(SMS_AND_CALLS)
    return path


@pytest.fixture
def _libraries() -> Iterator[Libraries]:
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


def pytest_collection_finish() -> None:
    """
    Import all of the package, and let no collection of garbage walk that or the tests themselves.

    12,000 tests take 0.2 s each time. In CPython 3.11 an import fails with a KeyError if garbage is
    collected in its midst that imports, as the report of a socket left open does.
    """
    load_all()
    # Garbage took 16 s of the two workers' time, and takes 8: modules collect theirs at their end.
    gc.set_threshold(20_000, 50, 50)


def pytest_configure(config: pytest.Config) -> None:
    # What is slow runs if it is asked for: by `-m`, by its file's name, or as it failed before.
    by_name = all(".py" in argument for argument in config.args) or config.getoption("lf", False)
    if not config.option.markexpr and not by_name:
        config.option.markexpr = _NOT_SLOW

    import token_guard  # after pytest did, which prepares its assertions

    token_guard.TOKENS.add(TOKEN)
    import httpx  # not above, as what tests start imports this file, and may have no client
    import httpx2

    # Both wait 5 s by default, for which a busy machine has paused.
    for kin in (httpx, httpx2):
        limits = inspect.signature(kin.Client).parameters["timeout"].default
        vars(limits).update(dict.fromkeys(vars(limits), 50.0))
