"""Two-way cassettes in pytest: mark, fixture, pytest-recording beside it."""

from __future__ import annotations

import pytest
from inner_runs import run_inner
from two_way import CALLS, Clinic, record_call

TESTS = """
    import pytest
    from two_way import Clinic, post_call

    clinic = Clinic()

    {fixture}

    {mark}
    def test_call(twilio_cassette):
        post_call()
        twilio_cassette.wait_for_webhooks(2)
        assert len(clinic.seen) == 2
"""
FIXTURE = "@pytest.fixture\n    def twilio_app(): return clinic.app"


def write(pytester, mark, fixture=""):
    folder = pytester.mkdir("cassettes") / "test_it"
    folder.mkdir()
    record_call(folder / "test_call.yaml", Clinic())
    pytester.makepyfile(test_it=TESTS.format(mark=mark, fixture=fixture))


def test_the_mark_takes_an_application(pytester):
    write(pytester, "@pytest.mark.twreplay(app=clinic.app)")
    run_inner(pytester).assert_outcomes(passed=1)


def test_the_fixture_twilio_app_is_the_application_of_the_cassette(pytester):
    write(pytester, "", FIXTURE)
    run_inner(pytester).assert_outcomes(passed=1)


def test_a_drift_fails_the_test_with_its_diff(pytester):
    write(pytester, "@pytest.mark.twreplay(app=Clinic('Other.').app)")
    result = run_inner(pytester)
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        [
            "*WebhookDrift*",
            "*+    <Say>Other.</Say>*",
            "*webhooks that twreplay delivered*",
            "POST https://clinic.example/voice (CallStatus=in-progress, DialStatus=answered), "
            "answered with 200 when recorded",
        ]
    )


@pytest.mark.slow
def test_pytest_recording_reads_the_file(pytester):
    folder = pytester.mkdir("cassettes") / "test_it"
    folder.mkdir()
    record_call(folder / "test_call.yaml", Clinic())
    pytester.makepyfile(
        test_it=f"""
        import pytest, requests

        @pytest.mark.vcr(match_on=["method", "uri"])
        def test_call(vcr):
            assert requests.post("{CALLS}", timeout=5).status_code == 200
            assert vcr.play_count == 1
        """
    )
    options = ("-p", "no:cassetter", "-p", "pytest_recording.plugin", "--record-mode=none")
    pytester.runpytest_subprocess(*options).assert_outcomes(passed=1)


def test_delivered_webhooks_are_on_the_page_of_the_run(pytester):
    write(pytester, "@pytest.mark.twreplay(app=clinic.app)")
    run_inner(pytester, "--twreplay-report=out.html").assert_outcomes(passed=1)
    page = (pytester.path / "out.html").read_text()
    assert "https://clinic.example/key" in page
    assert "2 webhooks" in page
