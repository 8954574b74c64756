// External selects: what the person types is sent to the app, which suggests options.

import { el } from "./dom.js";
import { plain } from "./mrkdwn.js";
import { say } from "./words.js";

const PAUSE = 250; // milliseconds of quiet before the app is asked

export function external(block, element, state, tell, surface) {
  const multiple = element.type.startsWith("multi");
  let picked = multiple ? [...(state?.selected_options ?? [])] : [state?.selected_option].filter(Boolean);
  const list = el("div", { class: "suggestions", role: "listbox", hidden: true });
  const chips = el("div", { class: "chips" });
  let waiting = 0;

  const entry = el("input", {
    type: "text", class: "text-field", role: "combobox", autocomplete: "off", data: { field: element.action_id },
    placeholder: element.placeholder ? plain(element.placeholder) : say("choose"),
    on: { input: () => { clearTimeout(waiting); waiting = setTimeout(show, PAUSE); } },
  });

  async function show() {
    if (entry.value.length < (element.min_query_length ?? 3)) return;
    const answer = await surface.suggest(block, element, entry.value);
    const groups = answer.option_groups ?? [{ options: answer.options ?? [] }];
    list.replaceChildren(...groups.flatMap((group) => group.options).map((option) =>
      el("button", { type: "button", role: "option", class: "menu-item", on: { click: () => pick(option) } }, plain(option.text))));
    list.hidden = false;
  }

  function pick(option) {
    picked = multiple ? [...picked.filter((one) => one.value !== option.value), option] : [option];
    list.hidden = true;
    entry.value = "";
    settle();
  }

  function settle(quiet = false) {
    chips.replaceChildren(...picked.map((option) => el("button", {
      type: "button", class: "chip", "aria-label": `${say("remove")} ${option.text.text}`,
      on: { click: () => { picked = picked.filter((one) => one !== option); settle(); } },
    }, plain(option.text), " ×")));
    if (!quiet) tell(multiple ? picked.map((option) => option.value) : (picked[0]?.value ?? null));
  }

  settle(true);
  return el("div", { class: "external" }, chips, entry, list);
}
