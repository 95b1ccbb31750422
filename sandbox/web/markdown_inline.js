/**
 * Discord's markdown within a text: bold, italic, links, mentions and so on. Pure.
 *
 * Marks may stand in each other and over several lines. One that nothing closes stays as it was typed.
 */

import { angle, bareLink, everyone, matchAt, target } from "./markdown_atoms.js";
import { Code } from "./markdown_code.js";

const MOST_NESTED = 16; // marks around one letter; what is deeper stays as it was typed
const ESCAPED = /\\[^\p{L}\p{N}\s]/uy;
const SHRUG = "¯\\_(ツ)_/¯"; // its arm is no escape, says Discord
const PAIRS = { "*": "strong", _: "underline", "~": "strike", "|": "spoiler" };

/** The nodes of a text, texts that touch joined into one. */
export function parseInline(text) {
  return new Inline(text.replace(/\r\n?/g, "\n")).nodes(0, Infinity);
}

/** The end of the escape at `at`, or `at` itself where there is none. */
export function escapeEnd(text, at) {
  return at + (matchAt(ESCAPED, text, at)?.[0].length ?? 0);
}

/**
 * One text.
 *
 * Keeps: a mark's end is looked for once for each end of what it stands in, and marks nest so far and no further. So
 * the time grows with the length of the text, whatever stands in it.
 */
class Inline {
  #text;
  #code;
  #labels; // where each `[` is closed
  #rows; // where the row of the same mark, that a character is in, begins and ends
  #unclosed = new Map(); // mark and end -> from where on nothing closes it

  constructor(text) {
    this.#text = text;
    this.#code = new Code(text);
    this.#rows = rows(text);
    this.#labels = this.#brackets();
  }

  nodes(start, limit, inside = { depth: 0, isInLink: false }) {
    const found = [];
    const end = Math.min(limit, this.#text.length);
    for (let at = start; at < end;) {
      const hit = this.#hit(at, end, inside) ?? plain(this.#text[at], at + 1);
      append(found, hit.node);
      at = hit.end;
    }
    return found;
  }

  /** What begins at `at`: a node and its end, or null. */
  #hit(at, end, inside) {
    const text = this.#text;
    switch (text[at]) {
      case "\n":
        return { node: { type: "break" }, end: at + 1 };
      case "\\":
        return this.#escaped(at);
      case "¯":
        return text.startsWith(SHRUG, at) ? plain(SHRUG, at + SHRUG.length) : null;
      case "`":
        return this.#codeOrTicks(at, end);
      case "*":
      case "_":
        return this.#longest([this.#italic(at, end), this.#pair(at, end)], inside);
      case "~":
      case "|":
        return this.#longest([this.#pair(at, end)], inside);
      case "<":
        return angle(text, at, end, inside.isInLink);
      case "@":
        return everyone(text, at, end);
      case "[":
        return inside.isInLink ? null : this.#maskedLink(at, end, inside);
      case "h":
      case "H":
        return inside.isInLink ? null : bareLink(text, at, end);
      default:
        return null;
    }
  }

  #escaped(at) {
    const end = escapeEnd(this.#text, at);
    return end > at ? plain(this.#text.slice(at + 1, end), end) : null;
  }

  #codeOrTicks(at, end) {
    const code = this.#code.at(at);
    if (code && code.end <= end) return code;
    const stop = Math.min(this.#code.runEnd(at), end);
    return plain(this.#text.slice(at, stop), stop);
  }

  /** Of the spans that could begin here, the longest; the first of two that are alike. */
  #longest(spans, inside) {
    if (inside.depth >= MOST_NESTED) return null;
    const span = spans.reduce((best, next) => (next && (!best || next.end > best.end) ? next : best), null);
    if (!span) return null;
    const children = this.nodes(span.start, span.close, { ...inside, depth: inside.depth + 1 });
    return { node: { type: span.type, children }, end: span.end };
  }

  /** `**`, `__`, `~~` and `||`. */
  #pair(at, end) {
    const mark = this.#text[at];
    const opened = this.#rowEnd(at, end);
    const row = opened - at >= 2 && this.#closing(mark + mark, opened, end, (from, to) => to - from >= 2);
    if (!row) return null;
    // `**a *b***`: the inner mark closes first. Strokes and bars have no single mark that could.
    const close = mark === "*" || mark === "_" ? row.end - 2 : row.start;
    return { type: PAIRS[mark], start: at + 2, close, end: close + 2 };
  }

