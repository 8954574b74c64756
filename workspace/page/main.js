// Puts the page together: who looks, at what, and what changes.

import { act, listen, look, Refused } from "./api.js";
import { blocks } from "./blocks.js";
import { dayName, dayOf, watch } from "./dates.js";
import * as directory from "./directory.js";
import { avatar, byId, el, icon } from "./dom.js";
import { message } from "./message.js";
import * as modal from "./modal.js";
import * as panel from "./panel.js";
import { drawSide, drawTop } from "./chrome.js";
import { say, speak, warning } from "./words.js";

const page = { state: null, user: null, channels: [], room: null, tab: "messages", stop: null, nodes: new Map(), seen: new Map() };

const query = new URLSearchParams(location.search);

async function begin() {
  page.state = await look("state");
  const wanted = query.get("user") ?? localStorage.getItem("workspace.user");
  await become(find(wanted) ?? firstToSee(), query.get("view"));
}

const find = (wanted) => page.state.users.find((user) => !user.is_bot && !user.deleted && [user.id, user.email].includes(wanted));
const firstToSee = () => page.state.users.find((user) => !user.is_bot && !user.deleted);

// Look through another person's eyes, at `view`: dm, home, or a channel's name or id.
async function become(user, view) {
  if (!user) return byId("messages").replaceChildren(el("li", { class: "empty" }, say("nobody")));
  page.stop?.();
  page.user = user;
  page.nodes.clear();
  localStorage.setItem("workspace.user", user.id);
  speak(user.locale);
  watch(user, page.state.now);
  modal.beSeenBy(user.id);
  panel.close();
  await readChannels();
  await go(view ?? "dm");
  page.stop = listen(user.id, (changes) => news(changes));
}

async function readChannels() {
  const { channels } = await look("channels", { user: page.user.id });
  page.channels = channels;
  directory.know(page.state, page.user.id, channels);
}

