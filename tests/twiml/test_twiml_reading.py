"""Documents are read with their places, and nothing outside of them is looked up."""

from __future__ import annotations

import pickle
import time
from itertools import pairwise

import pytest

import twreplay
from twreplay._twiml import Kind, read_document
from twreplay.errors import UsageError

LAUGHS = (
    '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "ha">'
    + "".join(f'<!ENTITY {b} "&{a};&{a};&{a};&{a};">' for a, b in pairwise("abcdefghi"))
    + "]><Response><Say>&i;</Say></Response>"
)
FROM_FILE = (
    '<!DOCTYPE x [<!ENTITY f SYSTEM "file:///etc/hostname">]><Response><Say>&f;</Say></Response>'
)
XINCLUDE = (
    '<Response><xi:include xmlns:xi="http://www.w3.org/2001/XInclude" href="/etc/hostname"/>'
    "</Response>"
)


def say(text):
    return f"<Response><Say>{text}</Say></Response>"


def content_of(document):
    assert document.failure is None, document.failure
    return document.verbs[0].content


def codes(text, **given):
    return [finding.code for finding in read_document(text, **given).findings]


@pytest.mark.parametrize(
    ("name", "text", "line", "column"),
    [
        ("cut off", "<Response>\n<Say>Hi", 2, 8),
        ("not XML", "Hello", 1, 1),
        ("empty", "", 1, 1),
        ("blank before the declaration", '\n<?xml version="1.0"?><Response/>', 2, 1),
        ("bare ampersand", "<Response><Say>You & I</Say></Response>", 1, 21),
        ("an attribute twice", '<Response>\n <Say voice="man" voice="man"/></Response>', 2, 19),
        ("HTML's entity", "<Response><Say>a&nbsp;b</Say></Response>", 1, 17),
        ("a character that XML has not", "<Response><Say>\x00</Say></Response>", 1, 16),
        ("half a character", "<Response><Say>\ud800</Say></Response>", 1, 16),
        ("two roots", "<Response/><Response/>", 1, 12),
        ("an open tag", "<Response", 1, 1),
    ],
)
def test_what_is_not_xml_is_12100_with_its_place(name, text, line, column):
    failure = read_document(text).failure

    assert (failure.code, failure.line, failure.column) == (12100, line, column), failure


@pytest.mark.parametrize("text", [LAUGHS, FROM_FILE], ids=["laughs", "file"])
def test_an_entity_is_refused_before_it_expands(text):
    failure = read_document(text).failure

    assert failure.code == 12100
    assert "is not one of XML's five" in failure.message


def test_an_entity_that_an_absent_document_type_could_have_is_refused():
    text = '<!DOCTYPE html SYSTEM "http://127.0.0.1:9/x.dtd">' + say("a&nbsp;b")

    assert read_document(text).failure.code == 12100


def test_a_document_type_alone_is_passed_over_and_not_fetched():
    assert (
        content_of(read_document('<!DOCTYPE html SYSTEM "http://127.0.0.1:9/x">' + say("a"))) == "a"
    )


def test_xinclude_is_an_unknown_element():
    document = read_document(XINCLUDE)

    assert [finding.code for finding in document.findings] == [12200]
    assert document.verbs[0].is_left_out


def test_deep_nesting_is_read_without_recursion_and_can_be_copied():
    deep = "<i>" * 9000 + "</i>" * 9000
    document = read_document(f"<Response>{deep}</Response>")

    assert [finding.code for finding in document.findings] == [12200]
    assert pickle.loads(pickle.dumps(document)) == document


def test_the_worst_documents_of_64_kb_take_less_than_half_a_second_each():
    begun = time.process_time()
    for unit in (
        "<a/>",
        "<Say b='1'/>",
        "<Dial><a/></Dial>",
        "&#65;",
        "<!-- -->",
        "<Say loop='x'/>",
    ):
        read_document(f"<Response>{unit * (65_000 // len(unit))}</Response>")
    read_document("<Response><Say " + " ".join(f"a{n}='1'" for n in range(6000)) + "/></Response>")
    read_document(b"<" * 10_000_000)

    read = time.process_time()
    for _ in range(5_000_000):
        pass
    counted = time.process_time() - read
    # 0.33 s, and 0.1 s to count to five million; a slower machine is as much slower in both.
    assert read - begun < max(4, 40 * counted)


