"""A cassette that is being played or recorded: which interaction answers which request."""

from __future__ import annotations

from collections import Counter, defaultdict, deque
from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass, field
from threading import Lock
from typing import TYPE_CHECKING, Protocol

from twreplay._address import check_version, is_this_version
from twreplay._cassette.files.codec import Recording
from twreplay._cassette.messages import (
    MatchContext,
    build_unmatched_error,
    build_unused_error,
    format_operation,
    reraise_at_exit,
)
from twreplay._cassette.record_mode import RecordMode
from twreplay._cassette.remedies import CommandHints
from twreplay._cassette.secrets import (
    Pseudonyms,
    Redactor,
    in_order,
    origin_of,
    plain,
    pseudonyms_of,
    stored,
)
from twreplay._explanation import Explanation, Remedy
from twreplay._fork import renew_lock_in_child
from twreplay._http import Interaction, Reply, Request, Response
from twreplay._matching import UNKNOWN, Matching
from twreplay.errors import RecordingInterrupted, UnmatchedRequest, UnusedInteractions

if TYPE_CHECKING:
    from twreplay._simulator import Entry, Simulator


class FallbackHandler(Protocol):
    """Answers requests that are not on a cassette, and follows the replayed ones."""

    @property
    def simulator(self) -> Simulator:
        """The simulator."""

    @property
    def simulated(self) -> tuple[Entry, ...]:
        """The simulated answers."""

    def advance(self, index: int) -> None:
        """Apply the interaction with this *index*, which was replayed."""

    def answer(self, request: Request) -> Reply:
        """Answer *request*, which must be redacted already."""


@dataclass(eq=False, slots=True)
class _Queue:
    """The interactions that answer equal requests: those still to be played, and the last one."""

    waiting: deque[int] = field(default_factory=deque)
    last: int | None = None


