"""Lists of a few instances, which have no index, are the same as those of many, which have one."""

from __future__ import annotations

import pytest
from basic_auth import encode_basic
from extent import choose_extent
from hypothesis import given, settings
from hypothesis import strategies as st

import twreplay

STATUSES = ("0", "1", "2", "3", "4", "5")
NUMBERS = ("4155550001", "4155550002", "4155550003")
QUERIES = (
    "",
    "?Status=2",
    "?Called=4155550001",
    "?Called=4155550001&Status=2",
    "?StartTime%3E=2010-03-01",
    "?StartTime=2010-03-01&Status=1",
    "?EndTime%3C=2010-03-01&Called=4155550002",
    "?num=2&page=1",
)

# What happens in a world: a call is added, changed or deleted, or time goes on.
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("add"), st.sampled_from(STATUSES), st.sampled_from(NUMBERS)),
        st.tuples(st.just("change"), st.integers(0, 20), st.sampled_from(STATUSES)),
        st.tuples(st.just("remove"), st.integers(0, 20)),
        st.tuples(st.just("advance"), st.integers(0, 100_000)),
    ),
    max_size=24,
)


def run(steps):
    """Return all answers of a world in which *steps* happen, asked after each of them."""
    simulator = twreplay.Simulator(undocumented="ignore")
    answers = []
    for name, *given_to_it in steps:
        calls = simulator.calls
        if name == "add":
            status, called = given_to_it
            simulator.add_call(Status=status, Called=called)
        elif name == "advance":
            simulator.clock.advance(given_to_it[0])
        elif calls and name == "change":
            place, status = given_to_it
            simulator.change(calls[place % len(calls)], Status=status)
        elif calls:
            simulator.remove(calls[given_to_it[0] % len(calls)])
        answers += [ask(simulator, query) for query in QUERIES]
    return answers


def ask(simulator, query):
    headers = {"Authorization": encode_basic(*simulator.auth)}
    url = f"{simulator.account_url}/Calls{query}"
    response = simulator.handle(twreplay.Request("GET", url, headers))
    return response.status, response.body


@given(STEPS)
@settings(max_examples=choose_extent(12, 30))
def test_with_and_without_an_index_the_answers_are_the_same(steps):
    with pytest.MonkeyPatch.context() as patch:
        answers = []
        for few in (0, 4, 1000):
            patch.setattr("twreplay._simulator.state.store._FEW", few)
            answers.append(run(steps))
    assert answers[0] == answers[1] == answers[2]
