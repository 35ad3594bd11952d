"""The code under test: what a clinic asks Twilio for."""

import requests

ACCOUNT = "AC0123456789abcdef0123456789abcdef"
BASE = f"https://api.twilio.com/2008-08-01/Accounts/{ACCOUNT}"
AUTH = (ACCOUNT, "any token will do")


def list_calls(**filters):
    return requests.get(f"{BASE}/Calls", params=filters, auth=AUTH, timeout=10)


def remind(number, text="Tomorrow at 9."):
    form = {"From": "4158675309", "To": number, "Body": text}
    return requests.post(f"{BASE}/SMS/Messages", data=form, auth=AUTH, timeout=10)
