"""Recordings that somebody got wrong: each mistake is found, in its place, with its source."""

from __future__ import annotations

from pathlib import Path

import pytest
from basic_auth import FORM_TYPE, encode_basic
from conftest import ACCOUNT

from twreplay import Headers, Interaction, Request, Response, Simulator
from twreplay._cassette import load
from twreplay._verify import Aspect, verify_interactions

REPOSITORY = Path(__file__).parents[2]
SHIPPED = sorted(
    path
    for folder in ("cassettes", "examples")
    for path in (REPOSITORY / folder).rglob("*.yaml")
    if "cassettes" in path.parts
)
CALL = {"Caller": "4158675309", "Called": "4155551212", "Url": "http://app.example/voice"}


class Recorder:
    """Records the simulator, to be spoilt afterwards."""

    def __init__(self, profile: str = "observed") -> None:
        self.simulator = Simulator(
            account_sid=ACCOUNT, auth_token="x", profile=profile, undocumented="ignore"
        )
        self.interactions: list[Interaction] = []

    def send(self, method: str, path: str, body: str | None = None) -> Response:
        headers = {"Authorization": encode_basic(*self.simulator.auth)}
        headers |= {"Content-Type": FORM_TYPE} if body is not None else {}
        request = Request(method, self.simulator.account_url + path, headers, body)
        response = self.simulator.handle(request)
        self.interactions.append(Interaction(request, response))
        return response

    def make_call(self) -> str:
        body = "&".join(f"{name}={value}" for name, value in CALL.items())
        self.send("POST", "/Calls", body)
        return self.simulator.calls[-1].Sid

    def spoil(self, index: int, **changed: object) -> None:
        """Have another status, other headers or another body."""
        old = self.interactions[index].response
        given = {"status": old.status, "headers": old.headers, "body": old.body} | changed
        response = Response(**given)  # type: ignore[arg-type]
        self.interactions[index] = Interaction(self.interactions[index].request, response)

    def replace(self, index: int, old: str, new: str) -> None:
        body = self.interactions[index].response.body.decode()
        assert old in body
        self.spoil(index, body=body.replace(old, new, 1))


@pytest.fixture
def recorder():
    return Recorder()


def found(recorder: Recorder, profile: str = "either") -> list[tuple[int, Aspect, str, str]]:
    """Interaction, aspect, place and source of all drift."""
    return [
        (one.number, finding.difference.aspect, finding.difference.where, finding.source)
        for one in verify_interactions(recorder.interactions, profile)
        for finding in one.drift
    ]


