"""
Check that a tag, the version and the changelog agree.

    python scripts/check_release.py v1.2.0
"""

from __future__ import annotations

import re
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def check(tag: str, root: Path = ROOT) -> list[str]:
    """List what does not agree."""
    version = tomllib.loads((root / "pyproject.toml").read_text("utf-8"))["project"]["version"]
    changes = (root / "CHANGELOG.md").read_text("utf-8")
    newest = re.search(r"^## \[?([^]\s]+)", changes, re.MULTILINE)
    wrong = []
    if tag != f"v{version}":
        wrong.append(f"the tag is {tag}, and pyproject.toml says {version}")
    if newest is None or newest[1] != version:
        first = newest[1] if newest else "nothing"
        wrong.append(f"CHANGELOG.md begins with {first}, and pyproject.toml says {version}")
    return wrong


if __name__ == "__main__":
    raise SystemExit("\n".join(check(sys.argv[1])) or 0)
