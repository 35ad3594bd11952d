"""Stubs of helpers, inner functions and fixtures: in an order that is kept, or listed."""

from __future__ import annotations

import textwrap

import pytest
from inner_runs import run_inner
from migrating import migrate

HEAD = """\
import pytest
import requests
import responses

BASE = "https://api.twilio.com/2008-08-01/Accounts/AC0123456789abcdef0123456789abcdef"
CALLS = BASE + "/Calls"

def ask(path="/Calls"):
    return requests.get(BASE + path, auth=("AC0123456789abcdef0123456789abcdef", "t")).status_code

"""
FIXTURE = """\
@pytest.fixture
def mocked():
    with responses.RequestsMock() as rsps:
        yield rsps

"""
WHY = "which stubs of this address come one after the other cannot be read off"


@pytest.fixture
def convert(tmp_path, monkeypatch):
    """Migrate a suite that asks the API."""
    monkeypatch.chdir(tmp_path)
    return lambda source: migrate(tmp_path, HEAD + textwrap.dedent(source).lstrip("\n"))


INNER = """
    @responses.activate
    def test_it():
        def stub(status):
            responses.get(CALLS, status=status)
        stub(500)
        stub(200)
        assert [ask(), ask()] == [500, 200]
    """
BY_LAMBDA = """
    @responses.activate
    def test_it():
        stub = lambda status: responses.get(CALLS, status=status)
        stub(500)
        stub(200)
        assert [ask(), ask()] == [500, 200]
    """
BY_COMPREHENSION = """
    @responses.activate
    def test_it():
        [responses.get(CALLS, status=status) for status in (500, 200)]
        assert [ask(), ask()] == [500, 200]
    """
HANDED_ON = """
    @responses.activate
    def test_it():
        def stub(status):
            responses.get(CALLS, status=status)
        list(map(stub, (500, 200)))
        assert [ask(), ask()] == [500, 200]
    """
OF_THE_MODULE = """
    def add(status=200):
        responses.get(CALLS, status=status)

    @responses.activate
    def test_it():
        add(500)
        add()
        assert [ask(), ask()] == [500, 200]
    """
IN_A_LOOP = """
    def add(status=200):
        responses.get(CALLS, status=status)

    @responses.activate
    def test_it():
        for status in (500, 200):
            add(status)
        assert [ask(), ask()] == [500, 200]
    """
BESIDE_ITS_OWN = """
    def add(status=200):
        responses.get(CALLS, status=status)

    @responses.activate
    def test_it():
        responses.get(CALLS, status=500)
        add()
        assert [ask(), ask()] == [500, 200]
    """
BY_TWO = """
    def fail():
        responses.get(CALLS, status=500)

    def answer():
        responses.get(CALLS, status=200)

    @responses.activate
    def test_it():
        fail()
        answer()
        assert [ask(), ask()] == [500, 200]
    """
BY_ANOTHER = """
    def add(status=200):
        responses.get(CALLS, status=status)

    def add_both():
        add(500)
        add()

    @responses.activate
    def test_it():
        add_both()
        assert [ask(), ask()] == [500, 200]
    """
IN_A_CLASS = """
    class TestIt:
        def add(self, status=200):
            responses.get(CALLS, status=status)

        @responses.activate
        def test_it(self):
            self.add(500)
            self.add()
            assert [ask(), ask()] == [500, 200]
    """
THE_SAME_CALL_TWICE = """
    @responses.activate
    def test_it():
        def stub(sid, status):
            responses.get(f"{CALLS}/{sid}", status=status)
        stub("CA00000000000000000000000000000001", 500)
        stub("CA00000000000000000000000000000001", 200)
    """
BY_FIXTURE = f"""
{textwrap.indent(FIXTURE, "    ")}
    def test_it(mocked):
        def stub(status):
            mocked.get(CALLS, status=status)
        stub(500)
        stub(200)
        assert [ask(), ask()] == [500, 200]
    """
OF_A_FIXTURE = """
    @pytest.fixture
    def mocked():
        with responses.RequestsMock() as rsps:
            rsps.get(CALLS, status=500)
            yield rsps

    def test_it(mocked):
        mocked.get(CALLS, status=200)
        assert [ask(), ask()] == [500, 200]
    """
OF_ANOTHER_FIXTURE = f"""
{textwrap.indent(FIXTURE, "    ")}
    @pytest.fixture{{options}}
    def failing(mocked):
        mocked.get(CALLS, status=500)

    {{mark}}
    def test_it({{given}}mocked):
        mocked.get(CALLS, status=200)
        assert [ask(), ask()] == [500, 200]
    """


