"""
Two applications of 2009 and 2010, written anew from what they did: the vendor's small ones by URL,
and the flow of applets of its own switchboard. Both answer TwiML of 2008-08-01 and nothing else.
"""

from __future__ import annotations

from urllib.parse import parse_qs, quote
from xml.sax.saxutils import escape, quoteattr

ANSWERED = ("answered", "completed")


def respond(inside=""):
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<Response>{inside}</Response>'


class _Application:
    """A WSGI application; *asked* has the path and the parameters of each request."""

    def __init__(self):
        self.asked = []

    def __call__(self, environ, start_response):
        length = int(environ.get("CONTENT_LENGTH") or 0)
        body = environ["wsgi.input"].read(length).decode()
        given = parse_qs(environ["QUERY_STRING"], keep_blank_values=True)
        form = {name: values[0] for name, values in parse_qs(body, keep_blank_values=True).items()}
        self.asked.append((environ["PATH_INFO"], form))
        text = self.answer(environ["PATH_INFO"].strip("/"), given, form)
        start_response("200 OK", [("Content-Type", "text/xml")])
        return [text.encode()]

    def answer(self, name, given, form):
        raise NotImplementedError


class SmallOnes(_Application):
    """Applications that a URL configures, one a path."""

    def answer(self, name, given, form):
        return getattr(self, name)(lambda key: (given.get(key) or [""])[0], given, form)

    def echo(self, get, given, form):
        return get("Twiml")

    def message(self, get, given, form):
        spoken = [
            value for key in sorted(given) if key.startswith("Message") for value in given[key]
        ]
        return respond("".join(map(speak, spoken)))

    def forward(self, get, given, form):
        if get("Dial"):
            if form["DialStatus"] in ANSWERED or not get("FailUrl"):
                return respond()
            return respond(f"<Redirect>{escape(get('FailUrl'))}</Redirect>")
        action = f"/forward?Dial=true&FailUrl={quote(get('FailUrl'), '')}"
        number = get("PhoneNumber")
        return respond(f"<Dial action={quoteattr(action)} timeout='20'>{number}</Dial>")

    def findme(self, get, given, form):
        """Try one number after the other; whoever answers presses a key to take the call."""
        numbers = given.get("PhoneNumbers[]", [])
        if get("Dial") and form["DialStatus"] in ANSWERED:
            return respond("<Hangup/>")
        if not numbers:
            return respond(f"<Redirect>{escape(get('FailUrl'))}</Redirect>")
        rest = "".join(f"&PhoneNumbers[]={number}" for number in numbers[1:])
        action = f"/findme?Dial=true&FailUrl={quote(get('FailUrl'), '')}{rest}"
        number = f'<Number url="/whisper?Name=Sales">{numbers[0]}</Number>'
        return respond(f"<Dial action={quoteattr(action)} timeout='10'>{number}</Dial>")

    def simulring(self, get, given, form):
        if get("Dial"):
            return respond("" if form["DialStatus"] in ANSWERED else speak("Nobody is here."))
        numbers = "".join(f"<Number>{number}</Number>" for number in given["PhoneNumbers[]"])
        return respond(f'<Dial action="/simulring?Dial=true" timeout="20">{numbers}</Dial>')

    def whisper(self, get, given, form):
        if form.get("Digits"):
            return respond()
        asked = speak(f"A call for {get('Name')}. Press any key to take it.")
        return respond(f'<Gather numDigits="1" timeout="5">{asked}</Gather><Hangup/>')

    def menu(self, get, given, form):
        if chosen := get(f"Options[{form.get('Digits', '')}]"):
            return respond(f"<Redirect>{escape(chosen)}</Redirect>")
        again = speak("I am sorry, that was none of them.") if form.get("Digits") else ""
        prompt = f'<Gather numDigits="1">{speak(get("Message"))}</Gather>'
        return respond(f"{again}{prompt}<Redirect/>")

    def voicemail(self, get, given, form):
        if get("Recorded"):
            return respond(speak("Thank you. Goodbye.") + "<Hangup/>")
        recording = (
            '<Record action="/voicemail?Recorded=true" maxLength="30" finishOnKey="#" '
            'transcribe="true" transcribeCallback="/transcribed"/>'
        )
        return respond(speak(get("Message")) + recording + speak("Nothing was recorded."))

    def transcribed(self, get, given, form):
        return respond()

    def conference(self, get, given, form):
        """Only moderators begin and end it; the others wait with music, and are muted at will."""
        leads = "true" if form["Caller"] in given["Moderators[]"] else "false"
        room = (
            f'<Conference startConferenceOnEnter="{leads}" endConferenceOnExit="{leads}" '
            f'waitUrl="/holdmusic">{escape(get("Name"))}</Conference>'
        )
        return respond(
            f"{speak('You will join the conference.')}<Dial>{room}</Dial>{speak('Bye.')}"
        )

    def holdmusic(self, get, given, form):
        return respond("<Play>http://music.example/one.mp3</Play><Redirect/>")