async function go(view) {
  const app = page.channels.find((room) => room.kind === "im");
  const bare = view.replace(/^#/, "");
  const room = page.channels.find((one) => one.kind !== "im" && (one.id === view || one.name === bare));
  page.tab = view === "home" ? "home" : "messages";
  page.room = room ?? app ?? null;
  if (!room) view = page.tab === "home" ? "home" : "dm";
  remember(room ? room.name || room.id : view);
  if (!room && !page.user.is_stranger) await act("home/open", { user: page.user.id, tab: page.tab, settle: 0 }).catch(ignore);
  if (!room && !app) await readChannels();
  page.room ??= page.channels.find((one) => one.kind === "im") ?? page.channels[0] ?? null;
  await draw();
}

const ignore = (error) => { if (!(error instanceof Refused)) throw error; };

function remember(view) {
  const url = new URL(location.href);
  url.searchParams.set("user", page.user.email);
  url.searchParams.set("view", view);
  history.replaceState(null, "", url);
}

async function draw() {
  drawTop(page, { become, openPanel });
  drawSide(page, { go });
  drawHead();
  drawComposer();
  await Promise.all([drawBody(), modal.refresh(), panel.refresh()]);
  document.body.dataset.ready = "true";
}

function drawHead() {
  const room = page.room;
  const isApp = room?.kind === "im";
  const tab = (name, label, view) => el("button", { type: "button", class: "tab", "aria-current": page.tab === name ? "page" : undefined, data: { tab: name }, on: { click: () => go(view) } }, label);
  byId("head").replaceChildren(
    el("div", { class: "head-title" }, isApp ? avatar("", "", true) : icon(room?.kind === "group" ? "lock" : "hash"), el("h1", {}, room?.name ?? "")),
    isApp ? el("div", { class: "tabs" }, tab("home", say("home"), "home"), tab("messages", say("tab_messages"), "dm")) : el("p", { class: "topic" }, room ? room.topic || say(room.kind === "group" ? "private" : "public") : ""));
  document.title = `${room?.name ?? ""} · ${page.user.name}`;
}

async function drawBody() {
  const atHome = page.tab === "home";
  byId("home").hidden = !atHome;
  byId("messages").hidden = atHome;
  byId("composer").hidden = atHome;
  await (atHome ? drawHome() : drawMessages());
}

async function drawHome() {
  const { view } = await look("home", { user: page.user.id });
  const home = byId("home");
  if (!view) return home.replaceChildren(el("p", { class: "empty" }, say("home_empty")));
  if (home.dataset.view === view.id && home.dataset.hash === view.hash && home.dataset.locale === page.user.locale) return;
  Object.assign(home.dataset, { view: view.id, hash: view.hash, locale: page.user.locale });
  const line = el("p", { class: "message-warning", role: "alert", hidden: true });
  const send = async (block, element, value) => {
    const outcome = await act("home/click", { user: page.user.id, action_id: element.action_id, block_id: block.block_id, value, settle: 0 });
    line.hidden = !outcome.warning;
    line.replaceChildren(...(outcome.warning ? [icon("warning"), warning(outcome.warning)] : []));
  };
  home.replaceChildren(line, el("div", { class: "home-view" }, blocks(view.blocks, { key: view.id, values: view.state.values, act: send, fill: send, suggest: async (block, element, value) => (await act("suggest", { user: page.user.id, home: true, action_id: element.action_id, block_id: block.block_id, value })).options ?? {} })));
}

async function drawMessages() {
  const room = page.room;
  const list = byId("messages");
  if (!room) return list.replaceChildren();
  const { messages } = await look("messages", { user: page.user.id, channel: room.id });
  if (page.room !== room) return;
  const top = messages.filter((shown) => !shown.body.thread_ts || shown.body.thread_ts === shown.ts || shown.ephemeral || shown.body.subtype === "thread_broadcast");
  const scroll = byId("scroll");
  const atEnd = scroll.scrollHeight - scroll.scrollTop - scroll.clientHeight < 80;
  list.replaceChildren(...withDays(top));
  list.dataset.channel = room.id;
  if (!top.length) list.append(el("li", { class: "empty" }, say("channel_empty")));
  if (atEnd || page.seen.get(room.id) === undefined) scroll.scrollTop = scroll.scrollHeight;
  page.seen.set(room.id, top.at(-1)?.ts ?? "");
  drawSide(page, { go });
}

// Messages keep their elements, and so the focus and half-made choices, until they change.
function withDays(messages) {
  let day = "";
  return messages.flatMap((shown) => {
    const today = dayOf(Number(shown.ts));
    const line = today === day ? [] : [el("li", { class: "day" }, el("span", {}, dayName(Number(shown.ts))))];
    day = today;
    const key = `${shown.channel} ${shown.ts} ${shown.revision} ${shown.body.reply_count ?? 0} ${page.user.locale}`;
    const node = page.nodes.get(key) ?? el("li", {}, message(shown, page.user.id, tools()));
    page.nodes.set(key, node);
    return [...line, node];
  });
}

function tools() {
  return {
    openThread: (shown) => openPanel("thread", { user: page.user.id, channel: shown.channel, ts: shown.body.thread_ts ?? shown.ts, reply: (text, ts) => write(text, ts), tools: tools() }),
    openRaw: (shown) => openPanel("raw", { shown }),
    shortcuts: page.state.shortcuts.filter((shortcut) => shortcut.type === "message"),
    runShortcut,
  };
}

const openPanel = (kind, facts) => panel.show(kind, facts);

function drawComposer() {
  const room = page.room;
  const form = byId("composer");
  if (!room || room.is_archived || !room.is_member) {
    return form.replaceChildren(el("p", { class: "composer-note" }, room ? say(room.is_archived ? "archived" : "read_only") : ""));
  }
  const label = say("write", { name: room.kind === "im" ? room.name : `#${room.name}` });
  const entry = el("input", { type: "text", class: "composer-entry", placeholder: label, "aria-label": label, list: "commands" });
  const commands = el("datalist", { id: "commands" }, page.state.app.commands.map((name) => el("option", { value: `${name} ` })));
  const note = el("p", { class: "message-warning", role: "alert", hidden: true });
  form.replaceChildren(note, el("div", { class: "composer-row" }, globalShortcuts(), entry, commands, el("button", { type: "submit", class: "tool composer-send", "aria-label": say("send") }, icon("send"))));
  form.onsubmit = async (event) => {
    event.preventDefault();
    const text = entry.value.trim();
    entry.value = "";
    if (text) warn(note, await write(text));
  };
}

function globalShortcuts() {
  const shortcuts = page.state.shortcuts.filter((shortcut) => shortcut.type === "global");
  if (!shortcuts.length) return null;
  const menu = el("div", { class: "menu", id: "shortcuts", popover: true, role: "menu" }, shortcuts.map((shortcut) =>
    el("button", { type: "button", role: "menuitem", class: "menu-item", data: { shortcut: shortcut.callback_id }, on: { click: () => { menu.hidePopover(); runShortcut(shortcut); } } }, shortcut.name)));
  return el("span", {}, el("button", { type: "button", class: "tool", popovertarget: "shortcuts", "aria-label": say("shortcut"), "aria-haspopup": "menu" }, icon("storm")), menu);
}

const runShortcut = (shortcut, shown) =>
  act("shortcut", { user: page.user.id, callback_id: shortcut.callback_id, channel: shown?.channel, ts: shown?.ts, settle: 0 });

function warn(note, code) {
  note.hidden = !code;
  note.replaceChildren(...(code ? [icon("warning"), warning(code)] : []));
}

// Write a message or, after a slash, give a command; returns a warning's code or "".
async function write(text, thread) {
  const asked = { user: page.user.id, channel: page.room.id, text, settle: 0 };
  try {
    if (text.startsWith("/")) return (await act("command", asked)).warning;
    await act("say", { ...asked, thread_ts: thread });
    return "";
  } catch (error) {
    ignore(error);
    return error.error;
  }
}

const WORLD = ["directory", "clock", "reset", "connected"];
let pending = null;

// Gather changes for a moment, then redraw what they touch.
function news(changes) {
  pending ??= { kinds: new Set(), timer: setTimeout(settle, 30) };
  for (const change of changes) pending.kinds.add(change.kind);
}

async function settle() {
  const { kinds } = pending;
  pending = null;
  const world = WORLD.some((kind) => kinds.has(kind));
  if (world || kinds.has("call")) page.state = await look("state");
  if (world) {
    const same = find(page.user.id);
    if (same && (same.locale !== page.user.locale || same.tz !== page.user.tz || kinds.has("clock"))) return become(same, query.get("view"));
    page.user = same ?? page.user;
  }
  await readChannels();
  drawTop(page, { become, openPanel });
  if (["modal", "modal_closed", ...WORLD].some((kind) => kinds.has(kind))) await modal.refresh();
  if (["home", ...WORLD].some((kind) => kinds.has(kind)) && page.tab === "home") await drawHome();
  if (["message", "changed", "deleted", "ephemeral", ...WORLD].some((kind) => kinds.has(kind))) await drawBody();
  if (panel.opened()) await follow(kinds);
}

async function follow(kinds) {
  const kind = panel.opened().kind;
  const matters = { log: kinds.has("call"), thread: kinds.has("message") || kinds.has("changed"), weather: false, raw: false };
  if (matters[kind]) await panel.refresh();
}

begin();
