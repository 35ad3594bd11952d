"""What is cleared together with a URL: its method, its fallback URL, and the method of that."""

from __future__ import annotations

from collections.abc import Mapping

from twreplay._api import Profile, Resource

_METHODS = {
    "Url": "Method",
    "SmsUrl": "SmsMethod",
    "VoiceFallbackUrl": "VoiceFallbackMethod",
    "SmsFallbackUrl": "SmsFallbackMethod",
}
_FALLBACKS = {"Url": "VoiceFallbackUrl", "SmsUrl": "SmsFallbackUrl"}


def find_left_over(
    resource: Resource, changes: Mapping[str, str], profile: Profile
) -> dict[str, str]:
    """
    Return what else changes where *changes* empty a URL, by property.

    Without its URL no fallback URL can be set (error dictionary, 21405 and 21406). Of a number,
    methods of URLs that are not set are empty, or POST: question 32.
    """
    cleared = [url for url in _METHODS if changes.get(url) == ""]
    cleared += [fallback for url, fallback in _FALLBACKS.items() if url in cleared]
    found = dict.fromkeys((name for name in cleared if name not in changes), "")
    if resource.name == "IncomingPhoneNumber":
        unset = "POST" if profile["methods of unset URLs"] == "POST" else ""
        found |= {_METHODS[url]: unset for url in cleared}
    return {name: text for name, text in found.items() if resource.find_property(name) is not None}
