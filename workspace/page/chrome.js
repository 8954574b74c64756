// The bar above and the list beside: team, status, who you are, and where you can go.

import { timeIn } from "./dates.js";
import { active, teamOf } from "./directory.js";
import { avatar, byId, el, icon } from "./dom.js";
import { count, say } from "./words.js";

export function drawTop(page, { become, openPanel }) {
  const team = teamOf(page.user.team);
  byId("team").replaceChildren(el("span", { class: "team-mark", "aria-hidden": "true" }, (team?.name ?? "?")[0]), el("strong", {}, team?.name ?? ""), el("span", { class: "team-note" }, say("local_slack")));
  drawStatus(page.state, openPanel);
  byId("whoami").replaceChildren(avatar(page.user.name, page.user.id), el("span", { class: "who-name" }, page.user.name), el("span", { class: "who-note" }, note(page.user)), icon("down"));
  byId("whoami").setAttribute("aria-label", `${say("signed_in_as")} ${page.user.name}`);
  byId("whoami").dataset.user = page.user.id;
  drawPeople(page, become);
}

function note(user) {
  return `${language(user)} · ${timeIn(user.tz, user.locale)}`;
}

function language(user) {
  return new Intl.DisplayNames([user.locale], { type: "language", languageDisplay: "standard" }).of(user.locale);
}

function drawStatus(state, openPanel) {
  const way = state.sockets ? say("sockets", { n: state.sockets }) : say(state.request_url ? "http" : "no_way");
  const out = state.out_until > state.now;
  const chip = (panel, name, ...content) => el("button", { type: "button", class: "chip-button", data: { open: panel }, title: say(name), "aria-label": panel === "weather" ? say(name) : undefined, on: { click: () => openPanel(panel, {}) } }, content);
  byId("status").replaceChildren(
    el("span", { class: out || way === say("no_way") ? "way way-bad" : "way" }, out ? say("out") : way),
    state.frozen && el("span", { class: "way" }, say("frozen")) || "",
    chip("log", "log", icon("log"), count("calls", state.calls.total), state.calls.refused > 0 && el("span", { class: "refused" }, count("refused", state.calls.refused))),
    chip("weather", "weather", icon("storm"), state.faults.length ? String(state.faults.length) : ""));
}

function drawPeople(page, become) {
  const list = byId("people");
  const row = (user) => el("button", {
    type: "button", class: "person", "aria-current": user.id === page.user.id ? "true" : undefined, data: { user: user.id },
    on: { click: () => { list.hidePopover(); become(user, page.tab === "home" ? "home" : page.room?.kind === "im" ? "dm" : page.room?.name ?? "dm"); } },
  }, avatar(user.name, user.id), el("span", { class: "person-name" }, user.name, flags(user)), el("span", { class: "person-note" }, `${page.state.teams.length > 1 ? `${user.team_name} · ` : ""}${user.email}`),
    el("span", { class: "person-note" }, `${note(user)} · ${user.tz}`));
  list.replaceChildren(el("h2", {}, say("people")), ...active().map(row));
}

function flags(user) {
  const kinds = [user.is_guest && "guest", user.is_stranger && "stranger"].filter(Boolean);
  return kinds.map((kind) => el("span", { class: "badge" }, say(kind)));
}

export function drawSide(page, { go }) {
  const rooms = page.channels.filter((room) => room.kind !== "im");
  const apps = page.channels.filter((room) => room.kind === "im");
  const link = (view, current, fresh, mark, text) => el("button", {
    type: "button", class: fresh ? "side-link has-news" : "side-link", "aria-current": current ? "page" : undefined, title: text, data: { view }, on: { click: () => go(view) },
  }, mark, el("span", {}, text));
  const isNew = (room) => page.seen.has(room.id) && room.newest > page.seen.get(room.id);
  const appLink = (room) =>
    link("dm", page.room?.kind === "im" && page.tab === "messages", room ? isNew(room) : false, avatar("", "", true), room?.name ?? page.state.app.name);
  const hasApp = apps.length || !page.user.is_stranger;
  byId("side").replaceChildren(
    el("h2", {}, say("channels")),
    ...rooms.map((room) => link(room.name, page.room?.id === room.id, isNew(room), icon(room.kind === "group" ? "lock" : "hash"), room.name)),
    ...(hasApp ? [el("h2", {}, say("apps")), appLink(apps[0]), link("home", page.tab === "home", false, icon("home"), say("home"))] : []));
}
