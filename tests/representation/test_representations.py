"""What instances, lists and nothing look like, in each representation."""

from __future__ import annotations

import csv
import io
import json
import xml.etree.ElementTree as ET

import pytest
from basic_auth import encode_basic
from conftest import ACCOUNT, TOKEN
from hypothesis import given
from hypothesis import strategies as st
from published_reference import EXTENSIONS

import twreplay

NAME = 'a "b", <c> & d'
WHEN = "Mon, 01 Mar 2010 09:00:00 -0800"
LIST = f"/2008-08-01/Accounts/{ACCOUNT}/OutgoingCallerIds"

SINGLE = {
    "xml": (
        '<?xml version="1.0"?>\n<TwilioResponse><OutgoingCallerId><Sid>PN1</Sid>'
        f"<AccountSid>{ACCOUNT}</AccountSid>"
        '<FriendlyName>a "b", &lt;c&gt; &amp; d</FriendlyName><PhoneNumber>4155551212</PhoneNumber>'
        f"<DateCreated>{WHEN}</DateCreated><DateUpdated>{WHEN}</DateUpdated></OutgoingCallerId>"
        "</TwilioResponse>\n"
    ),
    "json": (
        f'{{"TwilioResponse":{{"OutgoingCallerId":{{"Sid":"PN1","AccountSid":"{ACCOUNT}",'
        '"FriendlyName":"a \\"b\\", <c> & d","PhoneNumber":"4155551212",'
        f'"DateCreated":"{WHEN}","DateUpdated":"{WHEN}"}}}}}}'
    ),
    "csv": (
        "Sid,AccountSid,FriendlyName,PhoneNumber,DateCreated,DateUpdated\r\n"
        f'PN1,{ACCOUNT},"a ""b"", <c> & d",4155551212,"{WHEN}","{WHEN}"\r\n'
    ),
    "html": (
        '<html><head><title>200</title></head><body class="twilio-response">'
        '<div class="outgoing-caller-id"><div class="sid">PN1</div>'
        f'<div class="account-sid">{ACCOUNT}</div>'
        '<div class="friendly-name">a &quot;b&quot;, &lt;c&gt; &amp; d</div>'
        '<div class="phone-number">4155551212</div>'
        f'<div class="date-created">{WHEN}</div><div class="date-updated">{WHEN}</div>'
        "</div></body></html>"
    ),
}
# What has no value, and what has values of its own, as part of an instance.
EMPTY = {
    "xml": "<Flags>2</Flags><Annotation/></Call>",
    "json": '"Flags":"2","Annotation":null}',
    "csv": ",2,\r\n",
    "html": '<div class="flags">2</div><div class="annotation"></div></div>',
}
NESTED = {
    "xml": "<Capabilities><Voice>true</Voice><SMS>true</SMS></Capabilities>",
    "json": '"Capabilities":{"Voice":"true","SMS":"true"}',
    "csv": ',"Voice=true SMS=true"\r\n',
    "html": (
        '<div class="capabilities"><div class="voice">true</div><div class="sms">true</div></div>'
    ),
}
# A list around its rows, the addresses of its pages left out.
NONE = {
    "xml": (
        '<?xml version="1.0"?>\n<TwilioResponse><OutgoingCallerIds page="0" numpages="0" '
        'pagesize="7" total="0" start="0" end="0" uri="{}?PhoneNumber=1&amp;num=7" '
        'firstpageuri="" nextpageuri="" previouspageuri="" lastpageuri=""/></TwilioResponse>\n'
    ),
    "json": (
        '{{"TwilioResponse":{{"OutgoingCallerIds":[],"page":"0","numpages":"0","pagesize":"7",'
        '"total":"0","start":"0","end":"0","uri":"{}?PhoneNumber=1&num=7","firstpageuri":"",'
        '"nextpageuri":"","previouspageuri":"","lastpageuri":""}}}}'
    ),
    "csv": "Sid,AccountSid,FriendlyName,PhoneNumber,DateCreated,DateUpdated\r\n",
    "html": (
        '<html><head><title>200</title></head><body class="twilio-response">'
        '<div class="outgoing-caller-ids" data-page="0" data-numpages="0" data-pagesize="7" '
        'data-total="0" data-start="0" data-end="0" data-uri="{}?PhoneNumber=1&amp;num=7" '
        'data-firstpageuri="" data-nextpageuri="" data-previouspageuri="" data-lastpageuri="">'
        "</div></body></html>"
    ),
}
# How a row begins in the document of one, what follows it there, and what stands between two.
ROWS = {
    "xml": ("<OutgoingCallerId>", "</TwilioResponse>\n"),
    "json": ('{"OutgoingCallerId":', "}"),
    "csv": ("PN", ""),
    "html": ('<div class="outgoing-caller-id">', "</body></html>"),
}
BETWEEN = {"xml": "", "json": ",", "csv": "", "html": ""}
NOTHING = {
    "xml": '<?xml version="1.0"?>\n<TwilioResponse/>\n',
    "json": '{"TwilioResponse":{}}',
    "csv": "",
    "html": '<html><head><title>200</title></head><body class="twilio-response"></body></html>',
}


