"""
Every check there is, one session each; ``.ci/run`` and the workflows call these and nothing else.

    pip install 'nox[uv]'
    nox -s fast                 before each commit: under half a minute
    nox -s tests -- -k redact   what follows -- is pytest's
    nox -l                      what there is
"""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

import nox

nox.needs_version = ">=2025.5.1"
nox.options.default_venv_backend = "uv|venv"
nox.options.error_on_external_run = True
nox.options.reuse_venv = "yes"
nox.options.sessions = ["fast"]

ROOT = Path(__file__).parent
BUILT = ROOT / "build"
WORKERS = ("-n", "2")

# Without it, tests that are marked as slow are left out: a session of their own runs them.
ALL = ("-m", "slow or not slow")

# They cost 20 s between them, and see most mistakes; what starts processes is left to `tests`.
UNIT_TESTS = (
    "tests/coverage",
    "tests/drift",
    "tests/matching",
    "tests/rehearsal",
    "tests/representation",
    "tests/simulator",
    "tests/test_http.py",
    "tests/test_messages.py",
)
# Two thirds of the time that a run of pytest on one folder takes is spent on loading the plugins
# that are installed for the tests of them.
FEW_PLUGINS = {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
LOAD = ("-p", "twreplay.pytest_plugin", "-p", "xdist")
# pytest.ini_options does not reach the copies of the examples.
APART = ("-p", "no:recording", "-p", "no:cassetter", "-p", "no:asyncio")

# Some tests fetch old clients, which environments that uv makes could not.
PIP = ("pip>=23.1",)

# The lowest versions have wheels for the lowest Python only.
LOWEST_PYTHON = None if sys.version_info[:2] == (3, 11) else "3.11"


@nox.session
def lint(session: nox.Session) -> None:
    """Style and format."""
    session.install("ruff>=0.11")
    _lint(session)


@nox.session
def types(session: nox.Session) -> None:
    """The package's own types, strictly."""
    session.install("-e", ".[types]")
    session.run("mypy")


@nox.session
def layers(session: nox.Session) -> None:
    """Which module may know which."""
    session.install("-e", ".[layers]")
    _layers(session)


@nox.session
def workflows(session: nox.Session) -> None:
    """What runs in the project's name: pinned, and with no right that it does not use."""
    session.install("zizmor>=1.16")
    session.run("zizmor", "--offline", "--quiet", "--no-progress", "--persona=pedantic", ".github")


@nox.session
def fast(session: nox.Session) -> None:
    """What sees most mistakes in half a minute: lint, types, layers, unit tests."""
    session.install("-e", ".[layers,lint,types]")
    _lint(session)
    session.run("mypy")
    _layers(session)
    command = ("python", "-m", "pytest", "-q", *WORKERS, *LOAD)
    session.run(*command, *(session.posargs or UNIT_TESTS), env=FEW_PLUGINS)


@nox.session
def tests(session: nox.Session) -> None:
    """The suite, as README.md runs it: without what is slow."""
    session.install("-e", ".[tests]", *PIP)
    session.run("python", "-m", "pytest", *WORKERS, *session.posargs)


@nox.session
def slow(session: nox.Session) -> None:
    """The rest of the suite."""
    session.install("-e", ".[tests]", *PIP)
    session.run("python", "-m", "pytest", "-q", *WORKERS, "-m", "slow", *session.posargs)


@nox.session
def new_examples(session: nox.Session) -> None:
    """All of the suite with examples that hypothesis has not tried, and more; once a week."""
    session.install("-e", ".[tests]", *PIP)
    search = "--hypothesis-profile=new examples"
    session.run("python", "-m", "pytest", "-q", *WORKERS, *ALL, search, *session.posargs)


@nox.session(python=LOWEST_PYTHON, venv_backend="uv", download_python="never")
def lowest(session: nox.Session) -> None:
    """All of the suite with the lowest versions that pyproject.toml allows."""
    session.install("--resolution", "lowest-direct", "-e", ".[tests]", *PIP)
    session.run("python", "scripts/check_floors.py")
    session.run("python", "-m", "pytest", "-q", *WORKERS, *ALL, *session.posargs)


@nox.session
def shortcuts_off(session: nox.Session) -> None:
    """Cassettes through the YAML parser and requests through h11, all of them."""
    session.install("-e", ".[tests]")
    paths = ("tests/cassette", "tests/test_session.py")
    session.run(
        *("python", "-m", "pytest", "-q", *WORKERS, *paths, *session.posargs),
        env={"TWREPLAY_SHORTCUTS": "off"},
    )


@nox.session
def coverage(session: nox.Session) -> None:
    """All of the suite, measured by branches; not in .ci/run, as it takes its time."""
    session.install("-e", ".[tests]", "pytest-cov>=6", *PIP)
    session.run(
        *("python", "-m", "pytest", "-q", *WORKERS, *ALL, "--cov", "--cov-report="),
        *session.posargs,
    )
    session.run("coverage", "report")


@nox.session
def browser(session: nox.Session) -> None:
    """The pages in headless Chromium, at both widths; skipped without one."""
    chromium = _find_chromium()
    if chromium is None:
        session.skip("there is no Chromium to look at the pages in: apt-get install chromium")
    session.install("-e", ".[browser,tests]")
    command = ("python", "-m", "pytest", "-q", *(session.posargs or ("tests/browser",)))
    session.run(*command, env={"TWREPLAY_CHROMIUM": chromium})


@nox.session
def docs(session: nox.Session) -> None:
    """The site, with no link that leads nowhere; ``nox -s docs -- serve`` shows it."""
    session.install("-e", ".[docs]")
    if session.posargs:
        session.run("zensical", *session.posargs)
        return
    session.run("python", "scripts/generate.py", "--check")
    session.run("zensical", "build", "--clean", "--strict")
    session.run("python", "scripts/check_site.py", str(BUILT / "site"))


@nox.session
def wheel(session: nox.Session) -> None:
    """Build the wheel that the sessions below install."""
    session.install("build>=1.2")
    shutil.rmtree(BUILT / "wheel", ignore_errors=True)
    session.run("python", "-m", "build", "-q", "--wheel", "--outdir", str(BUILT / "wheel"))


@nox.session(requires=["wheel"])
def examples(session: nox.Session) -> None:
    """The examples against the wheel, from another folder than the work tree's."""
    session.install(f"twreplay[tests] @ {_built_wheel()}")
    copy = _copy(session, "examples")
    with session.chdir(copy.parent):
        _refuse_the_work_tree(session)
        pytest = ("python", "-m", "pytest", "-q", *APART)
        session.run(*pytest, "examples/pytest_fixture", "examples/simulator")
        session.run("python", "-m", "unittest", "discover", "-s", "examples/unittest_decorator")
    with session.chdir(copy / "clinic"):
        session.run(*pytest, "--twreplay-coverage=coverage.html")
    page = Path("clinic", "coverage.html")
    if (copy / page).read_bytes() != (ROOT / "examples" / page).read_bytes():
        session.error(
            f"examples/{page} is not what its tests write any more; the new one: {copy / page}"
        )


@nox.session(requires=["wheel"])
def consumer(session: nox.Session) -> None:
    """The types as a project sees them that uses the wheel: mypy and pyright, both strict."""
    session.install(f"twreplay[types] @ {_built_wheel()}")
    copy = _copy(session, "tests/typed")
    with session.chdir(copy):
        _refuse_the_work_tree(session)
        session.run("mypy", "--config-file", "pyproject.toml", "test_consumer.py")
        session.run("basedpyright", "-p", ".", "--pythonpath", _python(session))


@nox.session(requires=["wheel"])
def bare(session: nox.Session) -> None:
    """Nothing but what the wheel requires."""
    session.install(_built_wheel())
    copy = _copy(session, "examples")
    unwanted = ("aiohttp", "httplib2", "httpx", "tornado")
    with session.chdir(copy.parent):
        _refuse_the_work_tree(session)
        session.run(
            *("python", "-c", "import importlib.util as u, sys; "),
            f"sys.exit([n for n in {unwanted} if u.find_spec(n)] or 0)",
        )
        paths = ("examples/pytest_fixture", "examples/simulator", "examples/clinic")
        session.run("python", "-m", "pytest", "-q", *paths)
        show = ["show", "examples/clinic/cassettes", "--html", "pages"]
        for arguments in (["--help"], ["openapi"], ["explain", "cassette-not-found"], show):
            session.run("twreplay", *arguments, silent=True)


@nox.session(requires=["wheel"])
def demo(session: nox.Session) -> None:
    """What README.md offers to be seen first."""
    session.install(f"twreplay[demo] @ {_built_wheel()}")
    copy = _copy(session, "examples")
    with session.chdir(copy.parent):
        session.run("python", "examples/recording/demo.py")


def _lint(session: nox.Session) -> None:
    output = ["--output-format=github"] if os.environ.get("GITHUB_ACTIONS") else []
    session.run("ruff", "check", *output, ".")
    session.run("ruff", "format", "--check", ".")


def _layers(session: nox.Session) -> None:
    session.run("lint-imports", env={"PYTHONPATH": str(ROOT)})


def _built_wheel() -> str:
    """Return where the wheel lies, as an address that pip and uv read."""
    (wheel,) = (BUILT / "wheel").glob("twreplay-*.whl")
    return wheel.as_uri()


def _find_chromium() -> str | None:
    """Return the browser that draws the pages; None if there is none."""
    names = ("chromium", "chromium-browser", "google-chrome")
    return os.environ.get("TWREPLAY_CHROMIUM") or next(filter(None, map(shutil.which, names)), None)


def _copy(session: nox.Session, folder: str) -> Path:
    """Copy *folder* to where the work tree cannot be imported by accident."""
    target = Path(session.create_tmp()) / folder
    shutil.rmtree(target, ignore_errors=True)
    ignored = shutil.ignore_patterns("__pycache__", ".*_cache")
    return Path(shutil.copytree(ROOT / folder, target, ignore=ignored)).resolve()


def _refuse_the_work_tree(session: nox.Session) -> None:
    check = "import sys, twreplay; sys.exit(sys.prefix not in twreplay.__file__)"
    session.run("python", "-c", check, silent=True)


def _python(session: nox.Session) -> str:
    found = shutil.which("python", path=session.bin)
    assert found
    return found
