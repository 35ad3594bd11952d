"use strict";
// What was recorded is put in as text, never as markup.
const list = document.getElementById("events");
const state = document.getElementById("state");

function line(className, text) {
  const span = document.createElement("span");
  span.className = className;
  span.textContent = text;
  return span;
}

function show(event) {
  const item = document.createElement("li");
  item.dataset.number = event.number;
  item.append(line("line", `→ ${event.method} ${event.url} ${event.outcome}`));
  item.append(line("why", [event.how, event.rule, event.source, event.grade].join(" · ")));
  for (const hint of event.hints) item.append(line("hint", hint));
  list.prepend(item);
  while (list.childElementCount > 200) list.lastElementChild.remove();
}

const stream = new EventSource("/_twreplay/stream");
stream.onopen = () => { state.textContent = "live"; };
stream.onerror = () => { state.textContent = "not connected"; };
stream.onmessage = (message) => show(JSON.parse(message.data));

const clock = document.getElementById("clock");
if (clock) clock.addEventListener("submit", async (submitted) => {
  submitted.preventDefault();
  const answer = await fetch("/_twreplay/clock/advance", {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ seconds: Number(clock.elements.seconds.value) }),
  });
  const told = await answer.json();
  if (answer.ok) location.reload();
  else state.textContent = told.error;
});
