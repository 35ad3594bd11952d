"""The sample responses of the reference and of the wire, from arranged states, as whole texts."""

from __future__ import annotations

import json

import pytest
from builders import ACCOUNT, Client, at, call, document, message

import twreplay

SID = "0123456789abcdef0123456789abcdef"
PROFILES = ["documented", "observed"]


@pytest.fixture(params=PROFILES)
def profile(request):
    return request.param


def client(profile="documented", **options):
    return Client(twreplay.Simulator(profile=profile, account_sid=ACCOUNT, **options))


TYPE = {"documented": "", "observed": "<Type>Full</Type>"}


class TestAccount:
    def test_an_account_is_as_the_sample(self, profile):
        simulator = twreplay.Simulator(profile=profile)
        account = simulator.add_account(
            Sid=ACCOUNT,
            FriendlyName="Sim",
            DateCreated="Wed, 02 Apr 2008 17:33:38 -0700",
            DateUpdated="Wed, 02 Apr 2008 17:34:18 -0700",
            AuthToken="0" * 32,
        )

        assert Client(simulator, account).get("").text == document(
            "<TwilioResponse><Account><Sid>AC0123456789abcdef0123456789abcdef</Sid>"
            "<FriendlyName>Sim</FriendlyName><Status>2</Status><StatusText>Active</StatusText>"
            "<DateCreated>Wed, 02 Apr 2008 17:33:38 -0700</DateCreated>"
            "<DateUpdated>Wed, 02 Apr 2008 17:34:18 -0700</DateUpdated>"
            f"<AuthToken>00000000000000000000000000000000</AuthToken>{TYPE[profile]}</Account>"
            "</TwilioResponse>"
        )


CALL = (
    "<Call><Sid>CA0123456789abcdef0123456789abcdef</Sid>"
    "<DateCreated>Fri, 11 Sep 2009 11:33:20 -0700</DateCreated>"
    "<DateUpdated>Fri, 11 Sep 2009 11:33:20 -0700</DateUpdated><CallSegmentSid/>"
    "<AccountSid>AC0123456789abcdef0123456789abcdef</AccountSid><Called>4155550101</Called>"
    "<Caller>4155550100</Caller><PhoneNumberSid>PN0123456789abcdef0123456789abcdef"
    "</PhoneNumberSid><Status>0</Status><StartTime/><EndTime/><Duration/><Price/>"
    "<Flags>2</Flags><Annotation/></Call>"
)


class TestCall:
    def test_a_call_is_as_the_sample(self, profile):
        asking = client(profile, now=at("2009-09-11 11:33:20"))
        asking.simulator.add_call(
            Sid=f"CA{SID}",
            Called="4155550101",
            Caller="4155550100",
            PhoneNumberSid=f"PN{SID}",
            Status=0,
        )

        assert asking.get(f"/Calls/CA{SID}").text == document(
            f"<TwilioResponse>{CALL}</TwilioResponse>"
        )

    def test_answer_to_a_post(self, profile):
        """What a live call of September 2009 was answered with, but for its Sid."""
        asking = client(profile, now=at("2009-09-11 11:33:20"))
        asking.simulator.add_outgoing_caller_id(Sid=f"PN{SID}", PhoneNumber="4155550100")

        answer = asking.post("/Calls", call(Caller="4155550100", Called="4155550101"))

        made = asking.simulator.calls[0].Sid
        assert answer.text == document(
            f"<TwilioResponse>{CALL.replace(f'CA{SID}', made)}</TwilioResponse>"
        )
        assert answer.status == {"documented": 200, "observed": 201}[profile]

    def test_redirected_call_is_in_progress(self, profile):
        asking = client(profile, now=at("2009-09-11 11:33:20"))
        asking.simulator.add_call(
            Sid=f"CA{SID}",
            Called="4155550101",
            Caller="4155550100",
            PhoneNumberSid=f"PN{SID}",
            Status=1,
        )

        answer = asking.post(f"/Calls/CA{SID}", {"CurrentUrl": "http://app.example/next"})

        started = "<StartTime>Fri, 11 Sep 2009 11:33:20 -0700</StartTime>"
        live = CALL.replace("<Status>0", "<Status>1").replace("<StartTime/>", started)
        assert answer.text == document(f"<TwilioResponse>{live}</TwilioResponse>")
        assert answer.status == 200

    def test_a_list_of_calls_is_as_the_sample(self, profile):
        asking = client(profile, now=at("2009-09-11 11:33:20"))
        asking.simulator.add_call(
            Sid=f"CA{SID}",
            Called="4155550101",
            Caller="4155550100",
            PhoneNumberSid=f"PN{SID}",
            Status=0,
        )

        path = f"/2008-08-01/Accounts/{ACCOUNT}/Calls"
        assert asking.get("/Calls").text == document(
            '<TwilioResponse><Calls page="0" numpages="1" pagesize="50" total="1" start="0" '
            f'end="0" uri="{path}" firstpageuri="{path}?num=50&amp;page=0" nextpageuri="" '
            f'previouspageuri="" lastpageuri="{path}?num=50&amp;page=0">{CALL}'
            "</Calls></TwilioResponse>"
        )


