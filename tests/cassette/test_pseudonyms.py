"""Pseudonyms: the same everywhere, of the same shape, never shared, and good to replay from."""

from __future__ import annotations

import json
import re
from urllib.parse import parse_qs, quote_plus, urlsplit

import pytest
from basic_auth import encode_basic
from cassette_files import read
from hypothesis import given, settings
from hypothesis import strategies as st
from recorder import handler_of

import twreplay
from twreplay import Headers, Interaction, Request, Response, errors

KEY = "a key of the project"
ALL = ("identifiers", "names", "bodies")
ACCOUNT = "AC" + "0123456789abcdef" * 2
CALL = "CA" + "fedcba9876543210" * 2
BASE = f"https://api.twilio.com/2008-08-01/Accounts/{ACCOUNT}"
NUMBER, OTHER_NUMBER = "4158675309", "4158670177"
NAME, TEXT = "Jenny's Desk", "Call 867-5309, Jenny & Co!"
FORM = "application/x-www-form-urlencoded"


class Pseudonyms:
    """What stands on a cassette for values that were sent and answered."""

    def __init__(self, path, kinds=ALL, key=KEY):
        self._path, self._options = path, {"redact": kinds, "redact_key": key}

    def interaction(self, request=None, response=None):
        """Return the interaction as it is written."""
        self._path.unlink(missing_ok=True)  # what another test has recorded there would stay
        with twreplay.use_cassette(self._path, record_mode="rewrite", **self._options) as cassette:
            handler_of(cassette).record(
                request or Request("GET", BASE), response or Response(200, {}, b"")
            )
        (written,) = read(self._path).interactions
        return written

    def request(self, request):
        return self.interaction(request).request

    def response(self, body, kind, **headers):
        named = {"Content-Type": kind, **headers}
        return self.interaction(response=Response(200, named, body.encode(), "OK")).response

    def values(self, name, values):
        """Return what stands for each of *values* of the property *name*, in one answer."""
        body = json.dumps([{name: value} for value in values], ensure_ascii=False)
        written = self.response(body, "application/json").body
        return [each[name] for each in json.loads(written)]

    def value(self, name, value):
        return self.values(name, [value])[0]


@pytest.fixture
def pseudonyms(tmp_path):
    return Pseudonyms(tmp_path / "calls.yaml")


