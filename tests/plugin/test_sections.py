"""A cassette that several tests record into says which of them has recorded what."""

from __future__ import annotations

import json
import re

import pytest
import vcr.serialize
import yaml
from command_line import run as run_command
from extent import mark_slow
from inner_runs import run_inner
from vcr.serializers import yamlserializer

SID, TOKEN = f"AC{7:032x}", f"{0xABCDEF0123456789:032x}"
SIMULATED = "--twreplay-record-from=simulator"

HEAD = f"""
import pytest, requests, twreplay

@pytest.fixture(scope="session")
def twreplay_config():
    return {{"allow_unused": True, "account_sid": "{SID}", "auth_token": "{TOKEN}"}}

@pytest.fixture
def twreplay_cassette_dir(request):
    return request.config.rootpath

def get(page):
    url = f"https://api.twilio.com/2008-08-01/Accounts/{SID}/Calls?page={{page}}"
    return requests.get(url, auth=("{SID}", "{TOKEN}"), timeout=5)
"""

THREE = """
@pytest.mark.twreplay("all.yaml")
@pytest.mark.parametrize("test", ["a", "b", "c"])
def test_pages(test):
    for page in PAGES[test]:
        get(page)
"""


@pytest.fixture
def record(pytester):
    """Run three tests that record the pages *pages* into all.yaml; return the run."""

    def run(mode, *arguments, tests="abc", source=THREE, **pages):
        wanted = {"a": [0], "b": [1, 2], "c": [3]} | pages
        pytester.makepyfile(test_it=f"{HEAD}\nPAGES = {wanted!r}\n{source}")
        chosen = [f"test_it.py::test_pages[{test}]" for test in tests]
        given = (f"--twreplay-record={mode}", SIMULATED) if mode else ()
        return run_inner(pytester, *chosen, *given, *arguments)

    return run


@pytest.fixture
def read(pytester):
    """Return the sections of all.yaml: by test, the pages that it has recorded."""

    def read(name="all.yaml"):
        data = yaml.safe_load((pytester.path / name).read_text())
        sections: dict[str | None, list[int]] = {}
        for each in data["interactions"]:
            name = each.get("recorded_by")
            key = name and name.partition("[")[2].removesuffix("]")
            sections.setdefault(key, []).append(int(each["request"]["uri"].partition("=")[2]))
        return sections

    return read


WHOLE = {"a": [0], "b": [1, 2], "c": [3]}


@pytest.mark.parametrize("mode", ["once", "new_episodes", "all", "rewrite"])
def test_each_interaction_names_the_test_that_recorded_it(record, read, pytester, mode):
    record(mode).assert_outcomes(passed=3)

    assert read() == WHOLE
    (first, *_) = yaml.safe_load((pytester.path / "all.yaml").read_text())["interactions"]
    assert first["recorded_by"] == "test_it.py::test_pages[a]"


@pytest.mark.slow
def test_workers_keep_their_names(record, read):
    record("rewrite", "-p", "xdist", "-n2").assert_outcomes(passed=3)

    assert read() == WHOLE


@pytest.mark.parametrize("mode", ["all", "rewrite"])
def test_recording_one_test_again_keeps_what_the_others_have(record, read, mode):
    record("once")

    record(mode, tests="b", b=[1, 7]).assert_outcomes(passed=1)

    sections = {"a": [0], "c": [3], "b": [1, 7] if mode == "rewrite" else [1, 2, 7]}
    assert read() == sections
    if mode == "rewrite":
        assert list(read()) == ["a", "b", "c"]


def test_recording_one_test_again_with_nothing_new_changes_no_byte(record, pytester):
    record("once")
    before = (pytester.path / "all.yaml").read_bytes()

    for test in "abc":
        record("rewrite", tests=test)
        assert (pytester.path / "all.yaml").read_bytes() == before


