// Interactive elements in actions blocks and accessories: pressing or choosing tells the app at once.

import { image } from "./blocks.js";
import { ask } from "./confirm.js";
import { el, icon } from "./dom.js";
import { field } from "./fields.js";
import { plain } from "./mrkdwn.js";
import { say } from "./words.js";

const BUILD = { button, overflow, image: (block, element) => image(element, "accessory-image"), icon_button: button, feedback_buttons: feedback };

export function control(block, element, surface) {
  return BUILD[element.type]?.(block, element, surface) ?? choice(block, element, surface);
}

// Ask where the element wants it, act, and show that something is under way.
async function press(node, block, element, surface, value) {
  if (element.confirm && !(await ask(element.confirm))) return false;
  node.classList.add("is-busy");
  node.setAttribute("aria-busy", "true");
  try {
    await surface.act(block, element, value, node);
  } finally {
    node.classList.remove("is-busy");
    node.removeAttribute("aria-busy");
  }
  return true;
}

function button(block, element, surface) {
  const style = element.style ? `button button-${element.style}` : "button";
  const node = el("button", {
    type: "button",
    class: style,
    "aria-label": element.accessibility_label,
    title: element.accessibility_label,
    data: { actionId: element.action_id, value: element.value },
    on: {
      click: () => {
        if (node.getAttribute("aria-busy")) return;
        if (element.url) window.open(element.url, "_blank", "noopener,noreferrer");
        press(node, block, element, surface, element.value);
      },
    },
  }, plain(element.text));
  return node;
}

function feedback(block, element, surface) {
  const one = (choice) => button(block, { ...choice, action_id: element.action_id, type: "button" }, surface);
  return el("span", { class: "feedback" }, one(element.positive_button), one(element.negative_button));
}

function overflow(block, element, surface) {
  const id = `menu-${block.block_id}-${element.action_id}-${surface.key}`;
  const menu = el("div", { class: "menu", id, popover: true, role: "menu" });
  const opener = el("button", { type: "button", class: "button button-overflow", "aria-label": say("more"), popovertarget: id, "aria-haspopup": "menu", data: { actionId: element.action_id } }, icon("more"));
  for (const option of element.options) {
    menu.append(el("button", {
      type: "button", role: "menuitem", class: "menu-item", data: { value: option.value },
      on: { click: () => { menu.hidePopover(); press(opener, block, element, surface, option.value ?? option.text.text); } },
    }, plain(option.text)));
  }
  return el("span", { class: "overflow" }, opener, menu);
}

// A menu, picker or set of boxes outside an input block: each change is told to the app.
function choice(block, element, surface) {
  const wrapper = el("span", { class: "choice" });
  const telling = {
    ...surface,
    fill: (ofBlock, ofElement, value) => press(wrapper, ofBlock, ofElement, surface, value),
  };
  wrapper.append(field(block, element, telling, { label: element.placeholder ? plain(element.placeholder) : say("choose") }));
  return wrapper;
}
