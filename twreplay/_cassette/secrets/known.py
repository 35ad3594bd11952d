"""Secrets that were seen where a credential belongs, and the forms in which they come back."""

from __future__ import annotations

import base64
import re
from binascii import a2b_qp
from collections.abc import Iterator
from contextlib import suppress
from html import escape, unescape
from itertools import chain
from json import dumps
from urllib.parse import quote, quote_plus

from twreplay._cassette.secrets.codings import (
    BASE64_OF_TEXT,
    WINDOW,
    begins_as_text,
    holds_text,
    is_binary,
    read_wide_text,
    split_windows,
    undo_percents_once,
    unpack,
)
from twreplay._cassette.secrets.names import HIDDEN
from twreplay._cassette.secrets.placeholders import decode_base64
from twreplay._cassette.secrets.public import is_public, is_strong

# Shorter ones are taken out where a credential belongs, not everywhere the letters occur:
# a password "token" must not turn every mention of a token into noise.
SHORTEST = 8

_DEEPEST = 3

# Text of several bytes a letter between other bytes is searched for in pieces no longer than this.
_LONGEST_NULS = 1 << 16

# Of more than so many accounts the tokens are looked for as they are, and escaped.
_MOST_CODED = 200
_ENTITY = re.compile(rb"&(?:#[0-9]{1,7}|#[xX][0-9A-Fa-f]{1,6}|[a-z]{2,6});")
_BACKSLASH = re.compile(
    rb"\\(?:([^ux0-3])|u([0-9A-Fa-f]{4})|x([0-9A-Fa-f]{2})|u\{0*([0-9A-Fa-f]{1,5})\}"
    rb"|([0-3][0-7]{2})|(.))",
    re.DOTALL,
)
_OCTAL = 5
_LETTERS = (1, 6)
# As `escape` of JavaScript writes what is no ASCII, and its own tests write anything.
_PERCENT_U = re.compile(rb"%u([0-9A-Fa-f]{4})")
# Quoted-printable of text: a line goes on, or a sign that is rare after that of a form.
_QUOTED_PRINTABLE = re.compile(rb"=(?:\r?\n|3D|40|C[23])")
_RUN = re.compile(BASE64_OF_TEXT + rb"(?:(?:\r?\n|\\n|\\r\\n)[ ]{0,12}[A-Za-z0-9+/_-]+)*+")
_DIGITS_OF_BASE64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/_-"
_BREAK = re.compile(rb"(?:\r?\n|\\r\\n|\\n)[ ]*")
# The same of base32 and hexadecimal digits.
_CODED_RUN = re.compile(
    rb"[E-Pe-p2-70](?<![A-Za-z0-9].)"
    rb"(?:[A-Za-z2-7]{31,}+=*|(?<=[2-70])[0-9A-Fa-f](?:[2-7][0-9A-Fa-f]|00){7,}+)"
)


_DATE = re.compile(r"[A-Z][a-z]{2}, [0-9]{2} [A-Z][a-z]{2} [0-9]{4} [0-9:]{8} GMT")


def is_worth_a_search(value: str) -> bool:
    """Return whether a header's value may be a secret: it is long enough, and no date."""
    return len(value) >= SHORTEST and not (len(value) == 29 and _DATE.fullmatch(value))


