"""
Check that what is installed is the lowest that the metadata allows, after such an installation.

A bound that is lower than what anything here can be installed with was never tried: a user who has
that version would be the first to.
"""

from __future__ import annotations

from importlib.metadata import requires, version

from packaging.requirements import Requirement
from packaging.version import Version


def check(project: str = "twreplay") -> list[str]:
    """List the bounds that are lower than what is installed."""
    wrong = []
    for requirement in map(Requirement, requires(project) or ()):
        if requirement.name == project or "extra ==" in str(requirement.marker):
            continue
        installed = Version(version(requirement.name))
        floors = [
            Version(bound.version)
            for bound in requirement.specifier
            if bound.operator in (">=", "==", "~=")
        ]
        if installed not in floors:
            wrong.append(f"{requirement}: {installed} is installed, and so nothing lower is tried")
    return wrong


if __name__ == "__main__":
    raise SystemExit("\n".join(check()) or 0)