class Cassette:
    """
    The interactions of one file, while they are replayed or recorded.

    An interaction is played once, in recorded order among those that match the same request.
    With *allow_playback_repeats* the last of them answers again when all have been played.

    It may be used from several threads; each request takes one interaction.

    An *unfinished* one is being made by several sessions, so ``once`` still records.
    """

    def __init__(
        self,
        loaded: Recording | None,
        *,
        name: str,
        mode: RecordMode,
        matching: Matching,
        hosts: frozenset[str],
        allow_playback_repeats: bool,
        how_to: CommandHints,
        fallback: FallbackHandler | None = None,
        unfinished: bool = False,
        redact: Iterable[str] = (),
        redact_key: str = "",
        salt: str = "",
        not_secret: Iterable[str] = (),
    ) -> None:
        self.hosts = hosts
        self._name = name
        self._mode = mode
        self._matching = matching
        self._repeats = allow_playback_repeats
        self._how_to = how_to
        self._fallback = fallback
        self._loaded = loaded or Recording()
        self._old = self._loaded.interactions if mode is not RecordMode.REWRITE else ()
        self._records = mode.records(exists=loaded is not None and not unfinished)
        self._recorded: list[Interaction] = []
        self._played = [0] * len(self._old)
        self._misses: list[UnmatchedRequest] = []
        self._interrupted: dict[Hashable, tuple[Request, str]] = {}
        self._redactor = Redactor(not_secret)
        # What was made with a key that is not at hand is replayed as it stands.
        self._pseudonyms = pseudonyms_of(loaded, redact_key)
        self._kinds = in_order((*redact, *self._loaded.redacted))
        self._pseudonyms_from = self._loaded.pseudonyms or origin_of(redact_key, salt)
        if self._kinds and self._pseudonyms is None and not self._loaded.redacted:
            self._pseudonyms = Pseudonyms(self._kinds, redact_key or salt)
        elif self._kinds != self._loaded.redacted and self._pseudonyms is not None:
            self._pseudonyms = self._pseudonyms.also(self._kinds)
        self._lock = Lock()
        self.fresh_places: tuple[int, ...] = ()
        """Where in the last *recording* the interactions are that were recorded now."""
        renew_lock_in_child(self, Lock)
        # By operation, until one is asked for: a large cassette is opened for a few requests.
        self._unsorted: dict[Hashable, list[int]] = defaultdict(list)
        self._lines: dict[Hashable, dict[str | None, _Queue]] = defaultdict(dict)
        for interaction in self._old:
            self._redactor.learn_request(interaction.request)
            self._redactor.learn_response(interaction.response)
        for index, interaction in enumerate(self._old):
            if interaction.request.host in hosts and is_this_version(interaction.request):
                for key in self._rough_keys(interaction.request):
                    self._unsorted[key].append(index)

    def __repr__(self) -> str:
        simulated = f", {len(self.simulated)} simulated" if self._fallback else ""
        counts = f"{len(self)} interactions, {self.play_count} played{simulated}"
        return f"<Cassette {self._name}, {counts}>"

    def __len__(self) -> int:
        return len(self._old) + len(self._recorded)

    @property
    def interactions(self) -> tuple[Interaction, ...]:
        """The interactions of the cassette, followed by those recorded since it was opened."""
        return (*self._old, *self.recorded)

    @property
    def requests(self) -> tuple[Request, ...]:
        """The requests on the cassette, in recorded order."""
        return tuple(interaction.request for interaction in self.interactions)

    @property
    def responses(self) -> tuple[Response, ...]:
        """The responses on the cassette, in recorded order."""
        return tuple(interaction.response for interaction in self.interactions)

    @property
    def play_count(self) -> int:
        """The number of requests that were answered from the cassette."""
        return sum(self._played)

    @property
    def replayed(self) -> tuple[Interaction, ...]:
        """The interactions that answered a request, in recorded order; one that repeats, twice."""
        return tuple(
            interaction
            for interaction, played in zip(self._old, self._played, strict=True)
            for _ in range(played)
        )

    @property
    def recorded(self) -> tuple[Interaction, ...]:
        """The interactions recorded since the cassette was opened, without secrets."""
        # Redacted on every access: a failing test shows all values.
        return tuple(map(self._redact, self._recorded))

    @property
    def unmatched(self) -> tuple[Request, ...]:
        """The requests that nothing answered, without secrets."""
        return tuple(miss.request for miss in self._misses)

    @property
    def simulated(self) -> tuple[Entry, ...]:
        """The answers of ``fallback="simulate"``: each request, its response, and the rule."""
        return self._fallback.simulated if self._fallback else ()

    @property
    def simulator(self) -> Simulator | None:
        """The simulator behind ``fallback="simulate"``, to arrange more; None without it."""
        return self._fallback.simulator if self._fallback else None

    @property
    def unused(self) -> tuple[Interaction, ...]:
        """The interactions of this API that have not been played, in recorded order."""
        return tuple(self._old[place] for place in self.unused_places)

    @property
    def unused_places(self) -> tuple[int, ...]:
        """The indexes of the unused interactions, from 0."""
        if not self._mode.replays():
            return ()
        return tuple(
            place
            for place, interaction in enumerate(self._old)
            if not self._played[place]
            and interaction.request.host in self.hosts
            and is_this_version(interaction.request)
        )

    @property
    def all_played(self) -> bool:
        """True if every interaction has been played."""
        return not self.unused

    @property
    def records(self) -> bool:
        """True if a request that is not on the cassette is sent and recorded."""
        return self._records

    # --- while it is open ---------------------------------------------------------------------

    def answer(self, request: Request, call_site: str) -> Reply | None:
        """
        Answer *request* from the cassette; None if it is to be sent and recorded.

        Raises:
            NotSimulated: The request goes to another part of the host than this API version.

            UnmatchedRequest: No interaction answers it, and it may neither be recorded nor
                simulated.
        """
        check_version(request, call_site)
        with self._lock:
            self._redactor.learn_request(request)
            if self._mode.replays():
                # As it stands first: a placeholder for the token may be a part of the path.
                index = self._take_real_or_pseudonym(request)
                if index is None:
                    index = self._take_real_or_pseudonym(self._redactor.request(request))
                if index is not None:
                    self._played[index] += 1
                    if self._fallback is not None:
                        self._fallback.advance(index)
                    return Reply(self._old[index].response)
            if self._records:
                return None
            sent = self._redactor.request(request)
            if self._pseudonyms is not None:
                sent = self._pseudonyms.request(sent)
            if self._fallback is not None:
                return self._fallback.answer(sent)
            error = build_unmatched_error(
                sent,
                call_site,
                MatchContext(
                    cassette=self._name,
                    mode=self._mode.value,
                    matching=self._matching,
                    interactions=self._old,
                    played=self._played,
                    foreign=self._loaded.foreign,
                    how_to=self._how_to,
                ),
            )
            self._misses.append(error)
            raise error

    def record(self, request: Request, response: Response) -> None:
        """Keep a response of the API."""
        with self._lock:
            self._redactor.learn_request(request)
            self._redactor.learn_response(response)
            self._recorded.append(Interaction(request, plain(response)))
            # A request that was tried again, with success this time, leaves nothing broken.
            if self._interrupted:
                self._interrupted.pop(self._build_key(self._redactor.request(request)), None)

    def interrupted(self, request: Request, problem: str) -> None:
        """Note that the response to *request* broke off; none of it is kept."""
        with self._lock:
            sent = self._redactor.request(request)
            self._interrupted[self._build_key(sent)] = (sent, problem)

    # --- when it is closed --------------------------------------------------------------------

    def recording(
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
        fresh = [self._pseudonymized(self._redact(i)) for i in self._recorded]
        if self._mode not in (RecordMode.ALL, RecordMode.REWRITE):
            fresh = self._remove_added_by_others(fresh, base)
        before = [self._redact(interaction) for interaction in base.interactions]
        missing = set(self._kinds) - set(base.redacted)
        if self._pseudonyms is not None and missing:
            others = self._pseudonyms.only(missing)
            before = [others.interaction(interaction) for interaction in before]
        kept = {n for n, old in enumerate(base.interactions) if keep is not None and keep(old)}
        now = tuple(self._merged(before, fresh, kept))
        if base.interactions and now == base.interactions and not renew:
            return None
        if base.foreign and not fresh and self._mode is not RecordMode.REWRITE:
            return None
        all_new = len(fresh) >= len(now) or (self._mode is RecordMode.REWRITE and not kept)
        return Recording(
            interactions=now,
            origin="recorded",
            recorded_at=recorded_at if all_new else base.recorded_at,
            host=next((i.request.host for i in fresh), base.host),
            redacted=self._kinds,
            pseudonyms=self._pseudonyms_from if self._kinds else "",
            unknown=base.unknown,
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
            self._build_key(self._redactor.request(added.request))
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

    def find_leak(self, text: str) -> str | None:
        """Return the place in *text* of a secret of this session, or None."""
        return self._redactor.find_leak(text)

    @property
    def recorded_any(self) -> bool:
        """True if anything was recorded since the cassette was opened."""
        return bool(self._recorded)

    @property
    def recorded_count(self) -> int:
        """Return how many interactions were recorded since the cassette was opened."""
        return len(self._recorded)

    @property
    def rewrites(self) -> bool:
        """Return whether what is recorded takes the place of all that was on the cassette."""
        return self._mode is RecordMode.REWRITE

    def unmatched_error(self, *, allow_unused: bool = False) -> UnmatchedRequest | None:
        """
        Return the error of the first unanswered request, to raise at the end, or None.

        It also lists unused interactions: often both have the same cause.
        """
        if not self._misses:
            return None
        left = () if allow_unused or self._records else self.unused
        return reraise_at_exit(self._misses[0], len(self._misses), left)

    def unused_error(self) -> UnusedInteractions | None:
        """Return the error for interactions that were never played, or None."""
        left = self.unused
        if not left or self._records:
            return None
        simulated = len(self.simulated)
        return build_unused_error(
            left, len(self._old), self._name, self._how_to, simulated=simulated
        )

    def interruption(self) -> RecordingInterrupted | None:
        """Return the error for a response that broke off and was not requested again, or None."""
        if not self._interrupted:
            return None
        request, problem = next(iter(self._interrupted.values()))
        error = RecordingInterrupted(
            Explanation(
                headline="the connection broke in the middle of a response, "
                "so the recording was not saved.",
                place=(format_operation(request), problem),
                facts=(("cassette", f"{self._name}, left as it was"),),
                remedies=(Remedy("Record again.", self._how_to.record("rewrite")),),
                anchor="recording-interrupted",
            )
        )
        error.request = request
        return error

    # --- inside -------------------------------------------------------------------------------

    def _build_key(
        self, request: Request, *, foreign: bool = False
    ) -> tuple[tuple[Hashable, ...], str | None]:
        # A file by another tool does not tell a request without credentials from one whose
        # credentials were filtered out, which is what its users are advised to do.
        unknown = foreign and request.credentials is None and "credentials" in self._matching.parts
        return (
            self._matching.build_key(request),
            UNKNOWN if unknown else self._matching.get_identity(request),
        )

    def _take_real_or_pseudonym(self, sent: Request) -> int | None:
        """Take the index of the recording that answers *sent* or its pseudonymized form."""
        if self._pseudonyms is not None:
            disguised = self._pseudonyms.request(sent)
            if disguised != sent and (index := self._take(disguised)) is not None:
                return index
        return self._take(sent)

    def _take(self, sent: Request) -> int | None:
        key = self._matching.build_key(sent)
        lines = self._lines.get(key)
        if lines is None:
            self._index_bucket(sent)
            lines = self._lines.get(key)
            if lines is None:
                return None
        identity = self._matching.get_identity(sent)
        mine = [line for line in (lines.get(identity), lines.get(UNKNOWN)) if line is not None]
        for line in mine:
            # One that is known by two names may have been played by the other.
            while line.waiting and self._played[line.waiting[0]]:
                line.last = line.waiting.popleft()
        waiting = [line for line in mine if line.waiting]
        if waiting:
            first = min(waiting, key=lambda line: line.waiting[0])
            first.last = first.waiting.popleft()
            return first.last
        return mine[0].last if mine and self._repeats else None

    def _rough_keys(self, request: Request) -> tuple[Hashable, ...]:
        """Return the keys of *request*, as it stands and without secrets: mostly the same."""
        rough = self._matching.bucket_key
        url = self._redactor.clean_path(request.url)
        if url == request.url:
            return (rough(request),)
        return tuple({rough(request), rough(Request(request.method, url))})

    def _index_bucket(self, sent: Request) -> None:
        """Put the interactions that may answer *sent* into lines, in recorded order."""
        waiting: set[Hashable] = {self._matching.bucket_key(sent)}
        indexes: set[int] = set()
        while waiting:
            found = self._unsorted.pop(waiting.pop(), ())
            indexes.update(found)
            for index in found:
                keys = self._rough_keys(self._old[index].request)
                waiting.update(key for key in keys if key in self._unsorted)
        asked = [self._old[index].request for index in sorted(indexes)]
        for index, clean in zip(sorted(indexes), self._redactor.requests(asked), strict=True):
            request = self._old[index].request
            foreign = self._loaded.foreign
            names = {self._build_key(request, foreign=foreign)}
            if clean is not request:
                names.add(self._build_key(clean, foreign=foreign))
            for key, identity in names:
                self._lines[key].setdefault(identity, _Queue()).waiting.append(index)

    def _pseudonymized(self, interaction: Interaction) -> Interaction:
        if self._pseudonyms is None:
            return interaction
        return self._pseudonyms.interaction(stored(interaction))

    def _redact(self, interaction: Interaction) -> Interaction:
        return Interaction(
            self._redactor.request(interaction.request),
            self._redactor.response(interaction.response),
        )

    def _merged(
        self, before: list[Interaction], fresh: list[Interaction], kept: set[int]
    ) -> Iterable[Interaction]:
        """Merge the old interactions and the new ones."""
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


def _is_same_but_for_time(old: Interaction, new: Interaction) -> bool:
    new = stored(new)
    return (
        old.request == new.request
        and (old.response.status, old.response.reason, old.response.body)
        == (new.response.status, new.response.reason, new.response.body)
        and old.response.headers.without("date") == new.response.headers.without("date")
    )