def test_rewriting_the_whole_run_drops_what_its_tests_no_longer_send(record, read):
    record("once")

    record("rewrite", b=[1], c=[]).assert_outcomes(passed=3)

    assert read() in ({"a": [0], "b": [1]}, {"a": [0], "b": [1], "c": [3]})


def test_what_two_tests_record_alike_is_kept_once(record, read):
    record("rewrite", b=[0, 1])

    assert read() == {"a": [0], "b": [1], "c": [3]}


def test_new_test_that_rewrites_takes_nothing_from_the_others(record, read):
    record("once", tests="ab")

    record("rewrite", tests="c")

    assert read() == WHOLE


def test_cassette_without_names_is_rewritten_as_before(record, read, pytester):
    record("once", tests="ab")
    path = pytester.path / "all.yaml"
    lines = path.read_text().splitlines(keepends=True)
    path.write_text("".join(line for line in lines if "recorded_by" not in line))

    record("rewrite", tests="c")

    assert read() == {"c": [3]}


@pytest.mark.parametrize("mode", ["all", "rewrite"])
def test_name_has_a_line_of_its_own_where_the_file_ended_without_one(record, read, pytester, mode):
    record("once", tests="a")
    path = pytester.path / "all.yaml"
    lines = path.read_text().splitlines(keepends=True)
    path.write_text("".join(line for line in lines if "recorded_by" not in line).rstrip())

    record(mode, tests="a").assert_outcomes(passed=1)

    assert read() == {"a": [0]}


def test_test_is_answered_from_its_own_section_first(record, read, pytester):
    """Two tests had different answers to the same request; each of them gets its own."""
    source = """
@pytest.mark.parametrize("test", ["a", "b"])
def test_pages(twilio, test):
    if MODE and test == "b":
        twilio.add_call()
    with twreplay.use_cassette("all.yaml", record_mode=MODE, source="simulator", allow_unused=True):
        answer = get(0).text
    assert ('total="1"' in answer) == (test == "b")
"""
    for mode in ("rewrite", "none"):
        for test in "ab":
            this = source.replace("MODE", repr(mode).replace("'none'", "''"), 1)
            this = this.replace("MODE", repr(mode))
            record(None, tests=test, source=this).assert_outcomes(passed=1)
    assert read() == {"a": [0], "b": [0]}


def test_cassette_named_after_its_test_has_no_names(record, pytester):
    record("once", source=THREE.replace('("all.yaml")', ""))

    files = sorted(pytester.path.glob("test_pages*.yaml"))
    assert len(files) == 3
    assert not any("recorded_by" in path.read_text() for path in files)


def test_session_that_several_tests_share_has_no_names(record, pytester, read):
    source = """
@pytest.fixture(scope="module")
def cassette():
    with twreplay.use_cassette("all.yaml", record_mode="rewrite", source=SOURCE) as cassette:
        yield cassette

@pytest.mark.parametrize("test", ["a", "b"])
def test_pages(cassette, test):
    get(PAGES[test][0])
"""
    simulator = f'twreplay.Simulator(account_sid="{SID}", auth_token="{TOKEN}")'
    record(None, tests="ab", source=source.replace("SOURCE", simulator)).assert_outcomes(passed=2)

    assert read() == {None: [0, 1]}


def test_sessions_that_tests_open_themselves_have_names(record, read):
    source = """
@pytest.mark.parametrize("test", ["a", "b"])
def test_pages(test):
    with twreplay.use_cassette("all.yaml", record_mode="new_episodes", source="simulator"):
        get(PAGES[test][0])
"""
    record(None, tests="ab", source=source).assert_outcomes(passed=2)

    assert read() == {"a": [0], "b": [1]}


