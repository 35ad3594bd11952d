"""Calls with arguments that are not taken: an error of ours, named and short."""

from __future__ import annotations

import asyncio
import contextlib
import inspect
import re

import pytest
import requests
from inner_runs import run_inner

import twreplay

# Their keywords are anything that a request may have: fields, headers, other names.
TAKE_ANYTHING = {"when", "assert_requested", "assert_not_requested"}
# What the parts of the package call of one another, often: Python's own error is enough.
FOR_THE_PACKAGE = {"reply", "list_resource", "add_resource", "unused_rules"}
PARTS_OF_RULES = {"matches", "take", "apply", "keep", "explain_time"}
PARTS_OF_VERBS = {
    "begin_refusal",
    "find_text",
    "has_stopped",
    "take_text",
    "check_heard",
    "has_heard",
}


def list_methods(owner):
    for name in dir(type(owner)):
        is_method = inspect.isroutine(inspect.getattr_static(type(owner), name))
        if is_method and not name.startswith("_"):
            yield name


@pytest.fixture
def twilio():
    with twreplay.simulate(allow_unused=True) as twilio:
        yield twilio


def test_each_method_of_a_simulator_names_the_keyword_that_it_does_not_take(twilio):
    for name in set(list_methods(twilio)) - TAKE_ANYTHING - FOR_THE_PACKAGE:
        with pytest.raises(twreplay.errors.UsageError, match=r"wrnog|missing"):
            getattr(twilio, name)(wrnog=1)


@pytest.fixture
def phone_and_number(twilio):
    """A person's phone, and a number whose application waits for keys."""

    def listen(environ, start):
        start("200 OK", [("Content-Type", "text/xml")])
        return [b'<Response><Gather timeout="60"/></Response>']

    twilio.attach(listen)
    number = twilio.incoming_phone_numbers[0]
    twilio.change(number, Url="https://clinic.example/voice")
    return twilio.phone("4155550101"), number


def test_each_verb_of_phones_and_calls_names_the_keyword_that_it_does_not_take(phone_and_number):
    phone, number = phone_and_number
    for owner in (phone, phone.dial(number.PhoneNumber)):
        for name in list_methods(owner):
            with pytest.raises(twreplay.errors.UsageError, match="wrnog"):
                getattr(owner, name)(wrnog=1)


def test_each_method_of_a_server_names_the_keyword_that_it_does_not_take():
    with twreplay.Server() as server:
        for name in set(list_methods(server)) - TAKE_ANYTHING:
            with pytest.raises(twreplay.errors.UsageError, match=r"wrnog|missing"):
                getattr(server, name)(wrnog=1)


def test_each_method_of_a_cassette_names_the_keyword_that_it_does_not_take(cassette_path):
    with twreplay.use_cassette(cassette_path, allow_unused=True) as cassette:
        for name in list_methods(cassette):
            with pytest.raises(twreplay.errors.UsageError, match="wrnog"):
                getattr(cassette, name)(wrnog=1)


@pytest.mark.parametrize(
    "call",
    [
        lambda: twreplay.check_twiml("<Response/>", kin="sms"),
        lambda: twreplay.block_network(allowed=["x"]),
        lambda: twreplay.contains(txt="x"),
        lambda: twreplay.any_of(wanted="x"),
        lambda: twreplay.take(second=1),
        lambda: twreplay.wsgi(simulater=None),
        lambda: twreplay.add_to_responses(mocks=None),
    ],
)
def test_functions_name_the_argument_that_they_do_not_take(call):
    with pytest.raises(twreplay.errors.UsageError, match=r"It takes|There is"):
        call()


# Of no type that anything takes, or out of every range.
ODD_VALUES = [
    object(), -1, None, b"x", [], {}, float("nan"), float("inf"), "\0",
    [None], {"a": None}, 10**30, 10**400, -(10**400), True, "\ud800", int,
]  # fmt: skip


def list_odd_calls(method):
    """List arguments of which at least one is odd: each alone, and each keyword."""
    parameters = inspect.signature(method).parameters.values()
    named = [each for each in parameters if each.kind in (each.KEYWORD_ONLY,)]
    for value in ODD_VALUES:
        yield (value,), {}
        yield (value, value), {}
        for each in named:
            yield (), {each.name: value}