class TestConference:
    def test_a_list_of_conferences_is_as_the_sample(self, profile):
        asking = client(profile)
        asking.simulator.add_conference(
            Sid=f"CF{SID}",
            FriendlyName="room1",
            Status=1,
            DateCreated="Thu, 03 Sep 2009 23:37:53 -0700",
            DateUpdated="Thu, 03 Sep 2009 23:38:02 -0700",
        )

        path = f"/2008-08-01/Accounts/{ACCOUNT}/Conferences"
        assert asking.get("/Conferences").text == document(
            '<TwilioResponse><Conferences page="0" numpages="1" pagesize="50" total="1" start="0" '
            f'end="0" uri="{path}" firstpageuri="{path}?num=50&amp;page=0" nextpageuri="" '
            f'previouspageuri="" lastpageuri="{path}?num=50&amp;page=0"><Conference>'
            "<Sid>CF0123456789abcdef0123456789abcdef</Sid>"
            "<AccountSid>AC0123456789abcdef0123456789abcdef</AccountSid>"
            "<FriendlyName>room1</FriendlyName><Status>1</Status>"
            "<DateCreated>Thu, 03 Sep 2009 23:37:53 -0700</DateCreated>"
            "<DateUpdated>Thu, 03 Sep 2009 23:38:02 -0700</DateUpdated>"
            "</Conference></Conferences></TwilioResponse>"
        )

    def test_a_participant_is_as_the_sample(self, profile):
        asking = client(profile, now=at("2009-09-03 23:37:53"))
        asking.simulator.add_conference(Sid=f"CF{SID}")
        asking.simulator.add_call(Sid=f"CA{SID}", Status=1)
        asking.simulator.add_participant(ConferenceSid=f"CF{SID}", CallSid=f"CA{SID}")

        assert asking.get(f"/Conferences/CF{SID}/Participants/CA{SID}").text == document(
            "<TwilioResponse><Participant>"
            "<ConferenceSid>CF0123456789abcdef0123456789abcdef</ConferenceSid>"
            "<AccountSid>AC0123456789abcdef0123456789abcdef</AccountSid>"
            "<CallSid>CA0123456789abcdef0123456789abcdef</CallSid><Muted>false</Muted>"
            "<StartConferenceOnEnter>1</StartConferenceOnEnter>"
            "<EndConferenceOnExit>0</EndConferenceOnExit>"
            "<DateCreated>Thu, 03 Sep 2009 23:37:53 -0700</DateCreated>"
            "<DateUpdated>Thu, 03 Sep 2009 23:37:53 -0700</DateUpdated>"
            "</Participant></TwilioResponse>"
        )