class TestTheSameEverywhere:
    @pytest.fixture(autouse=True)
    def known(self, pseudonyms):
        self.pseudonyms = pseudonyms
        self.sid = pseudonyms.value("Sid", CALL)
        self.account = pseudonyms.value("AccountSid", ACCOUNT)
        self.number = pseudonyms.value("Called", NUMBER)
        self.name = pseudonyms.value("FriendlyName", NAME)
        self.text = pseudonyms.value("Body", TEXT)
        assert not {self.sid, self.account, self.number, self.name, self.text} & {
            CALL, ACCOUNT, NUMBER, NAME, TEXT
        }  # fmt: skip

    def test_urls_have_them(self):
        url = f"{BASE}/Calls/{CALL}?Called={NUMBER}&Next=%2FCalls%2F{CALL}"

        sent = urlsplit(self.pseudonyms.request(Request("GET", url)).url)

        assert sent.path == f"/2008-08-01/Accounts/{self.account}/Calls/{self.sid}"
        assert parse_qs(sent.query) == {"Called": [self.number], "Next": [f"/Calls/{self.sid}"]}

    def test_forms_have_them(self):
        body = f"Called={NUMBER}&FriendlyName={quote_plus(NAME)}&Body={quote_plus(TEXT)}&A=b+%21"
        headers = Headers({"Content-Type": FORM, "Content-Length": str(len(body))})

        sent = self.pseudonyms.request(Request("POST", BASE, headers, body.encode()))

        assert sent.form == (
            ("Called", self.number), ("FriendlyName", self.name), ("Body", self.text), ("A", "b !")
        )  # fmt: skip
        assert sent.headers["content-length"] == str(len(sent.body))
        assert sent.body.endswith(b"&A=b+%21"), "what is not replaced keeps its spelling"

    def test_xml_has_them(self):
        body = (
            f"<Call><Sid>{CALL}</Sid><Called>{NUMBER}</Called>"
            f"<FriendlyName>{NAME}</FriendlyName><Body>{TEXT.replace('&', '&amp;')}</Body></Call>"
        )

        text = self.pseudonyms.response(body, "application/xml").body.decode()

        assert text == (
            f"<Call><Sid>{self.sid}</Sid><Called>{self.number}</Called>"
            f"<FriendlyName>{self.name}</FriendlyName>"
            f"<Body>{self.text.replace('&', '&amp;')}</Body></Call>"
        )

    def test_json_has_them(self):
        body = {"Sid": CALL, "Called": NUMBER, "FriendlyName": NAME, "Body": TEXT, "Duration": 8}

        text = self.pseudonyms.response(json.dumps(body), "application/json").body

        assert json.loads(text) == {
            "Sid": self.sid, "Called": self.number, "FriendlyName": self.name, "Body": self.text,
            "Duration": 8,
        }  # fmt: skip

    def test_csv_has_them(self):
        body = f'Sid,Called,FriendlyName,Body\r\n{CALL},{NUMBER},{NAME},"{TEXT}"\r\n'

        text = self.pseudonyms.response(body, "text/csv").body.decode()

        row = f'{self.sid},{self.number},{self.name},"{self.text}"'
        assert text == f"Sid,Called,FriendlyName,Body\r\n{row}\r\n"

    def test_html_has_them(self):
        page = '<div class="called">{}</div><div class="friendly-name">{}</div>{}'
        body = page.format(NUMBER, "Front Desk", CALL)

        text = self.pseudonyms.response(body, "text/html").body.decode()

        name = self.pseudonyms.value("FriendlyName", "Front Desk")
        assert text == page.format(self.number, name, self.sid)

    def test_headers_have_them(self):
        response = self.pseudonyms.response("", "text/plain", Location=f"{BASE}/Calls/{CALL}")
        headers = Headers({"Authorization": f"Basic {ACCOUNT}:REDACTED"})
        sent = self.pseudonyms.request(Request("GET", BASE, headers))

        assert response.headers["location"].endswith(f"/{self.account}/Calls/{self.sid}")
        assert sent.headers["authorization"] == f"Basic {self.account}:REDACTED"

    def test_every_format_of_a_number_has_them(self):
        written = f"+1{NUMBER} 1{NUMBER} (415) 867-5309 415.867.5309 415-867-5309"

        text = self.pseudonyms.response(written, "text/plain").body.decode()

        found = [re.sub(r"\D", "", part)[-10:] for part in re.split(r"(?<=\d{4}) ", text)]
        assert found == [self.number] * 5


class TestShape:
    @pytest.mark.parametrize("sid", [ACCOUNT, CALL, "PN" + "A" * 32])
    def test_a_sid_stays_a_sid_of_its_kind(self, pseudonyms, sid):
        now = pseudonyms.value("Sid", sid)

        assert now != sid
        assert re.fullmatch(rf"{sid[:2]}[0-9a-f]{{32}}", now)

    @pytest.mark.parametrize(
        "number", [NUMBER, "+14158675309", "(415) 867-5309", "+442079460123", "+4930123456"]
    )
    def test_a_number_stays_one_of_its_country_and_format(self, pseudonyms, number):
        now = pseudonyms.value("Caller", number)

        assert now != number
        assert re.sub(r"\d", "9", now) == re.sub(r"\d", "9", number)
        country = 3 if number.startswith("+") else 1
        assert now[:country] == number[:country], "the country or area stays"

    @settings(max_examples=25)
    @given(st.lists(st.from_regex(r"[2-9][0-9]{2}[2-9][0-9]{6}", fullmatch=True), max_size=8))
    def test_a_north_american_number_stays_one(self, examples_path, numbers):
        pseudonyms = Pseudonyms(examples_path / "numbers.yaml")

        for number, now in zip(numbers, pseudonyms.values("Called", numbers), strict=True):
            assert now[:3] == number[:3]
            assert re.fullmatch(r"[0-9]{3}[2-9][0-9]{6}", now)

    @settings(max_examples=25)
    @given(st.lists(st.text(), max_size=8))
    def test_a_text_keeps_its_length_and_what_is_no_letter(self, examples_path, texts):
        pseudonyms = Pseudonyms(examples_path / "texts.yaml")

        for text, now in zip(texts, pseudonyms.values("Body", texts), strict=True):
            assert len(now) == len(text)
            assert [c for c in now if not c.isalnum()] == [c for c in text if not c.isalnum()]

    def test_a_number_at_which_nobody_answers_stays(self, pseudonyms):
        assert pseudonyms.value("Called", "4155550123") == "4155550123"

    @pytest.mark.parametrize(
        "value", ["87440", "", "Anonymous", "queued", "sales@example.com", "٤١٥٨٦٧٥٣٠٩"]
    )
    def test_what_is_nobodys_number_stays(self, pseudonyms, value):
        assert pseudonyms.value("Caller", value) == value

    @pytest.mark.parametrize(
        "text", ["Mon, 01 Mar 2010 09:00:00 -0800", "1267462800", "2010-03-01", "-0.03000", "21201"]
    )
    def test_dates_prices_and_codes_stay(self, pseudonyms, text):
        body = f"<Call><DateCreated>{text}</DateCreated><Price>{text}</Price></Call>"

        assert pseudonyms.response(body, "application/xml").body.decode() == body


