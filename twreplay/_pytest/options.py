"""
The options of the plugin: one table, from which flags, ini keys, checks and the header follow.

Imports next to nothing: pytest reads this in every run of every project that has the package.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import pytest

from twreplay._project import ProjectSettings, check_project, read_project


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """
    One option, as a flag ``--twreplay-NAME`` and as an ini key ``twreplay_NAME``.

    Attributes:
        name: With hyphens, as in the flag.

        about: What it does, for ``--help``.

        choices: The values it can have; empty for any.

        default: What holds if it is not given, for the header; empty to show it only if given.

        keyword: The keyword of a session that it sets; empty for none.

        ini_hint: What ``--help`` says of the ini key behind its name.

        flag: The other keywords of ``argparse``.

        ini_type: The type of the ini key, as pytest names it.
    """

    name: str
    about: str
    choices: tuple[str, ...] = ()
    default: str = ""
    keyword: str = ""
    ini_hint: str = ""
    flag: Mapping[str, Any]
    ini_type: str | None = None
    in_header: bool = True

    @property
    def ini_key(self) -> str:
        """The ini key."""
        return build_ini_key(self.name)

    @property
    def help(self) -> str:
        """The text for ``--help``."""
        if self.choices:
            return (
                f"{self.about}; beats the mark, which beats the fixture twreplay_config, which "
                f"beats the ini key {self.ini_key}"
            )
        return f"{self.about} (ini key {self.ini_key}{self.ini_hint})"


def build_ini_key(name: str) -> str:
    """Return the ini key of the option *name*."""
    return f"twreplay_{name.replace('-', '_')}"


OPTIONS = (
    Option(
        name="record",
        choices=("none", "once", "new_episodes", "all", "rewrite"),
        about="record mode of every cassette (default: none, so that no test reaches the network)",
        default="none",
        keyword="record_mode",
        flag={},
    ),
    Option(
        name="record-from",
        choices=("api", "simulator"),
        about="what answers the requests that are recorded (default: api); simulator sends nothing",
        keyword="source",
        flag={},
    ),
    Option(
        name="drift",
        choices=("warn", "fail", "ignore"),
        about="what to do if answers that the run recorded are not what the rules of the API say "
        "(default: warn)",
        flag={},
    ),
    Option(
        name="unused",
        choices=("fail", "warn", "ignore"),
        about="what to do if a passing test leaves interactions or rules of its own unused "
        "(default: fail)",
        default="fail",
        flag={},
    ),
    Option(
        name="on-expiry",
        choices=("warn", "fail", "record"),
        about="what to do with a cassette that is older than its max_age (default: warn)",
        keyword="on_expiry",
        flag={},
    ),
    Option(
        name="profile",
        choices=("documented", "observed"),
        about="what simulators follow: documented, the reference (default), or observed, what "
        "production code relied on",
        default="documented",
        keyword="profile",
        flag={},
    ),
    Option(
        name="undocumented",
        choices=("warn", "ignore", "error"),
        about="what to do if a test rests on something that nobody knows about the API "
        "(default: warn)",
        default="warn",
        keyword="undocumented",
        flag={},
    ),
    Option(
        name="unexpected",
        choices=("ignore", "fail"),
        about="what to do if a passing test leaves calls in progress, or calls and messages to "
        "people that it never looked at (default: ignore)",
        keyword="unexpected",
        flag={},
    ),
    Option(
        name="max-age",
        about="how long ago a cassette may have been recorded, such as 12h, 30d or 8w",
        keyword="max_age",
        flag={"metavar": "AGE"},
    ),
    Option(
        name="redact",
        about="what recordings get pseudonyms for, beside secrets, which never are in them: "
        "identifiers, names, bodies, or several of them",
        keyword="redact",
        flag={"metavar": "KINDS"},
    ),
    Option(
        name="disable",
        about="read and write no cassette: tests send their requests to whatever answers them; "
        "simulations go on",
        flag={"action": "store_true"},
        ini_type="bool",
    ),
    Option(
        name="block-network",
        about="let no test reach the network, below every client, names included",
        flag={"action": "store_true"},
        ini_type="bool",
    ),
    Option(
        name="allowed-hosts",
        about="what may be reached while the network is blocked, separated by commas: names, "
        "addresses, ranges (10.0.0.0/8), patterns (re:.*[.]test), Unix sockets (unix, or "
        "unix:/path)",
        flag={"metavar": "HOSTS"},
        in_header=False,
    ),
    Option(
        name="coverage",
        about="tell which operations of the API, and which of their documented answers, the suite "
        "has seen; with =FILE.json or =FILE.html, in that file too",
        ini_hint=": yes, or a file",
        flag={"nargs": "?", "const": "", "metavar": "FILE"},
    ),
    Option(
        name="coverage-fail-under",
        about="fail the run if the suite has seen less of what --twreplay-coverage counts, in "
        "percent",
        flag={"type": float, "metavar": "PERCENT"},
        in_header=False,
    ),
    Option(
        name="annotations",
        about="name what twreplay found, at its place in the code, for other programs: github "
        "prints annotations of a workflow, a FILE.sarif is for code scanning",
        flag={"metavar": "github|FILE.sarif"},
        in_header=False,
    ),
    Option(
        name="report",
        about="write a page about the run to FILE.html, or the same to FILE.json: the requests of "
        "each test, what decided the answers, webhooks, calls; a request that nothing answers "
        "beside the nearest recording",
        ini_hint=": a file",
        flag={"metavar": "FILE"},
        in_header=False,
    ),
    Option(
        name="rehearse",
        about="run each test that passes once more for each failure that is documented for each "
        "of its requests, and deliver each webhook again, changed; tell what became of it; with "
        "=FAILURES only for some: statuses, codes, 4xx, network, ReadTimeout, webhooks, unsigned "
        "..., separated by commas; no for none, marks included",
        ini_hint=": yes, or failures",
        flag={"nargs": "?", "const": "", "metavar": "FAILURES"},
    ),
    Option(
        name="rehearse-limit",
        about="how often a test is run again at most by --twreplay-rehearse (default: 100)",
        flag={"type": int, "metavar": "NUMBER"},
        in_header=False,
    ),
)

_PROJECT = pytest.StashKey[ProjectSettings]()
_PROJECT_KEYS = {option.name: option.keyword or option.name.replace("-", "_") for option in OPTIONS}

MOST_REHEARSALS = 100
"""The largest number of rehearsals of a test, unless an option says otherwise."""

KEYWORDS = {option.keyword: option.name for option in OPTIONS if option.keyword}
"""The keywords of sessions that an option sets, and the option."""


MARKS = (
    "twreplay(cassette=None, **keywords): replay a cassette while the test runs. cassette is "
    "a path below the test's cassette directory, by default named after the test; the "
    "keywords are those of twreplay.use_cassette. With keywords of twreplay.simulate, such as "
    "profile or undocumented, and no others: simulate the API instead.",
    "twreplay_faults(*failures, may_raise=None, may_accept=(), limit=100): run the test once more "
    "for each failure of each of its requests, and each change of its webhooks, and tell what "
    "became of it. failures are statuses, codes, '4xx', 'network', 'webhooks', faults; by default "
    "all that are documented. With may_raise, an exception or several, or () for none, the test "
    "fails if anything else comes of it, unless may_accept names it ('unsigned', 'forged').",
    "twreplay_network(*allowed_hosts, block=True): block the network while the test runs, but for "
    "allowed_hosts and those of the options; with block=False it is open, unless "
    "--twreplay-block-network is on the command line.",
)
"""The marks, each with its signature first, as ``pytest --markers`` shows them."""


def add_options(parser: pytest.Parser) -> None:
    """Add each option, as a flag and as an ini key of the same name."""
    group = parser.getgroup("twreplay", "Twilio 2008-08-01, replayed and simulated")
    for option in OPTIONS:
        choices = {"choices": option.choices} if option.choices else {}
        group.addoption(
            f"--twreplay-{option.name}", default=None, help=option.help, **choices, **option.flag
        )
        if option.ini_type == "bool":
            parser.addini(option.ini_key, option.about, type="bool", default=False)
        else:
            parser.addini(option.ini_key, option.about, default="")


def get_project(config: pytest.Config) -> ProjectSettings:
    """Return what ``[tool.twreplay]`` in pyproject.toml says, read once a run."""
    known = config.stash.get(_PROJECT, None)
    if known is None:
        known = config.stash[_PROJECT] = read_project(config.rootpath)
    return known


def get_ini(config: pytest.Config, name: str) -> Any:
    """Return the value of an option in the ini file, or else in ``[tool.twreplay]``; or ""."""
    given = config.getini(build_ini_key(name))
    return given or get_project(config).values.get(_PROJECT_KEYS[name], "")


def is_disabled(config: pytest.Config) -> bool:
    """Return whether no cassette is read or written."""
    return bool(config.getoption("--twreplay-disable") or get_ini(config, "disable"))


def get_setting(config: pytest.Config, name: str) -> tuple[str, str] | None:
    """Return the value of an option and its source; None if it is not given."""
    if (given := config.getoption(f"--twreplay-{name}")) is not None:
        return str(given), "command line"
    if value := config.getini(build_ini_key(name)):
        return str(value), "ini"
    value = get_project(config).values.get(_PROJECT_KEYS[name])
    return (str(value), "pyproject.toml") if value not in (None, False, "") else None


def list_settings(config: pytest.Config) -> dict[str, tuple[str, str]]:
    """Return the settings in effect for the header: value and source, the defaults first."""
    settings = {
        option.name: get_setting(config, option.name) or (option.default, "")
        for option in OPTIONS
        if option.default
    }
    for option in OPTIONS:
        given = get_setting(config, option.name) if option.in_header else None
        if given is not None and not option.default:
            settings[option.name] = ("on" if given[0] in ("", "True") else given[0], given[1])
    return settings


_OF_OTHERS = {
    "--record-mode": "--twreplay-record=MODE",
    "--vcr-record": "--twreplay-record=MODE",
    "--vcr-record-mode": "--twreplay-record=MODE",
    "--disable-recording": "--twreplay-disable",
    "--disable-vcr": "--twreplay-disable",
    "--block-network": "--twreplay-block-network",
    "--allowed-hosts": "--twreplay-allowed-hosts=HOSTS",
}
"""Options of pytest-recording and pytest-vcr, and what to type here."""


def check_command_line(args: Iterable[str], parser: pytest.Parser) -> None:
    """
    Check the options that pytest does not know, and would only refuse.

    Raises:
        pytest.UsageError: One is nearly an option of this plugin, or does what one of them does.
    """
    known = {f"--twreplay-{option.name}" for option in OPTIONS}
    names = {given.partition("=")[0] for given in args}
    if not any(name in _OF_OTHERS or name.startswith("--twreplay") for name in names - known):
        return  # as nearly always, and to parse them takes a millisecond
    _, unknown = parser.parse_known_and_unknown_args([*args])
    for name in (given.partition("=")[0] for given in unknown):
        if name in _OF_OTHERS:
            plugin = "pytest-vcr" if "vcr" in name else "pytest-recording"
            msg = f"{name} is an option of {plugin}, which is not installed; here: "
            raise pytest.UsageError(msg + _OF_OTHERS[name])
        if name.startswith("--twreplay"):
            from twreplay._suggestion import suggest

            rest = name.removeprefix("--twreplay").removeprefix("-")
            near = suggest(rest, [option.name for option in OPTIONS])
            guess = f"did you mean --twreplay-{near}?" if near else f"there is: {_list(known)}"
            raise pytest.UsageError(f"there is no option {name}; {guess}")


def _list(names: Iterable[str]) -> str:
    return ", ".join(sorted(names))


def check_ini_keys(config: pytest.Config) -> None:
    """
    Check what stands in the ini file; pytest would only warn of a key that does not exist.

    Raises:
        pytest.UsageError: A key that begins with ``twreplay_`` and is none, or a value that it
            cannot have.
    """
    known = [option.ini_key for option in OPTIONS]
    # pytest 9 has no public way left to ask which keys were written.
    given = config._inicfg if hasattr(config, "_inicfg") else config.inicfg
    wrong = [key for key in given if key.startswith("twreplay_") and key not in known]
    if wrong:
        from twreplay._suggestion import suggest

        names = [key.removeprefix("twreplay_") for key in known]
        near = suggest(wrong[0].removeprefix("twreplay_"), names)
        guess = f"did you mean twreplay_{near}?" if near else f"there is: {', '.join(known)}"
        msg = f"there is no ini key {wrong[0]}; {guess}"
        raise pytest.UsageError(msg)
    for option in OPTIONS:
        value = config.getini(option.ini_key) if option.choices else ""
        if value and value not in option.choices:
            values = ", ".join(option.choices)
            msg = f"ini key {option.ini_key} has no value {value!r}; there is: {values}"
            raise pytest.UsageError(msg)
    project = get_project(config)
    choices = {_PROJECT_KEYS[option.name]: option.choices for option in OPTIONS}
    if project.path is not None and (mistakes := check_project(project, choices)):
        raise pytest.UsageError("\n".join(mistakes))
    for name in _PARSED:
        _check_parsed(config, name)


# Whose values are no choice, and would be refused in the middle of a run; and what to type.
_PARSED = {
    "max-age": "type hours, days or weeks, such as 12h, 30d or 8w",
    "redact": "type identifiers, names, bodies, or several of them, separated by commas",
}


def _check_parsed(config: pytest.Config, name: str) -> None:
    """
    Check each place in which the option *name* can be given.

    Raises:
        pytest.UsageError: A value that it cannot have.
    """
    key = _PROJECT_KEYS[name]
    places = (
        (f"--twreplay-{name}", config.getoption(f"--twreplay-{name}")),
        (f"ini key {build_ini_key(name)}", config.getini(build_ini_key(name))),
        (f"{key} in [tool.twreplay] of pyproject.toml", get_project(config).values.get(key)),
    )
    for place, value in places:
        if value in (None, ""):
            continue
        from twreplay._sessions import CassetteSettings  # late: most runs give none
        from twreplay.errors import UsageError

        try:
            CassetteSettings.from_options({key: value})
        except UsageError:
            msg = f"{place} has no value {value!r}; {_PARSED[name]}"
            raise pytest.UsageError(msg) from None