NUMBER = (
    "<TwilioResponse><IncomingPhoneNumber><Sid>PN0123456789abcdef0123456789abcdef</Sid>"
    "<AccountSid>AC0123456789abcdef0123456789abcdef</AccountSid>"
    "<FriendlyName>Main</FriendlyName><PhoneNumber>4155550100</PhoneNumber>"
    "<Url>http://app.example/voice</Url><Method>POST</Method>{sms}"
    "<VoiceFallbackUrl></VoiceFallbackUrl><VoiceFallbackMethod>{unset}</VoiceFallbackMethod>"
    "{sms_fallback}<VoiceCallerIdLookup>false</VoiceCallerIdLookup>"
    "<DateCreated>Tue, 01 Apr 2008 11:26:32 -0700</DateCreated>"
    "<DateUpdated>Tue, 01 Apr 2008 11:26:32 -0700</DateUpdated>{capabilities}"
    "</IncomingPhoneNumber></TwilioResponse>"
)
SMS = "<SmsUrl></SmsUrl><SmsMethod>{unset}</SmsMethod>"
SMS_FALLBACK = "<SmsFallbackUrl></SmsFallbackUrl><SmsFallbackMethod>{unset}</SmsFallbackMethod>"


class TestIncomingPhoneNumber:
    def number(self, profile, **how):
        asking = client(profile)
        asking.simulator.add_incoming_phone_number(
            Sid=f"PN{SID}",
            FriendlyName="Main",
            PhoneNumber="8005550100" if how.get("toll_free") else "4155550100",
            Url="http://app.example/voice",
            DateCreated="Tue, 01 Apr 2008 11:26:32 -0700",
            DateUpdated="Tue, 01 Apr 2008 11:26:32 -0700",
            **how,
        )
        return asking.get(f"/IncomingPhoneNumbers/PN{SID}").text

    def test_a_number_is_as_the_documented_sample(self):
        assert self.number("documented") == document(
            NUMBER.format(
                sms=SMS.format(unset=""),
                sms_fallback=SMS_FALLBACK.format(unset=""),
                unset="",
                capabilities="",
            )
        )

    def test_a_number_is_as_the_observed_sample(self):
        """With Capabilities, and POST as the method of URLs that are not set."""
        assert self.number("observed") == document(
            NUMBER.format(
                sms=SMS.format(unset="POST"),
                sms_fallback=SMS_FALLBACK.format(unset="POST"),
                unset="POST",
                capabilities="<Capabilities><Voice>true</Voice><SMS>true</SMS></Capabilities>",
            )
        )

    def test_toll_free_leaves_out_the_sms_elements(self):
        sample = NUMBER.replace("4155550100", "8005550100")
        assert self.number("documented", toll_free=True) == document(
            sample.format(sms="", sms_fallback="", unset="", capabilities="")
        )

    def test_observed_number_of_march_2010(self):
        """All that is known of it: its properties, and the defaults of those not set."""
        asking = client("observed", now=at("2010-03-20 12:00:00"))
        asking.simulator.arrange_numbers("425", available=1)

        bought = asking.post("/IncomingPhoneNumbers/Local", {"AreaCode": "425"})

        digits = bought["PhoneNumber"]
        assert len(digits) == 10
        assert bought["FriendlyName"] == f"(425) {digits[3:6]}-{digits[6:]}"
        methods = ("Method", "SmsMethod", "VoiceFallbackMethod", "SmsFallbackMethod")
        assert [bought[name] for name in methods] == ["POST"] * 4
        assert [bought[n.replace("Method", "Url")] for n in methods] == [""] * 4
        assert bought["DateCreated"] == "Sat, 20 Mar 2010 12:00:00 -0700"
        assert [c.tag for c in bought.thing.find("Capabilities")] == ["Voice", "SMS"]


