"""What released clients put on the wire, each oddity by the name of who sent it."""

from __future__ import annotations

import base64

import pytest
from builders import CALLED, NUMBER, Client, call, client, hints, message, rests_on, without

import twreplay

FORM = "application/x-www-form-urlencoded"
HOST = "https://api.twilio.com"
CALL_BODY = f"Caller={NUMBER}&Called={CALLED}&Url=http%3A%2F%2Fapp.example%2Fvoice"


@pytest.fixture
def asking():
    return client()


@pytest.fixture
def number(asking):
    return f"/IncomingPhoneNumbers/{asking.simulator.incoming_phone_numbers[0].Sid}"


class TestPhp:
    """The vendor's PHP library 2.0, and OpenVBX with the same code."""

    @pytest.mark.parametrize("slashes", ["//", "///"])
    def test_php_twilio_2_doubled_slash_before_the_version(self, asking, slashes):
        url = f"{HOST}{slashes}{asking.path[1:]}/Calls"

        assert asking.get("", url=url).text == asking.get("/Calls").text

    def test_php_twilio_2_doubled_slash_on_a_post(self, asking):
        url = f"{HOST}/{asking.path}/SMS/Messages"

        assert asking.post("", message(), url=url)["Status"] == "queued"

    def test_php_twilio_2_doubled_slash_does_not_come_back_in_page_uris(self, asking):
        answer = asking.get("", url=f"{HOST}/{asking.path}/Calls")

        assert answer.counters["uri"] == f"{asking.path}/Calls"

    @pytest.mark.parametrize("path", ["", "/Calls", "/Sandbox"])
    def test_php_twilio_2_bare_question_mark_on_every_get(self, asking, path):
        assert asking.get("", url=f"{HOST}{asking.path}{path}?").text == asking.get(path).text

    def test_php_twilio_2_doubled_slash_and_question_mark_together(self, asking):
        assert asking.get("", url=f"{HOST}/{asking.path}/Calls?").status == 200

    def test_php_twilio_2_no_user_agent(self, asking):
        answer = asking.get("/Calls", headers={"Host": "api.twilio.com", "Accept": "*/*"})

        assert answer.status == 200

    def test_php_twilio_2_update_by_put(self, asking, number):
        answer = asking.put(number, {"Url": "http://app.example/voice"})

        assert answer["Url"] == "http://app.example/voice"

    def test_php_twilio_2_skips_the_body_of_a_204(self, asking):
        sid = asking.simulator.add_notification().Sid

        answer = asking.delete(f"/Notifications/{sid}", headers={"Content-Length": "0"})

        assert (answer.status, answer.body) == (204, b"")

    def test_openvbx_asks_for_a_page_of_twenty(self, asking):
        counters = asking.get("/Calls?num=20&page=0").counters

        assert (counters["pagesize"], counters["total"]) == ("20", "0")

    def test_openvbx_puts_a_voice_fallback_url_to_the_sandbox(self, asking):
        form = {"Url": "http://app.example/", "VoiceFallbackUrl": "http://app.example/fallback"}

        assert asking.put("/Sandbox", form).status == 200


class TestJava:
    """The vendor's Java library 2.0."""

    def test_java_twilio_2_put_without_content_type(self, asking, number):
        answer = asking.send("PUT", number, body="Url=http%3A%2F%2Fapp.example%2F&Method=GET")

        assert (answer["Url"], answer["Method"]) == ("http://app.example/", "GET")

    def test_java_twilio_2_post_without_content_type(self, asking):
        assert asking.send("POST", "/Calls", body=CALL_BODY)["Status"] == "0"

    def test_java_twilio_2_content_type_with_a_small_t(self, asking):
        answer = asking.send("POST", "/Calls", body=CALL_BODY, headers={"Content-type": FORM})

        assert answer["Status"] == "0"

    def test_java_twilio_2_accept_of_a_browser_gets_xml(self, asking):
        accept = "text/html, image/gif, image/jpeg, */*; q=0.2"

        answer = asking.get("/Calls?", headers={"Accept": accept})

        assert answer.headers["Content-Type"] == "application/xml"

    def test_java_twilio_2_body_that_is_no_form_is_not_read_as_one(self, asking):
        answer = asking.send("POST", "/Calls", body="<Call/>")

        assert answer.refusal == (400, 21201, "No called number is specified")


