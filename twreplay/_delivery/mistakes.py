"""
Mistakes in applications that the test clients of their frameworks hide, each with its name.

Measured with Django 5.2: its own client switches CSRF off, adds its host to ALLOWED_HOSTS and never
stands behind a proxy.
"""

from __future__ import annotations

import html
import re
import sys
from typing import Any
from urllib.parse import urljoin, urlsplit

from twreplay._api import WebhookAnswer
from twreplay._delivery.webhook import Webhook
from twreplay._display import shown_url, visible_line, without_secrets
from twreplay._http import Request, Response

_LONGEST_LOOK = 65536

_CSRF = re.compile(r"(?i)csrf (?:verification|session|token|cookie)|csrf check")
_BAD_HOST = re.compile(
    r"(?i)invalid host header|invalid http_host|disallowedhost|allowed_hosts|is not trusted"
)
_DJANGO_400 = re.compile(r"<h1>Bad Request \(400\)</h1>")
_PAGE = re.compile(rb"(?i)\A\s*(?:<!doctype html|<html[\s>])")
_TITLE = re.compile(rb"(?is)<title[^>]*>(.{0,200}?)</title>")


def count_on_commit() -> int:
    """Return how many ``on_commit`` callbacks wait in open transactions of Django, here."""
    database = sys.modules.get("django.db")
    if database is None:
        return 0
    try:
        connections: Any = database.connections.all(initialized_only=True)
    except Exception:  # Django is imported, and not configured
        return 0
    return sum(len(one.run_on_commit) for one in connections if one.in_atomic_block)


def find_hints(
    webhook: Webhook, sent: Request, arrived: Request, response: Response, on_commit: int
) -> tuple[str, ...]:
    """
    Return the mistakes that *response* shows, a sentence each.

    Args:
        sent: The request with the public URL.

        arrived: The request as the application got it.

        on_commit: How many callbacks of ``on_commit`` the application left in an open transaction.
    """
    body = bytes(response.body[:_LONGEST_LOOK]).decode("utf-8", "replace")
    status = response.status
    hints = []
    if status == 400 and (_BAD_HOST.search(body) or _is_refused_by_django(arrived, body)):
        hints.append(_name_host(arrived))
    elif status in (400, 403) and _CSRF.search(body):
        hints.append(
            f"{status} from CSRF protection: exempt this view, for the API has no CSRF token "
            "(Django: @csrf_exempt; Flask-WTF: csrf.exempt)"
        )
    elif status == 403 and not urlsplit(sent.url).path:
        hints.append(
            f"403, and the URL has no path: the API signs {shown_url(sent.url.partition('?')[0])}, "
            "and the application sees a slash behind it; give the API a URL with a path"
        )
    elif status == 403 and arrived.url != sent.url:
        hints.append(
            f"403, and the application sees {shown_url(arrived.url)} where the API signed "
            f"{shown_url(sent.url)}: a validator must be given the public URL "
            "(X-Forwarded-Proto and -Host tell it)"
        )
    elif status == 405:
        hints.append(f"405: the view does not take {sent.method}, the method of this webhook")
    hints += _find_redirect(sent, arrived, response)
    if on_commit > 0 and status < 400:
        hints.append(
            f"{on_commit} on_commit callback(s) of this request wait for a commit that a test "
            "transaction never makes: wrap the step in "
            "django_capture_on_commit_callbacks(execute=True), or use a transactional database"
        )
    is_document = webhook.kind.answer is not WebhookAnswer.IGNORED
    if is_document and 200 <= status < 300 and _PAGE.match(response.body):
        title = _TITLE.search(response.body)
        name = html.unescape(title[1].decode("utf-8", "replace")).strip() if title else ""
        called = f" with the title {visible_line(without_secrets(name))!r}" if name else ""
        hints.append(f"the response is an HTML page{called}, not TwiML")
    return tuple(hints)


def _is_refused_by_django(arrived: Request, body: str) -> bool:
    """Return whether the bare page that Django has for each 400 is about the host."""
    if not _DJANGO_400.search(body):
        return False
    request, conf = sys.modules.get("django.http.request"), sys.modules.get("django.conf")
    if request is None or conf is None or not conf.settings.configured:
        return True  # in another process: what a webhook meets first is the check of the host
    allowed: Any = conf.settings.ALLOWED_HOSTS
    return not request.validate_host(arrived.host, allowed)


def _name_host(arrived: Request) -> str:
    host = visible_line(urlsplit(arrived.url).netloc)
    return (
        f"400: the application does not take the host {host}: add it to ALLOWED_HOSTS (Django), "
        "allowed_hosts (Starlette) or TRUSTED_HOSTS (Flask)"
    )


def _find_redirect(sent: Request, arrived: Request, response: Response) -> list[str]:
    location = response.headers.get("location")
    if location is None or not 300 <= response.status < 400:
        return []
    try:
        target = urlsplit(urljoin(arrived.url, location))
    except ValueError:
        return []
    here = urlsplit(arrived.url)
    hints = []
    if here.scheme == "http" and target.scheme == "https" and urlsplit(sent.url).scheme == "https":
        if target.path == here.path:
            hints.append(
                f"{response.status} to https: the application does not know that TLS ended before "
                "it (Django: SECURE_PROXY_SSL_HEADER; Flask: werkzeug's ProxyFix)"
            )
    elif target.path == f"{here.path}/":
        hints.append(f"{response.status} to the same path with a slash: give the API that URL")
    if hints and sent.method == "POST" and response.status in (301, 302, 303):
        hints[-1] += "; following it, the POST becomes a GET without parameters"
    return hints