class TestFailed:
    SOURCE = f"{THREE}    assert test not in FAIL\n"

    def fail(self, record, mode, failing, **options):
        return record(mode, source=f"FAIL = {failing!r}\n{self.SOURCE}", **options)

    def test_recording_beside_the_cassette_has_the_other_sections(self, record, read, pytester):
        record("once")

        self.fail(record, "rewrite", "b", tests="b", b=[1, 7]).assert_outcomes(failed=1)

        assert read() == WHOLE
        assert read("all.failed.yaml") == {"a": [0], "c": [3], "b": [1, 7]}
        assert run_command("accept", "--yes", pytester.path).exit_code == 0
        assert read() == {"a": [0], "c": [3], "b": [1, 7]}

    def test_recordings_of_two_tests_lie_in_one_file(self, record, read):
        record("once")

        self.fail(record, "rewrite", "bc", b=[1, 7], c=[8]).assert_outcomes(passed=1, failed=2)

        assert read("all.failed.yaml") == {"a": [0], "b": [1, 7], "c": [8]}


class TestSecrets:
    """What a test's parameters hold is no more written than what it sends."""

    SOURCE = """
@pytest.mark.twreplay("all.yaml")
@pytest.mark.parametrize("test", [VALUE])
def test_pages(test):
    get(0)
"""

    @pytest.mark.parametrize("value", [TOKEN, f"token={0xFEDCBA9876543210FEDC:032x}"])
    def test_parameter_with_a_secret_is_not_written(self, record, pytester, value):
        source = self.SOURCE.replace("VALUE", repr(value))

        record("once", tests=[value], source=source).assert_outcomes(passed=1)

        text = (pytester.path / "all.yaml").read_text()
        assert value not in text
        assert "recorded_by: test_it.py::test_pages[REDACTED]" in text
        assert run_command("scan", pytester.path / "all.yaml").exit_code == 0

    def test_parameters_get_pseudonyms_where_identifiers_do(self, record, pytester):
        source = self.SOURCE.replace("VALUE", '"+14155551212"')
        source = source.replace('"all.yaml"', '"all.yaml", redact="identifiers"')

        for mode in ("once", "rewrite"):
            run = record(mode, tests=["+14155551212"], source=source)
            run.assert_outcomes(passed=1)

        text = (pytester.path / "all.yaml").read_text()
        assert "4155551212" not in text
        assert text.count("::test_pages[~") == 1

    def test_redact_takes_them_out(self, record, pytester):
        record("once", tests="a")
        path = pytester.path / "all.yaml"
        path.write_text(path.read_text().replace("[a]", f"[token={TOKEN}]"))
        assert run_command("scan", path).exit_code == 1

        assert run_command("redact", path).exit_code == 0

        assert "::test_pages[REDACTED]" in path.read_text()
        assert run_command("redact", "--identifiers", path).exit_code == 0
        assert run_command("scan", path).exit_code == 0


class TestCommands:
    def test_names_survive_convert_and_merge(self, record, pytester):
        record("once")
        path, as_json = pytester.path / "all.yaml", pytester.path / "all.json"
        before = path.read_bytes()

        assert run_command("convert", path, as_json).exit_code == 0
        names = {each["recorded_by"] for each in json.loads(as_json.read_text())["interactions"]}
        assert len(names) == 3
        assert run_command("convert", "--force", as_json, path).exit_code == 0
        assert path.read_bytes() == before
        assert run_command("merge", path, path, "-o", pytester.path / "both.yaml").exit_code == 0
        assert (pytester.path / "both.yaml").read_text().count("recorded_by") == 4

    @pytest.mark.parametrize(("name", "to"), [("a.json", "betamax"), ("a.har", "har")])
    def test_formats_without_a_place_for_them_say_so(self, record, pytester, name, to):
        record("once")

        told = run_command("convert", f"--to={to}", pytester.path / "all.yaml", name).output

        assert f"{to} has no place for which test recorded what." in told

    @pytest.mark.slow
    def test_names_survive_pruning(self, record, read, pytester):
        record("once")
        pytester.makepyfile(test_it=f"{HEAD}\nPAGES = {{'a': [0], 'b': [1], 'c': [3]}}\n{THREE}")
        run_inner(pytester, "-p", "cacheprovider", "--twreplay-unused=ignore")

        assert run_command("prune").exit_code == 0

        assert read() == {"a": [0], "b": [1], "c": [3]}

    def test_show_names_them(self, record, pytester):
        record("once")
        path = pytester.path / "all.yaml"
        name = "test_it.py::test_pages[b]"

        assert f"   recorded by {name}\n" in run_command("show", path, 2).output
        (shown,) = json.loads(run_command("show", path, 2, "--json").output)["interactions"]
        assert shown["recorded_by"] == name
        run_command("show", path, "--html", pytester.path / "all.html")
        assert f"recorded by {name}" in (pytester.path / "all.html").read_text()


