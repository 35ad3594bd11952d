"""Incoming phone numbers, local and toll-free, against the reference."""

from __future__ import annotations

import pytest
from builders import NOT_FOUND, NOT_URLS, NUMBER, Client, client, hints, rests_on

LOCAL, TOLL_FREE = "/IncomingPhoneNumbers/Local", "/IncomingPhoneNumbers/TollFree"
SMS_NAMES = ("SmsUrl", "SmsMethod", "SmsFallbackUrl", "SmsFallbackMethod")
VOICE_NAMES = ("Url", "Method", "VoiceFallbackUrl", "VoiceFallbackMethod")
METHOD_OF = {
    "Url": "Method",
    "SmsUrl": "SmsMethod",
    "VoiceFallbackUrl": "VoiceFallbackMethod",
    "SmsFallbackUrl": "SmsFallbackMethod",
}


@pytest.fixture
def asking():
    return client()


@pytest.fixture
def number(asking):
    return f"/IncomingPhoneNumbers/{asking.simulator.incoming_phone_numbers[0].Sid}"


def url_form(*names):
    return {name: f"http://app.example/{name}" for name in names}


class TestInstance:
    def test_properties_are_in_wire_order(self, asking, number):
        assert asking.get(number).names == [
            *("Sid", "AccountSid", "FriendlyName", "PhoneNumber", "Url", "Method"),
            *("SmsUrl", "SmsMethod", "VoiceFallbackUrl", "VoiceFallbackMethod"),
            *("SmsFallbackUrl", "SmsFallbackMethod", "VoiceCallerIdLookup"),
            *("DateCreated", "DateUpdated"),
        ]

    def test_friendly_name_defaults_to_the_number_nicely_formatted(self, asking, number):
        assert asking.get(number)["FriendlyName"] == "(415) 867-5309"

    def test_number_has_ten_digits(self, asking, number):
        assert asking.get(number)["PhoneNumber"] == NUMBER

    def test_unset_values_are_empty_elements(self, asking, number):
        shown = asking.get(number)

        assert {shown[name] for name in (*VOICE_NAMES, *SMS_NAMES)} == {""}
        assert shown["VoiceCallerIdLookup"] == "false"

    def test_is_there_under_the_short_path_of_the_request_page_too(self, asking, number):
        short = number.replace("IncomingPhoneNumbers", "PhoneNumbers")

        assert asking.get(short).text == asking.get(number).text

    def test_unknown_one_is_404(self, asking):
        assert asking.get("/IncomingPhoneNumbers/PN0").refusal == NOT_FOUND

    def test_caller_id_is_none_although_its_sid_looks_the_same(self, asking):
        sid = asking.simulator.add_outgoing_caller_id().Sid

        assert asking.get(f"/IncomingPhoneNumbers/{sid}").refusal == NOT_FOUND


