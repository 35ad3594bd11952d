"""A client is intercepted whenever it is imported, and imported only by those who use it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from textwrap import dedent

import pytest
from conftest import ACCOUNT, BASE, SMS_AND_CALLS, TOKEN
from extent import mark_slow

TESTS = Path(__file__).parents[1]

HEAVY = ["aiohttp", "httplib2", "httpx", "requests", "responses", "tornado", "urllib3", "vcr"]


def run(code: str, cwd: Path, *arguments: str) -> str:
    """What *code* prints in a Python of its own."""
    done = subprocess.run(
        [sys.executable, *(arguments or ("-c", dedent(code)))],
        cwd=cwd,
        env={"PYTHONPATH": f"{TESTS}:{TESTS.parent}", "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr + done.stdout
    return done.stdout


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "calls.yaml").write_text(SMS_AND_CALLS)
    return tmp_path


IMPORTED_INSIDE = """
import socket
import sys

import twreplay
from basic_auth import encode_basic

# Not from conftest, as old versions of hypothesis import urllib.request.
ACCOUNT, BASE, TOKEN = %(names)r


def refuse(*args, **kwargs):
    raise AssertionError(f"went to the network: {args!r}")


socket.socket.connect = socket.getaddrinfo = refuse
with twreplay.use_cassette("calls.yaml", allow_unused=True):
    assert %(module)r not in sys.modules, "imported before, so this proves nothing"
    from scenario import CLIENTS  # imports each client in the function that uses it

    headers = {"Authorization": encode_basic(ACCOUNT, TOKEN)}
    answer = CLIENTS[%(client)r]("GET", f"{BASE}/Calls?page=0&num=2", headers, b"")
    assert %(module)r in sys.modules
print(answer.status)
"""


@pytest.mark.parametrize(
    ("client", "module"),
    [
        ("requests", "requests"),
        mark_slow("urllib3", "urllib3"),
        mark_slow("urllib.request", "urllib.request"),
        ("httpx", "httpx"),
        mark_slow("httpx async", "httpx"),
        mark_slow("aiohttp", "aiohttp"),
        mark_slow("httplib2", "httplib2"),
        mark_slow("tornado", "tornado.simple_httpclient"),
        mark_slow("httpx2", "httpx2"),
        mark_slow("httpx2 async", "httpx2"),
    ],
)
def test_a_client_that_is_imported_while_a_session_is_open_is_intercepted(client, module, folder):
    names = (ACCOUNT, BASE, TOKEN)
    code = IMPORTED_INSIDE % {"client": client, "module": module, "names": names}

    assert run(code, folder) == "200\n"


def test_what_is_imported_inside_is_real_again_afterwards_and_caught_by_the_next_session(folder):
    code = """
        import twreplay

        with twreplay.use_cassette("calls.yaml", allow_unused=True):
            import httpx, requests
            during = httpx.HTTPTransport.handle_request, requests.adapters.HTTPAdapter.send
        after = httpx.HTTPTransport.handle_request, requests.adapters.HTTPAdapter.send
        with twreplay.use_cassette("calls.yaml", allow_unused=True):
            again = httpx.HTTPTransport.handle_request, requests.adapters.HTTPAdapter.send
        print([method.__module__.partition(".")[0] for method in during + after + again])
    """

    assert run(code, folder).split() == (
        ["['twreplay',", "'twreplay',", "'httpx',", "'requests',", "'twreplay',", "'twreplay']"]
    )


def imported(code: str, folder: Path) -> set[str]:
    """The heavy modules that have been imported at the end of *code*."""
    tail = f"""
        import sys, json
        print(json.dumps([name for name in {HEAVY!r} if name in sys.modules]))
    """
    return set(json.loads(run(dedent(code) + dedent(tail), folder).splitlines()[-1]))


class TestWhatIsNotUsedIsNotImported:
    def test_the_package_imports_no_client(self, folder):
        assert imported("import twreplay", folder) == set()

    def test_the_pytest_plugin_imports_no_client(self, folder):
        assert imported("import twreplay.pytest_plugin", folder) == set()

    def test_a_session_without_a_client_imports_none(self, folder):
        code = """
            import twreplay

            with twreplay.use_cassette("calls.yaml", allow_unused=True):
                pass
        """

        assert imported(code, folder) == set()

    def test_a_simulation_without_a_client_imports_none(self, folder):
        code = """
            import twreplay

            with twreplay.simulate():
                pass
        """

        assert imported(code, folder) == set()

    @pytest.mark.slow
    def test_a_session_with_requests_imports_no_other_client(self, folder):
        code = """
            import requests
            import twreplay
            from conftest import ACCOUNT, BASE, TOKEN

            with twreplay.use_cassette("calls.yaml", allow_unused=True):
                requests.get(f"{BASE}/Calls?page=0&num=2", auth=(ACCOUNT, TOKEN), timeout=5)
        """

        assert imported(code, folder) == {"requests", "urllib3"}

    def test_by_a_session_with_tornado_that_sends_nothing_to_the_api(self, folder):
        code = """
            import tornado.simple_httpclient
            import twreplay

            with twreplay.use_cassette("calls.yaml", allow_unused=True):
                pass
        """

        assert imported(code, folder) == {"tornado"}

    def test_by_a_run_of_pytest_in_which_no_test_uses_it(self, folder):
        (folder / "test_nothing.py").write_text(
            dedent(f"""
                import sys

                def test_nothing(pytestconfig):
                    assert pytestconfig.pluginmanager.has_plugin("twreplay.pytest_plugin")
                    assert [name for name in {HEAVY!r} if name in sys.modules] == []
            """)
        )
        # The end of a run loaded the simulator once, to look at what had not been recorded: 0.3 s.
        (folder / "conftest.py").write_text(
            dedent("""
                import sys

                def pytest_unconfigure():
                    rooms = ("_api", "_cassette", "_interception", "_sessions", "_simulator")
                    loaded = [room for room in rooms if f"twreplay.{room}" in sys.modules]
                    assert loaded == [], loaded
            """)
        )
        # The other plugins of this environment import clients of their own accord.
        alone = ["-p", "twreplay.pytest_plugin", "-p", "no:cacheprovider"]

        run("", folder, "-m", "pytest", "-q", *alone, "test_nothing.py")