def attack(owner, *, but=frozenset()):
    """Call each method with odd values: what it refuses is refused in our words."""
    for name in set(list_methods(owner)) - FOR_THE_PACKAGE - but:
        for args, keywords in list_odd_calls(getattr(owner, name)):
            with contextlib.suppress(twreplay.errors.TwreplayError, AssertionError):
                getattr(owner, name)(*args, **keywords)


def test_each_method_of_a_simulator_refuses_odd_values_in_our_words(twilio):
    attack(twilio)


def test_each_method_of_a_rule_refuses_odd_values_in_our_words(twilio):
    attack(twilio.when("GET", "/Calls"), but=PARTS_OF_RULES)
    attack(twilio.when("GET", "/Calls").respond(200), but=PARTS_OF_RULES)


def test_each_verb_of_phones_and_calls_refuses_odd_values_in_our_words(phone_and_number):
    phone, number = phone_and_number
    attack(phone, but=PARTS_OF_VERBS)
    attack(phone.dial(number.PhoneNumber), but=PARTS_OF_VERBS | {"hang_up"})


@pytest.mark.parametrize("name", ["advance", "travel_to", "run_until", "run_until_idle", "follow"])
def test_each_verb_of_the_clock_refuses_odd_values_in_our_words(name, twilio):
    for value in ODD_VALUES:
        for keyword in ("", "seconds", "limit", "status"):
            given = {keyword: value} if keyword else {}
            with contextlib.suppress(twreplay.errors.UsageError, TypeError if keyword else ()):
                getattr(twilio.clock, name)(*(() if keyword else (value,)), **given)


# What the server needs of the verbs as coroutines.
FOR_THE_SERVER = {"watch", "is_busy"}


async def attack_verbs(owner, but=frozenset()):
    for name in set(list_methods(owner)) - but:
        for args, keywords in list_odd_calls(getattr(owner, name)):
            with contextlib.suppress(twreplay.errors.TwreplayError, AssertionError):
                done = getattr(owner, name)(*args, **keywords)
                if inspect.isawaitable(done):
                    await done


def test_each_coroutine_refuses_odd_values_in_our_words(phone_and_number, twilio):
    number = phone_and_number[1].PhoneNumber

    async def attack_all():
        await attack_verbs(twilio.aio, FOR_THE_SERVER)
        phone = twilio.aio.phone("4155550102")
        await attack_verbs(phone)
        await attack_verbs(await phone.dial(number), {"hang_up"})

    asyncio.run(attack_all())


def test_keys_pressed_in_a_loop_are_those_pressed_outside(phone_and_number, twilio):
    phone, number = phone_and_number
    told = []

    async def press():
        call = await twilio.aio.phone("4155550103").dial(number.PhoneNumber)
        with pytest.raises(twreplay.errors.UsageError, match="press takes keys"):
            await call.press("1x")
        return await call.press("12")

    told.append(asyncio.run(press()).transcript)
    told.append(phone.dial(number.PhoneNumber).press("12").transcript)

    assert told[0] == told[1]
    assert "presses 12" in told[0]


@pytest.mark.parametrize("value", ODD_VALUES)
@pytest.mark.parametrize("name", ["account", "auth", "form", "headers", "query", "where", "path"])
def test_conditions_refuse_odd_values_in_our_words(name, value, twilio):
    with contextlib.suppress(twreplay.errors.UsageError):
        twilio.when(**{name: value}).respond(200)


def test_an_account_is_a_condition_by_its_sid(twilio):
    rule = twilio.when(account=twilio.accounts[0]).respond(503)

    answer = requests.get(f"{twilio.account_url}/Calls", auth=twilio.auth, timeout=5)

    assert (answer.status_code, rule.used) == (503, 1)


def test_an_object_that_is_equal_to_nothing_is_no_condition(twilio):
    with pytest.raises(twreplay.errors.UsageError, match="not an object of object"):
        twilio.when(Called=object())


