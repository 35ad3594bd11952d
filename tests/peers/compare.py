"""
Who fails what: this library and its peers, in the same experiments, on this machine.

    python tests/peers/compare.py            prints the tables
    python tests/peers/compare.py --write    and puts them into docs/clients.md

Each library answers GETs of one URL from a recording, and whatever would reach a real socket is
counted. Each experiment runs in a process of its own: what a library leaves behind must not spoil
the next, and one that hangs is given up.

* threads: 16 threads send 400 requests in one session.
* sessions: 8 threads with a session of their own each send 10 requests, and each must get its own
  answers.
* restored: after the session, nothing of the client is replaced any more.
"""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
import tempfile
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from importlib.metadata import version
from pathlib import Path

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "tests"))

URL = "https://api.twilio.com/2008-08-01/Accounts/AC1/Calls"
LIBRARIES = ("twreplay", "vcrpy", "cassetter", "responses")
EXPERIMENTS = ("threads", "sessions", "restored")
PATIENCE_SECONDS = 60

INTERACTION = """\
- request:
    body: null
    headers: {{}}
    method: GET
    uri: {url}
  response:
    body:
      string: {text}
    headers:
      Content-Type:
      - text/plain
    status:
      code: 200
      message: OK
"""

Session = Callable[[str, int], AbstractContextManager[object]]


class Escaped(Exception):
    """A request reached for a real socket."""


@contextlib.contextmanager
def sockets_guarded() -> Iterator[Counter[str]]:
    """Refuses real connections and look-ups, and counts them."""
    import socket

    counted: Counter[str] = Counter()

    def refuse(*args: object, **kwargs: object) -> None:
        counted["escaped"] += 1
        raise Escaped

    kept = socket.getaddrinfo, socket.socket.connect
    socket.getaddrinfo = refuse
    socket.socket.connect = refuse
    try:
        yield counted
    finally:
        socket.getaddrinfo, socket.socket.connect = kept


def session_of(library: str, folder: Path) -> Session:
    """A function that opens a session of *library* which answers so many requests with a text."""

    def cassette(text: str, count: int) -> str:
        path = folder / f"{library}-{text}-{threading.get_ident()}.yaml"
        many = INTERACTION.format(url=URL, text=text) * count
        path.write_text(f"version: 1\ninteractions:\n{many}")
        return str(path)

    def twreplay_session(text: str, count: int) -> AbstractContextManager[object]:
        import twreplay

        return twreplay.use_cassette(cassette(text, count), allow_unused=True)

    def vcrpy_session(text: str, count: int) -> AbstractContextManager[object]:
        import vcr

        context: AbstractContextManager[object] = vcr.use_cassette(
            cassette(text, count), record_mode="none"
        )
        return context

    def cassetter_session(text: str, count: int) -> AbstractContextManager[object]:
        import cassetter

        return cassetter.use_cassette(cassette(text, count), record_mode="none")

    @contextlib.contextmanager
    def responses_session(text: str, count: int) -> Iterator[object]:
        import responses

        with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
            mock.add(responses.GET, URL, body=text)
            yield mock

    sessions: dict[str, Session] = {
        "twreplay": twreplay_session,
        "vcrpy": vcrpy_session,
        "cassetter": cassetter_session,
        "responses": responses_session,
    }
    return sessions[library]


def outcome(client: str, wanted: str) -> str:
    """What comes of one request."""
    from scenario import CLIENTS

    try:
        answer = CLIENTS[client]("GET", URL, {}, b"")
    except BaseException as error:
        names = {type(e).__name__ for e in _causes(error)}
        return "escaped" if "Escaped" in names else type(error).__name__
    return "answered" if answer.body == wanted.encode() else "answer of another session"


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def threads(session: Session, client: str) -> dict[str, int]:
    """400 requests from 16 threads."""
    with sockets_guarded(), session("one", 400), ThreadPoolExecutor(16) as pool:
        return Counter(pool.map(lambda _: outcome(client, "one"), range(400)))


def sessions(session: Session, client: str) -> dict[str, int]:
    """8 threads with a session of their own each."""
    together = threading.Barrier(8)

    def one(number: int) -> list[str]:
        text = f"session-{number}"
        opened = session(text, 10)
        together.wait(10)
        with opened:
            together.wait(10)
            answers = [outcome(client, text) for _ in range(10)]
            together.wait(30)
            return answers

    with sockets_guarded(), ThreadPoolExecutor(8) as pool:
        return Counter(answer for answers in pool.map(one, range(8)) for answer in answers)


