"""fallback="simulate": what a cassette does not answer, the state that it implies does."""

from __future__ import annotations

import asyncio
import re
import warnings
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import requests
from basic_auth import encode_basic
from conftest import ACCOUNT, BASE, TOKEN
from inner_runs import run_inner
from scenario import CLIENTS, FORM

import twreplay
from twreplay import errors

REPOSITORY = Path(__file__).parents[1]
AUTH = (ACCOUNT, TOKEN)
CALL = {"Caller": "4155550100", "Called": "4155550101", "Url": "http://app.example/voice"}
SID = "CA0123456789abcdef0123456789abcdef"
NUMBER = "PN0123456789abcdef0123456789abcdef"


def ask(method: str, path: str, **form: str) -> requests.Response:
    return requests.request(method, BASE + path, data=form or None, auth=AUTH, timeout=5)


def sids(response: requests.Response) -> list[str]:
    return re.findall("<Sid>(.*?)</Sid>", response.text)


@pytest.fixture
def make(tmp_path):
    """A cassette with one call made."""
    text = (REPOSITORY / "cassettes/calls/make.yaml").read_text()
    path = tmp_path / "make.yaml"
    path.write_text(text[: text.rindex("- request:")])
    return path


@pytest.fixture
def released(tmp_path):
    """A cassette with a number released, and then not found."""
    folder = REPOSITORY / "examples/pytest_fixture/cassettes/test_switchboard"
    path = tmp_path / "released.yaml"
    path.write_text((folder / "test_release_number.yaml").read_text())
    return path


class TestState:
    def test_what_was_recorded_is_there_for_the_rest(self, make):
        with twreplay.use_cassette(make, fallback="simulate") as cassette:
            assert ask("POST", "/Calls", **CALL).status_code == 201
            assert sids(ask("GET", "/Calls")) == [SID]
            shown = ask("GET", f"/Calls/{SID}")
            assert "<Status>0</Status>" in shown.text
            early = ask("POST", f"/Calls/{SID}", CurrentUrl="http://app.example/")
            cassette.simulator.clock.advance(seconds=10)
            live = ask("POST", f"/Calls/{SID}", CurrentUrl="http://app.example/")

        assert (early.status_code, live.status_code) == (400, 200)
        assert (cassette.play_count, len(cassette.simulated)) == (1, 4)

    def test_what_a_request_makes_is_not_there_before(self, make):
        with twreplay.use_cassette(make, fallback="simulate"):
            assert ask("GET", f"/Calls/{SID}").status_code == 404
            assert sids(ask("GET", "/Calls")) == []
            ask("POST", "/Calls", **CALL)
            assert ask("GET", f"/Calls/{SID}").status_code == 200

    def test_what_a_request_deletes_is_there_before(self, released):
        with twreplay.use_cassette(released, fallback="simulate"):
            assert sids(ask("GET", "/IncomingPhoneNumbers")) == [NUMBER]
            ask("POST", f"/IncomingPhoneNumbers/{NUMBER}?_method=DELETE")
            assert sids(ask("GET", "/IncomingPhoneNumbers")) == []
            ask("GET", f"/IncomingPhoneNumbers/{NUMBER}")

    def test_what_is_simulated_stays(self, make):
        with twreplay.use_cassette(make, fallback="simulate"):
            ask("POST", "/Calls", **CALL)
            second = ask("POST", "/Calls", **CALL | {"Called": "4155550102"})

            assert sids(ask("GET", "/Calls")) == [*sids(second), SID]

    def test_who_called_owns_the_number(self, make):
        with twreplay.use_cassette(make, fallback="simulate"):
            ask("POST", "/Calls", **CALL)
            again = ask("POST", "/Calls", **CALL)
            stranger = ask("POST", "/Calls", **CALL | {"Caller": "4155550999"})

        assert f"<PhoneNumberSid>{NUMBER}</PhoneNumberSid>" in again.text
        assert "<Code>21210</Code>" in stranger.text

    def test_more_can_be_arranged(self, make):
        with twreplay.use_cassette(make, fallback="simulate") as cassette:
            cassette.simulator.add_incoming_phone_number(PhoneNumber="4155550999")
            ask("POST", "/Calls", **CALL)
            made = ask("POST", "/Calls", **CALL | {"Caller": "4155550999"})

        assert made.status_code == 201

    def test_the_profile_is_that_of_the_recording(self, make, tmp_path):
        documented = make.read_text().replace("code: 201", "code: 200")
        location = documented.index("      Location:")
        cut = documented[:location] + documented[documented.index("    status:", location) :]
        make.write_text(cut)

        with twreplay.use_cassette(make, fallback="simulate"):
            ask("POST", "/Calls", **CALL)
            assert ask("POST", "/Calls", **CALL).status_code == 200

    def test_time_is_that_of_the_recording(self, make):
        with twreplay.use_cassette(make, fallback="simulate") as cassette:
            ask("POST", "/Calls", **CALL)
            second = ask("POST", "/Calls", **CALL)

        assert "<DateCreated>Fri, 11 Sep 2009 11:33:20 -0700</DateCreated>" in second.text
        assert cassette.simulator.clock.now.year == 2009

    def test_an_empty_cassette_implies_nothing(self, tmp_path):
        (tmp_path / "empty.yaml").write_text("version: 1\ninteractions: []\n")

        with twreplay.use_cassette(tmp_path / "empty.yaml", fallback="simulate") as cassette:
            assert sids(ask("GET", "/Calls")) == []
            assert ask("GET", f"/Calls/{SID}").status_code == 404

        assert len(cassette.simulated) == 2


