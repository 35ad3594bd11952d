"""Coverage as text, for a terminal."""

from __future__ import annotations

import textwrap

from twreplay._reports.coverage.coverage import Coverage, Row

_WIDEST_PATH = 64
_WIDEST_LINE = 100


def render_coverage(coverage: Coverage, *, tests: bool = False) -> str:
    """
    Render the totals, a line for each used operation, and the statuses never seen.

    Args:
        tests: Name the tests that have seen each status, below its operation.
    """
    summary = coverage.compute_summary()
    webhooks = _describe_webhooks(coverage)
    if not summary.used:
        return "\n".join(["No operation of the API was used.", *webhooks]) + "\n"
    rows = [row for row in coverage.list_rows() if row.was_used]
    width = min(_WIDEST_PATH, max(len(_shorten(row.path)) for row in rows))
    seen_width = max(4, *(len(_format_seen(row)) for row in rows))
    lines = [
        f"{summary.seen} of the {summary.documented} documented answers of the {summary.used} "
        f"operation{'' if summary.used == 1 else 's'} used ({summary.percent:.0f}%); "
        f"{summary.operations - summary.used} of {summary.operations} operations were never used.",
        "",
        f"{'operation':<{7 + width}}  {'seen':<{seen_width}}  never",
    ]
    for row in rows:
        never = ", ".join(str(status) for status, count in row.seen.items() if not count)
        path = _shorten(row.path)
        lines.append(
            f"{row.method:<7}{path:<{width}}  {_format_seen(row):<{seen_width}}  {never}".rstrip()
        )
        if tests:
            lines += [
                f"    {status}  {test}" for status, those in row.tests.items() for test in those
            ]
    lines += _describe_missing(rows)
    return "\n".join([*lines, *webhooks]) + "\n"


def _describe_webhooks(coverage: Coverage) -> list[str]:
    """Describe what was seen of webhooks, and what never, below the table."""
    rows = coverage.list_webhook_rows()
    if not rows:
        return []
    total = sum(rows[0].seen.values())
    lines = ["", f"{total} webhook{'' if total == 1 else 's'} answered by the application"]
    for row in rows:
        seen = [f"{value}x{count}" for value, count in row.seen.items() if count]
        for label, values in ((row.what, seen), ("  never", row.never)):
            lines += textwrap.wrap(
                ", ".join(values) or "nothing",
                _WIDEST_LINE,
                initial_indent=f"{label:<12}",
                subsequent_indent=" " * 12,
                break_on_hyphens=False,
            )
    return lines


def _format_seen(row: Row) -> str:
    seen = {**{s: n for s, n in row.seen.items() if n}, **row.besides}
    return ", ".join(
        f"{status}x{count}" + ("*" if status in row.besides else "")
        for status, count in sorted(seen.items())
    )


def _describe_missing(rows: list[Row]) -> list[str]:
    """Describe the statuses that were never seen, below the table."""
    lines = []
    documented = {status for row in rows for status in row.seen}
    seen = {status for row in rows for status, count in row.seen.items() if count}
    missing = sorted(documented - seen)
    if missing:
        listed = ", ".join(map(str, missing))
        lines += ["", f"This suite never saw a {listed.replace(', ', ', a ')} from any of them."]
    if any(row.besides for row in rows):
        lines += ["", "* not among the documented answers of this profile"]
    return lines


def _shorten(path: str) -> str:
    """Remove the common prefix of all paths from *path*."""
    return path.removeprefix("/Accounts/{AccountSid}") or path