@pytest.mark.parametrize("path", [LOCAL, TOLL_FREE])
class TestBuying:
    def test_answers_with_the_new_number(self, asking, path):
        answer = asking.post(path, {})

        assert answer.status == 200
        assert answer.thing.tag == "IncomingPhoneNumber"
        assert asking.get(f"/IncomingPhoneNumbers/{answer['Sid']}").text == answer.text

    def test_observed_is_201_with_location(self, path):
        asking = client(profile="observed")

        answer = asking.post(path, {})

        assert answer.status == 201
        assert answer.headers["Location"] == (
            f"https://api.twilio.com{asking.path}/IncomingPhoneNumbers/{answer['Sid']}"
        )

    def test_name_defaults_to_the_formatted_number(self, asking, path):
        answer = asking.post(path, {})
        digits = answer["PhoneNumber"]

        assert len(digits) == 10
        assert answer["FriendlyName"] == f"({digits[:3]}) {digits[3:6]}-{digits[6:]}"

    def test_lookup_defaults_to_false(self, asking, path):
        assert asking.post(path, {})["VoiceCallerIdLookup"] == "false"

    @pytest.mark.parametrize("value", ["true", "false"])
    def test_lookup_is_kept(self, asking, path, value):
        answer = asking.post(path, {"VoiceCallerIdLookup": value})

        assert answer["VoiceCallerIdLookup"] == value

    def test_voice_urls_get_post_as_method(self, asking, path):
        answer = asking.post(path, url_form("Url", "VoiceFallbackUrl"))

        assert [answer[name] for name in VOICE_NAMES] == [
            *("http://app.example/Url", "POST"),
            *("http://app.example/VoiceFallbackUrl", "POST"),
        ]

    def test_method_of_an_unset_url_is_empty(self, asking, path):
        assert asking.post(path, {})["Method"] == ""

    def test_method_may_be_get(self, asking, path):
        assert asking.post(path, {**url_form("Url"), "Method": "GET"})["Method"] == "GET"

    def test_empty_fields_are_absent(self, asking, path):
        """A gem of the time sent every option that was not set."""
        fields = dict.fromkeys(("AreaCode", "FriendlyName", *VOICE_NAMES), "")

        answer = asking.post(path, fields)

        assert answer.status == 200
        assert answer["FriendlyName"].startswith("(")

    @pytest.mark.parametrize("bad", ["12", "1234", "4l5", "+41", "٤١٥"])
    def test_area_code_has_three_digits(self, asking, path, bad):
        assert asking.post(path, {"AreaCode": bad}).refusal == (400, 21451, "Invalid area code")

    def test_name_of_64_characters(self, asking, path):
        assert asking.post(path, {"FriendlyName": "x" * 64})["FriendlyName"] == "x" * 64

    def test_longer_name_is_refused(self, asking, path):
        with rests_on(37):
            answer = asking.post(path, {"FriendlyName": "x" * 65})

        assert answer.refusal == (400, 20002, "Invalid FriendlyName")

    def test_trial_account_cannot(self, asking, path):
        trial = Client(asking.simulator, asking.simulator.add_account(trial=True))

        assert trial.post(path, {}).refusal == (
            400,
            21404,
            "Inbound Phone number not available to trial account",
        )

    def test_no_number_is_sold_twice(self, asking, path):
        bought = [asking.post(path, {})["PhoneNumber"] for _ in range(50)]

        assert len(set(bought)) == 50

    @pytest.mark.parametrize("name", ["Url", "VoiceFallbackUrl"])
    @pytest.mark.parametrize("bad", NOT_URLS.values(), ids=NOT_URLS)
    def test_what_is_no_url_is_refused(self, asking, path, name, bad):
        assert asking.post(path, {name: bad}).refusal == (400, 21402, "Invalid Url")

    @pytest.mark.parametrize("name", ["Method", "VoiceFallbackMethod"])
    def test_what_is_no_method_is_refused(self, asking, path, name):
        assert asking.post(path, {name: "PUT"}).refusal == (400, 21403, "Invalid Method")

    def test_fallback_needs_the_url(self, asking, path):
        assert asking.post(path, url_form("VoiceFallbackUrl")).refusal == (
            400,
            21405,
            "Cannot set VoiceFallbackUrl without setting Url",
        )

    def test_refused_purchase_buys_nothing(self, asking, path):
        asking.post(path, {"Method": "PUT"})

        assert len(asking.simulator.incoming_phone_numbers) == 1