class TestUnused:
    """Each test has to play what it has recorded itself."""

    STRICT = THREE.replace('"all.yaml"', '"all.yaml", allow_unused=False')

    def test_what_others_have_recorded_need_not_be_played(self, record):
        record("once")

        run = record(None, source=self.STRICT)

        run.assert_outcomes(passed=3)
        assert "twreplay: 4 replayed" in run.stdout.lines

    def test_what_a_test_has_recorded_itself_must_be_played(self, record):
        record("once")

        run = record(None, source=self.STRICT, b=[2])

        run.assert_outcomes(passed=3, errors=1)
        told = run.stdout.str()
        assert "UnusedInteractions: 1 of 2 recorded interactions was never asked for." in told
        assert "twreplay: 3 replayed; 1 interactions unused" in run.stdout.lines

    @pytest.mark.parametrize("record_from", ["top", "project"])
    def test_section_is_found_from_another_root_folder(self, record, pytester, record_from):
        def run(where, *arguments):
            root = ("--rootdir", str(pytester.path.parent)) if where == "top" else ()
            return record(None, *arguments, *root, source=source)

        folder = f"@pytest.fixture\ndef twreplay_cassette_dir(): return {str(pytester.path)!r}\n"
        source = folder + self.STRICT
        other = {"top": "project", "project": "top"}[record_from]
        run(record_from, "--twreplay-record=once", SIMULATED).assert_outcomes(passed=3)

        run(other).assert_outcomes(passed=3)

    def test_all_must_be_played_by_a_test_that_has_recorded_none_of_it(self, record):
        """Such as one that was renamed."""
        record("once", tests="bc")

        told = record(None, tests="a", a=[3], source=self.STRICT).stdout.str()

        assert "UnusedInteractions: 2 of 3 recorded interactions were never asked for." in told
        assert "recorded by  test_it.py::test_pages[b] (2)" in told


EXPIRING = """
from recorder import record_pages

@pytest.mark.twreplay("all.yaml", max_age="1d", on_expiry="record", allow_unused=False)
@pytest.mark.parametrize("test", ["a", "b", "c"])
def test_pages(test, twilio_cassette):
    record_pages(twilio_cassette, PAGES[test][0], len(PAGES[test]), BODY)
"""


