"""Recordings that somebody got wrong: each mistake is found, in its place, with its source."""

from __future__ import annotations

from pathlib import Path

import pytest
from basic_auth import FORM_TYPE, encode_basic
from conftest import ACCOUNT
from verified import verify, verify_file

from twreplay import Headers, Interaction, Request, Response, Simulator

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


@pytest.fixture
def check(tmp_path):
    """Hold what was recorded against the rules."""

    def check(recorder, profile="either"):
        return verify(tmp_path / "x.yaml", recorder.interactions, profile)

    return check


@pytest.fixture
def found(check):
    """Return interaction, aspect, place and source of all drift."""

    def found(recorder, profile="either"):
        return [
            (finding.interaction, finding.aspect, finding.where, finding.source)
            for finding in check(recorder, profile).findings
            if finding.question is None
        ]

    return found


class TestPlantedDrift:
    def test_a_status_is_found(self, recorder, found):
        sid = recorder.make_call()
        recorder.send("GET", f"/Calls/{sid}")
        recorder.spoil(1, status=202)

        assert found(recorder) == [(2, "status", "", "Calls page")]

    def test_a_missing_element_is_found(self, recorder, found):
        recorder.make_call()
        recorder.replace(0, "<Duration/>", "")

        ((number, aspect, where, source),) = found(recorder)
        assert (number, aspect, where) == (1, "missing element", "Call.Duration")
        assert source.startswith("Calls page")

    def test_an_unexpected_element_is_found(self, recorder, found):
        recorder.make_call()
        recorder.replace(0, "<Annotation/>", "<Annotation/><Direction>outbound-api</Direction>")

        ((number, aspect, where, source),) = found(recorder)
        assert (number, aspect, where) == (1, "unexpected element", "Call.Direction")
        assert source.startswith("Calls page")

    def test_elements_in_another_order_are_found(self, recorder, found):
        recorder.make_call()
        recorder.replace(0, "<StartTime/><EndTime/>", "<EndTime/><StartTime/>")

        ((number, aspect, where, _),) = found(recorder)
        assert (number, aspect) == (1, "order")
        assert where in ("Call.StartTime", "Call.EndTime")

    def test_a_value_other_than_the_request_determines_is_found(self, recorder, found):
        recorder.make_call()
        recorder.replace(0, "<Called>4155551212</Called>", "<Called>4155551213</Called>")

        ((number, aspect, where, source),) = found(recorder)
        assert (number, aspect, where) == (1, "value", "Call.Called")
        assert source.startswith("making-calls page")

    def test_a_value_that_changed_though_nothing_changed_it_is_found(self, recorder, found):
        sid = recorder.make_call()
        recorder.send("GET", f"/Calls/{sid}")
        recorder.replace(1, "<Caller>4158675309</Caller>", "<Caller>4158675308</Caller>")

        assert found(recorder) == [(2, "value", "Call.Caller", "Calls page")]

    def test_a_value_of_the_wrong_shape_is_found(self, recorder, found):
        sid = recorder.make_call()
        recorder.send("GET", f"/Calls/{sid}")
        recorder.replace(
            1, "<DateUpdated>Mon, 01 Mar 2010 09:00:00 -0800", "<DateUpdated>2010-03-01"
        )

        assert found(recorder) == [(2, "value", "Call.DateUpdated", "Calls page")]

    def test_another_error_code_is_found(self, recorder, found):
        recorder.send("POST", "/Calls", "Caller=4158675309&Url=http://app.example/")
        recorder.replace(0, "<Code>21201</Code>", "<Code>21211</Code>")

        assert found(recorder) == [
            (1, "error code", "", "response page, Exceptions, the sample of a 400")
        ]

    def test_another_content_type_is_found(self, recorder, found):
        recorder.send("GET", "/Calls.json")
        headers = recorder.interactions[0].response.headers
        recorder.spoil(0, headers=headers.replacing("Content-Type", "text/html"))

        assert found(recorder) == [(1, "header", "Content-Type", "response page, representations")]

    def test_another_location_is_found(self, recorder, found):
        recorder.make_call()
        headers = recorder.interactions[0].response.headers
        recorder.spoil(0, headers=headers.replacing("Location", "https://api.twilio.com/Calls/1"))

        assert found(recorder) == [(1, "header", "Location", "response page, 201 CREATED")]

    def test_a_body_in_another_representation_is_found(self, recorder, found):
        recorder.send("GET", "/Calls.json")
        recorder.spoil(0, body="<TwilioResponse><Calls/></TwilioResponse>")

        assert found(recorder) == [(1, "format", "body", "response page, representations")]

    def test_a_list_without_what_was_made_is_found(self, recorder, found):
        sid = recorder.make_call()
        recorder.send("GET", "/Calls")
        other = Recorder()
        other.send("GET", "/Calls")
        recorder.spoil(1, body=other.interactions[0].response.body)

        rows = [f for f in found(recorder) if f[1] == "missing from the list"]
        assert rows == [(2, "missing from the list", f"{sid[:5]}…{sid[-6:]}", "Calls page")]

    def test_a_list_in_another_order_is_found(self, recorder, found):
        recorder.simulator.add_call(DateUpdated=1267400000)
        recorder.simulator.add_call(DateUpdated=1267300000)
        recorder.send("GET", "/Calls")
        body = recorder.interactions[0].response.body.decode()
        first, second = body.index("<Call>"), body.rindex("<Call>")
        end = body.index("</Calls>")
        swapped = body[:first] + body[second:end] + body[first:second] + body[end:]
        recorder.spoil(0, body=swapped)

        ((number, aspect, where, source),) = found(recorder)
        assert (number, aspect, where) == (1, "order of the list", "row 1")
        assert source.startswith("Calls page")

    def test_a_row_that_the_filter_leaves_out_is_found(self, recorder, found):
        recorder.simulator.add_call(Called="4155550123")
        recorder.send("GET", "/Calls?Called=4155550123")
        recorder.replace(0, "<Called>4155550123", "<Called>4155550124")

        aspects = {aspect for _, aspect, _, _ in found(recorder)}
        assert "unexpected in the list" in aspects

    def test_counters_that_do_not_fit_the_page_are_found(self, recorder, found):
        recorder.send("GET", "/IncomingPhoneNumbers")
        recorder.replace(0, 'total="1"', 'total="7"')

        ((number, aspect, where, source),) = found(recorder)
        assert (number, aspect, where) == (1, "counter", "total")
        assert source == "response page, paging"

    def test_a_redirect_of_a_call_that_is_over_is_found(self, recorder, found):
        sid = recorder.make_call()
        recorder.simulator.clock.advance(seconds=10)
        recorder.send("POST", f"/Calls/{sid}", "CurrentUrl=http://app.example/")
        recorder.simulator.clock.advance(seconds=40)
        recorder.send("GET", f"/Calls/{sid}")
        first, redirect, fetch = recorder.interactions
        assert redirect.response.status == 200
        recorder.interactions = [first, fetch, redirect]

        ((number, aspect, _, source),) = found(recorder)

        assert (number, aspect) == (3, "status")
        assert "error dictionary" in source

    def test_an_allow_header_rests_on_a_question(self, recorder, check):
        recorder.send("DELETE", "/Calls")
        headers = recorder.interactions[0].response.headers
        recorder.spoil(0, headers=headers.without("Allow"))

        checked = check(recorder)
        assert checked.drift == 0
        assert [finding.question for finding in checked.findings] == [8]


