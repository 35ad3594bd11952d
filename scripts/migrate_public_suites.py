"""
Migrate the public suites of vcrpy, pytest-recording and responses, and run them before and after.

    pip install -e '.[tests]' pytest-httpbin pytest-httpserver tomli_w
    python scripts/migrate_public_suites.py

The suites come with the source distributions, which pip fetches from the package index. They are
about other hosts, so they are migrated twice: as they are, where nothing may be rewritten, and with
every address put below https://api.twilio.com/2008-08-01, where an httpbin on loopback answers.
pytest-recording's tests are about suites that they write; each of these is migrated before it
runs. The table that is printed stands in docs/coming-from.md.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from xml.etree import ElementTree

import trustme

# ruff: noqa: S603  # what is run is this Python, with arguments from here
ROOT = Path(__file__).parents[1]
BASE = "https://api.twilio.com/2008-08-01"
ACCOUNT = f"{BASE}/Accounts/AC0123456789abcdef0123456789abcdef"

# What is in the place of pytest-httpbin: httpbin, below the version of the API, on loopback.
HOME = '''
"""Answers requests to https://api.twilio.com/2008-08-01 with an httpbin on loopback."""

import os
import ssl
import threading
from socketserver import ThreadingMixIn
from types import SimpleNamespace
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

import pytest
from local_api import names_point_home


class Quiet(WSGIRequestHandler):
    def log_message(self, *arguments):
        pass


class Threaded(ThreadingMixIn, WSGIServer):
    daemon_threads = True


def below_version(environ, start):
    from httpbin.core import app

    path = environ["PATH_INFO"]
    if path.startswith("/2008-08-01"):
        environ["SCRIPT_NAME"] = "/2008-08-01"
        environ["PATH_INFO"] = path[len("/2008-08-01"):] or "/"
    return app(environ, start)


class Url(str):
    host, port = "api.twilio.com", 443

    @property
    def url(self):
        return str(self)

    def join(self, path):
        return f"{self}/{path.lstrip('/')}"


@pytest.fixture(scope="session")
def home():
    server = make_server("127.0.0.1", 0, below_version, Threaded, Quiet)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(os.environ["HOME_CERTIFICATE"])
    server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    ca_file = os.environ["SSL_CERT_FILE"]
    with names_point_home(SimpleNamespace(port=server.server_port, ca_file=ca_file)):
        yield
    server.shutdown()


@pytest.fixture
def httpbin(home):
    return Url("https://api.twilio.com/2008-08-01")


httpbin_secure = httpbin_both = httpbin


@pytest.fixture
def httpbin_ca_bundle(home):
    pass
'''

# pytest-recording's tests write suites and run them: each gets the plugins, and is migrated first.
INNER = '''
"""Runs each suite that a test writes with the plugins, migrated if MIGRATE is set."""

import json
import os
from pathlib import Path

import pytest

FLAGS = {
    "--record-mode": "--twreplay-record",
    "--block-network": "--twreplay-block-network",
    "--allowed-hosts": "--twreplay-allowed-hosts",
    "--disable-recording": "--twreplay-disable",
}
run = pytest.Pytester.runpytest


def run_with_plugins(self, *arguments, **keywords):
    plugins = [f"-p{name}" for name in os.environ["INNER_PLUGINS"].split()]
    if os.environ.get("MIGRATE") and migrate(self.path):
        arguments = [
            FLAGS.get(flag, flag) + equals + value
            for flag, equals, value in (str(each).partition("=") for each in arguments)
        ]
    return run(self, *plugins, *arguments, **keywords)


def migrate(folder):
    from click.testing import CliRunner
    from twreplay._cli import main

    where = os.getcwd()
    os.chdir(folder)
    try:
        done = CliRunner().invoke(main, ["migrate", ".", "--all", "--write", "--json"])
    finally:
        os.chdir(where)
    if not done.stdout.startswith("{"):
        return 0
    told = json.loads(done.stdout)
    with Path(os.environ["TOLD"]).open("a") as file:
        left = sum(note["kind"] == "left" for note in told["notes"])
        print(json.dumps({"units": told["units"], "left": left}), file=file)
    return told["units"]