@pytest.mark.parametrize("value", [*ODD_VALUES, 5, [1], {1: 2}, "x"])
@pytest.mark.parametrize(
    "call",
    [
        lambda value: twreplay.sign("https://x.example", [value], "token"),
        lambda value: twreplay.sign("https://x.example", value, "token"),
        lambda value: twreplay.Server(value, port=5),
        lambda value: twreplay.Recorder(cassette_dir=value, wrnog=1),
        lambda value: twreplay.add_to_responses(value),
        lambda value: twreplay.check_twiml(value, kind=value),
        lambda value: twreplay.block_network(value),
        lambda value: twreplay.simulate(seed=value),
        lambda value: twreplay.simulate(now=value),
        lambda value: twreplay.is_signed("https://x.example", {}, "token", value),
        lambda value: twreplay.take(value),
        lambda value: twreplay.contains(value),
        lambda value: twreplay.any_of(value, value),
    ],
)
def test_functions_refuse_odd_values_in_our_words(call, value):
    with contextlib.suppress(twreplay.errors.UsageError):
        call(value)


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: twreplay.Response("200"), "a status code, such as 200, not str"),
        (lambda: twreplay.Response(200, {}, 5), "a body is bytes or text, not int"),
        (lambda: twreplay.Response(200, {}, ["x"]), "a body is bytes or text, not list"),
        (lambda: twreplay.Response(200, {}, 0), "a body is bytes or text, not int"),
        (lambda: twreplay.Response(200, {}, {}), "a body is bytes or text, not dict"),
        (lambda: twreplay.Headers().get(5), "the name of a header is text, not int"),
        (lambda: twreplay.Headers().get_all(None), "the name of a header is text, not NoneType"),
        (lambda: twreplay.Headers().without(b"x"), "the name of a header is text, not bytes"),
        (lambda: twreplay.Headers().replacing(5, "x"), "the name of a header is text, not int"),
        (lambda: twreplay.Response(200, 5), "headers are a mapping, or pairs"),
        (lambda: twreplay.Response(200, ["token"]), "headers are a mapping, or pairs"),
        (lambda: twreplay.Request("GET", "https://x.example/", body=5), "body is bytes or text"),
    ],
)
def test_messages_of_other_types_are_type_errors_that_say_what_is_taken(make, words):
    with pytest.raises(TypeError, match=words):
        make()


@pytest.mark.parametrize("door", [twreplay.simulate, lambda: twreplay.use_cassette("x.yaml")])
def test_a_class_of_python_is_not_decorated(door):
    with pytest.raises(twreplay.errors.UsageError, match="a class of tests, not int"):
        door()(int)


@pytest.mark.parametrize("timeout", [object(), "5", None, True, -1, float("nan"), float("inf")])
def test_a_time_to_wait_for_webhooks_is_a_number(timeout, cassette_path):
    with twreplay.use_cassette(cassette_path, allow_unused=True) as cassette:
        with pytest.raises(twreplay.errors.UsageError, match="timeout is a number of seconds"):
            cassette.wait_for_webhooks(1, timeout=timeout)


def test_a_server_refuses_in_our_words_what_no_json_has():
    with twreplay.Server() as server:
        for value in (object(), b"x", int, float):
            with pytest.raises(twreplay.errors.UsageError, match="a server is told text"):
                server.arrange_call(value)
        with pytest.raises(twreplay.errors.UsageError, match="nobody asked for a validation"):
            server.key_in_code("\ud800")


def test_what_a_server_has_not_is_named_with_what_it_has():
    with twreplay.Server() as server:
        with pytest.raises(AttributeError, match=r"has no when; in its place: server.add_rule"):
            server.when("GET", "/Calls")
        with pytest.raises(AttributeError, match="has no requets; did you mean requests"):
            _ = server.requets
        with pytest.raises(twreplay.errors.UsageError, match="not function: a server calls over"):
            server.attach(lambda environ, start: [])


TYPOS = """
import pytest, twreplay

def test_keyword(twilio):
    twilio.arrange_call(outcme="busy")

def test_keyword_of_a_rule(twilio):
    twilio.when("POST", "/Calls").respond(status=200, bdy="x")

def test_member(twilio):
    twilio.messages

def test_member_of_a_rule(twilio):
    twilio.when("GET", "/Calls").repond(200)

def test_property(twilio):
    twilio.add_call().Stats

def test_read_only_property(twilio):
    twilio.add_call().Status = "2"

def test_member_before_it_is_open():
    twreplay.simulate().add_call()
"""


@pytest.mark.parametrize("name", re.findall(r"def (\w+)", TYPOS))
def test_a_failing_test_shows_a_typo_in_few_lines_and_nothing_of_the_package(name, pytester):
    pytester.makepyfile(test_it=TYPOS)

    result = run_inner(pytester, f"test_it.py::{name}")

    result.assert_outcomes(failed=1)
    assert len(result.outlines) < 40
    result.stdout.no_fnmatch_line("*twreplay/_*.py*")
