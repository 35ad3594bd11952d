"""Which application a URL belongs to, and how a proxy shows it."""

from __future__ import annotations

import pytest
from delivery.webhooks import BASE, TOKEN, Recorder, ok

import twreplay
from twreplay.errors import UsageError

pytest_plugins = ["delivery.deliveries"]


def attach_all(deliver, *bases):
    apps = {base: Recorder(ok()) for base in bases}
    for base, app in apps.items():
        deliver.attach(app, base)
    return apps


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        (f"{BASE}/voice", BASE),
        (f"{BASE}:443/voice", BASE),
        ("https://CLINIC.example/voice", BASE),
        (f"{BASE}/sms/in", f"{BASE}/sms"),
        (f"{BASE}/sms?x", f"{BASE}/sms"),
        (f"{BASE}/smss", BASE),
        ("http://clinic.example/sms", None),
        ("https://clinic.example:8443/sms", "https://clinic.example:8443/"),
        ("https://other.example/", None),
    ],
)
def test_the_longest_base_counts(deliver, url, expected):
    apps = attach_all(deliver, None, BASE, f"{BASE}/sms", "https://clinic.example:8443/")

    deliver("voice", url)

    assert [base for base, app in apps.items() if app.asked] == [expected]


def test_what_is_covered_can_be_asked_before(deliver):
    attach_all(deliver, f"{BASE}/app")
    covers = deliver.deliverer.applications.covers

    assert covers(f"{BASE}/app/greeting.mp3")
    assert not covers("http://twimlets.com/holdmusic")


def test_a_url_without_a_path_is_signed_so_and_the_403_of_it_is_told_by_name(deliver):
    deliver.attach(Recorder((403, {}, b"")), BASE)

    [hint] = deliver("voice", "https://clinic.example?a=1").hints

    assert "the API signs https://clinic.example, and the application sees a slash" in hint


def test_attaching_again_takes_the_place(deliver):
    first = attach_all(deliver, BASE)[BASE]
    second = attach_all(deliver, f"{BASE}/")[f"{BASE}/"]

    deliver()

    assert (len(first.asked), len(second.asked)) == (0, 1)


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("https://other.example/voice", "attached  https://clinic.example"),
        ("http://clinic.example/voice", "differs from https://clinic.example/app in the scheme"),
        ("https://clinic.example/voice", "same host as https://clinic.example/app, and not below"),
    ],
)
def test_a_url_that_nobody_attached_is_an_error_that_names_both(deliver, url, told):
    attach_all(deliver, f"{BASE}/app")

    with pytest.raises(UsageError) as caught:
        deliver("voice", url)

    assert f"no application is attached to {url}." in str(caught.value)
    assert told in str(caught.value)


def test_so_is_where_a_redirect_leads_to(deliver):
    deliver.attach(Recorder((302, {"Location": "https://other.example/"}, b"")), BASE)

    with pytest.raises(UsageError, match="no application is attached to https://other"):
        deliver()


@pytest.mark.parametrize(
    ("arguments", "options"),
    [
        (("no application",), {}),
        ((7,), {}),
        ((None,), {}),
        ((Recorder(ok()), "clinic.example"), {}),
        ((Recorder(ok()), "https://clinic.example/?a=1"), {}),
        ((Recorder(ok()), "https://user:pw@clinic.example"), {}),
        ((Recorder(ok()), "https://clinic.example:port"), {}),
        ((Recorder(ok()), BASE), {"seen_as": "10.0.0.5"}),
        ((Recorder(ok()), BASE), {"seen_as": "ngork"}),
        ((Recorder(ok()), BASE), {"seen_as": "http://10.0.0.5/path"}),
        ((Recorder(ok()), BASE), {"seen_as": 7}),
    ],
)
def test_bad_arguments_are_one_clear_error(deliver, arguments, options):
    with pytest.raises(UsageError) as caught:
        deliver.attach(*arguments, **options)

    assert "user:pw" not in str(caught.value)


def seen(deliver, seen_as):
    app = Recorder(ok())
    deliver.attach(app, BASE, seen_as=seen_as)
    deliver()
    environ, body = app.asked[0]
    url = f"{environ['wsgi.url_scheme']}://{environ['HTTP_HOST']}{environ['REQUEST_URI']}"
    forwarded = {k[17:].lower(): v for k, v in environ.items() if "FORWARDED" in k}
    signature = environ["HTTP_X_TWILIO_SIGNATURE"]
    return (
        url,
        forwarded,
        [
            candidate
            for candidate in (url, f"{BASE}/voice")
            if twreplay.is_signed(candidate, body, TOKEN, signature)
        ],
    )


def test_behind_a_proxy_the_url_is_another_and_the_signature_that_of_the_public_one(deliver):
    url, forwarded, signed = seen(deliver, "http://10.0.0.5:5000")

    assert url == "http://10.0.0.5:5000/voice"
    assert forwarded == {"proto": "https", "host": "clinic.example", "for": "203.0.113.80"}
    assert signed == [f"{BASE}/voice"]


@pytest.mark.parametrize(
    ("name", "fields"),
    [
        ("ngrok", {"proto", "host", "for"}),
        ("cloudflared", {"proto", "for"}),
        ("elb", {"proto", "port", "for"}),
    ],
)
def test_proxies_that_everybody_has_go_by_their_name(deliver, name, fields):
    url, forwarded, _ = seen(deliver, name)

    assert (url, forwarded.keys()) == ("http://clinic.example/voice", fields)
    assert forwarded.get("port", "443") == "443"


def test_without_a_proxy_the_url_is_the_public_one(deliver):
    assert seen(deliver, None) == (f"{BASE}/voice", {}, [f"{BASE}/voice"] * 2)