pytest.Pytester.runpytest = run_with_plugins
'''


@dataclass
class Suite:
    """
    A public suite.

    Attributes:
        package: Its distribution on the package index.

        tests: Where the tests are in it.

        plugins: What pytest loads before and after.
    """

    package: str
    version: str
    tests: str
    before: tuple[str, ...] = ()
    after: tuple[str, ...] = ("twreplay.pytest_plugin",)
    ignored: tuple[str, ...] = ()
    options: tuple[str, ...] = ("--all",)
    folder: Path = field(default_factory=Path)


SUITES = (
    Suite(
        "vcrpy",
        "9.4.2",
        "tests/integration",
        before=("home", "asyncio"),
        after=("home", "asyncio", "twreplay.pytest_plugin"),
        # Clients that are not installed, proxies, and a client that does not ask where names point.
        ignored=("test_niquests.py", "test_boto3.py", "test_proxy.py", "test_tornado.py"),
    ),
    Suite(
        "pytest-recording",
        "0.14.1",
        "tests",
        before=("home", "pytest_recording.plugin"),
        after=("home", "pytest_recording.plugin", "twreplay.pytest_plugin"),
    ),
    Suite(
        "responses",
        "0.26.3",
        "responses/tests",
        before=("asyncio",),
        after=("asyncio", "twreplay.pytest_plugin"),
    ),
)


def main() -> None:
    """Print the table."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(sys.argv[1] if len(sys.argv) > 1 else name)
        sources = [fetch(suite, folder) for suite in SUITES]
        prepare(folder)
        pairs = zip(SUITES, sources, strict=True)
        rows = [list(migrate_suite(suite, folder, source)) for suite, source in pairs]
    for row in rows:
        for line in row:
            print(line)


def prepare(folder: Path) -> None:
    """Write the plugins, and let every client trust the server on loopback, from its import on."""
    authority = trustme.CA()
    (folder / "ca.pem").write_bytes(authority.cert_pem.bytes())
    issued = authority.issue_cert("api.twilio.com")
    issued.private_key_and_cert_chain_pem.write_to_path(str(folder / "home.pem"))
    (folder / "home.py").write_text(HOME)
    (folder / "inner.py").write_text(INNER)
    os.environ |= {
        "SSL_CERT_FILE": str(folder / "ca.pem"),
        "REQUESTS_CA_BUNDLE": str(folder / "ca.pem"),
        "HOME_CERTIFICATE": str(folder / "home.pem"),
        "PYTHONPATH": os.pathsep.join([str(folder), str(ROOT / "examples" / "recording")]),
        "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
        "TOLD": str(folder / "told.jsonl"),
    }


def migrate_suite(suite: Suite, folder: Path, source: Path) -> Iterator[str]:
    """Run one suite before and after; yield the lines about it."""
    untouched = run_twreplay(source, suite.tests)
    readdress(suite, source)
    before = run_pytest(suite, source, suite.before)
    told = run_twreplay(source, suite.tests, "--write", *suite.options)
    after = run_pytest(suite, source, suite.after)
    units, left = told["units"], count_left(told)
    inner = folder / "told.jsonl"
    if inner.exists():
        each = [json.loads(line) for line in inner.read_text().splitlines()]
        units += sum(one["units"] for one in each)
        left += sum(one["left"] for one in each)
        inner.unlink()
    lost = sorted(name for name in before if name not in after)
    yield f"{suite.package} {suite.version}"
    yield f"  as it is: {untouched['units']} rewritten, {count_left(untouched)} left for a person"
    yield f"  readdressed: {len(before)} tests pass"
    yield f"  rewritten: {units} tests and helpers, {left} places left"
    yield f"  after: {len(after)} pass, {len(lost)} of them no more:"
    yield from (f"    {name}" for name in lost)


def count_left(told: dict) -> int:
    """Count the places that are left for a person."""
    return sum(note["kind"] == "left" for note in told["notes"])


def fetch(suite: Suite, folder: Path) -> Path:
    """Fetch and unpack the source distribution."""
    wanted = f"{suite.package}=={suite.version}"
    command = [sys.executable, "-m", "pip", "download", "-q", "--no-deps", "--no-binary", ":all:"]
    subprocess.run([*command, "-d", str(folder), wanted], check=True)
    (archive,) = folder.glob(f"{suite.package.replace('-', '_')}-*.tar.gz")
    with tarfile.open(archive) as file:
        file.extractall(folder / suite.package, filter="data")
    (source,) = (folder / suite.package).iterdir()
    # What is installed is tested, with the tests of the distribution.
    suite_only = folder / f"{suite.package}-tests"
    shutil.copytree(source / suite.tests.split("/")[0], suite_only / suite.tests.split("/")[0])
    if suite.package == "responses":
        shutil.rmtree(suite_only / "responses")
        shutil.copytree(source / suite.tests, suite_only / "suite")
        (suite_only / "suite" / "__init__.py").unlink()
        suite.tests = "suite"
    return suite_only


def readdress(suite: Suite, source: Path) -> None:
    """Put every address of the suite below the API's."""
    for path in source.rglob("*"):
        if path.suffix not in (".py", ".yaml", ".json"):
            continue
        text = path.read_text("utf-8")
        if suite.package == "responses":
            text = readdress_stubs(text)
        else:
            text = re.sub(
                r"https?://(httpbin\.org|httpbin\.com|(?:www\.)?example\.com)", BASE, text
            )
        path.write_text(text, "utf-8")


def readdress_stubs(text: str) -> str:
    """Give each address of responses' tests an address of a call."""
    known: dict[str, str] = {}

    def replace(found: re.Match[str]) -> str:
        path = found[1] or ""
        if path in ("", "/"):
            return f"{ACCOUNT}/Calls"
        known.setdefault(path, f"{ACCOUNT}/Calls/CA{len(known):032x}")
        return known[path]

    names = "example|test|whatever|fizzbuzz|foo|bar|baz|localhost|httpbin|foo.bar"
    pattern = rf"https?://(?:www\.)?(?:{names})(?:\.com|\.org|\.net|)(?::\d+)?(/[\w./-]*)?"
    text = re.sub(pattern, replace, text)
    return text.replace("from responses.tests.test_responses", "from test_responses")


def run_twreplay(folder: Path, *arguments: str) -> dict:
    """Run ``twreplay migrate`` and return what it tells."""
    command = [sys.executable, "-m", "twreplay", "migrate", *arguments, "--json"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    return json.loads(done.stdout)


def run_pytest(suite: Suite, folder: Path, plugins: tuple[str, ...]) -> set[str]:
    """Run the suite and return the tests that pass."""
    report = folder.parent / "report.xml"
    options = [word for plugin in plugins for word in ("-p", plugin)]
    options += [f"--ignore={suite.tests}/{name}" for name in suite.ignored]
    environment = {**os.environ, "INNER_PLUGINS": " ".join(plugins)}
    if suite.package == "pytest-recording":
        options += ["-p", "inner"]
        environment["MIGRATE"] = "1" if "twreplay.pytest_plugin" in plugins else ""
    command = [sys.executable, "-m", "pytest", "-q", suite.tests, f"--junitxml={report}"]
    report.unlink(missing_ok=True)
    with (folder.parent / "output.txt").open("a") as output:
        subprocess.run(
            [*command, *options, "-p", "no:cacheprovider"],
            cwd=folder,
            env=environment,
            stdout=output,
            stderr=output,
            timeout=900,
            check=False,
        )
    cases = ElementTree.parse(report).iter("testcase")  # noqa: S314  # written by pytest
    return {
        f"{case.get('classname')}::{case.get('name')}"
        for case in cases
        if not any(each.tag in ("failure", "error", "skipped") for each in case)
    }


if __name__ == "__main__":
    main()