class TestRuby:
    """The vendor's Ruby library (twiliolib) and the twilio gem."""

    def test_ruby_gem_empty_values_of_unset_options(self, asking):
        body = "AreaCode=&FriendlyName=&Url=&Method=&VoiceFallbackUrl=&SmsUrl=&SmsMethod="

        answer = asking.send(
            "POST", "/IncomingPhoneNumbers/Local", body=body, headers={"Content-Type": FORM}
        )

        assert answer.status == 200
        assert answer["FriendlyName"].startswith("(")

    def test_ruby_gem_empty_options_of_a_call(self, asking):
        form = call(Method="", SendDigits="", IfMachine="", Timeout="")

        assert asking.post("/Calls", form)["Status"] == "0"

    def test_ruby_gem_empty_unknown_option_is_not_logged(self, asking):
        asking.post("/Calls", call(Extension=""))

        assert asking.get("/Notifications").items == []

    @pytest.mark.parametrize(
        "query", ["Status=&Called=", "num=&page=", "StartTime=", "To=", "Colour="]
    )
    def test_ruby_gem_empty_filters(self, asking, query):
        asking.simulator.add_call()

        assert len(asking.get(f"/Calls?{query}").items) == 1

    def test_ruby_twiliolib_delete_without_length(self, asking):
        sid = asking.simulator.add_recording().Sid

        assert asking.delete(f"/Recordings/{sid}").status == 204

    def test_ruby_twiliolib_accepts_compression(self, asking):
        accept = "gzip;q=1.0,deflate;q=0.6,identity;q=0.3"

        answer = asking.get("/Calls", headers={"Accept-Encoding": accept})

        assert "Content-Encoding" not in answer.headers
        assert answer.counters["total"] == "0"


class TestPerl:
    """WWW::Twilio::API 0.12 to 0.15."""

    def test_perl_www_twilio_api_get_parameters_in_the_body(self, asking):
        """Nothing in the query: what is in the body of a GET filters nothing and harms nothing."""
        asking.simulator.add_call(Status=1)

        with rests_on(65):
            answer = asking.send(
                "GET", "/Calls", body="Status=2&num=1", headers={"Content-Type": FORM}
            )

        assert answer.status == 200
        assert len(answer.items) == 1

    def test_perl_www_twilio_api_post_without_parameters_type_or_length(self, asking):
        assert asking.send("POST", "/Calls").refusal[1] == 21201

    def test_perl_www_twilio_api_percent_twenty_for_a_space(self, asking):
        body = f"From={NUMBER}&To=%28415%29%20555-1212&Body=Hi%20there"

        answer = asking.send("POST", "/SMS/Messages", body=body, headers={"Content-Type": FORM})

        assert (answer["To"], answer["Body"]) == ("4155551212", "Hi there")

    def test_perl_www_twilio_api_hop_by_hop_headers(self, asking):
        headers = {"TE": "deflate,gzip;q=0.3", "Connection": "TE, close"}

        assert asking.get("/Calls", headers=headers).status == 200

    def test_perl_www_twilio_api_lists_as_csv(self, asking):
        asking.simulator.add_call()

        answer = asking.get("/Calls.csv")

        assert answer.text.startswith("Sid,DateCreated,")