class KnownSecrets:
    """The secrets met so far. It may be shown: it shows none."""

    def __init__(self) -> None:
        self._all: set[str] = set()
        self._searched: list[str] = []
        self.weak: set[str] = set()
        """Those that may turn out to be a part of an address or a Sid."""
        self._is_fresh = True
        self._is_foreign = False
        self._lower: tuple[bytes, ...] = ()
        self._cores: tuple[bytes, ...] = ()
        self._wide: re.Pattern[bytes] | None = None
        self._literal: re.Pattern[bytes] | None = None

    @property
    def is_empty(self) -> bool:
        """True if none was met."""
        return not self._all

    @property
    def has_apostrophe(self) -> bool:
        """True if one of them has an apostrophe in it."""
        return any("'" in known for known in self._searched)

    def copy(self) -> KnownSecrets:
        """Return those met so far, to be added to on their own."""
        other = object.__new__(KnownSecrets)
        other.__dict__.update(self.__dict__)
        other._all, other.weak = set(self._all), set(self.weak)
        other._searched = list(self._searched)
        return other

    def add(self, secret: str, account_sid: str = "") -> bool:
        """Take note of *secret*; False if that changes nothing."""
        if secret in self._all or HIDDEN.decode() in secret or not secret:
            return False
        self._all.add(secret)
        secret = _read_letters(secret)
        if not _is_usable(secret, account_sid):
            return False
        self._searched.append(secret)
        if not is_strong(secret):
            self.weak.add(secret)
        self._is_fresh = False
        return True

    def forget(self, public: set[str]) -> None:
        """Search for *public* no more: a placeholder that turned out to be part of an address."""
        self.weak -= public
        self._searched = [secret for secret in self._searched if secret not in public]
        self._is_fresh = False

    def _refresh(self) -> None:
        """Make the forms that are looked for, of all that was added since the last time."""
        self._is_fresh = True
        self._searched.sort(key=lambda known: (-len(known), known))
        self._is_foreign = not all(map(str.isascii, self._searched))
        self._lower = tuple(
            dict.fromkeys(
                _lower(variant) for known in self._searched for variant in _variants(known)
            )
        )
        few = self._searched[:_MOST_CODED]
        self._cores = tuple(dict.fromkeys(chain.from_iterable(map(_coded_forms, few))))
        self._wide = self._literal = None

    def hide(self, content: bytes) -> bytes:
        """*content* without them, in any form; the same object if it has none."""
        if not self._searched or not content:
            return content
        if not self._is_fresh:
            self._refresh()
        if b"\0" in content[:64] and (wide := read_wide_text(content)) is not None:
            text, charset = wide
            clean = self.hide(_bytes(text))
            if clean != _bytes(text):
                return clean.decode("utf-8", "surrogatepass").encode(charset, "surrogatepass")
        clean = content
        if self._is_open(content):
            clean = self._without_literals(content)
        if self._is_deeper(clean):
            clean = self._without_wide_forms(clean)
            clean = self._without_coded_runs(clean)
        return content if clean == content else clean

    def holds(self, content: bytes) -> int | None:
        """Return where one of them stands in *content*, in any form; None if none does."""
        if not self._searched:
            return None
        if not self._is_fresh:
            self._refresh()
        if self._is_open(content) and (found := self._literals.search(content)) is not None:
            return found.start()
        return 0 if self._is_deeper(content) else None

    def are_surely_absent(self, contents: list[bytes]) -> bool:
        """
        Return True only if none of them stands in one of *contents*, in any form.

        Args:
            contents: Texts of ASCII, without control characters. They are searched together, so
                where what is decoded of one may go on in the next one, the answer is False.
        """
        if not self._searched:
            return True
        if not self._is_fresh:
            self._refresh()
        content = b" | ".join(contents)
        if self._is_open(content) or _may_hold_runs(content):
            return False
        layers = [b" | ".join([each for each in contents if _CODED.search(each)])]
        for depth in range(_DEEPEST + 1):
            for layer in layers:
                if not layer.isascii() or b"\0" in layer:  # text of two bytes a letter, or packed
                    return False
                if self._is_open(layer) or _may_hold_runs(layer):
                    return False
            if depth < _DEEPEST:
                layers = [inner for layer in layers for inner in _undo_each(layer)]
        return True

    def _is_open(self, content: bytes) -> bool:
        """Return whether one may stand in *content* as it is, or as a run of base64 and its kin."""
        lower = content.lower()
        if self._is_foreign and not content.isascii():
            lower = _lower(content)
        for secret in self._lower:
            if secret in lower:
                return True
        for core in self._cores:  # noqa: SIM110 - any() takes three times as long for a short text
            if core in content:
                return True
        return False

    @property
    def _literals(self) -> re.Pattern[bytes]:
        # Compiled when one is met: most of what is sent and answered has none.
        if self._literal is None:
            forms = dict.fromkeys(chain.from_iterable(map(_literal_forms, self._searched)))
            cores = map(re.escape, self._cores)
            self._literal = re.compile(b"|".join((*forms, *cores)))
        return self._literal

    def _without_literals(self, content: bytes) -> bytes:
        return self._literals.sub(HIDDEN, content)

    def _is_deeper(self, content: bytes) -> bool:
        """Return whether one of them stands in what *content* is an encoding of."""
        if len(content) < SHORTEST:
            return False
        if b"\0" in content and len(content) <= _LONGEST_NULS:
            narrow = content.replace(b"\0", b"")
            for text in (narrow, _bytes(narrow.decode("latin-1"))):
                if self._is_open(text) and self._literals.search(text) is not None:
                    return True
        if is_binary(content):
            return False
        if len(content) > 2 * WINDOW:
            return any(map(self._is_deeper, split_windows(content)))
        seen: set[bytes] = {content}
        layers = [content]
        for _ in range(_DEEPEST):
            layers = [inner for layer in layers for inner in _undo_each(layer) if inner not in seen]
            seen.update(layers)
            for layer in layers:
                if self._is_open(layer) and self._literals.search(layer) is not None:
                    return True
        return False

    def _without_wide_forms(self, content: bytes) -> bytes:
        """*content* without those of which some letters are escaped, or two bytes wide."""
        if self._wide is None:
            self._wide = re.compile(b"|".join(map(_any_escape, self._searched)))
        return self._wide.sub(HIDDEN, content)

    def _without_coded_runs(self, content: bytes) -> bytes:
        """*content* without the runs, words or lines that hold one in some encoding."""

        def hide(found: re.Match[bytes]) -> bytes:
            run = found[0]
            return HIDDEN if self._is_deeper(run) else run

        for runs in (_RUN, _CODED_RUN, _ESCAPED_RUN, _WORD, _LINE):
            if not self._is_deeper(content):
                return content
            content = runs.sub(hide, content)
        # In an archive, or in lines that an encoding has broken, only the whole can be taken out.
        return HIDDEN if self._is_deeper(content) else content