@pytest.mark.parametrize(
    ("answer", "content_type"),
    [
        (say("grüß").encode(), "text/xml"),
        (say("grüß").encode("utf-8-sig"), "text/xml"),
        (say("grüß").encode("utf-16"), "text/xml"),
        ("\ufeff" + say("grüß"), "text/xml"),
        (say("grüß").encode("latin-1"), "text/xml; charset=ISO-8859-1"),
        (say("grüß").encode("utf-8"), 'application/xml; charset="utf8"'),
        (
            b'<?xml version="1.0" encoding="iso-8859-1"?>' + say("grüß").encode("latin-1"),
            "text/xml",
        ),
        (b'<?xml version="1.0" encoding="cp1252"?>' + say("grüß").encode("cp1252"), "text/html"),
        ('<?xml version="1.0" encoding="utf-16"?>' + say("grüß"), "text/xml"),
        (say("grüß").encode(), "text/xml; charset=no-such"),
        (say("grüß").encode(), ""),
        (say("gr&#252;&#xdf;").encode(), "TEXT/XML ;x=y"),
        (say("<![CDATA[grü]]><!-- not this -->ß").encode(), "text/xml"),
    ],
)
def test_encodings_are_read(answer, content_type):
    assert content_of(read_document(answer, content_type=content_type)) == "grüß"


@pytest.mark.parametrize("encoding", ["no-such", "shift_jis", "rot13", "idna"])
def test_an_encoding_that_cannot_be_read_is_12100(encoding):
    answer = f'<?xml version="1.0" encoding="{encoding}"?><Response/>'.encode()

    assert codes(answer) == [12100]


TAG = "<Response>\n  <Say\n    voice=QUOTED language='xx'>Hi</Say></Response>"


@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
@pytest.mark.parametrize("quoted", ['"man x"', "' language=\"'"])
def test_an_attribute_is_found_where_it_stands(line_end, encoding, quoted):
    text = TAG.replace("\n", line_end).replace("QUOTED", quoted)
    findings = read_document(text.encode(encoding)).findings

    assert [(one.line, one.column, one.code) for one in findings] == [
        (3, 5, 13511),
        (3, 5 + len(f"voice={quoted} "), 12200),
    ]


def test_columns_count_characters_not_bytes():
    (found,) = read_document("<Response><Say>grüße</Say><say/></Response>".encode()).findings

    assert (found.line, found.column) == (1, 27)


def test_an_element_in_the_wrong_place_is_told_where_it_belongs():
    messages = [
        finding.message
        for finding in read_document(
            "<Response><Number>4155550100</Number><say>x</say><Plya>/a</Plya><Reject/></Response>"
        ).findings
    ]

    assert messages == [
        "<Number> belongs inside <Dial>.",
        "TwiML has no verb <say>; did you mean Say? Upper and lower case count.",
        "TwiML has no verb <Plya>; did you mean Play?",
        "<Reject> came with a later version (TwiML pages of the next version).",
    ]


@pytest.mark.parametrize(
    "first",
    [
        "<Hangup/>",
        "<Redirect>/next</Redirect>",
        '<Dial action="/done">4155550100</Dial>',
        '<Sms action="/done">Hi</Sms>',
    ],
)
def test_a_verb_that_is_never_reached_is_noted(first):
    (note,) = read_document(f"<Response>{first}<Say>Hi</Say><Say>Ho</Say></Response>").findings

    assert (note.code, note.severity, note.column) == (None, "note", len(first) + 11)


@pytest.mark.parametrize(
    "first", ["<Gather/>", "<Record/>", "<Dial>4155550100</Dial>", "<Reject/>"]
)
def test_a_verb_that_can_be_reached_is_not_noted(first):
    assert None not in codes(f"<Response>{first}<Say>Hi</Say></Response>")


