"use strict";
// What was recorded is put in as text, never as markup. Parts of the page that the server renders
// are taken from the page as it is now, fetched again.

const root = "/_twreplay";
const find = (id) => document.getElementById(id);
const problem = find("problem");

function make(tag, className, text) {
  const element = document.createElement(tag);
  if (className) element.className = className;
  element.textContent = text;
  return element;
}

async function ask(path, body) {
  const options = body === undefined ? {} : {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(body),
  };
  const answer = await fetch(root + path, options);
  const told = await answer.json();
  if (!answer.ok) throw new Error(told.text || told.error || `status ${answer.status}`);
  return told;
}

// Do what a person asked for; what went wrong is said at the top.
async function act(path, body) {
  problem.textContent = "";
  try {
    await ask(path, body);
  } catch (error) {
    problem.textContent = error.message;
  }
  changed();
}

// --- the timeline ---------------------------------------------------------------------------

const events = find("events");
const shown = 200;

function kindOf(outcome) {
  if (!/^\d+$/.test(outcome)) return "bad";
  return Number(outcome) < 300 ? "good" : Number(outcome) < 400 ? "other" : "bad";
}

function shortUrl(url) {
  return url.replace(/^https?:\/\/[^/]+\/2008-08-01(?=\/)/, "")
    .replace(/\b([A-Z]{2}[0-9a-f]{3})[0-9a-f]{26}([0-9a-f]{3})\b/g, "$1…$2");
}

function filterEvents() {
  const wanted = find("filter").elements.text.value.trim().toLowerCase();
  for (const item of events.children) {
    const text = `${item.querySelector(".line").textContent} ${item.querySelector(".why").textContent}`;
    item.hidden = Boolean(wanted) && !text.toLowerCase().includes(wanted);
  }
}

function showEvent(event) {
  if (events.querySelector(`[data-number="${Number(event.number)}"]`)) return;
  const item = find("event").content.firstElementChild.cloneNode(true);
  item.dataset.number = event.number;
  const isWebhook = event.direction === "to the application";
  item.className = isWebhook ? "in new" : "out new";
  item.querySelector(".arrow").textContent = isWebhook ? "←" : "→";
  for (const field of item.querySelectorAll("[data-field]")) {
    const name = field.dataset.field;
    if (name === "hints") field.replaceChildren(...event.hints.map((hint) => make("span", "hint", hint)));
    else if (name === "url") field.textContent = shortUrl(event.url);
    else if (name === "at") field.textContent = event.at.slice(11, 19);
    else field.textContent = event[name];
  }
  item.querySelector('[data-field="url"]').title = event.url;
  const time = item.querySelector("time");
  time.dateTime = time.title = event.at;
  item.querySelector('[data-field="outcome"]').className = `chip ${kindOf(event.outcome)}`;
  events.prepend(item);
  find("none").hidden = true;
  filterEvents();
  while (events.childElementCount > shown) events.lastElementChild.remove();
}

function pairs(items) {
  const list = make("dl", "pairs mono", "");
  for (const [name, value] of items) list.append(make("dt", "", name), make("dd", "", value));
  return list;
}

// The whole request is fetched when it is opened.
async function showWhole(details) {
  const place = details.querySelector("div");
  if (!details.open || place.childElementCount) return;
  try {
    const whole = await ask(`/requests/${details.closest("li").dataset.number}`);
    const parts = [make("p", "small", "")];
    parts[0].append(make("code", "", whole.url));
    if (whole.form.length) parts.push(pairs(whole.form));
    else if (whole.request_body) parts.push(make("pre", "", whole.request_body));
    if (whole.response_body) parts.push(make("pre", "", whole.response_body));
    const headers = make("details", "", "");
    headers.append(make("summary", "small", "Headers"), pairs(whole.request_headers),
      make("hr", "", ""), pairs(whole.response_headers));
    place.replaceChildren(...parts, headers);
  } catch (error) {
    place.replaceChildren(make("p", "dim", error.message));
  }
}

if (events) {
  events.addEventListener("toggle", (toggled) => {
    if (toggled.target.matches(".whole")) showWhole(toggled.target);
  }, true);
}

// --- parts that the server renders ----------------------------------------------------------

let isRefreshing = false;
let isStale = false;
const seen = new Map();

