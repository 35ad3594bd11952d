"""What is no cassette is not overwritten, and what is not understood is not written away."""

from __future__ import annotations

import errno
import os
import re
import stat
from pathlib import Path

import pytest
from cassette_files import read
from click.testing import CliRunner
from command_line import main, run
from recorder import record_pages

import twreplay
from twreplay import errors

URI = "https://api.twilio.com/2008-08-01/Accounts"
CASSETTE = (
    "version: {version}\ninteractions:\n- request: {{body: {body}, headers: {{{headers}}}, "
    "method: POST, uri: '" + URI + "'}}\n"
    "  response: {{body: {{string: ok}}, headers: {{}}, status: {{code: 200, message: OK}}}}\n"
)
HAR = '{"log": {"entries": [{"request": %s, "response": {"status": 200, "content": %s}}]}}'


def cassette(body: str = "null", headers: str = "", version: str = "1") -> str:
    return CASSETTE.format(body=body, headers=headers, version=version)


BODIES = {
    "{Called: '4155551212', To: '+1'}": b"Called=4155551212&To=%2B1",
    "[[To, '+1'], [To, '+2']]": b"To=%2B1&To=%2B2",
    "[!!python/tuple [To, a]]": b"To=a",
    "{type: call}": b"type=call",
    "{type: sms, To: '4155551212'}": b"type=sms&To=4155551212",
    "{string: hello}": b"string=hello",
    "{a: {b: [1, 2.5, true, null, 'true']}}": b'{"a": {"b": [1, 2.5, true, null, "true"]}}',
    "[1, 2]": b"[1, 2]",
    "5": b"5",
    "true": b"true",
    "{string: \u00e9, encoding: ISO-8859-1}": b"\xe9",
    "{type: binary, content: 00ff}": b"\x00\xff",
    "{type: binary, content: AP8=}": b"\x00\xff",
    "{type: binary, content: 0123}": b"\x01\x23",
    "{type: text, content: 0123}": b"0123",
    "{type: json, content: t}": b'"t"',
    "{type: none}": b"",
}


@pytest.fixture
def path(tmp_path):
    return tmp_path / "x.yaml"


@pytest.mark.parametrize("body", BODIES)
def test_bodies_of_other_tools_are_read_and_written_again(body, path):
    path.write_text(cassette(body), "utf-8")

    with twreplay.use_cassette(path, record_mode="new_episodes", allow_unused=True) as recorded:
        record_pages(recorded, 0, 1)

    assert [BODIES[body], b""] == [each.request.body for each in read(path).interactions]


def test_a_mapping_of_the_type_json_is_json(path):
    path.write_text(cassette("{a: b}", "Content-Type: [application/json]"))

    assert read(path).interactions[0].request.body == b'{"a": "b"}'


def test_what_cassetter_writes_is_read(path):
    from cassetter._core import Cassette, HttpInteraction, HttpRequest, HttpResponse, process_body

    bodies = {
        b"RIFF\xff\x00\x01abc": "audio/x-wav",
        b"\x01\x23": "audio/x-wav",
        b'{"a": [1, 2.5, true, null, "x"]}': "application/json",
        b"<a/>": "application/xml",
        b"5": "application/json",
        b"null": "application/json",
        b"": "text/plain",
        b"a=1&b=2": "application/x-www-form-urlencoded",
        "a\x00b\u2028".encode(): "text/plain",
    }
    made = Cassette()
    for body, kind in bodies.items():
        parts = {"content-type": [kind]}, process_body(body, kind)
        made.add_interaction(
            HttpInteraction(HttpRequest("POST", URI, *parts), HttpResponse(200, *parts), "")
        )
    made.save(str(path))

    kept = read(path).interactions

    assert [*bodies] == [each.request.body for each in kept]
    assert [*bodies] == [each.response.body for each in kept]


def test_a_version_in_quotes_and_names_that_are_binary_are_read(path):
    path.write_text(cassette(headers="!!binary Q29udGVudC1UeXBl: [a]", version="'1'"))

    assert read(path).interactions[0].request.headers.pairs == (("Content-Type", "a"),)


