"""Playback: which interaction of a cassette answers a request."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field

from twreplay._address import is_this_version
from twreplay._cassette.redaction import Redaction
from twreplay._http import Interaction, Request
from twreplay._matching import UNKNOWN, Matching
from twreplay.errors import UnmatchedRequest


@dataclass(eq=False, slots=True)
class _Queue:
    """The interactions that answer equal requests: those still to be played, and the last one."""

    waiting: deque[int] = field(default_factory=deque)
    last: int | None = None


class Playback:
    """
    The interactions that were on a cassette when it was opened, and what was played of them.

    An interaction is played once, in recorded order among those that match the same request.
    With *allow_repeats* the last of them answers again when all have been played.

    Not for several threads: its owner holds a lock.

    Attributes:
        interactions: The interactions, in recorded order.

        played: How often each of them was played.

        misses: The errors of the requests that nothing answered, in order.

    Args:
        hosts: The hosts whose interactions are played.

        replays: False if no interaction answers a request, as when all is recorded again.

        foreign: Another tool wrote the file.
    """

    def __init__(
        self,
        interactions: tuple[Interaction, ...],
        redaction: Redaction,
        matching: Matching,
        *,
        hosts: frozenset[str],
        replays: bool = True,
        allow_repeats: bool = False,
        foreign: bool = False,
    ) -> None:
        self.interactions = interactions
        self.played = [0] * len(interactions)
        self.misses: list[UnmatchedRequest] = []
        self._redaction = redaction
        self._matching = matching
        self._hosts = hosts
        self._replays = replays
        self._allow_repeats = allow_repeats
        self._foreign = foreign
        for interaction in interactions:
            redaction.learn(interaction)
        # By operation, until one is asked for: a large cassette is opened for a few requests.
        self._buckets: dict[Hashable, list[int]] = defaultdict(list)
        self._queues: dict[Hashable, dict[str | None, _Queue]] = defaultdict(dict)
        for index, interaction in enumerate(interactions):
            if self._is_playable(interaction):
                for key in self._bucket_keys(interaction.request):
                    self._buckets[key].append(index)

    @property
    def replayed(self) -> tuple[Interaction, ...]:
        """The interactions that answered a request, in recorded order; one that repeats, twice."""
        return tuple(
            interaction
            for interaction, played in zip(self.interactions, self.played, strict=True)
            for _ in range(played)
        )

    @property
    def unused(self) -> tuple[int, ...]:
        """The indexes, from 0, of the interactions of this API that have not been played."""
        if not self._replays:
            return ()
        return tuple(
            index
            for index, interaction in enumerate(self.interactions)
            if not self.played[index] and self._is_playable(interaction)
        )

    def take(self, request: Request) -> int | None:
        """Take the index of the interaction that answers *request*; None if there is none."""
        if not self._replays:
            return None
        # The request as sent first: a placeholder for the token may be a part of the path.
        index = self._take_real_or_pseudonym(request)
        if index is None:
            index = self._take_real_or_pseudonym(self._redaction.secrets.request(request))
        if index is not None:
            self.played[index] += 1
        return index

    def _is_playable(self, interaction: Interaction) -> bool:
        return interaction.request.host in self._hosts and is_this_version(interaction.request)

    def _take_real_or_pseudonym(self, sent: Request) -> int | None:
        """Take the index of the recording that answers *sent* or its pseudonymized form."""
        pseudonyms = self._redaction.pseudonyms
        if pseudonyms is not None:
            disguised = pseudonyms.request(sent)
            if disguised != sent and (index := self._take(disguised)) is not None:
                return index
        return self._take(sent)

    def _take(self, sent: Request) -> int | None:
        key = self._matching.build_key(sent)
        queues = self._queues.get(key)
        if queues is None:
            self._index_bucket(sent)
            queues = self._queues.get(key)
            if queues is None:
                return None
        first = last = None
        for identity in (self._matching.get_identity(sent), UNKNOWN):
            queue = queues.get(identity)
            if queue is None:
                continue
            # An interaction with two keys may have been played under the other one.
            while queue.waiting and self.played[queue.waiting[0]]:
                queue.last = queue.waiting.popleft()
            if queue.waiting and (first is None or queue.waiting[0] < first.waiting[0]):
                first = queue
            last = last or queue
        if first is not None:
            first.last = first.waiting.popleft()
            return first.last
        return last.last if last is not None and self._allow_repeats else None

    def _bucket_keys(self, request: Request) -> tuple[Hashable, ...]:
        """Return the bucket keys of *request* with its secrets and without: mostly the same."""
        bucket_key = self._matching.bucket_key
        url = self._redaction.secrets.clean_path(request.url)
        if url == request.url:
            return (bucket_key(request),)
        return tuple({bucket_key(request), bucket_key(Request(request.method, url))})

    def _index_bucket(self, sent: Request) -> None:
        """Put the interactions that may answer *sent* into queues, in recorded order."""
        waiting: set[Hashable] = {self._matching.bucket_key(sent)}
        indexes: set[int] = set()
        while waiting:
            found = self._buckets.pop(waiting.pop(), ())
            indexes.update(found)
            for index in found:
                keys = self._bucket_keys(self.interactions[index].request)
                waiting.update(key for key in keys if key in self._buckets)
        self._queue(sorted(indexes))

    def _queue(self, indexes: Sequence[int]) -> None:
        requests = [self.interactions[index].request for index in indexes]
        for index, request, clean in zip(
            indexes, requests, self._redaction.secrets.requests(requests), strict=True
        ):
            keys = {self._build_key(request)}
            if clean is not request:
                keys.add(self._build_key(clean))
            for key, identity in keys:
                self._queues[key].setdefault(identity, _Queue()).waiting.append(index)

    def _build_key(self, request: Request) -> tuple[tuple[Hashable, ...], str | None]:
        # A file by another tool does not tell a request without credentials from one whose
        # credentials were filtered out, which is what its users are advised to do.
        if self._foreign and request.credentials is None and "credentials" in self._matching.parts:
            return self._matching.build_key(request), UNKNOWN
        return self._matching.build_key(request), self._matching.get_identity(request)
