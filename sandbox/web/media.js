/** Pictures, clips and files of messages. Only what the sandbox itself keeps is loaded. */

import { button, el, fill, icon } from "./dom.js";
import { raw } from "./raw.js";

const PREVIEW_BYTES = 64 * 1024; // longer text files are only linked
const TEXT = /^(text\/|application\/json)/;

/** The address on this server, whatever name the sandbox was opened by; null for what is elsewhere. */
export function ownPath(url) {
  const parsed = URL.canParse(url) ? new URL(url) : null;
  return parsed?.pathname.startsWith("/cdn/") ? parsed.pathname + parsed.search : null;
}

/** A picture or clip. `media`: {url, content_type, width, height}; `revealed`: a Set that outlives redrawing. */
export function medium(media, { description, spoiler, revealed, key }) {
  const path = ownPath(media.url);
  if (path === null) return elsewhere(media.url);
  const type = media.content_type ?? "";
  const shown = type.startsWith("video/")
    ? video(path, media, description)
    : type.startsWith("image/")
      ? picture(path, media, description)
      : raw(`media of type ${type || "unknown"}`, media);
  return spoiler && !revealed.has(key) ? hidden(shown, () => revealed.add(key)) : shown;
}

/** A file with its size and, where it is text, its content on demand. `file`: {url, filename, size, content_type}. */
export function fileCard(file) {
  const path = ownPath(file.url);
  if (path === null) return elsewhere(file.url);
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
  if (bytes < 1024) return `${bytes} bytes`;
  const [size, unit] = bytes < 1024 ** 2 ? [bytes / 1024, "KB"] : [bytes / 1024 ** 2, "MB"];
  return `${size.toFixed(size < 10 ? 1 : 0)} ${unit}`;
}

function video(path, media, description) {
  const shape = (event) => event.target.classList.toggle("is-tall", event.target.videoHeight >= event.target.videoWidth);
  return el("video", {
    class: "medium",
    src: path,
    controls: true,
    preload: "metadata",
    playsinline: true,
    loop: true,
    onloadedmetadata: shape,
    width: media.width,
    height: media.height,
    title: description,
    "aria-label": description ?? "Clip",
    "data-keep": path.split("?")[0],
  });
}

function picture(path, media, description) {
  const image = el("img", {
    class: "medium",
    src: path,
    alt: description ?? "",
    width: media.width,
    height: media.height,
    loading: "lazy",
    "data-keep": path.split("?")[0],
  });
  return el("a", { class: "medium-link", href: path, target: "_blank", "aria-label": `Open ${description ?? "the picture"}` }, image);
}

function hidden(shown, reveal) {
  const cover = button("Spoiler", () => {
    reveal();
    box.replaceWith(shown);
  }, { class: "cover", "aria-label": "Spoiler, press to show" });
  const box = el("div", { class: "covered" }, el("div", { inert: true, "aria-hidden": "true" }, shown), cover);
  return box;
}

function elsewhere(url) {
  return el(
    "p",
    { class: "elsewhere small soft" },
    "A medium from elsewhere, which this page does not load: ",
    el("code", {}, url),
  );
}

function preview(path) {
  const text = el("pre", { tabindex: "0" });
  const load = async () => {
    if (text.textContent) return;
    const response = await fetch(path).catch(() => null);
    fill(text, response?.ok ? await response.text() : "The file is gone.");
  };
  return el("details", { ontoggle: load }, el("summary", {}, "Show"), text);
}
