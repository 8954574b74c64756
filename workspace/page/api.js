// The control API, seen from the page.

export class Refused extends Error {
  constructor(error, detail) {
    super(detail || error);
    this.error = error;
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
  return read(await fetch(`control/${path}?${search}`));
}

async function send(method, path, body) {
  const headers = { "Content-Type": "application/json" };
  return read(await fetch(`control/${path}`, { method, headers, body: JSON.stringify(body) }));
}

export const act = (path, body = {}) => send("POST", path, body);

export async function remove(path) {
  return read(await fetch(`control/${path}`, { method: "DELETE" }));
}

// Calls `news` with each batch of changes; reconnects by itself. Returns a function that stops it.
export function listen(user, news) {
  const source = new EventSource(`control/stream?${new URLSearchParams({ user })}`);
  source.addEventListener("message", (event) => news(JSON.parse(event.data)));
  source.addEventListener("open", () => news([{ kind: "connected" }]));
  return () => source.close();
}
