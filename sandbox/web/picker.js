/** A field that opens a list: every select of a message or form, whatever it offers. */

import { button, el, fill, freshId } from "./dom.js";
import { Listbox, matching } from "./listbox.js";
import { beside } from "./popover.js";

const FILTER_FROM = 9; // options: fewer are seen at a glance

/**
 * `options` as for a Listbox; `picked` the values to begin with. `least` and `most`: how many may be picked.
 * `changed(values)` hears each completed choice: at once for one, when the list closes for several.
 */
export class Picker {
  constructor({ label, placeholder, options, picked = [], least = 1, most = 1, disabled = false, changed }) {
    Object.assign(this, { label, placeholder, options, picked, least, most, changed });
    this.field = el("button", {
      type: "button",
      class: "picker field",
      disabled,
      "aria-haspopup": "listbox",
      "aria-label": label,
      onclick: () => this.open(),
      onkeydown: (event) => ["ArrowDown", "ArrowUp"].includes(event.key) && (event.preventDefault(), this.open()),
    });
    this.describe();
  }

  get values() {
    return this.picked;
  }

  describe() {
    const shown = this.picked.map((value) => this.options.find((one) => one.value === value)?.label ?? value);
    const text = shown.length ? shown.join(", ") : (this.placeholder ?? "Choose");
    this.field.setAttribute("aria-label", this.label ? `${this.label}: ${text}` : text);
    fill(
      this.field,
      el("span", { class: ["picker-text", ...(shown.length ? [] : ["soft"])] }, text),
      el("span", { class: "picker-arrow", "aria-hidden": "true" }, "▾"),
    );
  }

  open() {
    this.isChosen = false;
    const before = [...this.picked];
    this.list = new Listbox({
      label: this.label ?? this.placeholder ?? "Options",
      multiple: this.most > 1,
      chosen: (option) => this.take(option),
    });
    const filter = this.options.length >= FILTER_FROM && this.filter();
    if (filter) this.list.own(filter);
    this.note = this.most > 1 && el("p", { class: "picker-note small soft" });
    const box = el("div", { class: "picker-box" }, filter, this.list.element, this.foot());
    this.popover = beside(this.field, box, { closed: () => this.close(before) });
    this.list.show(this.options, this.picked);
    this.describeNote();
    const owner = filter || this.list.element;
    owner.addEventListener("keydown", (event) => this.key(event));
    owner.focus();
  }

  filter() {
    return el("input", {
      class: "field picker-filter",
      type: "search",
      role: "combobox",
      "aria-expanded": "true",
      "aria-label": `Search in ${this.label ?? "the list"}`,
      placeholder: "Search",
      id: freshId("filter"),
      oninput: (event) => this.list.show(matching(this.options, event.target.value), this.picked),
    });
  }

  foot() {
    if (this.most === 1) return this.least === 0 && this.picked.length > 0 && this.clearing();
    return el(
      "div",
      { class: "picker-foot" },
      this.note,
      button("Done", () => this.popover.close(), { class: "button" }),
    );
  }

  clearing() {
    const clear = () => {
      this.picked = [];
      this.popover.close();
    };
    return el("div", { class: "picker-foot" }, button("Clear", clear, { class: "button button-quiet" }));
  }

  key(event) {
    const choosing = event.target === this.list.element ? ["Enter", " "] : ["Enter"];
    if (this.list.key(event, choosing)) event.stopPropagation();
  }

  take(option) {
    if (this.most === 1) {
      this.picked = [option.value];
      this.isChosen = true; // the same once more counts as well: a form that it opened may have been cancelled
      this.popover.close();
      return;
    }
    const has = this.picked.includes(option.value);
    if (!has && this.picked.length >= this.most) return;
    this.picked = has ? this.picked.filter((value) => value !== option.value) : [...this.picked, option.value];
    this.list.mark(this.picked);
    this.describeNote();
  }

  describeNote() {
    if (this.note)
      fill(this.note, `${this.picked.length} chosen · ${this.least} to ${Math.min(this.most, this.options.length)}`);
  }

  close(before) {
    if (this.picked.length < this.least) this.picked = before;
    this.describe();
    const isSame = before.length === this.picked.length && before.every((value) => this.picked.includes(value));
    if (!isSame || this.isChosen) this.changed?.(this.picked);
  }
}
