// Fields that hold a value. Each tells `surface.fill(block, element, value)` when it changes.

import { fromLocal, toLocal } from "./dates.js";
import { active, conversations } from "./directory.js";
import { el } from "./dom.js";
import { plain, textNodes } from "./mrkdwn.js";
import { external } from "./suggestions.js";
import { say } from "./words.js";

const BUILD = {
  plain_text_input: typed,
  number_input: (block, element, state, tell) => typed(block, { ...element, numeric: true }, state, tell),
  email_text_input: (block, element, state, tell) => typed(block, { ...element, kind: "email" }, state, tell),
  url_text_input: (block, element, state, tell) => typed(block, { ...element, kind: "url" }, state, tell),
  rich_text_input: rich,
  static_select: (block, element, state, tell) => menu(options(element), state?.selected_option?.value, element, tell),
  users_select: (block, element, state, tell) => menu(users(), state?.selected_user, element, tell),
  channels_select: (block, element, state, tell) => menu(rooms("channel"), state?.selected_channel, element, tell),
  conversations_select: (block, element, state, tell) => menu(rooms(), state?.selected_conversation, element, tell),
  multi_static_select: (block, element, state, tell) => many(options(element), values(state), element, tell),
  multi_users_select: (block, element, state, tell) => many(users(), state?.selected_users, element, tell),
  multi_channels_select: (block, element, state, tell) => many(rooms("channel"), state?.selected_channels, element, tell),
  multi_conversations_select: (block, element, state, tell) => many(rooms(), state?.selected_conversations, element, tell),
  checkboxes: (block, element, state, tell) => boxes(block, element, values(state), tell),
  radio_buttons: (block, element, state, tell) => boxes(block, element, [state?.selected_option?.value], tell),
  datepicker: (block, element, state, tell) => picker("date", state?.selected_date, tell),
  timepicker: (block, element, state, tell) => picker("time", state?.selected_time, tell),
  datetimepicker: (block, element, state, tell) =>
    picker("datetime-local", state?.selected_date_time && toLocal(state.selected_date_time), (text) => tell(text ? fromLocal(text) : null)),
  external_select: external,
  multi_external_select: external,
};

const values = (state) => (state?.selected_options ?? []).map((option) => option.value);
const users = () => [{ items: active().map((user) => ({ value: user.id, label: user.name })) }];
const rooms = (kind) => [{
  items: conversations().filter((room) => (kind ? room.kind === kind : true)).map((room) => ({ value: room.id, label: room.kind === "im" ? room.name : `#${room.name}` })),
}];

function options(element) {
  const items = (list) => list.map((option) => ({ value: option.value, label: plain(option.text), note: option.description && plain(option.description) }));
  if (element.option_groups) return element.option_groups.map((group) => ({ label: plain(group.label), items: items(group.options) }));
  return [{ items: items(element.options) }];
}

export function field(block, element, surface, names) {
  const state = surface.values?.[block.block_id]?.[element.action_id];
  const tell = (value) => surface.fill(block, element, value);
  const node = BUILD[element.type]?.(block, element, state, tell, surface) ?? el("span", {}, element.type);
  const focus = node.matches("input, select, textarea") ? node : node.querySelector("input, select, textarea, summary");
  for (const target of new Set([node.matches("fieldset") ? node : focus])) {
    if (names.labelledby) target?.setAttribute("aria-labelledby", names.labelledby);
    if (names.describedby) target?.setAttribute("aria-describedby", names.describedby);
    if (names.label) target?.setAttribute("aria-label", names.label);
  }
  if (element.focus_on_load) focus?.setAttribute("autofocus", "");
  node.dataset.actionId = element.action_id;
  return node;
}

function typed(block, element, state, tell) {
  const facts = {
    class: "text-field",
    placeholder: element.placeholder && plain(element.placeholder),
    maxlength: element.numeric ? undefined : (element.max_length ?? 3000),
    value: state?.value ?? "",
    autocomplete: "off",
    data: { field: element.action_id },
    on: { change: () => tell(entry.value || null), input: () => count(entry, element, counter) },
  };
  if (element.numeric) Object.assign(facts, { inputmode: element.is_decimal_allowed ? "decimal" : "numeric" });
  if (element.kind) facts.type = element.kind === "email" ? "text" : "url";
  const entry = element.multiline ? el("textarea", { ...facts, rows: "5" }) : el("input", { type: "text", ...facts });
  const counter = el("span", { class: "counter", hidden: true });
  count(entry, element, counter);
  return el("div", { class: "text-entry" }, entry, counter);
}

function count(entry, element, counter) {
  const longest = element.max_length ?? 3000;
  counter.hidden = !element.max_length && entry.value.length < longest * 0.8;
  counter.textContent = say("characters", { n: entry.value.length, max: longest });
}

function rich(block, element, state, tell) {
  const section = (text) => ({ type: "rich_text", elements: [{ type: "rich_text_section", elements: [{ type: "text", text }] }] });
  const known = state?.rich_text_value?.elements?.flatMap((part) => part.elements.map((piece) => piece.text ?? "")).join("") ?? "";
  const entry = el("textarea", { class: "text-field", rows: "4", value: known, data: { field: element.action_id }, on: { change: () => tell(entry.value ? section(entry.value) : null) } });
  return entry;
}

function menu(groups, chosen, element, tell) {
  const select = el("select", { class: "select", data: { field: element.action_id }, on: { change: () => tell(select.value || null) } });
  select.append(el("option", { value: "", selected: !chosen }, element.placeholder ? plain(element.placeholder) : say("choose")));
  for (const group of groups) {
    const items = group.items.map((item) => el("option", { value: item.value, selected: item.value === chosen, title: item.note }, item.label));
    select.append(...(group.label ? [el("optgroup", { label: group.label }, items)] : items));
  }
  return select;
}

function many(groups, chosen = [], element, tell) {
  const picked = new Set(chosen);
  const summary = el("summary", { class: "select" });
  const title = () => {
    const labels = groups.flatMap((group) => group.items).filter((item) => picked.has(item.value)).map((item) => item.label);
    summary.textContent = labels.join(", ") || (element.placeholder ? plain(element.placeholder) : say("choose"));
  };
  const box = (item) => el("label", { class: "many-item" },
    el("input", { type: "checkbox", value: item.value, checked: picked.has(item.value), on: { change: (event) => {
      picked[event.target.checked ? "add" : "delete"](item.value);
      title();
      tell([...picked]);
    } } }), item.label);
  title();
  return el("details", { class: "many" }, summary, el("div", { class: "many-list" },
    groups.map((group) => [group.label && el("p", { class: "many-group" }, group.label), group.items.map(box)])));
}

function boxes(block, element, chosen, tell) {
  const single = element.type === "radio_buttons";
  const name = `r-${block.block_id}-${element.action_id}-${Math.random()}`;
  const set = el("fieldset", { class: "boxes" });
  const tellAll = () => {
    const on = [...set.querySelectorAll("input:checked")].map((box) => box.value);
    tell(single ? (on[0] ?? null) : on);
  };
  for (const option of element.options) {
    set.append(el("label", { class: "box" },
      el("input", { type: single ? "radio" : "checkbox", name, value: option.value, checked: chosen.includes(option.value), on: { change: tellAll } }),
      el("span", { class: "box-label" }, textNodes(option.text), option.description && el("small", {}, textNodes(option.description)))));
  }
  return set;
}

function picker(type, value, tell) {
  const entry = el("input", { type, class: "picker", value: value ?? "", on: { change: () => tell(entry.value || null) } });
  return entry;
}