def test_headers_that_are_a_list_of_pairs_are_read(path):
    text = cassette().replace("headers: {}", "headers: [[A, '1'], [B, '2'], [A, '3']]")
    path.write_text(text)

    headers = read(path).interactions[0].response.headers

    assert tuple(headers.get_all("a")) == ("1", "3")


UNKNOWN = {
    "metadata": cassette() + "metadata: {a: b}\n",
    "interactions.0.request.parsed_body": cassette().replace("method:", "parsed_body: {}, method:"),
    "interactions.0.id": cassette().replace("  response:", "  id: 7\n  response:"),
    "interactions.0.response.x": cassette().replace("status:", "x: y, status:"),
    "interactions.0.response.body.x": cassette().replace("string: ok", "string: ok, x: y"),
    "interactions.0.response.body.encoding": cassette().replace(
        "string: ok", "string: ok, encoding: of ours"
    ),
}


@pytest.mark.parametrize("mode", ["new_episodes", "all", "rewrite"])
@pytest.mark.parametrize("place", UNKNOWN)
def test_what_is_not_understood_is_named_and_never_written_away(path, place, mode):
    path.write_text(UNKNOWN[place])

    with (
        pytest.raises(errors.CassetteNotSaved, match=rf"\b{re.escape(place)}(?![.,\w])"),
        twreplay.use_cassette(path, record_mode=mode),
    ):
        pass
    with twreplay.use_cassette(path, allow_unused=True) as replayed:
        assert len(replayed) == 1
    assert path.read_text() == UNKNOWN[place]


@pytest.mark.parametrize(
    "command",
    [["redact", "x.yaml"], ["merge", "x.yaml", "-o", "y.yaml"], ["convert", "x.yaml", "y.json"]],
    ids=lambda command: command[0],
)
def test_commands_name_what_they_do_not_understand(tmp_path, monkeypatch, command):
    monkeypatch.chdir(tmp_path)
    text = UNKNOWN["metadata"].replace("headers: {}", "headers: {authorization: [Bearer abcdef12]}")
    Path("x.yaml").write_text(text)

    result = CliRunner().invoke(main, command)

    assert result.exit_code == 2
    assert "metadata" in result.stderr
    assert [Path("x.yaml")] == list(Path().iterdir())
    assert Path("x.yaml").read_text() == text


OTHERS = {
    "go-vcr": "version: 2\ninteractions:\n- id: 0\n  request:\n    proto: HTTP/1.1\n    url: x\n",
    "go-vcr 1": "version: 1\ninteractions:\n- request:\n    url: http://x\n    form: {}\n",
    "VCR for Ruby": "---\nhttp_interactions:\n- request: {}\nrecorded_with: VCR 6.0.0\n",
    "php-vcr": "\n-\n    request:\n        url: x\n    response:\n        a: !!float 1\n",
    "betamax": '{"http_interactions": [], "recorded_with": "betamax/0.9.0"}',
    "HAR": '{"log": {"entries": []}}',
    "Polly.JS": '{"log": {"_recordingName": "x", "entries": []}}',
    "nock": '[{"scope": "https://x", "method": "GET", "path": "/"}]',
    "no cassette": "# Title\n\nSome `interactions:` of\ninteractions:\n",
    "no cassette ": "site_name: x\nnav: []\n",
    "no cassette  ": "hello\n",
    "no cassette   ": "interactions: 5\n",
    "no cassette    ": '{"version": "1", "interactions": "none"}',
    "no cassette     ": "interactions: of drugs\n",
}


@pytest.mark.parametrize("mode", ["none", "once", "new_episodes", "all", "rewrite"])
@pytest.mark.parametrize("tool", OTHERS)
def test_a_file_of_something_else_is_told_by_name_and_kept(tmp_path, tool, mode):
    path = tmp_path / ("x.json" if OTHERS[tool][0] in "{[" else "x.yaml")
    path.write_text(OTHERS[tool])

    with (
        pytest.raises(errors.CassetteCorrupt) as caught,
        twreplay.use_cassette(path, record_mode=mode),
    ):
        pass

    assert tool.rstrip(" 1") in str(caught.value)
    assert "rewrite" not in str(caught.value)
    assert "git checkout" not in str(caught.value)
    assert path.read_text() == OTHERS[tool]


