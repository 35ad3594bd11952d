"""``undocumented="error"``, and filters of warnings, refuse before anything has happened."""

from __future__ import annotations

import warnings

import pytest
from builders import Client, call, message

import twreplay
from twreplay.errors import UndocumentedBehavior, WrongVersion


@pytest.fixture
def asking():
    return Client(twreplay.Simulator(undocumented="error"))


def first_number(asking):
    return f"/IncomingPhoneNumbers/{asking.simulator.incoming_phone_numbers[0].Sid}"


def test_nothing_happens_and_the_next_request_is_answered_as_if_it_had_not_been_sent(asking):
    other = Client(twreplay.Simulator(undocumented="error"))
    before = asking.simulator.snapshot()

    with pytest.raises(UndocumentedBehavior, match="question 4,"):
        asking.delete(first_number(asking))

    assert asking.simulator.snapshot() == before
    assert asking.post("/Calls", call()).text == other.post("/Calls", call()).text


def test_instances_stay_the_same_objects(asking):
    number = asking.simulator.incoming_phone_numbers[0]

    with pytest.raises(UndocumentedBehavior):
        asking.put(first_number(asking), {"FriendlyName": "x"})

    assert asking.simulator.incoming_phone_numbers[0] is number
    assert number.FriendlyName == "(415) 867-5309"


def test_inside_a_fork_what_was_done_stays_and_is_undone_with_the_fork(asking):
    simulator = asking.simulator
    before = simulator.snapshot()

    with simulator.fork():
        asking.post("/Calls", call())
        with pytest.raises(UndocumentedBehavior):
            asking.delete(first_number(asking))
        asking.post("/SMS/Messages", message())
        assert (len(simulator.calls), len(simulator.sms_messages)) == (1, 1)

    assert simulator.snapshot() == before


def test_the_journal_says_refused(asking):
    with pytest.raises(UndocumentedBehavior):
        asking.delete(first_number(asking))

    (entry,) = asking.simulator.requests
    assert (entry.is_refused, entry.response) == (True, None)
    assert [question.number for question in entry.rests_on] == [4]


@pytest.mark.parametrize(
    ("path", "form"),
    [("/Calls", call(foo="bar")), ("/SMS/Messages", message(foo="bar"))],
)
def test_an_unknown_parameter_is_documented_and_so_not_refused(asking, path, form):
    assert asking.post(path, form).status == 200
    assert len(asking.simulator.notifications) == 1


def test_a_parameter_of_another_version_that_is_accepted_is_warned_of(asking):
    """A telephony product sent Method, Timeout, Caller and Called with its redirects."""
    live = asking.simulator.add_call(Status=1)
    form = {"CurrentUrl": "http://a.example/", "Method": "POST", "Timeout": "60"}

    with pytest.warns(WrongVersion, match="CurrentMethod, not Method"):
        assert asking.post(f"/Calls/{live.Sid}", form).status == 200


def test_what_another_version_takes_and_this_one_refuses_is_raised(asking):
    with pytest.raises(WrongVersion, match="Called, not To"):
        asking.post("/Calls", {"To": "4155551212"})

    assert asking.simulator.requests[-1].is_refused


@pytest.mark.parametrize(
    "chosen",
    ["error", "error::twreplay.errors.UndocumentedBehavior", "error:.*question 4,:UserWarning"],
)
def test_a_filter_that_makes_errors_of_warnings_refuses_as_well(chosen):
    asking = Client(twreplay.Simulator())
    before = asking.simulator.snapshot()
    action, _, rest = chosen.partition(":")
    text, _, category = rest.partition(":")
    kind = UndocumentedBehavior if category.endswith("UndocumentedBehavior") else UserWarning

    with warnings.catch_warnings():
        warnings.simplefilter("default")
        warnings.filterwarnings(action, message=text, category=kind)
        with pytest.raises(UndocumentedBehavior, match="question 4,"):
            asking.delete(first_number(asking))

    assert asking.simulator.snapshot() == before
    assert asking.simulator.requests[-1].is_refused


def test_the_line_for_the_ini_file_silences_this_question_alone(asking):
    with pytest.raises(UndocumentedBehavior) as caught:
        asking.delete(first_number(asking))
    line = str(caught.value).partition("filterwarnings = ")[2].partition(";")[0]
    action, text, category = line.split(":")

    assert (action, category) == ("ignore", "twreplay.errors.UndocumentedBehavior")
    with warnings.catch_warnings():
        warnings.filterwarnings(action, message=text, category=UndocumentedBehavior)
        quiet = Client(twreplay.Simulator())
        assert quiet.delete(first_number(quiet)).status == 200
        with pytest.raises(UndocumentedBehavior, match="question 6,"):
            quiet.send("OPTIONS", "/Calls")
