"""Worlds that are saved, restored and forked."""

import json
from collections.abc import Callable

import pytest
from extent import choose_extent
from hypothesis import given, settings
from hypothesis import strategies as st

import twreplay
from twreplay import errors
from twreplay.errors import UsageError

SMS = {"From": "4158675309", "To": "4155551212", "Body": "Hi"}
CALL = {"Caller": "4158675309", "Called": "4155551212", "Url": "http://app.example/"}


def _ask(method: str, path: str, **form: str) -> Callable[[twreplay.Simulator], bytes]:
    return lambda twilio: _respond(method, path, **form)(twilio).body


def _respond(
    method: str, path: str, **form: str
) -> Callable[[twreplay.Simulator], twreplay.Response]:
    def act(twilio: twreplay.Simulator) -> twreplay.Response:
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        body = "&".join(f"{name}={value}" for name, value in form.items()).encode()
        url = twilio.account_url.replace("//", f"//{':'.join(twilio.auth)}@", 1) + path
        return twilio.handle(twreplay.Request(method, url, headers=headers, body=body))

    return act


ACTIONS: dict[str, Callable[[twreplay.Simulator], object]] = {
    "call": _ask("POST", "/Calls", **CALL),
    "text": _ask("POST", "/SMS/Messages", **SMS),
    "buy": _ask("POST", "/IncomingPhoneNumbers/Local", AreaCode="415"),
    "validate": _ask("POST", "/OutgoingCallerIds", PhoneNumber="4155550199"),
    "subaccount": lambda t: t.add_account(),
    "wait": lambda t: t.clock.advance(seconds=7.5),
    "wait long": lambda t: t.clock.advance(seconds=120),
    "busy": lambda t: t.arrange_call("4155551212", outcome="busy"),
    "keyed in": lambda t: t.arrange_validation(after=3),
    "sold out": lambda t: t.arrange_numbers("415", available=0),
    "recording": lambda t: t.add_recording(wav=b"RIFF\x00\xff"),
    "participant": lambda t: t.add_participant(),
    "leg": lambda t: t.add_call(Sid=t.add_call().Sid, segment=True),
    "rename": lambda t: _ask("POST", "", FriendlyName="Clinic")(t),
    "release": lambda t: (
        _ask("DELETE", f"/IncomingPhoneNumbers/{t.incoming_phone_numbers[-1].Sid}")(t)
        if t.incoming_phone_numbers
        else None
    ),
    "kick": lambda t: (
        _ask(
            "DELETE",
            f"/Conferences/{t.participants[-1].ConferenceSid}/Participants/{t.participants[-1].CallSid}",
        )(t)
        if t.participants
        else None
    ),
}
PATHS = ("/Calls", "/SMS/Messages", "/IncomingPhoneNumbers", "/Recordings", "/Conferences", "")

scripts = st.lists(st.sampled_from(sorted(ACTIONS)), max_size=12)


def _world(script: list[str], seed: int = 0) -> twreplay.Simulator:
    twilio = twreplay.Simulator(seed=seed, undocumented="ignore")
    _run(twilio, script)
    return twilio


def _run(twilio: twreplay.Simulator, script: list[str]) -> None:
    for name in script:
        ACTIONS[name](twilio)


def _pages(twilio: twreplay.Simulator) -> list[object]:
    return [_ask("GET", path)(twilio) for path in PATHS]