def restored(session: Session, client: str) -> dict[str, int]:
    """What is still replaced after two sessions that overlap have ended."""
    with sockets_guarded():
        before = _attributes()
        one, two = session("one", 1), session("two", 1)
        one.__enter__()
        outcome(client, "one")
        two.__enter__()
        outcome(client, "two")
        one.__exit__(None, None, None)
        two.__exit__(None, None, None)
        changed = [name for name, value in _attributes().items() if before.get(name) is not value]
    return Counter({"restored": 1} if not changed else {"left behind": len(changed)})


def _attributes() -> dict[str, object]:
    import http.client

    import aiohttp
    import httpcore
    import httplib2
    import httpx
    import requests
    import urllib3

    owners = (
        http.client,
        http.client.HTTPConnection,
        http.client.HTTPSConnection,
        urllib3.connection,
        urllib3.connectionpool,
        urllib3.connectionpool.HTTPSConnectionPool,
        urllib3.connection.HTTPSConnection,
        requests.adapters.HTTPAdapter,
        httpx.HTTPTransport,
        httpx.AsyncHTTPTransport,
        httpx.Client,
        httpx.AsyncClient,
        httpcore.ConnectionPool,
        httpcore.AsyncConnectionPool,
        aiohttp.ClientSession,
        aiohttp.connector.BaseConnector,
        httplib2,
    )
    return {
        f"{owner.__name__}.{name}": value
        for owner in owners
        for name, value in vars(owner).items()
        if not name.startswith("__")
    }


def experiment(name: str, library: str, client: str) -> None:
    """Run one experiment in this process, and print what came of it."""
    with tempfile.TemporaryDirectory() as folder:
        run = {"threads": threads, "sessions": sessions, "restored": restored}[name]
        print(json.dumps(run(session_of(library, Path(folder)), client)))


def told(name: str, library: str, client: str) -> str:
    """The cell of the table."""
    if library == "responses" and client != "requests":
        return "-"
    command = [sys.executable, __file__, "--one", name, library, client]
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=PATIENCE_SECONDS, check=False
        )
    except subprocess.TimeoutExpired:
        return "hangs"
    if done.returncode:
        return done.stderr.strip().rpartition("\n")[2].partition(":")[0].rpartition(".")[2]
    counted: dict[str, int] = json.loads(done.stdout.splitlines()[-1])
    if set(counted) in ({"answered"}, {"restored"}):
        return "all answered" if "answered" in counted else "yes"
    return ", ".join(f"{count} {what}" for what, count in sorted(counted.items()))


def tables() -> str:
    """Every experiment, as Markdown."""
    from scenario import CLIENTS

    versions = ", ".join(
        f"{library} {version(library)}" for library in LIBRARIES if library != "twreplay"
    )
    titles = {
        "threads": "400 requests from 16 threads in one session",
        "sessions": "8 threads with a session of their own, 10 requests each",
        "restored": "Two overlapping sessions, then: is every attribute the original again?",
    }
    lines = [f"With {versions}, Python {sys.version_info.major}.{sys.version_info.minor}.", ""]
    for name in EXPERIMENTS:
        lines += [f"### {titles[name]}", "", f"| client | {' | '.join(LIBRARIES)} |"]
        lines += ["|---|" + "---|" * len(LIBRARIES)]
        for client in CLIENTS:
            cells = [told(name, library, client) for library in LIBRARIES]
            print(name, client, cells, file=sys.stderr)
            lines.append(f"| {client} | {' | '.join(cells)} |")
        lines.append("")
    return "\n".join(lines)


START, END = "<!-- tests/peers/compare.py --write -->", "<!-- end -->"


def main() -> None:
    """Print the tables; with --write, put them into the documentation."""
    if "--one" in sys.argv:
        experiment(*sys.argv[sys.argv.index("--one") + 1 :])
        return
    text = tables()
    print(text)
    if "--write" in sys.argv:
        page = ROOT / "docs" / "clients.md"
        head, _, rest = page.read_text("utf-8").partition(START)
        page.write_text(f"{head}{START}\n\n{text}\n{END}{rest.partition(END)[2]}", "utf-8")


if __name__ == "__main__":
    main()
