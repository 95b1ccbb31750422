/** What stands for itself in Discord's markdown: links, mentions, emoji, times. Pure. */

export const LAST_SECOND = 8_640_000_000_000; // a Date goes no further, in either direction

const ID = "(\\d{1,20})";
// The name of a mark, what it looks like, and what it means. Only http and https lead anywhere.
const ANGLES = [
  [`<@!?${ID}>`, ([, id]) => ({ type: "user", id })],
  [`<@&${ID}>`, ([, id]) => ({ type: "role", id })],
  [`<#${ID}>`, ([, id]) => ({ type: "channel", id })],
  [`</([-_ \\p{L}\\p{M}\\p{N}]{1,100}):${ID}>`, ([, name, id]) => ({ type: "command", name, id })],
  [`<a?:(\\w{1,32}):${ID}>`, ([, name, id]) => ({ type: "emoji", name, id })],
  ["<t:(-?\\d{1,16})(?::([tTdDfFR]))?>", ([, seconds, style]) => time(Number(seconds), style)],
  ["<([hH][tT]{2}[pP][sS]?://[^\\s<>]+)>", ([, url]) => link(url)],
].map(([look, meaning]) => ({ look: new RegExp(look, "uy"), meaning }));
const IN_LABELS = new Set(["emoji", "time"]); // what else could be pressed has no place in a link

const EVERYONE = /@(everyone|here)\b/y;
// Characters that turn the direction of writing would make an address look like another one.
const BARE = /https?:\/\/[^\s<\u202a-\u202e\u2066-\u2069]+/iy;
const AFTER_A_SENTENCE = new Set([...".,:;\"'"]);
const TARGET = /\((<?)(https?:\/\/(?:[^\s()<>]|\([^\s()<>]*\))+)(>?)(?:\s+"([^"\n]*)")?\s*\)/iy;

/** The match of a sticky expression at one place, or null. */
export function matchAt(expression, text, at) {
  expression.lastIndex = at;
  return expression.exec(text);
}

/** What is in angle brackets at `at`, up to `end`: a node and its end, or null. */
export function angle(text, at, end, isInLink) {
  for (const { look, meaning } of ANGLES) {
    const match = matchAt(look, text, at);
    if (!match) continue;
    const node = match.index + match[0].length <= end ? meaning(match) : null;
    return node && (!isInLink || IN_LABELS.has(node.type)) ? { node, end: at + match[0].length } : null;
  }
  return null;
}

/** `@everyone` and `@here`. */
export function everyone(text, at, end) {
  const match = matchAt(EVERYONE, text, at);
  if (!match || at + match[0].length > end) return null;
  return { node: { type: "everyone", name: match[1] }, end: at + match[0].length };
}

/** An address that stands in the text as it is; what ends the sentence after it is no part of it. */
export function bareLink(text, at, end) {
  if (/[\p{L}\p{N}]/u.test(text[at - 1] ?? "")) return null;
  const match = matchAt(BARE, text, at);
  const url = match && withoutEnding(match[0].slice(0, end - at).split("](")[0]);
  const node = url && link(url);
  return node ? { node, end: at + url.length } : null;
}

/** Where a masked link leads: what the parentheses at `at` hold, and their end; null for what is no http(s) address. */
export function target(text, at, end) {
  const match = matchAt(TARGET, text, at);
  if (!match || at + match[0].length > end || Boolean(match[1]) !== Boolean(match[3])) return null;
  const [whole, , url, , title] = match;
  return isAddress(url) ? { url, title: title ?? null, end: at + whole.length } : null;
}

function link(url) {
  return isAddress(url) ? { type: "link", url, title: null, children: [{ type: "text", text: url }] } : null;
}

function isAddress(url) {
  try {
    return ["http:", "https:"].includes(new URL(url).protocol);
  } catch {
    return false;
  }
}

function time(seconds, style) {
  return Math.abs(seconds) <= LAST_SECOND ? { type: "time", seconds, style: style ?? "f" } : null;
}

function withoutEnding(url) {
  let unopened = url.split(")").length - url.split("(").length;
  let end = url.length;
  while (AFTER_A_SENTENCE.has(url[end - 1]) || (url[end - 1] === ")" && unopened > 0)) {
    if (url[end - 1] === ")") unopened -= 1;
    end -= 1;
  }
  return url.slice(0, end);
}
