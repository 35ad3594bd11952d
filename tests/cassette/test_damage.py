"""Whatever is wrong with a file, it is named and placed, and the file is left as it was."""

from __future__ import annotations

import gzip
import itertools
import json
import re
import tempfile
import tracemalloc
import zipfile
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import NoReturn

import pytest
import yaml
from cassette_files import Dumper, Loader, read
from command_line import run
from conftest import SMS_AND_CALLS
from hypothesis import given
from hypothesis import strategies as st

from twreplay import errors


def damaged(old: str, new: str, times: int = 1) -> bytes:
    """The cassette of conftest with its last *old* replaced."""
    assert old in SMS_AND_CALLS
    return new.join(SMS_AND_CALLS.rsplit(old, times)).encode()


def refused(path: Path, content: bytes) -> errors.CassetteCorrupt:
    path.write_bytes(content)
    with pytest.raises(errors.CassetteCorrupt) as caught:
        read(path)
    assert (path, content) == (caught.value.path, path.read_bytes())
    return caught.value


def bomb() -> bytes:
    lines = ["a: &a [x, x, x, x, x, x, x, x, x]"]
    names = "abcdefghijklmnopqrstuvwxyz"
    for inner, outer in itertools.pairwise(names):
        lines.append(f"{outer}: &{outer} [{', '.join([f'*{inner}'] * 9)}]")
    return "\n".join([*lines, "interactions: *z", ""]).encode()


FILES = {
    "empty": (b"", "is empty", 0),
    "blanks": (b" \n\n", "holds nothing but blanks", 0),
    "nul bytes": (b"\0" * 512, "holds nothing but NUL bytes", 0),
    "comments": (b"# nothing\n", "holds nothing but comments", 0),
    "gzip": (gzip.compress(b"x"), "starts with bytes 1f 8b, like a gzip file", 0),
    "zip": (b"PK\x03\x04\xff", "starts with bytes 50 4b, like a zip file", 0),
    "utf-16": (SMS_AND_CALLS.encode("utf-16"), "starts with bytes ff fe, like UTF-16", 0),
    "latin-1": (damaged("OK", "é").decode().encode("latin-1"), "is not UTF-8 text", 41),
    "control character": (damaged("OK", "\0"), "has a control character in it", 41),
    "lfs pointer": (b"version https://git-lfs.github.com/spec/v1\n", "Git LFS pointer", 1),
    "conflict": (damaged("  response:", "<<<<<<< HEAD\n  response:"), "merge conflict", 33),
    "end of a conflict": (damaged("  response:", ">>>>>>> x\n  response:"), "merge conflict", 33),
    "middle of a conflict": (damaged("  response:", "=======\n  response:"), "merge conflict", 33),
    "crlf conflict": (damaged("  response:", "=======\r\n  response:"), "merge conflict", 33),
    "syntax": (damaged("code: 200", "code: 2: 3"), "is not a YAML cassette", 40),
    "undefined alias": (damaged("null", "*gone"), "is not a YAML cassette", 27),
    "python object": (
        damaged("null", "!!python/object/apply:os.getcwd []"),
        "has a Python object in it, !!python/object/apply:os.getcwd",
        27,
    ),
    "other tag": (damaged("null", "!secret x"), "has a tag that no cassette has in it", 27),
    "other scalar": (damaged("null", "!!bool x"), "has a tag that no cassette has in it", 27),
    "merge key": (damaged("body: null", "!!merge <<: {a: b}"), "has a tag that no cassette", 27),
    "bad binary": (damaged("null", "!!binary '*'"), "has binary in it that is not base64", 27),
    "bad number": (damaged("200", "0x_"), "has a number in it that is none", 40),
    "huge number": (damaged("200", "9" * 5000), "has a number in it that is none", 40),
    "two documents": (SMS_AND_CALLS.encode() + b"---\na: 1\n", "is not a YAML cassette", 42),
    "key twice": (damaged("    body: null", "    body: a\n    body: b"), "key `body` twice", 28),
    "interactions twice": (
        damaged("interactions:", "interactions: []\ninteractions:"),
        "has the key `interactions` twice",
        8,
    ),
    "alias bomb": (bomb(), "has aliases that unfold to more than", 1),
    "list that contains itself": (b"interactions: &a [*a]\n", "has aliases that unfold", 1),
    "deep flow": (b"[" * 200_000, "is nested more than 64 levels deep", 1),
    "deep block": (b"- " * 200_000, "is nested more than 64 levels deep", 1),
    "deep mappings": (b"{a: " * 200_000, "is nested more than 64 levels deep", 1),
    "text": (b"hello\n", "its top level is text", 1),
    "list": (b"- a\n", "its top level is a list", 1),
    "no interactions": (b"version: 1\nx: 2\n", "there is `version`, `x`", 1),
    "interactions empty": (b"version: 1\ninteractions:\n", "`interactions` is empty", 2),
    "interactions a mapping": (b"interactions: {a: 1}\n", "`interactions` is a mapping", 1),
    "twreplay a list": (b"twreplay: []\ninteractions: []\n", "`twreplay` is a list", 1),
    "version text": (b"version: one\ninteractions: []\n", "`version` is text", 1),
    "format text": (b"twreplay: {format: x}\ninteractions: []\n", "`twreplay.format` is text", 1),
}

