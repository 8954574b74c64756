// The control API, seen from the page.

import { byId } from "./dom.js";

export class Refused extends Error {
  constructor(error, detail) {
    super(detail || error);
    this.error = error;
  }
}

// The workspace does not answer at all. The stream reconnects by itself and then redraws everything,
// so nobody needs to handle this one.
export class Lost extends Error {}

window.addEventListener("unhandledrejection", (event) => {
  if (event.reason instanceof Lost) event.preventDefault();
});

function offline(is) {
  byId("offline").hidden = !is;
}

async function reach(path, options) {
  try {
    const response = await fetch(`control/${path}`, options);
    offline(false);
    return response;
  } catch (error) {
    offline(true);
    throw new Lost(error.message);
  }
}

async function read(response) {
  const answer = await response.json().catch(() => ({ error: String(response.status), detail: "" }));
  if (!response.ok) throw new Refused(answer.error, answer.detail);
  return answer;
}

export async function look(path, query = {}) {
  const given = Object.entries(query).filter(([, value]) => value !== undefined && value !== null && value !== "");
  const search = new URLSearchParams(given);
  return read(await reach(`${path}?${search}`));
}

async function send(method, path, body) {
  const headers = { "Content-Type": "application/json" };
  return read(await reach(path, { method, headers, body: JSON.stringify(body) }));
}

export const act = (path, body = {}) => send("POST", path, body);

export async function remove(path) {
  return read(await reach(path, { method: "DELETE" }));
}

// Calls `news` with each batch of changes; reconnects by itself. Returns a function that stops it.
export function listen(user, news) {
  const source = new EventSource(`control/stream?${new URLSearchParams({ user })}`);
  source.addEventListener("message", (event) => news(JSON.parse(event.data)));
  source.addEventListener("open", () => news([{ kind: "connected" }]));
  source.addEventListener("error", () => offline(true));
  return () => source.close();
}
