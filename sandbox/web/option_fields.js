/** Inputs for the options of a command, one for each type that Discord has. */

import { el, freshId } from "./dom.js";
import { FileField } from "./file_field.js";
import { Picker } from "./picker.js";
import { channels, people, roles } from "./selects.js";
import { Suggester } from "./suggester.js";

export const ATTACHMENT = 11;
const [STRING, INTEGER, BOOLEAN, USER, CHANNEL, ROLE, MENTIONABLE, NUMBER] = [3, 4, 5, 6, 7, 8, 9, 10];
const LONGEST = 6000; // characters that Discord takes where a command says nothing
const LONG = 200; // characters: a text that may be longer gets more than a line

/**
 * The field of an option: {element, focus(), value(), complaint()}. `value()` is undefined where nothing was entered.
 * `context`: {session, suggest(name) -> choices}.
 */
export function optionField(option, context) {
  if (option.choices?.length)
    return picked(
      option,
      option.choices.map((one) => ({ value: one.value, label: one.name })),
    );
  switch (option.type) {
    case BOOLEAN:
      return picked(option, [
        { value: true, label: "Yes" },
        { value: false, label: "No" },
      ]);
    case USER:
      return picked(option, people(context.session));
    case ROLE:
      return picked(option, roles(context.session));
    case CHANNEL:
      return picked(option, channels(context.session, option.channel_types));
    case MENTIONABLE:
      return picked(option, [...people(context.session), ...roles(context.session)]);
    case ATTACHMENT:
      return file(option, context);
    default:
      return typed(option, context);
  }
}

/** What an option takes, in words. */
export function range(option) {
  const [least, most] = [option.min_value ?? option.min_length, option.max_value ?? option.max_length];
  const unit = option.type === STRING ? " characters" : "";
  if (option.type === STRING && most === undefined && !least) return "";
  if (least !== undefined && most !== undefined) return `${least} to ${most}${unit}`;
  if (most !== undefined) return `up to ${most}${unit}`;
  return least !== undefined ? `at least ${least}${unit}` : "";
}

function picked(option, options) {
  const picker = new Picker({ label: option.name, options, least: 0, most: 1 });
  return {
    element: picker.field,
    focus: () => picker.field.focus(),
    value: () => picker.values[0],
    complaint: () => "",
  };
}

function file(option, { session }) {
  const field = new FileField({ label: option.name, most: 1, limit: () => session.offered.upload_bytes });
  return {
    element: field.element,
    focus: () => field.focus(),
    value: () => field.files[0],
    complaint: () => "",
    take: (files) => field.add(files),
  };
}

function typed(option, { suggest }) {
  const isNumber = option.type === INTEGER || option.type === NUMBER;
  const isLong = option.type === STRING && !option.autocomplete && (option.max_length ?? LONG + 1) > LONG;
  const input = el(isLong ? "textarea" : "input", {
    class: "field",
    rows: isLong && "1",
    inputmode: isNumber && (option.type === INTEGER ? "numeric" : "decimal"),
    placeholder: range(option),
    autocomplete: "off",
    "aria-label": option.name,
    id: freshId("option"),
  });
  const suggester =
    option.autocomplete && new Suggester(input, (text) => suggest(option.name, isNumber ? numberOf(text) || 0 : text));
  const value = () => {
    const text = input.value.trim();
    if (!text) return undefined;
    return suggester?.chosen(text) ?? (isNumber ? numberOf(text) : text);
  };
  return {
    element: suggester ? suggester.element : input,
    focus: () => input.focus(),
    value,
    complaint: () => complaintOf(option, value()),
    fill: (text) => (input.value = text),
  };
}

function complaintOf(option, value) {
  if (value === undefined) return "";
  if (option.type === STRING) return lengthComplaint(option, String(value).length);
  if (Number.isNaN(value)) return option.type === INTEGER ? "takes a whole number" : "takes a number";
  if (option.type === INTEGER && !Number.isInteger(value)) return "takes a whole number";
  const isOutside = value < (option.min_value ?? -Infinity) || value > (option.max_value ?? Infinity);
  return isOutside ? `takes ${range(option)}` : "";
}

function lengthComplaint(option, length) {
  const isOutside = length < (option.min_length ?? 0) || length > (option.max_length ?? LONGEST);
  return isOutside ? `takes ${range({ max_length: LONGEST, ...option })}, and this has ${length}` : "";
}

/** Digits with a point at most: `1e1` and `0x10` are numbers to a computer only. */
function numberOf(text) {
  return /^[-+]?\d+([.,]\d+)?$/.test(text) ? Number(text.replace(",", ".")) : NaN;
}
