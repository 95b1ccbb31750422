/** JSON as it was sent, readable: indented, long strings cut but copyable whole. */

import { el, fill } from "./dom.js";
import { copyButton } from "./provider_parts.js";
import { number } from "./provider_words.js";

const LONGEST_TEXT = 1000; // characters; a prompt may be longer, but is read in the first thousand
const LONGEST_DATA_URL = 48;

/** A closed <details> whose content is built when it is opened first. */
export function sentJson(value) {
  const box = el("div", { class: "provider-json" });
  const node = el("details", { class: "provider-details", ontoggle: build }, el("summary", {}, "JSON as sent"), box);
  function build() {
    if (!node.open || box.firstChild) return;
    const whole = () => JSON.stringify(value, null, 2);
    fill(box, copyButton("Copy all", whole), el("pre", { tabindex: 0 }, el("code", {}, lines(value, ""))));
  }
  return node;
}

/** Texts and elements that make up the indented value. */
function lines(value, indent) {
  if (typeof value === "string") return text(value);
  if (Array.isArray(value))
    return block(
      "[",
      "]",
      indent,
      value.map((item) => [null, item]),
    );
  if (value !== null && typeof value === "object") return block("{", "}", indent, Object.entries(value));
  return JSON.stringify(value);
}

function block(open, close, indent, entries) {
  if (entries.length === 0) return open + close;
  const inner = `${indent}  `;
  const content = entries.map(([name, item], position) => [
    `${position ? "," : ""}\n${inner}`,
    name === null ? "" : `${JSON.stringify(name)}: `,
    lines(item, inner),
  ]);
  return [open, content, `\n${indent}${close}`];
}

function text(value) {
  const isData = value.startsWith("data:");
  const longest = isData ? LONGEST_DATA_URL : LONGEST_TEXT;
  if (value.length <= longest) return JSON.stringify(value);
  const kept = JSON.stringify(value.slice(0, longest)).slice(0, -1);
  const length = `${number(value.length)} characters`;
  const what = isData ? `data URL, ${length}` : length;
  return [
    `${kept}…" `,
    el(
      "span",
      { class: "provider-cut" },
      `(${what}) `,
      copyButton("Copy it", () => value),
    ),
  ];
}
