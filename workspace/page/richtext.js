// rich_text blocks: sections, lists, quotes, preformatted text. Their text is never parsed.

import { dateText, full } from "./dates.js";
import { channelName, groupName } from "./directory.js";
import { el } from "./dom.js";
import { emoji } from "./emoji.js";
import { link, mention } from "./mrkdwn.js";

const STYLES = { bold: "strong", italic: "em", strike: "s", code: "code", underline: "u" };

function styled(nodes, style) {
  return Object.entries(STYLES).reduce((inner, [name, tag]) => (style?.[name] ? [el(tag, {}, inner)] : inner), nodes);
}

function rows(text) {
  return text.split("\n").flatMap((row, index) => (index ? [el("br"), row] : [row]));
}

const INLINE = {
  text: (part) => styled(rows(part.text), part.style),
  link: (part) => styled([link(part.url, part.text || undefined)], part.style),
  emoji: (part) => [emoji(part.name) ?? `:${part.name}:`],
  user: (part) => [mention(part.user_id)],
  channel: (part) => [el("span", { class: "mention" }, `#${channelName(part.channel_id)}`)],
  usergroup: (part) => [el("span", { class: "mention" }, `@${groupName(part.usergroup_id)}`)],
  broadcast: (part) => [el("span", { class: "mention broadcast" }, `@${part.range}`)],
  team: (part) => [el("span", { class: "mention" }, part.team_id)],
  date: (part) => [el("time", { class: "moment", title: full(part.timestamp) }, dateText(part.timestamp, part.format) ?? part.fallback ?? "")],
  color: (part) => [el("code", {}, part.value)],
};

const inline = (elements) => elements.flatMap((part) => INLINE[part.type]?.(part) ?? []);

const PARTS = {
  rich_text_section: (part) => el("div", { class: "rich-section" }, inline(part.elements)),
  rich_text_quote: (part) => el("blockquote", {}, inline(part.elements)),
  rich_text_preformatted: (part) => el("pre", {}, inline(part.elements)),
  rich_text_list: list,
};

function list(part) {
  const items = part.elements.map((item) => el("li", {}, inline(item.elements)));
  const facts = { class: `rich-list indent-${part.indent ?? 0}` };
  if (part.style === "ordered" && part.offset) facts.start = part.offset + 1;
  return el(part.style === "ordered" ? "ol" : "ul", facts, items);
}

export function richText(block) {
  return block.elements.map((part) => PARTS[part.type]?.(part));
}
