"""True if a test may reach the network: by the options, and by the mark ``twreplay_network``."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import AbstractContextManager, nullcontext

import pytest

from twreplay._pytest.collection import get_mistake, set_mistake
from twreplay._pytest.options import get_ini

MARK = "twreplay_network"


def check_network_marks(session: pytest.Session) -> None:
    """Check the marks of all tests: a test with a wrong one fails when it is set up."""
    for item in session.items:
        mark = item.get_closest_marker(MARK)
        if mark is not None and (mistake := _find_mistake(mark)):
            set_mistake(item, mistake)


def _find_mistake(mark: pytest.Mark) -> str:
    from twreplay._sessions import block_network
    from twreplay.errors import UsageError

    unknown = [name for name in mark.kwargs if name != "block"]
    if unknown == ["allowed_hosts"]:
        return f'the mark {MARK} takes hosts one by one: {MARK}("127.0.0.1", "re:.*[.]test")'
    if unknown:
        return f"the mark {MARK} has no keyword {unknown[0]!r}; there is: block"
    if not isinstance(_blocks(mark), bool):
        return f"block of the mark {MARK} is True or False, not {_blocks(mark)!r}"
    if mark.args and not _blocks(mark):
        return f"the mark {MARK} has block=False, and so allows every host: leave them out"
    try:
        block_network(mark.args)
    except UsageError as error:
        return f"the mark {MARK}: {error.explanation.headline}"
    return ""


def _blocks(mark: pytest.Mark) -> object:
    return mark.kwargs.get("block", True)


def apply_network_block(item: pytest.Item) -> AbstractContextManager[object]:
    """Block the network while *item* runs, if an option or its mark asks for it."""
    config = item.config
    mark = item.get_closest_marker(MARK) if get_mistake(item) is None else None
    wanted = get_ini(config, "block-network") if mark is None else _blocks(mark)
    if not (wanted or config.getoption("--twreplay-block-network")):
        return nullcontext()
    from twreplay._sessions import block_network_of_children_too as block_network

    return block_network(_select_hosts(config, mark))


def _select_hosts(config: pytest.Config, mark: pytest.Mark | None) -> Iterable[str]:
    if (hosts := config.getoption("--twreplay-allowed-hosts")) is not None:
        return str(hosts)
    hosts = str(get_ini(config, "allowed-hosts") or "")
    if mark is None:
        return hosts
    return [*mark.args, *(part.strip() for part in hosts.split(",") if part.strip())]
