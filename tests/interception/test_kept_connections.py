"""While requests are recorded, a client's connection to the API is kept as it would be without."""

from __future__ import annotations

import http.client
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest
import requests
import urllib3

import twreplay

PATH = "/2008-08-01/Accounts/AC0123456789abcdef0123456789abcdef/Calls"


class Api(ThreadingHTTPServer):
    """Counts connections; closes each one after *answers* answers, without a word."""

    daemon_threads = True
    answers = 100

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.connections = 0
        self.closed = 0

    def process_request(self, request, client_address):
        self.connections += 1
        super().process_request(request, client_address)

    def shutdown_request(self, request):
        super().shutdown_request(request)
        self.closed += 1


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # head and body are two packets: the second came 40 ms later
    answered = 0

    def do_GET(self):
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.answered += 1
        self.send_response(200)
        self.send_header("Content-Length", "4")
        self.end_headers()
        self.wfile.write(b"<a/>")
        self.close_connection = self.answered >= self.server.answers

    do_POST = do_GET

    def log_message(self, *given):
        pass


@pytest.fixture
def api():
    server = Api()
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def recorded(tmp_path):
    with twreplay.use_cassette(
        tmp_path / "calls.yaml", record_mode="once", hosts=("127.0.0.1",)
    ) as cassette:
        yield cassette


def ask_by_requests(port):
    with requests.Session() as client:
        for page in range(4):
            assert (
                client.get(f"http://127.0.0.1:{port}{PATH}?Page={page}", timeout=60).text == "<a/>"
            )
            client.post(f"http://127.0.0.1:{port}{PATH}", {"Page": page}, timeout=60)


def ask_by_urllib3(port):
    with urllib3.PoolManager() as client:
        for page in range(8):
            answer = client.request("GET", f"http://127.0.0.1:{port}{PATH}?Page={page}")
            assert answer.data == b"<a/>"


def ask_by_http_client(port):
    client = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    for page in range(8):
        client.request("GET", f"{PATH}?Page={page}")
        assert client.getresponse().read() == b"<a/>"
    client.close()


WAYS = [ask_by_requests, ask_by_urllib3, ask_by_http_client]


@pytest.mark.parametrize("ask", WAYS)
def test_one_connection_serves_all_requests(api, recorded, ask):
    ask(api.server_port)

    assert (api.connections, len(recorded.recorded)) == (1, 8)


@pytest.mark.parametrize("ask", WAYS)
def test_a_connection_that_the_server_closed_is_made_again(api, recorded, ask):
    api.answers = 2

    ask(api.server_port)

    assert (api.connections, len(recorded.recorded)) == (4, 8)


def test_no_connection_outlives_the_session(api, tmp_path):
    client = http.client.HTTPConnection("127.0.0.1", api.server_port, timeout=60)
    with twreplay.use_cassette(tmp_path / "calls.yaml", record_mode="once", hosts=("127.0.0.1",)):
        client.request("GET", PATH)
        client.getresponse().read()

    client.request("GET", PATH)
    assert client.getresponse().read() == b"<a/>"
    client.close()
    assert api.connections == 2


def test_a_connection_that_is_forgotten_is_closed(api, recorded):
    client = http.client.HTTPConnection("127.0.0.1", api.server_port, timeout=60)
    client.request("GET", PATH)
    client.getresponse().read()

    del client  # Python would warn of an open socket, which is an error here

    assert api.connections == 1