class TestNeverShared:
    texts = st.lists(st.text("abAB01 é", min_size=1, max_size=4), unique=True, max_size=50)
    numbers = st.lists(st.integers(2_000_000, 9_999_999), unique=True, max_size=50)

    @settings(max_examples=40)
    @given(texts)
    def test_texts_that_differ_have_others(self, examples_path, texts):
        pseudonyms = Pseudonyms(examples_path / "texts.yaml")

        assert len(set(pseudonyms.values("Body", texts))) == len(texts)

    @settings(max_examples=40)
    @given(numbers)
    def test_north_american_numbers_that_differ_have_others(self, examples_path, numbers):
        pseudonyms = Pseudonyms(examples_path / "numbers.yaml")
        whole = [f"415{number}" for number in numbers]

        assert len(set(pseudonyms.values("To", whole))) == len(numbers)

    @settings(max_examples=40)
    @given(
        st.sets(
            st.builds(
                "+{}{}".format, st.sampled_from([44, 33, 49, 351]), st.integers(10**6, 10**10 - 1)
            ),
            max_size=50,
        )
    )
    def test_numbers_of_the_world_that_differ_have_others(self, examples_path, numbers):
        pseudonyms = Pseudonyms(examples_path / "numbers.yaml")

        assert len(set(pseudonyms.values("To", numbers))) == len(numbers)

    @settings(max_examples=40)
    @given(
        st.sets(
            st.builds(
                "{}{:032x}".format, st.sampled_from(["AC", "CA"]), st.integers(0, 16**32 - 1)
            ),
            max_size=50,
        )
    )
    def test_sids_that_differ_have_others(self, examples_path, sids):
        pseudonyms = Pseudonyms(examples_path / "sids.yaml")

        assert len(set(pseudonyms.values("Sid", sids))) == len(sids)


def test_another_key_makes_others(pseudonyms, tmp_path):
    other = Pseudonyms(tmp_path / "other.yaml", ALL, "another")

    for name, value in (("Sid", CALL), ("To", NUMBER), ("FriendlyName", NAME), ("Body", TEXT)):
        assert other.value(name, value) != pseudonyms.value(name, value)


@pytest.mark.parametrize(
    ("kinds", "changed"),
    [(("identifiers",), {CALL, NUMBER}), (("names",), {NAME}), (("bodies",), {TEXT}), ((), set())],
)
def test_only_what_was_asked_for_is_replaced(kinds, changed, tmp_path):
    pseudonyms = Pseudonyms(tmp_path / "calls.yaml", kinds)
    values = {CALL: "Sid", NUMBER: "To", NAME: "FriendlyName", TEXT: "Body"}

    now = {value: pseudonyms.value(name, value) for value, name in values.items()}

    # A number in the text of a message is an identifier, whatever becomes of the text.
    assert {value for value in values if now[value] != value} - {TEXT} == changed - {TEXT}
    assert (now[TEXT] != TEXT) is ("bodies" in kinds)


def test_a_cassette_shows_neither_key_nor_values(tmp_path):
    options = {"record_mode": "once", "redact": ALL, "redact_key": KEY}
    context = twreplay.use_cassette(tmp_path / "calls.yaml", **options)
    with context as cassette:
        handler = handler_of(cassette)
        handler.record(exchange().request, exchange().response)

    for shown in (repr(context), repr(cassette), repr(handler), str(cassette)):
        assert KEY not in shown
        assert CALL not in shown


# --- on a cassette ----------------------------------------------------------------------------


def exchange(number=NUMBER, sid=CALL, text=TEXT, account=ACCOUNT):
    body = f"From=4155551212&To={number}&Body={quote_plus(text)}"
    headers = Headers({"Authorization": encode_basic(account, "t0ken-t0ken"), "Content-Type": FORM})
    url = f"{BASE.replace(ACCOUNT, account)}/SMS/Messages"
    answer = f"<SMSMessage><Sid>{sid}</Sid><To>{number}</To></SMSMessage>".encode()
    return Interaction(
        Request("POST", url, headers, body.encode()),
        Response(201, Headers({"Content-Type": "application/xml"}), answer, "Created"),
    )


