"""Any document, keys and waits: the call ends or waits, never loops without time, never raises."""

from __future__ import annotations

import pickle
from math import inf

from extent import choose_extent
from hypothesis import given, settings
from hypothesis import strategies as st

from twreplay._twiml import (
    VERBS,
    AudioArrived,
    ConferenceLeft,
    Context,
    DocumentArrived,
    Durations,
    Expects,
    FetchFailed,
    Heard,
    HungUp,
    Kind,
    LegAnswered,
    LegEnded,
    Notify,
    Pressed,
    RecordingStored,
    Redirected,
    SendsKeys,
    SmsTaken,
    Spoke,
    State,
    TimePassed,
    WhisperEnded,
    read_document,
    step,
)

NAMES = [*VERBS, "Reject", "say"]
ATTRIBUTES = sorted({attribute.name for verb in VERBS.values() for attribute in verb.attributes})
VALUES = ["0", "1", "2", "7", "true", "false", "#", "", "*", "/a", "GET", "x", "4155550100"]
AUDIO = "http://clinic.example/next"
TEXTS = ["", "Hello", "4155550100", "/next", "Room", "http://["]

attributes = st.dictionaries(st.sampled_from(ATTRIBUTES), st.sampled_from(VALUES), max_size=4)


@st.composite
def elements(draw, depth=2):
    name = draw(st.sampled_from(NAMES))
    given = "".join(f' {key}="{value}"' for key, value in draw(attributes).items())
    inside = draw(st.sampled_from(TEXTS))
    if depth:
        inside += "".join(draw(st.lists(elements(depth=depth - 1), max_size=2)))
    return f"<{name}{given}>{inside}</{name}>"


documents = st.lists(elements(), max_size=5).map(lambda e: f"<Response>{''.join(e)}</Response>")
kinds = st.sampled_from(Kind)
legs = st.integers(-1, 3)
seconds = st.one_of(st.floats(0, 30), st.sampled_from([0.0, inf, -1.0, float("nan")]))
inputs = st.one_of(
    seconds.map(lambda s: ("wait", s)),
    st.text("0123456789*#a", max_size=4).map(Pressed),
    st.builds(Spoke, seconds, st.text(max_size=5)),
    st.builds(LegAnswered, legs),
    st.builds(LegEnded, legs, st.sampled_from(["busy", "failed", "no-answer"])),
    st.builds(WhisperEnded, legs, st.booleans()),
    st.sampled_from(
        [
            HungUp(),
            ConferenceLeft(),
            RecordingStored("http://api/RE1"),
            SmsTaken("SM1"),
            Redirected("http://clinic.example/new"),
            FetchFailed(11200),
        ]
    ),
    st.builds(
        AudioArrived,
        st.sampled_from([AUDIO, "http://clinic.example/a"]),
        st.one_of(st.none(), seconds),
        st.booleans(),
        st.sampled_from(["", "text/html"]),
    ),
    documents,
)
QUICK = Durations(longest_call=90, most_documents=5)


def make_input(state, drawn):
    if isinstance(drawn, str):
        kind = state.context.kind
        return DocumentArrived(read_document(drawn, url="http://clinic.example/v", kind=kind))
    if isinstance(drawn, tuple):
        return TimePassed(state.now + drawn[1])
    return drawn


def answer(state, body):
    """Do for *state* what it needs from outside, or let time go on."""
    needed = {
        Expects.DOCUMENT: body,
        Expects.STORED_RECORDING: RecordingStored("http://api/RE1"),
        Expects.SMS: SmsTaken("SM1"),
    }
    if state.expects is Expects.AUDIO:
        activity = state.activity
        return AudioArrived(getattr(activity, "awaits", "") or activity.url, len(body) % 3)
    if state.expects in needed:
        return make_input(state, needed[state.expects])
    assert state.due is not None  # it waits for somebody, and not for ever
    assert state.due >= state.now
    return TimePassed(state.due)


@settings(max_examples=choose_extent(40, 100))
@given(
    kinds,
    st.booleans(),
    st.text("0123456789*#w", max_size=6),
    st.lists(documents, min_size=1, max_size=3),
    st.lists(inputs, max_size=12),
)
def test_a_run_ends_or_waits(kind, asks_for_audio, keys, bodies, script):
    numbers = {"caller": "4155551212", "called": "4158675309"}
    context = Context(kind=kind, durations=QUICK, asks_for_audio=asks_for_audio, **numbers)
    state = State(context, activity=SendsKeys(keys)) if kind is Kind.VOICE else State(context)
    for drawn in script:
        event = make_input(state, drawn)
        before, done = state, step(state, event)
        assert done == step(before, event)
        assert done.state.now >= before.now
        if before.is_hung_up:
            assert not any(isinstance(effect, Heard) for effect in done.effects)
        state = done.state
    assert pickle.loads(pickle.dumps(state)) == state
    steps = 0
    while not state.is_over:
        if state.due is None and state.expects is Expects.NOTHING:
            break  # it plays without end, and whoever began it ends it
        if kind is not Kind.VOICE and state.now > 90:
            break
        state = step(state, answer(state, bodies[steps % len(bodies)])).state
        steps += 1
        assert steps < 2_000
    assert kind is not Kind.VOICE or state.is_over


@settings(max_examples=choose_extent(25, 60))
@given(documents, st.lists(st.floats(0, 20), max_size=6))
def test_time_in_one_step_and_in_many_comes_to_the_same(body, waits):
    first = DocumentArrived(read_document(body, url="http://clinic.example/v"))
    start = step(State(Context(caller="4155551212", called="4158675309")), first).state
    often, effects = start, ()
    for wait in waits:
        done = step(often, TimePassed(often.now + wait))
        often, effects = done.state, effects + done.effects
    once = step(start, TimePassed(often.now))

    assert (once.state, once.effects) == (often, effects)


@given(
    st.one_of(st.binary(max_size=200), st.text(max_size=200), documents.map(lambda d: d[:-7])),
    st.sampled_from(
        ["text/xml", "", "text/plain", "text/plain; charset=x", "audio/wav", "a/b;charset=\x00"]
    ),
    kinds,
)
def test_any_answer_is_read(body, content_type, kind):
    document = read_document(body, content_type=content_type, kind=kind)

    for finding in document.findings:
        assert finding.line >= 1
        assert finding.column >= 1


@settings(max_examples=choose_extent(25, 60))
@given(documents, kinds)
def test_what_a_document_is_logged_with_is_what_the_checker_finds(body, kind):
    """The run logs nothing that the checker did not find, for an account that may do all."""
    document = read_document(body, kind=kind)
    state = State(Context(kind=kind, caller="4155551212", called="4158675309"))
    done = step(state, DocumentArrived(document))
    known = {(one.line, one.column, one.code) for one in document.findings}
    for effect in done.effects:
        if isinstance(effect, Notify) and effect.code != 14101:  # to itself: not the document's
            assert (effect.line, effect.column, effect.code) in known
