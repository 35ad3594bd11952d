"""
Saving, searching and loading an interaction whose bodies are large, and of an unkind shape.

    python benchmarks/bodies.py [--size 320000] [--json FILE]

One half of the size is the request's body, the other the response's. Milliseconds of the
processor, best of three, for each shape; and how much of it is left at half the size: 0.5 where
time grows as the body does, 0.25 where it grows with its square.
"""

from __future__ import annotations

import argparse
import base64
import json
import random
import tempfile
import time
from pathlib import Path

from twreplay import Interaction, Request, Response
from twreplay._cassette import Recording, Redaction, load, save

TOKEN = "5ecbe75ecbe75ecbe75ecbe75ecbe75e"
ACCOUNT = "AC0123456789abcdef0123456789abcdef"
URL = f"https://api.twilio.com/2008-08-01/Accounts/{ACCOUNT}/Calls"
LIMIT = 200.0

_random = random.Random(0)
_noise = _random.randbytes(240_000)

# What is repeated until the body is full.
SHAPES: dict[str, bytes] = {
    **{f"only {char}": char.encode() for char in "%&\\=\"'<>[{:;/.-_+@# a0A,|\n\t?!*"},
    "only CR LF": b"\r\n",
    "only NUL": b"\0",
    "only é": "é".encode(),
    "percents": b"%41",
    "percents of percents": b"%2541",
    "broken percents": b"%4",
    "entities": b"&amp;",
    "entities of entities": b"&amp;amp;",
    "decimal entities": b"&#65;",
    "broken entities": b"&#",
    "escapes": b"\\u0041",
    "escapes of JavaScript": b"%u0041",
    "octal escapes": b"\\101",
    "quoted-printable": b"=3D",
    "lines that go on": b"a=\r\n",
    "archives": b"PK\x03\x04",
    "zlib in base64": b"eJwz ",
    "escaped slashes": b"\\/",
    "names of tokens": b"token",
    "fields named as tokens": b"token=",
    "tokens in text": b"token: ",
    "tags named as tokens": b"<token>",
    "open tags": b'<input name="a" ',
    "parts": b'name="key"\r\n',
    "tokens of URLs in percents": b"%3A%2F%2Ftoken",
    "values without an end": b"token=a",
    "values that are no secrets": b"token=REDACTED",
    "lists below names": b'"tokens":["token',
    "objects below names": b'{"password":{"a":',
    "values before names": b'"value":"a","a":1,',
    "blocks of keys": b"PRIVATE KEY-----a-",
    "labels": b"<td>token</td><td>",
    "pairs below lists": b'["password","',
    "options": b"--password ",
    "commands": b"curl -u a:",
    "passwords with slashes": b"://a:b/",
    "keys of JSON": b'"kty":"d":"',
    "passes": b"pass pw ",
    "sessions": b"session=",
    "URLs": b"https://a:",
    "users in URLs": b"https://a@",
    "web tokens": b"eyJhbGciOiJ.",
    "long web tokens": b"eyJ",
    "schemes": b"Basic ",
    "keys": b"PRIVATE KEY-----",
    "accounts": ACCOUNT.encode() + b" ",
    "Sids": b"CA0123456789abcdef0123456789abcdef\n",
    "hexadecimal": b"0123456789abcdef",
    "base64 of text": base64.b64encode(b"so: a long text with words "),
    "base64 in lines": base64.encodebytes(b"so: a long text with words, and more of it yet " * 9),
    "gzip's beginning": b"H4sI",
    "short lines of base64": b"QUJDREVG\n",
    "base32": b"KNXTUIDBEBWG63TH",
    "commas": b'"a","b"\r\n',
    "open lists": b"[[",
    "objects": b'{"a":',
    "cookies": b"Set-Cookie: a=b; ",
    "indented": b"  \n",
    "blank ends": b"a \n",
    "letters of XML": b"<Call><Sid>CA0123456789abcdef0123456789abcdef</Sid></Call>\n",
}


def main() -> None:
    """Print the table; the slowest first."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n\n")[0])
    parser.add_argument("--size", type=int, default=320_000)
    parser.add_argument("--json", type=Path)
    given = parser.parse_args()
    rows = {}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "body.yaml"
        for name in (*SHAPES, "noise", "base64 of noise"):
            rows[name] = [time_body(path, fill(name, n)) for n in (given.size, given.size // 2)]
    print(f"{'ms, all of it':>46}{'redact':>9}{'save':>9}{'load':>9}{'at half':>9}")
    for name, (whole, half) in sorted(rows.items(), key=lambda row: -sum(row[1][0])):
        late = "  over" if sum(whole) > LIMIT else ""
        parts = "".join(f"{part:>9.1f}" for part in whole)
        print(f"  {name:<34}{sum(whole):>10.1f}{parts}{sum(half) / sum(whole):>9.2f}{late}")
    if given.json:
        figures = {name: sum(whole) for name, (whole, _) in rows.items()}
        given.json.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")


def fill(name: str, size: int) -> bytes:
    """Return a body of this shape and size."""
    if name == "noise":
        return (_noise * 2)[:size]
    if name == "base64 of noise":
        return (base64.b64encode(_noise) * 2)[:size]
    shape = SHAPES[name]
    return (shape * (size // len(shape) + 1))[:size]


def time_body(path: Path, body: bytes) -> list[float]:
    """Return the milliseconds of taking out secrets, of saving and of loading; best of three."""
    times: list[list[float]] = []
    for attempt in range(3):
        kind = {"Content-Type": "application/xml"}
        # Nothing is remembered of a body that has another end.
        half = body[: len(body) // 2] + b"xyz"[attempt : attempt + 1]
        answer = Response(200, kind, half)
        own = {"Authorization": f"Basic {ACCOUNT}:{TOKEN}"}
        interaction = Interaction(Request("POST", URL, own, half), answer)
        start = time.process_time()
        redaction = Redaction()
        redaction.learn(interaction)
        clean = redaction.redact(interaction)
        redacted = time.process_time()
        save(path, Recording(interactions=(clean,)), redaction.secrets.find_leak)
        saved = time.process_time()
        load(path).interactions[0].response.body  # noqa: B018
        loaded = time.process_time()
        times.append([redacted - start, saved - redacted, loaded - saved])
    return [seconds * 1e3 for seconds in min(times, key=sum)]


if __name__ == "__main__":
    main()