class TestBuyingLocal:
    @pytest.mark.parametrize("code", ["415", "206", "999"])
    def test_number_has_the_area_code(self, asking, code):
        assert asking.post(LOCAL, {"AreaCode": code})["PhoneNumber"][:3] == code

    def test_takes_sms_urls(self, asking):
        answer = asking.post(LOCAL, url_form("SmsUrl", "SmsFallbackUrl"))

        assert [answer[name] for name in SMS_NAMES] == [
            *("http://app.example/SmsUrl", "POST"),
            *("http://app.example/SmsFallbackUrl", "POST"),
        ]

    def test_sms_fallback_needs_the_sms_url(self, asking):
        assert asking.post(LOCAL, url_form("SmsFallbackUrl")).refusal == (
            400,
            21406,
            "Cannot set SmsFallbackUrl without setting SmsUrl",
        )

    @pytest.mark.parametrize("name", ["SmsMethod", "SmsFallbackMethod"])
    def test_sms_methods_are_get_or_post(self, asking, name):
        assert asking.post(LOCAL, {name: "HEAD"}).refusal == (400, 21403, "Invalid Method")

    def test_an_area_code_that_is_sold_out_is_refused(self, asking):
        asking.simulator.arrange_numbers("415", available=1)
        form = {"AreaCode": "415"}

        assert asking.post(LOCAL, form).status == 200
        assert asking.post(LOCAL, form).refusal == (400, 21452, "No phone numbers found")

    def test_without_area_code_any_other_is_taken(self, asking):
        asking.simulator.arrange_numbers("415", available=0)

        assert asking.post(LOCAL, {})["PhoneNumber"][:3] != "415"

    def test_toll_free_area_code_is_not_local(self, asking):
        assert asking.post(LOCAL, {"AreaCode": "800"}).refusal[1] == 21452

    def test_bought_number_can_call_and_send_at_once(self, asking):
        number = asking.post(LOCAL, {})["PhoneNumber"]
        form = {"From": number, "To": "4155551212", "Body": "Hi"}

        assert asking.post("/SMS/Messages", form).status == 200


class TestBuyingTollFree:
    def test_number_is_toll_free(self, asking):
        assert asking.post(TOLL_FREE, {})["PhoneNumber"][:3] in ("800", "888", "877", "866")

    def test_representation_has_no_sms_elements(self, asking):
        assert set(SMS_NAMES).isdisjoint(asking.post(TOLL_FREE, {}).names)

    @pytest.mark.parametrize(
        ("name", "value"),
        [
            ("SmsUrl", "http://app.example/"),
            ("SmsFallbackUrl", "http://app.example/"),
            ("SmsMethod", "GET"),
            ("SmsFallbackMethod", "GET"),
        ],
    )
    def test_sms_parameters_are_not_accepted(self, asking, name, value):
        assert asking.post(TOLL_FREE, {name: value}).refusal == (
            400,
            21407,
            "This Phone Number type does not support SMS",
        )

    def test_local_area_code_has_none(self, asking):
        assert asking.post(TOLL_FREE, {"AreaCode": "415"}).refusal == (
            400,
            21452,
            "No phone numbers found",
        )