SECOND = "has something wrong in interaction 2: "

INTERACTIONS = {
    "not a mapping": (damaged("- request:", "- 7\n- request:"), f"{SECOND}it is a number", 26),
    "request a list": (damaged("- request:", "- request: []\n  x:"), "request is a list", 26),
    "no request": (damaged("- request:", "- asked:"), f"{SECOND}it has no request", 26),
    "no method": (damaged("    method: GET\n", ""), "it has no request.method", 26),
    "method a list": (damaged("GET", "[GET]"), "request.method is a list", 31),
    "uri a number": (damaged("uri: https", "uri: 7\n    x: https"), "uri is a number", 32),
    "uri relative": (damaged("uri: https", "uri: x\n    x: https"), "request.uri is none", 32),
    "body of no type": (
        damaged("body: null", "body: {type: sms, content: x}"),
        "request.body is a body of the type `sms`, which is not known",
        27,
    ),
    "answer of no type": (
        damaged("string: <", "type: sms\n      content: <"),
        "response.body is a body of the type `sms`, which is not known",
        34,
    ),
    "body a list": (damaged("string: <", "string: [1]\n      x: <"), "body.string is a list", 35),
    "body unknown": (
        damaged("string:", "text:"),
        "response.body is a mapping without `string`.",
        34,
    ),
    "base64": (damaged("string: <", "base64_string: <"), "text that is not base64", 35),
    "base64 a number": (
        damaged("string: <", "base64_string: 7\n      x: <"),
        "response.body.base64_string is a number",
        35,
    ),
    "headers a list": (
        damaged("    headers:\n      Content-Type:\n      -", "    headers:\n      -"),
        "response.headers is a list",
        36,
    ),
    "header a mapping": (damaged("- application/xml", "- {}"), "Content-Type.0 is a mapping", 38),
    "status a list": (damaged("code: 200\n      message:", "- "), "response.status is a list", 39),
    "code text": (damaged("200", "two hundred"), "response.status.code is text", 40),
    "code empty": (damaged("200", "null"), "response.status.code is empty", 40),
    "code out of range": (damaged("200", "20"), "response.status.code is 20", 40),
    "code a truth": (damaged("200", "true"), "response.status.code is text", 40),
    "message a list": (damaged("message: OK", "message: []\n      x: 1"), "message is a list", 41),
}


@pytest.mark.parametrize(("content", "headline", "line"), FILES.values(), ids=FILES)
def test_a_file_that_is_no_cassette_is_refused_with_its_line(tmp_path, content, headline, line):
    error = refused(tmp_path / "x.yaml", content)

    assert headline in error.explanation.headline
    assert line == error.line


@pytest.mark.parametrize(("content", "headline", "line"), INTERACTIONS.values(), ids=INTERACTIONS)
def test_an_interaction_that_is_none_is_refused_with_its_line(tmp_path, content, headline, line):
    error = refused(tmp_path / "x.yaml", content)

    assert headline in error.explanation.headline
    assert line == error.line
    assert "Interaction 1 is readable; number 2 is where it stops." in str(error)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["x.yaml", "x.json"])