@pytest.mark.parametrize("tool", OTHERS)
def test_a_file_of_something_else_is_not_overwritten_by_what_is_set_aside(tmp_path, tool):
    suffix = "json" if OTHERS[tool][0] in "{[" else "yaml"
    beside = tmp_path / f"x.failed.{suffix}"
    beside.write_text(OTHERS[tool])

    with (
        pytest.raises(ZeroDivisionError),
        twreplay.use_cassette(tmp_path / f"x.{suffix}", record_mode="once") as recorded,
    ):
        record_pages(recorded, 0, 1)
        1 / 0  # noqa: B018

    assert beside.read_text() == OTHERS[tool]


# What convert writes, and what looks like it.
CONVERTED = {"betamax", "HAR", "Polly.JS"}


@pytest.mark.parametrize("tool", sorted({*OTHERS} - CONVERTED))
def test_a_file_of_something_else_is_not_overwritten_by_a_command_that_is_forced(tmp_path, tool):
    target = tmp_path / ("y.json" if OTHERS[tool][0] in "{[" else "y.yaml")
    target.write_text(OTHERS[tool])
    (tmp_path / "x.yaml").write_text(cassette())

    result = run("convert", tmp_path / "x.yaml", target, "--force")

    assert result.exit_code == 2
    assert "it was not overwritten" in result.stderr
    assert target.read_text() == OTHERS[tool]


@pytest.mark.parametrize("kind", ["directory", "named pipe", "symbolic links"])
@pytest.mark.parametrize("mode", ["none", "rewrite"])
def test_what_is_no_file_is_one_clear_error(tmp_path, kind, mode):
    path = tmp_path / "x.yaml"
    if kind == "directory":
        path.mkdir()
    elif kind == "named pipe":
        os.mkfifo(path)
    else:
        path.symlink_to(path)

    with (
        pytest.raises(errors.CassetteCorrupt, match=kind) as caught,
        twreplay.use_cassette(path, record_mode=mode),
    ):
        pass

    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__ or caught.value.__context__ is None


@pytest.mark.parametrize("command", ["ls", "scan", "verify", "redact"])
def test_a_command_that_finds_nothing_to_do_says_so(tmp_path, command):
    result = CliRunner().invoke(main, [command, str(tmp_path)])

    assert result.exit_code == 2
    assert "there is no cassette to" in result.stderr
    assert CliRunner().invoke(main, [command, "--allow-empty", str(tmp_path)]).exit_code == 0


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork")
def test_a_child_that_goes_on_behind_the_block_saves_nothing(tmp_path):
    path = tmp_path / "x.yaml"
    child = ended = -1
    try:
        with twreplay.use_cassette(path, record_mode="once") as recorded:
            record_pages(recorded, 0, 1)
            child = os.fork()
            if not child:
                record_pages(recorded, 1, 1)
            else:
                ended = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
            before = list(tmp_path.iterdir())
    finally:
        if not child:
            os._exit(7)

    assert (ended, before) == (7, [])
    assert path.read_text().count("uri:") == 1
    assert list(tmp_path.iterdir()) == [path]


