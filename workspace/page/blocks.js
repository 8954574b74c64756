// Layout blocks as elements. `surface` says how to act: see surface.js.

import { el } from "./dom.js";
import { field } from "./fields.js";
import { control } from "./controls.js";
import { markdown } from "./markdown.js";
import { plain, textNodes } from "./mrkdwn.js";
import { richText } from "./richtext.js";
import { say } from "./words.js";

const BUILD = {
  header: (block) => el("h3", { class: "block-header" }, plain(block.text)),
  section,
  context: (block) => el("div", { class: "block-context" }, block.elements.map(contextPart)),
  divider: () => el("hr", { class: "block-divider" }),
  actions: (block, surface) =>
    el("div", { class: "block-actions" }, block.elements.map((element) => control(block, element, surface))),
  context_actions: (block, surface) =>
    el("div", { class: "block-actions" }, block.elements.map((element) => control(block, element, surface))),
  rich_text: (block) => el("div", { class: "block-rich" }, richText(block)),
  markdown: (block) => el("div", { class: "block-markdown" }, markdown(block.text)),
  image: picture,
  input,
  table,
};

export function blocks(list, surface) {
  return (list ?? []).map((block) => {
    const node = BUILD[block.type]?.(block, surface) ?? el("div", { class: "block-unknown" }, block.type);
    node.classList.add("block");
    node.dataset.blockId = block.block_id ?? "";
    node.dataset.blockType = block.type;
    return node;
  });
}

function section(block, surface) {
  const body = el("div", { class: "section-body" });
  if (block.text) body.append(el("div", { class: "section-text" }, textNodes(block.text)));
  if (block.fields) {
    body.append(el("div", { class: "section-fields" }, block.fields.map((text) => el("div", { class: "section-field" }, textNodes(text)))));
  }
  const accessory = block.accessory && el("div", { class: "section-accessory" }, control(block, block.accessory, surface));
  return el("div", { class: "block-section" }, body, accessory);
}

function contextPart(part) {
  if (part.type === "image") return image(part, "context-image");
  return el("span", { class: "context-text" }, textNodes(part));
}

export function image(part, kind) {
  return el("img", { class: kind, src: part.image_url ?? "", alt: part.alt_text, title: part.alt_text, loading: "lazy", referrerpolicy: "no-referrer" });
}

function picture(block) {
  const caption = block.title && el("figcaption", {}, plain(block.title));
  return el("figure", { class: "block-image" }, caption, image(block, "picture"));
}

function input(block, surface) {
  const id = `f-${block.block_id}`;
  const label = el("span", { class: "input-label", id: `${id}-label` }, plain(block.label),
    block.optional && el("span", { class: "input-optional" }, ` ${say("optional")}`));
  const hint = block.hint && el("p", { class: "input-hint", id: `${id}-hint` }, plain(block.hint));
  const complaint = el("p", { class: "input-error", id: `${id}-error`, role: "alert", hidden: true });
  const entry = field(block, block.element, surface, { labelledby: `${id}-label`, describedby: `${id}-hint ${id}-error` });
  return el("div", { class: "block-input" }, label, entry, hint, complaint);
}

function table(block) {
  const align = (index) => `align-${block.column_settings?.[index]?.align ?? "left"}`;
  const cell = (tag) => (part, index) => el(tag, { class: align(index) }, cellNodes(part));
  const [head, ...rest] = block.rows;
  return el("div", { class: "block-table" }, el("table", {},
    el("thead", {}, el("tr", {}, head.map(cell("th")))),
    el("tbody", {}, rest.map((row) => el("tr", {}, row.map(cell("td")))))));
}

function cellNodes(part) {
  if (part.type === "rich_text") return richText(part);
  return [part.text ?? String(part.value ?? "")];
}

// Show errors by block_id under their fields, and put the focus on the first.
export function complain(root, errors) {
  let first = null;
  for (const node of root.querySelectorAll(".block-input")) {
    const text = errors[node.dataset.blockId];
    const line = node.querySelector(".input-error");
    line.hidden = !text;
    line.textContent = text ?? "";
    node.classList.toggle("has-error", Boolean(text));
    if (text && first === null) first = node.querySelector("input, textarea, select, button");
  }
  first?.focus();
  first?.closest(".block-input").scrollIntoView({ block: "nearest" });
}
