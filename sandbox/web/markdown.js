/** Discord's markdown as elements. Whatever somebody wrote becomes text; nothing is loaded from anywhere. */

import { button, el } from "./dom.js";
import { parse, parseInline } from "./markdown_parser.js";
import { timestamp } from "./timestamps.js";

const MESSAGE_LINK = /^https:\/\/discord\.com\/channels\/(?:\d+|@me)\/(\d+)\/(\d+)$/;
const HIDDEN = "Spoiler, press to show";

// `context` may have any of these: user(id), role(id) and channel(id), which give a name or null;
// openChannel(id), useCommand(name) and openMessage(channelId, messageId), which are called for who presses the mention
// of one, or the link to a message.
const INLINE = {
  text: (node) => node.text,
  break: () => el("br"),
  strong: wrapped("strong"),
  em: wrapped("em"),
  underline: wrapped("u"),
  strike: wrapped("s"),
  spoiler: (node, draw) => spoiler(draw(node.children)),
  code: (node) => el("code", { class: "md-code" }, node.text),
  pre: (node) => el("code", { class: "md-code" }, node.text),
  link: (node, draw, context) => link(node, draw(node.children), context),
  user: (node, _, context) => mention("@", node.id, context.user),
  role: (node, _, context) => mention("@", node.id, context.role),
  channel: (node, _, context) => mention("#", node.id, context.channel, context.openChannel),
  everyone: (node) => el("span", { class: "mention" }, `@${node.name}`),
  command: (node, _, context) => pressable(`/${node.name}`, bound(context.useCommand, node.name)),
  emoji: (node) => `:${node.name}:`,
  time: (node) => timestamp(node.seconds, node.style),
};

const BLOCKS = {
  ...INLINE,
  paragraph: wrapped("div", "md-text"),
  // The page's own headings are above those of any message.
  heading: ({ level, children }, draw) =>
    el(`h${level + 2}`, { class: `md-heading md-heading-${level}` }, draw(children)),
  small: wrapped("small", "md-small"),
  quote: wrapped("blockquote", "md-quote"),
  list: (node, draw) =>
    el(
      node.isOrdered ? "ol" : "ul",
      { class: "md-list", start: node.isOrdered && node.start !== 1 && node.start },
      node.items.map((item) => el("li", {}, draw(item))),
    ),
  pre: (node) => el("pre", { class: "md-pre", "data-language": node.language }, el("code", {}, node.text)),
};

/** A text with its blocks: headings, quotes, lists, code. */
export function markdown(text, context = {}) {
  return fragment(parse(text), BLOCKS, context);
}

/** A text without blocks, for labels and the like. */
export function inline(text, context = {}) {
  return fragment(parseInline(text), INLINE, context);
}

function fragment(nodes, kinds, context) {
  const draw = (some) => some.map((node) => kinds[node.type](node, draw, context));
  const made = document.createDocumentFragment();
  made.append(...draw(nodes));
  return made;
}

function wrapped(tag, name) {
  return (node, draw) => el(tag, { class: name }, draw(node.children));
}

function link(node, children, { openMessage, channel }) {
  const message = openMessage && MESSAGE_LINK.exec(node.url);
  if (message) {
    const [, channelId, messageId] = message;
    const isBare = node.children[0]?.text === node.url;
    const label = isBare ? `${placeName(channel?.(channelId) ?? channelId)} › message` : children;
    return button(label, () => openMessage(channelId, messageId), { class: "mention" });
  }
  const where = { href: node.url, title: node.title, target: "_blank", rel: "noopener noreferrer" };
  return el("a", { class: "md-link", ...where }, children);
}

function placeName(name) {
  return name.startsWith("@") ? name : `#${name}`;
}

/** Somebody whose name is not known is shown by their id. */
function mention(sign, id, nameOf, open) {
  return pressable(`${sign}${nameOf?.(id) ?? id}`, bound(open, id));
}

function pressable(label, press) {
  return press ? button(label, press, { class: "mention" }) : el("span", { class: "mention" }, label);
}

function bound(call, value) {
  return call && (() => call(value));
}

/**
 * Something that is shown only after a click, Enter or a blank.
 *
 * Until then nothing in it can be pressed, selected, searched or read out; then it is ordinary text, and stays so.
 */
function spoiler(children) {
  const hidden = el("span", { class: "spoiler-text", inert: true }, children);
  const cover = { role: "button", tabindex: "0", "aria-label": HIDDEN };
  const node = el("span", { class: "spoiler", ...cover, onclick: show, onkeydown: showByKey }, hidden);

  function show(event) {
    if (node.classList.contains("is-shown")) return;
    event.preventDefault(); // a link or a button around it is not meant yet
    event.stopPropagation();
    node.classList.add("is-shown");
    node.removeAttribute("role");
    node.removeAttribute("aria-label");
    node.setAttribute("tabindex", "-1"); // the focus stays where it is
    hidden.removeAttribute("inert");
  }

  function showByKey(event) {
    if (event.target === node && (event.key === "Enter" || event.key === " ")) show(event);
  }

  return node;
}
