"""docs/coming-from.md has an answer for each keyword of vcrpy."""

from __future__ import annotations

import dataclasses
import inspect
import re
from pathlib import Path

import pytest
from betamax.configure import Configuration
from betamax.options import Options
from cassetter.config import Cassetter
from vcr.config import VCR

import twreplay
from twreplay.errors import UsageError

PAGE = (Path(__file__).parents[2] / "docs" / "coming-from.md").read_text("utf-8")
TABLE = PAGE.partition("## vcrpy\n")[2].partition("\n## ")[0]
LEFT = {
    name for cell in re.findall(r"^\| (.*?) \|", TABLE, re.M) for name in re.findall(r"\w+", cell)
}


@pytest.mark.parametrize("keyword", sorted(set(inspect.signature(VCR).parameters) - {"self"}))
def test_each_keyword_of_vcrpy_has_an_answer(keyword):
    assert keyword in LEFT


OF_BETAMAX = (*Options.valid_options, *(name for name in vars(Configuration) if name[0] != "_"))
OF_VCR = (
    *("record", "record_on_error", "match_requests_on", "re_record_interval", "tag", "tags"),
    *("clean_outdated_http_interactions", "update_content_length_header", "exclusive", "erb"),
    *("allow_playback_repeats", "allow_unused_http_interactions", "serialize_with"),
    *("preserve_exact_body_bytes", "decode_compressed_response", "recompress_response"),
    *("persist_with", "ignore_hosts", "ignore_localhost", "ignore_request", "unignore_hosts"),
    *("hook_into", "before_record", "before_playback", "around_http_request", "debug_logger"),
    *("before_http_request", "after_http_request", "allow_http_connections_when_no_cassette"),
    *("cassette_library_dir", "default_cassette_options", "filter_sensitive_data"),
    *("define_cassette_placeholder",),
)
"""As the documentation of VCR 6 lists them."""


def list_left(heading):
    table = PAGE.partition(f"## {heading}\n")[2].partition("\n## ")[0]
    cells = re.findall(r"^\| (.*?) \|", table, re.M)
    return {name for cell in cells for name in re.findall(r"\w+", cell)}


@pytest.mark.parametrize(
    ("heading", "keywords"),
    [
        ("betamax", OF_BETAMAX),
        ("VCR for Ruby", OF_VCR),
        ("cassetter", [field.name for field in dataclasses.fields(Cassetter)]),
    ],
)
def test_each_option_of_the_others_has_an_answer(heading, keywords):
    missing = {name for name in keywords if name not in list_left(heading)}

    assert missing - {"CASSETTE_LIBRARY_DIR", "recording_hooks"} == set()


@pytest.mark.parametrize("keyword", sorted(set(inspect.signature(VCR).parameters) - {"self"}))
def test_the_error_answers_each_keyword_of_vcrpy_by_name(keyword):
    if keyword in twreplay_keywords():
        return
    with pytest.raises(UsageError, match=f"{keyword}', which other libraries have"):
        twreplay.use_cassette("calls.yaml", **{keyword: None})


def twreplay_keywords():
    return {"record_mode", "match_on", "before_record_request", "before_record_response"}