class TestPython:
    """The vendor's Python library, 2.0 and 3 to 5."""

    def test_python_twilio_2_plus_for_a_space(self, asking):
        body = f"From={NUMBER}&To={CALLED}&Body=Hi+there+%2B1"

        answer = asking.send("POST", "/SMS/Messages", body=body, headers={"Content-Type": FORM})

        assert answer["Body"] == "Hi there +1"

    def test_python_twilio_2_delete_with_content_length_0_and_form_type(self, asking):
        sid = asking.simulator.add_outgoing_caller_id().Sid

        answer = asking.delete(
            f"/OutgoingCallerIds/{sid}", headers={"Content-Length": "0", "Content-Type": FORM}
        )

        assert answer.status == 204

    def test_python_twilio_2_identity_encoding_and_close(self, asking):
        headers = {
            "Accept-Encoding": "identity",
            "Connection": "close",
            "User-Agent": "Python-urllib/2.7",
        }

        assert asking.get("/Calls", headers=headers).status == 200

    def test_python_twilio_3_bare_request_is_challenged(self, asking):
        """httplib2 sends credentials only after a Basic challenge."""
        answer = asking.get("/Calls.json", auth=False)

        assert answer.status == 401
        assert answer.headers["WWW-Authenticate"].startswith("Basic realm=")

    def test_python_twilio_3_post_that_is_challenged_has_no_effect(self, asking):
        """The same body comes twice, and only the second counts."""
        bare = asking.post("/SMS/Messages.json", message(), auth=False)
        sent = asking.post("/SMS/Messages.json", message())

        assert (bare.status, sent.status) == (401, 200)
        assert len(asking.simulator.sms_messages) == 1

    def test_python_twilio_3_lower_case_header_names(self, asking):
        token = base64.b64encode(":".join(asking.auth).encode()).decode()
        headers = {"authorization": f"Basic {token}", "content-type": FORM}

        answer = asking.send("POST", "/Calls", body=CALL_BODY, headers=headers, auth=False)

        assert answer.status == 200

    def test_python_twilio_3_json_answers_posts(self, asking):
        answer = asking.post("/Calls.json", call(), headers={"accept": "application/json"})

        assert answer.headers["Content-Type"] == "application/json"
        assert answer.json["Call"]["Status"] == "0"

    def test_python_twilio_3_json_after_the_query_is_told(self, asking):
        """/Calls?Status=1 became /Calls?Status=1.json: the filter's value is no status."""
        asking.simulator.add_call(Status=1)

        with hints("the extension belongs to the path"), rests_on(19):
            answer = asking.get("/Calls?Status=1.json")

        assert answer.items == []

    def test_python_twilio_3_8_accept_alone_gets_xml(self, asking):
        with hints("Accept does not choose JSON"), rests_on(16):
            answer = asking.get("/Calls", headers={"accept": "application/json"})

        assert answer.headers["Content-Type"] == "application/xml"

    def test_python_twilio_3_refused_credentials_in_json(self, asking):
        answer = asking.get("/Calls.json", auth=(asking.sid, "wrong"))

        assert answer.json["RestException"]["Status"] == "401"


class TestNode:
    """npm twilio 1 and 2, and npm twilio-api."""

    def test_npm_twilio_capital_num_is_ignored_and_told(self, asking):
        """Every parameter of it begins with a capital: page, as Page, is one that is known."""
        asking.simulator.add_call()
        asking.simulator.add_call()

        with hints("the size of a page is num, in lower case"), rests_on(18):
            answer = asking.get("/Calls.xml?Num=1")

        assert len(answer.items) == 2

    def test_npm_twilio_capital_page_is_known(self, asking):
        asking.simulator.add_call(Sid="CA1")
        asking.simulator.add_call(Sid="CA2")

        assert asking.get("/Calls?num=1&Page=1").each("Sid") == ["CA1"]

    def test_npm_twilio_credentials_in_the_url(self, asking):
        sid, token = asking.auth
        url = f"https://{sid}:{token}@api.twilio.com{asking.path}/Calls.json"

        assert asking.get("", url=url, auth=False).status == 200

    def test_npm_twilio_delete_with_content_length_0(self, asking):
        sid = asking.simulator.add_recording().Sid

        answer = asking.delete(f"/Recordings/{sid}.json", headers={"content-length": "0"})

        assert (answer.status, answer.body) == (204, b"")

    def test_npm_twilio_reads_a_401_as_json(self, asking):
        """A 401 whose body is not JSON threw outside every callback."""
        answer = asking.get("/Calls.json", auth=False)

        assert answer.headers["Content-Type"] == "application/json"
        assert "RestException" in answer.json

    def test_npm_twilio_reads_a_404_as_json(self, asking):
        assert asking.get("/Calls/CA0.json").json["RestException"]["Status"] == "404"

    def test_npm_twilio_api_sends_if_modified_since(self, asking):
        sid = asking.simulator.add_call().Sid
        date = asking.get(f"/Calls/{sid}").headers["Last-Modified"]

        with rests_on(7):
            answer = asking.get(f"/Calls/{sid}", headers={"If-Modified-Since": date})

        assert (answer.status, answer.body) == (304, b"")


