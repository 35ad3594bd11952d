"""A session is open with everything installed, or not at all, whatever is raised and when."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

TESTS = Path(__file__).parents[1]

# "every" takes minutes, and strikes each line of reading and writing a cassette as well.
EXTENT = os.environ.get("TWREPLAY_STRIKES", "")

# Runs in a Python of its own. Raises at the n-th event (a function is entered, a line begins) of
# opening or closing a session, for each n, and looks at what is left after each.
STRIKE = """
import http.client, json, socket, sys, threading
import httpx, requests, urllib3
import twreplay
from twreplay._interception import install as _install, router as _router

kind, moment, warm, extent = sys.argv[1:5]
# Where a cassette is read and written, every function; where sessions are kept, every line, too.
KEPT = ("_interception", "_sessions", "_ledger")

def counts(frame, event):
    file = frame.f_code.co_filename
    every_line = extent == "every" or kind == "simulate" or any(part in file for part in KEPT)
    return event == "call" or (event == "line" and every_line)

class Struck(BaseException):
    pass

def make():
    if kind == "simulate":
        return twreplay.simulate()
    return twreplay.use_cassette("calls.yaml", allow_unused=True)

def refuse(host, *args, **kwargs):
    raise OSError(f"escaped to {host}")

socket.getaddrinfo = refuse
ATTRIBUTES = [
    (http.client.HTTPConnection, "connect"), (http.client.HTTPConnection, "putrequest"),
    (http.client.HTTPConnection, "getresponse"), (http.client.HTTPSConnection, "connect"),
    (urllib3.connection.HTTPConnection, "connect"), (urllib3.connection.HTTPSConnection, "connect"),
    (requests.adapters.HTTPAdapter, "send"), (httpx.HTTPTransport, "handle_request"),
    (httpx.AsyncHTTPTransport, "handle_async_request"),
]
ORIGINALS = [vars(owner)[name] for owner, name in ATTRIBUTES]

def are_original():
    return all(vars(o)[n] is before for (o, n), before in zip(ATTRIBUTES, ORIGINALS))

def are_replaced():
    return not any(vars(o)[n] is before for (o, n), before in zip(ATTRIBUTES, ORIGINALS))

def strike_at(number, action):
    count = 0
    def trace(frame, event, arg):
        nonlocal count
        if "twreplay" not in frame.f_code.co_filename:
            return trace if event == "call" else None
        if counts(frame, event):
            count += 1
            if count == number:
                sys.settrace(None)
                raise Struck
        return trace
    sys.settrace(trace)
    try:
        action()
    except Struck:
        return True
    finally:
        sys.settrace(None)
    return False

def lock_is_free():
    free = []
    def look():
        for lock in (_install._lock,):
            if lock.acquire(timeout=5):
                lock.release()
                free.append(1)
    thread = threading.Thread(target=look)
    thread.start()
    thread.join()
    return len(free) == 1

def problems_of_a_later_session():
    with make():
        if not are_replaced():
            yield "a later session does not replace everything"
        connection = http.client.HTTPConnection("api.twilio.com")
        try:
            connection.request("GET", "/2008-08-01/Accounts")
            connection.getresponse()
        except OSError as error:
            yield str(error)
        except twreplay.errors.TwreplayError:
            pass  # a cassette without that interaction: it was asked
    if not are_original():
        yield "not original after a later session"
    if _router._open:
        yield "open after a later session"

def strike(number):
    door = make()
    closing = moment == "closing"
    if closing:
        door.__enter__()
    action = (lambda: door.__exit__(None, None, None)) if closing else door.__enter__
    struck = strike_at(number, action)
    found = []
    if not struck:
        if not closing:
            door.__exit__(None, None, None)
        return False, found
    if closing and number < 3 and _router._open:
        # __exit__ and its try have not begun: the session is open, whole, and can be closed.
        if not are_replaced():
            found.append("half open")
        door.__exit__(None, None, None)
    if _router._open:
        found.append("a session stayed open")
    if not are_original():
        found.append("an attribute is not the original")
    if not lock_is_free():
        found.append("a lock is held")
    try:
        found += problems_of_a_later_session()
    except twreplay.errors.UnmatchedRequest:
        pass
    return True, found

if warm == "later":
    with make():
        pass
number, problems = 0, {}
if warm == "first":
    # Each strike needs a process that has opened none; fork gives it one cheaply.
    import os
    # 20 ms each, so a run of the whole suite takes every eighth; "every" takes all of them.
    step = 1 if extent == "every" else 8
    while True:
        number += step
        read, write = os.pipe()
        if (pid := os.fork()) == 0:
            os.write(write, json.dumps(strike(number)).encode())
            os._exit(0)
        os.close(write)
        answer = b"".join(iter(lambda: os.read(read, 65536), b""))
        os.close(read)
        os.waitpid(pid, 0)
        struck, found = json.loads(answer or b'[true, ["the process died"]]')
        if found:
            problems[number] = found
        if not struck:
            break
else:
    while True:
        number += 1
        struck, found = strike(number)
        if found:
            problems[number] = found
        if not struck:
            break
print(json.dumps([number - 1, problems]))
"""


@pytest.mark.parametrize("warm", ["first", "later"])
@pytest.mark.parametrize("moment", ["opening", "closing"])
@pytest.mark.parametrize("kind", ["simulate", "use_cassette"])
def test_whatever_is_raised_at_any_function_or_line(kind, moment, warm, cassette_path):
    cassette_path.rename(cassette_path.with_name("calls.yaml"))
    done = subprocess.run(
        [sys.executable, "-c", STRIKE, kind, moment, warm, EXTENT],
        cwd=cassette_path.parent,
        env={"PYTHONPATH": f"{TESTS}:{TESTS.parent}"},
        capture_output=True,
        text=True,
        timeout=600 if EXTENT == "every" else 300,
    )

    assert done.returncode == 0, done.stderr
    points, problems = json.loads(done.stdout.splitlines()[-1])
    print(f"{kind} {moment} {warm}: {points} points, {len(problems)} with problems")
    assert points > 20
    assert problems == {}
