/**
 * Discord's markdown: text -> a tree of plain objects. Pure, no DOM.
 *
 * Source of the rules: Discord docs, "Message Formatting", and its help article on Markdown. What is no mark, or is one
 * that is not closed, stays as it was typed.
 *
 * Blocks: `paragraph`, `heading` (level), `small`, `quote`, `list` (isOrdered, start, items), `pre` (language, text).
 * Within them: `text`, `break`, `strong`, `em`, `underline`, `strike`, `spoiler`, `code`, `link` (url, title), `user`,
 * `role` and `channel` (id), `everyone` (name), `command` and `emoji` (name, id), `time` (seconds, style), and `pre`
 * where a mark is around it. All that hold others have them in `children`; a list has `items`, each a list of blocks.
 */

import { matchAt } from "./markdown_atoms.js";
import { Code } from "./markdown_code.js";
import { escapeEnd, parseInline } from "./markdown_inline.js";

export { parseInline };

const REST_QUOTED = / *>>> ([^]+)/y;
const QUOTED = /(?: *> [^\n]*(?:\n|$))+/y;
const HEADING = / *(#{1,3}) +(\S[^\n]*)(?:\n|$)/y;
const SMALL = / *-# +(\S[^\n]*)(?:\n|$)/y;
const ITEM = /( *)(?:[-*+]|(\d{1,9})\.) +(\S[^\n]*)(?:\n|$)/y;
const GOES_ON = /( {2,})(\S[^\n]*)(?:\n|$)/y;

// What may begin with a line. Each gives where it ends and its nodes, or null.
const WITHIN_ITEMS = [heading, small];
const WITHIN_QUOTES = [...WITHIN_ITEMS, lists];
const ANYWHERE = [restQuoted, quoted, ...WITHIN_QUOTES];

/** The blocks of a text. */
export function parse(text) {
  return blocks(text.replace(/\r\n?/g, "\n"), ANYWHERE);
}

function blocks(text, rules) {
  const found = [];
  const code = new Code(text);
  for (let at = 0; at < text.length;) {
    const block = blockAt(text, at, rules);
    const end = block ? block.end : paragraphEnd(text, at, rules, code);
    found.push(...(block ? block.nodes() : paragraphs(text.slice(at, end))));
    at = block ? end : end + 1;
  }
  return found;
}

function blockAt(text, at, rules) {
  for (const rule of rules) {
    const block = rule(text, at);
    if (block) return block;
  }
  return null;
}

/** The line end before the next block, or the last one; what looks like a block within code is none. */
function paragraphEnd(text, start, rules, code) {
  for (let at = start; at < text.length;) {
    if (text[at] === "\n" && (at + 1 === text.length || blockAt(text, at + 1, rules))) return at;
    if (text[at] === "`") at = code.at(at)?.end ?? code.runEnd(at);
    else at = Math.max(at + 1, text[at] === "\\" ? escapeEnd(text, at) : 0);
  }
  return text.length;
}

// Blocks

function restQuoted(text, at) {
  const match = matchAt(REST_QUOTED, text, at);
  return match && { end: text.length, nodes: () => [quote(match[1])] };
}

function quoted(text, at) {
  const match = matchAt(QUOTED, text, at);
  return match && { end: at + match[0].length, nodes: () => [quote(match[0].replace(/^ *> /gm, ""))] };
}

function quote(text) {
  return { type: "quote", children: blocks(text, WITHIN_QUOTES) };
}

function heading(text, at) {
  const match = matchAt(HEADING, text, at);
  const nodes = () => [{ type: "heading", level: match[1].length, children: parseInline(match[2]) }];
  return match && { end: at + match[0].length, nodes };
}

function small(text, at) {
  const match = matchAt(SMALL, text, at);
  return match && { end: at + match[0].length, nodes: () => [{ type: "small", children: parseInline(match[1]) }] };
}

/** All the lines of lists that follow each other: a list for each kind of mark. */
function lists(text, start) {
  const items = [];
  let at = start;
  for (let line = itemAt(text, at); line; line = itemAt(text, at) ?? moreAt(text, at, items.at(-1))) {
    if (line.isMore) items.at(-1).text += `\n${line.text}`;
    else items.push(line);
    at = line.end;
  }
  return items.length ? { end: at, nodes: () => nested(items) } : null;
}

function itemAt(text, at) {
  const match = matchAt(ITEM, text, at);
  if (!match) return null;
  const [whole, indent, number, content] = match;
  return { indent: indent.length, number: number && Number(number), text: content, end: at + whole.length };
}

/** A line that is indented below an item goes on with it. */
function moreAt(text, at, item) {
  const match = matchAt(GOES_ON, text, at);
  if (!match || match[1].length < item.indent + 2) return null;
  return { isMore: true, text: match[2], end: at + match[0].length };
}

function nested(items) {
  const found = [];
  for (let at = 0; at < items.length;) {
    const { node, end } = list(items, at);
    found.push(node);
    at = end;
  }
  return found;
}

/** The list that begins with an item, and the lists within its items; where the next one begins. */
function list(items, first) {
  const { indent, number } = items[first];
  const isOrdered = number !== undefined;
  const node = { type: "list", isOrdered, start: number ?? 1, items: [] };
  let at = first;
  while (at < items.length && items[at].indent >= indent) {
    if (items[at].indent >= indent + 2) {
      const inner = list(items, at);
      node.items.at(-1).push(inner.node);
      at = inner.end;
    } else if ((items[at].number !== undefined) === isOrdered) {
      node.items.push(blocks(items[at].text, WITHIN_ITEMS));
      at += 1;
    } else break;
  }
  return { node, end: at };
}

// Paragraphs

/** Text and the fenced code in it, in their order. */
function paragraphs(raw) {
  if (!raw) return [paragraph([{ type: "break" }])];
  const found = [];
  let lines = [];
  const finish = (isBeforeCode) => {
    const kept = withoutLineEnds(lines, found.length > 0, isBeforeCode);
    if (kept.length) found.push(paragraph(kept));
    lines = [];
  };
  for (const node of parseInline(raw)) {
    if (node.type !== "pre") lines.push(node);
    else {
      finish(true);
      found.push(node);
    }
  }
  finish(false);
  return found;
}

function paragraph(children) {
  return { type: "paragraph", children };
}

/** Without the line ends beside code, which begins a line of its own anyway; a last line that is empty stays one. */
function withoutLineEnds(nodes, isAfterCode, isBeforeCode) {
  const isBreak = (node) => node?.type === "break";
  if (!nodes.length) return [];
  const start = isAfterCode && isBreak(nodes[0]) ? 1 : 0;
  const end = isBeforeCode && isBreak(nodes.at(-1)) ? nodes.length - 1 : nodes.length;
  if (end < start) return [];
  const kept = nodes.slice(start, end);
  return kept.length && !isBreak(kept.at(-1)) ? kept : [...kept, { type: "break" }];
}
