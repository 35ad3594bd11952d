"""
What people record every day and what opens nothing: sums, identifiers, traces, media.

Each holds something that a search for credentials may stumble over. None may be refused.
"""

from __future__ import annotations

import base64
import hashlib
import json
import struct
from urllib.parse import quote

from basic_auth import FORM_TYPE, encode_basic

from twreplay import Headers, Interaction, Request, Response

ACCOUNT = "AC0123456789abcdef0123456789abcdef"
BASE = f"https://api.twilio.com/2008-08-01/Accounts/{ACCOUNT}"
TOKEN = "c0ffee0123c0ffee4567c0ffee89abcd"

UUID = "3f2b8c1e9d704a65b1c2d3e4f5a60718"
DASHED = "3f2b8c1e-9d70-4a65-b1c2-d3e4f5a60718"
MD5 = hashlib.md5(b"innocent").hexdigest()
SHA1 = hashlib.sha1(b"innocent").hexdigest()
SHA256 = hashlib.sha256(b"innocent").hexdigest()
DIGITS = "31415926535897932384626433832795"
SUM64 = base64.b64encode(hashlib.md5(b"innocent").digest()).decode()


def _sent(**fields: str) -> Interaction:
    body = "&".join(f"{name}={quote(value, safe='')}" for name, value in fields.items())
    headers = {"Authorization": encode_basic(ACCOUNT, TOKEN), "Content-Type": FORM_TYPE}
    return Interaction(Request("POST", f"{BASE}/Calls", headers, body), _ok("<TwilioResponse/>"))


def _ok(body: str | bytes, kind: str = "application/xml", **headers: str) -> Response:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Response(200, {"Content-Type": kind, **named}, body)


def _answered(body: str | bytes, kind: str = "application/xml", **headers: str) -> Interaction:
    own = {"Authorization": encode_basic(ACCOUNT, TOKEN)}
    return Interaction(Request("GET", f"{BASE}/Calls", own), _ok(body, kind, **headers))


def _with_headers(**headers: str) -> Interaction:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    own = {"Authorization": encode_basic(ACCOUNT, TOKEN), **named}
    return Interaction(Request("GET", f"{BASE}/Calls", own), _ok("<TwilioResponse/>"))


def _asked(target: str) -> Interaction:
    own = {"Authorization": encode_basic(ACCOUNT, TOKEN)}
    return Interaction(Request("GET", f"{BASE}{target}", own), _ok("<TwilioResponse/>"))


def _callback(query: str, name: str = "Url") -> Interaction:
    return _sent(**{name: f"https://app.example/voice?{query}", "To": "+14155551212"})


def _element(name: str, value: str) -> Interaction:
    return _answered(f"<TwilioResponse><Call><{name}>{value}</{name}></Call></TwilioResponse>")


def _json(**fields: object) -> Interaction:
    return _answered(json.dumps({"TwilioResponse": fields}), "application/json")


def _wav() -> bytes:
    samples = struct.pack("<4000h", *((i * 7919) % 65536 - 32768 for i in range(4000)))
    head = b"RIFF" + struct.pack("<I", 36 + len(samples)) + b"WAVEfmt "
    head += struct.pack("<IHHIIHH", 16, 1, 1, 8000, 16000, 2, 16)
    return head + b"data" + struct.pack("<I", len(samples)) + samples


_CERTIFICATE = "\n".join(
    [
        "-----BEGIN CERTIFICATE-----",
        *(base64.b64encode(hashlib.sha384(bytes([i])).digest()).decode() for i in range(12)),
        "-----END CERTIFICATE-----",
    ]
)
_HTML = f"""<html><head><link href="/s.css?v={MD5}"><script src="/js/{MD5}.js"></script></head>
<body><img src="https://www.gravatar.com/avatar/{MD5}?s=80"><div id="{UUID}">x</div>
</body></html>"""
_MULTIPART = f'--{UUID}\r\nContent-Disposition: form-data; name="To"\r\n\r\n1\r\n--{UUID}--\r\n'

