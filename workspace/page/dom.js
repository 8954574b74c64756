// Builds the page's elements. Text always becomes text nodes, never markup.

const SVG = "http://www.w3.org/2000/svg";

const ICONS = {
  hash: "M6 2 4.5 14M11.5 2 10 14M2 5.5h12M1.8 10.5h12",
  lock: "M4 7V5a4 4 0 0 1 8 0v2M3 7h10v7H3z",
  eye: "M1 8s2.5-4.5 7-4.5S15 8 15 8s-2.5 4.5-7 4.5S1 8 1 8zm7-2a2 2 0 1 0 0 4 2 2 0 0 0 0-4z",
  warning: "M8 2 15 14H1zM8 6.5v3.5M8 12v.3",
  braces: "M6 2.5c-2 0-2 1-2 2.5s0 2.5-2 3c2 .5 2 1.5 2 3s0 2.5 2 2.5M10 2.5c2 0 2 1 2 2.5s0 2.5 2 3c-2 .5-2 1.5-2 3s0 2.5-2 2.5",
  thread: "M14 10a2 2 0 0 1-2 2H6l-4 3V4a2 2 0 0 1 2-2h8a2 2 0 0 1 2 2z",
  close: "M3.5 3.5l9 9M12.5 3.5l-9 9",
  back: "M10 3 5 8l5 5",
  down: "M4 6l4 4 4-4",
  more: "M8 3.5v.1M8 8v.1M8 12.5v.1",
  log: "M3 4h10M3 8h10M3 12h6",
  storm: "M9 1 3 9h4l-1 6 7-9H8.5z",
  send: "M2 2.5 14.5 8 2 13.5 4 8zM4 8h6",
  check: "M3 8.5 6.5 12 13 4.5",
  home: "M2 8l6-5.5L14 8M3.5 7v6.5h9V7",
};

// el("p", {class: "x", data: {ts: "1"}, on: {click: f}, hidden: true}, "text", child, [more])
export function el(tag, facts = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(facts)) {
    if (value === undefined || value === null || value === false) continue;
    if (name === "on") for (const [kind, act] of Object.entries(value)) node.addEventListener(kind, act);
    else if (name === "data") Object.assign(node.dataset, defined(value));
    else if (name === "value" || name === "checked" || name === "selected") node[name] = value;
    else node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children.flat(4).filter((child) => child !== null && child !== undefined && child !== false));
  return node;
}

function defined(values) {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined && value !== null));
}

export function icon(name, label) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "0 0 16 16");
  svg.setAttribute("class", `icon icon-${name}`);
  if (label) {
    svg.setAttribute("role", "img");
    svg.setAttribute("aria-label", label);
  } else {
    svg.setAttribute("aria-hidden", "true");
  }
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", ICONS[name]);
  svg.append(path);
  return svg;
}

const TINTS = ["plum", "teal", "amber", "rose", "blue", "moss", "clay", "slate"];

// A square with initials whose tint follows from the id, or the app's own mark.
export function avatar(name, id, isApp) {
  if (isApp) return el("span", { class: "avatar avatar-app", "aria-hidden": "true" }, icon("check"));
  const initials = name.split(/\s+/).slice(0, 2).map((word) => word[0] ?? "").join("");
  const tint = TINTS[[...(name + id)].reduce((sum, letter) => ((sum ^ letter.charCodeAt(0)) * 16777619) >>> 0, 2166136261) % TINTS.length];
  return el("span", { class: `avatar tint-${tint}`, "aria-hidden": "true" }, initials);
}

export const byId = (id) => document.getElementById(id);