@pytest.mark.parametrize(
    "text",
    [
        "<Response>Hi</Response>",
        "<Response><Pause>Hi</Pause></Response>",
        "<Response><Gather>Hi<Say>Hi</Say></Gather></Response>",
        "<Response><Dial>4155550100<Number>4155550100</Number></Dial></Response>",
    ],
)
def test_text_where_elements_belong_is_passed_over(text):
    (found,) = read_document(text).findings

    assert (found.code, found.question) == (12200, 99)


def test_names_of_schemas_are_no_attributes():
    text = (
        '<Response xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" '
        'xsi:noNamespaceSchemaLocation="twiml.xsd"/>'
    )

    assert codes(text) == []


@pytest.mark.parametrize(
    "attribute", ['xml:lang="en"', 'xml:space="preserve"', 'x:voice="man"', 'xmlfoo="1"']
)
def test_attributes_of_other_namespaces_are_unknown_ones(attribute):
    text = f'<Response xmlns:x="urn:x"><Say {attribute}>Hello</Say></Response>'

    assert codes(text) == [12200]


class TestOtherAnswers:
    def test_audio_is_played(self):
        document = read_document(b"\xff\xfb", url="http://a/x.mp3", content_type="audio/mpeg")

        assert [(verb.verb, verb.content) for verb in document.verbs] == [
            ("Play", "http://a/x.mp3")
        ]

    def test_audio_for_waiting_begins_again(self):
        document = read_document(b"", content_type="audio/x-wav", kind=Kind.WAIT)

        assert document.verbs[0].number("loop") == 0

    def test_plain_text_is_said(self):
        document = read_document(b"Hello <b>you</b>", content_type="text/plain; charset=utf-8")

        assert [(verb.verb, verb.content) for verb in document.verbs] == [
            ("Say", "Hello <b>you</b>")
        ]

    def test_plain_text_is_sent_back_its_first_160_characters(self):
        document = read_document("x" * 200, content_type="text/plain", kind=Kind.SMS)

        assert [(verb.verb, verb.content) for verb in document.verbs] == [("Sms", "x" * 160)]
        (found,) = document.findings
        assert (found.code, found.severity, found.question) == (None, "note", 112)
        assert document.verbs[0].findings == (found,)

    def test_plain_text_of_160_characters_is_sent_back_whole(self):
        document = read_document("x" * 160, content_type="text/plain", kind=Kind.SMS)

        assert document.findings == ()

    def test_an_empty_answer_to_a_message_sends_nothing(self):
        document = read_document(b"", content_type="", kind=Kind.SMS)

        assert (document.verbs, document.findings) == ((), ())


class TestCheckTwiml:
    def test_a_good_document_has_no_findings(self):
        assert twreplay.check_twiml(say("Hello")) == []

    def test_a_finding_has_all_that_is_known(self):
        (found,) = twreplay.check_twiml(b"<Response>\n  <Pause length='x'/></Response>")

        assert isinstance(found, twreplay.TwimlFinding)
        assert (found.line, found.column, found.code) == (2, 10, 13910)
        assert (found.severity, found.grade, found.question) == ("warning", "later version", 80)
        assert str(found) == (
            "2:10: warning 13910: length of <Pause> is 'x'; it takes: whole number, 1 or more. "
            "(the default counts: 1)"
        )

    def test_the_kind_decides_what_may_be_in_it(self):
        assert [one.code for one in twreplay.check_twiml(say("Hi"), kind="sms")] == [14110]

    def test_an_unknown_kind_is_an_error_that_names_the_nearest(self):
        with pytest.raises(UsageError, match="did you mean 'whisper'"):
            twreplay.check_twiml(say("Hi"), kind="whispr")

    def test_what_is_no_text_is_an_error(self):
        with pytest.raises(UsageError, match="given a dict"):
            twreplay.check_twiml({})