class TestSaving:
    @pytest.fixture
    def path(self, path):
        path.write_text("interactions: []\n")
        return path

    def save(self, path):
        with twreplay.use_cassette(path, record_mode="new_episodes") as recorded:
            record_pages(recorded, 0, 1)

    def test_without_a_disk_that_syncs_or_permissions(self, path, monkeypatch):
        def refuse(*_):
            raise OSError(errno.EINVAL, "Invalid argument")

        monkeypatch.setattr(os, "fsync", refuse)
        monkeypatch.setattr(Path, "chmod", refuse)

        self.save(path)

        assert "Calls?page=0" in path.read_text()

    def test_a_disk_that_fails_is_told(self, path, monkeypatch):
        def refuse(*_):
            raise OSError(errno.EIO, "Input/output error")

        monkeypatch.setattr(os, "fsync", refuse)

        with pytest.raises(errors.CassetteNotSaved, match="Input/output"):
            self.save(path)
        assert path.read_text() == "interactions: []\n"

    def test_owner_and_permissions_are_kept(self, path, monkeypatch):
        path.chmod(0o640)
        given = []
        monkeypatch.setattr(os, "chown", lambda *owner: given.append(owner[1:]))
        real = Path.stat
        monkeypatch.setattr(Path, "stat", lambda self, **how: _owned(real(self, **how), self))

        self.save(path)

        assert given == [(4711, 4712)]
        assert stat.S_IMODE(real(path).st_mode) == 0o640

    def test_locks_are_not_in_a_folder_of_somebody_else(self, path, tmp_path, monkeypatch):
        monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
        monkeypatch.setenv("HOME", str(tmp_path / "home"))
        theirs = tmp_path / f"twreplay-{os.getuid()}"
        theirs.symlink_to(tmp_path / "elsewhere")

        self.save(path)

        assert [*(tmp_path / "home/.cache/twreplay-locks").iterdir()]
        assert not (tmp_path / "elsewhere").exists()


def _owned(known: os.stat_result, path: Path) -> os.stat_result:
    if path.suffix == ".part":
        return known
    values = list(known)
    values[4:6] = 4711, 4712
    return os.stat_result(values)


class TestArchives:
    @pytest.fixture
    def convert(self, tmp_path):
        """Return what ``twreplay convert`` makes of a text of another format, and what it says."""

        def convert(text, form):
            given, path = tmp_path / "given.json", tmp_path / "x.yaml"
            given.write_text(text, "utf-8")
            result = run("convert", given, path, f"--from={form}", "--all", "--force")
            return result, read(path).interactions if path.exists() else None

        return convert

    def test_what_is_not_http_is_skipped(self, convert):
        text = HAR % ('{"method": "GET", "headers": [], "url": "%s"}', "{}")
        for url in ("data:image/png;base64,AA==", "blob:x", "about:blank", "/relative", "wss://x"):
            _, kept = convert(text.replace("%s", url), "har")
            assert kept == ()

    def test_a_body_that_is_missing_is_no_empty_one(self, convert):
        text = (HAR % ('{"method": "GET", "headers": [], "url": "%s"}', '{"size": 1287}')).replace(
            '"status": 200', '"status": 200, "headers": []'
        )

        result, kept = convert(text.replace("%s", URI), "har")
        assert "1287 bytes, and they are missing" in result.stderr
        assert kept is None
        result, kept = convert(text.replace("%s", "https://other.example/"), "har")
        assert "that nothing answered" in result.stderr
        assert kept == ()

    def test_text_is_decoded_whatever_its_headers_say(self, convert):
        text = HAR % ('{"method": "GET", "headers": [], "url": "' + URI + '"}', '{"text": "<a/>"}')
        headers = '"status": 200, "headers": [{"name": "content-encoding", "value": "br"}]'

        _, (kept,) = convert(text.replace('"status": 200', headers), "har")

        response = kept.response
        assert "content-encoding" not in response.headers
        assert response.body == b"<a/>"

    def test_what_was_posted_as_base64_is_decoded(self, convert):
        posted = '{"text": "AP8=", "encoding": "base64"}'
        asked = '{"method": "POST", "headers": [], "url": "' + URI + '", "postData": %s}'

        _, (kept,) = convert(
            (HAR % (asked, '{"text": "<a/>"}'))
            .replace("%s", posted)
            .replace('"status": 200', '"status": 200, "headers": []'),
            "har",
        )

        assert kept.request.body == b"\0\xff"

    def test_betamax_of_old_and_its_encodings_are_read(self, convert):
        text = (
            '{"http_interactions": [{"request": {"method": "GET", "uri": "'
            + URI
            + '"}, "response":'
            ' {"status_code": 200, "body": {"string": "\u00e9", "encoding": "ISO-8859-1"}}}]}'
        )

        _, (kept,) = convert(text, "betamax")

        assert (kept.response.status, kept.response.body) == (200, b"\xe9")
