"""Verbs, attributes and codes hang together; each value does what its row says."""

from __future__ import annotations

import pytest

from twreplay._api import QUESTIONS
from twreplay._twiml import CODES, FORBIDDEN, VERBS, VERBS_OF, Cause, Severity, read_document
from twreplay._twiml import values as types

ATTRIBUTES = [
    pytest.param(verb, attribute, id=f"{verb.name}-{attribute.name}")
    for verb in VERBS.values()
    for attribute in verb.attributes
]
CONTENTS = [verb for verb in VERBS.values() if verb.content]

# Legal texts with what they mean, and illegal ones, by type.
VALUES = {
    types.NATURAL: ({"0": 0, "1": 1, " 20 ": 20, "+7": 7, "007": 7}, ["-1", "1.5", "", "x", "٣"]),
    types.POSITIVE: ({"1": 1, "999": 999}, ["0", "-1", "1e3", "five", "", "9" * 5000]),
    types.SECONDS_ABOVE_ONE: ({"2": 2, "120": 120}, ["1", "0", "-5", "1:00", ""]),
    types.BOOLEAN: ({"true": True, "false": False}, ["True", "1", "0", "yes", "", " true"]),
    types.METHOD: ({"GET": "GET", "POST": "POST"}, ["get", "PUT", "", "POST "]),
    types.VOICE: ({"man": "man", "woman": "woman"}, ["alice", "Man", ""]),
    types.LANGUAGE: ({"en": "en", "es": "es", "fr": "fr", "de": "de"}, ["en-US", "it", "EN", ""]),
    types.VERSION: ({"2008-08-01": "2008-08-01"}, ["2010-04-01", "1", ""]),
    types.KEY: ({"#": "#", "*": "*", "5": "5", "": ""}, ["##", "12", "a", " "]),
    types.KEYS: ({"12#": "12#", "*": "*", "": ""}, ["a", "1 2", "w"]),
    types.SEND_DIGITS: ({"1w#*": "1w#*", "ww9": "ww9"}, ["1,2", "W", "", "1 2"]),
    types.PHONE_NUMBER: (
        {
            "(415) 867-5309": "4158675309",
            "+14158675309": "4158675309",
            "+442071838750": "+442071838750",
        },
        ["12", "", "one", "client:jenny"],
    ),
    types.URL: (
        {
            "/next?a=1": "/next?a=1",
            "https://a.example/x": "https://a.example/x",
            "": "",
            " a ": "a",
        },
        ["ftp://a.example/", "mailto:a@b.example", "http://", "a b", "http://[", "http://a:x/"],
    ),
    types.SOME_URL: ({"/a.mp3": "/a.mp3"}, ["", "ftp://a.example/"]),
    types.SPEECH: (
        {"Hello": "Hello", " a\n b ": "a b", "x" * 4096: "x" * 4096},
        ["", " ", "x" * 4097],
    ),
    types.SMS_BODY: ({"Hi": "Hi", "x" * 160: "x" * 160}, ["", "\n", "x" * 161]),
    types.ROOM: ({"Room 1": "Room 1", "x": "x"}, ["", " "]),
}

INSIDE = {"Number": "Dial", "Conference": "Dial"}
TEXT = {
    "Say": "Hello", "Play": "/a.mp3", "Dial": "4155550100", "Number": "4155550100",
    "Conference": "Room", "Sms": "Hi", "Redirect": "/next",
}  # fmt: skip


def escape(text):
    return text.replace("&", "&amp;").replace("<", "&lt;").replace('"', "&quot;")


def write(verb, attributes="", text=None):
    """A document with one *verb* that is legal, but for what is given."""
    if verb.name == "Response":
        return f"<Response{attributes}/>"
    body = TEXT.get(verb.name, "") if text is None else text
    element = f"<{verb.name}{attributes}>{body}</{verb.name}>"
    home = INSIDE.get(verb.name)
    return f"<Response>\n{f'<{home}>{element}</{home}>' if home else element}</Response>"


