"""What instances, lists and nothing look like, from values alone."""

from __future__ import annotations

import csv
import io
import json
import xml.etree.ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twreplay._api.representation import REPRESENTATIONS, clean_text

FIELDS = (
    ("Sid", "CA1"),
    ("Body", 'a "b", <c> & d'),
    ("SmsUrl", ""),
    ("Annotation", None),
    ("Capabilities", (("Voice", "true"), ("SMS", "false"))),
)
NAMES = [name for name, _ in FIELDS]
COUNTERS = (("page", "0"), ("uri", "/x?a=1&b=2"))

SINGLE = {
    "xml": (
        '<?xml version="1.0"?>\n<TwilioResponse><Call><Sid>CA1</Sid>'
        '<Body>a "b", &lt;c&gt; &amp; d</Body><SmsUrl/><Annotation/>'
        "<Capabilities><Voice>true</Voice><SMS>false</SMS></Capabilities></Call>"
        "</TwilioResponse>\n"
    ),
    "json": (
        '{"TwilioResponse":{"Call":{"Sid":"CA1","Body":"a \\"b\\", <c> & d","SmsUrl":"",'
        '"Annotation":null,"Capabilities":{"Voice":"true","SMS":"false"}}}}'
    ),
    "csv": (
        "Sid,Body,SmsUrl,Annotation,Capabilities\r\n"
        'CA1,"a ""b"", <c> & d",,,"Voice=true SMS=false"\r\n'
    ),
    "html": (
        '<html><head><title>200</title></head><body class="twilio-response"><div class="call">'
        '<div class="sid">CA1</div><div class="body">a &quot;b&quot;, &lt;c&gt; &amp; d</div>'
        '<div class="sms-url"></div><div class="annotation"></div><div class="capabilities">'
        '<div class="voice">true</div><div class="sms">false</div></div></div></body></html>'
    ),
}
MANY = {
    "xml": (
        '<?xml version="1.0"?>\n<TwilioResponse><Calls page="0" uri="/x?a=1&amp;b=2">'
        "<Call><Sid>CA1</Sid></Call><Call><Sid>CA2</Sid></Call></Calls></TwilioResponse>\n"
    ),
    "json": (
        '{"TwilioResponse":{"Calls":[{"Call":{"Sid":"CA1"}},{"Call":{"Sid":"CA2"}}],'
        '"page":"0","uri":"/x?a=1&b=2"}}'
    ),
    "csv": "Sid\r\nCA1\r\nCA2\r\n",
    "html": (
        '<html><head><title>200</title></head><body class="twilio-response">'
        '<div class="calls" data-page="0" data-uri="/x?a=1&amp;b=2">'
        '<div class="call"><div class="sid">CA1</div></div>'
        '<div class="call"><div class="sid">CA2</div></div></div></body></html>'
    ),
}
NONE = {
    "xml": '<?xml version="1.0"?>\n<TwilioResponse><Calls page="0" uri="/x?a=1&amp;b=2"/>'
    "</TwilioResponse>\n",
    "json": '{"TwilioResponse":{"Calls":[],"page":"0","uri":"/x?a=1&b=2"}}',
    "csv": "Sid\r\n",
    "html": '<html><head><title>200</title></head><body class="twilio-response">'
    '<div class="calls" data-page="0" data-uri="/x?a=1&amp;b=2"></div></body></html>',
}
NOTHING = {
    "xml": '<?xml version="1.0"?>\n<TwilioResponse/>\n',
    "json": '{"TwilioResponse":{}}',
    "csv": "",
    "html": '<html><head><title>200</title></head><body class="twilio-response"></body></html>',
}


@pytest.mark.parametrize("extension", REPRESENTATIONS)
class TestEachRepresentation:
    def test_of_one(self, extension):
        shown = REPRESENTATIONS[extension]

        text = shown.render_one(NAMES, shown.render_fragment("Call", FIELDS), 200)

        assert text == SINGLE[extension]

    def test_of_many(self, extension):
        shown = REPRESENTATIONS[extension]
        fragments = [shown.render_fragment("Call", [("Sid", sid)]) for sid in ("CA1", "CA2")]

        assert shown.render_list("Calls", ["Sid"], COUNTERS, fragments, 200) == MANY[extension]

    def test_of_none(self, extension):
        shown = REPRESENTATIONS[extension]

        assert shown.render_list("Calls", ["Sid"], COUNTERS, [], 200) == NONE[extension]

    def test_of_nothing(self, extension):
        assert REPRESENTATIONS[extension].render_empty(200) == NOTHING[extension]


@given(st.text())
def test_any_readable_text_comes_back_from_each(text):
    kept = clean_text(text)
    fields = [("Sid", "SM1"), ("Body", kept)]

    def document(extension):
        shown = REPRESENTATIONS[extension]
        return shown.render_one(["Sid", "Body"], shown.render_fragment("SMSMessage", fields), 200)

    assert ET.fromstring(document("xml")).findtext("SMSMessage/Body") == kept
    assert json.loads(document("json"))["TwilioResponse"]["SMSMessage"]["Body"] == kept
    rows = list(csv.reader(io.StringIO(document("csv"), newline="")))
    assert rows[1] == ["SM1", kept]


@pytest.mark.parametrize(
    ("name", "dashed"),
    [
        ("Account", "account"),
        ("AccountSid", "account-sid"),
        ("AuthToken", "auth-token"),
        ("RequestURL", "request-url"),
        ("SMSMessages", "sms-messages"),
        ("VoiceCallerIdLookup", "voice-caller-id-lookup"),
    ],
)
def test_html_classes(name, dashed):
    html = REPRESENTATIONS["html"]

    assert html.render_fragment(name, []) == f'<div class="{dashed}"></div>'
