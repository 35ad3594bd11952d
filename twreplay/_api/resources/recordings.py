"""Recordings: audio by default, XML when asked for."""

from twreplay._api import possible
from twreplay._api.definition import (
    Arranging,
    Endpoint,
    Filter,
    FilterBy,
    Option,
    Parent,
    Property,
    Resource,
)
from twreplay._api.evidence import Evidence
from twreplay._api.operations import (
    DATES,
    define_call_list,
    define_delete,
    define_fetch,
    define_list,
)

_PAGE = Evidence("Recordings page")

RECORDING = Resource(
    name="Recording",
    container="Recordings",
    plural="recordings",
    listing="The recordings.",
    arranging=Arranging(
        method="add_recording",
        summary="Add a recording of the call ``CallSid``: by default of the newest, "
        "or of a new one.",
        options=(
            Option(
                "wav",
                "bytes | None",
                "None",
                "The audio; silence of ``Duration`` seconds if it is left out.",
            ),
            Option("mp3", "bytes | None", "None", "The same as MP3."),
        ),
        parents=(Parent("CallSid", "Call"),),
    ),
    sid_prefix="RE",
    properties=(
        Property("Sid"),
        Property("AccountSid"),
        Property("CallSid"),
        Property("Duration", arranged="15", possible=possible.SECONDS),
        *DATES,
    ),
    sorted_by="DateCreated",
    filters=(Filter("CallSid"), Filter("DateCreated", FilterBy.DATE)),
    endpoints=(
        Endpoint(
            path="/Accounts/{AccountSid}/Recordings",
            operations=(define_list("List recordings.", _PAGE),),
        ),
        Endpoint(
            path="/Accounts/{AccountSid}/Recordings/{Sid}",
            operations=(
                define_fetch(
                    "Play a recording, or show it with .xml. Needs no credentials.", _PAGE
                ),
                define_delete("Delete a recording.", _PAGE),
            ),
            public=True,
            media={"wav": "audio/x-wav", "mp3": "audio/mpeg"},
            default_media="wav",
            named_media=frozenset({"", "wav", "mp3", "xml"}),
        ),
        define_call_list(
            "Recordings", "List the recordings of a call.", Evidence("Calls page, Recordings")
        ),
    ),
    pages="Recordings page",
)
