/** Menus of things to do, beside what they are about. */

import { el } from "./dom.js";
import { beside } from "./popover.js";

const STEP = { ArrowDown: 1, ArrowUp: -1 };

/** Opens a menu of {label, act, isBad?} with a heading where `head` is given instead. `at`: a DOMRect, else beside it. */
export function openMenu(anchor, label, entries, at = null) {
  const items = [];
  const list = el(
    "div",
    { class: "menu", role: "menu", "aria-label": label, onkeydown: (event) => move(event, items) },
    entries.map((one) => (one.head ? el("p", { class: "menu-head", role: "presentation" }, one.head) : item(one))),
  );
  const popover = beside(anchor, list, { at });
  items[0]?.focus();

  function item({ label: text, act, isBad }) {
    const choose = () => {
      popover.close();
      act();
    };
    const node = el(
      "button",
      {
        type: "button",
        role: "menuitem",
        class: ["menu-item", isBad && "is-bad"].filter(Boolean),
        tabindex: "-1",
        onclick: choose,
      },
      text,
    );
    items.push(node);
    return node;
  }
}

function move(event, items) {
  const at = items.indexOf(document.activeElement);
  const to = event.key === "Home" ? 0 : event.key === "End" ? items.length - 1 : at + (STEP[event.key] ?? NaN);
  if (Number.isNaN(to)) return;
  event.preventDefault();
  items[(to + items.length) % items.length].focus();
}
