/** Files for an option, a form or a message: by dialog, by drag and drop, or pasted. */

import { button, el, fill, icon } from "./dom.js";
import { sizeWords } from "./media.js";

/** `limit()`: the bytes that a file may have. `changed()` hears when files were added or taken away. */
export class FileField {
  constructor({ id = null, label, most = 1, limit = () => Infinity, changed = () => {} }) {
    Object.assign(this, { most, limit, changed, label });
    this.files = [];
    this.input = el("input", {
      type: "file",
      class: "unseen",
      tabindex: "-1",
      multiple: most > 1,
      "aria-label": label,
    });
    this.input.addEventListener("change", () => {
      this.add([...this.input.files]);
      this.input.value = "";
    });
    const words = most > 1 ? `Choose up to ${most} files or drop them here` : "Choose a file or drop one here";
    this.browse = button(words, () => this.input.click(), { class: "drop-zone", id });
    this.list = el("ul", { class: "files" });
    this.wrong = el("p", { class: "wrong", role: "alert" });
    this.element = el("div", { class: "file-field" }, this.list, this.browse, this.input, this.wrong);
    acceptDrops(this.element, (files) => this.add(files));
    this.element.addEventListener("paste", (event) => takePaste(event, (files) => this.add(files)));
    this.draw();
  }

  /** Adds files as far as there is room; with room for one, a new one takes the place of the old. */
  add(files) {
    fill(this.wrong);
    const large = files.find((file) => file.size > this.limit());
    if (large) {
      fill(this.wrong, tooLarge(large, this.limit()));
      return;
    }
    if (this.most > 1 && this.files.length + files.length > this.most)
      fill(this.wrong, `Only ${this.most} files have room.`);
    this.files = this.most === 1 ? files.slice(-1) : [...this.files, ...files].slice(0, this.most);
    this.draw();
    this.changed();
  }

  draw() {
    fill(
      this.list,
      this.files.map((file) => chip(file, () => this.remove(file))),
    );
    this.list.hidden = !this.files.length;
    this.browse.hidden = this.most === 1 && this.files.length === 1;
  }

  remove(file) {
    this.files = this.files.filter((one) => one !== file);
    this.draw();
    this.changed();
    this.focus();
  }

  focus() {
    (this.browse.hidden ? this.list.querySelector("button") : this.browse).focus();
  }
}

/** What is said of a file that is over a limit in bytes. */
export function tooLarge(file, limit) {
  return `${file.name} has ${sizeWords(file.size)}; files here may have ${sizeWords(limit)}.`;
}

/** A file with a small picture of it and a button that takes it away. */
export function chip(file, remove) {
  const isPicture = file.type.startsWith("image/");
  const image = isPicture && el("img", { class: "file-thumb", alt: "", src: URL.createObjectURL(file) });
  if (image) image.addEventListener("load", () => URL.revokeObjectURL(image.src));
  return el(
    "li",
    { class: "file-chip" },
    image || icon("file"),
    el("span", { class: "file-name" }, file.name),
    el("span", { class: "small soft" }, sizeWords(file.size)),
    button("✕", remove, { class: "bare", "aria-label": `Remove ${file.name}` }),
  );
}

/** Files that are dragged over `element` mark it; dropped ones are given to `take`. */
export function acceptDrops(element, take) {
  const hasFiles = (event) => event.dataTransfer?.types.includes("Files");
  element.addEventListener("dragover", (event) => {
    if (!hasFiles(event)) return;
    event.preventDefault();
    element.classList.add("is-over");
  });
  element.addEventListener("dragleave", (event) => {
    if (!element.contains(event.relatedTarget)) element.classList.remove("is-over");
  });
  element.addEventListener("drop", (event) => {
    element.classList.remove("is-over");
    if (!hasFiles(event)) return;
    event.preventDefault();
    event.stopPropagation();
    take([...event.dataTransfer.files]);
  });
}

/** Files of a paste are given to `take`; a pasted text goes where it would. */
export function takePaste(event, take) {
  const files = [...(event.clipboardData?.files ?? [])];
  if (!files.length) return;
  event.preventDefault();
  event.stopPropagation();
  take(files);
}