INNOCENT: dict[str, Interaction] = {
    # what code puts into a callback
    "callback, call": _callback(f"call={UUID}"),
    "callback, order": _callback(f"order={MD5}"),
    "callback, job": _callback(f"job={UUID}&step=2"),
    "callback, key": _callback(f"key={UUID}"),
    "callback, t": _callback(f"t={MD5}"),
    "callback, u": _callback(f"u={UUID}"),
    "callback, id": _callback(f"id={UUID}"),
    "callback, ref": _callback(f"ref={UUID}"),
    "callback, user": _callback(f"user={UUID}"),
    "callback, tenant": _callback(f"tenant={UUID}&lang=en"),
    "callback, nonce": _callback(f"nonce={UUID}"),
    "callback, campaign": _callback(f"campaign={SHA1}"),
    "callback, dashed": _callback(f"call={DASHED}"),
    "callback of a status": _callback(f"run={UUID}", "StatusCallback"),
    "callback, path": _sent(Url=f"https://app.example/voice/{UUID}/start", To="+14155551212"),
    "callback, nested": _callback("next=" + quote(f"https://app.example/?call={UUID}", safe="")),
    "callback with a Sid": _callback(f"AccountSid={ACCOUNT}&call={UUID}"),
    # names and texts
    "friendly name": _sent(FriendlyName=UUID),
    "friendly name, room": _sent(FriendlyName=f"room_{UUID}"),
    "friendly name, room-": _sent(FriendlyName=f"room-{UUID}"),
    "friendly name, test": _sent(FriendlyName=f"test {MD5}"),
    "text that ends in an md5": _sent(Body=f"Your download is verified: {MD5}"),
    "text with a link": _sent(Body=f"Track it: https://app.example/p?t={MD5}"),
    "text with a short link": _sent(Body=f"See https://s.example/{UUID}"),
    "text about a key": _sent(Body="Your key: the one under the mat. Press any key to continue"),
    "text about a password": _sent(Body="Forgot your password? Reply RESET. Password: 8+ letters"),
    "text about a token": _sent(Body="The token ring is back, a basic necessity, bearer of news"),
    "text with a code": _sent(Body="Your code is 482913. It expires in 10 minutes"),
    "text in base64": _sent(Body=base64.b64encode(b"just some words that nobody hides").decode()),
    # their echoes
    "Annotation": _element("Annotation", f"order {MD5}"),
    "FriendlyName": _element("FriendlyName", f"room_{UUID}"),
    "Body": _element("Body", f"Track it: https://app.example/p?t={MD5}"),
    "Url": _element("Url", f"https://app.example/voice?call={UUID}&amp;t={MD5}"),
    "RequestVariables": _element("RequestVariables", f"CallSid=CA{UUID}&amp;job={UUID}"),
    "RequestUrl": _element("RequestUrl", f"https://app.example/voice?u={UUID}"),
    "ResponseBody": _element("ResponseBody", f"&lt;Play&gt;https://a.example/{MD5}.mp3&lt;/Play&gt;"),
    "JSON": _json(FriendlyName=UUID, Annotation=MD5, Url=f"https://app.example/?job={UUID}"),
    "JSON sums": _json(md5=MD5, checksum=MD5, sha1=SHA1, digest=SHA256),
    "JSON ids": _json(id=UUID, uuid=UUID, request_id=UUID, external_ref=UUID),
    "JSON pages": _json(next_page_token="eyJwIjoyfQ", page=1, key="color", sort_key="DateCreated"),
    "CSV": _answered(f"Sid,FriendlyName,Ref\r\nCA{UUID},room_{UUID},{MD5}\r\n", "text/csv"),
    "CSV of flags": _answered("Name,HasPassword\nbob,true\neve,false\n", "text/csv"),
    "CSV of empty cells": _answered("Sid,AuthToken\nAC1,\nAC2,\n", "text/csv"),
    "CSV of counts": _answered("User;Tokens\nbob;17\n", "text/csv"),
    "text with commas": _answered("Your user, password\nThen, press 1\n", "text/plain"),
    "text with a quotation": _answered("Set password = on > Save\n> Forgot it?\n", "text/plain"),
    "token and comparison": _answered(f'if (key = "a") b > {MD5}', "text/javascript"),
    "name, then a blank line": _answered(f'{{"password": "",\n\n "ref": "{MD5}"}}', "text/json"),
    "text below a heading": _answered(f'See "token"\n\n{DASHED} is the job\n', "text/plain"),
    "empty element of a secret": _answered(f'<R><Token hint="x"/>{MD5}</R>'),
    "element with an attribute": _answered(f'<a password = "">{MD5}</a>'),
    "JSON schema": _json(
        properties={"password": {"type": "string", "minLength": 8, "description": "Keep it."}}
    ),
    "JSON, public keys": _json(keys=[{"kty": "EC", "kid": MD5, "x": SUM64, "y": SUM64}]),
    "JSON, counts of tokens": _json(usage={"prompt_tokens": 1234567, "tokens": {"used": 1234567}}),
    "JSON, beside a secret": _json(api_key={"id": UUID, "name": "main", "created_at": "20081101"}),
    "JSON, flags": _json(password=True, secret=None, token=12),
    "ports and paths": _sent(Body="See https://app.example:8080/a/@bob and @eve"),
    "about a private key": _sent(Body="Paste the PRIVATE KEY----- line, then press Send"),
    "Sids": _element("Sid", f"CA{UUID}"),
    "a Uri": _element("Uri", f"/2008-08-01/Accounts/{ACCOUNT}/Recordings/RE{UUID}"),
    # tracing
    "b3": _with_headers(b3=f"{UUID}-00f067aa0ba902b7-1"),
    "b3, 32 digits": _with_headers(b3=MD5),
    "X-B3-TraceId": _with_headers(X_B3_TraceId=UUID, X_B3_SpanId="00f067aa0ba902b7"),
    "newrelic": _with_headers(
        newrelic=base64.b64encode(
            json.dumps({"v": [0, 1], "d": {"ty": "App", "tr": UUID, "id": UUID[:16]}}).encode()
        ).decode()
    ),
    "traceparent": _with_headers(traceparent=f"00-{UUID}-00f067aa0ba902b7-01"),
    "sentry-trace": _with_headers(sentry_trace=f"{UUID}-00f067aa0ba902b7-1"),
    "baggage": _with_headers(baggage=f"sentry-trace_id={UUID},sentry-public_key={MD5}"),
    "X-Amzn-Trace-Id": _with_headers(X_Amzn_Trace_Id=f"Root=1-5759e988-{UUID[:24]}"),
    "X-Cloud-Trace-Context": _with_headers(X_Cloud_Trace_Context=f"{UUID}/1;o=1"),
    "uber-trace-id": _with_headers(uber_trace_id=f"{UUID}:{UUID[:16]}:0:1"),
    "X-Request-Id": _answered("<R/>", X_Request_Id=UUID, Twilio_Request_Id=f"RQ{UUID}"),
    "X-Correlation-Id": _with_headers(X_Correlation_Id=UUID),
    "Idempotency-Key": _with_headers(Idempotency_Key=UUID),
    "X-Tenant": _with_headers(X_Tenant=UUID),
    "User-Agent": _with_headers(User_Agent=f"my-app/1.0 ({MD5})"),
    # what servers and caches add
    "Via": _answered("<R/>", Via=f"1.1 {MD5}.cloudfront.net (CloudFront)", X_Amz_Cf_Id=SHA1),
    "ETag": _answered("<R/>", ETag=f'"{MD5}"', Content_MD5=SUM64),
    "If-None-Match": _with_headers(If_None_Match=f'"{MD5}"'),
    "CF-Ray": _answered("<R/>", CF_Ray="7d2f1e3c4b5a6978-FRA", Server=f"edge-{UUID}"),
    "Report-To": _answered("<R/>", Report_To=f'{{"url":"https://r.example/?s={MD5}"}}'),
    "Surrogate-Key": _answered("<R/>", Surrogate_Key=f"account-{MD5}", X_Cache_Key=f"/a/{MD5}"),
    "Vary": _answered("<R/>", Vary="Authorization, Cookie", Access_Control_Allow_Headers="X-Key"),
    "WWW-Authenticate": _answered("<R/>", WWW_Authenticate='Basic realm="Twilio API"'),
    "Set-Cookie, nothing in it": _answered("<R/>", Set_Cookie="seen=; Path=/; Max-Age=0"),
    # pages, scripts, queries
    "HTML": _answered(_HTML, "text/html"),
    "HTML, csrf": _answered(f'<input type="hidden" name="csrf" value="{MD5}">', "text/html"),
    "HTML of a form": _answered(
        '<label for="password">Password</label><input type="password" name="password">', "text/html"
    ),
    "script": _answered(
        f"var token = null; load('a.{MD5}.js'); var key = e.key;", "text/javascript"
    ),
    "cache buster": _asked(f"/Calls?_={DIGITS[:13]}&v={MD5}"),
    "image signature": _answered(
        f'<img src="https://i.example/a.png?w=80&amp;s={MD5}">', "text/html"
    ),
    "32 digits": _sent(Digits=DIGITS),
    "sha1 and sha256": _sent(Body=f"{SHA1} {SHA256}"),
    "a field of a query": _asked(f"/Calls?ref={UUID}&Page=2"),
    "multipart": Interaction(
        Request(
            "POST",
            f"{BASE}/Calls",
            Headers({"Content-Type": f"multipart/form-data; boundary={UUID}"}),
            _MULTIPART,
        ),
        _ok("<R/>"),
    ),
    # media
    "WAV": _answered(_wav(), "audio/x-wav"),
    "MP3": _answered(b"\xff\xfb\x90\x64" + b"U" * 2000 + bytes(range(256)) * 8, "audio/mpeg"),
    "PNG": _answered(b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 8, "image/png"),
    "image in base64": _json(logo=base64.b64encode(bytes(range(256)) * 8).decode()),
    "PEM": _answered(_CERTIFICATE, "application/x-pem-file"),
    "JPEG without a type": _answered(
        b"\xff\xd8\xff\xe0" + bytes(range(256)) * 8, "application/octet-stream"
    ),
}  # fmt: skip