class TestPlantedDrift:
    def test_a_status(self, recorder):
        sid = recorder.make_call()
        recorder.send("GET", f"/Calls/{sid}")
        recorder.spoil(1, status=202)

        assert found(recorder) == [(2, Aspect.STATUS, "", "Calls page")]

    def test_a_missing_element(self, recorder):
        recorder.make_call()
        recorder.replace(0, "<Duration/>", "")

        ((number, aspect, where, source),) = found(recorder)
        assert (number, aspect, where) == (1, Aspect.MISSING, "Call.Duration")
        assert source.startswith("Calls page")

    def test_an_unexpected_element(self, recorder):
        recorder.make_call()
        recorder.replace(0, "<Annotation/>", "<Annotation/><Direction>outbound-api</Direction>")

        ((number, aspect, where, source),) = found(recorder)
        assert (number, aspect, where) == (1, Aspect.UNEXPECTED, "Call.Direction")
        assert source.startswith("Calls page")

    def test_elements_in_another_order(self, recorder):
        recorder.make_call()
        recorder.replace(0, "<StartTime/><EndTime/>", "<EndTime/><StartTime/>")

        ((number, aspect, where, _),) = found(recorder)
        assert (number, aspect) == (1, Aspect.ORDER)
        assert where in ("Call.StartTime", "Call.EndTime")

    def test_a_value_that_the_request_determines(self, recorder):
        recorder.make_call()
        recorder.replace(0, "<Called>4155551212</Called>", "<Called>4155551213</Called>")

        ((number, aspect, where, source),) = found(recorder)
        assert (number, aspect, where) == (1, Aspect.VALUE, "Call.Called")
        assert source.startswith("making-calls page")

    def test_a_value_that_changed_though_nothing_changed_it(self, recorder):
        sid = recorder.make_call()
        recorder.send("GET", f"/Calls/{sid}")
        recorder.replace(1, "<Caller>4158675309</Caller>", "<Caller>4158675308</Caller>")

        assert found(recorder) == [(2, Aspect.VALUE, "Call.Caller", "Calls page")]

    def test_a_value_of_the_wrong_shape(self, recorder):
        sid = recorder.make_call()
        recorder.send("GET", f"/Calls/{sid}")
        recorder.replace(
            1, "<DateUpdated>Mon, 01 Mar 2010 09:00:00 -0800", "<DateUpdated>2010-03-01"
        )

        assert found(recorder) == [(2, Aspect.VALUE, "Call.DateUpdated", "Calls page")]

    def test_an_error_code(self, recorder):
        recorder.send("POST", "/Calls", "Caller=4158675309&Url=http://app.example/")
        recorder.replace(0, "<Code>21201</Code>", "<Code>21211</Code>")

        assert found(recorder) == [
            (1, Aspect.CODE, "", "response page, Exceptions, the sample of a 400")
        ]

    def test_a_content_type(self, recorder):
        recorder.send("GET", "/Calls.json")
        headers = recorder.interactions[0].response.headers
        recorder.spoil(0, headers=headers.replacing("Content-Type", "text/html"))

        assert found(recorder) == [
            (1, Aspect.HEADER, "Content-Type", "response page, representations")
        ]

    def test_a_location(self, recorder):
        recorder.make_call()
        headers = recorder.interactions[0].response.headers
        recorder.spoil(0, headers=headers.replacing("Location", "https://api.twilio.com/Calls/1"))

        assert found(recorder) == [(1, Aspect.HEADER, "Location", "response page, 201 CREATED")]

    def test_a_body_in_another_representation(self, recorder):
        recorder.send("GET", "/Calls.json")
        recorder.spoil(0, body="<TwilioResponse><Calls/></TwilioResponse>")

        assert found(recorder) == [(1, Aspect.FORMAT, "body", "response page, representations")]

    def test_a_list_without_what_was_made(self, recorder):
        sid = recorder.make_call()
        recorder.send("GET", "/Calls")
        other = Recorder()
        other.send("GET", "/Calls")
        recorder.spoil(1, body=other.interactions[0].response.body)

        rows = [f for f in found(recorder) if f[1] is Aspect.MISSING_ROW]
        assert rows == [(2, Aspect.MISSING_ROW, f"{sid[:5]}…{sid[-6:]}", "Calls page")]

    def test_a_list_in_another_order(self, recorder):
        recorder.simulator.add_call(DateUpdated=1267400000)
        recorder.simulator.add_call(DateUpdated=1267300000)
        recorder.send("GET", "/Calls")
        body = recorder.interactions[0].response.body.decode()
        first, second = body.index("<Call>"), body.rindex("<Call>")
        end = body.index("</Calls>")
        swapped = body[:first] + body[second:end] + body[first:second] + body[end:]
        recorder.spoil(0, body=swapped)

        ((number, aspect, where, source),) = found(recorder)
        assert (number, aspect, where) == (1, Aspect.ROW_ORDER, "row 1")
        assert source.startswith("Calls page")

    def test_a_row_that_the_filter_leaves_out(self, recorder):
        recorder.simulator.add_call(Called="4155550123")
        recorder.send("GET", "/Calls?Called=4155550123")
        recorder.replace(0, "<Called>4155550123", "<Called>4155550124")

        aspects = {aspect for _, aspect, _, _ in found(recorder)}
        assert Aspect.UNEXPECTED_ROW in aspects

    def test_counters_that_do_not_fit_the_page(self, recorder):
        recorder.send("GET", "/IncomingPhoneNumbers")
        recorder.replace(0, 'total="1"', 'total="7"')

        ((number, aspect, where, source),) = found(recorder)
        assert (number, aspect, where) == (1, Aspect.COUNTER, "total")
        assert source == "response page, paging"

    def test_a_redirect_of_a_call_that_is_over(self, recorder):
        sid = recorder.make_call()
        recorder.simulator.clock.advance(seconds=10)
        recorder.send("POST", f"/Calls/{sid}", "CurrentUrl=http://app.example/")
        recorder.simulator.clock.advance(seconds=40)
        recorder.send("GET", f"/Calls/{sid}")
        first, redirect, fetch = recorder.interactions
        assert redirect.response.status == 200
        recorder.interactions = [first, fetch, redirect]

        ((number, aspect, _, source),) = found(recorder)

        assert (number, aspect) == (3, Aspect.STATUS)
        assert "error dictionary" in source

    def test_an_allow_header_rests_on_a_question(self, recorder):
        recorder.send("DELETE", "/Calls")
        headers = recorder.interactions[0].response.headers
        recorder.spoil(0, headers=headers.without("Allow"))

        (one,) = verify_interactions(recorder.interactions)
        (finding,) = one.findings
        assert (finding.is_drift, finding.question.number) == (False, 8)


