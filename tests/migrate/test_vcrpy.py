"""``use_cassette`` of vcrpy in every shape, and what is around it."""

from __future__ import annotations

import pytest
from migrating import CALLS, migrate, write_cassette


@pytest.fixture
def convert(tmp_path, monkeypatch):
    """Migrate a file beside a cassette of the API, one of another host, and one of both."""
    write_cassette(tmp_path / "calls.yaml")
    write_cassette(tmp_path / "other.yaml", "https://other.example/")
    write_cassette(tmp_path / "both.yaml", CALLS, "https://other.example/")
    write_cassette(tmp_path / "later.yaml", CALLS.replace("2008-08-01", "2010-04-01"))
    monkeypatch.chdir(tmp_path)
    return lambda source, *options: migrate(tmp_path, source, *options)


def test_the_import_goes_with_its_last_use(convert):
    done = convert("""
        import requests
        import vcr

        # Ours.
        from clinic import list_calls


        @vcr.use_cassette("calls.yaml")
        def test_it():
            list_calls()
        """)

    assert done.text.startswith("import requests\nimport twreplay\n\n# Ours.\nfrom clinic")
    assert "vcr" not in done.text


@pytest.mark.parametrize(
    "imported", ["from vcr import use_cassette", "from vcr import use_cassette as taped"]
)
def test_names_that_were_imported(convert, imported):
    name = imported.rpartition(" ")[2]

    done = convert(f"{imported}\n\nwith {name}('calls.yaml'):\n    pass\n")

    assert done.text == "import twreplay\n\nwith twreplay.use_cassette('calls.yaml'):\n    pass\n"


def test_a_path_by_its_keyword(convert):
    done = convert("import vcr\nwith vcr.use_cassette(path='calls.yaml'):\n    pass\n")

    assert "twreplay.use_cassette('calls.yaml')" in done.text


def test_what_is_not_there_is_recorded_as_before(convert):
    done = convert("import vcr\nwith vcr.use_cassette('new.yaml'):\n    pass\n", "--all")

    assert "twreplay.use_cassette('new.yaml', record_mode=\"once\")" in done.text


@pytest.mark.parametrize("path", ["'new.yaml'", "str(tmpdir / 'x.yaml')", "name_it()"])
def test_what_no_cassette_tells_about_is_left(convert, path):
    done = convert(
        f"import vcr\ndef test_it(tmpdir):\n    with vcr.use_cassette({path}):\n        pass\n"
    )

    assert "vcr.use_cassette" in done.text
    assert "no cassette was found" in done.tell()[0]


def test_the_address_in_the_file_tells_what_no_cassette_does(convert):
    done = convert(f"import vcr\nURL = '{CALLS}'\nwith vcr.use_cassette('new.yaml'):\n    pass\n")

    assert "twreplay.use_cassette" in done.text


def test_other_hosts_stay_and_nothing_is_to_do(convert):
    done = convert("import vcr\nwith vcr.use_cassette('other.yaml'):\n    pass\n")

    assert "vcr.use_cassette" in done.text
    assert "other.example" in done.tell("stays")[0]
    assert done.status == 0


def test_a_later_version_of_the_api_is_named(convert):
    done = convert("import vcr\nwith vcr.use_cassette('later.yaml'):\n    pass\n")

    assert "version 2010-04-01 of the API" in done.tell("stays")[0]


def test_a_cassette_of_both_is_left(convert):
    done = convert("import vcr\nwith vcr.use_cassette('both.yaml'):\n    pass\n")

    assert "requests to the API, and to other.example" in done.tell()[0]
    assert done.status == 1


@pytest.mark.parametrize(
    "path",
    [
        "os.path.join(os.path.dirname(__file__), 'calls.yaml')",
        "Path(__file__).parent / 'calls.yaml'",
        "str(HERE / f'{NAME}.yaml')",
        "HERE.joinpath('calls.yaml')",
        "NAME + '.yaml'",
        "'{}.yaml'.format(NAME)",
    ],
)
def test_paths_are_read_off(convert, path):
    done = convert(f"""
        import os
        from pathlib import Path
        import vcr
        HERE = Path(__file__).resolve().parent
        NAME = "calls"
        with vcr.use_cassette({path}):
            pass
        """)

    assert f"twreplay.use_cassette({path})" in done.text


@pytest.mark.parametrize(
    ("used", "told"),
    [
        ("print(tape)", "is handed on"),
        ("tape.data", "twreplay has no data"),
        ("tape.requests[0].body = b''", "does not change here"),
        ("show(tape.responses[0])", "is handed on"),
        ("tape.responses[0]['url']", "twreplay has no"),
        ("status = tape.responses[0]['status']", "handed on as a dictionary"),
    ],
)
def test_what_is_read_of_a_cassette_and_is_not_here_leaves_the_test(convert, used, told):
    done = convert(f"""
        import vcr
        def test_it():
            with vcr.use_cassette("calls.yaml") as tape:
                {used}
        def test_other():
            with vcr.use_cassette("calls.yaml"):
                pass
        """)

    assert told in done.tell()[0]
    assert done.text.count("vcr.use_cassette") == 1
    assert done.text.count("twreplay.use_cassette") == 1


def test_requests_are_followed_through_names_and_loops(convert):
    done = convert("""
        import vcr
        def test_it():
            with vcr.use_cassette("calls.yaml") as tape:
                pass
            for request in tape.requests:
                assert request.uri
            first = tape.requests[0]
            assert [r.uri for r in tape.requests] == [first.uri]
            assert tape.dirty is False
            assert tape.requests[0].query == [("a", "b")]
        """)

    assert done.text.count(".url") == 3
    assert "bool(tape.recorded) is False" in done.text
    assert 'sorted(tape.requests[0].query) == [("a", "b")]' in done.text


