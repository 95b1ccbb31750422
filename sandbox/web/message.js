/** One message as its reader sees it: head, content, components, and what can be done with it. */

import { button, el, icon, unseen } from "./dom.js";
import { embed } from "./embeds.js";
import { inline, markdown } from "./markdown.js";
import { fileCard, medium } from "./media.js";
import { parts } from "./parts.js";
import { raw } from "./raw.js";

const LOADING = 1 << 7;
const V2 = 1 << 15;
const KNOWN_TYPES = new Set([0, 19, 20, 23]);
const TOGETHER_MS = 7 * 60 * 1000; // messages of one author under one head

/** A row of the timeline. `context`: {session, names, act, revealed, menu(view, anchor, at), dismiss(view)}. */
export function messageRow(view, before, context) {
  const { message } = view;
  const own = { ...context, view };
  const isLead = !continues(view, before);
  const row = el(
    "li",
    {
      class: ["message", isLead ? "is-lead" : "is-more", view.ephemeral && "is-ephemeral", mentions(message, context) && "is-mention"].filter(Boolean),
      id: `message-${message.id}`,
      "data-version": view.version,
      oncontextmenu: (event) => {
        if (event.target.closest("a, video, img, pre, input")) return;
        event.preventDefault();
        context.menu(view, more, new DOMRect(event.clientX, event.clientY, 0, 0));
      },
    },
    above(view, context),
    isLead && avatar(message.author),
    isLead && head(message),
    el("div", { class: "message-body" }, body(message, own)),
    el("p", { class: "message-wrong wrong", role: "alert" }),
    view.ephemeral && foot(view, context),
  );
  const more = button("⋯", () => context.menu(view, more), {
    class: "message-more",
    "aria-label": `More for the message of ${message.author.global_name ?? message.author.username}`,
    "aria-haspopup": "menu",
  });
  row.append(more);
  return row;
}

/** Whether it hangs under the head of the message before. */
export function continues(view, before) {
  if (!before || view.message.message_reference || view.command) return false;
  if (view.ephemeral !== before.ephemeral || before.message.author.id !== view.message.author.id) return false;
  return Date.parse(view.message.timestamp) - Date.parse(before.message.timestamp) < TOGETHER_MS;
}

export function avatar(person) {
  const name = person.global_name ?? person.name ?? person.username;
  return el("span", { class: `avatar avatar-${hue(name)}`, "aria-hidden": "true" }, name.slice(0, 1));
}

function hue(name) {
  return [...name].reduce((sum, letter) => sum + letter.codePointAt(0), 0) % 6;
}

function mentions(message, { session }) {
  return message.mentions.some((one) => one.id === session.me.id) || message.mention_everyone;
}

function above(view, { session, names }) {
  const { message } = view;
  if (view.command) {
    const by = message.interaction_metadata?.user?.id;
    const shown = message.type === 23 ? view.command : `/${view.command}`;
    return el("p", { class: "message-above" }, el("b", {}, session.user(by) ?? "Somebody"), " used ", el("span", { class: "used" }, shown));
  }
  if (!message.message_reference) return null;
  const to = message.referenced_message;
  if (!to) return el("p", { class: "message-above" }, "Original message was deleted");
  const jump = () => names.openMessage(to.channel_id, to.id);
  return el(
    "p",
    { class: "message-above" },
    unseen("Reply to "),
    button([el("b", {}, to.author.global_name ?? to.author.username), " ", el("span", { class: "message-gist" }, gist(to, names))], jump, { class: "bare" }),
  );
}

/** A message in one line. */
function gist(message, names) {
  const text = message.content || firstText(message.components) || (message.attachments.length ? "Attachment" : "Message");
  const { user, role, channel } = names; // nothing in it can be pressed: it is within a button
  return inline(text.split("\n")[0].replace(/^(#{1,3}|-#|>) /, ""), { user, role, channel });
}

function firstText(components = []) {
  for (const one of components) {
    const found = one.content ?? firstText([...(one.components ?? []), ...(one.accessory ? [one.accessory] : [])]);
    if (found) return found;
  }
  return "";
}

function head(message) {
  const at = new Date(message.timestamp);
  return el(
    "p",
    { class: "message-head" },
    el("b", { class: "author" }, message.author.global_name ?? message.author.username),
    message.author.bot && el("span", { class: "tag" }, "APP"),
    el("time", { class: "small soft", datetime: message.timestamp, title: at.toLocaleString() }, at.toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" })),
  );
}

function body(message, context) {
  if (message.flags & LOADING) return thinking(message);
  if (!KNOWN_TYPES.has(message.type)) return raw(`a message of type ${message.type}`, message);
  const isV2 = Boolean(message.flags & V2);
  const drawn = [
    message.content && el("div", { class: "text" }, markdown(message.content, context.names)),
    !isV2 && message.attachments.map((one) => attachment(one, context)),
    message.embeds.map((one) => embed(one, context)),
    parts(message.components, context),
    message.edited_timestamp && !isV2 && el("span", { class: "small soft" }, " (edited)"),
  ].flat();
  return drawn.some(Boolean) ? drawn : raw("an empty message", message);
}

function attachment(one, context) {
  const isMedium = /^(image|video)\//.test(one.content_type ?? "");
  if (!isMedium) return fileCard(one);
  const spoiler = one.filename.startsWith("SPOILER_");
  const description = one.description ?? one.filename;
  return el("div", { class: "attachment" }, medium(one, { description, spoiler, revealed: context.revealed, key: one.id }));
}

function thinking(message) {
  const name = message.author.global_name ?? message.author.username;
  return el("p", { class: "thinking soft" }, el("span", { class: "dots", "aria-hidden": "true" }, "●●●"), ` ${name} is thinking…`);
}

function foot(view, context) {
  return el(
    "p",
    { class: "message-foot small soft" },
    icon("eye"),
    " Only you can see this · ",
    button("Dismiss message", () => context.dismiss(view), { class: "bare link" }),
  );
}