NOTIFICATION_HEAD = (
    "<Notification><Sid>NO0123456789abcdef0123456789abcdef</Sid>"
    "<DateCreated>Sat, 07 Feb 2009 13:15:19 -0800</DateCreated>"
    "<DateUpdated>Sat, 07 Feb 2009 13:15:19 -0800</DateUpdated>"
    "<AccountSid>AC0123456789abcdef0123456789abcdef</AccountSid>"
    "<CallSid>CA0123456789abcdef0123456789abcdef</CallSid><Log>0</Log>"
    "<ErrorCode>12100</ErrorCode><MoreInfo>http://www.twilio.com/docs/errors/12100</MoreInfo>"
)
NOTIFICATION_MESSAGE = (
    "<MessageText>Document parse failure</MessageText>"
    "<MessageDate>Sat, 07 Feb 2009 13:15:18 -0800</MessageDate>"
)
NOTIFICATION_REQUEST = (
    "<RequestURL>http://app.example/voice</RequestURL><RequestMethod>POST</RequestMethod>"
)
NOTIFICATION_REST = (
    "<RequestVariables>Caller=4155550100&amp;Called=4155550101</RequestVariables>"
    "<ResponseHeaders>Content-Length: 12</ResponseHeaders>"
    "<ResponseBody>&lt;h1&gt;oops&lt;/h1&gt;</ResponseBody>"
)


class TestNotification:
    @pytest.fixture
    def asking(self, profile):
        asking = client(profile)
        asking.simulator.add_call(Sid=f"CA{SID}", Status=1)
        asking.simulator.add_notification(
            Sid=f"NO{SID}",
            DateCreated="Sat, 07 Feb 2009 13:15:19 -0800",
            DateUpdated="Sat, 07 Feb 2009 13:15:19 -0800",
            CallSid=f"CA{SID}",
            MessageText="Document parse failure",
            MessageDate="Sat, 07 Feb 2009 13:15:18 -0800",
            RequestURL="http://app.example/voice",
            RequestVariables="Caller=4155550100&Called=4155550101",
            ResponseHeaders="Content-Length: 12",
            ResponseBody="<h1>oops</h1>",
        )
        return asking

    def test_a_notification_is_as_the_sample(self, asking):
        assert asking.get(f"/Notifications/NO{SID}").text == document(
            f"<TwilioResponse>{NOTIFICATION_HEAD}{NOTIFICATION_MESSAGE}{NOTIFICATION_REQUEST}"
            f"{NOTIFICATION_REST}</Notification></TwilioResponse>"
        )

    def test_in_a_list_the_request_comes_before_the_message(self, asking):
        text = asking.get("/Notifications").text

        assert text.partition(">\n")[2].partition("<Notification>")[2] == (
            f"{NOTIFICATION_HEAD}{NOTIFICATION_REQUEST}{NOTIFICATION_MESSAGE}</Notification>"
            "</Notifications></TwilioResponse>\n"
        ).removeprefix("<Notification>")

    def test_a_notification_of_an_unknown_parameter_is_as_the_sample(self):
        """The warning that the page prints, with the code of the dictionary."""
        asking = client()
        asking.post("/Calls", call(foo="bar"))

        logged = asking.get("/Notifications").items[0]

        assert logged["MessageText"] == "Unknown parameter received by the REST API: foo=bar"
        assert (logged["Log"], logged["ErrorCode"]) == ("1", "20001")
        assert logged["RequestURL"] == f"https://api.twilio.com{asking.path}/Calls"
        assert (logged["RequestMethod"], logged["CallSid"]) == ("POST", "")


