/** Embeds, as the older messages of bots have them. */

import { el, unseen } from "./dom.js";
import { inline, markdown } from "./markdown.js";
import { fileOf, medium, ownPath, safeUrl } from "./media.js";
import { drawn, raw } from "./raw.js";

const ATTACHED = "attachment://";
const SHOWN = new Set([
  "type",
  "title",
  "description",
  "url",
  "color",
  "timestamp",
  "footer",
  "author",
  "fields",
  "image",
  "thumbnail",
  "video",
  "provider",
]);

export function embed(one, context) {
  return drawn("an embed", one, () => box(one, context));
}

/** The attachments that embeds of their message show: they do not stand below it once more. */
export function usedByEmbeds(message) {
  const urls = message.embeds.flatMap(({ image, thumbnail, video, author, footer }) => [
    image?.url,
    thumbnail?.url,
    video?.url,
    author?.icon_url,
    footer?.icon_url,
  ]);
  return new Set(urls.filter(Boolean).map((url) => attachmentOf(url, message)));
}

function box(one, context) {
  const { user, role, channel } = context.names; // nothing in a title can be pressed
  const parts = [
    one.provider?.name && el("p", { class: "small soft" }, one.provider.name),
    one.author?.name &&
      el("p", { class: "embed-author" }, small(one.author.icon_url, context), linked(one.author.name, one.author.url)),
    one.title && el("h3", { class: "embed-title" }, linked(inline(one.title, { user, role, channel }), one.url)),
    one.description && el("div", {}, markdown(one.description, context.names)),
    one.fields?.length && fields(one.fields, context),
    ["thumbnail", "image", "video"].map((key) => one[key]?.url && picture(one[key], key, context)),
    foot(one, context),
    unknown(one),
  ];
  if (!parts.flat().some(Boolean)) return raw("an empty embed", one);
  const made = el("article", { class: "embed" }, parts);
  if (Number.isInteger(one.color))
    made.style.setProperty("--container-accent", `#${one.color.toString(16).padStart(6, "0")}`);
  return made;
}

function linked(content, url) {
  const href = safeUrl(url);
  return href ? el("a", { href, target: "_blank", rel: "noopener noreferrer" }, content) : content;
}

function fields(list, { names }) {
  const shown = ({ name, value, inline: isInline }) =>
    el(
      "div",
      { class: isInline && "is-inline" },
      el("dt", {}, markdown(name, names)),
      el("dd", {}, markdown(value, names)),
    );
  return el("dl", { class: "embed-fields" }, list.map(shown));
}

function attachmentOf(url, { attachments }) {
  return attachments.find((one) => url === ATTACHED + one.filename || fileOf(url) === fileOf(one.url));
}

function picture(media, key, context) {
  const attached = attachmentOf(media.url, context.view.message);
  const type = key === "video" ? "video/mp4" : "image/png";
  const shown = medium(
    { ...media, content_type: media.content_type ?? type, ...attached },
    { description: media.description ?? attached?.description ?? `The embed's ${key}`, revealed: context.revealed },
  );
  return el("div", { class: `embed-${key}` }, shown);
}

/** The picture beside an author or in the foot. */
function small(url, { view }) {
  if (!url) return null;
  const path = ownPath(attachmentOf(url, view.message)?.url ?? url);
  if (path) return el("img", { class: "embed-icon", src: path, alt: "", "data-keep": fileOf(path) });
  const title = `From elsewhere, not loaded by this page: ${url}`;
  return el("span", { class: "embed-icon is-elsewhere", title }, unseen(title));
}

function foot({ footer, timestamp }, context) {
  const when = timestamp && time(timestamp);
  if (!footer?.text && !when) return null;
  return el(
    "p",
    { class: "embed-foot small soft" },
    small(footer?.icon_url, context),
    footer?.text,
    footer?.text && when && " · ",
    when,
  );
}

function time(datetime) {
  const at = new Date(datetime);
  return Number.isNaN(at.getTime()) ? datetime : el("time", { datetime }, at.toLocaleString());
}

function unknown(one) {
  const rest = Object.fromEntries(Object.entries(one).filter(([key]) => !SHOWN.has(key)));
  return Object.keys(rest).length > 0 && raw("part of an embed", rest);
}