def test_wherever_it_is_cut_off_it_is_never_taken_for_whole(name, tmp_path):
    """
    Except in the reason phrase, the last thing there is, and between two interactions.
    """
    path = tmp_path / name
    text = SMS_AND_CALLS if path.suffix == ".yaml" else in_json()
    mark = "- request" if path.suffix == ".yaml" else '{\n   "request"'
    first = text.index(mark)
    second = text.index(mark, first + 1)
    placed = 0

    for length in range(first + 1, len(text) - 1):
        path.write_text(text[:length])
        number = 1 if length <= second else 2
        try:
            kept = read(path).interactions
        except errors.CassetteCorrupt as error:
            headline = error.explanation.headline
            if re.search(rf"interaction {number}\b", headline):
                placed += 1
                assert headline.endswith(f"ends in the middle of interaction {number}.")
                assert ("Interaction 1 is readable" in str(error)) == (number == 2)
        else:
            assert path.suffix == ".yaml"
            assert number == len(kept)
            assert text[:length].rstrip().endswith(("code: 200", "message:", ": O", ": OK"))

    assert placed > len(text) / 2


@cache
def in_json() -> str:
    """The cassette of conftest in the form of JSON."""
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "both.yaml").write_text(SMS_AND_CALLS)
        assert run("convert", f"{folder}/both.yaml", f"{folder}/both.json").exit_code == 0
        return (Path(folder) / "both.json").read_text()


class TestJson:
    @pytest.fixture
    def data(self):
        return json.loads(in_json())

    def test_shape_is_placed(self, data, tmp_path):
        data["interactions"][1]["response"]["status"]["code"] = True
        text = json.dumps(data, indent=1)

        error = refused(tmp_path / "x.json", text.encode())

        assert "interaction 2: response.status.code is true or false" in str(error)
        assert '"code": true' in text.splitlines()[error.line - 1]

    def test_key_twice_is_placed(self, data, tmp_path):
        text = json.dumps(data, indent=1).replace('"method"', '"method": "PUT",\n"method"')

        error = refused(tmp_path / "x.json", text.encode())

        assert "has the key `method` twice" in str(error)
        assert '"method"' in text.splitlines()[error.line - 1]

    @pytest.mark.parametrize(
        ("content", "headline"),
        [
            (b"", "is empty"),
            (b"[]", "its top level is a list"),
            (b"{", "is not JSON: Expecting property name"),
            (b"[" * 200_000, "is nested too deeply"),
            (b'{"version": ' + b"1" * 5000 + b"}", "is not JSON"),
            (b'{"interactions": 1}', "`interactions` is a number"),
        ],
        ids=["empty", "list", "syntax", "deep", "huge number", "shape"],
    )
    def test_other_damage_is_named_in_the_headline(self, tmp_path, content, headline):
        assert headline in str(refused(tmp_path / "x.json", content))

    def test_one_long_line_is_shown_around_the_place(self, data, tmp_path, monkeypatch):
        monkeypatch.chdir(tmp_path)
        data["interactions"][1]["response"]["status"]["code"] = "no"

        error = refused(Path("x.json"), json.dumps(data).encode())

        assert '"code": "no"' in str(error)
        assert max(map(len, str(error).splitlines())) < 120

    @pytest.mark.parametrize("old", ["GET", "https", "Authorization", "Basic", "OK"])
    def test_half_a_character_is_refused(self, data, tmp_path, old):
        """
        It could be read, and not be written again.
        """
        text = (rf"\ud800{old}").join(json.dumps(data).rsplit(old, 1))

        assert "is text with half a character" in str(refused(tmp_path / "x.json", text.encode()))


def test_an_alias_bomb_takes_no_memory(tmp_path):
    path = tmp_path / "x.yaml"
    path.write_bytes(bomb())
    tracemalloc.start()

    with pytest.raises(errors.CassetteCorrupt):
        read(path)

    assert tracemalloc.get_traced_memory()[1] < 20_000_000
    tracemalloc.stop()


def test_aliases_as_other_tools_write_them_are_read(tmp_path):
    path = tmp_path / "x.yaml"
    path.write_bytes(
        damaged("- application/xml", "- *type").replace(b"- application/xml", b"- &type text/x")
    )

    assert [
        interaction.response.headers["content-type"] for interaction in read(path).interactions
    ] == ["text/x", "text/x"]


