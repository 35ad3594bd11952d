"""What was recorded: the file, and which of its interactions answers a request."""

from twreplay._cassette.age import compute_age, format_age, parse_age, parse_date
from twreplay._cassette.cassette import Cassette, FallbackHandler
from twreplay._cassette.files.codec import (
    Recording,
    decode,
    encode,
    find_flaw,
    select_interactions,
)
from twreplay._cassette.files.damage import DecodeError, TooNew, replace_unprintable
from twreplay._cassette.files.errors import (
    build_expired_error,
    build_shared_not_found_error,
    not_understood,
)
from twreplay._cassette.files.formats import FORMATS, detect_format, name_format
from twreplay._cassette.files.loading import (
    find_lines,
    is_simulated,
    load,
    load_if_there,
    read_text,
)
from twreplay._cassette.files.locking import lock_cassette
from twreplay._cassette.files.paths import (
    SUFFIXES,
    build_failed_path,
    compute_content_hash,
    find_cassette_of,
    format_path,
    has_changed_since,
    is_same_file,
    make_absolute,
)
from twreplay._cassette.files.saving import (
    refuse_secrets,
    refuse_unread,
    remove,
    replace_file,
    save,
)
from twreplay._cassette.messages import (
    MatchContext,
    SearchedCassette,
    build_interrupted_error,
    build_not_recorded_error,
    build_unmatched_error,
    build_unused_error,
    format_operation,
    reraise_at_exit,
)
from twreplay._cassette.naming import build_file_name, find_section, name_section
from twreplay._cassette.playback import Playback
from twreplay._cassette.record_mode import RecordMode
from twreplay._cassette.recorder import Anchor, Recorder
from twreplay._cassette.redaction import Redaction
from twreplay._cassette.remedies import CommandHints, build_code_hints, build_memory_hints
from twreplay._cassette.secrets import (
    KINDS,
    Finding,
    Pseudonyms,
    Redactor,
    find_false_coding,
    fingerprint,
    in_order,
    origin_of,
    plain,
    pseudonyms_of,
    scan,
    scan_raw,
    scan_recording,
    scan_text,
    scan_unread,
    stored,
    with_lines,
)
from twreplay._cassette.simulated_by import SIMULATED, SimulatedBy
from twreplay._cassette.webhooks import (
    RecordedWebhook,
    map_webhooks,
    place_webhooks,
)

__all__ = [
    "FORMATS",
    "KINDS",
    "SIMULATED",
    "SUFFIXES",
    "Anchor",
    "Cassette",
    "CommandHints",
    "DecodeError",
    "FallbackHandler",
    "Finding",
    "MatchContext",
    "Playback",
    "Pseudonyms",
    "RecordMode",
    "RecordedWebhook",
    "Recorder",
    "Recording",
    "Redaction",
    "Redactor",
    "SearchedCassette",
    "SimulatedBy",
    "TooNew",
    "build_code_hints",
    "build_expired_error",
    "build_failed_path",
    "build_file_name",
    "build_interrupted_error",
    "build_memory_hints",
    "build_not_recorded_error",
    "build_shared_not_found_error",
    "build_unmatched_error",
    "build_unused_error",
    "compute_age",
    "compute_content_hash",
    "decode",
    "detect_format",
    "encode",
    "find_cassette_of",
    "find_false_coding",
    "find_flaw",
    "find_lines",
    "find_section",
    "fingerprint",
    "format_age",
    "format_operation",
    "format_path",
    "has_changed_since",
    "in_order",
    "is_same_file",
    "is_simulated",
    "load",
    "load_if_there",
    "lock_cassette",
    "make_absolute",
    "map_webhooks",
    "name_format",
    "name_section",
    "not_understood",
    "origin_of",
    "parse_age",
    "parse_date",
    "place_webhooks",
    "plain",
    "pseudonyms_of",
    "read_text",
    "refuse_secrets",
    "refuse_unread",
    "remove",
    "replace_file",
    "replace_unprintable",
    "reraise_at_exit",
    "save",
    "scan",
    "scan_raw",
    "scan_recording",
    "scan_text",
    "scan_unread",
    "select_interactions",
    "stored",
    "with_lines",
]
