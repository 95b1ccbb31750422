/** One message as its reader sees it: head, content, components, and what can be done with it. */

import { button, el, icon } from "./dom.js";
import { embed, usedByEmbeds } from "./embeds.js";
import { markdown } from "./markdown.js";
import { fileCard, medium } from "./media.js";
import { mosaic, parts } from "./parts.js";
import { drawn, raw } from "./raw.js";
import { replyLine } from "./reply.js";

const SUPPRESS_EMBEDS = 1 << 2;
const LOADING = 1 << 7;
const V2 = 1 << 15;
const KNOWN_TYPES = new Set([0, 19, 20, 23]);
// What the page shows or lets be, and what tells nothing to whom reads.
const KNOWN_KEYS = new Set([
  "id",
  "channel_id",
  "guild_id",
  "type",
  "author",
  "member",
  "timestamp",
  "edited_timestamp",
  "pinned",
  "tts",
  "webhook_id",
  "application_id",
  "interaction_metadata",
  "interaction",
  "nonce",
  "content",
  "embeds",
  "components",
  "attachments",
  "flags",
  "mentions",
  "mention_roles",
  "mention_everyone",
  "mention_channels",
  "message_reference",
  "referenced_message",
  "position",
]);
const IS_SPOILER = 1 << 3; // a flag of an attachment
const TOGETHER_MS = 7 * 60 * 1000; // messages of one author under one head

/** A row of the timeline. `context`: {session, names, act, revealed, menu(view, anchor, at), dismiss(view)}. */
export function messageRow(view, before, context) {
  const { message } = view;
  const own = { ...context, view };
  const isLead = !continues(view, before);
  const row = el(
    "li",
    {
      class: [
        "message",
        isLead ? "is-lead" : "is-more",
        view.ephemeral && "is-ephemeral",
        mentions(message, context) && "is-mention",
      ].filter(Boolean),
      id: `message-${message.id}`,
      "data-version": view.version,
      oncontextmenu: (event) => {
        if (event.target.closest("a:not(.medium-link), pre, input, textarea")) return; // these have the browser's menu
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
    tabindex: "-1",
    "aria-label": `More for the message of ${message.author.global_name ?? message.author.username}`,
    "aria-haspopup": "menu",
  });
  row.append(more);
  return row;
}

/** Whether it hangs under the head of the message before. */
export function continues(view, before) {
  if (!before || view.message.message_reference || view.command) return false;
  if (view.ephemeral || before.ephemeral || before.message.author.id !== view.message.author.id) return false;
  return Date.parse(view.message.timestamp) - Date.parse(before.message.timestamp) < TOGETHER_MS;
}

export function avatar(person) {
  const name = person.global_name ?? person.name ?? person.username;
  return el("span", { class: `avatar avatar-${hue(name)}`, "aria-hidden": "true" }, name.slice(0, 1));
}

function hue(name) {
  return [...name].reduce((sum, letter) => (sum * 49 + letter.codePointAt(0)) % 997, 7) % 6;
}

function mentions(message, { session }) {
  const isOfMine = (id) => session.me.roles.includes(session.roles.find((one) => one.id === id)?.name);
  return (
    message.mention_everyone ||
    message.mentions.some((one) => one.id === session.me.id) ||
    message.mention_roles.some(isOfMine)
  );
}

function above(view, context) {
  const { message } = view;
  if (!view.command) return message.message_reference ? replyLine(view, context) : null;
  const by = message.interaction_metadata?.user?.id;
  const shown = message.type === 23 ? view.command : `/${view.command}`;
  return el(
    "p",
    { class: "message-above" },
    el("b", {}, context.session.user(by) ?? "Somebody"),
    " used ",
    el("span", { class: "used" }, shown),
  );
}

function head(message) {
  const at = new Date(message.timestamp);
  const isToday = at.toDateString() === new Date().toDateString();
  const clock = { hour: "2-digit", minute: "2-digit" };
  const when = isToday
    ? at.toLocaleTimeString([], clock)
    : at.toLocaleString([], { dateStyle: "short", timeStyle: "short" });
  return el(
    "p",
    { class: "message-head" },
    el("b", { class: "author" }, message.author.global_name ?? message.author.username),
    message.author.bot && el("span", { class: "tag" }, "APP"),
    el("time", { class: "small soft", datetime: message.timestamp, title: at.toLocaleString() }, when),
  );
}

function body(message, context) {
  if (message.flags & LOADING) return thinking(message);
  if (!KNOWN_TYPES.has(message.type)) return raw(`a message of type ${message.type}`, message);
  const isV2 = Boolean(message.flags & V2);
  const shown = [
    message.content && el("div", { class: "text" }, markdown(message.content, context.names)),
    !isV2 && attachments(message, context),
    !(message.flags & SUPPRESS_EMBEDS) && message.embeds.map((one) => embed(one, context)),
    parts(message.components, context),
    unknown(message),
    message.edited_timestamp && !isV2 && el("span", { class: "small soft" }, " (edited)"),
  ].flat();
  return shown.some(Boolean) ? shown : raw("an empty message", message);
}

function attachments(message, context) {
  const used = usedByEmbeds(message);
  const own = message.attachments.filter((one) => !used.has(one));
  const media = own.filter(isMedium).map((one) => drawn("an attachment", one, () => attachment(one, context)));
  const files = own
    .filter((one) => !isMedium(one))
    .map((one) => drawn("an attachment", one, () => attachment(one, context)));
  return [media.length > 1 ? mosaic(media) : media.map((one) => el("div", { class: "attachment" }, one)), files].flat();
}

function isMedium({ content_type: type }) {
  return /^(image|video)\//.test(type ?? "");
}

function attachment(one, { revealed }) {
  const spoiler = Boolean(one.flags & IS_SPOILER) || one.filename.startsWith("SPOILER_");
  if (!isMedium(one)) return fileCard(one, { spoiler, revealed });
  return medium(one, { description: one.description ?? one.filename, spoiler, revealed });
}

/** What else a message has: a poll, stickers, and whatever comes after them. */
function unknown(message) {
  const isSaying = ([key, value]) => !KNOWN_KEYS.has(key) && value && (!Array.isArray(value) || value.length > 0);
  const rest = Object.fromEntries(Object.entries(message).filter(isSaying));
  const keys = Object.keys(rest);
  return keys.length > 0 && raw(`${keys.join(", ")} of a message`, rest);
}

function thinking(message) {
  const name = message.author.global_name ?? message.author.username;
  return el(
    "p",
    { class: "thinking soft" },
    el("span", { class: "dots", "aria-hidden": "true" }, "●●●"),
    ` ${name} is thinking…`,
  );
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