@pytest.mark.parametrize("method", ["POST", "PUT"])
class TestUpdate:
    @pytest.mark.parametrize("name", METHOD_OF)
    def test_url_that_is_set_gets_post_as_method(self, asking, number, method, name):
        form = {**url_form("Url", "SmsUrl"), **url_form(name)}

        answer = asking.send(method, number, form)

        assert answer.status == 200
        assert (answer[name], answer[METHOD_OF[name]]) == (form[name], "POST")
        assert asking.get(number).text == answer.text

    @pytest.mark.parametrize("name", METHOD_OF.values())
    def test_each_method_can_be_get(self, asking, number, method, name):
        answer = asking.send(method, number, {**url_form("Url"), name: "GET"})

        assert answer[name] == "GET"

    @pytest.mark.parametrize("name", METHOD_OF.values())
    def test_other_methods_are_refused(self, asking, number, method, name):
        answer = asking.send(method, number, {**url_form("Url"), name: "DELETE"})

        assert answer.refusal == (400, 21403, "Invalid Method")

    @pytest.mark.parametrize("name", METHOD_OF)
    def test_what_is_no_url_is_refused(self, asking, number, method, name):
        answer = asking.send(method, number, {**url_form("Url"), name: "/voice"})

        assert answer.refusal == (400, 21402, "Invalid Url")

    def test_url_need_not_be_named_again(self, asking, number, method):
        with rests_on(31):
            answer = asking.send(method, number, {"FriendlyName": "Main"})

        assert (answer.status, answer["FriendlyName"]) == (200, "Main")

    def test_what_is_not_named_stays(self, asking, number, method):
        asking.post(number, {**url_form("Url", "SmsUrl"), "Method": "GET", "FriendlyName": "A"})

        with rests_on(71):
            answer = asking.send(method, number, {"Url": "http://app.example/2"})

        assert (answer["FriendlyName"], answer["Method"]) == ("A", "GET")
        assert answer["SmsUrl"] == "http://app.example/SmsUrl"

    def test_empty_value_clears(self, asking, number, method):
        asking.post(number, url_form("Url", "SmsUrl"))

        with rests_on(30):
            answer = asking.send(method, number, {**url_form("Url"), "SmsUrl": ""})

        assert answer["SmsUrl"] == ""

    @pytest.mark.parametrize("url", [{}, {"Url": "http://app.example/2"}], ids=["kept", "sent"])
    def test_empty_method_of_a_url_is_post(self, number, method, url):
        """Methods are empty only while their URLs are."""
        asking = client(undocumented="ignore")
        asking.post(number, {**url_form("Url"), "Method": "GET"})

        assert asking.send(method, number, {**url, "Method": ""})["Method"] == "POST"

    def test_empty_lookup_is_false(self, asking, number, method):
        asking.post(number, {**url_form("Url"), "VoiceCallerIdLookup": "true"})

        with rests_on(30):
            answer = asking.send(method, number, {**url_form("Url"), "VoiceCallerIdLookup": ""})

        assert answer["VoiceCallerIdLookup"] == "false"

    def test_fallback_may_rest_on_a_url_that_is_there(self, asking, number, method):
        asking.post(number, url_form("Url"))

        with rests_on(31):
            answer = asking.send(method, number, url_form("VoiceFallbackUrl"))

        assert answer.status == 200

    def test_fallback_without_url_is_refused(self, asking, number, method):
        answer = asking.send(method, number, url_form("Url", "SmsFallbackUrl"))

        assert answer.refusal[:2] == (400, 21406)

    def test_toll_free_number_takes_no_sms(self, asking, method):
        sid = asking.simulator.add_incoming_phone_number(toll_free=True).Sid

        answer = asking.send(method, f"/IncomingPhoneNumbers/{sid}", url_form("Url", "SmsUrl"))

        assert answer.refusal[:2] == (400, 21407)

    def test_name_of_64_characters_but_not_of_65(self, asking, number, method):
        form = url_form("Url")

        answer = asking.send(method, number, {**form, "FriendlyName": "x" * 64})
        assert answer["FriendlyName"] == "x" * 64
        with rests_on(37):
            answer = asking.send(method, number, {**form, "FriendlyName": "x" * 65})
        assert answer.refusal == (400, 20002, "Invalid FriendlyName")

    @pytest.mark.parametrize("value", ["true", "false"])
    def test_lookup_is_changed(self, asking, number, method, value):
        form = {**url_form("Url"), "VoiceCallerIdLookup": value}

        assert asking.send(method, number, form)["VoiceCallerIdLookup"] == value

    def test_lookup_that_is_neither_is_refused(self, asking, number, method):
        answer = asking.send(method, number, {**url_form("Url"), "VoiceCallerIdLookup": "maybe"})

        assert answer.refusal[:2] == (400, 21409)

    @pytest.mark.filterwarnings("ignore::twreplay.errors.WrongVersion")
    def test_number_itself_does_not_change(self, asking, number, method):
        answer = asking.send(method, number, {**url_form("Url"), "PhoneNumber": "4155550000"})

        assert (answer.status, answer["PhoneNumber"]) == (200, NUMBER)

    def test_unknown_number_is_404(self, asking, method):
        answer = asking.send(method, "/IncomingPhoneNumbers/PN0", url_form("Url"))

        assert answer.refusal == NOT_FOUND


