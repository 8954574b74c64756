// Slack's mrkdwn as elements: bold, italic, strike, code, quotes, links, mentions, dates.

import { dateText, full } from "./dates.js";
import { el } from "./dom.js";
import { withEmoji } from "./emoji.js";
import { channelName, groupName, isMe, userName } from "./directory.js";

const ENTITIES = { "&lt;": "<", "&gt;": ">", "&amp;": "&" };
export const unescape = (text) => text.replace(/&(?:lt|gt|amp);/g, (entity) => ENTITIES[entity]);

// A plain_text object's text.
export const plain = (object) => (object.emoji === false ? unescape(object.text) : withEmoji(unescape(object.text)));

// A text object of either kind, as a list of nodes.
export function textNodes(object) {
  return object.type === "mrkdwn" ? mrkdwn(object.text) : lines([plain(object)]);
}

export function mrkdwn(text) {
  const nodes = [];
  for (const [index, part] of text.split(/```/).entries()) {
    const closed = index % 2 === 1;
    if (closed) nodes.push(el("pre", {}, unescape(part.replace(/^\n/, ""))));
    else nodes.push(...quotes(part));
  }
  return nodes;
}

function quotes(text) {
  const nodes = [];
  let quoted = [];
  const flush = () => {
    if (quoted.length) nodes.push(el("blockquote", {}, inline(quoted.join("\n"))));
    quoted = [];
  };
  const rows = text.split("\n");
  rows.forEach((row, index) => {
    const match = /^(?:&gt;|>)\s?(.*)$/.exec(row);
    if (match) return quoted.push(match[1]);
    flush();
    nodes.push(...inline(row));
    if (index < rows.length - 1 && !/^(?:&gt;|>)/.test(rows[index + 1])) nodes.push(el("br"));
  });
  flush();
  return nodes;
}

const SPANS = [
  [/`([^`\n]+)`/, (body) => el("code", {}, unescape(body.replace(/<([^>|]+)(?:\|([^>]+))?>/g, (_, url, label) => label ?? url)))],
  [/<([^<>\n]+)>/, (body) => special(body)],
  [/(?<![\p{L}\p{N}])\*(?=\S)([^*\n]*[^*\s])\*(?![\p{L}\p{N}])/u, (body) => el("strong", {}, inline(body))],
  [/(?<![\p{L}\p{N}])_(?=\S)([^_\n]*[^_\s])_(?![\p{L}\p{N}])/u, (body) => el("em", {}, inline(body))],
  [/(?<![\p{L}\p{N}])~(?=\S)([^~\n]*[^~\s])~(?![\p{L}\p{N}])/u, (body) => el("s", {}, inline(body))],
];

function inline(text) {
  let first = null;
  for (const [pattern, build] of SPANS) {
    const match = pattern.exec(text);
    if (match && (first === null || match.index < first.match.index)) first = { match, build };
  }
  if (first === null) return lines([withEmoji(unescape(text))]);
  const { match, build } = first;
  const before = text.slice(0, match.index);
  const after = text.slice(match.index + match[0].length);
  return [...(before ? inline(before) : []), build(match[1]), ...(after ? inline(after) : [])];
}

function lines(texts) {
  return texts.flatMap((text) => text.split("\n").flatMap((row, index) => (index ? [el("br"), row] : [row])));
}

// What stands between < and >: a mention, a broadcast, a date or a link.
function special(body) {
  const [target, label] = split(body);
  if (target.startsWith("@")) return mention(target.slice(1), label);
  if (target.startsWith("#")) return el("span", { class: "mention" }, `#${label ?? channelName(target.slice(1))}`);
  if (target.startsWith("!date^")) return date(target, label);
  if (target.startsWith("!subteam^")) return el("span", { class: "mention" }, label ?? `@${groupName(target.slice(9))}`);
  if (target.startsWith("!")) return el("span", { class: "mention broadcast" }, `@${target.slice(1)}`);
  return link(unescape(target), label === undefined ? undefined : inline(label));
}

function split(body) {
  const bar = body.indexOf("|");
  return bar < 0 ? [body, undefined] : [body.slice(0, bar), body.slice(bar + 1)];
}

export function mention(user, label) {
  return el("span", { class: isMe(user) ? "mention mention-me" : "mention" }, `@${userName(user) ?? label ?? user}`);
}

export function link(url, label) {
  if (!/^(https?:|mailto:)/i.test(url)) return el("span", {}, label ?? url);
  return el("a", { href: url, target: "_blank", rel: "noreferrer noopener", title: url }, label ?? url.replace(/^mailto:/, ""));
}

function date(target, label) {
  const [, seconds, pattern, href] = target.split("^");
  const text = dateText(Number(seconds), pattern ?? "");
  if (text === null) return el("span", {}, unescape(label ?? ""));
  const moment = el("time", { title: full(Number(seconds)), class: "moment" }, text);
  return href ? link(href, moment) : moment;
}
