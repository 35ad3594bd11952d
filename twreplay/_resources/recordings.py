"""Recordings: audio by default, XML when asked for."""

from twreplay._resources._definition import Endpoint, Filter, FilterBy, Property, Resource
from twreplay._resources._evidence import Evidence
from twreplay._resources._words import DATES, deleting, fetching, list_of_a_call, listing

_PAGE = Evidence("Recordings page")

RECORDING = Resource(
    name="Recording",
    container="Recordings",
    plural="recordings",
    sid_prefix="RE",
    properties=(
        Property("Sid"),
        Property("AccountSid"),
        Property("CallSid"),
        Property("Duration", arranged="15"),
        *DATES,
    ),
    sorted_by="DateCreated",
    filters=(Filter("CallSid"), Filter("DateCreated", FilterBy.DATE)),
    endpoints=(
        Endpoint(
            path="/Accounts/{AccountSid}/Recordings",
            operations=(listing("List recordings.", _PAGE),),
        ),
        Endpoint(
            path="/Accounts/{AccountSid}/Recordings/{Sid}",
            operations=(
                fetching("Play a recording, or show it with .xml. Needs no credentials.", _PAGE),
                deleting("Delete a recording.", _PAGE),
            ),
            public=True,
            media={"wav": "audio/x-wav", "mp3": "audio/mpeg"},
            default_media="wav",
        ),
        list_of_a_call(
            "Recordings", "List the recordings of a call.", Evidence("Calls page, Recordings")
        ),
    ),
    pages="Recordings page",
)
