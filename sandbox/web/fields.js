/** Inputs of forms: texts, selects, files, radio groups and checkboxes. */

import { el, fill, freshId } from "./dom.js";
import { FileField } from "./file_field.js";
import { Picker } from "./picker.js";
import { entityOptions, isSelect, pickedByDefault, stringOptions } from "./selects.js";

const SHORT = 1;

/**
 * The field of a component: {name, id, about, element, wrong, isRequired, isGroup, isBeside, value(), complain(), focus()},
 * or null for a type that is not known here. `about`: ids of what is said about it; `isBeside`: it stands left of its label.
 * `complain()` says below the field what is wrong with it, and whether something is.
 */
export function field(component, { label, description, session }) {
  const make = MAKERS[component.type] ?? (isSelect(component.type) ? select : null);
  if (!make) return null;
  const id = freshId("field");
  const wrong = el("p", { class: "wrong", id: `${id}-wrong` });
  const isRequired = component.required ?? component.type !== CHECKBOX;
  const about = [description && `${id}-about`, `${id}-wrong`].filter(Boolean).join(" ");
  const made = make(component, { id, about, label, session, isRequired });
  const complain = () => {
    const complaint = made.complaint();
    fill(wrong, complaint);
    (made.input ?? made.element).setAttribute("aria-invalid", String(Boolean(complaint)));
    return Boolean(complaint);
  };
  return {
    name: component.custom_id,
    id,
    about,
    wrong,
    isRequired,
    isGroup: false,
    isBeside: false,
    ...made,
    complain,
  };
}

const CHECKBOX = 23;
const MAKERS = { 4: text, 19: files, 21: radios, 22: checkboxes, [CHECKBOX]: checkbox };

function text(component, { id, about, isRequired }) {
  const isShort = component.style === SHORT;
  const input = el(isShort ? "input" : "textarea", {
    class: "field",
    id,
    placeholder: component.placeholder,
    maxlength: component.max_length ?? 4000,
    rows: isShort ? null : "4",
    "aria-describedby": about,
    "aria-required": String(isRequired),
    autocomplete: "off",
  });
  input.value = component.value ?? "";
  const count = el("p", { class: "small soft field-count", "aria-hidden": "true" });
  const told = () => fill(count, component.max_length ? `${input.value.length} of ${component.max_length}` : "");
  input.addEventListener("input", told);
  told();
  const complaint = () => {
    const { length } = input.value;
    if (!length) return isRequired ? "This is needed." : "";
    if (length < (component.min_length ?? 0))
      return `At least ${component.min_length} characters, these are ${length}.`;
    return "";
  };
  return {
    element: el("div", {}, input, count),
    input,
    value: () => input.value,
    complaint,
    focus: () => input.focus(),
  };
}

function select(component, { id, about, label, session, isRequired }) {
  const least = isRequired ? Math.max(component.min_values, 1) : 0;
  const picker = new Picker({
    label,
    placeholder: component.placeholder,
    options: component.options ? stringOptions(component) : entityOptions(component, session),
    picked: pickedByDefault(component),
    least,
    most: component.max_values,
  });
  picker.field.id = id;
  picker.field.setAttribute("aria-describedby", about);
  const complaint = () => {
    const { length } = picker.values;
    if (length >= (length ? component.min_values : least)) return "";
    return `Choose at least ${Math.max(component.min_values, 1)}.`;
  };
  return { element: picker.field, value: () => picker.values, complaint, focus: () => picker.field.focus() };
}

function files(component, { id, about, label, session, isRequired }) {
  const least = isRequired ? Math.max(component.min_values, 1) : 0;
  const chosen = new FileField({ id, label, most: component.max_values, limit: () => session.offered.upload_bytes });
  chosen.browse.setAttribute("aria-describedby", about);
  const complaint = () => (chosen.files.length < least ? `Add at least ${least} file${least > 1 ? "s" : ""}.` : "");
  return { element: chosen.element, value: () => chosen.files, complaint, focus: () => chosen.focus() };
}

function radios(component, { isRequired }) {
  const name = freshId("radios");
  const inputs = component.options.map((option) => choice("radio", name, option));
  const value = () => inputs.find((one) => one.input.checked)?.input.value ?? null;
  const complaint = () => (isRequired && value() === null ? "Choose one." : "");
  return group(inputs, value, complaint);
}

function checkboxes(component, { isRequired }) {
  const inputs = component.options.map((option) => choice("checkbox", freshId("box"), option));
  const value = () => inputs.filter((one) => one.input.checked).map((one) => one.input.value);
  const least = component.min_values ?? 1;
  const most = component.max_values ?? component.options.length;
  const complaint = () => {
    const { length } = value();
    if (length < least && (isRequired || length)) return `Choose at least ${least}.`;
    return length > most ? `Choose at most ${most}.` : "";
  };
  return group(inputs, value, complaint);
}

function checkbox(component, { id, about }) {
  const input = el("input", { type: "checkbox", id, "aria-describedby": about });
  input.checked = component.default;
  return {
    element: input,
    input,
    isBeside: true,
    value: () => input.checked,
    complaint: () => "",
    focus: () => input.focus(),
  };
}

function group(inputs, value, complaint) {
  const element = el(
    "div",
    { class: "choices" },
    inputs.map((one) => one.label),
  );
  return { element, isGroup: true, value, complaint, focus: () => inputs[0].input.focus() };
}

function choice(type, name, option) {
  const input = el("input", { type, name, value: option.value });
  input.checked = Boolean(option.default);
  const words = el(
    "span",
    {},
    option.label,
    option.description && el("span", { class: "small soft" }, option.description),
  );
  return { input, label: el("label", { class: "choice" }, input, words) };
}
