"""The report of a run: what each test asked for, what came of it, and what was called."""

from twreplay._reports.run.as_json import render_run_json
from twreplay._reports.run.events import describe_trace, hide_in_message
from twreplay._reports.run.page import render_run_page
from twreplay._reports.run.tests import RunReport

__all__ = [
    "RunReport",
    "describe_trace",
    "hide_in_message",
    "render_run_json",
    "render_run_page",
]
