/** Pictures, clips and files of messages. Only what the sandbox itself keeps is loaded. */

import { covered } from "./cover.js";
import { el, fill, icon } from "./dom.js";
import { raw } from "./raw.js";

const MOST_WIDE = 560; // pixels, as in parts.css
const MOST_HIGH = 420;
const PREVIEW_BYTES = 64 * 1024; // longer text files are only linked
const TEXT = /^(text\/|application\/json)/;
const HERE = new Set(["127.0.0.1", "localhost", "[::1]"]); // names of the machine that the sandbox runs on

/** The address on this server, whatever name the sandbox was opened by; null for what is elsewhere. */
export function ownPath(url) {
  const parsed = URL.canParse(url) ? new URL(url) : null;
  const isHere = parsed && (HERE.has(parsed.hostname) || parsed.host === location.host);
  return isHere && parsed.pathname.startsWith("/cdn/") ? parsed.pathname + parsed.search : null;
}

/** Which file an address means: its signature is another one in each version of a message. */
export function fileOf(url) {
  return (ownPath(url) ?? url).split("?")[0];
}

/** Only web addresses are links; anything else leads nowhere. */
export function safeUrl(url) {
  return URL.canParse(url) && /^https?:$/.test(new URL(url).protocol) ? url : null;
}

/** A picture or clip. `media`: {url, content_type, width, height}; `revealed`: a Set that outlives redrawing. */
export function medium(media, { description, spoiler, revealed }) {
  const shown = uncovered(media, description);
  return spoiler ? covered(shown, fileOf(media.url), revealed) : shown;
}

function uncovered(media, description) {
  const path = ownPath(media.url);
  if (path === null) return elsewhere(media.url, description);
  const type = media.content_type ?? "";
  if (type.startsWith("video/")) return video(path, media, description);
  return type.startsWith("image/")
    ? picture(path, media, description)
    : raw(`media of type ${type || "unknown"}`, media);
}

/**
 * A file with its size and, where it is text, its content on demand. `file`: {url, filename, size, content_type};
 * `spoiler` and `revealed` as for `medium`.
 */
export function fileCard(file, { spoiler, revealed } = {}) {
  const card = plainCard(file);
  return spoiler ? covered(card, fileOf(file.url), revealed) : card;
}

function plainCard(file) {
  const path = ownPath(file.url);
  if (path === null) return elsewhere(file.url, file.filename);
  const isText = TEXT.test(file.content_type ?? "") || /\.(txt|json|csv|log|md)$/.test(file.filename);
  return el(
    "div",
    { class: "file" },
    el(
      "p",
      { class: "file-head" },
      icon("file"),
      el("a", { href: path, target: "_blank", download: file.filename }, file.filename),
      el("span", { class: "soft small" }, sizeWords(file.size)),
    ),
    isText && file.size <= PREVIEW_BYTES && preview(path),
  );
}

/** Bytes as people say them. */
export function sizeWords(bytes) {
  if (!Number.isFinite(bytes)) return "";
  if (bytes < 1024) return `${bytes} bytes`;
  const [size, unit] = bytes < 1024 ** 2 ? [bytes / 1024, "KB"] : [bytes / 1024 ** 2, "MB"];
  return `${size.toFixed(size < 10 ? 1 : 0)} ${unit}`;
}

function video(path, media, description) {
  const shape = (event) =>
    event.target.classList.toggle("is-tall", event.target.videoHeight >= event.target.videoWidth);
  return el("video", {
    class: "medium",
    src: path,
    controls: true,
    preload: "metadata",
    playsinline: true,
    loop: true,
    onloadedmetadata: shape,
    onerror: (event) => event.target.replaceWith(failed("This clip cannot be played", path, description)),
    width: media.width,
    height: media.height,
    title: description,
    "aria-label": description ?? "Clip",
    "data-keep": fileOf(path),
  });
}

function picture(path, media, description) {
  const image = el("img", {
    class: "medium",
    src: path,
    alt: description ?? "",
    title: description,
    ...fitted(media),
    loading: "lazy",
    onerror: (event) =>
      event.target.closest("a").replaceWith(failed("This picture cannot be shown", path, description)),
    "data-keep": fileOf(path),
  });
  return el(
    "a",
    { class: "medium-link", href: path, target: "_blank", "aria-label": `Open ${description ?? "the picture"}` },
    image,
  );
}

/** The size in which a picture is shown, known before it is loaded: nothing below it moves when it is. */
function fitted({ width, height }) {
  if (!width || !height) return {};
  const scale = Math.min(1, MOST_WIDE / width, MOST_HIGH / height);
  return { width: Math.round(width * scale), height: Math.round(height * scale) };
}

/** A file that is gone, or of a kind that this browser does not know. */
function failed(what, path, description) {
  const name = decodeURIComponent(fileOf(path).split("/").at(-1));
  const words = [`${what}: `, el("a", { href: path, target: "_blank" }, name)];
  return el("p", { class: "elsewhere small soft" }, words, description && ` (${description})`);
}

function elsewhere(url, description) {
  const href = safeUrl(url);
  const address = href ? el("a", { href, target: "_blank", rel: "noopener noreferrer" }, url) : el("code", {}, url);
  return el(
    "p",
    { class: "elsewhere small soft" },
    description && el("b", {}, description),
    el("span", {}, "From elsewhere, not loaded by this page: ", address),
  );
}

function preview(path) {
  const text = el("pre", { tabindex: "0" });
  const load = async () => {
    if (text.textContent) return;
    const response = await fetch(path).catch(() => null);
    fill(text, response?.ok ? await response.text() : "The file is gone.");
  };
  return el("details", { ontoggle: load, "data-keep": fileOf(path) }, el("summary", {}, "Show"), text);
}