@pytest.mark.parametrize(
    "source",
    [
        *(INNER, BY_LAMBDA, BY_COMPREHENSION, HANDED_ON, OF_THE_MODULE, IN_A_LOOP),
        *(BESIDE_ITS_OWN, BY_TWO, BY_ANOTHER, IN_A_CLASS, THE_SAME_CALL_TWICE),
        *(BY_FIXTURE, OF_A_FIXTURE),
        OF_ANOTHER_FIXTURE.format(options="", mark="", given="failing, "),
        OF_ANOTHER_FIXTURE.format(options="(autouse=True)", mark="", given=""),
        OF_ANOTHER_FIXTURE.format(options="", mark='@pytest.mark.usefixtures("failing")', given=""),
    ],
    ids=[
        *("inner", "lambda", "comprehension", "handed-on", "module", "loop", "own", "two"),
        *("another", "class", "same-call", "by-fixture", "of-fixture"),
        *("given-fixture", "autouse", "usefixtures"),
    ],
)
def test_an_order_that_cannot_be_read_off_is_listed_and_left(convert, source):
    done = convert(source)

    assert WHY in done.tell()
    assert done.text == HEAD + textwrap.dedent(source).lstrip("\n")


@pytest.mark.parametrize(
    ("source", "rule"),
    [
        (
            """
            @responses.activate
            def test_it():
                responses.get(CALLS, status=500)
                responses.get(CALLS, status=200)
                assert [ask(), ask()] == [500, 200]
            """,
            "times=1).respond(500",
        ),
        (
            """
            def add():
                responses.get(CALLS, status=500)
                responses.get(CALLS, status=200)

            @responses.activate
            def test_it():
                add()
                assert [ask(), ask()] == [500, 200]

            @responses.activate
            def test_again():
                add()
                assert [ask(), ask()] == [500, 200]
            """,
            "times=1).respond(500",
        ),
        (
            """
            @responses.activate
            def test_it():
                def stub():
                    responses.get(CALLS, status=500)
                stub()
                assert ask() == 500
            """,
            "respond(500",
        ),
        (
            """
            @responses.activate
            def test_it():
                def stub(sid, status):
                    responses.get(f"{CALLS}/{sid}", status=status)
                stub("CA00000000000000000000000000000001", 500)
                stub("CA00000000000000000000000000000002", status=200)
                assert ask("/Calls/CA00000000000000000000000000000002") == 200
                assert ask("/Calls/CA00000000000000000000000000000001") == 500
            """,
            "respond(status",
        ),
        (
            """
            def add(sid, status):
                responses.get(f"{CALLS}/{sid}", status=status)

            @responses.activate
            def test_it():
                add("CA00000000000000000000000000000001", 500)
                add("CA00000000000000000000000000000002", 200)
                assert ask("/Calls/CA00000000000000000000000000000002") == 200
                assert ask("/Calls/CA00000000000000000000000000000001") == 500
            """,
            "respond(status",
        ),
        (
            """
            def add():
                responses.get(BASE + "/Recordings", status=500)

            @responses.activate
            def test_it():
                add()
                responses.get(CALLS, status=200)
                assert [ask("/Recordings"), ask()] == [500, 200]
            """,
            "respond(500",
        ),
    ],
    ids=["one-function", "one-helper", "once", "holes", "holes-of-a-helper", "other-addresses"],
)
def test_an_order_that_is_known_is_rewritten_and_kept(convert, pytester, source, rule):
    done = convert(source)

    assert done.tell() == []
    assert rule in done.text
    pytester.makepyfile(done.text)
    run_inner(pytester).assert_outcomes(passed=done.text.count("def test_"))


@pytest.mark.parametrize(
    ("line", "after"),
    [
        ("assert sent.body is None", "assert not sent.body"),
        ("assert responses.calls[0].request.body is None", ""),
        ("body = sent.body; assert body is None", None),
        ("case.assertIsNone(sent.body)", None),
    ],
)
def test_a_body_that_is_asked_for_none_is_rewritten_or_listed(convert, line, after):
    done = convert(f"""
        @responses.activate
        def test_it(case):
            responses.get(CALLS)
            ask()
            sent = responses.calls[0].request
            {line}
        """)

    if after is None:
        assert done.tell() == ["the body of a request is empty here where it is None there"]
    else:
        assert done.tell() == []
        assert after in done.text
