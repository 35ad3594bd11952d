"""What ``twreplay migrate`` does with files that are not plain UTF-8, not Python, or not free."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from command_line import run
from migrating import write_cassette

SOURCE = "import vcr\n\nwith vcr.use_cassette('calls.yaml'):\n    pass\n"
MIGRATED = "import twreplay\n\nwith twreplay.use_cassette('calls.yaml'):\n    pass\n"


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    """The current folder, with a cassette of the API in it."""
    write_cassette(tmp_path / "calls.yaml")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def rewrite(source: bytes, path: str = "test_it.py") -> bytes:
    """Migrate a file of these bytes, and return what it is then."""
    Path(path).write_bytes(source)
    result = run("migrate", ".", "--write")
    assert result.exit_code == 0, result.output
    return Path(path).read_bytes()


def test_a_byte_order_mark_stays():
    mark = b"\xef\xbb\xbf"

    assert rewrite(mark + SOURCE.encode()) == mark + MIGRATED.encode()


def test_line_ends_of_windows_stay():
    ends = str.maketrans({"\n": "\r\n"})

    assert rewrite(SOURCE.translate(ends).encode()) == MIGRATED.translate(ends).encode()


def test_a_file_without_a_last_line_end_gets_none():
    assert rewrite(SOURCE.removesuffix("\n").encode()) == MIGRATED.removesuffix("\n").encode()


def test_line_ends_that_are_mixed_stay_where_nothing_is_rewritten():
    after = rewrite(b"X = 1\r\nY = 2\n" + SOURCE.encode())

    assert after.startswith(b"X = 1\r\nY = 2\n")


def test_tabs_and_form_feeds_stay():
    source = "import vcr\n\f\ndef test_it():\n\twith vcr.use_cassette('calls.yaml'):\n\t\tpass\n"

    after = rewrite(source.encode()).decode()

    assert "\f\ndef test_it():\n\twith twreplay.use_cassette('calls.yaml'):\n\t\tpass\n" in after


@pytest.mark.parametrize("encoding", ["latin-1", "cp1252", "koi8-r", "shift_jis", "utf-8"])
def test_the_encoding_that_a_file_names_stays(encoding):
    word = {"koi8-r": "имя", "shift_jis": "名前"}.get(encoding, "Jürgen")
    head = f"# -*- coding: {encoding} -*-\n"
    tail = f"NAME = '{word}'\n"

    after = rewrite((head + SOURCE + tail).encode(encoding))

    assert after == (head + MIGRATED + tail).encode(encoding)


def test_the_difference_of_a_file_in_another_encoding_is_shown():
    source = "# coding: latin-1\n" + SOURCE + "NAME = 'Jürgen'\n"
    Path("test_it.py").write_bytes(source.encode("latin-1"))

    result = run("migrate", ".")

    assert "+with twreplay.use_cassette('calls.yaml'):" in result.stdout
    assert " NAME = 'Jürgen'" in result.stdout


UNREADABLE = {
    "bytes that are not of its encoding": b"import vcr\nNAME = '\xff\xfe'\n",
    "an encoding that nobody knows": b"# coding: martian\nimport vcr\n",
    "a mistake": b"import vcr\nwith vcr.use_cassette('calls.yaml')\n    pass\n",
    "Python 2": b"import vcr\nprint 'hello'\n",
    "a zero byte": b"import vcr\nNAME = '\x00'\n",
    "brackets without end": b"import vcr\nX = " + b"(" * 3000 + b"\n",
    "something else": b"\x89PNG vcr",
}


@pytest.mark.parametrize("name", UNREADABLE)
def test_a_file_that_is_no_python_is_named_and_the_others_are_rewritten(name):
    Path("test_bad.py").write_bytes(UNREADABLE[name])
    Path("test_it.py").write_text(SOURCE)

    result = run("migrate", ".", "--write")

    assert result.exit_code == 2
    assert "test_bad.py" in result.stderr
    assert "Traceback" not in result.output
    assert Path("test_bad.py").read_bytes() == UNREADABLE[name]
    assert Path("test_it.py").read_text() == MIGRATED


def test_deep_python_is_named_and_the_others_are_rewritten():
    Path("test_bad.py").write_text("import vcr\nX = " + "-" * 5000 + "1\n")
    Path("test_it.py").write_text(SOURCE)

    result = run("migrate", ".", "--write")

    assert "Traceback" not in result.output
    assert Path("test_it.py").read_text() == MIGRATED


@pytest.mark.parametrize("source", [b"", b"\n", b"# vcr\n", b"\xef\xbb\xbf"])
def test_nothing_is_to_do_for_a_file_without_code(source):
    assert rewrite(source) == source


def test_a_link_stays_one_and_its_file_is_rewritten(folder):
    (folder / "shared").mkdir()
    target = folder / "shared" / "real.txt"
    target.write_text(SOURCE)
    (folder / "test_it.py").symlink_to(target)

    assert run("migrate", ".", "--write").exit_code == 0
    assert (folder / "test_it.py").is_symlink()
    assert target.read_text() == MIGRATED


def test_the_mode_of_a_file_stays(folder):
    path = folder / "test_it.py"
    path.write_text(SOURCE)
    path.chmod(0o751)

    run("migrate", ".", "--write")

    assert path.stat().st_mode & 0o777 == 0o751


def test_a_file_that_changes_meanwhile_is_not_written(folder, monkeypatch):
    path = folder / "test_it.py"
    path.write_text(SOURCE)
    changed = SOURCE + "# saved by an editor\n"
    really_open = Path.open
    times = iter(range(9))

    def save_after_the_first_time(asked, mode="r", *given, **keywords):
        if asked.name == path.name and mode == "rb" and next(times):
            path.write_text(changed)
        return really_open(asked, mode, *given, **keywords)

    monkeypatch.setattr(Path, "open", save_after_the_first_time)

    result = run("migrate", "test_it.py", "--write")

    assert result.exit_code == 2
    assert "test_it.py: changed meanwhile, and not written" in result.stderr
    assert path.read_text() == changed


def test_without_libcst_the_command_says_what_to_install(folder, monkeypatch):
    (folder / "test_it.py").write_text(SOURCE)
    for name in list(sys.modules):
        if name.startswith(("twreplay._migrate", "libcst")):
            monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "libcst", None)

    result = run("migrate", ".")

    assert result.exit_code == 1
    assert "migrating needs libcst: pip install 'twreplay[migrate]'" in result.stderr


def test_a_folder_without_python_is_a_usage_error(folder):
    (folder / "empty").mkdir()

    result = run("migrate", "empty")

    assert result.exit_code == 2
    assert "there is no Python file in empty" in result.stderr