def test_a_byte_order_mark_is_no_damage(tmp_path):
    path = tmp_path / "x.yaml"
    path.write_text(SMS_AND_CALLS, encoding="utf-8-sig")

    assert len(read(path).interactions) == 2


def test_unquoted_dates_and_truths_stay_text(tmp_path):
    path = tmp_path / "x.yaml"
    path.write_bytes(
        damaged("recorded_at: ''", "recorded_at: 2009-13-45").replace(b"application/xml", b"yes")
    )

    recording = read(path)

    assert recording.recorded_at == "2009-13-45"
    assert recording.interactions[0].response.headers["content-type"] == "yes"


def test_a_directory_is_refused(tmp_path):
    with pytest.raises(errors.CassetteCorrupt, match="is a directory, not a file"):
        read(tmp_path)


def test_a_file_that_may_not_be_read_is_refused_and_not_replaced(tmp_path, monkeypatch):
    def refuse(self: Path, *given: object) -> NoReturn:
        raise PermissionError(13, "Permission denied")

    path = tmp_path / "x.yaml"
    path.touch()
    monkeypatch.setattr(Path, "open", refuse)

    with pytest.raises(errors.CassetteCorrupt, match="cannot be read: Permission denied") as caught:
        read(path)

    assert not caught.value.is_replaceable


@pytest.mark.parametrize("text", ["version: 2\n", "version: 1\ntwreplay: {format: 2}\n"])
def test_a_later_format_is_refused_by_name(tmp_path, text):
    path = tmp_path / "x.yaml"
    path.write_text(text + "interactions: [what a later version writes]\n")

    with pytest.raises(errors.CassetteTooNew, match="format 2; this twreplay reads up to 1"):
        read(path)


def test_the_excerpt_shows_no_credentials(tmp_path):
    """
    A file by another tool has them, and a message goes to the logs of CI.
    """
    content = damaged("    method: GET", "    method: 1: 2").replace(
        b"Basic AC0123456789abcdef0123456789abcdef:REDACTED", b"Basic c2VjcmV0OnNlY3JldA=="
    )

    error = refused(tmp_path / "x.yaml", content)

    assert "Basic REDACTED" in str(error)
    assert "c2VjcmV0" not in str(error)


def test_the_excerpt_obeys_no_escape_sequence(tmp_path):
    assert "\x1b" not in str(refused(tmp_path / "x.yaml", damaged("OK", "\x1b[2J")))


@given(st.binary(max_size=200) | st.text(max_size=200).map(str.encode))
def test_no_bytes_raise_anything_else(examples_path, content):
    path = examples_path / "any.yaml"
    for place in (path, path.with_suffix(".json")):
        place.write_bytes(content)
        try:
            read(place)
        except errors.CassetteError as error:
            assert str(error)


SHAPES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5) | st.binary(max_size=3),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                [
                    "request",
                    "response",
                    "method",
                    "uri",
                    "headers",
                    "body",
                    "string",
                    "status",
                    "code",
                    "message",
                    "type",
                    "content",
                    "base64_string",
                    "status_code",
                ]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=20,
)


@given(SHAPES, st.integers(0, 3))
def test_no_shape_raises_anything_else(examples_path, shape, depth):
    path = examples_path / "shape.yaml"
    data = yaml.load(SMS_AND_CALLS, Loader)
    owner = data
    for key in ("interactions", 1, "response")[:depth]:
        owner = owner[key]
    for key in list(owner) if isinstance(owner, dict) else range(len(owner)):
        before = owner[key]
        owner[key] = shape
        path.write_text(yaml.dump(data, Dumper=Dumper))
        with suppress(errors.CassetteError):
            read(path)
        owner[key] = before


EDITS = (
    *("!!binary ", "!!timestamp 1", "!!float x", "!!set {a}", "!!omap []", "!!null x", "!!bool x"),
    *("!!int x", "!!merge <<", "!!str {a: b}", "!!map [a]", "!!pairs [a]", "!!python/tuple [1]"),
    *("<<: *a", "&a ", "*a", "? ", "- ", "[", "]", "{", "}", ": ", '"', "'", "|", "%", "@", "`"),
    *("---\n", "...\n", "%YAML 9.9\n", "<<<<<<< a\n", "\t", "\r", "\n", "\0", "\x85", "\u2028"),
    *("\\ud800", "\ufeff", "é", "#", "null", "1e999", "NaN", "0b", "0o9", "1:2:3"),
)


