"""Recorder: what was recorded in one session, and how it is merged into the file."""

from __future__ import annotations

from collections import Counter, defaultdict, deque
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from twreplay._cassette.files.codec import Recording
from twreplay._cassette.record_mode import RecordMode
from twreplay._cassette.redaction import Redaction
from twreplay._cassette.secrets import plain, stored
from twreplay._cassette.simulated_by import SIMULATED, SimulatedBy
from twreplay._cassette.webhooks import RecordedWebhook
from twreplay._http import Interaction, Request, Response
from twreplay._matching import Matching, are_equal_but_for_boundary


@dataclass(frozen=True, slots=True)
class Anchor:
    """
    The place of a webhook while it is recorded.

    Attributes:
        index: The index, from 0, of the interaction that it follows; None if it comes before all.

        is_fresh: The interaction was recorded in this session, and not played.
    """

    index: int | None = None
    is_fresh: bool = False

    def count(self, old: int) -> int:
        """Return the number of the interaction, from 1, where *old* ones are before the fresh."""
        if self.index is None:
            return 0
        return self.index + 1 + (old if self.is_fresh else 0)

    def pass_over(self, place: int) -> Anchor:
        """Return the place after the fresh interaction at *place* was taken back."""
        if not self.is_fresh or self.index is None or self.index < place:
            return self
        return Anchor(self.index - 1, is_fresh=True) if self.index else Anchor()


class _Merge(NamedTuple):
    """
    The interactions of a file and of a session, merged.

    Attributes:
        numbers: By place, the number of the interaction that is there now.

        taken: The places of what was recorded in the session.

        places_of_fresh: The place of each interaction of the session, by its identity.
    """

    interactions: tuple[Interaction, ...]
    numbers: dict[int, int]
    taken: frozenset[int]
    places_of_fresh: dict[int, int]


