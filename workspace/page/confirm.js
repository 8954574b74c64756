// Confirmation dialogs, as a promise of yes or no.

import { byId, el } from "./dom.js";
import { plain, textNodes } from "./mrkdwn.js";

export function ask(confirm) {
  const dialog = byId("confirm");
  const style = confirm.style === "danger" ? "danger" : "primary";
  const yes = el("button", { type: "button", class: `button button-${style}`, data: { confirm: "yes" } }, plain(confirm.confirm));
  const no = el("button", { type: "button", class: "button", data: { confirm: "no" } }, plain(confirm.deny));
  dialog.replaceChildren(
    el("h2", { id: "confirm-title" }, plain(confirm.title)),
    el("div", { class: "confirm-text" }, textNodes(confirm.text)),
    el("div", { class: "confirm-buttons" }, no, yes),
  );
  dialog.setAttribute("aria-labelledby", "confirm-title");
  dialog.showModal();
  return new Promise((resolve) => {
    const answer = (value) => { dialog.close(); resolve(value); };
    yes.addEventListener("click", () => answer(true));
    no.addEventListener("click", () => answer(false));
    dialog.addEventListener("cancel", () => resolve(false), { once: true });
    yes.focus();
  });
}
