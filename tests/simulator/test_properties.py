"""What holds for any requests whatever."""

from __future__ import annotations

import json
import re
import xml.etree.ElementTree as ET
from urllib.parse import urlencode, urljoin

import pytest
from basic_auth import encode_basic
from extent import choose_extent
from hypothesis import given, settings
from hypothesis import strategies as st
from one_of_each import fill_path, make_world
from published_reference import EXTENSIONS, FILTERS, PARAMETERS, PATHS, PROFILES, list_parameters

import twreplay

FORM = "application/x-www-form-urlencoded"
QUIET = {"undocumented": "ignore"}

NAMES = sorted(
    {parameter.name for parameter in PARAMETERS}
    | {name for names in FILTERS.values() for name in names}
    | {"num", "page", "foo", "StartTime>", "MessageDate<2010-03-02"}
)
VALUES = st.one_of(
    st.sampled_from(
        [
            "",
            "4158675309",
            "4155551212",
            "+442071234567",
            "http://a.example/",
            "POST",
            "1",
            "x" * 65,
        ]
    ),
    st.text(max_size=20),
)
PAIRS = st.lists(st.tuples(st.sampled_from(NAMES), VALUES), max_size=6)
METHODS = st.sampled_from(["GET", "POST", "PUT", "DELETE", "HEAD", "OPTIONS"])


FILLED = [fill_path(make_world(), path) for _, path in PATHS]
REQUESTS = st.tuples(METHODS, st.sampled_from(FILLED), PAIRS, PAIRS, st.sampled_from(["", ".json"]))


def send(simulator, method, path, query=(), form=(), extension="", auth=True):
    url = simulator.base_url + path + extension + (f"?{_encoded(query)}" if query else "")
    headers = {"Content-Type": FORM} if form else {}
    if auth:
        headers["Authorization"] = encode_basic(*simulator.auth)
    return simulator.handle(twreplay.Request(method, url, headers, _encoded(form)))


def _encoded(pairs):
    return urlencode([(n, v.encode("utf-8", "surrogatepass")) for n, v in pairs])


@settings(max_examples=choose_extent(25, 60), deadline=None)
@given(st.lists(REQUESTS, max_size=12), st.lists(st.integers(0, 100), max_size=3))
def test_same_requests_get_the_same_bytes(requests, waits):
    def play():
        simulator = make_world(seed=7)
        answers = []
        for number, (method, path, query, form, extension) in enumerate(requests):
            response = send(simulator, method, path, query, form, extension)
            answers.append((response.status, response.headers.pairs, response.body))
            if number < len(waits):
                simulator.clock.advance(seconds=waits[number])
        return answers

    assert play() == play()


@settings(max_examples=choose_extent(100, 300), deadline=None)
@given(
    st.sampled_from(["GET", "POST", "PUT", "DELETE", "HEAD", "PATCH", "TRACE", "X"]),
    st.text(max_size=60),
    st.dictionaries(
        st.sampled_from(
            ["Authorization", "Content-Type", "If-None-Match", "If-Modified-Since", "Accept"]
        ),
        st.one_of(st.text(max_size=30), st.sampled_from([FORM, "application/json"])),
    ),
    st.binary(max_size=100),
    st.sampled_from(["", "/2008-08-01", "/2008-08-01/Accounts/AC1/Calls"]),
)
def test_any_bytes_get_a_valid_response(method, path, headers, body, start):
    simulator = twreplay.Simulator(**QUIET)
    try:
        request = twreplay.Request(method, f"https://api.twilio.com{start}/{path}", headers, body)
    except ValueError:
        return  # not a URL at all, so not a request

    response = simulator.handle(request)

    assert 200 <= response.status < 600
    if response.body and response.headers["content-type"] == "application/xml":
        ET.fromstring(response.body)


