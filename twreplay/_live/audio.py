"""The audio of ``<Play>``: what the answer of an application is for the one who listens."""

from __future__ import annotations

import io
import wave

from twreplay._api import INVALID_CONTENT_TYPE
from twreplay._delivery import Delivery
from twreplay._display import visible_line
from twreplay._twiml import AudioArrived


def read_audio(delivery: Delivery) -> AudioArrived:
    """Return what became of the audio that *delivery* asked for."""
    url, response = delivery.webhook.url, delivery.response
    if delivery.error is not None and delivery.error.code == INVALID_CONTENT_TYPE.code:
        answered = delivery.exchanges[-1].response
        given = answered.headers.get("content-type") if answered is not None else None
        return AudioArrived(url, wrong_type=visible_line(given or "of no type"))
    if delivery.error is not None or response is None:
        return AudioArrived(url, is_missing=True)
    return AudioArrived(url, seconds=_measure_wav(response.body))


def is_wrong_type(delivery: Delivery) -> bool:
    """Return whether *delivery* is of audio, and its answer is something else."""
    if delivery.webhook.kind.name != "media" or delivery.error is None:
        return False
    return delivery.error.code == INVALID_CONTENT_TYPE.code


def _measure_wav(audio: bytes) -> float | None:
    """Return how many seconds *audio* lasts; None if it is no PCM WAV."""
    try:
        with wave.open(io.BytesIO(audio)) as file:
            seconds: float = file.getnframes() / file.getframerate()
    except (wave.Error, EOFError, ZeroDivisionError):
        return None
    return seconds
