/** A field whose suggestions the bot makes while one types. */

import { el, fill } from "./dom.js";
import { Listbox } from "./listbox.js";
import { place } from "./popover.js";

const REST_MS = 150; // after the last key, before the bot is asked

/** `ask(text)` -> choices {name, value}. */
export class Suggester {
  constructor(input, ask) {
    Object.assign(this, { input, ask });
    this.values = new Map(); // what was offered, by name
    this.asked = 0;
    this.list = new Listbox({ label: "Suggestions", owner: input, chosen: (option) => this.take(option) });
    this.box = el("div", { class: "popover", popover: "manual" }, this.list.element);
    this.element = el("div", { class: "suggester" }, input, this.box);
    input.setAttribute("role", "combobox");
    input.setAttribute("aria-autocomplete", "list");
    this.close();
    input.addEventListener("input", () => this.soon());
    input.addEventListener("focus", () => this.soon());
    input.addEventListener("blur", () => this.close());
    input.addEventListener("keydown", (event) => this.key(event));
  }

  /** The value behind a text that was offered; undefined for one's own words. */
  chosen(text) {
    return this.values.get(text);
  }

  get isOpen() {
    return this.box.matches(":popover-open");
  }

  soon() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.suggest(), REST_MS);
  }

  async suggest() {
    const turn = (this.asked += 1);
    try {
      const choices = await this.ask(this.input.value);
      if (turn !== this.asked || document.activeElement !== this.input) return;
      for (const { name, value } of choices) this.values.set(name, value);
      this.list.show(choices.map(({ name, value }) => ({ label: name, value })));
      if (!choices.length) fill(this.list.element, el("li", { class: "listbox-head" }, "Nothing fits"));
    } catch (error) {
      if (turn !== this.asked) return;
      this.list.show([]);
      fill(this.list.element, el("li", { class: "listbox-head wrong" }, error.message));
    }
    this.box.showPopover();
    place(this.box, this.input.getBoundingClientRect());
    this.input.setAttribute("aria-expanded", "true");
  }

  key(event) {
    if (!this.isOpen) return;
    if (event.key === "Escape") this.close();
    else if (!this.list.key(event, ["Enter", "Tab"])) return;
    event.preventDefault();
    event.stopPropagation();
  }

  take(option) {
    this.input.value = option.label;
    this.close();
  }

  close() {
    clearTimeout(this.timer);
    this.asked += 1;
    if (this.isOpen) this.box.hidePopover();
    this.input.setAttribute("aria-expanded", "false");
  }
}
