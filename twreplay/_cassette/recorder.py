"""Recorder: what was recorded in one session, and how it is merged into the file."""

from __future__ import annotations

from collections import Counter, defaultdict, deque
from collections.abc import Callable, Hashable, Iterable

from twreplay._cassette.files.codec import Recording
from twreplay._cassette.record_mode import RecordMode
from twreplay._cassette.redaction import Redaction
from twreplay._cassette.secrets import plain, stored
from twreplay._cassette.simulated_by import SIMULATED, SimulatedBy
from twreplay._http import Interaction, Request, Response
from twreplay._matching import Matching


class Recorder:
    """
    The interactions recorded since a cassette was opened.

    Not for several threads: its owner holds a lock.

    Attributes:
        interruption: The first request whose response broke off and that was not sent again with
            success, without secrets, and what broke; None if there is none.

        fresh_places: The indexes, in the content that *merge* built last, of the interactions
            that were recorded in this session.

        simulated_by: The simulator that gave the responses; None if the API did.

    Args:
        loaded: The content of the file when it was opened; empty for a new one.
    """

    def __init__(
        self, loaded: Recording, redaction: Redaction, matching: Matching, mode: RecordMode
    ) -> None:
        self.fresh_places: tuple[int, ...] = ()
        self.simulated_by: SimulatedBy | None = None
        self._loaded = loaded
        self._redaction = redaction
        self._matching = matching
        self._mode = mode
        self._recorded: list[Interaction] = []
        self._interrupted: dict[Hashable, tuple[Request, str]] = {}

    def __len__(self) -> int:
        return len(self._recorded)

    @property
    def interactions(self) -> tuple[Interaction, ...]:
        """The recorded interactions, without secrets."""
        # Redacted on every access: a failing test shows all values.
        return tuple(map(self._redaction.redact, self._recorded))

    @property
    def interruption(self) -> tuple[Request, str] | None:
        """The first request whose response broke off, redacted, and what broke; or None."""
        return next(iter(self._interrupted.values()), None)

    def record(self, request: Request, response: Response) -> None:
        """Keep a response of the API."""
        interaction = Interaction(request, response)
        self._redaction.learn(interaction)
        self._recorded.append(Interaction(request, plain(response)))
        # A request that was tried again, with success this time, leaves nothing broken.
        if self._interrupted:
            self._interrupted.pop(self._build_key(self._redaction.secrets.request(request)), None)

    def interrupt(self, request: Request, problem: str) -> None:
        """Note that the response to *request* broke off; none of it is kept."""
        sent = self._redaction.secrets.request(request)
        self._interrupted[self._build_key(sent)] = (sent, problem)

    def merge(
        self,
        *,
        recorded_at: str,
        current: Recording | None = None,
        renew: bool = False,
        keep: Callable[[Interaction], bool] | None = None,
    ) -> Recording | None:
        """
        Return the new content of the file, without secrets; None if it need not change.

        What was recorded again with nothing new but the time of day keeps its old text, so
        that an unchanged API makes no diff.

        Args:
            recorded_at: The time now. The file keeps its own as long as anything is in it that was
                not recorded again.

            current: What is in the file, if others may have written it since it was loaded.

            renew: Write even if there is nothing new but the date.

            keep: Which interactions of the file stay in mode ``rewrite``; by default none.
        """
        base = current or self._loaded
        fresh = [self._redaction.pseudonymize(each) for each in self.interactions]
        if self._mode not in (RecordMode.ALL, RecordMode.REWRITE):
            fresh = self._remove_added_by_others(fresh, base)
        before = self._redaction.redact_old(base.interactions, base.redacted)
        kept = {n for n, old in enumerate(base.interactions) if keep is not None and keep(old)}
        merged = tuple(self._merge(before, fresh, kept))
        simulated_by = self.simulated_by if fresh else base.simulated_by
        is_same_origin = (base.simulated_by is None) == (simulated_by is None)
        if base.interactions and merged == base.interactions and is_same_origin and not renew:
            return None
        if base.foreign and not fresh and self._mode is not RecordMode.REWRITE:
            return None
        all_new = len(fresh) >= len(merged) or (self._mode is RecordMode.REWRITE and not kept)
        return Recording(
            interactions=merged,
            origin="recorded" if simulated_by is None else SIMULATED,
            recorded_at=recorded_at if all_new else base.recorded_at,
            host=next((i.request.host for i in fresh), base.host),
            redacted=self._redaction.kinds,
            pseudonyms=self._redaction.made_with if self._redaction.kinds else "",
            unknown=base.unknown,
            simulated_by=simulated_by,
        )

    def _remove_added_by_others(
        self, fresh: list[Interaction], base: Recording
    ) -> list[Interaction]:
        """
        Return *fresh* without what other processes have recorded since loading.

        Had one session come after the other, the second would have replayed it.
        """
        if base is self._loaded or base == self._loaded:
            return fresh
        ours = Counter(self._loaded.interactions)
        theirs = Counter(
            self._build_key(self._redaction.secrets.request(added.request))
            for added in (Counter(base.interactions) - ours).elements()
        )
        kept = []
        for interaction in fresh:
            key = self._build_key(interaction.request)
            if theirs[key]:
                theirs[key] -= 1
            else:
                kept.append(interaction)
        return kept

    def _merge(
        self, before: list[Interaction], fresh: list[Interaction], kept: set[int]
    ) -> Iterable[Interaction]:
        """Merge the old interactions and the new ones, and note where the new ones are."""
        rewrites = self._mode is RecordMode.REWRITE
        old_by_key: dict[Hashable, deque[int]] = defaultdict(deque)
        for index, interaction in enumerate(before):
            old_by_key[self._build_key(interaction.request)].append(index)
        places: list[Interaction | None] = [
            None if rewrites and index not in kept else interaction
            for index, interaction in enumerate(before)
        ]
        taken: set[int] = set()
        for interaction in fresh:
            same = old_by_key[self._build_key(interaction.request)]
            settled = interaction
            place: int | None = None
            if same and self._mode in (RecordMode.ALL, RecordMode.REWRITE):
                place = same.popleft()
                if _is_same_but_for_time(before[place], interaction):
                    settled = before[place]
            if place is None or places[place] is None:
                place = len(places)
                places.append(None)
            places[place] = settled
            taken.add(place)
        stay = [index for index, interaction in enumerate(places) if interaction is not None]
        self.fresh_places = tuple(n for n, index in enumerate(stay) if index in taken)
        return [interaction for interaction in places if interaction is not None]

    def _build_key(self, request: Request) -> tuple[tuple[Hashable, ...], str | None]:
        return self._matching.build_key(request), self._matching.get_identity(request)


def _is_same_but_for_time(old: Interaction, new: Interaction) -> bool:
    new = stored(new)
    return (
        old.request == new.request
        and (old.response.status, old.response.reason, old.response.body)
        == (new.response.status, new.response.reason, new.response.body)
        and old.response.headers.without("date") == new.response.headers.without("date")
    )
