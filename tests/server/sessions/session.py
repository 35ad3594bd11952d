"""A session by urllib. Arguments: base URL, Sids of recordings to delete (two) and to hear."""

import os
import re
import sys
import urllib.error
import urllib.parse
import urllib.request
from base64 import b64encode

base, one, two, kept = sys.argv[1:]
base = base or os.environ["TWILIO_API_URL"]
SID, TOKEN = os.environ["TWILIO_ACCOUNT_SID"], os.environ["TWILIO_AUTH_TOKEN"]


def ask(name, path, method="GET", form=None, token=TOKEN):
    data = None if form is None else urllib.parse.urlencode(form).encode()
    url = f"{base}/2008-08-01/Accounts/{SID}{path}"
    request = urllib.request.Request(url, data, method=method)
    if name != "media":
        login = b64encode(f"{SID}:{token}".encode()).decode()
        request.add_unredirected_header("Authorization", f"Basic {login}")
    try:
        answer = urllib.request.urlopen(request)
    except urllib.error.HTTPError as error:
        answer = error
    with answer:
        if name:
            kind = f" {answer.headers['Content-Type']}" if name == "media" else ""
            print(f"{name} {answer.status}{kind}")
        return answer.read()


ask("list", "/Calls")
ask("page", "/Calls?page=0&num=2")
message = {"From": "4158675309", "To": "4155551212", "Body": "Hi"}
ask("create", "/SMS/Messages", "POST", message)
number = re.search(rb"<Sid>(PN[0-9a-f]+)", ask("", "/IncomingPhoneNumbers"))[1].decode()
ask("put", f"/IncomingPhoneNumbers/{number}", "PUT", {"FriendlyName": "One"})
ask("_method=put", f"/IncomingPhoneNumbers/{number}?_method=PUT", "POST", {"FriendlyName": "Two"})
ask("delete", f"/Recordings/{one}", "DELETE")
ask("_method=delete", f"/Recordings/{two}?_method=DELETE", "POST", {"x": "y"})
ask("bad", "/SMS/Messages", "POST", {"Body": "Hi"})
ask("unauthorized", "/Calls", token="wrong")
ask("missing", f"/Calls/CA{'0' * 32}")
ask("media", f"/Recordings/{kept}")
