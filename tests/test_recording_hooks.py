"""What of a session is recorded, compared and let pass, as its user decides."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial

import pytest
import requests
from conftest import ACCOUNT, BASE, TOKEN
from recorder import handler_of

import twreplay
from twreplay import errors

AUTH = (ACCOUNT, TOKEN)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "tape.yaml"


def recording(path, mode="once", **keywords):
    """Open *path* to be recorded from a simulator."""
    simulator = twreplay.Simulator(account_sid=ACCOUNT, auth_token=TOKEN, undocumented="ignore")
    return twreplay.use_cassette(path, record_mode=mode, source=simulator, **keywords)


def list_calls(page: str = "0", extra: str = "") -> requests.Response:
    return requests.get(f"{BASE}/Calls?page={page}{extra}", auth=AUTH, timeout=5)


def list_messages() -> requests.Response:
    return requests.get(f"{BASE}/SMS/Messages", auth=AUTH, timeout=5)


def without_trace(request: twreplay.Request) -> twreplay.Request:
    return replace(request, url=request.url.partition("&trace=")[0])


class TestBeforeRecordRequest:
    def test_changes_what_is_recorded_and_what_is_compared(self, path):
        with recording(path, before_record_request=without_trace) as cassette:
            list_calls(extra="&trace=1")

        assert cassette.requests[0].url.endswith("page=0")
        with twreplay.use_cassette(path, before_record_request=without_trace) as cassette:
            assert list_calls(extra="&trace=2").ok
        assert cassette.play_count == 1

    def test_several_are_called_in_order(self, path):
        def add_page(request):
            return replace(request, url=f"{request.url}&added=yes")

        with recording(path, before_record_request=[without_trace, add_page]) as cassette:
            list_calls(extra="&trace=1")

        assert cassette.requests[0].url.endswith("page=0&added=yes")

    def test_none_lets_the_request_pass_to_the_session_around(self, path):
        def only_calls(request):
            return request if request.path.endswith("/Calls") else None

        with (
            twreplay.simulate(account_sid=ACCOUNT, auth_token=TOKEN) as twilio,
            recording(path, before_record_request=only_calls) as cassette,
        ):
            list_calls()
            assert list_messages().ok

        assert [request.path.rpartition("/")[2] for request in cassette.requests] == ["Calls"]
        assert [entry.request.path.rpartition("/")[2] for entry in twilio.requests] == ["Messages"]

    def test_a_token_that_it_moves_is_still_taken_out(self, path):
        def move(request):
            return replace(request, url=f"{request.url}&moved={TOKEN}")

        with recording(path, before_record_request=move):
            list_calls()

        assert TOKEN not in path.read_text()
        assert "moved=" in path.read_text()

    @pytest.mark.parametrize(
        ("old", "new"), [("api.twilio.com", "api.example.com"), ("/2008-08-01", "")]
    )
    @pytest.mark.parametrize("mode", ["none", "rewrite"])
    def test_what_no_cassette_plays_is_refused_by_name(self, path, mode, old, new):
        def leads_away(request):
            return replace(request, url=request.url.replace(old, new))

        with recording(path):
            list_calls()
        before = path.read_bytes()
        source = {"source": "simulator"} if mode == "rewrite" else {}
        told = r"before_record_request: .*leads_away returned a Request that no cassette plays"
        with (
            pytest.raises(errors.UsageError, match=told),
            twreplay.use_cassette(
                path, record_mode=mode, before_record_request=leads_away, **source
            ),
        ):
            list_calls()
        assert path.read_bytes() == before

    def test_another_of_the_hosts_is_recorded_and_replayed(self, path):
        def always_first(request):
            return replace(request, url=request.url.replace("two.example", "api.twilio.com"))

        def ask():
            return requests.get(BASE.replace("api.twilio.com", "two.example"), auth=AUTH, timeout=5)

        keywords = {
            "hosts": iter(["api.twilio.com", "two.example"]),
            "before_record_request": always_first,
        }
        with recording(path, **keywords):
            ask()
        keywords["hosts"] = ["api.twilio.com", "two.example"]
        with twreplay.use_cassette(path, **keywords) as cassette:
            ask()
        assert cassette.play_count == 1

    @pytest.mark.parametrize(
        ("changes", "told"),
        [
            ({"url": "ftp://api.twilio.com/2008-08-01/Calls"}, "request.uri"),
            ({"method": "G\ud800"}, "request.method"),
            ({"url": f"{BASE}/\ud800"}, "request.uri"),
        ],
    )
    def test_what_no_cassette_can_hold_is_refused_by_name(self, path, changes, told):
        def breaks(request):
            return replace(request, **changes)

        with (
            pytest.raises(errors.UsageError, match=rf"breaks returned what no .*: {told}"),
            recording(path, before_record_request=breaks),
        ):
            list_calls()
        assert not path.exists()

    def test_what_is_no_request_is_refused_by_name(self, path):
        def forgets(request):
            return "request"

        with (
            pytest.raises(errors.UsageError, match=r"forgets returned str; it returns a Request"),
            recording(path, before_record_request=forgets),
        ):
            list_calls()


class TestBeforeRecordResponse:
    def test_changes_what_is_recorded_and_not_what_the_code_receives(self, path):
        def shorten(response):
            return replace(response, body=b"<TwilioResponse/>")

        with recording(path, before_record_response=shorten):
            assert b"<Calls" in list_calls().content

        with twreplay.use_cassette(path):
            replayed = list_calls()
        assert replayed.content == b"<TwilioResponse/>"
        assert replayed.headers["Content-Length"] == "17"

    def test_none_leaves_the_interaction_out(self, path):
        def keep_calls(response, request):
            return response if "/Calls" in request.path else None

        with recording(path, before_record_response=keep_calls) as cassette:
            list_calls()
            list_messages()

        assert len(cassette) == 1
        with pytest.raises(errors.UnmatchedRequest), twreplay.use_cassette(path):
            list_messages()

    @pytest.mark.parametrize(
        ("changes", "told"),
        [
            *(({"status": wrong}, "response.status.code") for wrong in (99999, 0, -1, True)),
            ({"reason": "\ud800"}, "response.status.message"),
            ({"headers": {"X-Odd": "\ud800"}}, "response.headers.X-Odd"),
        ],
    )
    def test_what_no_cassette_can_hold_is_refused_by_name(self, path, changes, told):
        def breaks(response):
            return replace(response, **changes)

        with recording(path):
            list_calls()
        before = path.read_bytes()
        with (
            pytest.raises(errors.UsageError, match=rf"breaks returned what no .*: {told}"),
            recording(path, "rewrite", before_record_response=breaks),
        ):
            list_calls()
        assert path.read_bytes() == before

    def test_an_error_that_the_code_catches_keeps_the_cassette_and_the_rest_beside_it(self, path):
        def fail(response, request):
            if "/Calls" in request.path:
                raise LookupError
            return response

        with recording(path):
            list_calls()
        before = path.read_bytes()
        with (
            pytest.raises(errors.RecordingInterrupted, match="raised LookupError"),
            recording(path, "rewrite", before_record_response=fail),
        ):
            list_messages()
            with suppress(LookupError):
                list_calls()

        assert path.read_bytes() == before
        assert "/Messages" in path.with_name("tape.failed.yaml").read_text()

    def test_an_async_function_is_refused(self, path):
        async def hook(response):
            return response

        with pytest.raises(errors.UsageError, match="hook is an async function"):
            recording(path, before_record_response=hook)

    def test_a_token_that_it_writes_is_still_taken_out(self, path):
        def note(response):
            return replace(response, body=b"<Note>" + TOKEN.encode() + b"</Note>")

        with recording(path, before_record_response=note):
            list_calls()

        assert TOKEN not in path.read_text()

    @pytest.mark.parametrize("given", ["shorten", 5, [None]])
    def test_what_is_no_function_is_refused(self, path, given):
        with pytest.raises(errors.UsageError, match="before_record_response is a function"):
            twreplay.use_cassette(path, before_record_response=given)


class TestPassing:
    @pytest.mark.parametrize("pattern", ["*/SMS/*", "GET */SMS/Messages", ("x", "GET *Messages")])
    def test_a_pattern_lets_requests_pass_to_the_session_around(self, path, pattern):
        with (
            twreplay.simulate(account_sid=ACCOUNT, auth_token=TOKEN) as twilio,
            recording(path, passes=pattern) as cassette,
        ):
            list_calls()
            list_messages()

        assert (len(cassette), len(twilio.requests)) == (1, 1)

    def test_another_method_does_not_pass(self, path):
        with recording(path, passes="POST *") as cassette:
            list_messages()

        assert len(cassette) == 1

    def test_without_a_session_around_the_network_is_asked(self, path):
        with (
            twreplay.block_network(),
            pytest.raises(errors.NetworkBlocked),
            recording(path, passes="*/SMS/*"),
        ):
            list_messages()

    def test_while_replaying_it_passes_too(self, path):
        with recording(path):
            list_calls()

        with (
            twreplay.simulate(account_sid=ACCOUNT, auth_token=TOKEN),
            twreplay.use_cassette(path, passes="*/SMS/*") as cassette,
        ):
            assert (list_calls().ok, list_messages().ok) == (True, True)
        assert cassette.play_count == 1


class TestStatuses:
    """What the API answers is recorded unless it says how a moment was."""

    @staticmethod
    def answer(cassette, *statuses, page=0):
        for status in statuses:
            request = twreplay.Request("GET", f"{BASE}/Calls?page={page}")
            handler = handler_of(cassette)
            assert handler.answer(request, str) is None
            handler.record(request, twreplay.Response(status, {}, b"<a/>"))

    @pytest.mark.parametrize("status", [429, 500, 503])
    def test_a_moment_is_left_out_when_the_retry_succeeds(self, path, status):
        with twreplay.use_cassette(path, record_mode="once") as cassette:
            self.answer(cassette, status, 200)

        assert [response.status for response in cassette.responses] == [200]

    def test_without_a_success_the_cassette_stays_as_it_was_and_the_message_says_why(self, path):
        with (
            pytest.raises(errors.RecordingInterrupted) as caught,
            twreplay.use_cassette(path, record_mode="once") as cassette,
        ):
            self.answer(cassette, 200, page=1)
            self.answer(cassette, 503)

        assert not path.exists()
        assert "a response with 503 is not recorded" in str(caught.value)
        assert "skip_statuses=()" in str(caught.value)

    @pytest.mark.parametrize(
        ("skipped", "kept"),
        [((), [404, 503]), ("4xx", [503]), ((404, "5xx"), []), ("404, 503", [])],
    )
    def test_which_is_the_users_choice(self, path, skipped, kept):
        options = {"record_mode": "once", "skip_statuses": skipped}
        with twreplay.use_cassette(path, **options) as cassette:
            self.answer(cassette, 404, page=0)
            self.answer(cassette, 503, page=1)
            handler_of(cassette).recorder._missing.clear()

        assert [response.status for response in cassette.responses] == kept

    def test_what_a_simulator_answers_is_recorded_whatever_it_is(self, path):
        simulator = twreplay.Simulator(account_sid=ACCOUNT, auth_token=TOKEN, undocumented="ignore")
        simulator.when("GET", "/Calls").fail(500)
        with twreplay.use_cassette(path, record_mode="once", source=simulator) as cassette:
            list_calls()

        assert [response.status for response in cassette.responses] == [500]

    @pytest.mark.parametrize("given", ["soon", 99, ("6xx",), "5x"])
    def test_what_is_no_status_is_refused(self, path, given):
        with pytest.raises(errors.UsageError, match="skip_statuses has no status"):
            twreplay.use_cassette(path, skip_statuses=given)


class TestOrder:
    @pytest.fixture
    def recorded(self, path):
        with recording(path):
            list_calls("0"), list_messages(), list_calls("0")
        return path

    def test_the_recorded_order_is_accepted(self, recorded):
        with twreplay.use_cassette(recorded, ordered=True) as cassette:
            list_calls("0"), list_messages(), list_calls("0")

        assert cassette.all_played

    def test_another_order_is_refused_with_what_is_due(self, recorded):
        with (
            pytest.raises(errors.UnmatchedRequest) as caught,
            twreplay.use_cassette(recorded, ordered=True),
        ):
            list_messages()

        assert caught.value.reason == "out_of_order"
        assert "Sent:  interaction 2 of 3." in str(caught.value)
        assert "Next:  1, GET /2008-08-01/Accounts/AC01…cdef/Calls" in str(caught.value)

    def test_too_many_are_refused(self, recorded):
        with (
            pytest.raises(errors.UnmatchedRequest, match="all are played"),
            twreplay.use_cassette(recorded, ordered=True),
        ):
            list_calls("0"), list_messages(), list_calls("0"), list_messages()

    def test_without_it_any_order_is_accepted(self, recorded):
        with twreplay.use_cassette(recorded) as cassette:
            list_messages(), list_calls("0"), list_calls("0")

        assert cassette.all_played


class TestOwnMatchers:
    @pytest.fixture
    def recorded(self, path):
        with recording(path):
            list_calls("1"), list_calls("22")
        return path

    def test_a_key_is_compared_beside_the_default_parts(self, path):
        def language(request):
            return request.headers.get("accept-language", "")

        def ask(language):
            headers = {"Accept-Language": language}
            return requests.get(f"{BASE}/Calls", auth=AUTH, headers=headers, timeout=5)

        with recording(path):
            ask("de")

        with twreplay.use_cassette(path, match_on=[language]):
            ask("de")
        with (
            pytest.raises(errors.UnmatchedRequest) as caught,
            twreplay.use_cassette(path, match_on=language),
        ):
            ask("fr")
        assert caught.value.differences == ("language",)
        assert "! language  de        fr" in str(caught.value)

    def test_with_names_it_takes_the_place_of_the_others(self, recorded):
        def digits(request):
            return len(dict(request.query)["page"])

        with twreplay.use_cassette(recorded, match_on=("method", "path", digits)) as cassette:
            list_calls("33"), list_calls("4")

        assert cassette.all_played

    def test_a_comparison_of_two_is_given_the_sent_and_the_recorded_one(self, recorded):
        def not_before(sent, recorded):
            return int(dict(sent.query)["page"]) >= int(dict(recorded.query)["page"])

        with twreplay.use_cassette(recorded, match_on=("path", not_before)) as cassette:
            list_calls("30"), list_calls("30")
        assert cassette.all_played
        with (
            pytest.raises(errors.UnmatchedRequest) as caught,
            twreplay.use_cassette(recorded, match_on=("path", not_before), allow_unused=True),
        ):
            list_calls("0")
        assert caught.value.differences == ("not_before",)

    def test_a_failed_assertion_means_no_as_in_vcrpy(self, recorded):
        def same_page(sent, recorded):
            assert dict(sent.query) == dict(recorded.query)

        with twreplay.use_cassette(recorded, match_on=("path", same_page)) as cassette:
            list_calls("22"), list_calls("1")
        assert cassette.all_played

    def test_the_last_that_is_accepted_repeats(self, recorded):
        def same_page(sent, recorded):
            return dict(sent.query) == dict(recorded.query)

        options = {"match_on": ("path", same_page), "allow_playback_repeats": True}
        with twreplay.use_cassette(recorded, **options) as cassette:
            for page in ("1", "22", "1", "22", "1"):
                list_calls(page)
        assert cassette.play_count == 5

    def test_an_object_with_a_key_is_called_by_its_class(self, recorded):
        class Page:
            def key(self, request):
                return dict(request.query).get("page")

        with (
            pytest.raises(errors.UnmatchedRequest) as caught,
            twreplay.use_cassette(recorded, match_on=("path", Page())),
        ):
            list_calls("3")
        assert caught.value.differences == ("Page",)
        options = {"match_on": ("path", Page()), "ignore": ("Page",)}
        with twreplay.use_cassette(recorded, **options, allow_unused=True):
            assert list_calls("3").ok

    @pytest.mark.parametrize(
        ("matcher", "told"),
        [
            (lambda: 1, "takes 0 arguments"),
            (lambda a, b, c: 1, "takes 3 arguments"),
        ],
    )
    def test_another_number_of_arguments_is_refused(self, path, matcher, told):
        with pytest.raises(errors.UsageError, match=told):
            twreplay.use_cassette(path, match_on=(matcher,))

    def test_an_async_function_is_refused_as_its_answer_would_always_be_true(self, path):
        async def differs(sent, kept):
            return False

        class Key:
            async def key(self, request):
                return 1

        class Called:
            async def __call__(self, sent, kept):
                return False

        for matcher, name in ((differs, "differs"), (partial(differs), "partial"), (Key(), "Key")):
            with pytest.raises(errors.UsageError, match=f"the matcher {name} is an async function"):
                twreplay.use_cassette(path, match_on=[matcher])
        with pytest.raises(errors.UsageError, match="the matcher Called is an async function"):
            twreplay.use_cassette(path, match_on=[Called()])

    @pytest.mark.parametrize("count", [1, 2])
    @pytest.mark.parametrize("kind", ["coroutine", "generator"])
    def test_what_returns_no_answer_is_refused_when_it_is_asked(self, recorded, count, kind):
        async def later(*given):
            return False

        def one_by_one(*given):
            yield False

        differs = later if kind == "coroutine" else one_by_one
        matcher = (lambda a: differs(a)) if count == 1 else (lambda a, b: differs(a, b))
        with (
            pytest.raises(errors.UsageError, match=f"the matcher <lambda> returned a {kind}"),
            twreplay.use_cassette(recorded, match_on=[matcher]),
        ):
            list_calls("1")

    def test_a_key_that_cannot_be_hashed_is_refused_by_name(self, recorded):
        def fields(request):
            return list(request.query)

        with (
            pytest.raises(errors.UsageError, match="fields returned list, which is not hashable"),
            twreplay.use_cassette(recorded, match_on=fields),
        ):
            list_calls("1")


class TestCassetteInMemory:
    def test_is_recorded_and_replayed_without_a_file(self, tmp_path, monkeypatch):
        monkeypatch.chdir(tmp_path)
        with recording(None) as tape:
            recorded = list_calls().content

        with twreplay.use_cassette(tape) as again:
            assert list_calls().content == recorded
        assert (again.play_count, list(tmp_path.iterdir())) == (1, [])

    def test_goes_on_in_another_block(self):
        with recording(None) as tape:
            list_calls("0")
        simulator = twreplay.Simulator(account_sid=ACCOUNT, auth_token=TOKEN, undocumented="ignore")
        options = {"record_mode": "new_episodes", "source": simulator}
        with twreplay.use_cassette(tape, **options) as longer:
            list_calls("0"), list_calls("1")

        assert (len(tape), len(longer), longer.play_count) == (1, 2, 1)

    def test_keeps_no_token(self):
        with recording(None) as tape:
            list_calls()

        assert TOKEN not in repr([i.request.headers.pairs for i in tape.interactions])
        assert tape.requests[0].credentials.auth_token == "REDACTED"

    def test_that_cannot_record_is_refused(self):
        with pytest.raises(errors.UsageError, match=r'use_cassette\(None, record_mode="once"\)'):
            twreplay.use_cassette(None)

    def test_unused_interactions_fail_the_block(self):
        with recording(None) as tape:
            list_calls()

        with pytest.raises(errors.UnusedInteractions), twreplay.use_cassette(tape):
            pass

    def test_a_decorated_function_is_given_it(self):
        @twreplay.use_cassette(None, record_mode="once", source="simulator")
        def record(twilio_cassette):
            list_calls()
            return twilio_cassette

        assert (len(record()), len(record())) == (1, 1)


class TestRewinding:
    def test_each_interaction_answers_again(self, path):
        with recording(path):
            list_calls("0"), list_calls("0")

        with twreplay.use_cassette(path) as cassette:
            list_calls("0"), list_calls("0")
            cassette.rewind()
            list_calls("0")
        assert (cassette.play_count, cassette.unused) == (3, ())

    def test_with_a_fallback_it_is_refused(self, path):
        with recording(path):
            list_calls()

        with (
            pytest.raises(errors.UsageError, match="cannot be rewound"),
            twreplay.use_cassette(path, fallback="simulate") as cassette,
        ):
            cassette.rewind()

    def test_with_an_order_it_begins_with_the_first(self, path):
        with recording(path):
            list_calls("0"), list_calls("1")

        with (
            pytest.raises(errors.UnmatchedRequest),
            twreplay.use_cassette(path, ordered=True) as cassette,
        ):
            list_calls("0"), list_calls("1")
            cassette.rewind()
            list_calls("1")


class TestRecordedAt:
    def test_is_the_date_in_the_file(self, cassette_path):
        text = cassette_path.read_text().replace(
            "recorded_at: ''", "recorded_at: 2024-03-01T10:00Z"
        )
        cassette_path.write_text(text)

        with twreplay.use_cassette(cassette_path, allow_unused=True) as cassette:
            assert cassette.recorded_at == datetime(2024, 3, 1, 10, tzinfo=UTC)

    def test_is_none_where_there_is_no_date(self, cassette_path, path):
        with twreplay.use_cassette(cassette_path, allow_unused=True) as cassette:
            assert cassette.recorded_at is None
        with recording(path) as cassette:
            assert cassette.recorded_at is None