class Recorder:
    """
    The interactions and webhooks recorded since a cassette was opened.

    Not for several threads: its owner holds a lock.

    Attributes:
        interruption: The first request whose response broke off and that was not sent again with
            success, without secrets, and what broke; None if there is none.

        fresh_places: The indexes, in the content that *merge* built last, of the interactions
            that were recorded in this session.

        simulated_by: The simulator that gave the responses; None if the API did.

        skipped: The number of responses that were left out of the recording.

    Args:
        loaded: The content of the file when it was opened; empty for a new one.

        section: The test that records; empty if the file is not to say it.
    """

    def __init__(
        self,
        loaded: Recording,
        redaction: Redaction,
        matching: Matching,
        mode: RecordMode,
        section: str = "",
    ) -> None:
        self.fresh_places: tuple[int, ...] = ()
        self.simulated_by: SimulatedBy | None = None
        self._loaded = loaded
        self._redaction = redaction
        self._matching = matching
        self._mode = mode
        self._section = section
        self._recorded: list[Interaction] = []
        # Without secrets, and after how many changes of what is taken out.
        self._clean: tuple[int, tuple[Interaction, ...]] | None = None
        self._webhooks: list[tuple[Anchor, Interaction]] = []
        self._interrupted: dict[Hashable, tuple[Request, str]] = {}
        self._missing: dict[Hashable, tuple[Request, int]] = {}
        self.skipped = 0

    def __len__(self) -> int:
        return len(self._recorded)

    def __bool__(self) -> bool:
        return bool(self._recorded or self._webhooks)

    @property
    def webhooks(self) -> tuple[tuple[Anchor, Interaction], ...]:
        """The recorded requests of the API, each with its place and answer, without secrets."""
        held = list(self._webhooks)
        return tuple((anchor, self._redaction.redact(interaction)) for anchor, interaction in held)

    @property
    def section(self) -> str:
        """The name of the test that records, as it stands in the file; empty if it does not."""
        name = self._redaction.secrets.section(self._section)
        pseudonyms = self._redaction.pseudonyms
        return name if pseudonyms is None else pseudonyms.section(name)

    @property
    def interactions(self) -> tuple[Interaction, ...]:
        """The recorded interactions, without secrets."""
        secrets = self._redaction.secrets
        if self._clean is None or self._clean[0] != secrets.changes:
            self._clean = secrets.changes, tuple(secrets.redact_all(self._recorded))
        return self._clean[1]

    @property
    def interruption(self) -> tuple[Request, str] | None:
        """The first request whose response broke off, redacted, and what broke; or None."""
        return next(iter(self._interrupted.values()), None)

    def record(self, request: Request, response: Response) -> Interaction:
        """Keep a response of the API; return what *withdraw* takes."""
        interaction = Interaction(request, response)
        self._redaction.learn(interaction)
        kept = Interaction(request, plain(response))
        self._recorded.append(kept)
        self._clean = None
        # A request that was tried again, with success this time, leaves nothing broken.
        if self._interrupted or self._missing:
            key = self._build_key(self._redaction.secrets.request(request))
            self._interrupted.pop(key, None)
            self._missing.pop(key, None)
        return kept

    def withdraw(self, interaction: Interaction) -> int | None:
        """
        Take back what was recorded as *interaction*: the client never got the response.

        Returns:
            The place that it had; None if it is not there any more.
        """
        for place, kept in enumerate(self._recorded):
            if kept is interaction:
                del self._recorded[place]
                self._clean = None
                self._webhooks = [
                    (anchor.pass_over(place), webhook) for anchor, webhook in self._webhooks
                ]
                return place
        return None

    @property
    def missing(self) -> tuple[Request, int] | None:
        """The first request of which no response was recorded, and the status that was; or None."""
        return next(iter(self._missing.values()), None)

    def skip(self, request: Request, status: int) -> None:
        """Note that the response to *request* is not recorded because of its *status*."""
        sent = self._redaction.secrets.request(request)
        self.skipped += 1
        self._missing[self._build_key(sent)] = (sent, status)

    def record_webhook(self, anchor: Anchor, request: Request, response: Response) -> None:
        """Keep a request of the API to the application, and its answer."""
        interaction = Interaction(request, response)
        self._redaction.learn(interaction)
        self._webhooks.append((anchor, Interaction(request, plain(response))))

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
        is_new: Callable[[Interaction], bool] = lambda old: False,
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

            is_new: Which of those were recorded again in the same run, by another session.
        """
        base = current or self._loaded
        section = self.section
        fresh = recorded = self._name_all(section)
        if self._mode not in (RecordMode.ALL, RecordMode.REWRITE):
            fresh = self._remove_added_by_others(fresh, base)
        is_same_origin = not fresh or self.has_origin_of(base)
        before = self._clean_old(base, keeps_names=is_same_origin)
        kept = {n for n, old in enumerate(base.interactions) if keep is not None and keep(old)}
        simulated_by = self.simulated_by if fresh else base.simulated_by
        shares = not (self._webhooks or base.webhooks)
        merge = self._merge(before, fresh, kept, section, shares=shares)
        merged = merge.interactions
        keeps = bool(kept)
        webhooks = self._merge_webhooks(base, recorded, merge, keeps_any=keeps, section=section)
        is_same = is_same_origin and webhooks == base.webhooks
        is_same = is_same and _are_same(merged, base.interactions)
        if (base.interactions or base.webhooks) and is_same and not renew:
            return None
        if base.foreign and not self and self._mode is not RecordMode.REWRITE:
            return None
        is_old = any(not is_new(base.interactions[n]) for n in kept)
        all_new = len(fresh) >= len(merged) or (self._mode is RecordMode.REWRITE and not is_old)
        return Recording(
            interactions=merged,
            origin="recorded" if simulated_by is None else SIMULATED,
            recorded_at=recorded_at if all_new else base.recorded_at,
            host=next((i.request.host for i in fresh), base.host),
            redacted=self._redaction.kinds,
            pseudonyms=self._redaction.made_with if self._redaction.kinds else "",
            unknown=base.unknown,
            simulated_by=simulated_by,
            webhooks=webhooks,
        )

    def _name_all(self, section: str) -> list[Interaction]:
        return [_name(self._redaction.pseudonymize(each), section) for each in self.interactions]

    def drop_own_matchers(self) -> None:
        """Merge by the parts that every request has, and not by functions of the user's own."""
        self._matching = replace(self._matching, own=())

    def has_origin_of(self, content: Recording | None) -> bool:
        """Return whether the API or a simulator has answered both *content* and this session."""
        other = self._loaded if content is None else content
        return (other.simulated_by is None) == (self.simulated_by is None)

    def had_loaded(self, content: Recording) -> bool:
        """Return whether *content* was in the file when it was opened, under any names."""
        loaded = self._loaded
        return (content.interactions, content.webhooks) == (loaded.interactions, loaded.webhooks)

    def _clean_old(self, base: Recording, *, keeps_names: bool) -> list[Interaction]:
        """Return what is in the file, redacted; without names, it goes at the end of the run."""
        clean = self._redaction.redact_old(base.interactions, base.redacted)
        return clean if keeps_names else [replace(each, recorded_by="") for each in clean]

    def _merge_webhooks(
        self,
        base: Recording,
        recorded: list[Interaction],
        merge: _Merge,
        *,
        keeps_any: bool,
        section: str,
    ) -> tuple[RecordedWebhook, ...]:
        """Return the webhooks of the file and of this session, by the new numbers."""
        fresh: list[RecordedWebhook] = []
        for anchor, interaction in self.webhooks:
            place = anchor.index
            if anchor.is_fresh and place is not None:
                place = merge.places_of_fresh.get(id(recorded[place]), -1)
            number = 0 if place is None else merge.numbers.get(place)
            if number is not None:
                named = _name(self._redaction.pseudonymize(interaction), section)
                fresh.append(RecordedWebhook(number, named))
        replaces = self._mode is RecordMode.REWRITE and not keeps_any
        if self._mode is RecordMode.ALL:
            replaces = any(not webhook.after for webhook in fresh)
        old: list[RecordedWebhook] = []
        given = [webhook.interaction for webhook in base.webhooks]
        clean = self._redaction.redact_old(given, base.redacted)
        own = section if self._mode is RecordMode.REWRITE else ""
        for webhook, interaction in zip(base.webhooks, clean, strict=True):
            place = webhook.after - 1
            if webhook.after and place not in merge.taken and place in merge.numbers:
                old.append(RecordedWebhook(merge.numbers[place], interaction))
            elif not webhook.after and not replaces and interaction.recorded_by != (own or None):
                old.append(RecordedWebhook(0, interaction))
        return tuple(sorted((*old, *fresh), key=lambda webhook: webhook.after))

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
        self,
        before: list[Interaction],
        fresh: list[Interaction],
        kept: set[int],
        section: str,
        *,
        shares: bool,
    ) -> _Merge:
        """
        Merge the old interactions and the new ones, and note where the new ones are.

        Args:
            shares: What another test has recorded alike is kept once, and stays that test's.
        """
        rewrites = self._mode is RecordMode.REWRITE
        replaces = self._mode in (RecordMode.ALL, RecordMode.REWRITE)
        old_by_key, of_others = self._sort_old(before if replaces else (), section)
        places: list[Interaction | None] = [
            None if rewrites and index not in kept else interaction
            for index, interaction in enumerate(before)
        ]
        taken: set[int] = set()
        places_of_fresh: dict[int, int] = {}
        for interaction in fresh:
            key = self._build_key(interaction.request) if replaces else None
            settled = interaction
            place: int | None = None
            if same := old_by_key.get(key):
                place = same.popleft()
                if _is_same_but_for_time(before[place], interaction):
                    settled = _name(before[place], interaction.recorded_by)
            elif (
                shares
                and (theirs := of_others.get(key))
                and places[theirs[0]] is not None
                and _is_same_but_for_time(before[theirs[0]], interaction)
            ):
                theirs.popleft()
                continue
            if place is None or places[place] is None:
                place = len(places)
                places.append(None)
            places[place] = settled
            taken.add(place)
            places_of_fresh[id(interaction)] = place
        stay = [index for index, interaction in enumerate(places) if interaction is not None]
        if rewrites and section:
            stay = _keep_section_in_place(stay, before, section)
        self.fresh_places = tuple(n for n, index in enumerate(stay) if index in taken)
        return _Merge(
            tuple(there for index in stay if (there := places[index]) is not None),
            {index: number for number, index in enumerate(stay, 1)},
            frozenset(taken),
            places_of_fresh,
        )

    def _sort_old(
        self, before: Sequence[Interaction], section: str
    ) -> tuple[dict[Hashable, deque[int]], dict[Hashable, deque[int]]]:
        """
        Sort what is in the file by request.

        Returns:
            What new interactions take the place of; and what other tests have recorded, which
            stays.
        """
        replaced: dict[Hashable, deque[int]] = defaultdict(deque)
        of_others: dict[Hashable, deque[int]] = defaultdict(deque)
        for index, interaction in enumerate(before):
            is_others = section and interaction.recorded_by not in ("", section)
            into = of_others if is_others else replaced
            into[self._build_key(interaction.request)].append(index)
        return replaced, of_others

    def _build_key(self, request: Request) -> tuple[tuple[Hashable, ...], str | None]:
        return self._matching.build_key(request), self._matching.get_identity(request)


def _name(interaction: Interaction, section: str) -> Interaction:
    if not section or interaction.recorded_by == section:
        return interaction
    return replace(interaction, recorded_by=section)


def _keep_section_in_place(
    places: Sequence[int], before: Sequence[Interaction], section: str
) -> list[int]:
    """Order *places* so that what is new stands where the section begins in the file."""
    begins = (n for n, old in enumerate(before) if old.recorded_by == section)
    begin = next(begins, len(before))
    return sorted(places, key=lambda place: (place if place < len(before) else begin, place))


def _are_same(one: Sequence[Interaction], other: Sequence[Interaction]) -> bool:
    """Return whether all are equal, and recorded by the same tests: equality leaves that out."""
    if one != other:
        return False
    return all(a.recorded_by == b.recorded_by for a, b in zip(one, other, strict=True))


def _is_same_but_for_time(old: Interaction, new: Interaction) -> bool:
    new = stored(new)
    return (
        are_equal_but_for_boundary(old.request, new.request)
        and (old.response.status, old.response.reason, old.response.body)
        == (new.response.status, new.response.reason, new.response.body)
        and old.response.headers.without("date") == new.response.headers.without("date")
    )
