"""
Each message as its reader gets it, compared whole with a file in tests/messages.

TWREPLAY_UPDATE_MESSAGES=1 writes the files anew; see tests/README.md.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import runpy
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest
import requests
import two_way
from cassette_locks import hold_lock, with_patience
from conftest import ACCOUNT, BASE, SMS_AND_CALLS, TOKEN
from inner_runs import run_inner
from recorder import handler_of

import twreplay
from twreplay import Headers, Request, Response, errors

ROOT = Path(__file__).parents[1]
GOLDEN = ROOT / "tests" / "messages"
UPDATE = bool(os.environ.get("TWREPLAY_UPDATE_MESSAGES"))

CALLER = f'''\
"""What a user's module does; the messages name its lines."""

import requests

ACCOUNT = "{BASE}"
AUTH = ("{ACCOUNT}", "any token")


def remind(auth=AUTH, **changed):
    fields = {{"From": "4158675309", "To": "4155551212", "Body": "Hi Jenny!"}} | changed
    return requests.post(ACCOUNT + "/SMS/Messages", data=fields, auth=auth, timeout=5)


def list_calls(auth=AUTH, **query):
    asked = {{"page": "0", "num": "2"}} | query
    return requests.get(ACCOUNT + "/Calls", params=asked, auth=auth, timeout=5)


def release(number):
    url = ACCOUNT + "/IncomingPhoneNumbers/" + number
    return requests.delete(url, auth=AUTH, timeout=5)


def other_version():
    return requests.get("https://api.twilio.com/2010-04-01/Accounts", auth=AUTH, timeout=5)


def elsewhere():
    return requests.get("http://127.0.0.1:9/", timeout=5)


def refuse(twilio):
    twilio.when("POST", "/Calls", times=2, Called="4155550000").fail(500)


def refuse_wrongly(twilio):
    twilio.when("DELETE", "/Calls").fail()
    twilio.when("DELETE", "/Recordings/*")
    twilio.when("POST", "/SMS/Messages", Bdy="Hi").fail()
    twilio.when("POST", "/SMS/Messages", To="4155550000").raises(TimeoutError).then.fail()
    twilio.when("GET", "/Calls").after(seconds=60).fail()
    twilio.when("GET", "/Notifications").fail()
    twilio.when("GET").respond(200)


def expect_key(twilio):
    twilio.when_calling("/key", times=2).fail(503)
    twilio.when_calling("/voice", Caller="4155550000").delay(3)
