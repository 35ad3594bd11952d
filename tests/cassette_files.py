"""Cassette files as a user has them: written as the vcrpy format says, read by replaying them."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple

import yaml

import twreplay
from twreplay import Interaction

# libyaml's take a tenth of the time of those in Python, where PyYAML has them.
Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
Dumper = getattr(yaml, "CSafeDumper", yaml.SafeDumper)


class CassetteFile(NamedTuple):
    """What a cassette has: its interactions, and the head that says where they come from."""

    interactions: tuple[Interaction, ...]
    text: str

    @property
    def head(self) -> dict[str, Any]:
        """The key ``twreplay`` of the file; each of its values is text, as it is written."""
        return yaml.load(self.text, yaml.BaseLoader).get("twreplay", {})

    @property
    def origin(self) -> str:
        """``recorded``, ``simulated`` or ``documentation``; empty if another tool wrote it."""
        return str(self.head.get("origin", ""))

    @property
    def recorded_at(self) -> str:
        """The time of the recording, as it is written."""
        return str(self.head.get("recorded_at", ""))


def read(path: Path) -> CassetteFile:
    """Open the cassette in *path* as a test would that asks for nothing."""
    with twreplay.use_cassette(path, record_mode="none", allow_unused=True) as cassette:
        interactions = cassette.interactions
    return CassetteFile(interactions, path.read_text("utf-8-sig"))


def write(path: Path, *interactions: Interaction, **head: object) -> Path:
    """Write *interactions* as a cassette of this library's own, with what else *head* says."""
    path.write_text(render(interactions, **head), "utf-8")
    return path


def render(interactions: Iterable[Interaction] = (), **head: object) -> str:
    """Return the text of a cassette."""
    whole = {
        "version": 1,
        "twreplay": {"format": 1, "origin": "recorded", **head},
        "interactions": [_render_one(one) for one in interactions],
    }
    return yaml.dump(whole, Dumper=Dumper, sort_keys=False, allow_unicode=True)


def _render_one(interaction: Interaction) -> dict[str, Any]:
    request, response = interaction.request, interaction.response
    return {
        "request": {
            "body": _render_body(request.body) if request.body else None,
            "headers": _render_headers(request.headers),
            "method": str(request.method),
            "uri": str(request.url),
        },
        "response": {
            "body": {"string": _render_body(response.body)},
            "headers": _render_headers(response.headers),
            "status": {"code": response.status, "message": response.reason},
        },
    }


def _render_headers(headers: twreplay.Headers) -> dict[str, list[str]]:
    rendered: dict[str, list[str]] = {}
    for name, value in headers.pairs:
        rendered.setdefault(str(name), []).append(str(value))
    return rendered


def _render_body(body: bytes) -> str | bytes:
    try:
        return str(body.decode())
    except UnicodeDecodeError:
        return bytes(body)
