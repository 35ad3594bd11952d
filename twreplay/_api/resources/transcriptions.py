"""Transcriptions of recordings. Their dates are Unix seconds, unlike all others."""

from twreplay._api import possible
from twreplay._api.definition import (
    Arranging,
    Endpoint,
    Option,
    Parent,
    Property,
    Resource,
    WireFormat,
)
from twreplay._api.evidence import Evidence
from twreplay._api.operations import define_fetch, define_list

_PAGE = Evidence("Transcriptions page")

TRANSCRIPTION = Resource(
    name="Transcription",
    container="Transcriptions",
    plural="transcriptions",
    listing="The transcriptions.",
    arranging=Arranging(
        method="add_transcription",
        summary="Add a transcription of ``RecordingSid``: "
        "by default of the newest, or of a new one.",
        options=(
            Option(
                "goes_on",
                "bool",
                "False",
                "It is completed, or fails, as ``arrange_transcription`` says; for a ``Status`` "
                "of in-progress.",
            ),
        ),
        parents=(Parent("RecordingSid", "Recording"),),
    ),
    sid_prefix="TR",
    properties=(
        Property("Sid"),
        Property("DateCreated", WireFormat.UNIX_DATE),
        Property("DateUpdated", WireFormat.UNIX_DATE),
        Property("AccountSid"),
        Property("Status", arranged="completed", possible=possible.TRANSCRIPTION_STATUS),
        Property("RecordingSid"),
        Property("Duration", possible=possible.SECONDS),
        Property("TranscriptionText"),
        Property("Price", possible=possible.PRICE),
    ),
    endpoints=(
        Endpoint(
            path="/Accounts/{AccountSid}/Transcriptions",
            operations=(define_list("List the transcriptions of the account.", _PAGE),),
        ),
        Endpoint(
            path="/Accounts/{AccountSid}/Recordings/{RecordingSid}/Transcriptions",
            operations=(define_list("List the transcriptions of a recording.", _PAGE),),
            parents={"RecordingSid": "Recording"},
        ),
        Endpoint(
            path="/Accounts/{AccountSid}/Recordings/{RecordingSid}/Transcriptions/{Sid}",
            operations=(define_fetch("Show a transcription; with .txt, its text alone.", _PAGE),),
            parents={"RecordingSid": "Recording"},
            media={"txt": "text/plain; charset=utf-8"},
        ),
    ),
    pages="Transcriptions page",
)