class TestCredentials:
    def test_any_token_goes_with_the_account_of_the_cassette(self, make):
        with twreplay.use_cassette(make, fallback="simulate", allow_unused=True):
            good = requests.get(f"{BASE}/Calls", auth=(ACCOUNT, "whatever"), timeout=5)
            foreign = requests.get(f"{BASE}/Calls", auth=("AC" + "9" * 32, "x"), timeout=5)
            nobody = requests.get(f"{BASE}/Calls", timeout=5)

        assert (good.status_code, foreign.status_code, nobody.status_code) == (200, 401, 401)

    def test_the_token_is_in_nothing_that_is_told(self, make):
        with twreplay.use_cassette(make, fallback="simulate", allow_unused=True) as cassette:
            answer = ask("GET", "")
            told = f"{cassette!r} {cassette.simulated!r} {cassette.simulator!r}"

        assert TOKEN not in told
        assert TOKEN not in answer.text


class TestTellingThemApart:
    def test_the_repr_of_a_cassette_counts_them_apart(self, make):
        with twreplay.use_cassette(make, fallback="simulate") as cassette:
            ask("POST", "/Calls", **CALL)
            ask("GET", "/Calls")

            assert repr(cassette).endswith("make.yaml, 1 interactions, 1 played, 1 simulated>")

    def test_the_journal_has_the_rule(self, make):
        with twreplay.use_cassette(make, fallback="simulate", allow_unused=True) as cassette:
            ask("GET", "/Calls")

        (entry,) = cassette.simulated
        assert (entry.method, entry.rule, entry.source) == ("GET", "List calls.", "Calls page")

    def test_what_was_never_asked_for_is_still_told(self, make):
        with (
            pytest.raises(errors.UnusedInteractions, match="1 request that is not on it"),
            twreplay.use_cassette(make, fallback="simulate"),
        ):
            ask("GET", "/Calls")

    def test_without_a_fallback_there_is_none(self, make):
        with twreplay.use_cassette(make, allow_unused=True) as cassette:
            assert (cassette.simulated, cassette.simulator) == ((), None)

    def test_an_undocumented_outcome_is_warned_of(self, make):
        with (
            twreplay.use_cassette(make, fallback="simulate", allow_unused=True),
            pytest.warns(errors.UndocumentedBehavior, match="question 10,"),
        ):
            ask("GET", "/Calls?num=none")

    def test_what_was_recorded_is_not_warned_of(self, released):
        with (
            warnings.catch_warnings(action="error"),
            twreplay.use_cassette(released, fallback="simulate", allow_unused=True),
        ):
            ask("POST", f"/IncomingPhoneNumbers/{NUMBER}?_method=DELETE")
            ask("GET", "/Calls")


