"""A small application: reminds people by SMS."""

from __future__ import annotations

import xml.etree.ElementTree as ET

import requests

ACCOUNT_SID = "AC0123456789abcdef0123456789abcdef"
MESSAGES = f"https://api.twilio.com/2008-08-01/Accounts/{ACCOUNT_SID}/SMS/Messages"


def remind(to: str, auth_token: str) -> str:
    """Returns the status of the message, or an empty text if the API refused it."""
    response = requests.post(
        MESSAGES,
        data={"From": "4155550100", "To": to, "Body": "Your appointment is tomorrow"},
        auth=(ACCOUNT_SID, auth_token),
        timeout=10,
    )
    return ET.fromstring(response.content).findtext("SMSMessage/Status", "")