class TestReleasing:
    @pytest.mark.parametrize(("profile", "status"), [("documented", 200), ("observed", 204)])
    def test_the_status_is_that_of_the_profile(self, profile, status):
        asking = client(profile=profile)
        sid = asking.simulator.incoming_phone_numbers[0].Sid

        with rests_on(4):
            answer = asking.delete(f"/IncomingPhoneNumbers/{sid}")

        assert answer.status == status
        assert bool(answer.body) == (status == 200)

    def test_number_is_gone(self, number):
        asking = client(undocumented="ignore")
        asking.delete(number)

        assert asking.get(number).refusal == NOT_FOUND
        assert asking.get("/IncomingPhoneNumbers").items == []

    def test_released_number_cannot_send(self, number):
        asking = client(undocumented="ignore")
        asking.delete(number)

        answer = asking.post("/SMS/Messages", {"From": NUMBER, "To": "4155551212", "Body": "Hi"})

        assert answer.refusal[1] == 21606


class TestLists:
    @pytest.fixture
    def asking(self):
        asking = client()
        add = asking.simulator.add_incoming_phone_number
        add(PhoneNumber="2065550100", FriendlyName="Seattle")
        add(PhoneNumber="8005550100", FriendlyName="Free", toll_free=True)
        return asking

    @pytest.mark.parametrize(
        ("path", "found"),
        [
            ("", ["8005550100", "2065550100", NUMBER]),
            ("/Local", ["2065550100", NUMBER]),
            ("/TollFree", ["8005550100"]),
        ],
    )
    def test_hold_both_kinds_or_one(self, asking, path, found):
        answer = asking.get(f"/IncomingPhoneNumbers{path}")

        assert answer.thing.tag == "IncomingPhoneNumbers"
        assert answer.each("PhoneNumber") == found
        assert answer.counters["total"] == str(len(found))

    @pytest.mark.parametrize(
        ("query", "found"),
        [
            ("PhoneNumber=2065550100", ["2065550100"]),
            ("PhoneNumber=2065550199", []),
            ("FriendlyName=Seattle", ["2065550100"]),
            ("FriendlyName=(415)+867-5309", [NUMBER]),
            ("FriendlyName=seattle", []),
            ("PhoneNumber=2065550100&FriendlyName=Free", []),
        ],
    )
    def test_filters_narrow_the_list(self, asking, query, found):
        assert asking.get(f"/IncomingPhoneNumbers?{query}").each("PhoneNumber") == found

    def test_a_filter_with_decoration_finds_the_number(self, asking):
        with rests_on(18):
            answer = asking.get("/IncomingPhoneNumbers?PhoneNumber=(206)555-0100")

        assert answer.each("FriendlyName") == ["Seattle"]

    def test_toll_free_item_leaves_out_the_sms_elements(self, asking):
        (item,) = asking.get("/IncomingPhoneNumbers/TollFree").items

        assert set(SMS_NAMES).isdisjoint(item)

    def test_buying_is_not_done_at_the_parent(self, asking):
        answer = asking.post("/IncomingPhoneNumbers", {})

        assert answer.refusal == (405, 20004, "Method not allowed")


class TestCapabilities:
    @pytest.mark.parametrize(
        ("how", "voice", "sms"),
        [
            ({}, "true", "true"),
            ({"sms": False}, "true", "false"),
            ({"voice": False}, "false", "true"),
        ],
    )
    def test_capabilities_are_shown_in_the_profile_observed(self, how, voice, sms):
        asking = client(profile="observed")
        sid = asking.simulator.add_incoming_phone_number(**how).Sid

        shown = asking.get(f"/IncomingPhoneNumbers/{sid}").thing.find("Capabilities")

        assert {part.tag: part.text for part in shown} == {"Voice": voice, "SMS": sms}

    def test_are_not_documented(self, asking, number):
        assert "Capabilities" not in asking.get(number).names


def test_names_of_the_next_version_are_hinted(asking, number):
    with hints("Url, not VoiceUrl"):
        answer = asking.post(number, {**url_form("Url"), "VoiceUrl": "http://app.example/2"})

    assert answer["Url"] == "http://app.example/Url"