  /** `*` and `_`: alone, or what is left beside pairs. */
  #italic(at, end) {
    const mark = this.#text[at];
    const opened = this.#rowEnd(at, end);
    if ((opened - at) % 2 === 0 || !this.#mayOpen(mark, at)) return null;
    const row = this.#closing(mark, opened, end, (from, to) => (to - from) % 2 === 1 && this.#mayClose(mark, to));
    if (!row || (mark === "*" && row.end - row.start === 1 && isBlank(this.#text[row.start - 1]))) return null;
    return { type: "em", start: at + 1, close: row.end - 1, end: row.end };
  }

  #mayOpen(mark, at) {
    if (mark === "*") return !isBlank(this.#text[at + 1] ?? "");
    return !isOfWord(this.#text[this.#rows.starts[at] - 1]);
  }

  /** Underscores within words are theirs. */
  #mayClose(mark, end) {
    return mark === "*" || !isOfWord(this.#text[end]);
  }

  /** The first row of the mark after `from` that fits; escapes and code are passed over. */
  #closing(mark, from, end, fits) {
    const key = `${mark} ${end}`;
    if (from >= (this.#unclosed.get(key) ?? Infinity)) return null;
    for (let at = from; at < end; at = this.#next(at, end)) {
      if (this.#text[at] !== mark[0]) continue;
      const stop = this.#rowEnd(at, end);
      if (fits(at, stop)) return { start: at, end: stop };
    }
    this.#unclosed.set(key, from);
    return null;
  }

  /** Where to go on looking: after an escape, a piece of code, a row of marks or a character. */
  #next(at, end) {
    const character = this.#text[at];
    if (character === "\\") return Math.max(at + 1, escapeEnd(this.#text, at));
    if (character === "`") return this.#codeOrTicks(at, end).end;
    return character in PAIRS ? this.#rowEnd(at, end) : at + 1;
  }

  #rowEnd(at, end) {
    return Math.min(this.#rows.ends[at], end);
  }

  /** A label that is an address itself would hide where the link leads: it stays as it was typed. */
  #maskedLink(at, end, inside) {
    const close = this.#labels.get(at);
    const label = this.#text.slice(at + 1, close);
    if (close === undefined || isBlank(label) || /https?:\/\//i.test(label)) return null;
    const leads = target(this.#text, close + 1, end);
    if (!leads) return null;
    const children = this.nodes(at + 1, close, { depth: inside.depth + 1, isInLink: true });
    return { node: { type: "link", url: leads.url, title: leads.title, children }, end: leads.end };
  }

  #brackets() {
    const closed = new Map();
    const open = [];
    for (let at = 0; at < this.#text.length; at = this.#next(at, this.#text.length)) {
      if (this.#text[at] === "[") open.push(at);
      else if (this.#text[at] === "]" && open.length) closed.set(open.pop(), at);
    }
    return closed;
  }
}

/** For each character, where the row of the same mark around it begins and where it ends. */
function rows(text) {
  const starts = new Int32Array(text.length);
  const ends = new Int32Array(text.length);
  for (const { 0: row, index } of text.matchAll(/([*_~|])\1*/g)) {
    starts.fill(index, index, index + row.length);
    ends.fill(index + row.length, index, index + row.length);
  }
  return { starts, ends };
}

function plain(text, end) {
  return { node: { type: "text", text }, end };
}

function append(found, node) {
  const last = found.at(-1);
  if (node.type === "text" && last?.type === "text") last.text += node.text;
  else found.push(node);
}

function isBlank(text) {
  return !/\S/.test(text);
}

function isOfWord(character) {
  return character !== undefined && /[\p{L}\p{N}]/u.test(character);
}
