"""Short codes, against the reference."""

from __future__ import annotations

import pytest
from builders import NOT_FOUND, NOT_URLS, client, rests_on

from twreplay.errors import UsageError

LIST = "/SMS/ShortCodes"
NAMES = ("SmsUrl", "SmsMethod", "SmsFallbackUrl", "SmsFallbackMethod")


@pytest.fixture
def asking():
    return client()


@pytest.fixture
def code(asking):
    return f"{LIST}/{asking.simulator.add_short_code(ShortCode='67898').Sid}"


class TestInstance:
    def test_properties_are_in_wire_order(self, asking, code):
        answer = asking.get(code)

        assert answer.thing.tag == "ShortCode"
        assert answer.names == [
            *("Sid", "AccountSid", "FriendlyName", "ShortCode", "DateCreated", "DateUpdated"),
            *NAMES,
        ]

    def test_name_defaults_to_the_code(self, asking, code):
        assert asking.get(code)["FriendlyName"] == "67898"

    def test_unknown_one_is_404(self, asking):
        assert asking.get(f"{LIST}/SC0").refusal == NOT_FOUND


class TestUpdate:
    def test_answers_with_what_it_became(self, asking, code):
        form = {
            "FriendlyName": "Votes",
            "SmsUrl": "http://app.example/s",
            "SmsMethod": "GET",
            "SmsFallbackUrl": "http://app.example/f",
            "SmsFallbackMethod": "GET",
        }

        answer = asking.post(code, form)

        assert answer.status == 200
        assert {name: answer[name] for name in form} == form
        assert asking.get(code).text == answer.text

    def test_everything_is_optional(self, asking, code):
        before = asking.get(code).values

        assert asking.post(code, {}).values == before

    def test_is_not_done_by_put(self, asking, code):
        answer = asking.put(code, {"FriendlyName": "Votes"})

        assert answer.refusal == (405, 20004, "Method not allowed")
        assert answer.headers["Allow"] == "GET, POST"

    @pytest.mark.parametrize("version", ["2008-08-01", "2010-04-01"])
    def test_api_version_is_taken_and_not_shown(self, asking, code, version):
        answer = asking.post(code, {"ApiVersion": version})

        assert answer.status == 200
        assert "ApiVersion" not in answer.names

    @pytest.mark.parametrize("version", ["2009-03-01", "v1"])
    def test_other_api_version_is_refused(self, asking, code, version):
        assert asking.post(code, {"ApiVersion": version}).refusal == (
            400,
            20001,
            "Invalid ApiVersion",
        )

    @pytest.mark.parametrize("name", ["SmsUrl", "SmsFallbackUrl"])
    @pytest.mark.parametrize("bad", NOT_URLS.values(), ids=NOT_URLS)
    def test_what_is_no_url_is_refused(self, asking, code, name, bad):
        assert asking.post(code, {name: bad}).refusal == (400, 21402, "Invalid Url")

    @pytest.mark.parametrize("name", ["SmsMethod", "SmsFallbackMethod"])
    def test_methods_are_get_or_post(self, asking, code, name):
        assert asking.post(code, {name: "PUT"}).refusal == (400, 21403, "Invalid Method")

    def test_name_of_64_characters_but_not_of_65(self, asking, code):
        assert asking.post(code, {"FriendlyName": "x" * 64}).status == 200
        with rests_on(37):
            answer = asking.post(code, {"FriendlyName": "x" * 65})
        assert answer.refusal == (400, 20002, "Invalid FriendlyName")


class TestFallback:
    URL, FALLBACK = "http://app.example/s", "http://app.example/f"

    def test_needs_the_sms_url(self, asking, code):
        answer = asking.post(code, {"SmsFallbackUrl": self.FALLBACK})

        told = "Cannot set SmsFallbackUrl without setting SmsUrl"
        assert answer.refusal == (400, 21406, told)
        assert 67 in [question.number for question in asking.simulator.last_request.questions]

    def test_needs_the_sms_url_that_was_there(self, asking, code):
        asking.post(code, {"SmsUrl": self.URL})

        shown = asking.post(code, {"SmsFallbackUrl": self.FALLBACK})
        assert shown["SmsFallbackUrl"] == self.FALLBACK

    def test_goes_with_the_sms_url(self, asking, code):
        asking.post(code, {"SmsUrl": self.URL, "SmsFallbackUrl": self.FALLBACK})
        with rests_on(30):
            shown = asking.post(code, {"SmsUrl": ""})

        assert shown["SmsFallbackUrl"] == ""

    def test_is_refused_in_the_world_as_well(self, asking):
        with pytest.raises(UsageError, match="SmsFallbackUrl is empty where SmsUrl is"):
            asking.simulator.add_short_code(SmsFallbackUrl=self.FALLBACK)


class TestFilters:
    @pytest.fixture
    def asking(self, asking):
        for code in ("67898", "67811", "167898", "894546"):
            asking.simulator.add_short_code(ShortCode=code, FriendlyName=f"code {code}")
        return asking

    @pytest.mark.parametrize(
        ("query", "found"),
        [
            ("", {"67898", "67811", "167898", "894546"}),
            ("?ShortCode=67898", {"67898"}),
            ("?ShortCode=167898", {"167898"}),
            ("?ShortCode=678", {"67898", "67811", "167898"}),
            ("?ShortCode=98", {"67898", "167898"}),
            ("?ShortCode=67*9", {"67898", "167898"}),
            ("?ShortCode=678**", {"67898", "67811", "167898"}),
            ("?ShortCode=8945*6", {"894546"}),
            ("?ShortCode=*", {"67898", "67811", "167898", "894546"}),
            ("?ShortCode=000", set()),
            ("?FriendlyName=code+67811", {"67811"}),
            ("?FriendlyName=code", set()),
            ("?ShortCode=678&FriendlyName=code+67811", {"67811"}),
        ],
    )
    def test_filters_narrow_the_list(self, asking, query, found):
        answer = asking.get(f"{LIST}{query}")

        assert answer.thing.tag == "ShortCodes"
        assert set(answer.each("ShortCode")) == found

    @pytest.mark.parametrize("value", ["x", "6-7", "67.98"])
    def test_pattern_that_is_none_matches_nothing(self, asking, value):
        with rests_on(19):
            assert asking.get(f"{LIST}?ShortCode={value}").items == []


def test_dates_are_gmt_unlike_all_others(asking):
    """The page says so, and its samples are the only ones with +0000."""
    asking.simulator.add_short_code()

    assert asking.get("/SMS/ShortCodes").each("DateCreated")[0].endswith(" +0000")
    assert 17 not in [question.number for question in asking.simulator.requests[-1].questions]