def record(path, *interactions, mode="once", **options):
    options = {"redact": ALL} | options
    with twreplay.use_cassette(path, record_mode=mode, **options) as cassette:
        for interaction in interactions:
            if handler_of(cassette).answer(interaction.request, str) is None:
                handler_of(cassette).record(interaction.request, interaction.response)


def replays(path, request, **options):
    with twreplay.use_cassette(path, **options) as cassette:
        return handler_of(cassette).answer(request, str)


keys = pytest.mark.parametrize("options", [{}, {"redact_key": KEY}], ids=["salt", "key"])


@keys
def test_nothing_of_what_is_replaced_is_in_the_file(tmp_path, options):
    record(tmp_path / "new.yaml", exchange(), **options)

    text = (tmp_path / "new.yaml").read_text()
    assert not [value for value in (ACCOUNT, CALL, NUMBER, "Jenny", KEY) if value in text]


@keys
def test_the_real_values_and_the_pseudonyms_replay(tmp_path, options):
    path = tmp_path / "new.yaml"
    record(path, exchange(), **options)
    (written,) = read(path).interactions

    assert replays(path, exchange().request, **options).response == written.response
    assert replays(path, written.request, **options).response == written.response
    with pytest.raises(errors.UnmatchedRequest):
        replays(path, exchange(number=OTHER_NUMBER).request, allow_unused=True, **options)


@keys
@pytest.mark.parametrize("mode", ["all", "rewrite"])
def test_recording_again_with_nothing_new_changes_no_byte(tmp_path, mode, options):
    path = tmp_path / "new.yaml"
    record(path, exchange(), exchange(OTHER_NUMBER), **options)
    before = path.read_bytes()

    record(path, exchange(), exchange(OTHER_NUMBER), mode=mode, **options)

    assert path.read_bytes() == before


def test_with_a_key_other_cassettes_have_the_same(tmp_path, monkeypatch):
    monkeypatch.setenv("TWREPLAY_REDACT_KEY", KEY)
    record(tmp_path / "one.yaml", exchange())
    record(tmp_path / "two.yaml", exchange(), exchange(OTHER_NUMBER))

    one, two = (read(tmp_path / name).interactions for name in ("one.yaml", "two.yaml"))

    assert one[0] == two[0]


def test_without_a_key_they_have_others(tmp_path):
    for name in ("one.yaml", "two.yaml"):
        record(tmp_path / name, exchange())

    one, two = (read(tmp_path / name).interactions for name in ("one.yaml", "two.yaml"))
    assert one[0] != two[0]


def test_what_is_added_has_those_of_the_file(tmp_path):
    path = tmp_path / "new.yaml"
    record(path, exchange())
    first = read(path)

    # Nothing is said of redact: what a cassette began with holds for all of it.
    record(path, exchange(), exchange(OTHER_NUMBER), mode="new_episodes", redact=())

    now = read(path)
    assert now.interactions[0] == first.interactions[0]
    assert now.interactions[1].request.url == first.interactions[0].request.url
    assert now.head["redacted"] == first.head["redacted"]
    assert now.head["pseudonyms"] == first.head["pseudonyms"]
    assert OTHER_NUMBER not in path.read_text()


@pytest.mark.parametrize("key", ["another key", None])
def test_to_add_with_the_wrong_key_is_refused_before_anything_is_sent(tmp_path, key):
    path = tmp_path / "new.yaml"
    record(path, exchange(), redact_key=KEY)
    before = path.read_bytes()

    with pytest.raises(errors.UsageError, match=r"new\.yaml.*TWREPLAY_REDACT_KEY") as refused:
        record(path, exchange(OTHER_NUMBER), mode="new_episodes", redact_key=key)

    assert KEY not in str(refused.value)
    assert path.read_bytes() == before


def test_with_another_key_the_pseudonyms_still_replay(tmp_path):
    path = tmp_path / "new.yaml"
    record(path, exchange(), redact_key=KEY)
    (written,) = read(path).interactions

    assert replays(path, written.request, redact_key="another").response == written.response


def test_the_code_under_test_sees_the_real_answer_while_it_records(tmp_path):
    with twreplay.use_cassette(tmp_path / "new.yaml", record_mode="once", redact=ALL) as cassette:
        handler_of(cassette).record(exchange().request, exchange().response)

        assert CALL.encode() in cassette.responses[0].body
