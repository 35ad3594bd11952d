"""Transcriptions of recordings. Their dates are Unix seconds, unlike all others."""

from twreplay._resources._definition import (
    Action,
    Endpoint,
    Operation,
    Property,
    Resource,
    Shape,
)
from twreplay._resources._evidence import Evidence

_PAGE = Evidence("Transcriptions page")

TRANSCRIPTION = Resource(
    name="Transcription",
    container="Transcriptions",
    plural="transcriptions",
    sid_prefix="TR",
    properties=(
        Property("Sid"),
        Property("DateCreated", Shape.UNIX_DATE),
        Property("DateUpdated", Shape.UNIX_DATE),
        Property("AccountSid"),
        Property("Status", arranged="completed"),
        Property("RecordingSid"),
        Property("Duration", arranged="9"),
        Property("TranscriptionText", arranged="hello"),
        Property("Price", arranged="-0.03000"),
    ),
    endpoints=(
        Endpoint(
            path="/Accounts/{AccountSid}/Transcriptions",
            operations=(
                Operation(
                    method="GET",
                    action=Action.LIST,
                    summary="List the transcriptions of the account.",
                    evidence=_PAGE,
                ),
            ),
        ),
        Endpoint(
            path="/Accounts/{AccountSid}/Recordings/{RecordingSid}/Transcriptions",
            operations=(
                Operation(
                    method="GET",
                    action=Action.LIST,
                    summary="List the transcriptions of a recording.",
                    evidence=_PAGE,
                ),
            ),
            parents={"RecordingSid": "Recording"},
        ),
        Endpoint(
            path="/Accounts/{AccountSid}/Recordings/{RecordingSid}/Transcriptions/{Sid}",
            operations=(
                Operation(
                    method="GET",
                    action=Action.FETCH,
                    summary="Show a transcription; with .txt, its text alone.",
                    evidence=_PAGE,
                ),
            ),
            parents={"RecordingSid": "Recording"},
            media={"txt": "text/plain; charset=utf-8"},
        ),
    ),
    pages="Transcriptions page",
)
