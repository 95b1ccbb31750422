/** What the tests of markdown ask in the page. */

import { inline, markdown } from "/markdown.js";
import { relative, startTicking, tick, timestamp } from "/timestamps.js";

const HOLD_BLOCKS = ["blockquote", "li", "ol", "ul"];
const NAMES = { user: { 1: "Ada" }, role: { 2: "Makers" }, channel: { 3: "clips" } };

export { relative, startTicking, tick, timestamp };

/** What was pressed, newest last. */
export const pressed = [];

const context = {
  user: (id) => NAMES.user[id] ?? null,
  role: (id) => NAMES.role[id] ?? null,
  channel: (id) => NAMES.channel[id] ?? null,
  openChannel: (id) => pressed.push(`channel ${id}`),
  useCommand: (name) => pressed.push(`command ${name}`),
};

export function written(text, isInline) {
  return children(isInline ? inline(text, context) : markdown(text, context), isInline ? "" : " ");
}

/** Puts a text on the page, alone. */
export function put(text, given = context) {
  document.body.replaceChildren(markdown(text, given));
}

/** `tag.class(what it leads to or is about){children}`; a heading without its classes, a line end as an arrow. */
function one(node) {
  if (node.nodeType === Node.TEXT_NODE) return node.data;
  if (node.localName === "br") return "⏎";
  const name = node.className && !/^h\d$/.test(node.localName) ? `${node.localName}.${node.className}` : node.localName;
  const about = node.getAttribute("href") ?? node.getAttribute("start") ?? node.dataset.language;
  const between = HOLD_BLOCKS.includes(node.localName) ? " " : "";
  return `${name}${about ? `(${about})` : ""}{${children(node, between)}}`;
}

function children(node, between) {
  return [...node.childNodes].map(one).join(between);
}

/** Letters that are typed and are not shown, for many texts of marks and letters; the texts are the same each time. */
export function lost(count) {
  const rows = ["**", "__", "||", "```", "> ", ">>> ", "- ", "\n- a", "\n  ", "\n  - ", "1. ", "# ", "-# "];
  const parts = [..."abc*_~|`[]()\\ \n", ...rows];
  let seed = 7;
  const next = (below) => (seed = (seed * 16_807) % 2_147_483_647) % below;
  const text = () => Array.from({ length: 30 }, () => parts[next(parts.length)]).join("");
  return Array.from({ length: count }, text).filter((some) => letters(some) !== letters(shown(markdown(some))));
}

function shown(node) {
  if (node.nodeType === Node.TEXT_NODE) return node.data;
  return (node.dataset?.language ?? "") + [...node.childNodes].map(shown).join("");
}

function letters(text) {
  return text.replace(/[^abc]/g, "");
}
