"""
Compare two commits: what each row of large.py takes in the second, as a multiple of the first.

    python benchmarks/commits.py A B [--size 2000] [--rounds 5]

Both are checked out beside each other and run in turn, so that whatever else the machine does falls
on both. The ratio is taken within each round, and its median is shown. The command ends with 1, and
names the rows, if something took more than a tenth longer.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
SLOWER = 1.1


def main() -> int:
    """Print the ratios; return 1 if something got slower."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n\n")[0])
    parser.add_argument("commits", nargs=2, metavar="COMMIT")
    parser.add_argument("--size", type=int, default=2_000)
    parser.add_argument("--rounds", type=int, default=5)
    given = parser.parse_args()
    ratios: dict[str, list[float]] = {}
    with tempfile.TemporaryDirectory() as folder:
        trees = [Path(folder) / name for name in ("before", "after")]
        try:
            for tree, commit in zip(trees, given.commits, strict=True):
                _run_git("worktree", "add", "--quiet", "--detach", str(tree), commit)
            for number in range(given.rounds):
                # In turn: the second of two runs can have the warmer machine.
                order = trees if number % 2 else trees[::-1]
                found = {tree: _measure(tree, given.size) for tree in order}
                before, after = (found[tree] for tree in trees)
                for row, taken in after.items():
                    ratios.setdefault(row, []).append(taken / before[row])
        finally:
            for tree in filter(Path.exists, trees):
                _run_git("worktree", "remove", "--force", str(tree))
    medians = {row: statistics.median(each) for row, each in ratios.items()}
    for row, median in medians.items():
        print(f"  {row:<34}{median:>8.2f} x {'slower' if median > SLOWER else ''}".rstrip())
    return int(any(median > SLOWER for median in medians.values()))


def _run_git(*arguments: str) -> None:
    subprocess.run(["git", "-C", str(HERE), *arguments], check=True)


def _measure(tree: Path, size: int) -> dict[str, float]:
    """Return the milliseconds of each row with the package in *tree*, by this tree's benchmark."""
    figures = tree / "figures.json"
    options = ["--alone", "--size", str(size), "--rounds", "2", "--json", str(figures)]
    subprocess.run(
        [sys.executable, str(HERE / "large.py"), *options],
        check=True,
        env={**os.environ, "PYTHONPATH": str(tree)},
        stdout=subprocess.DEVNULL,
    )
    measured: dict[str, float] = json.loads(figures.read_text(encoding="utf-8"))
    return measured


if __name__ == "__main__":
    sys.exit(main())