class TestModes:
    def test_another_version_is_refused_as_ever(self, make):
        with (
            pytest.raises(errors.NotSimulated),
            twreplay.use_cassette(make, fallback="simulate"),
        ):
            requests.get("https://api.twilio.com/2010-04-01/Accounts", timeout=5)

    def test_no_cassette_is_an_error_as_ever(self, tmp_path):
        with (
            pytest.raises(errors.CassetteNotFound),
            twreplay.use_cassette(tmp_path / "no.yaml", fallback="simulate"),
        ):
            pass

    def test_once_simulates_when_it_does_not_record(self, make):
        with twreplay.use_cassette(make, fallback="simulate", record_mode="once") as cassette:
            ask("POST", "/Calls", **CALL)
            ask("GET", "/Calls")

        assert len(cassette.simulated) == 1

    def test_nothing_simulated_is_written(self, make):
        before = make.read_bytes()
        with twreplay.use_cassette(make, fallback="simulate", record_mode="once"):
            ask("POST", "/Calls", **CALL)
            ask("POST", "/Calls", **CALL)

        assert make.read_bytes() == before

    def test_repeats_go_first(self, make):
        options = {"fallback": "simulate", "allow_playback_repeats": True}
        with twreplay.use_cassette(make, **options) as cassette:
            assert sids(ask("POST", "/Calls", **CALL)) == [SID]
            assert sids(ask("POST", "/Calls", **CALL)) == [SID]

        assert (cassette.play_count, cassette.simulated) == (2, ())


class TestDoors:
    def test_a_decorated_function_falls_back(self, make):
        @twreplay.use_cassette(make, fallback="simulate")
        def reminder() -> list[str]:
            ask("POST", "/Calls", **CALL)
            return sids(ask("GET", "/Calls"))

        assert (reminder(), reminder()) == ([SID], [SID])

    def test_an_asynchronous_block_falls_back(self, make):
        async def reminder() -> list[str]:
            async with twreplay.use_cassette(make, fallback="simulate"):
                ask("POST", "/Calls", **CALL)
                return sids(ask("GET", "/Calls"))

        assert asyncio.run(reminder()) == [SID]

    def test_a_marked_test_falls_back(self, make, pytester):
        pytester.makepyfile(
            f"""
            import pytest, requests

            @pytest.mark.twreplay({str(make)!r}, fallback="simulate", allow_unused=True)
            def test_calls():
                answer = requests.get("{BASE}/Calls", auth=("{ACCOUNT}", "x"), timeout=5)
                assert answer.status_code == 200
            """
        )

        run_inner(pytester).assert_outcomes(passed=1)

    @pytest.mark.parametrize("client", CLIENTS)
    def test_every_client_falls_back(self, client, make):
        send = CLIENTS[client]
        auth = {"Authorization": encode_basic(*AUTH)}
        body = "&".join(f"{n}={v}" for n, v in CALL.items()).encode()
        with twreplay.use_cassette(make, fallback="simulate") as cassette:
            send("POST", f"{BASE}/Calls", auth | {"Content-Type": FORM}, body)
            listed = send("GET", f"{BASE}/Calls", auth, b"")

        assert (listed.status, SID.encode() in listed.body) == (200, True)
        assert len(cassette.simulated) == 1

    def test_threads_fall_back_side_by_side(self, make):
        with (
            twreplay.use_cassette(make, fallback="simulate") as cassette,
            ThreadPoolExecutor(8) as pool,
        ):
            ask("POST", "/Calls", **CALL)
            answers = list(pool.map(lambda _: ask("GET", "/Calls").status_code, range(40)))

        assert (set(answers), len(cassette.simulated)) == ({200}, 40)


class TestShortenedByHand:
    def test_a_call_without_a_sid_is_there_all_the_same(self, make):
        text = make.read_text()
        start, end = text.index("<Call><Sid>") + 6, text.index("<Called>")
        make.write_text(text[:start] + text[end:])

        with twreplay.use_cassette(make, fallback="simulate"):
            ask("POST", "/Calls", **CALL)
            (sid,) = sids(ask("GET", "/Calls"))
            fetched = ask("GET", f"/Calls/{sid}")

        assert "<Called>4155550101</Called>" in fetched.text

    @pytest.mark.parametrize(
        "body", ["", "not XML", "<TwilioResponse/>", "<TwilioResponse><Call/></TwilioResponse>"]
    )
    def test_what_cannot_be_read_implies_what_the_request_does(self, make, body):
        text = make.read_text()
        start = text.index("<TwilioResponse>")
        end = text.index("</TwilioResponse>") + len("</TwilioResponse>")
        make.write_text(text[:start] + body + text[end:])

        with twreplay.use_cassette(make, fallback="simulate"):
            assert ask("POST", "/Calls", **CALL).status_code == 201
            assert len(sids(ask("GET", "/Calls"))) == 1
