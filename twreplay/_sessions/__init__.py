"""Sessions: a cassette, a simulator or a network block put behind the interception."""

from __future__ import annotations

from typing import TYPE_CHECKING

from twreplay._lazy import load_from

if TYPE_CHECKING:
    from twreplay._sessions.cassette import (
        CassetteSession,
        CassetteSettings,
        finish_rewrites,
        set_created_aside,
        use_cassette,
    )
    from twreplay._sessions.network import block_network, block_network_of_children_too
    from twreplay._sessions.simulator import SimulationSession, add_to_responses, simulate

__all__ = [
    "CassetteSession",
    "CassetteSettings",
    "SimulationSession",
    "add_to_responses",
    "block_network",
    "block_network_of_children_too",
    "finish_rewrites",
    "set_created_aside",
    "simulate",
    "use_cassette",
]

__getattr__ = load_from(
    __name__,
    {
        "CassetteSession": "cassette",
        "CassetteSettings": "cassette",
        "SimulationSession": "simulator",
        "add_to_responses": "simulator",
        "block_network": "network",
        "block_network_of_children_too": "network",
        "finish_rewrites": "cassette",
        "set_created_aside": "cassette",
        "simulate": "simulator",
        "use_cassette": "cassette",
    },
)
