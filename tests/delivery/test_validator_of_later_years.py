"""The validator of ``twilio`` 6.x, fetched and unmodified, beside each webhook."""

from __future__ import annotations

import importlib
from urllib.parse import parse_qsl

import pytest
from delivery.webhooks import KINDS, TOKEN, Recorder, ok, webhook
from test_old_clients_simulated import fetched, importable  # noqa: F401  # a fixture

pytest_plugins = ["delivery.deliveries"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Return a folder with ``twilio`` 6.63.2; skip without a package index."""
    where = tmp_path_factory.mktemp("fetched")
    return fetched(where, "twilio==6.63.2", "six==1.17.0")


@pytest.fixture
def validate(folder, importable):  # noqa: F811
    importable(folder)
    module = importlib.import_module("twilio.request_validator")
    return module.RequestValidator(TOKEN).validate


@pytest.mark.slow
def test_accepts_each_webhook_and_none_with_a_byte_flipped(deliver, validate):
    app = Recorder(ok())
    deliver.attach(app)
    for kind in KINDS:
        for method in ("POST", "GET"):
            deliver(webhook(kind, "https://clinic.example/a%20b?x=%C3%BC&y", method=method))

    assert len(app.asked) == 2 * len(KINDS)
    for environ, body in app.asked:
        url = f"https://{environ['HTTP_HOST']}{environ['REQUEST_URI']}"
        form = read_form(body) if environ["REQUEST_METHOD"] == "POST" else {}
        signature = environ["HTTP_X_TWILIO_SIGNATURE"]
        assert validate(url, form, signature), url
        for at in range(27):
            flipped = signature[:at] + chr(ord(signature[at]) ^ 1) + signature[at + 1 :]
            assert not validate(url, form, flipped)
        assert not validate(f"{url}z", form, signature)
        for name in form:
            assert not validate(url, form | {name: f"{form[name]}x"}, signature)


def read_form(body):
    return dict(parse_qsl(body.decode(), keep_blank_values=True))
