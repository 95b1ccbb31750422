/** Forms that the bot opens (Discord docs: modals). */

import { button, el, fill, freshId } from "./dom.js";
import { field } from "./fields.js";
import { markdown } from "./markdown.js";
import { drawn, raw } from "./raw.js";

const ROW = 1;
const TEXT = 10;
const LABEL = 18;

/** Opens the form. `submit(values)` sends it, values by custom_id; when it raises, the form stays and says why. */
export function openModal(modal, { session, submit }) {
  const fields = [];
  const wrong = el("p", { class: "wrong", role: "alert" });
  const send = el("button", { type: "submit", class: "button button-accent" }, "Submit");
  const heading = freshId("modal");
  const form = el(
    "form",
    { class: "dialog-form", novalidate: true },
    el("h2", { id: heading }, modal.title),
    el(
      "div",
      { class: "dialog-fields" },
      modal.components.map((one) => drawn("a part of a form", one, () => topLevel(one, session, fields))),
    ),
    wrong,
    el(
      "div",
      { class: "dialog-foot" },
      button("Cancel", () => dialog.close(), { class: "button button-quiet" }),
      send,
    ),
  );
  const dialog = el("dialog", { class: "dialog", "aria-labelledby": heading, onclose: () => dialog.remove() }, form);
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const bad = fields.filter((one) => one.complain());
    if (bad.length) {
      bad[0].focus();
      return;
    }
    fill(wrong);
    send.disabled = true;
    try {
      await submit(Object.fromEntries(fields.map((one) => [one.name, one.value()])));
      dialog.close();
    } catch (error) {
      fill(wrong, error.message);
    } finally {
      send.disabled = false;
    }
  });
  document.body.append(dialog);
  dialog.showModal();
  fields[0]?.focus();
}

function topLevel(component, session, fields) {
  switch (component.type) {
    case TEXT:
      return el("div", { class: "text" }, markdown(component.content, session.names));
    case LABEL:
      return labelled(component, component.component, session, fields);
    case ROW:
      return component.components.map((one) => labelled({ label: one.label ?? one.custom_id }, one, session, fields));
    default:
      return raw(`a part of a form, type ${component.type}`, component);
  }
}

function labelled({ label, description }, component, session, fields) {
  const made = field(component, { label, description, session });
  if (!made) return raw(`a field of type ${component.type}`, component);
  fields.push(made);
  const isGroup = made.isGroup;
  const head = el(
    isGroup ? "legend" : "label",
    { class: "label", for: isGroup ? null : made.id },
    label,
    made.isRequired && el("span", { class: "required", title: "required" }, " *"),
  );
  return el(
    isGroup ? "fieldset" : "div",
    { class: ["labelled", made.isBeside && "is-beside"].filter(Boolean), "aria-describedby": isGroup && made.about },
    head,
    description && el("p", { class: "small soft", id: `${made.id}-about` }, description),
    made.element,
    made.wrong,
  );
}
