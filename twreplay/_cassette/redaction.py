"""The secrets that one session knows, and the pseudonyms of its cassette."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from twreplay._cassette.files.codec import Recording
from twreplay._cassette.secrets import (
    Pseudonyms,
    Redactor,
    in_order,
    origin_of,
    pseudonyms_of,
    stored,
)
from twreplay._http import Interaction, Request


class Redaction:
    """
    Takes secrets out of interactions, and puts pseudonyms in.

    Attributes:
        secrets: The secrets met so far.

        pseudonyms: The pseudonyms of the cassette; None if it has none, or if their key is not
            at hand: such interactions are replayed with the pseudonyms that they have.

        kinds: The kinds of values that get a pseudonym, in the order of the file.

        made_with: The text that says in the file what the pseudonyms were made with.

    Args:
        loaded: The content of the file; None for a new one.

        redact: The kinds that get a pseudonym, in addition to those of the file.

        key: The key of the pseudonyms; empty without one.

        salt: Takes the place of a key in a new file.

        not_secret: Names of headers and fields, or values, that only look like secrets.

        secrets: The secrets of the session that this is a part of; by default its own.
    """

    def __init__(
        self,
        loaded: Recording | None = None,
        *,
        redact: Iterable[str] = (),
        key: str = "",
        salt: str = "",
        not_secret: Iterable[str] = (),
        secrets: Redactor | None = None,
    ) -> None:
        before = loaded if loaded is not None else Recording()
        self.secrets = Redactor(not_secret) if secrets is None else secrets
        self.pseudonyms = pseudonyms_of(loaded, key)
        self.kinds = in_order((*redact, *before.redacted))
        self.made_with = before.pseudonyms or origin_of(key, salt)
        if self.kinds and self.pseudonyms is None and not before.redacted:
            self.pseudonyms = Pseudonyms(self.kinds, key or salt)
        elif self.kinds != before.redacted and self.pseudonyms is not None:
            self.pseudonyms = self.pseudonyms.also(self.kinds)

    def learn(self, interaction: Interaction) -> None:
        """Note the secrets in *interaction*."""
        self.secrets.learn_request(interaction.request)
        self.secrets.learn_response(interaction.response)

    def redact(self, interaction: Interaction) -> Interaction:
        """Return *interaction* without secrets; its values have no pseudonyms yet."""
        return interaction.with_messages(
            self.secrets.request(interaction.request),
            self.secrets.response(interaction.response),
        )

    def redact_request(self, request: Request) -> Request:
        """Return *request* as it would be on the cassette: without secrets, with pseudonyms."""
        clean = self.secrets.request(request)
        return clean if self.pseudonyms is None else self.pseudonyms.request(clean)

    def pseudonymize(self, interaction: Interaction) -> Interaction:
        """Return *interaction*, without secrets already, with pseudonyms."""
        if self.pseudonyms is None:
            return interaction
        return self.pseudonyms.interaction(stored(interaction))

    def redact_old(
        self, interactions: Sequence[Interaction], kinds: Iterable[str]
    ) -> list[Interaction]:
        """Redact what is in a file, which has pseudonyms of these *kinds* already."""
        clean = self.secrets.redact_all(interactions)
        missing = set(self.kinds) - set(kinds)
        if self.pseudonyms is None or not missing:
            return clean
        others = self.pseudonyms.only(missing)
        return [others.interaction(interaction) for interaction in clean]
