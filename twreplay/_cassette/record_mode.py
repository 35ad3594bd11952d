"""When a request is recorded, and when it is replayed."""

from __future__ import annotations

from enum import StrEnum


class RecordMode(StrEnum):
    """
    Handling of requests; the names are vcrpy's, ``rewrite`` is pytest-recording's.

    | mode | no cassette yet | request is recorded | request is not recorded |
    |---|---|---|---|
    | ``none`` | ``CassetteNotFound`` | replayed | ``UnmatchedRequest`` |
    | ``once`` | everything is recorded | replayed | ``UnmatchedRequest`` |
    | ``new_episodes`` | everything is recorded | replayed | sent, and added |
    | ``all`` | everything is recorded | sent, and takes the old one's place | sent, and added |
    | ``rewrite`` | everything is recorded | the old cassette is dropped | sent, and recorded |

    For a test, a cassette that other tests of the same run have made counts as none yet: tests that
    share one make it together, one after the other or side by side. What one of them has recorded
    answers the next.
    """

    NONE = "none"
    ONCE = "once"
    NEW_EPISODES = "new_episodes"
    ALL = "all"
    REWRITE = "rewrite"

    def replays(self) -> bool:
        """Return whether recorded interactions answer requests."""
        return self not in (RecordMode.ALL, RecordMode.REWRITE)

    def records(self, *, exists: bool) -> bool:
        """Return whether an unanswered request is sent and kept, if a cassette *exists*."""
        if self is RecordMode.ONCE:
            return not exists
        return self is not RecordMode.NONE
