"""Users and passwords of applications whose webhooks are delivered from a cassette."""

from __future__ import annotations

from urllib.parse import unquote, urlsplit

from twreplay._cassette import RecordedWebhook
from twreplay._delivery import Login
from twreplay._http import Request, Response


class Logins:
    """
    The passwords that the code under test gives the API, in URLs for webhooks.

    A cassette holds none: the header of a recorded webhook says that there was one, and by which
    scheme. They are kept by host, as a proxy may have changed the rest.
    """

    def __init__(self) -> None:
        self._by_host: dict[str, Login] = {}

    def learn(self, url: str) -> None:
        """Take note of user and password in *url*; do nothing if it has none."""
        try:
            parts = urlsplit(url)
        except ValueError:
            return
        if parts.scheme in ("http", "https") and parts.username and parts.hostname:
            login = Login(unquote(parts.username), unquote(parts.password or ""))
            if not login.is_same(self._by_host.get(parts.hostname)):
                self._by_host[parts.hostname] = login

    def build_header(self, recorded: Request) -> str:
        """Return ``Authorization`` for a webhook whose recording has it; empty for all others."""
        login = self._by_host.get(recorded.host)
        given = recorded.headers.get("authorization")
        if login is None or given is None:
            return ""
        header = login.build_header(recorded.method, recorded.url, recorded.body)
        # A Digest answers a challenge, which the application may not have given yet.
        is_digest = given.lower().startswith("digest")
        return header if header or is_digest else login.build_basic_header()

    def answer_challenge(
        self, recorded: RecordedWebhook, request: Request, response: Response | None
    ) -> Request | None:
        """
        Return *request* with the password that a 401 asks for; None if it needs no other.

        Args:
            recorded: What *request* was recorded as. If its answer is a 401, the webhook that
                follows it on the cassette answers the challenge.
        """
        login = self._by_host.get(request.host)
        if login is None or response is None or response.status != 401:
            return None
        is_known = login.accept(response.headers, 0)
        has_password = "authorization" in recorded.request.headers
        if not is_known or recorded.response.status == 401 or not has_password:
            return None
        header = login.build_header(request.method, request.url, request.body)
        if header == request.headers.get("authorization"):
            return None
        headers = request.headers.replacing("Authorization", header)
        return Request(request.method, request.url, headers, request.body)