class TestOutgoingCallerId:
    def test_a_validation_request_is_as_the_sample(self, profile):
        asking = client(profile)

        answer = asking.post(
            "/OutgoingCallerIds", {"PhoneNumber": "4155550100", "FriendlyName": "Cell"}
        )

        code = asking.simulator.validation_requests[0].ValidationCode
        assert len(code) == 6
        assert answer.text == document(
            "<TwilioResponse><ValidationRequest>"
            "<AccountSid>AC0123456789abcdef0123456789abcdef</AccountSid>"
            "<PhoneNumber>4155550100</PhoneNumber><FriendlyName>Cell</FriendlyName>"
            f"<ValidationCode>{code}</ValidationCode></ValidationRequest></TwilioResponse>"
        )
        assert answer.status == 200

    def test_a_caller_id_is_as_the_sample(self, profile):
        asking = client(profile, now=at("2008-04-01 11:26:32"))
        asking.simulator.add_outgoing_caller_id(
            Sid=f"PN{SID}", FriendlyName="Cell", PhoneNumber="4155550100"
        )

        assert asking.get(f"/OutgoingCallerIds/PN{SID}").text == document(
            "<TwilioResponse><OutgoingCallerId><Sid>PN0123456789abcdef0123456789abcdef</Sid>"
            "<AccountSid>AC0123456789abcdef0123456789abcdef</AccountSid>"
            "<FriendlyName>Cell</FriendlyName><PhoneNumber>4155550100</PhoneNumber>"
            "<DateCreated>Tue, 01 Apr 2008 11:26:32 -0700</DateCreated>"
            "<DateUpdated>Tue, 01 Apr 2008 11:26:32 -0700</DateUpdated>"
            "</OutgoingCallerId></TwilioResponse>"
        )


class TestRecording:
    def test_a_recording_is_as_the_sample(self, profile):
        """The page prints its dates in another zone of the US; the moment is the same."""
        asking = client(profile)
        asking.simulator.add_call(Sid=f"CA{SID}")
        asking.simulator.add_recording(
            Sid=f"RE{SID}",
            CallSid=f"CA{SID}",
            DateCreated="Tue, 01 Apr 2008 01:07:15 -0400",
            DateUpdated="Tue, 01 Apr 2008 01:07:15 -0400",
        )

        assert asking.get(f"/Recordings/RE{SID}", extension=".xml").text == document(
            "<TwilioResponse><Recording><Sid>RE0123456789abcdef0123456789abcdef</Sid>"
            "<AccountSid>AC0123456789abcdef0123456789abcdef</AccountSid>"
            "<CallSid>CA0123456789abcdef0123456789abcdef</CallSid><Duration>15</Duration>"
            "<DateCreated>Mon, 31 Mar 2008 22:07:15 -0700</DateCreated>"
            "<DateUpdated>Mon, 31 Mar 2008 22:07:15 -0700</DateUpdated>"
            "</Recording></TwilioResponse>"
        )


class TestTranscription:
    def test_a_transcription_is_as_the_sample(self, profile):
        asking = client(profile)
        asking.simulator.add_recording(Sid=f"RE{SID}")
        asking.simulator.add_transcription(
            Sid=f"TR{SID}",
            DateCreated=1235986685,
            DateUpdated=1235986700,
            RecordingSid=f"RE{SID}",
            Duration=9,
            TranscriptionText="hello",
        )

        assert asking.get(f"/Recordings/RE{SID}/Transcriptions/TR{SID}").text == document(
            "<TwilioResponse><Transcription><Sid>TR0123456789abcdef0123456789abcdef</Sid>"
            "<DateCreated>1235986685</DateCreated><DateUpdated>1235986700</DateUpdated>"
            "<AccountSid>AC0123456789abcdef0123456789abcdef</AccountSid>"
            "<Status>completed</Status>"
            "<RecordingSid>RE0123456789abcdef0123456789abcdef</RecordingSid>"
            "<Duration>9</Duration><TranscriptionText>hello</TranscriptionText>"
            "<Price>-0.03000</Price></Transcription></TwilioResponse>"
        )


class TestSandbox:
    def test_the_sandbox_is_as_the_sample(self, profile):
        """Pin and number are the simulator's own."""
        asking = client(profile, now=at("2009-02-07 13:15:19"))
        asking.post("/Sandbox", {"Url": "http://app.example/v", "SmsUrl": "http://app.example/s"})
        sandbox = asking.simulator.sandboxes[0]

        assert asking.get("/Sandbox").text == document(
            f"<TwilioResponse><TwilioSandbox><Pin>{sandbox.Pin}</Pin>"
            f"<PhoneNumber>{sandbox.PhoneNumber}</PhoneNumber>"
            "<AccountSid>AC0123456789abcdef0123456789abcdef</AccountSid>"
            "<DateCreated>Sat, 07 Feb 2009 13:15:19 -0800</DateCreated>"
            "<DateUpdated>Sat, 07 Feb 2009 13:15:19 -0800</DateUpdated>"
            "<Url>http://app.example/v</Url><Method>POST</Method>"
            "<SmsUrl>http://app.example/s</SmsUrl><SmsMethod>POST</SmsMethod>"
            "</TwilioSandbox></TwilioResponse>"
        )


