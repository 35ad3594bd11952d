"""Forks, threads that import while others open, and a fake file system."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from textwrap import dedent

import pytest

TESTS = Path(__file__).parents[1]


def run(code, timeout=300):
    done = subprocess.run(
        [sys.executable, "-c", dedent(code)],
        env={"PYTHONPATH": f"{TESTS}:{TESTS.parent}"},
        capture_output=True,
        text=True,
        timeout=timeout,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


@pytest.mark.slow
def test_a_child_of_threads_that_ask_and_open_sessions_never_hangs():
    code = """
        import os, threading, requests, twreplay
        stop = threading.Event()
        # Python itself hangs in a child that imports what a thread was importing at the fork.
        with twreplay.simulate() as twilio:
            requests.get(twilio.account_url, auth=twilio.auth)

        def busy():
            while not stop.is_set():
                with twreplay.simulate() as twilio:
                    requests.get(twilio.account_url, auth=twilio.auth)

        threads = [threading.Thread(target=busy, daemon=True) for _ in range(4)]
        for thread in threads:
            thread.start()
        fine = 0
        for _ in range(16):
            pid = os.fork()
            if pid == 0:
                with twreplay.simulate() as twilio:
                    status = requests.get(twilio.account_url, auth=twilio.auth).status_code
                os._exit(0 if status == 200 else 1)
            fine += os.waitpid(pid, 0)[1] == 0
        stop.set()
        print(fine)
    """

    assert run(code) == "16"


def test_a_child_is_refused_by_the_session_of_its_parent_and_opens_its_own():
    code = """
        import os, requests, twreplay

        with twreplay.simulate() as twilio:
            pid = os.fork()
            if pid == 0:
                try:
                    requests.get(twilio.account_url, auth=twilio.auth)
                except twreplay.errors.UsageError as error:
                    refused = "forked process" in str(error)
                with twreplay.simulate() as own:
                    answered = requests.get(own.account_url, auth=own.auth).status_code
                os._exit(0 if refused and answered == 200 and len(own.requests) == 1 else 1)
            child = os.waitpid(pid, 0)[1]
            print(child, requests.get(twilio.account_url, auth=twilio.auth).status_code)
    """

    assert run(code) == "0 200"


@pytest.mark.slow
def test_a_client_imported_in_one_thread_while_another_opens_sessions_does_not_hang():
    code = """
        import importlib, sys, threading, twreplay
        with twreplay.simulate():
            pass

        def open_some():
            barrier.wait()
            for _ in range(3):
                with twreplay.simulate():
                    pass

        def import_it(name):
            barrier.wait()
            importlib.import_module(name)

        hung = 0
        for round in range(60):
            name = ("httplib2", "requests", "urllib3", "tornado.simple_httpclient")[round % 4]
            root = name.partition(".")[0]
            for module in [m for m in sys.modules if m.partition(".")[0] == root]:
                del sys.modules[module]
            barrier = threading.Barrier(2)
            threads = [
                threading.Thread(target=open_some, daemon=True),
                threading.Thread(target=import_it, args=(name,), daemon=True),
            ]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join(60)
                hung += thread.is_alive()
            if hung:
                break
        print(hung)
    """

    assert run(code) == "0"


def test_a_thread_or_task_that_outlives_its_session_is_refused_without_pytest():
    code = """
        import asyncio, http.client, socket, threading, httpx, requests, twreplay

        def refuse(host, *args, **kwargs):
            raise OSError("escaped")

        socket.getaddrinfo = refuse
        original = requests.adapters.HTTPAdapter.send
        URL = "https://api.twilio.com/2008-08-01/Accounts"
        go, told = threading.Event(), []

        def late():
            go.wait()
            try:
                requests.get(URL)
            except Exception as error:
                told.append(type(error).__name__)

        async def main():
            async def abandoned():
                await closed.wait()
                async with httpx.AsyncClient() as client:
                    await client.get(URL)

            closed = asyncio.Event()
            with twreplay.simulate():
                task = asyncio.create_task(abandoned())
                thread = threading.Thread(target=late)
                thread.start()
            closed.set()
            try:
                await task
            except Exception as error:
                told.append(type(error).__name__)
            go.set()
            thread.join()

        asyncio.run(main())
        with twreplay.simulate():
            pass
        print(told, requests.adapters.HTTPAdapter.send is original)
    """

    assert run(code) == "['UsageError', 'UsageError'] True"


LATE = """
    import os, socket, sys, threading, requests, twreplay
    from concurrent.futures import ThreadPoolExecutor

    def refuse(host, *args, **kwargs):
        raise OSError("escaped")

    socket.getaddrinfo = refuse
    go, told = threading.Event(), []

    def ask():
        go.wait()
        try:
            requests.get("https://api.twilio.com/2008-08-01/Accounts")
        except Exception as error:
            told.append(type(error).__name__)
"""


def test_what_a_pool_was_given_in_a_session_is_refused_after_it_and_nothing_else_is():
    code = (
        LATE
        + """
    with ThreadPoolExecutor(1) as pool:
        with twreplay.simulate():
            pool.submit(ask)
        go.set()
        pool.submit(ask)
    print(told)
    """
    )

    assert run(code) == "['UsageError', 'ConnectionError']"


def test_a_timer_that_starts_another_after_the_session_is_refused():
    code = (
        LATE
        + """
    def again():
        go.wait()
        timer = threading.Timer(0, ask)
        timer.start()
        timer.join()

    with twreplay.simulate():
        first = threading.Timer(0, again)
        first.start()
    go.set()
    first.join()
    print(told)
    """
    )

    assert run(code) == "['UsageError']"


def test_a_child_that_leaves_the_block_of_its_parent_writes_no_cassette(tmp_path):
    code = f"""
        import os, twreplay
        from pathlib import Path

        path = Path({str(tmp_path / "empty.yaml")!r})
        try:
            with twreplay.use_cassette(path, record_mode="rewrite"):
                if pid := os.fork():
                    os.waitpid(pid, 0)
                    print(path.exists(), path.with_name("empty.failed.yaml").exists())
        finally:
            if not pid:
                os._exit(0)
    """

    assert run(code) == "False False"


def test_a_child_of_threads_that_block_the_network_blocks_it_too():
    code = """
        import os, threading, twreplay
        stop = threading.Event()
        # Python itself hangs in a child that imports what a thread was importing at the fork.
        with twreplay.block_network():
            pass

        def busy():
            while not stop.is_set():
                with twreplay.block_network():
                    pass

        threads = [threading.Thread(target=busy, daemon=True) for _ in range(3)]
        for thread in threads:
            thread.start()
        fine = 0
        for _ in range(10):
            pid = os.fork()
            if pid == 0:
                with twreplay.block_network():
                    os._exit(0)
            fine += os.waitpid(pid, 0)[1] == 0
        stop.set()
        print(fine)
    """

    assert run(code) == "10"