# What `_undo_each` undoes, but for runs of digits.
_CODED = re.compile(rb"[%&\\]|" + _QUOTED_PRINTABLE.pattern)
_ESCAPED_RUN = re.compile(rb"[^\s\"'<>&=]+")
_WORD, _LINE = re.compile(rb"[^\s<>]+"), re.compile(rb"[^\r\n<>]+")


def _is_usable(secret: str, account_sid: str) -> bool:
    """Return whether *secret* can be looked for anywhere: long, and no part of every request."""
    in_account = bool(account_sid) and secret.lower() in account_sid.lower()
    return len(secret) >= SHORTEST and not in_account and not is_public(secret, account_sid)


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


def _lower(content: bytes) -> bytes:
    """*content* in small letters: bytes by themselves know no capitals but those of ASCII."""
    return content.decode("utf-8", "surrogateescape").lower().encode("utf-8", "surrogateescape")


def _read_letters(secret: str) -> str:
    """*secret* with its letters where it came in Latin-1, as requests sends a password."""
    try:
        secret.encode()
    except UnicodeEncodeError:
        with suppress(UnicodeEncodeError):  # half of a letter, as JSON may have it
            return secret.encode("utf-8", "surrogateescape").decode("latin-1")
    return secret


def _variants(secret: str) -> Iterator[bytes]:
    """Return what *secret* is written as before somebody encodes the whole."""
    content = _bytes(secret)
    yield content
    if not secret.isascii():
        for cased in (secret.upper(), secret.lower(), secret.title()):
            yield _bytes(cased)
            with suppress(UnicodeEncodeError):
                latin = cased.encode("latin-1")
                yield from (latin, quote(latin, safe="").encode())
    for other in (
        quote(content, safe=""),
        quote_plus(content),
        dumps(secret)[1:-1],
        dumps(secret, ensure_ascii=False)[1:-1],
        dumps(secret)[1:-1].replace("/", "\\/"),
        escape(secret),
        escape(secret, quote=False),
    ):
        if other != secret:
            yield _bytes(other)