MESSAGE = (
    "<TwilioResponse><SMSMessage><Sid>SM0123456789abcdef0123456789abcdef</Sid>"
    "<DateCreated>Sun, 04 Oct 2009 03:48:08 -0700</DateCreated>"
    "<DateUpdated>Sun, 04 Oct 2009 03:48:10 -0700</DateUpdated>"
    "<DateSent>Sun, 04 Oct 2009 03:48:10 -0700</DateSent>"
    "<AccountSid>AC0123456789abcdef0123456789abcdef</AccountSid><To>4155550101</To>"
    "<From>4155550100</From><Body>hi</Body><Status>sent</Status><Flags>4</Flags>{price}"
    "</SMSMessage></TwilioResponse>"
)


class TestSMSMessage:
    def test_a_message_is_as_the_sample(self, profile):
        asking = client(profile)
        asking.simulator.add_sms_message(
            Sid=f"SM{SID}",
            DateCreated="Sun, 04 Oct 2009 03:48:08 -0700",
            DateUpdated="Sun, 04 Oct 2009 03:48:10 -0700",
            DateSent="Sun, 04 Oct 2009 03:48:10 -0700",
            To="4155550101",
            From="4155550100",
            Body="hi",
        )

        price = {"documented": "", "observed": "<Price>-0.03000</Price>"}[profile]
        assert asking.get(f"/SMS/Messages/SM{SID}").text == document(MESSAGE.format(price=price))

    def test_observed_reply_of_january_2011(self):
        """The one complete body of this version that is known, but for what its author cut."""
        asking = client("observed", now=at("2011-01-31 12:45:54"))

        answer = asking.post("/SMS/Messages", message(To="2105555555"))

        assert answer.status == 201
        assert answer.text == document(
            f"<TwilioResponse><SMSMessage><Sid>{asking.simulator.sms_messages[0].Sid}</Sid>"
            "<DateCreated>Mon, 31 Jan 2011 12:45:54 -0800</DateCreated>"
            "<DateUpdated>Mon, 31 Jan 2011 12:45:54 -0800</DateUpdated><DateSent/>"
            "<AccountSid>AC0123456789abcdef0123456789abcdef</AccountSid><To>2105555555</To>"
            "<From>4158675309</From><Body>Hi</Body><Status>queued</Status><Flags>4</Flags>"
            "<Price/></SMSMessage></TwilioResponse>"
        )


class TestShortCode:
    def test_a_short_code_is_as_the_sample(self, profile):
        asking = client(profile, now=at("2011-07-01 09:00:00"))
        asking.simulator.add_short_code(
            Sid=f"SC{SID}", ShortCode="67898", SmsUrl="http://app.example/s"
        )

        assert asking.get(f"/SMS/ShortCodes/SC{SID}").text == document(
            "<TwilioResponse><ShortCode><Sid>SC0123456789abcdef0123456789abcdef</Sid>"
            "<AccountSid>AC0123456789abcdef0123456789abcdef</AccountSid>"
            "<FriendlyName>67898</FriendlyName><ShortCode>67898</ShortCode>"
            "<DateCreated>Fri, 01 Jul 2011 16:00:00 +0000</DateCreated>"
            "<DateUpdated>Fri, 01 Jul 2011 16:00:00 +0000</DateUpdated>"
            "<SmsUrl>http://app.example/s</SmsUrl><SmsMethod>POST</SmsMethod>"
            "<SmsFallbackUrl></SmsFallbackUrl><SmsFallbackMethod>POST</SmsFallbackMethod>"
            "</ShortCode></TwilioResponse>"
        )


