// One message: author, time, text or blocks, attachments, and what can be done with it.

import { act, Refused } from "./api.js";
import { blocks } from "./blocks.js";
import { clock, full } from "./dates.js";
import { avatar, el, icon } from "./dom.js";
import { mrkdwn } from "./mrkdwn.js";
import { count, say, warning } from "./words.js";

const NAMED = { good: "#2eb886", warning: "#daa038", danger: "#a30200" };

export function message(shown, user, tools) {
  const { body } = shown;
  const surface = surfaceOf(shown, user);
  const parts = [
    body.blocks?.length ? blocks(body.blocks, surface) : el("div", { class: "message-text" }, mrkdwn(body.text ?? "")),
    (body.attachments ?? []).map((attachment) => attached(attachment, surface)),
  ];
  const node = el("article", {
    class: shown.ephemeral ? "message message-ephemeral" : "message",
    "aria-label": `${shown.author}, ${full(Number(shown.ts))}`,
    data: { messageTs: shown.ts, channel: shown.channel, revision: shown.revision, ephemeral: shown.ephemeral || undefined },
  },
    el("div", { class: "gutter" }, avatar(shown.author || "?", body.user ?? "", shown.by_bot)),
    el("div", { class: "message-main" },
      shown.ephemeral && el("div", { class: "ephemeral-note" }, icon("eye"), say("only_you")),
      heading(shown),
      el("div", { class: "message-body" }, parts),
      el("div", { class: "message-warning", role: "alert", hidden: true }),
      foot(shown, tools)),
    toolbar(shown, tools));
  surface.node = node;
  return node;
}

function heading(shown) {
  const seconds = Number(shown.ts);
  const bare = shown.by_bot && !shown.body.text;
  return el("div", { class: "message-head" },
    el("span", { class: "author" }, shown.author),
    shown.by_bot && el("span", { class: "badge" }, say("app")),
    el("time", { class: "when", title: full(seconds), datetime: new Date(seconds * 1000).toISOString() }, clock(seconds)),
    shown.body.edited && el("span", { class: "edited", title: full(Number(shown.body.edited.ts)) }, say("edited")),
    bare && el("span", { class: "badge badge-bad", data: { noText: "" } }, say("no_text")));
}

function foot(shown, tools) {
  const replies = shown.body.reply_count;
  if (!replies || !tools.openThread) return null;
  return el("button", { type: "button", class: "replies", on: { click: () => tools.openThread(shown) } }, icon("thread"), count("replies", replies));
}

function toolbar(shown, tools) {
  const tool = (name, label, run) =>
    run && el("button", { type: "button", class: "tool", title: say(label), "aria-label": say(label), data: { tool: label }, on: { click: () => run(shown) } }, icon(name));
  return el("div", { class: "toolbar" },
    !shown.ephemeral && tool("thread", "reply", tools.openThread),
    tool("braces", "raw", tools.openRaw),
    (tools.shortcuts ?? []).map((shortcut) => el("button", { type: "button", class: "tool tool-text", data: { shortcut: shortcut.callback_id }, on: { click: () => tools.runShortcut(shortcut, shown) } }, shortcut.name)));
}

function attached(attachment, surface) {
  const node = el("div", { class: "attachment" },
    attachment.pretext && el("div", { class: "message-text" }, mrkdwn(attachment.pretext)),
    el("div", { class: "attachment-body" },
      attachment.author_name && el("div", { class: "attachment-author" }, attachment.author_name),
      attachment.title && el("div", { class: "attachment-title" }, mrkdwn(attachment.title)),
      attachment.text && el("div", { class: "message-text" }, mrkdwn(attachment.text)),
      attachment.fields && el("div", { class: "section-fields" }, attachment.fields.map((field) =>
        el("div", { class: "section-field" }, el("strong", {}, field.title), el("br"), mrkdwn(field.value ?? "")))),
      blocks(attachment.blocks, surface),
      attachment.footer && el("div", { class: "block-context" }, mrkdwn(attachment.footer))));
  const colour = NAMED[attachment.color] ?? (attachment.color ? `#${attachment.color.replace("#", "")}` : "");
  if (colour) node.style.setProperty("--bar", colour);
  return node;
}

// How things in a message act: on the click route, with warnings shown beside the buttons.
function surfaceOf(shown, user) {
  const surface = {
    key: shown.ts.replace(".", "-"),
    values: shown.values ?? {},
    node: null,
    act: async (block, element, value) => {
      await surface.send({ channel: shown.channel, ts: shown.ts, action_id: element.action_id, block_id: block.block_id, value });
    },
    fill: (block, element, value) => surface.act(block, element, value),
    suggest: (block, element, value) => act("suggest", { user, channel: shown.channel, ts: shown.ts, action_id: element.action_id, block_id: block.block_id, value }).then((answer) => answer.options ?? {}),
    send: async (asked) => {
      warn(surface.node, "");
      try {
        const outcome = await act("click", { user, settle: 0, ...asked });
        warn(surface.node, outcome.warning);
      } catch (error) {
        if (!(error instanceof Refused)) throw error;
        warn(surface.node, error.error);
      }
    },
  };
  return surface;
}

function warn(node, code) {
  const line = node.querySelector(":scope > .message-main > .message-warning");
  line.hidden = !code;
  line.dataset.warning = code;
  line.replaceChildren(...(code ? [icon("warning"), warning(code)] : []));
}

