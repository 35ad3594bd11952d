"""
Entering and leaving a session, warm, beside other libraries in the same run.

    python benchmarks/sessions.py          (moto is timed if it is installed)

Medians of interleaved rounds, of a few sessions in a row each, in microseconds of the processor.
requests, httpx and aiohttp are imported, so that every library has something to patch; cassettes
have one interaction.
"""

from __future__ import annotations

import importlib.util
import statistics
import tempfile
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import aiohttp
import httpx
import requests
import responses
import vcr
from replay import write

import twreplay

ROUNDS = 100
IN_A_ROW = 5
CLIENTS = (aiohttp, httpx, requests)


def main() -> None:
    """Print the table."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "one.yaml"
        write(path, 1)
        time.sleep(3.1)  # a file that was just written is compared by its content
        doors: dict[str, Callable[[], AbstractContextManager[object]]] = {
            "twreplay.simulate": twreplay.simulate,
            "twreplay.use_cassette": lambda: twreplay.use_cassette(path, allow_unused=True),
            "responses.RequestsMock": responses.RequestsMock,
            "vcr.use_cassette": lambda: vcr.use_cassette(str(path), record_mode="none"),
        }
        if importlib.util.find_spec("moto"):
            from moto import mock_aws

            doors["moto.mock_aws"] = mock_aws
        times: dict[str, list[float]] = {name: [] for name in doors}
        for _ in range(ROUNDS):
            for name, door in doors.items():
                with door():
                    pass  # warm again: another library has run meanwhile
                start = time.process_time()
                for _ in range(IN_A_ROW):
                    with door():
                        pass
                times[name].append((time.process_time() - start) / IN_A_ROW * 1e6)
    for name, measured in times.items():
        measured.sort()
        low, high = measured[ROUNDS // 10], measured[-ROUNDS // 10]
        print(f"{name:<24}{statistics.median(measured):>9.0f}   ({low:.0f} to {high:.0f})")


if __name__ == "__main__":
    main()
