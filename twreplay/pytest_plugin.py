"""The pytest plugin: options, the mark, the fixtures and the hooks; ``_pytest`` does the work."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

import pytest

from twreplay._pytest import (
    CASSETTE_ONLY,
    MARKS,
    SIMULATOR_ONLY,
    Guard,
    _twreplay_mark,
    add_options,
    begin_report,
    begin_run,
    call_test,
    check_annotations_option,
    check_command_line,
    check_coverage_options,
    check_ini_keys,
    check_late_mark,
    check_network_marks,
    check_rehearsal_options,
    collect_collection,
    collect_phase,
    collect_problem,
    end_run,
    find_innermost_run,
    find_rehearsals,
    get_report_file,
    get_run,
    is_disabled,
    list_settings,
    list_tests_to_come,
    note_part,
    open_late_session,
    place_session,
    report_phase,
    run_test,
    set_up_fixture,
    set_up_test,
    tear_down_test,
    twilio,
    twilio_app,
    twilio_cassette,
    twilio_module,
    twilio_server,
    twilio_session,
    twreplay_cassette_dir,
    twreplay_config,
    warn_of_unread_marks,
)

__all__ = [
    "CASSETTE_ONLY",
    "SIMULATOR_ONLY",
    "_twreplay_mark",
    "twilio",
    "twilio_app",
    "twilio_cassette",
    "twilio_module",
    "twilio_server",
    "twilio_session",
    "twreplay_cassette_dir",
    "twreplay_config",
]


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options, each with an ini key of the same name."""
    add_options(parser)


# After pytest's own, which loads the conftest files: they may add options of the same names.
@pytest.hookimpl(trylast=True)
def pytest_load_initial_conftests(parser: pytest.Parser, args: list[str]) -> None:
    """Name the option that a mistaken one is nearest to."""
    check_command_line(args, parser)


def pytest_configure(config: pytest.Config) -> None:
    """Check the options, and begin the run. ``pytest --markers`` documents the marks."""
    for mark in MARKS:
        config.addinivalue_line("markers", mark)
    check_ini_keys(config)
    check_coverage_options(config)
    check_rehearsal_options(config)
    check_annotations_option(config)
    get_report_file(config)
    begin_run(config)
    if hasattr(config, "workerinput"):
        from twreplay._pytest import announce_created

        announce_created(config)
    begin_report(config)
    if not is_disabled(config):  # or what a marked test sends outside of its session is refused
        config.pluginmanager.register(Guard())


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Pass to a worker of pytest-xdist what it needs of the run."""
    from twreplay._pytest import prepare_worker

    prepare_worker(node)


# First, as the others are not called after one that raises: what pytest says of a KeyboardInterrupt
# may, and in a process that runs pytest again the next run would go on with this one's ledger.
@pytest.hookimpl(tryfirst=True)
def pytest_unconfigure(config: pytest.Config) -> None:
    """Stop counting."""
    end_run(config)


def pytest_report_header(config: pytest.Config) -> str:
    """Return the settings in effect, and the source of each."""
    from twreplay._reports import format_header

    return format_header(list_settings(config))


def pytest_sessionstart(session: pytest.Session) -> None:
    """Make known which tests are to come."""
    get_run(session.config).ledger.to_come = lambda: list_tests_to_come(session)


def pytest_collection_finish(session: pytest.Session) -> None:
    """Check the marks, and find the tests to rehearse."""
    check_network_marks(session)
    warn_of_unread_marks(session)
    find_rehearsals(session)


def pytest_deselected(items: list[pytest.Item]) -> None:
    """Remember that the run is partial."""
    if items:
        get_run(items[0].config).reasons.add("tests were deselected")


# Innermost wrapper: a rehearsal runs under the same warnings, assertions and time limits.
@pytest.hookimpl(wrapper=True, trylast=True)
def pytest_runtest_protocol(
    item: pytest.Item, nextitem: pytest.Item | None
) -> Generator[None, object, object]:
    """Count, block the network and rehearse, as requested."""
    return (yield from run_test(item, nextitem))


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> Generator[None, None, None]:
    """Follow the set-up of a test."""
    return (yield from set_up_test(item))


# Behind the hooks of the suite's own, which may mark the test, and before pytest sets it up.
@pytest.hookimpl(specname="pytest_runtest_setup")
def pytest_runtest_setup_session(item: pytest.Item) -> None:
    """Choose the fixture that opens the session of the test."""
    place_session(item)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, None, None]:
    """Follow the call of a test."""
    return (yield from call_test(item))


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_fixture_setup(
    fixturedef: pytest.FixtureDef[Any], request: pytest.FixtureRequest
) -> Generator[None, object, object]:
    """Follow the set-up of a fixture, which may mark its test."""
    result = yield from set_up_fixture(fixturedef, request)
    open_late_session(request._pyfuncitem)
    return result


# The outermost: what any fixture raises, and any other plugin, is known before a recording is kept.
@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_teardown(item: pytest.Item) -> Generator[None, None, None]:
    """Decide about the recordings of sessions that were closed with the test."""
    yield from tear_down_test(item)
    check_late_mark(item)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Add what was simulated to the report of a failure."""
    return (yield from report_phase(item, call))


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Remember what a test's reports tell: that it was skipped, or an error of this library."""
    if (run := find_innermost_run()) is None:
        return
    note_part(run, report)
    collect_problem(report, run)
    collect_phase(run, report)
    if report.skipped:
        if "twreplay" in report.keywords:
            run.not_run.append(report.nodeid)
        kind = "expected to fail" if hasattr(report, "wasxfail") else "skipped"
        run.reasons.add(f"tests were {kind}")


def pytest_collectreport(report: pytest.CollectReport) -> None:
    """Collect what could not be collected."""
    if (run := find_innermost_run()) is not None:
        collect_collection(run, report)


def pytest_assertrepr_compare(op: str, left: object, right: object) -> list[str] | None:
    """Show values that may hold a secret as their types show them."""
    ours = ("twreplay._http", "twreplay._display")
    if type(left).__module__ not in ours and type(right).__module__ not in ours:
        return None
    from twreplay._pytest import compare

    return compare(op, left, right)


# Within pytest's own: fixtures that are still open are torn down by then, if a run was broken off.
@pytest.hookimpl(wrapper=True, trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> Generator[None, None, None]:
    """Settle what is open, hand over what a worker has counted, or judge the whole run."""
    get_run(session.config).ledger.is_stopping = True
    try:
        yield
    finally:
        from twreplay._pytest import judge_run, settle_recordings

        settle_recordings(session)
        judge_run(session)


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """Add the counts of a worker of pytest-xdist."""
    from twreplay._pytest import take_over

    take_over(node)


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    """Write the reports that were requested, and a line about all requests."""
    from twreplay._pytest import write_summary

    write_summary(terminalreporter, config)