// Events that the stream has missed, and none of a server that has begun anew.
function catchUp(items, newestBefore) {
  const numberOf = (item) => Number(item ? item.dataset.number : 0);
  if (numberOf(items[0]) < newestBefore) events.replaceChildren();
  const newest = numberOf(events.firstElementChild);
  events.prepend(...items.filter((item) => numberOf(item) > newest));
  find("none").hidden = events.childElementCount > 0;
  filterEvents();
}

// What is open stays open, and what has the focus keeps it.
function replacePart(part, other) {
  const open = new Set([...part.querySelectorAll("details[open]")].map((each) => each.dataset.keep));
  const nameOf = (element) =>
    `${element.tagName} ${element.getAttribute("href") || element.closest("details")?.dataset.keep}`;
  const focused = part.contains(document.activeElement) ? nameOf(document.activeElement) : "";
  part.replaceChildren(...other.childNodes);
  for (const each of part.querySelectorAll("details")) each.open = open.has(each.dataset.keep);
  if (!focused) return;
  const again = [...part.querySelectorAll("a, summary")].find((each) => nameOf(each) === focused);
  if (again) again.focus({ preventScroll: true });
}

async function refresh() {
  const newestBefore = events && events.firstElementChild ? Number(events.firstElementChild.dataset.number) : 0;
  const answer = await fetch(location.pathname, { headers: { Accept: "text/html" } });
  if (!answer.ok) return;
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
  for (const part of document.querySelectorAll("[data-part]")) {
    const other = fresh.querySelector(`[data-part="${part.dataset.part}"]`);
    if (other && other.innerHTML !== seen.get(part)) {
      seen.set(part, other.innerHTML);
      replacePart(part, other);
    }
  }
  if (events) catchUp([...fresh.querySelectorAll("#events > li")], newestBefore);
}

// At most two a second, and one more after the last change.
async function changed() {
  isStale = true;
  if (isRefreshing) return;
  isRefreshing = true;
  while (isStale) {
    isStale = false;
    try {
      await Promise.all([refresh(), refreshPhone()]);
    } catch {
      // The stream says that the server is gone.
    }
    await new Promise((done) => { setTimeout(done, 500); });
  }
  isRefreshing = false;
}

// --- the clock and rules --------------------------------------------------------------------

function onSubmit(id, run) {
  const form = find(id);
  if (!form) return;
  form.addEventListener("submit", (submitted) => {
    submitted.preventDefault();
    run(form.elements, form);
  });
}

onSubmit("filter", filterEvents);
if (events) find("filter").addEventListener("input", filterEvents);

onSubmit("clock", (fields) => act("/clock/advance", { seconds: Number(fields.seconds.value) }));
for (const button of document.querySelectorAll("[data-seconds]")) {
  button.addEventListener("click", () => act("/clock/advance", { seconds: Number(button.dataset.seconds) }));
}

onSubmit("rule", (fields) => {
  const rule = { fail: Number(fields.fail.value), times: Number(fields.times.value) };
  if (fields.method.value) rule.method = fields.method.value;
  if (fields.path.value) rule.path = fields.path.value;
  act("/rules", rule);
});

// --- the phone ------------------------------------------------------------------------------

const phone = find("phone");

const told = { sid: "", lines: 0, heard: 0, texts: 0 };
let isChosen = location.pathname.startsWith(`${root}/phones/`);

function phonePath(verb) {
  return `/phones/${encodeURIComponent(phone.dataset.phone)}${verb ? `/${verb}` : ""}`;
}

function takePhone(number) {
  if (phone.dataset.phone === number) return;
  phone.dataset.phone = number;
  find("phone-number").textContent = number;
  Object.assign(told, { sid: "", lines: 0, heard: 0, texts: 0 });
  find("screen").replaceChildren();
  find("inbox").replaceChildren();
}

function say(sound) {
  if (!find("aloud").checked || !("speechSynthesis" in window) || !sound.text) return;
  const spoken = new SpeechSynthesisUtterance(sound.text);
  spoken.lang = sound.language || "en";
  speechSynthesis.speak(spoken);
}

// A line of a transcript: the time, who, and what.
function buildLine(line) {
  const [, at, who, what] = /^(\S+)\s+(\S+)\s+(.*)$/s.exec(line) || [null, "", "", line];
  const heard = /^(says|plays): (.*)$/s.exec(what);
  const done = /^(presses|speaks:?) (.*)$/s.exec(what);
  let item;
  if (who === "twilio" && heard) item = make("p", "", heard[1] === "says" ? heard[2] : what);
  else if (who === "person" && done) item = make("p", "me", what);
  else item = make("p", "event", who === "person" ? what : `${who} ${what}`);
  item.append(make("span", "at", at));
  return item;
}

