"""
Patches are in while a session is open, or somebody is left who must not get out.

Whether they are in is not remembered: what is wanted is read from the sessions, and *reconcile*
makes it so. It may be interrupted anywhere; the next call does the rest.
"""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Callable
from contextlib import suppress
from threading import local
from time import perf_counter
from typing import TYPE_CHECKING

from twreplay._imports import stand_ready, watch_imports
from twreplay._interception import lookup_guard, router
from twreplay._interception.handler import Handler
from twreplay._interception.patch import Patch, install_each, remove_each
from twreplay._interception.router import enter, leave
from twreplay._interception.seams import (
    MODULES,
    list_wanted_patches,
    load_adapters,
    made_patches,
    split_made_patches,
)
from twreplay._locking import ProcessLock

if TYPE_CHECKING:
    from twreplay.errors import UsageError

# Held while attributes are replaced, and never while something is imported: who imports a client
# comes here with the import lock of it.
_lock = ProcessLock()

# Whether this thread has taken out patches since it began to close a session.
_here = local()


def activate(handler: Handler) -> None:
    """
    Activate *handler* in this context and those that derive from it.

    If it raises, *handler* does not answer.
    """
    try:
        load_adapters()
        stand_ready()
        enter(handler)
        reconcile()
    except BaseException:
        deactivate(handler)
        raise


def deactivate(handler: Handler) -> None:
    """Stop *handler* from answering, if it still does."""
    try:
        _close(handler)
    except BaseException:
        _close(handler)
        raise


def _close(handler: Handler) -> None:
    _here.has_tidied = False
    leave(handler)
    if not router.has_open():
        _release_connections()
        _collect_contexts()
    # The end of the last session's context has mostly taken out all patches already.
    if not _here.has_tidied or router.is_wanted():
        reconcile()


def reconcile() -> None:
    """Put in what is wanted and is not there, take out what is there and not wanted."""
    _lock.call(_make_it_so)


def _make_it_so() -> None:
    for _ in range(3):  # a signal may have opened or closed a session in the meantime
        if is_wanted := router.is_wanted():
            install_each(list_wanted_patches())
            if router.has_open():
                lookup_guard.install()
            else:
                lookup_guard.remove()
        else:
            _take_out()
        if is_wanted == router.is_wanted():
            return


def _take_out() -> None:
    patches, restorers = split_made_patches()
    is_covered = remove_each(patches)
    lookup_guard.remove()
    if (network_block := sys.modules.get("twreplay._interception.network_block")) is not None:
        network_block.remove_covered()
    # They put back what they found when they leave, which may be a stand-in of ours.
    if not is_covered:
        remove_each(restorers)


# Since when, and the seconds that collections of all generations have taken.
_loaded = perf_counter()
_spent = 0.0


def _collect_contexts() -> None:
    """
    Collect the garbage that holds a context of a session that is over.

    Most often it is a task that failed, in a cycle with its traceback. The young generations take
    less than a millisecond; all of them took 30 to 200, so a twentieth of the time may go there,
    and half a second at the beginning.
    """
    global _spent
    if router.has_outlived():
        gc.collect(1)
    began = perf_counter()
    if router.has_outlived() and _spent < 0.5 + (began - _loaded) / 20:
        gc.collect()
        _spent += perf_counter() - began


def _release_connections() -> None:
    http_client = sys.modules.get("twreplay._interception.clients.http_client")
    if http_client is not None:
        http_client.release_connections()


def guard(
    refuses: Callable[[str], UsageError | None] | None,
) -> Callable[[str], UsageError | None] | None:
    """
    Look at requests also while no session is open, or no more.

    Args:
        refuses: Says what is wrong with a request to a host; None if nothing is.

    Returns:
        What *refuses* takes the place of, to be put back: a run of pytest may be within another.
    """
    if refuses is not None:
        # Before the stand-ins are made: one that imports its adapter later stands in the way of the
        # short path of requests, for the whole process, at 20 µs a request. If one cannot be
        # imported, the session that is opened says so.
        with suppress(ImportError):
            load_adapters()
    before, router.refuses = router.refuses, refuses
    reconcile()
    return before


def repair() -> None:
    """
    Put in again what somebody took out by putting back what stood there before.

    Not what is merely covered: a mock that a test puts above ours is to answer.
    """
    if not router.is_wanted():
        reconcile()
        return
    for patch in find_exposed():
        reconcile_one(patch)


def find_exposed() -> list[Patch]:
    """Return the patches over which somebody put back what they covered."""
    return [patch for patch in made_patches() if patch.is_exposed]


def reconcile_one(patch: Patch) -> None:
    """As *reconcile*, for one attribute."""
    _lock.call(lambda: patch.install() if router.is_wanted() else None)


def _install_imported() -> None:
    if router.is_wanted():
        reconcile()


def _tidy_up() -> None:
    """Take out what is not needed, unless that is being done: a finalizer must not wait."""
    # In a run of pytest the guard mostly wants them still; *_close* looks at each in any case.
    if (
        not router.is_wanted()
        and any(patch.is_in for patch in made_patches())
        and _lock.call_if_free(reconcile)
    ):
        _here.has_tidied = True


router.on_release = _tidy_up
lookup_guard.repair = repair
watch_imports(MODULES, _install_imported)
if hasattr(os, "register_at_fork"):  # not on Windows, which has no fork
    os.register_at_fork(after_in_child=router.forked)
