"""
Build the pages of docs/samples/: what the simulator answers, in every representation.

One page for each resource, and one for refusals and errors. ``scripts/generate.py`` writes them.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from urllib.parse import urlencode
from xml.etree import ElementTree

from twreplay import Request, Response, Simulator
from twreplay._api import RESOURCES, VERSION, Endpoint, Resource

REPRESENTATIONS = {"XML": "", "JSON": ".json", "CSV": ".csv", "HTML": ".html"}
"""Each representation, and the extension of the path that asks for it."""

_LANGUAGE = {"XML": "xml", "JSON": "json", "CSV": "text", "HTML": "html"}

# What a POST to the path takes, to make an instance or to order one.
FORMS: Mapping[str, Mapping[str, str]] = {
    "/Accounts": {"FriendlyName": "Clinic"},
    "/Accounts/{AccountSid}/OutgoingCallerIds": {"PhoneNumber": "4155550177"},
    "/Accounts/{AccountSid}/Calls": {
        "Caller": "4158675309",
        "Called": "4155550101",
        "Url": "http://app.example/voice",
    },
    "/Accounts/{AccountSid}/IncomingPhoneNumbers/Local": {
        "AreaCode": "415",
        "Url": "http://app.example/voice",
    },
    "/Accounts/{AccountSid}/IncomingPhoneNumbers/TollFree": {"Url": "http://app.example/voice"},
    "/Accounts/{AccountSid}/SMS/Messages": {
        "From": "4158675309",
        "To": "4155550101",
        "Body": "Tomorrow at 9.",
    },
}

NOTE = "<!-- Written by scripts/generate.py from what the simulator answers. -->"

READING = """\
The extension of the path selects the representation; none means XML. Bodies are indented here; the
API sends no white space between elements, and CSV lines end in CRLF. The [profile](../profiles.md)
is `documented`."""

LISTS = """\
Each value is text, also numbers and the counters of a list (`"total": "3"`); an empty one is `""`,
or null in JSON. A list has its counters as attributes in XML and beside it in JSON; CSV has none.
An entry of a list in JSON is an object of one key: `data["TwilioResponse"]["Calls"][i]["Call"]`."""


def name_page(resource: Resource) -> str:
    """Return the file of the page about *resource*, such as ``samples/sms-messages.md``."""
    return f"samples/{resource.plural.replace('_', '-')}.md"


PAGES = {**{name_page(resource): resource for resource in RESOURCES}, "samples/errors.md": None}
"""Each page by its path below docs/, and the resource that it is about."""


def build_page(name: str) -> str:
    """Return the text of the page *name*."""
    resource = PAGES[name]
    return _build_errors_page() if resource is None else _build_resource_page(resource)


@dataclass
class _Api:
    """A simulator with one instance of everything, and a way to ask it."""

    simulator: Simulator = field(
        default_factory=lambda: Simulator(auth_token="0" * 32, undocumented="ignore")
    )

    def __post_init__(self) -> None:
        add = self.simulator
        call = add.add_call(Called="4155550101", Status=2)
        add.add_call(segment=True, Sid=call.Sid, Called="4155550102")
        recording = add.add_recording(CallSid=call.Sid, Duration=12)
        add.add_transcription(RecordingSid=recording.Sid, TranscriptionText="See you tomorrow.")
        add.add_notification(CallSid=call.Sid, ErrorCode=11200)
        add.add_participant(CallSid=add.add_call(Called="4155550103", Status=1).Sid)
        add.add_outgoing_caller_id(PhoneNumber="4155550188", FriendlyName="Front desk")
        add.add_incoming_phone_number(toll_free=True)
        add.add_short_code()
        add.add_sms_message(To="4155550101", Body="Tomorrow at 9.")

    def ask(self, method: str, path: str, form: Mapping[str, str] | None = None) -> Response:
        """Return the answer to *method* at *path*, below the version."""
        sid, token = self.simulator.auth
        host = self.simulator.base_url.removeprefix("https://")
        headers = {"Content-Type": "application/x-www-form-urlencoded"} if form else {}
        request = Request(
            method, f"https://{sid}:{token}@{host}{path}", headers, urlencode(form or {})
        )
        return self.simulator.handle(request)

    def fill_in(self, resource: Resource, endpoint: Endpoint) -> str | None:
        """Return the path of *endpoint* with names of what is there; None if nothing fits."""
        for instance in getattr(self.simulator, resource.plural):
            names = {name: getattr(instance, name, "") for name in endpoint.names}
            path = endpoint.path.format(**{"AccountSid": self.simulator.account_sid, **names})
            if all(names.values()) and self.ask("GET", path).status == 200:
                return path
        return None


def _build_resource_page(resource: Resource) -> str:
    lines = [
        NOTE,
        "",
        f"# {resource.name}: sample requests and responses",
        "",
        f"Responses about the resource `{resource.name}` in XML, JSON, CSV and HTML, as the",
        "simulator gives them. Paths, statuses and parameters are in the",
        f"[reference](../api.md#{resource.name.lower()}).",
        "",
        READING,
        "",
        LISTS,
        "",
    ]
    for endpoint in resource.endpoints:
        for operation in endpoint.operations:
            if operation.method == "GET":
                lines += _show_get(resource, endpoint)
            elif operation.method == "POST" and endpoint.path in FORMS:
                lines += _show_post(endpoint)
    return "\n".join(lines)


def _show_get(resource: Resource, endpoint: Endpoint) -> Iterator[str]:
    api = _Api()
    path = api.fill_in(resource, endpoint)
    assert path is not None, f"nothing is arranged for {endpoint.path}"
    yield f"## GET {_shorten(endpoint.path)}"
    yield ""
    document = json.loads(api.ask("GET", f"{path}.json").body)
    yield from _show_reading(document)
    for name, extension in REPRESENTATIONS.items():
        # Without an extension, a recording is its audio.
        url = path + (extension or (".xml" if endpoint.default_media else ""))
        yield from _show(name, f"GET /{VERSION}{url}", api.ask("GET", url))
    for extension, media_type in endpoint.media.items():
        response = api.ask("GET", f"{path}.{extension}")
        assert response.status == 200, (path, response)
        yield f"`{_shorten(endpoint.path)}.{extension}` is audio, `{media_type}`."
        yield ""


def _show_post(endpoint: Endpoint) -> Iterator[str]:
    yield f"## POST {_shorten(endpoint.path)}"
    yield ""
    form = FORMS[endpoint.path]
    for name in ("XML", "JSON"):
        api = _Api()
        path = endpoint.path.format(AccountSid=api.simulator.account_sid) + REPRESENTATIONS[name]
        response = api.ask("POST", path, form)
        assert response.status == 200, (path, response)
        yield from _show(name, f"POST /{VERSION}{path}\n\n{urlencode(form)}", response)


def _show_reading(document: Mapping[str, object]) -> Iterator[str]:
    """Write how to get at the first value in Python, in JSON and in XML."""
    steps: list[str | int] = []
    value: object = document
    while isinstance(value, dict | list):
        if isinstance(value, list):
            step: str | int = 0
            value = value[0]
        else:
            # The counters of a list stand beside it.
            step = next((k for k, v in value.items() if isinstance(v, dict | list)), "")
            step = step or next(iter(value))
            value = value[step]
        steps.append(step)
    keys = "".join(f"[{step!r}]" for step in steps).replace("'", '"')
    elements = "/".join(str(step) for step in steps[1:] if step != 0)
    yield "```python"
    yield f"json.loads(body){keys}  # {value!r}"
    yield f'ElementTree.fromstring(body).find("{elements}").text'
    yield "```"
    yield ""


def _show(name: str, request: str, response: Response) -> Iterator[str]:
    content_type = response.headers.get("Content-Type")
    yield f"**{name}**"
    yield ""
    yield "```http"
    yield request
    yield "```"
    yield ""
    yield f"`{response.status} {response.reason}`" + (f", `{content_type}`" if content_type else "")
    yield ""
    if response.body:
        yield f"```{_LANGUAGE[name]}"
        yield indent(name, bytes(response.body).decode())
        yield "```"
        yield ""


def indent(name: str, text: str) -> str:
    """Return *text*, which is in the representation *name*, with an element on each line."""
    if name == "CSV":
        return "\n".join(text.splitlines())
    if name == "JSON":
        return json.dumps(json.loads(text), indent=2, ensure_ascii=False)
    declaration = re.match(r"<\?xml.*?\?>", text)
    root = ElementTree.fromstring(text)  # noqa: S314 - the simulator's own
    ElementTree.indent(root)
    body = ElementTree.tostring(root, encoding="unicode", short_empty_elements=name == "XML")
    return "\n".join([*([declaration[0]] if declaration else []), body.replace(" />", "/>")])


def _shorten(path: str) -> str:
    return path.removeprefix("/Accounts/{AccountSid}") if path.count("/") > 2 else path


def _build_errors_page() -> str:
    lines = [
        NOTE,
        "",
        "# Errors of the API: sample responses",
        "",
        "What the API refuses is a response, and no exception of twreplay. An error is a",
        "`RestException` with a status; a 400 has a code as well, and so has a 401. These are the",
        "answers of the simulator, in each representation. `twreplay explain 21211` shows what a",
        "code means.",
        "",
        'In Python: `json.loads(body)["TwilioResponse"]["RestException"]["Code"]`, and',
        '`ElementTree.fromstring(body).find("RestException/Code").text`. Both are text.',
        "",
        READING,
        "",
    ]
    for title, method, path, form, reason in _ERRORS:
        lines += [f"## {title}", ""]
        for name, extension in REPRESENTATIONS.items():
            response = _refuse(method, path + extension, form, reason)
            asked = f"{method} /{VERSION}{path}{extension}"
            if form:
                asked += f"\n\n{urlencode(form)}"
            lines += _show(name, asked, response)
            if title.startswith("304"):
                break  # in no representation
    return "\n".join(lines)


_SID = Simulator().account_sid
_FORM = FORMS["/Accounts/{AccountSid}/Calls"]
_REDIRECT, _SERVER_ERROR = "redirect", "server error"
_NOT_MODIFIED, _STRANGER = "not modified", "stranger"
_ERRORS: tuple[tuple[str, str, str, Mapping[str, str], str], ...] = (
    ("302 Found", "GET", f"/Accounts/{_SID}/Calls", {}, _REDIRECT),
    ("304 Not Modified", "GET", f"/Accounts/{_SID}/Calls", {}, _NOT_MODIFIED),
    ("400 Bad Request", "POST", f"/Accounts/{_SID}/Calls", {**_FORM, "Called": "abc"}, ""),
    ("401 Unauthorized", "GET", f"/Accounts/{_SID}/Calls", {}, _STRANGER),
    ("404 Not Found", "GET", f"/Accounts/{_SID}/Calls/CA{'0' * 32}", {}, ""),
    ("405 Method Not Allowed", "DELETE", f"/Accounts/{_SID}/Calls", {}, ""),
    ("500 Internal Server Error", "GET", f"/Accounts/{_SID}/Calls", {}, _SERVER_ERROR),
)


def _refuse(method: str, path: str, form: Mapping[str, str], reason: str) -> Response:
    """Return the answer to a request that is refused, or fails for *reason*."""
    api = _Api()
    if reason == _STRANGER:
        return api.simulator.handle(Request(method, f"{api.simulator.base_url}{path}"))
    if reason == _SERVER_ERROR:
        api.simulator.when().fail(500)
    if reason == _REDIRECT:
        api.simulator.when().redirect("https://api.twilio.com/2008-08-01/Elsewhere")
    if reason == _NOT_MODIFIED:
        etag = api.ask(method, path).headers["ETag"]
        sid, token = api.simulator.auth
        url = f"https://{sid}:{token}@api.twilio.com/{VERSION}{path}"
        return api.simulator.handle(Request(method, url, {"If-None-Match": etag}))
    return api.ask(method, path, form)
