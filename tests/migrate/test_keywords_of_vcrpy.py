"""Each keyword of vcrpy: kept, turned into ours, dropped, or left for a person."""

from __future__ import annotations

import inspect

import pytest
import vcr
from migrating import migrate, write_cassette

import twreplay


@pytest.fixture
def with_keywords(tmp_path, monkeypatch):
    """Migrate one ``use_cassette`` with some keywords, and return the line."""
    write_cassette(tmp_path / "calls.yaml")
    monkeypatch.chdir(tmp_path)

    def convert(keywords: str, *options: str, before: str = ""):
        source = (
            f"import re\nimport vcr\n{before}\nwith vcr.use_cassette('calls.yaml', {keywords}):\n"
        )
        done = migrate(tmp_path, f"{source}    pass\n", *options)
        lines = done.text.splitlines()
        return next(line for line in lines if "use_cassette" in line), done

    return convert


KEPT = "with twreplay.use_cassette('calls.yaml'):"


@pytest.mark.parametrize(
    ("given", "becomes"),
    [
        ("record_mode='all'", 'record_mode="all"'),
        ("record_mode=vcr.mode.NEW_EPISODES", 'record_mode="new_episodes"'),
        ("record_mode=vcr.record_mode.RecordMode.ONCE", 'record_mode="once"'),
        ("match_on=['url', 'raw_body']", 'match_on=("uri", "body")'),
        ("match_on=('path',)", 'match_on=("path",)'),
        ("allow_playback_repeats=True", "allow_playback_repeats=True"),
        ("filter_query_parameters=['page', 'token']", 'ignore=("query.page",)'),
        ("filter_post_data_parameters=[('Body', 'x')]", 'ignore=("form.Body",)'),
    ],
)
def test_kept_in_our_words(with_keywords, given, becomes):
    line, done = with_keywords(given)

    assert line == f"with twreplay.use_cassette('calls.yaml', {becomes}):"
    assert done.tell() == []


@pytest.mark.parametrize(
    "given",
    [
        "filter_headers=['authorization']",
        "filter_query_parameters=['auth_token']",
        "ignore_hosts=['other.example']",
        "ignore_localhost=True",
        "decode_compressed_response=True",
        "record_on_exception=False",
        "serializer='yaml'",
        "drop_unused_requests=False",
        "before_record_request=None",
        "filter_nested_post_data_parameters=True",
    ],
)
def test_dropped_without_a_word(with_keywords, given):
    line, done = with_keywords(given)

    assert line == KEPT
    assert done.notes == []


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ("filter_headers=['X-Branch']", "X-Branch: written to new recordings, and not compared"),
        ("filter_headers=NAMES", "headers that are no credentials: written"),
        ("filter_query_parameters=['page']", "page: not compared, as before, but written"),
        ("filter_sensitive_data=[('<A>', 'b')]", "is left out"),
        ("skip_patchers=['httpx']", "is left out"),
        ("custom_patches=((re, 'compile', re.search),)", "is left out"),
        ("drop_unused_requests=True", "is left out"),
        ("recrod_mode='all'", "left out: neither library has such a keyword"),
        ("before_record_response=scrub", "left out, as replaying does without it"),
    ],
)
def test_dropped_and_told(with_keywords, given, told):
    scrub = "def scrub(response):\n    response['body'] = {}\n    return response"
    before = f"NAMES = ['authorization']\n{scrub}"

    line, done = with_keywords(given, before=before)

    assert line.startswith("with twreplay.use_cassette('calls.yaml'")
    assert told in " ".join(note["why"] for note in done.notes)


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ("persister=re", "twreplay has no persister"),
        ("after_load_interaction=re.sub", "twreplay has no after_load_interaction"),
        ("before_save_interaction=re.sub", "twreplay has no before_save_interaction"),
        ("record_mode='any'", "twreplay has no mode 'any'"),
        ("match_on=['headers']", "'headers' is no part of a request"),
        ("match_on=PARTS", "which parts these are cannot be read off"),
        ("filter_query_parameters=NAMES", "which fields these are cannot be read off"),
        ("serializer='pickle'", "twreplay writes YAML and JSON"),
        ("path_transformer=re.escape", "how it changes paths cannot be read off"),
        ("func_path_generator=re.escape", "twreplay has no func_path_generator"),
        ("ignore_hosts=['api.twilio.com']", "it lets the API itself pass"),
        ("before_record_request=re.escape", "the function is not in this file"),
        ("before_record_request=rewrite", "a request of vcrpy does not change here"),
        ("**NAMES", "its keywords cannot be read off"),
    ],
)
def test_left_with_the_reason(with_keywords, given, told):
    before = "def rewrite(request):\n    request.uri = 'x'\n    return request\n"

    line, done = with_keywords(given, before=f"{before}NAMES = PARTS = list('ab')")

    assert line == f"with vcr.use_cassette('calls.yaml', {given}):"
    assert told in done.tell()[0]
    assert done.status == 1


def test_each_keyword_of_vcrpy_is_known(with_keywords):
    """A keyword that vcrpy gets in a later version is not taken for a mistyped one."""
    for keyword in set(inspect.signature(vcr.VCR).parameters) - {"self"}:
        _, done = with_keywords(f"{keyword}=x")

        assert "neither library" not in str(done.notes), keyword


@pytest.mark.parametrize(
    ("function", "becomes"),
    [
        ("lambda request: None if 'x' in request.uri else request", "request.url"),
        (
            "lambda r: r if r.protocol == 'https' and r.query == [] else None",
            "sorted(r.query) == []",
        ),
        ("lambda r: r if r.headers.get('X') and r.method else None", "r.headers.get('X')"),
    ],
)
def test_a_hook_that_only_looks_is_kept(with_keywords, function, becomes):
    _, done = with_keywords(f"before_record_request={function}")

    assert becomes in done.text
    assert done.tell() == []


def test_a_hook_that_takes_headers_out_is_not_needed(with_keywords):
    before = "def scrub(request):\n    request.headers.pop('X')\n    return request"

    line, done = with_keywords("before_record_request=scrub", before=before)

    assert line == KEPT
    assert "replaying does without it" in done.tell()[0]


def test_as_before_compares_what_vcrpy_compares(with_keywords):
    line, _ = with_keywords("", "--as-before")

    assert 'match_on=("method", "uri"), allow_unused=True' in line


def test_what_is_written_is_what_the_library_takes(with_keywords):
    line, _ = with_keywords("match_on=['uri'], filter_post_data_parameters=['Body']")
    keywords = line.partition("', ")[2].removesuffix("):")

    assert twreplay.Recorder(**eval(f"dict({keywords})"))["ignore"] == ("form.Body",)
