/** Discord's times, in the reader's language and zone; relative ones go on while they are looked at. */

import { el } from "./dom.js";

const SECOND_MS = 1_000;
const STYLES = {
  t: { timeStyle: "short" },
  T: { timeStyle: "medium" },
  d: { year: "numeric", month: "2-digit", day: "2-digit" },
  D: { dateStyle: "long" },
  f: { dateStyle: "long", timeStyle: "short" },
  F: { dateStyle: "full", timeStyle: "short" },
};
// Units with their seconds, and how many of them there are before the next one is said. Months and years are mean ones.
const UNITS = [
  ["second", 1, 60],
  ["minute", 60, 60],
  ["hour", 3_600, 24],
  ["day", 86_400, 30],
  ["month", 2_629_746, 12],
  ["year", 31_556_952, Infinity],
];

const formats = new Map(); // making one costs more than using it
const relatively = new Intl.RelativeTimeFormat(undefined, { numeric: "always" });
const atOnce = new Intl.RelativeTimeFormat(undefined, { numeric: "auto" });

/** A time as an element; its title is the whole date. Any style but Discord's own is `f`. */
export function timestamp(seconds, style = "f") {
  const isRelative = style === "R";
  const known = Object.hasOwn(STYLES, style) ? style : "f";
  const text = isRelative ? relative(seconds, nowSeconds()) : formatted(seconds, known);
  const datetime = new Date(seconds * SECOND_MS).toISOString();
  const attributes = { class: "md-time", datetime, title: formatted(seconds, "F") };
  return el("time", { ...attributes, "data-relative": isRelative && String(seconds) }, text);
}

/** `in 2 minutes`, `3 seconds ago`: rounded, in the largest unit of which there is one. */
export function relative(seconds, nowSeconds) {
  const away = seconds - nowSeconds;
  const [unit, size] = UNITS.find(([, length, most]) => Math.round(Math.abs(away) / length) < most);
  const amount = Math.max(Math.round(Math.abs(away) / size), unit === "second" ? 0 : 1);
  return amount ? relatively.format(away < 0 ? -amount : amount, unit) : atOnce.format(0, unit);
}

/** Says anew how long ago the relative times below `root` are, and touches only those that read differently now. */
export function tick(root = document, now = nowSeconds()) {
  for (const node of root.querySelectorAll("time[data-relative]")) {
    const text = relative(Number(node.dataset.relative), now);
    if (node.textContent !== text) node.textContent = text;
  }
}

/** Ticks each second; what it returns ends that. */
export function startTicking(root = document) {
  const timer = setInterval(() => tick(root), SECOND_MS);
  return () => clearInterval(timer);
}

function formatted(seconds, style) {
  if (!formats.has(style)) formats.set(style, new Intl.DateTimeFormat(undefined, STYLES[style]));
  return formats.get(style).format(new Date(seconds * SECOND_MS));
}

function nowSeconds() {
  return Date.now() / SECOND_MS;
}