'''

USERS = SimpleNamespace
MESSAGES: dict[str, Callable[[USERS], object]] = {}


def message(produce: Callable[[USERS], object]) -> Callable[[USERS], object]:
    """Whoever is called with the user's module and raises one."""
    MESSAGES[produce.__name__.replace("_", "-")] = produce
    return produce


def play(path: str = "cassettes/remind.yaml", **options: object) -> twreplay.Cassette:
    return twreplay.use_cassette(path, **options)


# --- requests that nothing answers ------------------------------------------------------------


@message
def unmatched_one_field(users):
    with play():
        users.remind(To="4155550000")


@message
def unmatched_several_fields(users):
    with play():
        users.remind(To="4155550000", Body="Your appointment is tomorrow at nine.", Flag="1")


@message
def unmatched_beside_a_shared_cassette(users):
    Path("cassettes/login.yaml").write_text(SMS_AND_CALLS)
    with play("cassettes/own.yaml", record_mode="once", source="simulator"):
        requests.get(f"{BASE}/Recordings", auth=users.AUTH, timeout=5)
    with play("cassettes/own.yaml", shared=["cassettes/login.yaml"], allow_unused=True):
        users.list_calls(page="1")


@message
def not_found_shared(users):
    Path("cassettes/calls.yaml").write_text(SMS_AND_CALLS)
    with play("cassettes/calls.yaml", shared=["cassettes/remindd.yaml"]):
        pass


@message
def not_found_beside_a_shared_cassette(users):
    with play("cassettes/own.yaml", shared=["cassettes/remind.yaml"]):
        users.list_calls(page="1")


@message
def unmatched_query(users):
    with play():
        users.list_calls(page="1")


@message
def unmatched_other_account(users):
    with play():
        users.remind(auth=("AC" + "f" * 32, "token"))


@message
def unmatched_without_credentials(users):
    with play():
        users.remind(auth=None)


@message
def unmatched_played(users):
    with play():
        users.remind()
        users.remind()


@message
def unmatched_nothing_near(users):
    with play():
        users.release("PN" + "1" * 32)


@message
def unmatched_mode_once(users):
    with play(record_mode="once"):
        users.remind(To="4155550000")


@message
def unmatched_empty(users):
    Path("empty.yaml").write_text("version: 1\ninteractions: []\n")
    with play("empty.yaml"):
        users.remind()


@message
def unmatched_told_again(users):
    with play(), contextlib.suppress(Exception):
        users.remind(To="4155550000")


@message
def unmatched_two_told_again(users):
    with play():
        for number in ("4155550000", "4155550001"):
            with contextlib.suppress(Exception):
                users.remind(To=number)


@message
def unused_one(users):
    with play():
        users.remind()


@message
def unused_all(users):
    with play():
        pass


@message
def unused_with_fallback(users):
    with play(fallback="simulate"):
        users.remind()
        users.list_calls(num="5")


@message
def not_simulated(users):
    with play():
        users.other_version()


# --- files ------------------------------------------------------------------------------------


@message
def not_found(users):
    with play("cassettes/no.yaml"):
        pass


@message
def not_found_near(users):
    with play("cassettes/remindd.yaml"):
        pass


@message
def not_found_failed_recording(users):
    Path("cassettes/new.failed.yaml").write_text(SMS_AND_CALLS)
    with play("cassettes/new.yaml"):
        pass


def corrupt(content: bytes | str, name: str = "cassettes/remind.yaml") -> None:
    Path(name).write_bytes(content.encode() if isinstance(content, str) else content)
    with play(name):
        pass


def changed(old: str, new: str) -> str:
    """The cassette with its last *old* replaced."""
    return new.join(SMS_AND_CALLS.rsplit(old, 1))


@message
def corrupt_merge_conflict(users):
    corrupt(changed("    headers:", "<<<<<<< HEAD\n    headers:"))


@message
def corrupt_cut_off(users):
    corrupt(SMS_AND_CALLS[:1000])


@message
def corrupt_syntax(users):
    corrupt(changed("method: GET", "method: GET: now"))


@message
def corrupt_shape(users):
    corrupt(changed("code: 200", "code: two hundred"))


@message
def corrupt_field_missing(users):
    corrupt(changed("    method: GET\n", ""))


@message
def corrupt_first_interaction(users):
    corrupt(SMS_AND_CALLS.replace("method: POST", "method: [POST]"))


@message
def corrupt_key_twice(users):
    corrupt(changed("    method: GET\n", "    method: GET\n    method: PUT\n"))


@message
def corrupt_no_interactions(users):
    corrupt("version: 1\nrequests: []\n")


@message
def corrupt_list(users):
    corrupt("- request: {}\n")


@message
def corrupt_empty(users):
    corrupt("")


@message
def corrupt_gzip(users):
    corrupt(b"\x1f\x8b\x08\x00")


@message
def corrupt_encoding(users):
    corrupt(changed("OK", "é").encode("latin-1"))


@message
def corrupt_python_object(users):
    corrupt(changed("body: null", "body: !!python/object/new:_io.BytesIO {}"))


@message
def corrupt_alias_bomb(users):
    lines = ["a: &a [x, x, x, x, x, x, x, x, x]"]
    for inner, outer in ("ab", "bc", "cd", "de", "ef", "fg", "gh", "hi", "ij", "jk"):
        lines.append(f"{outer}: &{outer} [{', '.join(['*' + inner] * 9)}]")
    corrupt("\n".join([*lines, "interactions: *k", ""]))


@message
def corrupt_directory(users):
    with play("cassettes"):
        pass


@message
def corrupt_below_a_file(users):
    Path("file").touch()
    with play("file/calls.yaml", record_mode="once"):
        pass


@message
def corrupt_lfs_pointer(users):
    corrupt("version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n")


@message
def corrupt_json(users):
    corrupt('{\n "version": 1,\n "interactions": [\n  {\n   "request": {', "cassettes/remind.json")


@message
def too_new(users):
    corrupt(SMS_AND_CALLS.replace("format: 1", "format: 3"))


@message
def not_saved(users):
    def refuse(self: Path, target: Path) -> None:
        raise OSError(28, "No space left on device")

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(Path, "replace", refuse)
        with play("new.yaml", record_mode="once") as cassette:
            handler_of(cassette).record(
                Request("GET", f"{BASE}/Calls"), Response(200, Headers(), b"", "OK")
            )


@message
def not_saved_locked(users):
    path = Path("new.yaml")
    with hold_lock(path), with_patience(0.0):
        with play(path, record_mode="once") as cassette:
            handler_of(cassette).record(
                Request("GET", f"{BASE}/Calls"), Response(200, Headers(), b"", "OK")
            )


@message
def expired(users):
    old = datetime.now(UTC) - timedelta(days=41, minutes=1)
    text = SMS_AND_CALLS.replace("recorded_at: ''", f"recorded_at: '{old.isoformat()}'")
    Path("old.yaml").write_text(text)
    with play("old.yaml", max_age="30d", on_expiry="fail"):
        pass


@message
def recording_interrupted(users):
    with play("new.yaml", record_mode="once") as cassette:
        handler_of(cassette).interrupted(Request("GET", f"{BASE}/Calls"), "12 of 99 bytes arrived")


@message
def secret_in_cassette(users):
    with play("new.yaml", record_mode="once") as cassette:
        request = Request("GET", f"{BASE}/Calls?AuthToken={TOKEN}")
        # Nobody thought of a token there, which is what the last look is for.
        handler_of(cassette).record(request, Response(200, {}, b"", reason=f"OK {TOKEN}"))


@message
def credential_in_cassette(users):
    with play("new.yaml", record_mode="once") as cassette:
        request = Request("GET", f"{BASE}/Calls")
        body = "<Note>session=0123456789abcdef0123456789abcdef</Note>"
        handler_of(cassette).record(request, Response(200, {}, body))


# --- usage ------------------------------------------------------------------------------------


@message
def usage_keyword(users):
    play(record_mod="once")


@message
def usage_record_mode(users):
    play(record_mode="onec")


@message
def usage_match_on(users):
    play(match_on=("method", "from"))


@message
def usage_match_on_type(users):
    play(match_on=("method", 3))


@message
def usage_match_on_not_iterable(users):
    play(match_on=3)


@message
def usage_ignore(users):
    play(ignore=("frm.To",))


@message
def usage_redact(users):
    play(redact="identifier")


@message
def usage_fallback(users):
    play(fallback="simulat")


@message
def usage_allow_unused(users):
    play(allow_unused="yes")


@message
def not_saved_read_only(users):
    Path("cassettes/remind.yaml").chmod(0o444)
    with play(record_mode="rewrite") as cassette:
        handler_of(cassette).record(
            Request("GET", f"{BASE}/Calls"), Response(200, Headers(), b"", "OK")
        )


@message
def usage_set_up_class(users):
    @twreplay.simulate()
    class TestReminders:
        @classmethod
        def setup_class(cls):
            requests.get(f"{BASE}/Calls", timeout=5)

    TestReminders.setup_class()


@message
def usage_max_age(users):
    play(max_age="a month")


@message
def usage_on_expiry(users):
    play(on_expiry="records")


@message
def usage_hosts(users):
    play(hosts=("https://api.twilio.com",))


@message
def usage_hosts_type(users):
    play(hosts=3)


@message
def usage_path(users):
    play(3)


@message
def usage_no_path(users):
    with twreplay.use_cassette():
        pass


@message
def usage_open_already(users):
    context = play()
    with context, context:
        pass


@message
def usage_decorates(users):
    play()(3)


@message
def usage_thread_without_context(users):
    raised = []

    def ask() -> None:
        try:
            users.remind()
        except errors.TwreplayError as error:
            raised.append(error)

    thread = threading.Thread(target=ask)
    opened = [play(allow_unused=True), play(allow_unused=True)]
    with contextlib.ExitStack() as stack:
        # Side by side, as two threads would have them, not one in the other.
        for one in opened:
            contexts = threading.Thread(target=stack.enter_context, args=[one])
            contexts.start()
            contexts.join()
        thread.start()
        thread.join()
    raise raised[0]


# --- the tests --------------------------------------------------------------------------------


def compared(name: str, text: str) -> None:
    file = GOLDEN / f"{name}.txt"
    if UPDATE:
        file.write_text(text, "utf-8")
    assert text == (file.read_text("utf-8") if file.exists() else None)


# --- the simulator, the network -------------------------------------------------------------


@message
def unused_rule(users):
    with twreplay.simulate() as twilio:
        users.refuse(twilio)


@message
def unused_rules_explained(users):
    with twreplay.simulate(account_sid=ACCOUNT, auth_token=TOKEN) as twilio:
        users.refuse_wrongly(twilio)
        users.remind(auth=twilio.auth)
        requests.get(f"{BASE}/Notifications", auth=twilio.auth, timeout=5)


@message
def not_sent_one_field(users):
    with twreplay.simulate(account_sid=ACCOUNT, auth_token=TOKEN) as twilio:
        users.list_calls(auth=twilio.auth)
        users.remind(auth=twilio.auth)
        twilio.assert_sent(To="4155551212", Body="Hello Jenny!")


@message
def not_sent_unsuccessful(users):
    with twreplay.simulate(account_sid=ACCOUNT, auth_token=TOKEN) as twilio:
        twilio.when("POST", "/SMS/*", times=1).acts_then_raises(twreplay.faults.ReadTimeout)
        with contextlib.suppress(requests.exceptions.ReadTimeout):
            users.remind(auth=twilio.auth)
        users.remind(auth=twilio.auth, To="12")
        users.remind(auth=twilio.auth, To="4155550000")
        twilio.assert_sent(times=3, Body=twreplay.contains("Jenny"))


@message
def sent_nevertheless(users):
    with twreplay.simulate(account_sid=ACCOUNT, auth_token=TOKEN) as twilio:
        users.remind(auth=twilio.auth)
        twilio.assert_not_sent(To="4155551212")


@message
def not_called_nothing(users):
    with twreplay.simulate() as twilio:
        twilio.assert_called(Called="4155551212")


@message
def not_requested_path(users):
    with twreplay.simulate(account_sid=ACCOUNT, auth_token=TOKEN) as twilio:
        users.list_calls(auth=twilio.auth)
        twilio.assert_requested("GET", "/Call", query={"num": re.compile("^5")})


@message
def usage_assert_field(users):
    twreplay.Simulator().assert_called(To="4155551212")


@message
def usage_when_keyword(users):
    twreplay.Simulator().when("GET", "/Calls", header={"X": "1"})


@message
def usage_simulate_keyword(users):
    twreplay.simulate(profil="observed")


@message
def usage_profile(users):
    twreplay.simulate(profile="observe")


@message
def usage_undocumented(users):
    twreplay.simulate(undocumented="no")


@message
def usage_now(users):
    twreplay.simulate(now="2010-03-01")


@message
def usage_seed(users):
    twreplay.simulate(seed=None)


@message
def usage_account_sid(users):
    twreplay.simulate(account_sid="AC 1")


@message
def usage_auth_token(users):
    twreplay.simulate(auth_token="")


@message
def usage_property(users):
    twreplay.Simulator().add_call(Calld="4155551212")


@message
def usage_property_value(users):
    twreplay.Simulator().add_call(StartTime="yesterday")


@message
def usage_sid_taken(users):
    simulator = twreplay.Simulator()
    simulator.add_call(Sid="CA1")
    simulator.add_call(Sid="CA1")


@message
def usage_no_such_account(users):
    twreplay.Simulator().add_call(AccountSid="AC1")


def deliver(url, answer=None):
    with twreplay.simulate() as twilio:
        twilio.attach(answer or (lambda environ, start_response: []), ATTACHED)
        twilio.change(twilio.incoming_phone_numbers[0], Url=url)
        twilio.phone("4155550101").dial("4158675309")


ATTACHED = "https://clinic.example/app"


def replay_call(said, **options):
    """Replay a call whose application said Hello, to one that says *said*."""

    def say(text):
        def app(environ, start_response):
            start_response("200 OK", [("Content-Type", "text/xml")])
            return [f"<Response><Say>{text}</Say><Hangup/></Response>".encode()]

        return app

    path = "cassettes/call.yaml"
    with twreplay.use_cassette(path, app=say("Hello."), record_mode="once") as cassette:
        two_way.Api(cassette.wrap()).request(CallSid=f"CA{1:032x}")
        two_way.answer_from_api(cassette, "POST", data=two_way.FORM)
        two_way.Api(cassette.wrap()).request()
    with twreplay.use_cassette(path, app=say(said), allow_unused=True, **options):
        pass


@message
def webhook_drift(users):
    replay_call("Good evening.", sign_with=TOKEN)


@message
def webhook_without_token(users):
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("TWILIO_AUTH_TOKEN", raising=False)
        replay_call("Who are you?")


@message
def unused_webhook_rule(users):
    with twreplay.simulate() as twilio:
        twilio.attach(lambda environ, start_response: start_response("200 OK", []) and [])
        twilio.change(twilio.incoming_phone_numbers[0], Url="https://clinic.example/voice")
        users.expect_key(twilio)
        twilio.phone("4155550101").dial("4158675309")


@message
def usage_webhook_elsewhere(users):
    deliver("https://clinic.invalid/voice?token=hunter2")


@message
def usage_webhook_other_scheme(users):
    deliver("http://clinic.example/app/voice")


@message
def usage_webhook_in_a_loop(users):
    async def application(scope, receive, send): ...

    async def test():
        deliver(f"{ATTACHED}/voice", application)

    asyncio.run(test())


@message
def usage_attach(users):
    twreplay.Simulator().attach({"an": "application"})


@message
def usage_attach_base(users):
    twreplay.Simulator().attach("http://127.0.0.1:5000", "clinic.example")


@message
def usage_attach_seen_as(users):
    twreplay.Simulator().attach("http://127.0.0.1:5000", ATTACHED, seen_as="ngork")


@message
def usage_take(users):
    twreplay.take(seconds=3)


@message
def usage_sign_token(users):
    twreplay.sign("https://clinic.example/voice", {}, "")


@message
def usage_advance(users):
    twreplay.Simulator().clock.advance(seconds=-1)


@message
def usage_outcome(users):
    twreplay.Simulator().arrange_call(outcome="no answer")


@message
def usage_when_method(users):
    twreplay.Simulator().when("PSOT", "/Calls")


@message
def usage_when_path(users):
    twreplay.Simulator().when("POST", "Calls")


@message
def usage_respond(users):
    twreplay.Simulator().when().respond(999)


@message
def usage_raises(users):
    twreplay.Simulator().when().raises("timeout")


@message
def usage_twiml_kind(users):
    twreplay.check_twiml("<Response/>", kind="call")


@message
def usage_twiml_type(users):
    twreplay.check_twiml({"Say": "Hello"})


@message
def usage_allowed_hosts(users):
    twreplay.block_network(["http://localhost:8000"])


@message
def network_blocked(users):
    with twreplay.block_network(["db.test"]):
        users.elsewhere()


WARNINGS: dict[str, Callable[[USERS, twreplay.Simulator], object]] = {
    "warning-undocumented": lambda users, twilio: users.get(
        f"{twilio.account_url}/Calls?page=9", auth=twilio.auth
    ),
    "warning-wrong-version": lambda users, twilio: users.post(
        f"{twilio.account_url}/Calls", auth=twilio.auth, data={"To": "4155551212"}
    ),
}


@pytest.mark.parametrize("name", WARNINGS)
def test_a_warning_reads_as_it_should(name):
    with (
        twreplay.simulate() as twilio,
        pytest.warns(errors.UndocumentedBehavior) as caught,
    ):
        WARNINGS[name](requests, twilio)

    (warning,) = caught
    compared(name, f"{warning.category.__name__}: {warning.message}\n")
    assert warning.filename == __file__


@pytest.mark.parametrize("name", MESSAGES)
def test_a_message_reads_as_it_should(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("cassettes").mkdir()
    Path("cassettes/remind.yaml").write_text(SMS_AND_CALLS)
    Path("reminders.py").write_text(CALLER)
    users = SimpleNamespace(**runpy.run_path(str(tmp_path / "reminders.py")))

    with pytest.raises(errors.TwreplayError) as caught:
        MESSAGES[name](users)

    text = f"{type(caught.value).__name__}: {caught.value}\n".replace(str(tmp_path), "/project")
    compared(name, text)
    assert TOKEN not in text
    assert not [line for line in text.splitlines() if line != line.rstrip()]


AT_THE_DOOR_OF_PYTEST = {
    "pytest-not-found": ("class TestReminders:\n    def test_one(self, twilio_cassette): pass", ""),
    "pytest-not-found-near": (
        "@pytest.mark.parametrize('p', ['GET'])\ndef test_near(p, twilio_cassette): pass",
        "test_near[GET].yaml",
    ),
    "pytest-corrupt": ("def test_bad(twilio_cassette): pass", "test_bad.yaml"),
    "pytest-unused": ("def test_two(twilio_cassette): pass", "test_two.yaml"),
}


@pytest.mark.parametrize("name", AT_THE_DOOR_OF_PYTEST)
def test_a_message_at_the_door_of_pytest_reads_as_it_should(name, pytester):
    """
    What to type there is not what to type in code.
    """
    source, cassette = AT_THE_DOOR_OF_PYTEST[name]
    pytester.makepyfile(test_reminders="import pytest, requests\n" + source)
    pytester.makeconftest(
        "def pytest_exception_interact(call):\n"
        "    open('told.txt', 'w').write(f'{call.excinfo.typename}: {call.excinfo.value}\\n')"
    )
    folder = pytester.path / "cassettes" / "test_reminders"
    folder.mkdir(parents=True)
    if cassette:
        (folder / cassette).write_text("" if "corrupt" in name else SMS_AND_CALLS)

    run_inner(pytester)

    told = (pytester.path / "told.txt").read_text("utf-8")
    compared(name, told.replace(str(pytester.path), "/project"))


def test_each_file_is_a_message_that_there_is():
    assert sorted([*MESSAGES, *WARNINGS, *AT_THE_DOOR_OF_PYTEST]) == sorted(
        file.stem for file in GOLDEN.glob("*")
    )


@pytest.mark.parametrize("file", sorted(GOLDEN.glob("[!w]*.txt")), ids=lambda file: file.stem)
def test_more_leads_to_a_heading(file):
    """
    Each message ends with where to read on, and that is a heading of docs/errors.md.
    """
    headings = re.findall(r"(?m)^## (\S+)$", (ROOT / "docs" / "errors.md").read_text("utf-8"))
    anchor = re.search(r"\nMore: twreplay explain ([\w-]+), or \S+#\1\n\Z", file.read_text("utf-8"))

    assert anchor is not None
    assert anchor[1] in headings


def test_each_anchor_in_the_source_is_a_heading():
    headings = re.findall(r"(?m)^## (\S+)$", (ROOT / "docs" / "errors.md").read_text("utf-8"))
    anchors = {
        anchor
        for source in (ROOT / "twreplay").rglob("*.py")
        for anchor in re.findall(r'anchor = ?"([^"]+)"|anchor="([^"]+)"', source.read_text("utf-8"))
    }

    assert anchors
    assert {one or other for one, other in anchors} <= set(headings)


@pytest.mark.parametrize("name", sorted(set(errors.__all__) - {"MissReason"}))
def test_each_error_has_a_heading(name):
    """
    Those that say who can fix it have none: what is raised is one below them.
    """
    heading = re.sub(r"(?<!\A)([A-Z])", r"-\1", name).lower()
    text = (ROOT / "docs" / "errors.md").read_text("utf-8")

    assert name in {"TwreplayError", "CassetteError"} or f"\n## {heading}\n" in text
