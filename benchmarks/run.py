"""
All benchmarks with all peers, in an environment of their own: one command.

    python benchmarks/run.py [--json FOLDER]

The environment is made in .benchmarks, once; remove it to have newer peers.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
ROOT = HERE.parent
FOLDER = ROOT / ".benchmarks"
PEERS = (
    "moto[s3,server]",
    "betamax",
    "requests-mock",
    "respx",
    "responses",
    "vcrpy",
    "cassetter",
    "pytest-httpx",
    "py-spy",
)


def main() -> None:
    """Make the environment if there is none, and run."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n\n")[0])
    parser.add_argument("--json", type=Path, help="where the figures go, for other commits")
    given = parser.parse_args()
    python = FOLDER / "bin" / "python"
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", str(FOLDER)], check=True)
        pip = [str(python), "-m", "pip", "install", "-q"]
        subprocess.run([*pip, "-e", f"{ROOT}[tests]", *PEERS], check=True)
    options: list[str] = []
    large: list[str] = []
    bodies: list[str] = []
    if given.json:
        given.json.mkdir(parents=True, exist_ok=True)
        options = ["--json", str(given.json / "compare.json")]
        large = ["--json", str(given.json / "large.json")]
        bodies = ["--json", str(given.json / "bodies.json")]
    for script, arguments in (
        ("compare.py", options),
        ("sessions.py", []),
        ("startup.py", []),
        ("suites.py", []),
        ("replay.py", []),
        ("large.py", large),
        ("bodies.py", bodies),
        ("record.py", []),
        ("simulate.py", []),
        ("webhooks.py", []),
        ("server.py", []),
        ("live.py", []),
        ("where.py", []),
    ):
        print(f"\n== {script}", flush=True)
        subprocess.run([str(python), str(HERE / script), *arguments], check=True)


if __name__ == "__main__":
    main()