class TestProfiles:
    def test_a_recording_may_agree_with_either(self):
        for profile in ("documented", "observed"):
            recorder = Recorder(profile)
            recorder.make_call()

            assert [one.only for one in verify_interactions(recorder.interactions)] == [profile]

    def test_one_profile_is_asked_for(self, recorder):
        recorder.make_call()

        status, location = found(recorder, "documented")

        assert status[:2] == (1, Aspect.STATUS)
        assert "status codes of POST" in status[3]
        assert location[1:3] == (Aspect.HEADER, "Location")

    def test_a_mixture_of_both_is_neither(self, recorder):
        recorder.make_call()
        recorder.spoil(0, status=200)

        assert [aspect for _, aspect, _, _ in found(recorder)] == [Aspect.HEADER]

    def test_what_only_one_profile_finds_is_told(self, recorder):
        recorder.make_call()
        recorder.spoil(0, headers=recorder.interactions[0].response.headers.without("Location"))

        (one,) = verify_interactions(recorder.interactions)

        assert [finding.only for finding in one.drift] == ["observed"]


class TestWhatIsNoDrift:
    @pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
    def test_the_shipped_cassettes(self, path):
        assert [
            one.drift for one in verify_interactions(load(path).interactions) if one.drift
        ] == []

    def test_there_are_shipped_cassettes(self):
        assert len(SHIPPED) >= 10

    @pytest.mark.parametrize("status", [302, 304, 500])
    def test_the_api_may_be_out_of_order(self, recorder, status):
        recorder.send("GET", "/Calls")
        recorder.spoil(0, status=status, body=b"", headers=Headers())

        assert found(recorder) == []

    def test_other_requests_are_left_alone(self):
        other = Interaction(Request("GET", "https://api.twilio.com/2010-04-01"), Response(200))

        (one,) = verify_interactions([other])

        assert one.skipped == "not a request to this version of the API"

    def test_credentials_that_were_refused(self, recorder):
        recorder.send("GET", "/Calls")
        stranger = Recorder()
        request = recorder.interactions[0].request
        wrong = Request("GET", request.url, {"Authorization": encode_basic(ACCOUNT, "wrong")})
        recorder.interactions.append(Interaction(wrong, stranger.simulator.handle(wrong)))

        assert recorder.interactions[1].response.status == 401
        assert found(recorder) == []

    def test_a_get_of_what_was_deleted_rests_on_a_question(self, recorder):
        sid = recorder.simulator.incoming_phone_numbers[0].Sid
        shown = recorder.send("GET", f"/IncomingPhoneNumbers/{sid}")
        recorder.send("DELETE", f"/IncomingPhoneNumbers/{sid}")
        recorder.send("GET", f"/IncomingPhoneNumbers/{sid}")
        recorder.spoil(2, status=shown.status, headers=shown.headers, body=shown.body)

        last = verify_interactions(recorder.interactions)[2]

        assert [finding.question.number for finding in last.findings] == [29]