class TestApplications:
    """Production code that ran against this version."""

    def test_joyent_amon_takes_201_of_a_call_for_success(self):
        asking = client(profile="observed")

        with hints("Accept does not choose JSON"), rests_on(16):
            answer = asking.post("/Calls", call(), headers={"Accept": "application/json"})

        assert answer.status == 201

    def test_trails_takes_201_of_a_purchase_for_success(self):
        assert client(profile="observed").post("/IncomingPhoneNumbers/Local", {}).status == 201

    def test_doctorcom_sends_surplus_fields_with_a_redirect(self, asking):
        sid = asking.simulator.add_call(Status=1).Sid
        form = without(call(Method="POST", Timeout="60"), "Url")
        form["CurrentUrl"] = "http://app.example/next"

        with hints("CurrentMethod"):
            answer = asking.post(f"/Calls/{sid}.json", form)

        assert answer.json["Call"]["Status"] == "1"

    def test_doctorcom_filters_by_extension_then_query(self, asking):
        asking.simulator.add_call(Status=1)

        answer = asking.get(f"/Calls.json?Status=1&Called={CALLED}")

        assert len(answer.json["Calls"]) == 1

    def test_peoplepatcher_writes_its_caller_id_with_brackets(self, asking):
        asking.simulator.add_outgoing_caller_id(PhoneNumber="9177255148")

        form = call(Caller="(917) 725-5148", IfMachine="Hangup", Timeout="20", Method="GET")

        assert asking.post("/Calls", form)["Caller"] == "9177255148"

    def test_imok_sends_a_status_callback(self, asking):
        form = message(StatusCallback="http://app.example/status")

        assert asking.post("/SMS/Messages", form).status == 200

    def test_ringerous_plays_mp3_without_credentials(self, asking):
        recording = asking.simulator.add_recording()
        url = f"{HOST}{asking.path}/Recordings/{recording.Sid}.mp3"

        answer = asking.get("", url=url, auth=False)

        assert answer.headers["Content-Type"] == "audio/mpeg"

    def test_web_pages_play_recordings_over_plain_http(self, asking):
        sid = asking.simulator.add_recording().Sid
        url = f"http://api.twilio.com{asking.path}/Recordings/{sid}"

        assert asking.get("", url=url, auth=False).headers["Content-Type"] == "audio/x-wav"

    def test_applications_cut_the_sid_out_with_a_pattern(self, asking):
        answer = asking.post("/SMS/Messages", message())

        assert answer.text.index("<SMSMessage><Sid>SM") < answer.text.index("</Sid>")


class TestTransport:
    def test_http_1_0_without_host_header(self, asking):
        """The simulator is asked about a URL: nothing but it says which host was meant."""
        headers = {"Connection": "close"}

        assert asking.get("/Calls", headers=headers).status == 200

    @pytest.mark.filterwarnings("ignore:.*question 65,:twreplay.errors.UndocumentedBehavior")
    @pytest.mark.parametrize("body", [b"", b"a=1", b"\xff\x00", b"<x/>"])
    @pytest.mark.parametrize("method", ["GET", "DELETE"])
    def test_body_on_get_and_delete_is_not_read(self, asking, method, body):
        sid = asking.simulator.add_notification().Sid

        answer = asking.send(
            method, f"/Notifications/{sid}", body=body, headers={"Content-Type": FORM}
        )

        assert answer.status == {"GET": 200, "DELETE": 204}[method]

    def test_form_type_with_a_charset(self, asking):
        answer = asking.send(
            "POST",
            "/SMS/Messages",
            body=f"From={NUMBER}&To={CALLED}&Body=%E2%82%AC".encode(),
            headers={"Content-Type": f"{FORM}; charset=UTF-8"},
        )

        assert answer["Body"] == "€"

    def test_port_in_the_url(self, asking):
        url = f"https://api.twilio.com:443{asking.path}/Calls"

        assert asking.get("", url=url).status == 200

    def test_method_in_lower_case(self, asking):
        assert asking.send("get", "/Calls").status == 200

    def test_encoded_path(self, asking):
        assert asking.get("/%43alls").counters["total"] == "0"

    @pytest.mark.parametrize("scheme", ["Basic", "basic", "BASIC"])
    def test_scheme_of_credentials_in_any_case(self, asking, scheme):
        token = base64.b64encode(":".join(asking.auth).encode()).decode()

        answer = asking.get("/Calls", headers={"Authorization": f"{scheme} {token}"}, auth=False)

        assert answer.status == 200

    def test_two_requests_that_differ_in_authorization_differ_in_their_answers(self, asking):
        """A client that is challenged asks twice, and nothing of the first answer may stay."""
        assert [asking.get("/Calls", auth=auth).status for auth in (False, True, False)] == [
            *(401, 200, 401)
        ]

    def test_every_body_has_its_length(self, asking):
        for answer in (asking.get("/Calls"), asking.post("/Calls", {}), asking.get("/x")):
            assert answer.headers["Content-Length"] == str(len(answer.body))


def test_same_requests_of_every_client_get_the_same_bytes():
    def play():
        asking = Client(twreplay.Simulator(seed=7, undocumented="ignore"))
        return [
            asking.get("", url=f"{HOST}/{asking.path}/Calls?").body,
            asking.post("/SMS/Messages", message()).body,
            asking.send("POST", "/Calls", body=CALL_BODY).body,
            asking.get("/Calls.json?Num=1").body,
        ]

    assert play() == play()