class TestProfiles:
    def test_a_recording_may_agree_with_either(self, check):
        for profile in ("documented", "observed"):
            recorder = Recorder(profile)
            recorder.make_call()

            checked = check(recorder)
            only = {"documented": checked.only_documented, "observed": checked.only_observed}
            assert only.pop(profile) == [1]
            assert [*only.values()] == [[]]

    def test_one_profile_is_asked_for(self, recorder, found):
        recorder.make_call()

        status, location = found(recorder, "documented")

        assert status[:2] == (1, "status")
        assert "status codes of POST" in status[3]
        assert location[1:3] == ("header", "Location")

    def test_a_mixture_of_both_is_neither(self, recorder, found):
        recorder.make_call()
        recorder.spoil(0, status=200)

        assert [aspect for _, aspect, _, _ in found(recorder)] == ["header"]

    def test_what_only_one_profile_finds_is_told(self, recorder, check):
        recorder.make_call()
        recorder.spoil(0, headers=recorder.interactions[0].response.headers.without("Location"))

        checked = check(recorder)

        assert checked.drift == 1
        assert [finding.profile for finding in checked.findings] == ["observed"]


class TestWhatIsNoDrift:
    @pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
    def test_the_shipped_cassettes_agree(self, path):
        assert verify_file(path).drift == 0

    def test_there_are_shipped_cassettes(self):
        assert len(SHIPPED) >= 10

    @pytest.mark.parametrize("status", [302, 304, 500])
    def test_the_api_may_be_out_of_order(self, recorder, status, found):
        recorder.send("GET", "/Calls")
        recorder.spoil(0, status=status, body=b"", headers=Headers())

        assert found(recorder) == []

    def test_other_requests_are_left_alone(self, recorder, check):
        other = Interaction(Request("GET", "https://api.twilio.com/2010-04-01"), Response(200))

        recorder.interactions = [other]

        checked = check(recorder)

        assert (checked.skipped, checked.drift) == ([1], 0)

    def test_credentials_that_were_refused_are_none(self, recorder, found):
        recorder.send("GET", "/Calls")
        stranger = Recorder()
        request = recorder.interactions[0].request
        wrong = Request("GET", request.url, {"Authorization": encode_basic(ACCOUNT, "wrong")})
        recorder.interactions.append(Interaction(wrong, stranger.simulator.handle(wrong)))

        assert recorder.interactions[1].response.status == 401
        assert found(recorder) == []

    def test_a_get_of_what_was_deleted_rests_on_a_question(self, recorder, check):
        sid = recorder.simulator.incoming_phone_numbers[0].Sid
        shown = recorder.send("GET", f"/IncomingPhoneNumbers/{sid}")
        recorder.send("DELETE", f"/IncomingPhoneNumbers/{sid}")
        recorder.send("GET", f"/IncomingPhoneNumbers/{sid}")
        recorder.spoil(2, status=shown.status, headers=shown.headers, body=shown.body)

        assert [(each.interaction, each.question) for each in check(recorder).findings] == [(3, 29)]
