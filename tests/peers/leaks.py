"""
What a recording gives away: this library and its peers, each with its defaults.

    python tests/peers/leaks.py            prints the tables
    python tests/peers/leaks.py --write    and puts them into docs/secrets.md

Every plant of tests/secret_corpus.py is sent by every client, answered by a server on loopback and
recorded. A cell says in how many values of the cassette the token can be found, percent-encoding,
base64 and gzip undone. Each library and client has a process of its own.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from contextlib import AbstractContextManager
from importlib.metadata import version
from pathlib import Path

ROOT = Path(__file__).parents[2]
sys.path[:0] = [str(ROOT / "tests"), str(ROOT / "examples" / "recording")]

LIBRARIES = ("twreplay", "vcrpy", "cassetter")
PATIENCE_SECONDS = 120


def recording(library: str, path: Path) -> AbstractContextManager[object]:
    """A session of *library* that records into *path*, with nothing said about secrets."""
    if library == "twreplay":
        import twreplay

        return twreplay.use_cassette(path, record_mode="once")
    if library == "vcrpy":
        import vcr

        context: AbstractContextManager[object] = vcr.use_cassette(str(path), record_mode="once")
        return context
    import cassetter

    return cassetter.use_cassette(str(path), record_mode="once")


def found(library: str, client: str) -> dict[str, str]:
    """What each plant leaves in a cassette of *library*, sent by *client*."""
    from secret_corpus import PLANTS, can, places, send, server

    cells: dict[str, str] = {}
    with tempfile.TemporaryDirectory() as folder, server(Path(folder)) as running:
        for number, (name, plant) in enumerate(PLANTS.items()):
            path = Path(folder) / f"{number}.yaml"
            if not can(client, plant):
                cells[name] = "-"
                continue
            try:
                with recording(library, path):
                    send(client, plant, running)
            except Exception as error:  # whatever a library raises is what came of it
                cells[name] = type(error).__name__
                continue
            cells[name] = str(places(path)) if path.exists() else "not recorded"
    return cells


def told(library: str, client: str) -> dict[str, str]:
    """The column of the table."""
    command = [sys.executable, "-W", "ignore", __file__, "--one", library, client]
    done = subprocess.run(
        command, capture_output=True, text=True, timeout=PATIENCE_SECONDS, check=True
    )
    cells: dict[str, str] = json.loads(done.stdout.splitlines()[-1])
    return cells


def tables() -> str:
    """One table for each library, as Markdown."""
    from scenario import CLIENTS
    from secret_corpus import PLANTS

    peers = ", ".join(f"{name} {version(name)}" for name in LIBRARIES if name != "twreplay")
    lines = [f"With {peers}, Python {sys.version_info.major}.{sys.version_info.minor}.", ""]
    for library in LIBRARIES:
        columns = {client: told(library, client) for client in CLIENTS}
        print(library, "done", file=sys.stderr)
        lines += [f"### {library}", "", f"| secret | {' | '.join(CLIENTS)} |"]
        lines += ["|---|" + "---|" * len(CLIENTS)]
        for name in PLANTS:
            lines.append(f"| {name} | {' | '.join(c[name] for c in columns.values())} |")
        cells = [cell for column in columns.values() for cell in column.values()]
        sent = [cell for cell in cells if cell.isdigit()]
        leaks = sum(cell != "0" for cell in sent)
        lines += ["", f"Found in {leaks} of the {len(sent)} recordings.", ""]
    return "\n".join(lines)


START, END = "<!-- tests/peers/leaks.py --write -->", "<!-- end -->"


def main() -> None:
    """Print the tables; with --write, put them into the documentation."""
    if "--one" in sys.argv:
        print(json.dumps(found(*sys.argv[sys.argv.index("--one") + 1 :])))
        return
    text = tables()
    print(text)
    if "--write" in sys.argv:
        page = ROOT / "docs" / "secrets.md"
        head, _, rest = page.read_text("utf-8").partition(START)
        page.write_text(f"{head}{START}\n\n{text}\n{END}{rest.partition(END)[2]}", "utf-8")


if __name__ == "__main__":
    main()