function append(list, items) {
  list.append(...items);
  if (items.length) list.scrollTop = list.scrollHeight;
}

function describeState(state, call) {
  if (state.is_ringing) return "It rings.";
  if (!call) return "No call.";
  if (call.is_over) return "The call is over.";
  return { digits: "In a call: keys are expected.", recording: "In a call: it is being recorded.",
    answer: "In a call: the application is asked." }[call.expects] || "In a call.";
}

function showCall(state) {
  const call = state.calls.at(-1);
  if (call && call.sid !== told.sid) {
    Object.assign(told, { sid: call.sid, lines: 0, heard: 0 });
    find("screen").replaceChildren();
  }
  const lines = call && call.transcript ? call.transcript.split("\n") : [];
  append(find("screen"), lines.slice(told.lines).map(buildLine));
  told.lines = lines.length;
  const heard = call ? call.heard : [];
  for (const sound of heard.slice(told.heard)) say(sound);
  told.heard = heard.length;
  const text = describeState(state, call);
  if (find("phone-state").textContent !== text) find("phone-state").textContent = text;
  const isOpen = Boolean(call) && !call.is_over;
  for (const id of ["answer", "busy"]) find(id).disabled = !state.is_ringing;
  for (const button of [find("hang-up"), ...phone.querySelectorAll("[data-key], #speak button")]) {
    button.disabled = !isOpen;
  }
  find("dial").querySelector("button").disabled = isOpen || state.is_ringing;
}

function showTexts(texts) {
  if (texts.length < told.texts) find("inbox").replaceChildren();
  const fresh = texts.slice(texts.length < told.texts ? 0 : told.texts).map((text) => {
    const item = make("p", text.is_sent ? "me" : "", text.body);
    item.append(make("span", "at", text.is_sent ? `to ${text.number}` : text.number));
    return item;
  });
  append(find("inbox"), fresh);
  told.texts = texts.length;
}

async function refreshPhone() {
  if (!phone) return;
  const ringing = document.querySelector('[data-part="people"] [data-rings]');
  if (ringing && !isChosen) takePhone(ringing.dataset.rings);
  const number = phone.dataset.phone;
  if (!number) return;
  const state = await ask(phonePath(""));
  if (number !== phone.dataset.phone) return;
  showCall(state);
  showTexts(state.texts);
}

if (phone) {
  find("answer").addEventListener("click", () => act(phonePath("pick-up"), {}));
  find("busy").addEventListener("click", () => act(phonePath("busy"), {}));
  find("hang-up").addEventListener("click", () => act(phonePath("hang-up"), {}));
  const press = (key) => act(phonePath("press"), { digits: key });
  for (const button of phone.querySelectorAll("[data-key]")) {
    button.addEventListener("click", () => press(button.dataset.key));
  }
  phone.addEventListener("keydown", (pressed) => {
    if (pressed.target.matches("input") || pressed.ctrlKey || pressed.altKey || pressed.metaKey) return;
    if (/^[0-9*#]$/.test(pressed.key) && !find("hang-up").disabled) press(pressed.key);
  });
  onSubmit("speak", (fields, form) => {
    act(phonePath("speak"), { text: fields.text.value });
    form.reset();
  });
  onSubmit("dial", (fields) => {
    isChosen = true;
    act(phonePath("dial"), fields.number.value ? { to: fields.number.value } : {});
  });
  onSubmit("text", (fields) => {
    isChosen = true;
    const sent = { body: fields.body.value };
    if (fields.number.value) sent.to = fields.number.value;
    act(phonePath("text"), sent);
    fields.body.value = "";
  });
  onSubmit("choose", (fields) => {
    if (!fields.number.value.trim()) return;
    isChosen = true;
    takePhone(fields.number.value.trim());
    changed();
    find("dial").elements.number.focus();
  });
}

// --- live -----------------------------------------------------------------------------------

const state = find("state");
const stream = new EventSource(`${root}/stream`);
stream.onopen = () => { if (state) state.textContent = "live"; changed(); };
stream.onerror = () => { if (state) state.textContent = "not connected"; };
stream.onmessage = (message) => {
  if (events) showEvent(JSON.parse(message.data));
  changed();
};
// What happens in a call by itself is in no event.
setInterval(() => { if (!document.hidden && stream.readyState === EventSource.OPEN) changed(); }, 1000);
