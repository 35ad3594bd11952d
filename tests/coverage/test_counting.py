from __future__ import annotations

from html.parser import HTMLParser

import pytest

from twreplay._reports.coverage import (
    Coverage,
    UnreadableCoverage,
    dump_coverage,
    read_coverage,
    render_coverage,
    render_coverage_page,
)

CALLS = "/2008-08-01/Accounts/AC1/Calls"
SMS = "/2008-08-01/Accounts/AC1/SMS/Messages"


@pytest.fixture
def coverage():
    coverage = Coverage()
    coverage.add("GET", CALLS, 200, 3)
    coverage.add("POST", f"{SMS}.json", 400)
    coverage.add("POST", SMS, 201)
    return coverage


def test_counts_by_operation_whatever_the_representation(coverage):
    coverage.add("POST", SMS, 400)

    assert coverage.counts["POST", "/Accounts/{AccountSid}/SMS/Messages", 400] == 2


def test_a_head_is_a_get(coverage):
    coverage.add("HEAD", CALLS, 200)

    assert coverage.counts["GET", "/Accounts/{AccountSid}/Calls", 200] == 4


def test_paths_that_lead_nowhere_are_no_operation(coverage):
    before = dict(coverage.counts)
    coverage.add("GET", "/2008-08-01/Accounts/AC1/Messages", 404)

    assert coverage.counts == before


def test_the_figures_are_of_the_operations_that_were_used(coverage):
    summary = coverage.compute_summary()

    # GET: 200 302 304 401 500; POST: 200 400 401 500
    assert (summary.used, summary.seen, summary.documented) == (2, 2, 9)
    assert summary.percent == pytest.approx(100 * 2 / 9)


def test_nothing_used_is_nothing_covered():
    assert Coverage().compute_summary().percent == 0
    assert render_coverage(Coverage()) == "No operation of the API was used.\n"


def test_the_profile_says_what_is_documented():
    coverage = Coverage("observed")
    coverage.add("POST", SMS, 201)
    [row] = [row for row in coverage.list_rows() if row.was_used]

    assert row.seen[201] == 1
    assert row.besides == {}


def test_the_table(coverage):
    assert render_coverage(coverage) == (
        "2 of the 9 documented answers of the 2 operations used (22%); "
        "50 of 52 operations were never used.\n"
        "\n"
        "operation             seen           never\n"
        "GET    /Calls         200x3          302, 304, 401, 500\n"
        "POST   /SMS/Messages  201x1*, 400x1  200, 401, 500\n"
        "\n"
        "This suite never saw a 302, a 304, a 401, a 500 from any of them.\n"
        "\n"
        "* not among the documented answers of this profile\n"
    )


class Balance(HTMLParser):
    """Notices a tag that is closed and was not open, or the other way round."""

    def __init__(self):
        super().__init__()
        self.open, self.text = [], ""

    def handle_starttag(self, tag, attrs):
        if tag != "meta":
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text += data


def test_the_page_is_whole_and_has_every_operation(coverage):
    parser = Balance()
    parser.feed(render_coverage_page(coverage))
    parser.close()

    assert parser.open == []
    assert "22% of the documented answers" in parser.text
    for row in coverage.list_rows():
        assert row.path in parser.text


def test_the_page_needs_nothing_else(coverage):
    text = render_coverage_page(coverage)

    assert "http" not in text
    assert "<script" not in text


def test_what_was_written_can_be_read_and_added_up(coverage):
    again = read_coverage(dump_coverage(coverage))
    again.merge(read_coverage(dump_coverage(coverage)))

    assert again.profile == "documented"
    assert again.counts["GET", "/Accounts/{AccountSid}/Calls", 200] == 6


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "is not JSON"),
        ("[]", "no coverage of twreplay's"),
        ('{"twreplay_coverage": 2}', "is in format 2"),
        ('{"twreplay_coverage": 1, "profile": "documented"}', "has something wrong in it"),
        ('{"twreplay_coverage": 1, "profile": "x", "cells": [1]}', "has something wrong in it"),
    ],
)
def test_what_is_no_coverage_is_refused(text, why):
    with pytest.raises(UnreadableCoverage, match=why):
        read_coverage(text)
