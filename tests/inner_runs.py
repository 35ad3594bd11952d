"""
Runs of pytest inside a test: in the test's own process unless the claim needs another.

A process of its own takes 0.5 s of a processor, nearly all of them for imports; a run in this one
0.05 s. Counters, ledger and guard belong to the run's Config, so an inner run leaves those of the
outer one alone; ``plugin/test_inner_runs.py`` shows that for counts and rehearsals.
"""

from __future__ import annotations

import gc
import importlib
import math
import os
import pkgutil
import sys
import warnings
from itertools import pairwise
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from _pytest._code.source import Source, getstatementrange_ast

import twreplay
from twreplay import pytest_plugin


def load_all() -> None:
    """Import all of the package and each client, once for all inner runs of the process."""
    importlib.import_module("scenario")
    for module in pkgutil.walk_packages(twreplay.__path__, "twreplay."):
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)
    # 400,000 objects: to collect all of them takes 0.1 s, and sessions may do so as they end.
    gc.collect()
    gc.freeze()


class Libraries:
    """
    Modules that were imported while *pytester* was in use, but for those in its folder.

    Pytester drops all of them, after each run and at its end. Their next import would make other
    modules with other classes: a client's exceptions would no longer be those that its parts raise.
    """

    def __init__(self) -> None:
        self._modules: dict[str, ModuleType] = {}

    def collect(self, folder: Path) -> None:
        """Note the modules that are loaded now."""
        below = f"{folder}{os.sep}"
        for name, module in sys.modules.items():
            known, file = _files.get(name, (None, ""))
            if known is not module:
                file = getattr(module, "__file__", None) or ""
                _files[name] = module, file
            if not file.startswith(below):
                self._modules[name] = module

    def put_back(self) -> None:
        """Put the noted modules into ``sys.modules`` that are missing there."""
        for name, module in self._modules.items():
            sys.modules.setdefault(name, module)


# To ask each of 3,000 modules for its file took 8 ms at the end of each run.
_files: dict[str, tuple[ModuleType, str]] = {}


_found_statements: dict[tuple[int, str], tuple[int, int]] = {}


def _find_statement(
    lineno: int, source: Source, assertion: bool = False, astnode: Any = None
) -> tuple[Any, int, int]:
    """
    Return where the statement at a line begins and ends, as pytest finds it for tracebacks.

    It parses the file of each frame: 5 ms, a tenth of the time of a run in which a test fails.
    """
    key = lineno, str(source)
    if key not in _found_statements:
        astnode, *range_ = getstatementrange_ast(lineno, source, assertion, astnode)
        _found_statements[key] = range_[0], range_[1]
    return astnode, *_found_statements[key]


class _Collector:
    """A plugin that notes the libraries which a run has imported."""

    def __init__(self, folder: Path) -> None:
        self.libraries = Libraries()
        self._folder = folder

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self) -> None:
        self.libraries.collect(self._folder)


class _ShortInterrupt:
    """
    A plugin that keeps the last frames of a KeyboardInterrupt.

    pytest formats each of the 44 frames from its ``main`` to the test, which takes 0.2 s. It needs
    one that is not hidden; ``pytest.exit`` hides its own.
    """

    @pytest.hookimpl(tryfirst=True)
    def pytest_keyboard_interrupt(self, excinfo: pytest.ExceptionInfo[BaseException]) -> None:
        excinfo.traceback = excinfo.traceback[-3:]


def run_inner(
    pytester: pytest.Pytester, *arguments: str, tells_waits: bool = False
) -> pytest.RunResult:
    """
    Run pytest with this plugin and no other, in this process if *arguments* allow it.

    Workers of pytest-xdist are processes, but what starts them need not be. A plugin that is loaded
    by ``-p`` may be loaded already, in the outer run: such runs get a process of their own.

    With *tells_waits* a rehearsal tells which tests have waited: all, on a machine that pauses.
    """
    # Older versions of pytest warn of the plugin, as they cannot rewrite what is imported already.
    is_apart = _have_workers(arguments) and pytest.version_tuple < (9,)
    if is_apart or _need_a_process(arguments):
        return pytester.runpytest_subprocess(*arguments)
    with pytest.MonkeyPatch.context() as patch, warnings.catch_warnings():
        patch.setattr("_pytest._code.code.getstatementrange_ast", _find_statement)
        warnings.resetwarnings()
        for category in (ImportWarning, PendingDeprecationWarning, ResourceWarning):
            warnings.simplefilter("ignore", category)  # as Python does by default
        patch.delenv("PYTEST_ADDOPTS", raising=False)
        # Two versions of one file within a second have one modification time.
        patch.setattr(sys, "dont_write_bytecode", True)
        if not tells_waits:
            patch.setattr("twreplay._reports.rehearsal.report.LEAST_WAIT", math.inf)
        collector = _Collector(pytester.path)
        plugins = [collector, _ShortInterrupt()]
        if _have_workers(arguments):
            arguments = ("-p", "twreplay", "-p", "xdist", *arguments)  # as workers are told
        else:
            plugins.append(pytest_plugin)
        result = pytester.runpytest_inprocess(*arguments, plugins=plugins, no_reraise_ctrlc=True)
    collector.libraries.put_back()
    return result


def _have_workers(arguments: tuple[str, ...]) -> bool:
    return any(argument.startswith("-n") for argument in arguments)


def _need_a_process(arguments: tuple[str, ...]) -> bool:
    return any(
        flag == "-p" and name != "xdist" and not name.startswith("no:")
        for flag, name in pairwise(arguments)
    )
