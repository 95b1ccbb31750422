/** The line above a message that answers another one. */

import { button, el, unseen } from "./dom.js";
import { inline } from "./markdown.js";

const EPHEMERAL = 1 << 6;
const LOADING = 1 << 7;

/** Whom and what a message answers; pressing it leads there. */
export function replyLine({ message }, { session, names }) {
  const to = message.referenced_message;
  if (!to) return el("p", { class: "message-above" }, "Original message was deleted");
  if (isHidden(to, session.me))
    return el("p", { class: "message-above" }, "Reply to a message that only somebody else can see");
  const jump = () => names.openMessage(to.channel_id, to.id);
  const author = el("b", {}, to.author.global_name ?? to.author.username);
  return el(
    "p",
    { class: "message-above" },
    unseen("Reply to "),
    button([author, " ", el("span", { class: "message-gist" }, gist(to, names))], jump, { class: "bare" }),
  );
}

/** Only who began an interaction sees its ephemeral messages. */
function isHidden(message, me) {
  return Boolean(message.flags & EPHEMERAL) && message.interaction_metadata?.user?.id !== me.id;
}

/** A message in one line. Nothing in it can be pressed or uncovered: it is within a button. */
function gist(message, { user, role, channel }) {
  const drawn = inline(
    words(message)
      .split("\n")[0]
      .replace(/^(#{1,3}|-#|>) /, ""),
    { user, role, channel },
  );
  for (const link of drawn.querySelectorAll("a")) link.replaceWith(...link.childNodes);
  for (const spoiler of drawn.querySelectorAll(".spoiler"))
    spoiler.replaceWith(el("span", { class: "spoiler" }, ...spoiler.childNodes));
  return drawn;
}

function words(message) {
  if (message.flags & LOADING) return "Thinking…";
  const [embed] = message.embeds;
  const text = message.content || firstText(message.components) || embed?.title || embed?.description;
  return text || (message.attachments.length ? "Attachment" : "Message");
}

function firstText(components = []) {
  for (const one of components) {
    const found = one.content ?? firstText([...(one.components ?? []), ...(one.accessory ? [one.accessory] : [])]);
    if (found) return found;
  }
  return "";
}