@given(
    st.lists(
        st.tuples(st.floats(0, 0.999), st.integers(0, 40), st.sampled_from(["", *EDITS])),
        min_size=1,
        max_size=4,
    ),
    st.booleans(),
)
def test_no_edit_raises_anything_else(examples_path, edits, in_yaml):
    """
    And what is still a cassette can be written and read again.
    """
    text = SMS_AND_CALLS if in_yaml else in_json()
    for place, removed, added in edits:
        index = int(place * len(text))
        text = text[:index] + added + text[index + removed :]
    names = ("edited.yaml", "edited.json")
    path, other = (examples_path / name for name in (names if in_yaml else names[::-1]))
    path.write_text(text, "utf-8", "surrogatepass")

    try:
        kept = read(path).interactions
    except errors.CassetteError as error:
        assert str(error)
        return

    other.unlink(missing_ok=True)
    # What is not understood, such as a key of another tool, is named, and not written away.
    if run("convert", path, other, "--all").exit_code == 0:
        # Credentials that an edit broke are taken out on the way, so once there and back.
        written = read(other).interactions
        assert len(written) == len(kept)
        assert run("convert", other, path, "--all", "--force").exit_code == 0
        assert read(path).interactions == written


def test_a_zip_file_is_named_as_one(tmp_path):
    """
    The first bytes that are compared are those that zip files have.
    """
    with zipfile.ZipFile(tmp_path / "x.zip", "w") as file:
        file.writestr("a", b"\xff\xfe" * 100)

    assert "like a zip file" in str(
        refused(tmp_path / "x.yaml", (tmp_path / "x.zip").read_bytes() + b"\xff")
    )


URI = "https://api.twilio.com/2008-08-01/Accounts/AC0123456789abcdef0123456789abcdef/Calls"


class TestMergeKeys:
    """`<<` merges, as PyYAML and so vcrpy read it."""

    def read(self, tmp_path, merged, more=""):
        path = tmp_path / "merged.yaml"
        path.write_text(
            f"""\
interactions:
- request: {{body: null, headers: {{}}, method: GET, uri: '{URI}?n=1'}}
  response: &ok
    body: {{string: hello}}
    headers: &kind {{Content-Type: [text/plain]}}
    status: {{code: 200, message: OK}}
- request: {{body: null, headers: {{}}, method: GET, uri: '{URI}'}}
  response:
    {merged}
    {more}
version: 1
"""
        )
        return read(path).interactions[1].response

    def test_own_keys_win_over_merged_ones(self, tmp_path):
        response = self.read(tmp_path, "<<: *ok", "status: {code: 404, message: Not Found}")

        assert (response.status, response.body) == (404, b"hello")
        assert response.headers["Content-Type"] == "text/plain"

    def test_first_of_several_wins(self, tmp_path):
        response = self.read(tmp_path, "<<: [{status: {code: 302, message: Found}}, *ok]")

        assert (response.status, response.body) == (302, b"hello")

    @pytest.mark.parametrize("merged", ["<<: hello", "<<: [hello, *ok]"])
    def test_what_is_no_mapping_is_refused(self, tmp_path, merged):
        with pytest.raises(
            errors.CassetteCorrupt, match="merges something with `<<` that is no mapping"
        ):
            self.read(tmp_path, merged)

    def test_quoted_key_is_a_key(self, tmp_path):
        with pytest.raises(errors.CassetteCorrupt):
            self.read(tmp_path, "'<<': *ok")

    def test_a_chain_of_merges_is_refused_as_a_chain_of_aliases_is(self, tmp_path):
        links = "\n".join(
            f"x{n}: &x{n} {{<<: [*x{n - 1}, *x{n - 1}], k{n}: v}}" for n in range(1, 40)
        )
        path = tmp_path / "chain.yaml"
        path.write_text(f"x0: &x0 {{k: v}}\n{links}\ninteractions: []\nversion: 1\n")

        with pytest.raises(errors.CassetteCorrupt, match="aliases that unfold to more"):
            read(path)
