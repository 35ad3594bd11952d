"""
The value of ``X-Twilio-Signature``.

Source: security page, the same algorithm in the vendor's four helper libraries of 2009 and 2010.
"""

from __future__ import annotations

import hmac
from base64 import b64encode
from collections.abc import Iterable, Mapping
from hashlib import sha1
from typing import Any, TypeAlias
from urllib.parse import parse_qsl

from twreplay._display import Secret
from twreplay._explanation import Explanation, Remedy
from twreplay.errors import UsageError

Form: TypeAlias = Mapping[str, Any] | Iterable[tuple[str, str]] | str | bytes | None
"""
The fields of a POST: a mapping (of text, or of lists of text), a framework's multi-dictionary,
pairs, or the encoded body. None or an empty one for a GET.
"""


def sign(url: str, form: Form, auth_token: str) -> str:
    """
    Return the signature of a webhook.

    Args:
        url: The absolute URL as requested, with the query exactly as sent. Nothing is changed.

        form: The decoded fields of a POST, in any order. A field that is there twice counts once
            with each different value, sorted (question 128). A GET has none.

        auth_token: The token of the account.

    Raises:
        UsageError: The token is empty, or an argument has the wrong type. An empty token would
            sign what anybody can sign.
    """
    if not isinstance(url, str):
        msg = f"sign takes the URL as text, not {type(url).__name__}."
        raise UsageError(msg)
    if not isinstance(auth_token, str) or not auth_token:
        raise UsageError(
            Explanation(
                headline="the auth token that signs webhooks is empty, or no text.",
                remedies=(
                    Remedy("Give the account's token; a simulator has one.", "twilio.auth_token"),
                ),
                anchor="usage-error",
            )
        )
    auth_token = Secret(auth_token)  # in no traceback that shows locals
    text = url + "".join([f"{name}{value}" for name, value in sorted(set(_list_fields(form)))])
    digest = hmac.digest(encode_text(auth_token), encode_text(text), sha1)
    return b64encode(digest).decode("ascii")


def is_signed(url: str, form: Form, auth_token: str, signature: str | None) -> bool:
    """
    Return whether *signature* is that of the webhook, in a time that does not depend on it.

    Args:
        url: The URL as the application was asked for it, query included.

        form: The fields of the form, as *sign* takes them.

        auth_token: The token of the account.

        signature: The value of ``X-Twilio-Signature``; None or any other text is no signature.

    Raises:
        UsageError: As *sign*.
    """
    auth_token = Secret(auth_token) if isinstance(auth_token, str) else auth_token
    expected = sign(url, form, auth_token)
    given = signature if isinstance(signature, str) else ""
    return hmac.compare_digest(encode_text(expected), encode_text(given))


def _list_fields(form: Form) -> list[tuple[str, str]]:
    if not form:
        return []
    if isinstance(form, bytes | bytearray):
        form = bytes(form).decode("utf-8", "surrogateescape")
    if isinstance(form, str):
        return parse_qsl(form, keep_blank_values=True, errors="surrogateescape")
    if not isinstance(form, Iterable):
        msg = f"sign takes a form of names and values that are text, not {type(form).__name__}."
        raise UsageError(msg)
    if isinstance(form, Mapping) or hasattr(form, "keys"):
        pairs = [(name, value) for name in form.keys() for value in _get_values(form, name)]  # noqa: SIM118
    else:
        pairs = list(form)
    for pair in pairs:
        if not (isinstance(pair, tuple | list) and list(map(type, pair)) == [str, str]):
            _check_pair(pair)
    return [(name, value) for name, value in pairs]


def _check_pair(pair: object) -> None:
    """Raise UsageError unless *pair* is a name and a value; classes derived from text will do."""
    is_pair = isinstance(pair, tuple | list) and len(pair) == 2
    if not is_pair or not all(isinstance(part, str) for part in pair):  # type: ignore[attr-defined]
        # Not shown: a field may hold anything.
        msg = "sign takes a form of names and values that are text."
        raise UsageError(msg)


def _get_values(form: Any, name: str) -> Iterable[Any]:
    """Return the values of *name*; the multi-dictionaries of frameworks have a method for that."""
    for method in ("getlist", "getall"):  # werkzeug, Django, Starlette; aiohttp, multidict
        if callable(find := getattr(form, method, None)):
            values: Iterable[Any] = find(name)
            return values
    value = form[name]
    return value if isinstance(value, list | tuple) else (value,)


def encode_text(text: str) -> bytes:
    """Return *text* as UTF-8; a surrogate stands for a byte that was no UTF-8, or for itself."""
    try:
        return text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return text.encode("utf-8", "surrogatepass")