def find(document, name):
    """The instruction of the verb or noun *name*."""
    for verb in document.verbs:
        for one in (verb, *verb.children):
            if one.verb == name:
                return one
    return None


@pytest.mark.parametrize(("verb", "attribute"), ATTRIBUTES)
class TestEveryAttribute:
    def test_takes_each_legal_value(self, verb, attribute):
        for text, value in VALUES[attribute.type][0].items():
            document = read_document(write(verb, f' {attribute.name}="{escape(text)}"'))

            assert document.findings == (), text
            if verb.name != "Response":
                assert find(document, verb.name).values[attribute.name] == value

    def test_has_its_default_and_its_code_for_each_illegal_value(self, verb, attribute):
        for text in VALUES[attribute.type][1]:
            document = read_document(write(verb, f'\n   {attribute.name}="{escape(text)}"'))

            (finding,) = document.findings
            assert (finding.code, finding.column) == (attribute.code, 4), text
            assert finding.line == (2 if verb.name == "Response" else 3)
            if verb.name == "Response":
                assert document.failure is finding
            else:
                plain = find(read_document(write(verb)), verb.name)
                assert find(document, verb.name).values == plain.values

    def test_is_logged_with_the_code_of_its_place(self, verb, attribute):
        for place, code in attribute.codes_in.items():
            text = VALUES[attribute.type][1][0]
            inside = f'<{verb.name} {attribute.name}="{text}">{TEXT[verb.name]}</{verb.name}>'
            document = read_document(f"<Response><{place}>{inside}</{place}></Response>")

            assert [finding.code for finding in document.findings] == [code]

    def test_says_where_it_is_known_from(self, verb, attribute):
        assert attribute.evidence.source
        assert {attribute.code, *attribute.codes_in.values()} <= CODES.keys()
        assert (
            attribute.default is None
            or attribute.default_text
            or (attribute.type.read(attribute.default_shown) == attribute.default)
        )


@pytest.mark.parametrize("verb", CONTENTS, ids=lambda verb: verb.name)
class TestEveryContent:
    def test_takes_each_legal_text(self, verb):
        for text, value in VALUES[verb.content.type][0].items():
            document = read_document(write(verb, text=escape(text)))

            assert document.findings == (), text
            assert find(document, verb.name).content == value

    def test_has_its_code_for_each_illegal_text(self, verb):
        for text in VALUES[verb.content.type][1]:
            document = read_document(write(verb, text=escape(text)))

            assert [finding.code for finding in document.findings] == [verb.content.code], text
            assert find(document, verb.name).is_void


def test_every_verb_has_known_codes_and_nouns():
    for verb in VERBS.values():
        assert verb.child_code in CODES
        assert set(verb.children) <= VERBS.keys()
        assert verb.summary.endswith(".")
        assert verb.evidence.source


def test_every_code_says_what_it_does_and_where_that_is_known_from():
    for code in CODES.values():
        assert code.title
        assert code.consequence
        assert code.evidence.source
        assert code.question is None or code.question in QUESTIONS
        assert code.severity is not Severity.NOTE
        assert isinstance(code.cause, Cause)


def test_kinds_of_documents_have_verbs_and_a_code_for_the_others():
    assert VERBS_OF.keys() == FORBIDDEN.keys()
    assert all(set(names) <= VERBS.keys() for names in VERBS_OF.values())
    assert set(FORBIDDEN.values()) <= CODES.keys()


def test_defaults_of_the_reference_count():
    document = read_document("<Response><Gather/><Record/><Record transcribe='true'/></Response>")
    gather, record, transcribed = (verb.values for verb in document.verbs)

    assert gather == {"action": "", "method": "POST", "timeout": 5, "finishOnKey": "#"}
    assert (record["maxLength"], record["timeout"]) == (3600, 5)
    assert (record["finishOnKey"], record["playBeep"]) == ("1234567890*#", True)
    assert transcribed["maxLength"] == 120