class Switchboard(_Application):
    """A flow of applets: a greeting, a menu, a user with two devices, a mailbox."""

    DEVICES = ("4155550111", "4155550112")

    def answer(self, name, given, form):
        step, _, rest = name.partition("/")
        return getattr(self, step)(rest, given, form)

    def start(self, rest, given, form):
        return respond(speak("Welcome.") + "<Redirect>/menu/1</Redirect>")

    def menu(self, attempt, given, form):
        if form.get("Digits") == "1":
            return respond("<Redirect>/dial/0</Redirect>")
        if form.get("Digits") == "2":
            return respond("<Redirect>/mailbox/</Redirect>")
        if int(attempt) > 3:
            return respond(speak("Goodbye.") + "<Hangup/>")
        wrong = speak("That is no choice.") if form.get("Digits") else ""
        prompt = speak("For us press 1, to leave a message press 2.")
        asked = f'<Gather action="/menu/{attempt}" numDigits="1" timeout="5">{prompt}</Gather>'
        return respond(f"{wrong}{asked}<Redirect>/menu/{int(attempt) + 1}</Redirect>")

    def dial(self, index, given, form):
        """Ring the devices of a user one by one, each with a whisper."""
        number = int(index)
        if form.get("DialStatus") in ANSWERED and number:
            return respond("<Hangup/>")
        if number == len(self.DEVICES):
            return respond("<Redirect>/mailbox/</Redirect>")
        device = f'<Number url="/screen/">{self.DEVICES[number]}</Number>'
        caller = f'callerId="{form["Called"]}"'
        return respond(f'<Dial action="/dial/{number + 1}" timeout="15" {caller}>{device}</Dial>')

    def screen(self, rest, given, form):
        if form.get("Digits") == "1":
            return respond(speak("You are connected."))
        if form.get("Digits"):
            return respond("<Hangup/>")
        asked = speak(f"A call from {' '.join(form['Caller'])}. Press 1 to take it.")
        return respond(f'<Gather numDigits="1">{asked}</Gather><Hangup/>')

    def mailbox(self, rest, given, form):
        beep = '<Record action="/kept/" maxLength="60" transcribe="true"/>'
        return respond(speak("Leave a message.") + beep)

    def kept(self, rest, given, form):
        text = f"A message of {form['Duration']} seconds."
        return respond(f'<Sms to="{self.DEVICES[0]}">{text}</Sms>{speak("Thank you.")}')

    def sms(self, rest, given, form):
        if form["Body"].strip().upper() == "HOURS":
            return respond("<Sms>We are open from 9 to 5.</Sms>")
        return respond(f'<Sms to="{self.DEVICES[0]}">{escape(form["Body"])}</Sms>')


def speak(text):
    return f'<Say voice="woman">{escape(text)}</Say>'
