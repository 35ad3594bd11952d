"""A session is open with everything installed, or not at all, whatever is raised and when."""

from __future__ import annotations

import contextvars
import http.client
import itertools
import json
import os
import subprocess
import sys
import threading
from contextlib import contextmanager
from pathlib import Path

import pytest
from extent import mark_slow_but

import twreplay

TESTS = Path(__file__).parents[1]

# "every" takes up to an hour each, and strikes every line of reading and writing a cassette, too.
EXTENT = os.environ.get("TWREPLAY_STRIKES", "")

# Runs in a Python of its own. Raises at the n-th event (a function is entered, a line begins) of
# opening or closing a session, for each n, and looks at what is left after each.
STRIKE = """
import http.client, inspect, json, socket, sys, threading
import httpx, requests, urllib3
import twreplay
from twreplay._cassette.files import loading
from twreplay._interception import install as _install, router as _router

kind, moment, warm, extent = sys.argv[1:5]
# Where a cassette is read and written, every function; where sessions are kept, every line, too.
KEPT = ("_interception", "_sessions", "_ledger")

# Of each code object: whether it is ours, and whether each of its lines counts. To ask this at each
# event anew took a third of the time.
KNOWN = {}

def know(code):
    file = code.co_filename
    every_line = extent == "every" or kind == "simulate" or any(part in file for part in KEPT)
    KNOWN[code] = known = "twreplay" in file, every_line
    return known

def is_passed_over(frame, event):
    code = frame.f_code
    return event == "call" and not (KNOWN.get(code) or know(code))[0]

def counts(frame, event):
    return event == "call" or (event == "line" and KNOWN[frame.f_code][1])

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
        if is_passed_over(frame, event):
            return None
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
        for lock in (_install._lock._lock, loading._lock._lock):
            if lock.acquire(timeout=60):
                lock.release()
                free.append(1)
    thread = threading.Thread(target=look)
    thread.start()
    thread.join()
    return len(free) == 2

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

closing = moment == "closing"

def begin():
    door = make()
    if closing:
        door.__enter__()
    return door, (lambda: door.__exit__(None, None, None)) if closing else door.__enter__

def look(door, number):
    found = []
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
    return found

def strike(number):
    door, action = begin()
    if strike_at(number, action):
        return True, look(door, number)
    if not closing:
        door.__exit__(None, None, None)
    return False, []

def is_sampled(frame, number):
    # Each takes a process. The whole suite takes every 16th in functions where sessions are
    # kept, and every 128th elsewhere: the most are lines of modules and classes as they are loaded.
    if extent == "every":
        return True
    is_function = frame.f_code.co_flags & inspect.CO_OPTIMIZED
    is_kept = any(part in frame.f_code.co_filename for part in KEPT)
    return number % (16 if is_function and is_kept else 128) == 0

def strike_in_children():
    # Goes through the action once: at each point a child is struck, as if none were before it.
    number, problems, pipe = 0, {}, None
    door, action = begin()
    def trace(frame, event, arg):
        nonlocal number, pipe
        if is_passed_over(frame, event):
            return None
        if counts(frame, event):
            number += 1
            if is_sampled(frame, number):
                sys.settrace(None)
                read, write = os.pipe()
                if (pid := os.fork()) == 0:
                    pipe = write
                    raise Struck
                os.close(write)
                answer = b"".join(iter(lambda: os.read(read, 65536), b""))
                os.close(read)
                os.waitpid(pid, 0)
                if found := json.loads(answer or b'["the process died"]'):
                    problems[number] = found
                sys.settrace(trace)
        return trace
    struck = False
    try:
        sys.settrace(trace)
        action()
    except Struck:
        struck = True
    finally:
        sys.settrace(None)
    if not struck and not closing:
        door.__exit__(None, None, None)
    if pipe is not None:
        os.write(pipe, json.dumps(look(door, number)).encode())
        os._exit(0)
    return number + 1, problems

if warm == "later":
    with make():
        pass
number, problems = 0, {}
if warm == "first":
    # Each strike needs a process that has opened none.
    import os
    number, problems = strike_in_children()
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


@pytest.mark.parametrize("warm", mark_slow_but("later", of=["first", "later"]))
@pytest.mark.parametrize("moment", mark_slow_but("closing", of=["opening", "closing"]))
@pytest.mark.parametrize("kind", mark_slow_but("simulate", of=["simulate", "use_cassette"]))
def test_whatever_is_raised_at_any_function_or_line(kind, moment, warm, cassette_path):
    cassette_path.rename(cassette_path.with_name("calls.yaml"))
    done = subprocess.run(
        [sys.executable, "-c", STRIKE, kind, moment, warm, EXTENT],
        cwd=cassette_path.parent,
        env={"PYTHONPATH": f"{TESTS}:{TESTS.parent}"},
        capture_output=True,
        text=True,
        timeout=7200 if EXTENT == "every" else 300,
    )

    assert done.returncode == 0, done.stderr
    points, problems = json.loads(done.stdout.splitlines()[-1])
    print(f"{kind} {moment} {warm}: {points} points, {len(problems)} with problems")
    assert points > 20
    assert problems == {}


def test_an_interrupt_as_the_last_context_of_a_session_goes_leaves_no_patch(monkeypatch):
    """Python drops what a finalizer raises, and nobody would take the patches out."""
    dropped, hook = [], sys.unraisablehook

    def note(raised):
        if getattr(raised.object, "__module__", "").startswith("twreplay"):
            dropped.append(raised.exc_type)
        else:  # what clients of other tests left open
            hook(raised)

    monkeypatch.setattr(sys, "unraisablehook", note)
    before = http.client.HTTPConnection.connect
    left_in = []
    for number in itertools.count(3):  # 1 and 2 are the lines before the block that looks out
        contexts = _open_and_keep_the_context()
        assert http.client.HTTPConnection.connect is not before
        with _striking_at_line(number, "__del__"):
            contexts.clear()
        if http.client.HTTPConnection.connect is not before:
            left_in.append(number)
        if len(dropped) < number - 2:
            break

    assert number > 10
    assert set(dropped) == {KeyboardInterrupt}
    assert left_in == []
    thread = threading.Thread(target=_open_and_keep_the_context, daemon=True)
    thread.start()
    thread.join(timeout=60)
    assert not thread.is_alive()


def _open_and_keep_the_context():
    with twreplay.simulate():
        return [contextvars.copy_context()]


@contextmanager
def _striking_at_line(number, within):
    """Raise at the *number*-th line that runs in the function *within*, and in what it calls."""
    lines, is_inside = 0, False

    def trace(frame, event, arg):
        nonlocal lines, is_inside
        if frame.f_code.co_name == within and event != "line":
            is_inside = event == "call"
        if event == "call" and not is_inside:
            return None
        if event == "line" and is_inside:
            lines += 1
            if lines == number:
                sys.settrace(None)
                raise KeyboardInterrupt
        return trace

    sys.settrace(trace)
    try:
        yield
    finally:
        sys.settrace(None)
