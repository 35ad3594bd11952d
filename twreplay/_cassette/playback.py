"""Playback: which interaction of a cassette answers a request."""

from __future__ import annotations

from bisect import insort
from collections import defaultdict, deque
from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field

from twreplay._address import is_this_version
from twreplay._cassette.redaction import Redaction
from twreplay._http import Interaction, Request
from twreplay._matching import UNKNOWN, Matching
from twreplay.errors import UnmatchedRequest, UsageError


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

        ordered: Only the next interaction in recorded order answers.

        section: The test that is asking; what it has recorded answers it first.
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
        ordered: bool = False,
        section: str = "",
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
        self._ordered = ordered
        # Another test may have had another answer to the same request.
        self._section = "" if ordered else section
        self._playable: dict[str, bool] = {}
        self._is_matching = False
        redaction.secrets.learn_all(interactions)
        self.rewind()

    def rewind(self) -> None:
        """Have each interaction answer again, the first one first; *played* goes on counting."""
        self._taken = [False] * len(self.interactions)
        self._next = 0
        # What may answer equal requests, until one is asked for: a large cassette is opened for a
        # few requests. Sorted when the first one comes.
        self._buckets: dict[Hashable, int | list[int]] | None = None
        self._queues: dict[Hashable, dict[str | None, _Queue]] = defaultdict(dict)
        self._has_common = False

    @property
    def next_in_order(self) -> int | None:
        """The index of the one interaction that may answer now; None if order does not matter."""
        if not self._ordered:
            return None
        while self._next < len(self.interactions) and (
            self._taken[self._next] or not self._is_playable(self.interactions[self._next])
        ):
            self._next += 1
        return self._next

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
        if not self._replays or not self.interactions:
            return None  # as while a new cassette is recorded: to redact a request takes 25 µs
        if self._matching.own:
            index = self._take_by_own_matchers(request)
        else:
            # As sent first: a placeholder for the token may be a part of the path.
            index = self._take_real_or_pseudonym(request)
            if index is None:
                index = self._take_real_or_pseudonym(self._redaction.secrets.request(request))
        if index is not None:
            self.played[index] += 1
            self._taken[index] = True
        return index

    def _take_by_own_matchers(self, request: Request) -> int | None:
        """
        Take as *take* does; functions of the user's own see no token.

        Raises:
            UsageError: One of them sends a request to this session, for which it is asked again.
        """
        if self._is_matching:
            msg = (
                f"a matcher of match_on sent {request.method} {request.shown_url} while it was "
                "asked about a request; a matcher compares requests, and sends none."
            )
            raise UsageError(msg)
        self._is_matching = True
        try:
            return self._take_real_or_pseudonym(self._redaction.secrets.request(request))
        finally:
            self._is_matching = False

    def _is_playable(self, interaction: Interaction) -> bool:
        request = interaction.request
        before, _, _ = request.url.partition("?")
        known = self._playable.get(before)
        if known is None:
            known = request.host in self._hosts and is_this_version(request)
            self._playable[before] = known
        return known

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
        if queues is None or self._has_common:
            self._index_bucket(sent)
            queues = self._queues.get(key)
            if queues is None:
                return None
        first = last = None
        for identity in (self._matching.get_identity(sent), UNKNOWN):
            queue = queues.get(identity)
            if queue is None:
                continue
            if self._matching.compares:
                queue = self._select_accepted(queue, sent)
            # An interaction with two keys may have been played under the other one.
            while queue.waiting and self._taken[queue.waiting[0]]:
                queue.last = queue.waiting.popleft()
            if queue.waiting and (
                first is None or self._rank(queue.waiting[0]) < self._rank(first.waiting[0])
            ):
                first = queue
            last = last or queue
        if first is not None and self.next_in_order in (None, first.waiting[0]):
            first.last = first.waiting.popleft()
            return first.last
        if first is not None:
            return None
        return last.last if last is not None and self._allow_repeats else None

    def _sort(self) -> tuple[dict[Hashable, int | list[int]], list[int]]:
        """
        Sort the interactions into buckets: what may answer equal requests shares one.

        A bucket of one is its index: 10,000 more lists make the next collection of garbage slow.

        Returns:
            The buckets; and the interactions with what is, or may be, a secret in the URL or the
            body. Those answer other requests as well.
        """
        buckets: dict[Hashable, int | list[int]] = {}
        common: list[int] = []
        indexes = [n for n, each in enumerate(self.interactions) if self._is_playable(each)]
        requests = [self.interactions[index].request for index in indexes]
        build_key = self._matching.bucket_key
        clean = self._redaction.secrets.have_clean_addresses(requests)
        for index, request, is_clean in zip(indexes, requests, clean, strict=True):
            if not is_clean:
                common.append(index)
                continue
            key = build_key(request)
            others = buckets.setdefault(key, index)
            if isinstance(others, list):
                others.append(index)
            elif others != index:
                buckets[key] = [others, index]
        return buckets, common

    def _select_accepted(self, queue: _Queue, sent: Request) -> _Queue:
        """Return what of *queue* the matchers accept that compare *sent* with a recorded one."""

        def accepts(index: int) -> bool:
            return self._matching.accepts(sent, self.interactions[index].request)

        # A copy: what one request does not accept, another may.
        accepted = [index for index in queue.waiting if accepts(index)]
        played = [index for index in accepted if self._taken[index]]
        waiting = deque(index for index in accepted if not self._taken[index])
        return _Queue(waiting, played[-1] if played else None)

    def _index_bucket(self, sent: Request) -> None:
        """Put the interactions that may answer *sent* into queues, in recorded order."""
        if self._buckets is None:
            self._buckets, common = self._sort()
            self._has_common = bool(common)
            self._queue(common)
        found = self._buckets.pop(self._matching.bucket_key(sent), None)
        if found is not None:
            self._queue(found if isinstance(found, list) else [found])

    def _queue(self, indexes: Sequence[int]) -> None:
        if self._section:  # in this order each goes to the end of its queue
            indexes = sorted(indexes, key=self._rank)
        requests = [self.interactions[index].request for index in indexes]
        for index, request, clean in zip(
            indexes, requests, self._redaction.secrets.requests(requests), strict=True
        ):
            keys = {self._build_key(request)}
            if clean is not request:
                keys.add(self._build_key(clean))
            for key, identity in keys:
                waiting = self._queues[key].setdefault(identity, _Queue()).waiting
                if not waiting or (waiting[-1] < index and not self._section):
                    waiting.append(index)
                else:
                    insort(waiting, index, key=self._rank)

    def _rank(self, index: int) -> tuple[bool, int]:
        """Rank an interaction: what the test itself has recorded, then recorded order."""
        section = self._section
        return bool(section) and self.interactions[index].recorded_by != section, index

    def _build_key(self, request: Request) -> tuple[tuple[Hashable, ...], str | None]:
        # A file by another tool does not tell a request without credentials from one whose
        # credentials were filtered out, which is what its users are advised to do.
        if self._foreign and request.credentials is None and "credentials" in self._matching.parts:
            return self._matching.build_key(request), UNKNOWN
        return self._matching.build_key(request), self._matching.get_identity(request)