class TestErrors:
    def test_a_404_is_as_the_sample(self, profile):
        answer = client(profile).get("/Calls/CA0")

        assert answer.status == 404
        assert answer.text == document(
            "<TwilioResponse><RestException><Status>404</Status>"
            "<Message>The requested resource was not found</Message>"
            "</RestException></TwilioResponse>"
        )

    def test_a_400_is_as_the_sample(self, profile):
        answer = client(profile).post("/Calls", {"Caller": "4158675309"})

        assert answer.status == 400
        assert answer.text == document(
            "<TwilioResponse><RestException><Status>400</Status>"
            "<Message>No called number is specified</Message><Code>21201</Code>"
            "<MoreInfo>http://www.twilio.com/docs/errors/21201</MoreInfo>"
            "</RestException></TwilioResponse>"
        )

    def test_a_401_is_as_the_sample(self, profile):
        """As captured from August 2011 on."""
        answer = client(profile).get("/Calls", auth=False)

        assert answer.status == 401
        assert answer.headers["WWW-Authenticate"] == 'Basic realm="Twilio API"'
        assert answer.text == document(
            "<TwilioResponse><RestException><Status>401</Status><Message>Authenticate</Message>"
            "<Code>20003</Code><MoreInfo>http://www.twilio.com/docs/errors/20003</MoreInfo>"
            "</RestException></TwilioResponse>"
        )

    def test_a_405_is_as_the_sample(self, profile):
        answer = client(profile).delete("")

        assert answer.status == 405
        assert answer.headers["Allow"] == "GET, POST, PUT"
        assert answer.text == document(
            "<TwilioResponse><RestException><Status>405</Status>"
            "<Message>Method not allowed</Message><Code>20004</Code>"
            "<MoreInfo>http://www.twilio.com/docs/errors/20004</MoreInfo>"
            "</RestException></TwilioResponse>"
        )

    def test_a_404_in_json_is_as_the_sample(self, profile):
        answer = client(profile).get("/Calls/CA0", extension=".json")

        assert answer.text == (
            '{"TwilioResponse":{"RestException":{"Status":"404",'
            '"Message":"The requested resource was not found"}}}'
        )

    def test_a_400_in_json_is_as_the_sample(self, profile):
        answer = client(profile).post("/Calls", {}, extension=".json")

        assert answer.status == 400
        assert answer.text == (
            '{"TwilioResponse":{"RestException":{"Status":"400",'
            '"Message":"No called number is specified","Code":"21201",'
            '"MoreInfo":"http://www.twilio.com/docs/errors/21201"}}}'
        )


JSON_CALL = (
    '{"Sid":"CA0123456789abcdef0123456789abcdef",'
    '"DateCreated":"Fri, 11 Sep 2009 11:33:20 -0700",'
    '"DateUpdated":"Fri, 11 Sep 2009 11:33:28 -0700","CallSegmentSid":"",'
    '"AccountSid":"AC0123456789abcdef0123456789abcdef","Called":"4155550101",'
    '"Caller":"4155550100","PhoneNumberSid":"PN0123456789abcdef0123456789abcdef",'
    '"Status":"2","StartTime":"Fri, 11 Sep 2009 11:33:20 -0700",'
    '"EndTime":"Fri, 11 Sep 2009 11:33:28 -0700","Duration":"8","Price":"-0.03000",'
    '"Flags":"1","Annotation":null}'
)


