/** A list of options to move through and choose from, while the focus stays in a field (or on the list itself). */

import { el, fill, freshId } from "./dom.js";

const STEP = { ArrowDown: 1, ArrowUp: -1, PageDown: 8, PageUp: -8 };

/**
 * `options` are {value, label, description?, mark?, group?}; `chosen(option)` hears what was chosen by click or key.
 * `owner` is the element with the focus: it points to the active option for screen readers.
 */
export class Listbox {
  constructor({ label, owner = null, multiple = false, chosen }) {
    this.owner = owner;
    this.chosen = chosen;
    this.options = [];
    this.active = -1;
    this.element = el("ul", {
      role: "listbox",
      class: "listbox",
      id: freshId("list"),
      "aria-label": label,
      "aria-multiselectable": multiple && "true",
    });
    this.own(owner ?? this.element);
  }

  own(owner) {
    this.owner = owner;
    if (owner !== this.element) owner.setAttribute("aria-controls", this.element.id);
    else this.element.tabIndex = 0;
  }

  /** Shows these options, with `picked` values marked; the first one, or the first picked one, becomes active. */
  show(options, picked = []) {
    this.options = options;
    this.items = options.map((option, index) => this.item(option, index, picked.includes(option.value)));
    fill(
      this.element,
      options.map((option, index) => [this.head(index), this.items[index]]),
    );
    const first = options.findIndex((option) => picked.includes(option.value));
    this.activate(options.length ? Math.max(first, 0) : -1);
  }

  /** Marks what is picked without moving anything. */
  mark(picked) {
    this.items.forEach((item, index) => item.setAttribute("aria-selected", picked.includes(this.options[index].value)));
  }

  activate(index) {
    this.items?.[this.active]?.classList.remove("is-active");
    this.active = index;
    const item = this.items?.[index];
    if (!item) {
      this.owner.removeAttribute("aria-activedescendant");
      return;
    }
    item.classList.add("is-active");
    item.scrollIntoView({ block: "nearest" });
    this.owner.setAttribute("aria-activedescendant", item.id);
  }

  /** Deals with a key; false when it is none of the list's. `choosing`: the keys that choose. */
  key(event, choosing = ["Enter"]) {
    if (!this.options.length || event.isComposing) return false;
    if (choosing.includes(event.key) && this.active >= 0) this.chosen(this.options[this.active]);
    else if (event.key in STEP) this.activate(this.stepped(STEP[event.key]));
    else return false;
    event.preventDefault();
    return true;
  }

  stepped(step) {
    const last = this.options.length - 1;
    const to = this.active + step;
    if (Math.abs(step) > 1) return Math.min(Math.max(to, 0), last);
    return to < 0 ? last : to > last ? 0 : to;
  }

  head(index) {
    const group = this.options[index].group;
    if (!group || group === this.options[index - 1]?.group) return null;
    return el("li", { class: "listbox-head", role: "presentation" }, group);
  }

  item(option, index, isPicked) {
    return el(
      "li",
      {
        role: "option",
        id: freshId("option"),
        class: "listbox-option",
        "aria-selected": String(isPicked),
        onpointermove: () => this.active !== index && this.activate(index),
        onmousedown: (event) => event.preventDefault(), // the focus stays where it is
        onclick: () => this.chosen(option),
      },
      option.mark && el("span", { class: "listbox-mark", "aria-hidden": "true" }, option.mark),
      el(
        "span",
        { class: "listbox-text" },
        el("span", { class: "listbox-label" }, option.label),
        option.description && el("span", { class: "listbox-description" }, option.description),
      ),
    );
  }
}

/** Options whose label or description has the text, those that begin with it first. */
export function matching(options, text) {
  const wanted = text.trim().toLowerCase();
  if (!wanted) return options;
  const rank = (option) => {
    const label = option.label.toLowerCase();
    if (label.startsWith(wanted)) return 0;
    if (label.includes(wanted)) return 1;
    return (option.description ?? "").toLowerCase().includes(wanted) ? 2 : 3;
  };
  return options.filter((option) => rank(option) < 3).sort((a, b) => rank(a) - rank(b));
}
