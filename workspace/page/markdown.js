// The markdown block: headings, lists, quotes, fences, tables and inline styles.

import { el } from "./dom.js";
import { withEmoji } from "./emoji.js";
import { link } from "./mrkdwn.js";

const SPANS = [
  [/`([^`]+)`/, (match) => el("code", {}, match[1])],
  [/!?\[([^\]]*)\]\(([^)\s]+)\)/, (match) => link(match[2], match[1] || undefined)],
  [/\*\*(.+?)\*\*|__(.+?)__/, (match) => el("strong", {}, inline(match[1] ?? match[2]))],
  [/(?<![\w*])[*_](?=\S)(.+?)(?<=\S)[*_](?![\w*])/, (match) => el("em", {}, inline(match[1]))],
  [/~~(.+?)~~/, (match) => el("s", {}, inline(match[1]))],
];

function inline(text) {
  let first = null;
  for (const [pattern, build] of SPANS) {
    const match = pattern.exec(text);
    if (match && (first === null || match.index < first.match.index)) first = { match, build };
  }
  if (first === null) return [withEmoji(text)];
  const { match, build } = first;
  return [...inline(text.slice(0, match.index)), build(match), ...inline(text.slice(match.index + match[0].length))];
}

const cells = (row) => row.replace(/^\||\|$/g, "").split("|").map((cell) => cell.trim());

// Each rule takes as many rows from the front as it understands and builds one element of them.
const RULES = [
  [/^```/, fence],
  [/^#{1,6}\s/, (rows) => {
    const [, marks, text] = /^(#+)\s+(.*)$/.exec(rows.shift());
    return el("p", { class: `md-heading md-${marks.length}` }, inline(text));
  }],
  [/^>/, (rows) => el("blockquote", {}, paragraphs(take(rows, /^>/).map((row) => row.replace(/^>\s?/, ""))))],
  [/^\s*[-*+]\s/, (rows) => el("ul", {}, take(rows, /^\s*[-*+]\s/).map((row) => el("li", {}, inline(row.replace(/^\s*[-*+]\s+/, "")))))],
  [/^\s*\d+[.)]\s/, (rows) => el("ol", {}, take(rows, /^\s*\d+[.)]\s/).map((row) => el("li", {}, inline(row.replace(/^\s*\d+[.)]\s+/, "")))))],
  [/^\|.*\|\s*$/, table],
  [/^(-{3,}|\*{3,})\s*$/, (rows) => rows.shift() && el("hr")],
];

function take(rows, pattern) {
  const taken = [];
  while (rows.length && pattern.test(rows[0])) taken.push(rows.shift());
  return taken;
}

function fence(rows) {
  rows.shift();
  const body = [];
  while (rows.length && !/^```/.test(rows[0])) body.push(rows.shift());
  rows.shift();
  return el("pre", {}, body.join("\n"));
}

function table(rows) {
  const taken = take(rows, /^\|.*\|\s*$/).map(cells);
  const body = taken.filter((row) => !row.every((cell) => /^:?-+:?$/.test(cell)));
  const [head, ...rest] = body;
  return el("table", {}, el("thead", {}, el("tr", {}, head.map((cell) => el("th", {}, inline(cell))))),
    el("tbody", {}, rest.map((row) => el("tr", {}, row.map((cell) => el("td", {}, inline(cell)))))));
}

function paragraphs(rows) {
  const nodes = [];
  while (rows.length) {
    const rule = RULES.find(([pattern]) => pattern.test(rows[0]));
    if (rule) nodes.push(rule[1](rows));
    else if (!rows[0].trim()) rows.shift();
    else nodes.push(paragraph(rows));
  }
  return nodes;
}

function paragraph(rows) {
  const taken = [];
  while (rows.length && rows[0].trim() && !RULES.some(([pattern]) => pattern.test(rows[0]))) taken.push(rows.shift());
  return el("p", {}, taken.flatMap((row, index) => [...(index ? [el("br")] : []), ...inline(row)]));
}

export const markdown = (text) => paragraphs(text.split("\n"));
