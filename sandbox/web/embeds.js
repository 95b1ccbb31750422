/** Embeds, as the older messages of bots have them. */

import { el } from "./dom.js";
import { markdown } from "./markdown.js";
import { medium } from "./media.js";
import { safeUrl } from "./parts.js";
import { raw } from "./raw.js";

const SHOWN = new Set([
  "type", "title", "description", "url", "color", "timestamp", "footer", "author", "fields", "image", "thumbnail", "video", "provider",
]);

export function embed(one, context) {
  const box = el(
    "article",
    { class: "embed" },
    one.provider?.name && el("p", { class: "small soft" }, one.provider.name),
    one.author?.name && el("p", { class: "embed-author" }, linked(one.author.name, one.author.url)),
    one.title && el("h3", { class: "embed-title" }, linked(one.title, one.url)),
    one.description && el("div", {}, markdown(one.description, context.names)),
    one.fields?.length && fields(one.fields, context),
    ["image", "thumbnail", "video"].map((key) => one[key]?.url && picture(one[key], key, context)),
    foot(one),
    unknown(one),
  );
  if (one.color) box.style.setProperty("--container-accent", `#${one.color.toString(16).padStart(6, "0")}`);
  return box;
}

function linked(text, url) {
  const href = safeUrl(url);
  return href ? el("a", { href, target: "_blank", rel: "noopener noreferrer" }, text) : text;
}

function fields(list, context) {
  return el(
    "dl",
    { class: "embed-fields" },
    list.map((field) =>
      el("div", { class: field.inline && "is-inline" }, el("dt", {}, markdown(field.name, context.names)), el("dd", {}, markdown(field.value, context.names))),
    ),
  );
}

function picture(media, key, context) {
  const type = media.content_type ?? (key === "video" ? "video/mp4" : "image/png");
  const description = media.description ?? `The embed's ${key}`;
  return medium({ ...media, content_type: type }, { description, revealed: context.revealed, key });
}

function foot(one) {
  const when = one.timestamp && new Date(one.timestamp).toLocaleString();
  const words = [one.footer?.text, when].filter(Boolean);
  return words.length > 0 && el("p", { class: "small soft" }, words.join(" · "));
}

function unknown(one) {
  const rest = Object.fromEntries(Object.entries(one).filter(([key]) => !SHOWN.has(key)));
  return Object.keys(rest).length > 0 && raw("part of an embed", rest);
}
