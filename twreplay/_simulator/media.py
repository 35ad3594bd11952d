"""Silent audio of the right length, for recordings that were added without audio."""

from __future__ import annotations

_RATE = 8000

# MPEG-1 layer III, 32 kbit/s, 32 kHz, mono: 1152 samples in 144 bytes. A frame whose side
# information is all zero is silence.
_MP3_FRAME = bytes.fromhex("fffb18c4") + bytes(140)
_MP3_FRAMES_A_SECOND = 32000 / 1152


def build_wav(seconds: int) -> bytes:
    """Return silence as PCM WAV: 8 kHz, 8 bits, mono."""
    size = seconds * _RATE
    return b"".join(
        (
            b"RIFF",
            (36 + size).to_bytes(4, "little"),
            b"WAVEfmt \x10\x00\x00\x00\x01\x00\x01\x00",
            _RATE.to_bytes(4, "little"),
            _RATE.to_bytes(4, "little"),
            b"\x01\x00\x08\x00data",
            size.to_bytes(4, "little"),
            b"\x80" * size,
        )
    )


def build_mp3(seconds: int) -> bytes:
    """Return silence as MP3."""
    return _MP3_FRAME * max(1, round(seconds * _MP3_FRAMES_A_SECOND))