@settings(max_examples=choose_extent(100, 300), deadline=None)
@given(REQUESTS)
def test_any_parameters_get_a_valid_document(request):
    method, path, query, form, extension = request
    simulator = make_world()

    response = send(simulator, method, path, query, form, extension)

    assert response.status < 500
    assert response.headers.get("content-length") in (None, str(len(response.body))) or (
        method == "HEAD"
    )
    if not response.body:
        return
    kind = response.headers["content-type"]
    if kind == "application/json":
        assert list(json.loads(response.body)) == ["TwilioResponse"]
    elif kind == "application/xml":
        assert ET.fromstring(response.body).tag == "TwilioResponse"


@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize("extension", ["", *(f".{e}" for e in EXTENSIONS)])
@pytest.mark.parametrize("path", FILLED, ids=lambda p: re.sub("AC[0-9a-f]{32}", "AC", p))
def test_every_resource_answers_get_in_every_representation(path, extension, profile):
    response = send(make_world(profile=profile), "GET", path, extension=extension)

    # Buying happens at Local and TollFree, and both list.
    assert response.status == 200
    text = response.body
    kind = response.headers["content-type"].partition(";")[0]
    if extension == ".json":
        assert (kind, list(json.loads(text))) == ("application/json", ["TwilioResponse"])
    elif extension == ".csv":
        assert kind == "text/csv"
        assert text.decode().splitlines()[0].count(",") >= 5
    elif extension == ".html":
        assert kind == "text/html"
        assert ET.fromstring(text).find("body").get("class") == "twilio-response"
    elif kind != "audio/x-wav":
        assert (kind, ET.fromstring(text).tag) == ("application/xml", "TwilioResponse")


@settings(max_examples=choose_extent(20, 40), deadline=None)
@given(st.integers(0, 40), st.integers(1, 12), st.sampled_from(["", "Status=1"]))
def test_total_agrees_with_the_pages_walked(count, size, narrowed):
    simulator = twreplay.Simulator(**QUIET)
    for number in range(count):
        simulator.add_call(Status=1 + number % 2)
    url = f"{simulator.account_url}/Calls?num={size}" + (f"&{narrowed}" if narrowed else "")
    headers = {"Authorization": encode_basic(*simulator.auth)}
    seen, pages, total = [], 0, None
    while url:
        page = ET.fromstring(simulator.handle(twreplay.Request("GET", url, headers)).body).find(
            "Calls"
        )
        seen += [call.findtext("Sid") for call in page]
        pages += 1
        total = int(page.get("total"))
        assert pages <= max(1, int(page.get("numpages")))
        assert (page.get("previouspageuri") == "") == (page.get("page") == "0")
        url = urljoin(url, page.get("nextpageuri")) if page.get("nextpageuri") else ""

    assert len(seen) == len(set(seen)) == total
    assert total == (len([n for n in range(count) if n % 2 == 0]) if narrowed else count)
    assert pages == max(1, -(-total // size))


CREATES = [
    "/Accounts",
    "/Accounts/{AccountSid}/Calls",
    "/Accounts/{AccountSid}/IncomingPhoneNumbers/Local",
    "/Accounts/{AccountSid}/IncomingPhoneNumbers/TollFree",
    "/Accounts/{AccountSid}/SMS/Messages",
]


@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize("path", CREATES)
def test_what_post_created_get_shows(path, profile):
    simulator = make_world(profile=profile)
    form = {p.name: p.example for p in list_parameters("POST", path) if p.is_required}

    created = send(simulator, "POST", fill_path(simulator, path), form=form.items())

    tree = ET.fromstring(created.body)[0]
    headers = {}
    if path == "/Accounts":
        sid, token = tree.findtext("Sid"), tree.findtext("AuthToken")
        url = f"{simulator.base_url}/Accounts/{sid}"
        headers["Authorization"] = encode_basic(sid, token)
    else:
        where = path.replace("/Local", "").replace("/TollFree", "")
        where = where.format(AccountSid=simulator.account_sid)
        url = f"{simulator.base_url}{where}/{tree.findtext('Sid')}"
        headers["Authorization"] = encode_basic(*simulator.auth)
    shown = simulator.handle(twreplay.Request("GET", url, headers))
    assert shown.status == 200
    assert shown.body == created.body