def _literal_forms(secret: str) -> Iterator[bytes]:
    """Patterns of the forms that are looked for in every text."""
    # In any case only if that cannot make a word of it: "Messages" is a password, and a path.
    mixed = not secret.isalpha()
    for form in dict.fromkeys(_variants(secret)):
        yield (b"(?i:%s)" if mixed else b"%s") % re.escape(form)
    if not secret.isascii():
        yield b"".join(
            b"(?:%s)" % b"|".join(re.escape(_bytes(each)) for each in _cases(char))
            for char in secret
        )


def _coded_forms(secret: str) -> Iterator[bytes]:
    """Return what base64, base32 and hexadecimal digits make of *secret*, but for its ends."""
    contents = [*_variants(secret)]
    for charset in ("utf-16-le", "utf-16-be"):
        contents.append(secret.encode(charset, "surrogatepass"))
    for content in dict.fromkeys(contents):
        for before in range(3):
            encoded = base64.b64encode(b"\0" * before + content)
            core = encoded[-(-before * 8 // 6) : (before + len(content)) * 8 // 6]
            yield core
            yield core.translate(_URL_SAFE)
    content = _bytes(secret)
    yield content.hex().encode()
    yield content.hex().upper().encode()
    # As dumps write it, and quoted-printable of all letters.
    for between in (":", "-", " "):
        yield content.hex(between).encode()
        yield content.hex(between).upper().encode()
    quoted = b"".join(b"=%02X" % byte for byte in content)
    yield quoted
    yield quoted.lower()
    for before in range(5):
        encoded = base64.b32encode(b"\0" * before + content)
        core = encoded[-(-before * 8 // 5) : (before + len(content)) * 8 // 5]
        yield core
        yield core.lower()


_URL_SAFE = bytes.maketrans(b"+/", b"-_")


def _any_escape(secret: str) -> bytes:
    """A pattern for *secret* with any of its letters escaped in any way, or several bytes wide."""
    return rb"\0{0,3}".join(map(_any_escape_of, secret))


def _cases(char: str) -> tuple[str, ...]:
    """*char* in either case, as far as that is one letter."""
    return tuple(dict.fromkeys(c for c in (char, char.lower(), char.upper()) if len(c) == 1))


def _any_escape_of(char: str) -> bytes:
    forms: list[bytes] = []
    for each in _cases(char):
        code = ord(each)
        raw = _bytes(each)
        forms += [
            rb"\\{0,7}" + re.escape(raw) if not each.isalnum() else re.escape(raw),
            b"".join(b"%%(?:25){0,3}(?i:%02X)" % byte for byte in raw),
            rb"&#0{0,5}%d;" % code,
            rb"&#[xX]0{0,5}(?i:%x);" % code,
        ]
        wide = each.encode("utf-16-be", "surrogatepass").hex()
        forms.append(
            b"".join(
                rb"\\{1,7}u(?i:%s)" % wide[at : at + 4].encode() for at in range(0, len(wide), 4)
            )
        )
        if code < 256:
            forms.append(rb"\\{1,7}x(?i:%02x)" % code)
        if 128 <= code < 256:
            forms += [re.escape(bytes([code])), b"%%(?:25){0,3}(?i:%02X)" % code]
        if (named := escape(each)) != each:
            forms.append(re.escape(named.encode()))
    if char == "'":
        forms.append(b"&apos;")
    if char == " ":
        forms.append(rb"\+")
    return b"(?:" + b"|".join(dict.fromkeys(forms)) + b")"


# --- undoing ----------------------------------------------------------------------------------


def _undo_each(content: bytes) -> Iterator[bytes]:
    """Return what *content* may be an encoding of, with each of the ways undone once."""
    if b"%" in content:
        yield undo_percents_once(content)
        if b"%u" in content:
            yield _PERCENT_U.sub(lambda found: _letter(found[1]), content)
    if b"+" in content and b"%" in content:
        yield undo_percents_once(content.replace(b"+", b" "))
    if b"&" in content and _ENTITY.search(content):
        yield _bytes(unescape(content.decode("utf-8", "replace")))
    if b"\\" in content:
        yield _BACKSLASH.sub(_unescaped, content)
    if b"\0" in content:
        yield content.replace(b"\0", b"")
        if (wide := read_wide_text(content)) is not None:
            yield _bytes(wide[0])
    if (unpacked := unpack(content)) is not content:
        yield unpacked
    if b"=" in content and _QUOTED_PRINTABLE.search(content):
        yield a2b_qp(content)
    runs = [*_decoded_runs(content)]
    if runs:
        yield b"\n".join(runs)


def _unescaped(found: re.Match[bytes]) -> bytes:
    kind = found.lastindex or 0
    given = found[kind]
    if kind in _LETTERS:
        return given
    if kind == _OCTAL:
        return bytes([int(given, 8)])
    return _letter(given)


def _letter(digits: bytes) -> bytes:
    return chr(int(digits, 16)).encode("utf-8", "surrogatepass")


def _may_hold_runs(content: bytes) -> bool:
    """Return whether any word of *content* begins as what was encoded does: a third of the time."""
    words = set(content.translate(BLANKS).split()) - _without_runs
    if any(may_begin_run(word) for word in words if len(word) >= _SHORTEST_RUN):
        return True
    if len(_without_runs) >= _MOST_WORDS:
        _without_runs.clear()
    _without_runs.update(words)
    return False


# Words in which nothing begins as what was encoded does: most messages have the same ones.
_without_runs: set[bytes] = set()
_MOST_WORDS = 1 << 15


def may_begin_run(word: bytes) -> bool:
    """Return whether *word* begins as what was encoded does, or has such digits in it."""
    return bool(_RUN.match(word) or _CODED_RUN.search(word)) and _SID.fullmatch(word) is None


_SHORTEST_RUN = 16
_SID = re.compile(rb"[A-Z]{2}[0-9a-f]{32}")
BLANKS = bytes(byte if chr(byte) in _DIGITS_OF_BASE64 else 32 for byte in range(256))


def _decoded_runs(content: bytes) -> Iterator[bytes]:
    """Return what stands in runs of base64, hexadecimal and base32 digits."""
    if not _may_hold_runs(content):
        return
    for found in _RUN.finditer(content):
        run = found[0]
        if b"\n" in run or b"\\" in run:
            run = _BREAK.sub(b"", run)
            yield run
        if not holds_text(run):
            continue
        decoded = decode_base64(run[: len(run) - (len(run) % 4 == 1)].decode("latin-1"))
        if decoded:
            yield unpack(decoded)
    for found in _CODED_RUN.finditer(content):
        run = found[0].rstrip(b"=")
        decoded = _undo_hexadecimal(run) or _undo_base32(run)
        if begins_as_text(decoded[:16]):
            yield decoded


def _undo_hexadecimal(run: bytes) -> bytes:
    try:
        return bytes.fromhex(run.decode()) if len(run) % 2 == 0 else b""
    except ValueError:
        return b""


def _undo_base32(run: bytes) -> bytes:
    try:
        return base64.b32decode(run.upper() + b"=" * (-len(run) % 8))
    except ValueError:
        return b""
