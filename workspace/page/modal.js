// The modal on top of the person's stack, kept in step with the workspace.

import { act, look, Refused } from "./api.js";
import { blocks, complain } from "./blocks.js";
import { byId, el, icon } from "./dom.js";
import { plain } from "./mrkdwn.js";
import { say, warning } from "./words.js";

let user = "";
let shown = null;

export function beSeenBy(person) {
  user = person;
  shown = null;
}

// Fetch what is on top and show it, unless it is what is shown already.
export async function refresh() {
  let { view } = await look("modal", { user });
  const dialog = byId("modal");
  if (!view) return vanish(dialog);
  if (shown?.id === view.id && shown.hash === view.hash && dialog.open) return;
  const field = document.activeElement?.closest("dialog.modal [data-field]")?.dataset.field;
  if (shown?.id === view.id && field) view = await withWhatIsTyped(view);
  shown = view;
  build(dialog, view);
  if (!dialog.open) dialog.showModal();
  const fields = ".modal-body input, .modal-body textarea, .modal-body select";
  (dialog.querySelector(`[data-field="${CSS.escape(field ?? "")}"]`) ?? dialog.querySelector(`[autofocus], ${fields}`))?.focus();
}

// The app has put something new in place while the person was typing: keep what they typed.
async function withWhatIsTyped(view) {
  flush();
  await filling;
  return (await look("modal", { user })).view ?? view;
}

function vanish(dialog) {
  shown = null;
  if (dialog.open) dialog.close();
}

function build(dialog, view) {
  const surface = surfaceOf(view, dialog);
  const body = el("div", { class: "modal-body" }, blocks(view.blocks, surface));
  const submit = view.submit && el("button", { type: "submit", class: "button button-primary", data: { modal: "submit" } }, plain(view.submit));
  const close = el("button", { type: "button", class: "button", data: { modal: "close" }, on: { click: () => leave(false) } }, view.close ? plain(view.close) : say("cancel"));
  const form = el("form", { class: "modal-form", novalidate: true, on: { submit: (event) => { event.preventDefault(); send(dialog); } } },
    el("header", { class: "modal-head" },
      view.depth > 1 && el("button", { type: "button", class: "tool", "aria-label": say("back"), on: { click: () => leave(false) } }, icon("back")),
      el("h2", { id: "modal-title" }, plain(view.title)),
      el("button", { type: "button", class: "tool", "aria-label": say("close"), data: { modal: "dismiss" }, on: { click: () => leave(true) } }, icon("close"))),
    body,
    el("p", { class: "modal-warning", role: "alert", hidden: true }),
    el("footer", { class: "modal-foot" }, close, submit));
  dialog.dataset.view = view.id;
  dialog.dataset.callbackId = view.callback_id;
  dialog.setAttribute("aria-labelledby", "modal-title");
  dialog.replaceChildren(form);
  dialog.oncancel = (event) => { event.preventDefault(); leave(true); };
}

// A field that is typed in but not yet left has told nothing: make it tell.
function flush() {
  document.activeElement?.blur?.();
}

let filling = Promise.resolve();

function surfaceOf(view, dialog) {
  const of = (block, element) => ({ user, view: view.id, action_id: element.action_id, block_id: block.block_id });
  return {
    key: view.id,
    values: view.state.values,
    fill: (block, element, value) => {
      const asked = { user, view: view.id, field: block.block_id, value };
      filling = filling.then(() => act("modal/fill", asked)).catch((error) => refuse(dialog, block, error));
      if (block.dispatch_action) filling = filling.then(() => attempt(dialog, () => act("modal/click", { ...of(block, element), value, settle: 0 })));
      return filling;
    },
    act: async (block, element, value) => {
      flush();
      await filling;
      await attempt(dialog, () => act("modal/click", { ...of(block, element), value, settle: 0 }));
    },
    suggest: async (block, element, value) => (await act("suggest", { ...of(block, element), value })).options ?? {},
  };
}

function refuse(dialog, block, error) {
  if (!(error instanceof Refused)) throw error;
  complain(dialog, { [block.block_id]: warning(error.error) });
}

async function send(dialog) {
  flush();
  await filling;
  const submit = dialog.querySelector("[data-modal=submit]");
  submit.disabled = true;
  const outcome = await attempt(dialog, () => act("modal/submit", { user, view: shown.id, settle: 0 }));
  submit.disabled = false;
  if (outcome) complain(dialog, outcome.local ? worded(outcome.errors) : outcome.errors);
  await refresh();
}

// Slack's own complaints come as codes such as "min_length:5".
function worded(errors) {
  return Object.fromEntries(Object.entries(errors).map(([block, code]) => {
    const [key, n] = code.split(":");
    return [block, say(key, { n })];
  }));
}

async function leave(everything) {
  await attempt(byId("modal"), () => act("modal/close", { user, view: shown.id, all: everything, settle: 0 }));
  await refresh();
}

async function attempt(dialog, work) {
  warn(dialog, "");
  try {
    const outcome = await work();
    warn(dialog, outcome.warning);
    return outcome;
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    warn(dialog, error.error);
    return null;
  }
}

function warn(dialog, code) {
  const line = dialog.querySelector(".modal-warning");
  if (!line) return;
  line.hidden = !code;
  line.dataset.warning = code;
  line.replaceChildren(...(code ? [icon("warning"), warning(code)] : []));
}