def test_errors_of_vcrpy_leave_the_test(convert):
    done = convert("""
        import pytest
        import vcr
        def test_it():
            with pytest.raises(vcr.errors.CannotOverwriteExistingCassetteException):
                with vcr.use_cassette("calls.yaml"):
                    pass
        """)

    assert "UnmatchedRequest" in done.notes[0]["to_do"]
    assert "twreplay" not in done.text


def test_an_object_of_which_nothing_stays_becomes_a_recorder(convert):
    done = convert(
        """
        import vcr
        tape = vcr.VCR(cassette_library_dir=".", record_mode="new_episodes")
        @tape.use_cassette("calls")
        def test_it(): ...
        @tape.use_cassette("calls.yaml")
        def test_other(): ...
        """,
        "--all",
    )

    assert 'tape = twreplay.Recorder(cassette_dir=".", record_mode="new_episodes")' in done.text
    assert "vcr" not in done.text


def test_an_object_that_is_changed_later_leaves_its_tests(convert):
    done = convert("""
        import vcr
        tape = vcr.VCR()
        tape.match_on = ["method"]
        @tape.use_cassette("calls.yaml")
        def test_it(): ...
        """)

    assert "cannot be followed" in done.tell()[0]
    assert "twreplay" not in done.text


def test_an_object_of_another_module(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write_cassette(tmp_path / "fixtures" / "calls.yaml")
    (tmp_path / "tapes.py").write_text(
        "import vcr\ntape = vcr.VCR(cassette_library_dir='fixtures')\n"
    )

    done = migrate(
        tmp_path, "import tapes\n\n\n@tapes.tape.use_cassette('calls.yaml')\ndef test(): ...\n"
    )

    assert "@tapes.tape.use_cassette('calls.yaml')" in done.text
    assert "twreplay.Recorder(cassette_dir='fixtures')" in (tmp_path / "tapes.py").read_text()


@pytest.mark.parametrize(
    ("source", "told"),
    [
        ("tape = vcr.use_cassette('calls.yaml')", "neither a block nor a decorator"),
        ("@vcr.use_cassette('calls.yaml')\nclass TestIt: ...", "on a class"),
        ("with vcr.use_cassette():\n    pass", "without a path it must decorate"),
    ],
)
def test_other_shapes_are_left(convert, source, told):
    done = convert(f"import vcr\n{source}\n")

    assert told in done.tell()[0]


def test_a_mixin_of_unittest(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write_cassette(tmp_path / "cassettes" / "TestIt.test_a.yaml")

    done = migrate(
        tmp_path,
        '''
        import unittest
        from vcr.unittest import VCRMixin


        class TestIt(VCRMixin, unittest.TestCase):
            """Calls."""

            def setUp(self):
                super().setUp()
                self.x = 1

            def test_a(self):
                assert self.cassette.requests[0].uri
        ''',
    )

    assert "class TestIt(unittest.TestCase):" in done.text
    assert "self.cassette = self.enterContext(cassette)\n        self.x = 1" in done.text
    assert "self.cassette.requests[0].url" in done.text
    assert done.text.startswith("import os\nimport unittest\nimport twreplay\n")


@pytest.mark.parametrize(
    ("method", "told"),
    [
        ("def _get_vcr(self, **kwargs):\n        return None", "does not ask for _get_vcr"),
        ("def _get_vcr_kwargs(self):\n        return make()", "cannot be read off"),
        ("def setUp(self):\n        self.x = 1", "does not call super().setUp()"),
    ],
)
def test_a_class_of_unittest_that_does_more_is_left(tmp_path, monkeypatch, method, told):
    monkeypatch.chdir(tmp_path)
    write_cassette(tmp_path / "cassettes" / "TestIt.test_a.yaml")

    done = migrate(
        tmp_path,
        f"""
        from vcr.unittest import VCRTestCase
        class TestIt(VCRTestCase):
            {method.replace(chr(10), chr(10) + "        ")}
            def test_a(self): ...
        """,
    )

    assert told in done.tell()[0]
    assert "twreplay" not in done.text


@pytest.mark.parametrize(
    "line",
    [
        *("assert tape.requests[0].body is None", "assert tape.requests[0].body is not None"),
        *("assert None == tape.requests[0].body", "case.assertIsNone(tape.requests[0].body)"),
        *(
            "case.assertEqual(None, tape.requests[0].body)",
            "body = request.body; body is None",
        ),
    ],
)
def test_a_body_that_is_asked_for_none_is_listed_as_it_is_empty_here(convert, line):
    done = convert(f"""
        import vcr

        def test_it(case):
            with vcr.use_cassette("calls.yaml") as tape:
                request = tape.requests[0]
                {line}
        """)

    assert done.tell() == ["the body of a request is empty here where it is None there"]
    assert "twreplay" not in done.text


@pytest.mark.parametrize(
    "line",
    ["assert not body", "assert body == b'x'", "assert b'x' in body", "print(body.decode())"],
)
def test_a_body_that_is_read_is_left_as_it_is(convert, line):
    done = convert(f"""
        import vcr

        def test_it():
            with vcr.use_cassette("calls.yaml") as tape:
                body = tape.requests[0].body
                {line}
        """)

    assert done.tell() == []
    assert line in done.text