class TestTable:
    """CSV has a column for each element of the XML: toll-free numbers have none for SMS."""

    SMS = frozenset({"SmsUrl", "SmsMethod", "SmsFallbackUrl", "SmsFallbackMethod"})

    def columns(self, asking, path):
        return asking.get(path, extension=".csv").text.splitlines()[0].split(",")

    def rows(self, asking, path):
        return [line.split(",") for line in asking.get(path, extension=".csv").text.splitlines()]

    def test_of_toll_free_numbers(self, asking):
        number = asking.simulator.add_incoming_phone_number(
            toll_free=True, PhoneNumber="8005550100", FriendlyName="free"
        )
        path = f"/IncomingPhoneNumbers/{number.Sid}"

        for where in (path, "/IncomingPhoneNumbers/TollFree"):
            assert not self.SMS & set(self.columns(asking, where))
        assert self.columns(asking, path) == asking.get(path).names

    def test_of_both_kinds_together(self, asking):
        asking.simulator.add_incoming_phone_number(
            toll_free=True, PhoneNumber="8005550100", FriendlyName="free"
        )
        asking.get("/IncomingPhoneNumbers/TollFree", extension=".csv")

        assert set(self.columns(asking, "/IncomingPhoneNumbers")) >= self.SMS
        names, free = self.rows(asking, "/IncomingPhoneNumbers")[:2]
        assert free[names.index("PhoneNumber")] == "8005550100"


class TestClearedUrls:
    """Questions 30 and 32: a URL goes with its method, its fallback URL and the method of that."""

    @pytest.fixture
    def set_up(self, asking, number):
        form = url_form(*METHOD_OF) | dict.fromkeys(METHOD_OF.values(), "GET")
        asking.post(number, form)

    @pytest.mark.parametrize("verb", ["post", "put", "change"])
    @pytest.mark.parametrize(
        ("url", "cleared", "kept"),
        [
            ("Url", VOICE_NAMES, SMS_NAMES),
            ("SmsUrl", SMS_NAMES, VOICE_NAMES),
            ("VoiceFallbackUrl", VOICE_NAMES[2:], (*VOICE_NAMES[:2], *SMS_NAMES)),
            ("SmsFallbackUrl", SMS_NAMES[2:], (*SMS_NAMES[:2], *VOICE_NAMES)),
        ],
    )
    def test_with_a_url_goes_what_cannot_be_without(
        self, asking, number, set_up, verb, url, cleared, kept
    ):
        if verb == "change":
            asking.simulator.change(asking.simulator.incoming_phone_numbers[0], **{url: ""})
        else:
            form = {} if url == "Url" else url_form("Url") | {"Method": "GET"}
            with rests_on(30):
                getattr(asking, verb)(number, form | {url: ""})

        shown = asking.get(number)
        assert [shown[name] for name in cleared] == [""] * len(cleared)
        assert all(shown[name] for name in kept)

    def test_the_number_can_be_changed_afterwards(self, asking, number, set_up):
        with rests_on(30):
            asking.post(number, {"Url": ""})

        asking.simulator.change(asking.simulator.incoming_phone_numbers[0], FriendlyName="Main")

    def test_in_the_observed_profile_methods_are_post_then(self):
        asking = client(profile="observed")
        number = f"/IncomingPhoneNumbers/{asking.simulator.incoming_phone_numbers[0].Sid}"
        asking.post(number, url_form("Url", "VoiceFallbackUrl") | {"Method": "GET"})
        with rests_on(30):
            shown = asking.post(number, {"Url": ""})

        assert [shown[name] for name in VOICE_NAMES] == ["", "POST", "", "POST"]

    def test_a_fallback_that_comes_with_the_cleared_url_is_refused(self, asking, number, set_up):
        with rests_on(30):
            answer = asking.post(number, {"Url": ""} | url_form("VoiceFallbackUrl"))

        assert answer.refusal[1] == 21405


@pytest.mark.parametrize("kind", ["Local", "TollFree"])
@pytest.mark.parametrize("verb", ["get", "post"])
def test_the_short_path_to_both_kinds_is_noted(asking, kind, verb):
    getattr(asking, verb)(f"/PhoneNumbers/{kind}")

    assert 68 in [question.number for question in asking.simulator.last_request.questions]
