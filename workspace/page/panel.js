// The right-hand panel: a thread, a message's raw JSON, the log of calls, or faults and time.

import { look } from "./api.js";
import { clock } from "./dates.js";
import { byId, el, icon } from "./dom.js";
import { message } from "./message.js";
import { weather } from "./weather.js";
import { say } from "./words.js";

let open = null;
let onlyRefused = false;

export const opened = () => open;

export function close() {
  open = null;
  byId("panel").hidden = true;
}

function frame(kind, title, ...content) {
  const panel = byId("panel");
  panel.hidden = false;
  panel.dataset.panel = kind;
  panel.replaceChildren(
    el("header", { class: "panel-head" }, el("h2", {}, title),
      el("button", { type: "button", class: "tool", "aria-label": say("close"), data: { panel: "close" }, on: { click: close } }, icon("close"))),
    el("div", { class: "panel-body" }, content));
}

export async function show(kind, facts) {
  open = { kind, ...facts };
  await refresh();
}

export async function refresh() {
  if (open) await SHOW[open.kind](open);
}

const SHOW = { thread, raw, log, weather: storm };

async function thread({ user, channel, ts, reply, tools }) {
  const { messages } = await look("messages", { user, channel, thread_ts: ts });
  const entry = el("textarea", { class: "text-field", rows: "2", placeholder: say("write_reply"), "aria-label": say("write_reply") });
  const kept = byId("panel").querySelector(".reply textarea")?.value ?? "";
  entry.value = kept;
  frame("thread", say("thread"),
    el("ol", { class: "messages" }, messages.map((shown) => el("li", {}, message(shown, user, { ...tools, openThread: undefined })))),
    el("form", { class: "reply", on: { submit: async (event) => { event.preventDefault(); const text = entry.value; entry.value = ""; await reply(text, ts); } } },
      entry, el("button", { type: "submit", class: "button button-primary" }, say("send"))));
}

async function raw({ shown }) {
  const text = JSON.stringify(shown.body, null, 2);
  frame("raw", say("raw"),
    el("button", { type: "button", class: "button", on: { click: () => navigator.clipboard?.writeText(text) } }, say("copy")),
    shown.live.length > 0 && el("ul", { class: "live" }, shown.live.map((token) =>
      el("li", { class: token.kind === "broadcast" ? "live-bad" : "" }, `${token.kind}: ${token.target}`, token.label && ` (${token.label})`))),
    el("pre", { class: "json", tabindex: "0" }, text));
}

async function log() {
  const { total } = await look("calls", { since: Number.MAX_SAFE_INTEGER });
  const { calls } = await look("calls", { since: Math.max(0, total - 300), ok: onlyRefused ? "0" : undefined });
  const filter = el("label", { class: "filter" },
    el("input", { type: "checkbox", checked: onlyRefused, on: { change: (event) => { onlyRefused = event.target.checked; refresh(); } } }), say("only_refused"));
  frame("log", say("log"), filter,
    calls.length ? el("ol", { class: "calls" }, calls.reverse().map(call)) : el("p", { class: "empty" }, say("nothing_logged")));
}

const WAYS = { api: "→", delivery: "←", response_url: "→", ack: "→" };

function call(entry) {
  const line = el("summary", {},
    el("span", { class: "call-way", "aria-hidden": "true" }, WAYS[entry.way]),
    el("span", { class: "call-name" }, entry.name),
    el("span", { class: "call-outcome" }, entry.ok ? "ok" : entry.error, entry.status !== 200 && entry.status ? ` ${entry.status}` : "", entry.fault && ` · ${entry.fault}`),
    el("span", { class: "call-when" }, `${clock(entry.at)} · ${Math.round(entry.millis)} ms`));
  const details = el("details", {}, line);
  details.addEventListener("toggle", () => {
    if (!details.open || details.querySelector("pre")) return;
    const { sent, answer, messages, headers } = entry;
    details.append(el("pre", { class: "json", tabindex: "0" }, JSON.stringify({ ...(messages.length ? { messages } : {}), sent, answer, headers }, null, 2)));
  });
  return el("li", { class: entry.ok ? "call" : "call call-refused", data: { call: entry.name, error: entry.error || undefined } }, details);
}

async function storm() {
  frame("weather", say("weather"), await weather(refresh));
}