def make_simulator(**options):
    options = {"undocumented": "ignore"} | options
    return twreplay.Simulator(account_sid=ACCOUNT, auth_token=TOKEN, **options)


def get(simulator, path):
    headers = {"Authorization": encode_basic(*simulator.auth)}
    request = twreplay.Request("GET", simulator.account_url + path, headers)
    return simulator.handle(request).body.decode()


@pytest.mark.parametrize("extension", EXTENSIONS)
class TestEachRepresentation:
    def test_of_one_has_its_fields_in_order(self, extension):
        simulator = make_simulator()
        simulator.add_outgoing_caller_id(Sid="PN1", PhoneNumber="4155551212", FriendlyName=NAME)

        assert get(simulator, f"/OutgoingCallerIds/PN1.{extension}") == SINGLE[extension]

    def test_of_what_has_no_value_is_empty(self, extension):
        simulator = make_simulator(profile="observed")
        simulator.add_call(Sid="CA1")

        assert EMPTY[extension] in get(simulator, f"/Calls/CA1.{extension}")

    def test_of_what_has_values_of_its_own_has_them_within(self, extension):
        simulator = make_simulator(profile="observed")
        sid = simulator.incoming_phone_numbers[0].Sid

        assert NESTED[extension] in get(simulator, f"/IncomingPhoneNumbers/{sid}.{extension}")

    def test_of_many_has_each_as_it_is_alone(self, extension):
        simulator = make_simulator()
        for number in range(2):
            simulator.add_outgoing_caller_id(
                Sid=f"PN{number + 1}", PhoneNumber=f"415555121{number}", FriendlyName=NAME
            )
        begin, end = ROWS[extension]
        alone = [get(simulator, f"/OutgoingCallerIds/PN{n}.{extension}") for n in (1, 2)]
        rows = [text[text.index(begin) :].removesuffix(end) for text in alone]

        text = get(simulator, f"/OutgoingCallerIds.{extension}?num=2")

        # The newest is the first.
        assert BETWEEN[extension].join(reversed(rows)) in text
        assert text.count(begin) == 2

    def test_of_none_has_the_counters_alone(self, extension):
        simulator = make_simulator()
        text = get(simulator, f"/OutgoingCallerIds.{extension}?PhoneNumber=1&num=7")

        assert text == NONE[extension].format(f"{LIST}.{extension}")

    def test_of_nothing_is_a_document_all_the_same(self, extension):
        simulator = make_simulator()
        simulator.when("GET", "/Calls").respond(200)

        assert get(simulator, f"/Calls.{extension}") == NOTHING[extension]


@given(st.text())
def test_any_readable_text_comes_back_from_each(text):
    simulator = make_simulator()
    kept = simulator.add_notification(Sid="NO1", MessageText=text).MessageText

    def document(extension):
        return get(simulator, f"/Notifications/NO1.{extension}")

    assert ET.fromstring(document("xml")).findtext("Notification/MessageText") == kept
    assert json.loads(document("json"))["TwilioResponse"]["Notification"]["MessageText"] == kept
    names, values = csv.reader(io.StringIO(document("csv"), newline=""))
    assert dict(zip(names, values, strict=True))["MessageText"] == kept


@pytest.mark.parametrize(
    ("path", "dashed"),
    [
        ("", "account"),
        ("/Calls/CA1", "account-sid"),
        ("", "auth-token"),
        ("/Notifications/NO1", "request-url"),
        ("/SMS/Messages", "sms-messages"),
        ("/IncomingPhoneNumbers/PN1", "voice-caller-id-lookup"),
    ],
)
def test_html_has_names_as_classes_with_dashes(path, dashed):
    simulator = make_simulator()
    simulator.add_call(Sid="CA1")
    simulator.add_notification(Sid="NO1")
    simulator.add_incoming_phone_number(Sid="PN1", PhoneNumber="4155551212")

    assert f'<div class="{dashed}"' in get(simulator, f"{path}.html")
