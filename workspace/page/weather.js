// Faults, outages, sockets and the clock, for whoever wants to see the app under bad weather.

import { act, look, remove } from "./api.js";
import { el } from "./dom.js";
import { say } from "./words.js";

const KINDS = ["delay", "error", "ratelimited", "refuse", "lost_answer", "cut", "delivery_lost", "delivery_duplicate", "delivery_delay", "delivery_reorder",
  "delivery_skew", "delivery_tamper", "delivery_wrong_secret", "delivery_unsigned", "delivery_malformed", "delivery_double_header", "delivery_replay"];

export async function weather(refresh) {
  const state = await look("state");
  const then = (work) => async (event) => { event?.preventDefault?.(); await work(); await refresh(); };
  return el("div", { class: "weather" }, faultForm(then), standing(state.faults, then), outage(then), clockForm(then));
}

const labelled = (text, node) => el("label", { class: "row" }, el("span", {}, text), node);

function faultForm(then) {
  const kind = el("select", { class: "select" }, KINDS.map((name) => el("option", { value: name }, name)));
  const name = el("input", { class: "text-field", value: "*", type: "text", spellcheck: "false" });
  const channel = el("input", { class: "text-field", value: "", type: "text", spellcheck: "false" });
  const code = el("input", { class: "text-field", value: "", type: "text", placeholder: "internal_error / 500", spellcheck: "false" });
  const times = el("input", { class: "text-field", value: "1", type: "number", min: "1" });
  const seconds = el("input", { class: "text-field", value: "4", type: "number", min: "0", step: "0.1" });
  const facts = () => ({
    kind: kind.value, name: name.value || "*", channel: channel.value, times: Number(times.value) || 1, seconds: Number(seconds.value),
    ...(/^\d{3}$/.test(code.value) ? { status: Number(code.value) } : code.value ? { error: code.value } : {}),
  });
  const set = then(() => act("faults", facts()));
  return el("form", { on: { submit: set } }, labelled(say("fault"), kind), labelled(say("fault_name"), name), labelled(say("fault_channel"), channel),
    labelled(say("fault_times"), times), labelled(say("fault_seconds"), seconds), labelled(say("fault_code"), code),
    el("button", { type: "submit", class: "button button-primary" }, say("set_fault")));
}

function standing(faults, then) {
  if (!faults.length) return null;
  return el("section", {}, el("h3", {}, say("standing")),
    el("ul", { class: "faults" }, faults.map((fault) => el("li", {}, `${fault.kind} ${fault.name} × ${fault.times ?? "∞"} `,
      el("button", { type: "button", class: "button", on: { click: then(() => remove(`faults?id=${fault.id}`)) } }, say("remove"))))),
    el("button", { type: "button", class: "button", on: { click: then(() => remove("faults")) } }, say("remove_all")));
}

function outage(then) {
  const minutes = el("input", { class: "text-field", value: "1", type: "number", min: "0", step: "0.5" });
  return el("form", { on: { submit: then(() => act("outage", { minutes: Number(minutes.value) })) } }, labelled(say("outage_for"), minutes),
    el("div", { class: "buttons" }, el("button", { type: "submit", class: "button button-danger" }, say("begin")),
      el("button", { type: "button", class: "button", on: { click: then(() => act("sockets", { do: "drop" })) } }, say("socket_drop"))));
}

function clockForm(then) {
  const step = (label, seconds) => el("button", { type: "button", class: "button", on: { click: then(() => act("clock", { advance: seconds })) } }, say(label));
  return el("section", {}, el("h3", {}, say("advance")), el("div", { class: "buttons" }, step("minute", 60), step("hour", 3600), step("day", 86400)));
}