class TestDate:
    """The date of a cassette is that of the oldest part of it."""

    @pytest.fixture
    def path(self, pytester, monkeypatch, request):
        monkeypatch.syspath_prepend(request.config.rootpath / "tests")
        monkeypatch.setenv("PYTHONPATH", str(request.config.rootpath / "tests"))
        return pytester.path / "all.yaml"

    @pytest.fixture
    def run(self, path, pytester):
        def run(*arguments, tests="abc", body="<a/>"):
            pages = {"a": [0], "b": [1, 2], "c": [3]}
            values = f"PAGES, BODY = {pages!r}, {body.encode()!r}"
            pytester.makepyfile(test_it=f"{HEAD}\n{values}\n{EXPIRING}")
            chosen = [f"test_it.py::test_pages[{test}]" for test in tests]
            return run_inner(pytester, *chosen, *arguments)

        run("--twreplay-record=once").assert_outcomes(passed=3)
        text = path.read_text()
        path.write_text(re.sub("recorded_at: .*", "recorded_at: '2010-03-01T00:00:00Z'", text))
        return run

    def is_new(self, path):
        return "recorded_at: '2010-" not in path.read_text()

    @pytest.mark.parametrize("workers", [(), mark_slow(("-n", "2"))])
    @pytest.mark.parametrize("body", ["<a/>", "<b/>"], ids=["same", "changed"])
    def test_of_one_that_expired_is_new_once_all_of_its_tests_have_recorded(
        self, run, path, body, workers
    ):
        run(*workers, body=body).assert_outcomes(passed=3)
        assert self.is_new(path)

        again = run(*workers, body="<c/>")

        again.assert_outcomes(passed=3)
        assert "recorded" not in again.stdout.lines[-1]
        assert path.read_text().count(body) == 4

    def test_is_kept_as_long_as_one_of_its_tests_has_not_recorded(self, run, path):
        run(tests="ab", body="<b/>").assert_outcomes(passed=2)

        assert not self.is_new(path)

        run(tests="c").assert_outcomes(passed=1)

        assert not self.is_new(path)

    def test_of_one_that_is_rewritten_is_new_if_anything_is(self, run, path):
        run("--twreplay-record=rewrite", body="<b/>").assert_outcomes(passed=3)

        assert self.is_new(path)


class TestMessages:
    def test_nearest_recording_names_its_test(self, record, pytester):
        record("once")

        told = record(None, tests="c", c=[9]).stdout.str()

        assert "Nearest: interaction 1 of 4, recorded by test_it.py::test_pages[a]." in told

    def test_one_test_is_enough_to_record_it_again(self, record, pytester):
        record("once")

        told = record(None, tests="a", a=[9]).stdout.str()

        assert "pytest 'test_it.py::test_pages[a]' --twreplay-record=rewrite" in told


def test_vcrpy_reads_them(record, pytester):
    record("once")

    text = (pytester.path / "all.yaml").read_text()
    requests, responses = vcr.serialize.deserialize(text, yamlserializer)
    assert [each.query for each in requests] == [[("page", str(n))] for n in range(4)]
    assert len(responses) == 4


def test_key_of_another_meaning_is_not_written_away(record, pytester):
    record("once", tests="a")
    path = pytester.path / "all.yaml"
    name = "recorded_by: test_it.py::test_pages[a]"
    path.write_text(path.read_text().replace(name, "recorded_by: [someone]"))

    told = record("new_episodes", tests="b").stdout.str()

    assert "interactions.0.recorded_by" in told
    assert "recorded_by: [someone]" in path.read_text()


def test_cassette_of_the_api_is_rewritten_from_a_simulator_as_a_whole(record, read, pytester):
    record("once")
    path = pytester.path / "all.yaml"
    as_recorded = path.read_text().replace("origin: simulated", "origin: recorded")
    path.write_text(as_recorded)

    record("rewrite", tests="b").assert_outcomes(passed=1)

    assert read() == {"b": [1, 2]}


def test_a_test_that_is_recorded_alone_leaves_what_the_others_have_beside(record, read, pytester):
    failing = THREE + "    assert test != 'b'\n"
    record("once", source=failing)
    assert not (pytester.path / "all.yaml").exists()

    record("once", tests="b").assert_outcomes(passed=1)

    assert read() == {"b": [1, 2]}
    assert read("all.failed.yaml") == WHOLE
    assert run_command("accept", "--yes", pytester.path).exit_code == 0
    assert read() == WHOLE
    record("").assert_outcomes(passed=3)


def test_what_lies_beside_goes_when_all_of_its_tests_are_recorded(record, read, pytester):
    record("once", source=THREE + "    assert test != 'b'\n")

    record("once", tests="b")
    record("new_episodes", tests="ac")

    assert read() == WHOLE
    assert not (pytester.path / "all.failed.yaml").exists()
