"""Sessions: a cassette, a simulator or a network block put behind the interception."""

from __future__ import annotations

from typing import TYPE_CHECKING

from twreplay._lazy import load_from

if TYPE_CHECKING:
    from twreplay._sessions.cassette import CassetteSession, use_cassette
    from twreplay._sessions.cassette_options import CassetteOptions, CassetteSettings
    from twreplay._sessions.disabling import disable_cassettes, enable_cassettes
    from twreplay._sessions.network import block_network, block_network_of_children_too
    from twreplay._sessions.recorder import Recorder
    from twreplay._sessions.saving import (
        compare_recorded,
        compute_digest,
        finish_rewrite,
        set_created_aside,
    )
    from twreplay._sessions.simulator import (
        SimulationSession,
        add_to_responses,
        check_left_over,
        simulate,
    )

__all__ = [
    "CassetteOptions",
    "CassetteSession",
    "CassetteSettings",
    "Recorder",
    "SimulationSession",
    "add_to_responses",
    "block_network",
    "block_network_of_children_too",
    "check_left_over",
    "compare_recorded",
    "compute_digest",
    "disable_cassettes",
    "enable_cassettes",
    "finish_rewrite",
    "set_created_aside",
    "simulate",
    "use_cassette",
]

__getattr__ = load_from(
    __name__,
    {
        "CassetteSession": "cassette",
        "CassetteOptions": "cassette_options",
        "CassetteSettings": "cassette_options",
        "Recorder": "recorder",
        "SimulationSession": "simulator",
        "disable_cassettes": "disabling",
        "enable_cassettes": "disabling",
        "add_to_responses": "simulator",
        "block_network": "network",
        "block_network_of_children_too": "network",
        "compare_recorded": "saving",
        "compute_digest": "saving",
        "finish_rewrite": "saving",
        "set_created_aside": "saving",
        "check_left_over": "simulator",
        "simulate": "simulator",
        "use_cassette": "cassette",
    },
)
