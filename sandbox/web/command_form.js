/** A command being filled in: its options with what they take, from the name to Send. */

import { button, el, fill } from "./dom.js";
import { ATTACHMENT, optionField, range } from "./option_fields.js";

/**
 * `invocation`: of commands.js. `send(path, values, sent)` raises with a sentence, and is false when nobody
 * answered; `close()` is heard when the form is done, `keep()` when it may be wanted again as it is. `suggest` gets the
 * values that are there already.
 */
export class CommandForm {
  constructor({ invocation, session, suggest, send, close, keep }) {
    Object.assign(this, { invocation, send, close, keep });
    this.context = {
      session,
      suggest: (name, typed) => suggest(invocation.path, name, { ...this.plain(), [name]: typed }),
    };
    this.rows = new Map(); // option name -> {field, element}
    this.list = el("div", { class: "command-options" });
    this.more = el("div", { class: "command-more" });
    this.hint = el("p", { class: "command-hint small soft", "aria-live": "polite" });
    this.wrong = el("p", { class: "wrong", role: "alert" });
    this.sending = el("button", { type: "submit", class: "button button-accent" }, "Send");
    this.element = this.draw();
    for (const option of invocation.options.filter((one) => one.required)) this.show(option);
    this.offerMore();
  }

  draw() {
    const { path, description } = this.invocation;
    return el(
      "form",
      {
        class: "command",
        "aria-label": `/${path}`,
        novalidate: true,
        onsubmit: (event) => (event.preventDefault(), this.submit()),
        onkeydown: (event) => this.key(event),
      },
      el(
        "div",
        { class: "command-head" },
        el("b", {}, `/${path}`),
        el("span", { class: "soft small" }, description),
        button("✕", () => this.cancel(), { class: "bare", "aria-label": `Do not send /${path}` }),
      ),
      el("div", { class: "command-body" }, this.list, this.more),
      el("div", { class: "command-foot" }, el("div", { class: "command-words" }, this.hint, this.wrong), this.sending),
    );
  }

  /** Closes the form; what was entered is there when it is opened again. */
  cancel() {
    if (Object.keys(this.values()).length) this.keep();
    this.close();
  }

  /** Files that were dropped or pasted go to the first option that takes one and has none. False: none does. */
  take(files) {
    const takers = this.invocation.options.filter((one) => one.type === ATTACHMENT);
    for (const file of files) {
      const free = takers.find((one) => this.rows.get(one.name)?.field.value() === undefined);
      if (!free) return false;
      if (!this.rows.has(free.name)) this.show(free);
      this.rows.get(free.name).field.take([file]);
    }
    this.offerMore();
    fill(this.wrong);
    return true;
  }

  /** Takes the focus; `text` is what was typed after the name, for the first text. */
  begin(text) {
    const rows = [...this.rows.values()];
    const first = (text && rows.find((row) => row.field.fill)) || rows[0];
    if (!first) {
      this.explain(null);
      this.sending.focus();
      return;
    }
    if (text) first.field.fill?.(text);
    first.field.focus();
  }

  show(option) {
    const field = optionField(option, this.context);
    const remove = () => {
      this.rows.delete(option.name);
      row.remove();
      this.offerMore();
      this.more.querySelector("button")?.focus();
    };
    const row = el(
      "div",
      { class: ["option", `option-${option.name}`], onfocusin: () => this.explain(option) },
      el(
        "span",
        { class: "option-name" },
        option.name,
        option.required && el("span", { class: "required", title: "required" }, " *"),
      ),
      field.element,
      !option.required && button("✕", remove, { class: "bare", "aria-label": `Leave out ${option.name}` }),
    );
    this.rows.set(option.name, { field, option });
    this.list.append(row);
  }

  offerMore() {
    const left = this.invocation.options.filter((one) => !this.rows.has(one.name));
    const add = (option) => {
      this.show(option);
      this.offerMore();
      this.rows.get(option.name).field.focus();
    };
    const offer = (option) =>
      button(`+ ${option.name}`, () => add(option), {
        class: "chip",
        title: option.description,
        "aria-label": `Add ${option.name}: ${option.description}`,
        onfocus: () => this.explain(option),
        onpointermove: () => this.explain(option),
      });
    fill(this.more, left.map(offer));
    this.more.hidden = !left.length;
  }

  explain(option) {
    if (!option) {
      fill(this.hint, "Press Enter to send it.");
      return;
    }
    const takes = range(option);
    fill(this.hint, el("b", {}, option.name), `: ${option.description}`, takes && ` · ${takes}`);
  }

  key(event) {
    if (event.key === "Escape") {
      event.preventDefault();
      this.cancel();
    } else if (
      event.key === "Enter" &&
      !event.shiftKey &&
      event.target.matches("input, textarea") &&
      !event.isComposing
    ) {
      event.preventDefault();
      this.submit();
    }
  }

  /** What was entered, by option name. */
  values() {
    const entered = [...this.rows].map(([name, { field }]) => [name, field.value()]);
    return Object.fromEntries(entered.filter(([, value]) => value !== undefined));
  }

  /** The same without files, as it is told while somebody types. */
  plain() {
    return Object.fromEntries(Object.entries(this.values()).filter(([, value]) => !(value instanceof File)));
  }

  complaint() {
    for (const [name, { field, option }] of this.rows) {
      const complaint = option.required && field.value() === undefined ? "is needed" : field.complaint();
      if (complaint) return { field, text: `${name} ${complaint}.` };
    }
    return null;
  }

  async submit() {
    if (this.sending.disabled) return;
    const complaint = this.complaint();
    if (complaint) {
      fill(this.wrong, complaint.text);
      complaint.field.focus();
      return;
    }
    fill(this.wrong);
    this.sending.disabled = true;
    try {
      const isAnswered = await this.send(this.invocation.path, this.values(), () => this.close());
      if (!isAnswered) this.keep();
    } catch (error) {
      fill(this.wrong, error.message);
    } finally {
      this.sending.disabled = false;
    }
  }
}