class TestRepresentations:
    @pytest.fixture
    def asking(self, profile):
        asking = client(profile, now=at("2009-09-11 11:33:28"))
        asking.simulator.add_call(
            Sid=f"CA{SID}",
            Called="4155550101",
            Caller="4155550100",
            PhoneNumberSid=f"PN{SID}",
            Duration=8,
            Flags=1,
        )
        return asking

    def test_an_instance_in_json_is_as_the_sample(self, asking):
        answer = asking.get(f"/Calls/CA{SID}", extension=".json")

        assert answer.headers["Content-Type"] == "application/json"
        assert answer.text == f'{{"TwilioResponse":{{"Call":{JSON_CALL}}}}}'

    def test_list_in_json_is_an_array_of_one_key_objects(self, asking):
        answer = asking.get("/Calls", extension=".json")

        assert answer.text.startswith(f'{{"TwilioResponse":{{"Calls":[{{"Call":{JSON_CALL}}}]')

    def test_list_in_json_has_counters_beside_the_array_as_documented(self):
        listed = client("documented").get("/Calls", extension=".json").json

        assert list(listed) == [
            "Calls",
            *("page", "numpages", "pagesize", "total", "start", "end"),
            *("uri", "firstpageuri", "nextpageuri", "previouspageuri", "lastpageuri"),
        ]

    def test_list_in_json_has_no_counters_as_observed(self):
        """A client of the time read exactly this."""
        assert client("observed").get("/Calls", extension=".json").text == (
            '{"TwilioResponse":{"Calls":[]}}'
        )

    def test_json_values_are_strings_but_for_the_annotation(self, asking):
        shown = asking.get(f"/Calls/CA{SID}", extension=".json").json["Call"]

        assert shown.pop("Annotation") is None
        assert {type(value) for value in shown.values()} == {str}

    @pytest.mark.parametrize("path", [f"/Calls/CA{SID}", "/Calls"])
    def test_csv_is_as_the_sample(self, asking, path):
        answer = asking.get(path, extension=".csv")

        assert answer.headers["Content-Type"].partition(";")[0] == "text/csv"
        assert answer.text.splitlines() == [
            "Sid,DateCreated,DateUpdated,CallSegmentSid,AccountSid,Called,Caller,PhoneNumberSid,"
            "Status,StartTime,EndTime,Duration,Price,Flags,Annotation",
            f'CA{SID},"Fri, 11 Sep 2009 11:33:20 -0700","Fri, 11 Sep 2009 11:33:28 -0700",,'
            f'{ACCOUNT},4155550101,4155550100,PN{SID},2,"Fri, 11 Sep 2009 11:33:20 -0700",'
            '"Fri, 11 Sep 2009 11:33:28 -0700",8,-0.03000,1,',
        ]

    def test_html_of_the_account_is_as_the_sample(self, profile):
        simulator = twreplay.Simulator(profile=profile)
        account = simulator.add_account(
            Sid=ACCOUNT,
            FriendlyName="Sim",
            DateCreated="Wed, 02 Apr 2008 17:33:38 -0700",
            DateUpdated="Wed, 02 Apr 2008 17:34:18 -0700",
            AuthToken="0" * 32,
        )

        answer = Client(simulator, account).get("", extension=".html")

        assert answer.headers["Content-Type"].partition(";")[0] == "text/html"
        assert answer.text == (
            '<html><head><title>200</title></head><body class="twilio-response">'
            f'<div class="account"><div class="sid">{ACCOUNT}</div>'
            '<div class="friendly-name">Sim</div><div class="status">2</div>'
            '<div class="status-text">Active</div>'
            '<div class="date-created">Wed, 02 Apr 2008 17:33:38 -0700</div>'
            '<div class="date-updated">Wed, 02 Apr 2008 17:34:18 -0700</div>'
            f'<div class="auth-token">{"0" * 32}</div>'
            + ('<div class="type">Full</div>' if profile == "observed" else "")
            + "</div></body></html>"
        )

    def test_html_of_an_error_has_its_status_as_title(self, asking):
        text = asking.get("/Calls/CA0", extension=".html").text

        assert text.startswith("<html><head><title>404</title></head>")

    def test_xml_and_no_extension_are_the_same(self, asking):
        path = f"/Calls/CA{SID}"

        assert asking.get(path, extension=".xml").text == asking.get(path).text

    def test_every_representation_says_the_same(self, asking):
        path = f"/Calls/CA{SID}"
        in_json = json.loads(asking.get(path, extension=".json").text)["TwilioResponse"]["Call"]

        assert {k: v or "" for k, v in in_json.items()} == asking.get(path).values
