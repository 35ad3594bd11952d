"""What the marks of the collected tests say: rehearsals, and marks that nothing reads."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from twreplay._pytest.options import MOST_REHEARSALS, get_ini, get_setting
from twreplay._pytest.run import get_run

if TYPE_CHECKING:
    from twreplay._pytest.rehearsal import RehearsalSettings

_REHEARSAL: pytest.StashKey[RehearsalSettings | None] = pytest.StashKey()
_MISTAKE = pytest.StashKey[str]()
_MARK_OF_OTHERS = "vcr"


def find_rehearsals(session: pytest.Session) -> None:
    """Find the tests to rehearse."""
    config = session.config
    wanted, ini = config.getoption("--twreplay-rehearse"), get_ini(config, "rehearse")
    if wanted is None and not ini:
        asked_for = [i for i in session.items if i.get_closest_marker("twreplay_faults")]
    else:
        asked_for = session.items
    if not asked_for:
        return
    from twreplay._interception import prepare
    from twreplay._pytest.rehearsal import check_limit, read_settings
    from twreplay.errors import UsageError

    get_run(config).watched_before = prepare(watched=True)
    limit = check_limit(_get_limit(config))
    for item in asked_for:
        try:
            settings = read_settings(item, wanted, ini, limit)
        except UsageError as error:
            set_mistake(item, str(error))
        else:
            item.stash[_REHEARSAL] = settings


def get_rehearsal(item: pytest.Item) -> RehearsalSettings | None:
    """Return how *item* is rehearsed; None if it is not."""
    return item.stash.get(_REHEARSAL, None)


def get_mistake(item: pytest.Item) -> str | None:
    """Return what is wrong with a mark of *item*; None if nothing is."""
    return item.stash.get(_MISTAKE, None)


def set_mistake(item: pytest.Item, mistake: str) -> None:
    """Keep what is wrong with a mark of *item*, which fails it when it is set up."""
    item.stash[_MISTAKE] = mistake


def check_rehearsal_options(config: pytest.Config) -> None:
    """
    Check the options of rehearsals.

    Raises:
        pytest.UsageError: An unknown failure, or a limit that is no number from 1.
    """
    given = get_setting(config, "rehearse")
    limit = _get_limit(config)
    if given is None and limit == MOST_REHEARSALS:
        return
    from twreplay._pytest.rehearsal import check_options
    from twreplay.errors import UsageError

    try:
        check_options(given[0] if given else "", limit)
    except UsageError as error:
        behind = "to name tests behind --twreplay-rehearse, write it --twreplay-rehearse=all"
        msg = f"--twreplay-rehearse: {error}\n({behind}, or put it last)"
        raise pytest.UsageError(msg) from None


def _get_limit(config: pytest.Config) -> object:
    given = config.getoption("--twreplay-rehearse-limit")
    return (get_ini(config, "rehearse-limit") or MOST_REHEARSALS) if given is None else given


def warn_of_unread_marks(session: pytest.Session) -> None:
    """
    Warn of tests with the mark ``vcr`` where no plugin reads it: their requests are sent.

    So they are under a mark that is nearly one of ours. That pytest does not know the mark, it says
    itself, and not what becomes of the requests. Where a plugin or an ini file has registered the
    mark, somebody reads it.
    """
    unread: dict[str, list[pytest.Item]] = {}
    for item in session.items:
        for name in {mark.name for mark in item.iter_markers()}.difference(_OURS):
            if name == _MARK_OF_OTHERS or name.startswith("twr"):
                unread.setdefault(name, []).append(item)
    if not unread:
        return
    lines = session.config.getini("markers")
    registered = {line.partition(":")[0].partition("(")[0].strip() for line in lines}
    for name, items in unread.items():
        if name not in registered and (advice := _advise(name)):
            count = "1 test has" if len(items) == 1 else f"{len(items)} tests have"
            # Of the category of pytest's own, so that a filter of that one is for this one too.
            items[0].warn(pytest.PytestUnknownMarkWarning(f"{count} the mark {name}, {advice}"))


_OURS = ("twreplay", "twreplay_faults", "twreplay_network")


def _advise(name: str) -> str:
    """Return what is to be known about a mark that nothing reads; empty if it is not ours."""
    if name == _MARK_OF_OTHERS:
        return (
            "and no plugin that reads it is installed: no cassette is played, and requests are "
            "sent. `twreplay migrate` turns such marks of tests about the API into "
            "@pytest.mark.twreplay; or install pytest-recording."
        )
    from twreplay._suggestion import find_similar

    near = find_similar(name, _OURS, limit=1, cutoff=0.75)
    return f"which is none and does nothing; did you mean {near[0]}?" if near else ""