class TestSnapshot:
    @given(before=scripts, after=scripts)
    @settings(max_examples=choose_extent(25, 60), deadline=None)
    def test_a_restored_world_goes_on_as_the_saved_one(self, before, after):
        saved = _world(before)
        restored = twreplay.Simulator(seed=99, undocumented="ignore")
        restored.restore(json.loads(json.dumps(saved.snapshot())))

        assert restored.snapshot() == saved.snapshot()
        _run(saved, after)
        _run(restored, after)
        assert _pages(restored) == _pages(saved)
        assert restored.snapshot() == saved.snapshot()

    def test_keeps_account_and_token(self):
        saved, restored = twreplay.Simulator(seed=1), twreplay.Simulator(seed=2)

        restored.restore(saved.snapshot())

        assert restored.auth == saved.auth

    def test_shares_nothing_with_the_world_it_was_taken_of(self):
        twilio = _world([])
        snapshot = twilio.snapshot()

        _run(twilio, ["text", "busy", "wait"])
        twilio.restore(snapshot)

        assert twilio.sms_messages == ()
        assert twilio.snapshot() == snapshot

    def test_leaves_journal_and_rules_to_the_test(self):
        twilio = _world(["text"])
        twilio.when("GET", "/Calls").respond(500)

        twilio.restore(_world([]).snapshot())

        assert len(twilio.requests) == 1
        assert _respond("GET", "/Calls")(twilio).status == 500

    @pytest.mark.parametrize(
        ("snapshot", "message"),
        [
            (None, "restore takes what snapshot() returned, not NoneType"),
            ({}, "restore takes what snapshot() returned, not dict"),
            ({"twreplay_snapshot": 9}, "has format 9, and this twreplay reads 1"),
            ({"twreplay_snapshot": 1, "profile": "observed"}, "profile='observed'"),
            ({"twreplay_snapshot": 1, "profile": "documented"}, "the snapshot is damaged"),
        ],
    )
    def test_what_is_no_snapshot_is_refused_and_changes_nothing(self, snapshot, message):
        twilio = _world(["text"])
        before = twilio.snapshot()

        with pytest.raises(UsageError) as caught:
            twilio.restore(snapshot)

        assert message in str(caught.value)
        assert twilio.snapshot() == before

    @pytest.mark.parametrize(
        ("damage", "message"),
        [
            (lambda s: s["instances"][0]["values"].update(Sid=5), "instances[0].values.Sid is 5"),
            (lambda s: s["instances"][0]["values"].pop("Status"), "has no Status"),
            (lambda s: s["instances"][0]["times"].update(DateCreated=True), "DateCreated is True"),
            (lambda s: s["instances"][0]["times"].update(DateCreated=10**15), "is no date"),
            (lambda s: s["instances"][0].update(changed=None), "instances[0].changed is None"),
            (lambda s: s["instances"][0]["hidden"].update(trial=1), "hidden.trial is 1"),
            (lambda s: s["clock"].update(count="many"), "clock.count is 'many'"),
            (lambda s: s["clock"]["due"][0].pop(), "clock.due[0] is"),
            (lambda s: s["clock"]["due"][0][5].update(lasts="long"), "lasts is 'long'"),
            (lambda s: s["identifiers"][1].insert(0, -1), "the snapshot is damaged"),
            (lambda s: s["unseen"].reverse() or s["unseen"].pop(), "unseen is [0]"),
            (lambda s: s["outcomes"]["call"][0].__setitem__(2, "soon"), "outcomes.after is 'soon'"),
            (lambda s: s["outcomes"]["call"][0].__setitem__(2, 1e999), "the snapshot is damaged"),
            (lambda s: s["outcomes"]["call"][0].__setitem__(1, "bussy"), "no call ends as 'bussy'"),
            (lambda s: s["clock"]["due"][0][5].clear(), "is due without 'ends'"),
            (lambda s: s["clock"]["due"][0][5].update(ends="x"), "no call ends as 'x'"),
            (lambda s: s["stock"].update({"415": {}}), "stock.415 is {}"),
            (lambda s: s["prices"].update(call="dear"), "prices.call is 'dear'"),
            (lambda s: s.update(accounts=[], instances=[]), "accounts is empty"),
            (lambda s: s.pop("revision"), "the snapshot has no revision"),
            (lambda s: s.update(revision=print), "not JSON serializable"),
        ],
    )
    def test_a_damaged_one_is_refused_and_changes_nothing(self, damage, message):
        twilio = _world(["busy", "sold out", "call"])
        before = twilio.snapshot()
        damaged = twilio.snapshot()
        damage(damaged)

        with pytest.raises(UsageError, match="the snapshot is damaged") as caught:
            twilio.restore(damaged)

        assert message in str(caught.value)
        assert twilio.snapshot() == before


class TestFork:
    @given(before=scripts, inside=scripts, after=scripts)
    @settings(max_examples=choose_extent(30, 80), deadline=None)
    def test_leaves_no_trace_in_the_world(self, before, inside, after):
        twilio, untouched = _world(before), _world(before)

        with twilio.fork():
            _run(twilio, inside)

        assert twilio.snapshot() == untouched.snapshot()
        _run(twilio, after)
        _run(untouched, after)
        assert _pages(twilio) == _pages(untouched)
        assert twilio.snapshot() == untouched.snapshot()

    @given(outer=scripts, inner=scripts)
    @settings(max_examples=30, deadline=None)
    def test_forks_nest(self, outer, inner):
        twilio, untouched = _world(["call", "text"]), _world(["call", "text"])

        with twilio.fork():
            _run(twilio, outer)
            between = twilio.snapshot()
            with twilio.fork():
                _run(twilio, inner)
            assert twilio.snapshot() == between

        assert twilio.snapshot() == untouched.snapshot()

    def test_two_forks_of_one_world_get_the_same_answers(self):
        twilio = _world(["call"])
        answers = []
        for _ in range(2):
            with twilio.fork():
                answers.append([ACTIONS["text"](twilio), ACTIONS["buy"](twilio)])

        assert answers[0] == answers[1]

    def test_instances_that_are_held_change_and_change_back(self):
        twilio = _world(["call"])
        call = twilio.calls[0]

        with twilio.fork() as forked:
            forked.clock.advance(seconds=6)
            assert call.Status == "1"

        assert call.Status == "0"
        assert twilio.calls[0] is call

    def test_ends_with_the_world_of_its_beginning_whatever_happens_inside(self):
        twilio = _world(["text"])
        before = twilio.snapshot()

        with pytest.raises(ZeroDivisionError), twilio.fork():
            twilio.reset()
            _run(twilio, ["call"])
            raise ZeroDivisionError

        assert twilio.snapshot() == before

    def test_copies_nothing_but_what_changes(self):
        twilio = _world([])
        for _ in range(300):
            twilio.add_sms_message()
        untouched = [id(m) for m in twilio.sms_messages]

        with twilio.fork():
            ACTIONS["text"](twilio)
            assert [id(m) for m in twilio.sms_messages[:300]] == untouched

        assert [id(m) for m in twilio.sms_messages] == untouched


class TestDue:
    def test_is_listed_with_time_kind_and_subject(self):
        twilio = _world(["call", "text"])
        call, message = twilio.calls[0], twilio.sms_messages[0]

        due = [(d.kind, d.subject) for d in twilio.clock.due]

        assert due == [
            ("SMS being sent", message.Sid),
            ("SMS sent", message.Sid),
            ("call answered", call.Sid),
        ]
        assert (twilio.clock.due[0].at - twilio.clock.now).total_seconds() == 1

    def test_is_empty_when_all_has_happened(self):
        twilio = _world(["call", "text", "wait long", "wait long"])

        assert twilio.clock.due == ()


def test_snapshot_of_a_simulator_with_another_profile_names_the_profile_to_use():
    observed = twreplay.Simulator(profile="observed")

    with pytest.raises(errors.UsageError, match=r"Simulator\(profile='observed'\)"):
        twreplay.Simulator().restore(observed.snapshot())
