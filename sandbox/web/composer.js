/** The box at the foot: messages of one's own, and `/` for commands. */

import { sentence } from "./acts.js";
import { CommandForm } from "./command_form.js";
import { invocations, meant, rest } from "./commands.js";
import { button, el, fill, icon } from "./dom.js";
import { acceptDrops, chip, takePaste, tooLarge } from "./file_field.js";
import { Listbox } from "./listbox.js";

const MOST_FILES = 10;
const MOST_TEXT = 2000;

/** `element` is where it is drawn, `page` where files may be dropped or pasted. */
export class Composer {
  constructor({ element, page, session, acts }) {
    Object.assign(this, { element, session, acts });
    this.files = [];
    this.replyTo = null;
    this.command = null;
    this.build();
    acceptDrops(page, (files) => this.take(files));
    document.addEventListener("paste", (event) => {
      if (!document.querySelector("dialog[open]")) takePaste(event, (files) => this.take(files));
    });
    this.drafts = new Map(); // what was begun elsewhere, by person and place
    session.addEventListener("moved", () => this.resume());
    session.addEventListener("offers", () => this.offer());
    session.addEventListener("use", (event) => this.use(event.detail));
  }

  build() {
    this.input = el("textarea", {
      id: "message",
      class: "composer-input",
      rows: "1",
      "aria-autocomplete": "list",
      oninput: () => this.typed(),
      onkeydown: (event) => this.key(event),
    });
    this.list = new Listbox({ label: "Commands", owner: this.input, chosen: (option) => this.open(option.value) });
    this.suggestions = el("div", { class: "suggestions is-above", hidden: true }, this.list.element);
    this.chips = el("ul", { class: "files", hidden: true });
    this.reply = el("p", { class: "composer-reply small", hidden: true });
    this.wrong = el("p", { class: "wrong", role: "alert" });
    this.browser = el("input", {
      type: "file",
      class: "unseen",
      tabindex: "-1",
      multiple: true,
      "aria-label": "Files",
    });
    this.browser.addEventListener("change", () => {
      this.take([...this.browser.files]);
      this.browser.value = "";
    });
    this.attaching = button("+", () => this.browser.click(), { class: "composer-add", "aria-label": "Add files" });
    this.sending = button(icon("send"), () => this.send(), { class: "composer-send", "aria-label": "Send" });
    this.line = el("div", { class: "composer-line" }, this.attaching, this.browser, this.input, this.sending);
  }

  /** After moving: what was begun waits for the way back, and what was begun here goes on. */
  resume() {
    const { me, place } = this.session;
    this.drafts.set(this.at, {
      text: this.input.value,
      files: this.files,
      replyTo: this.replyTo,
      command: this.command,
    });
    this.at = `${me.id} ${place.id}`;
    this.begin(this.drafts.get(this.at));
  }

  begin({ text = "", files = [], replyTo = null, command = null } = {}) {
    Object.assign(this, { files, replyTo, command });
    this.input.value = text;
    this.suggestions.hidden = true;
    fill(this.wrong);
    this.draw();
  }

  /** Puts the cursor where one types. */
  focus() {
    if (this.command) this.command.begin("");
    else this.input.focus();
  }

  draw() {
    if (this.command) {
      fill(this.element, this.command.element);
      return;
    }
    // What is there stays there: whoever types goes on typing.
    if (!this.line.isConnected) fill(this.element, this.suggestions, this.reply, this.chips, this.line, this.wrong);
    const { place, offered } = this.session;
    const where = place.name === "@me" ? "Klapper" : `#${place.name}`;
    const commands = this.all.length ? ", or / for commands" : "";
    this.input.disabled = !offered.may_send;
    this.input.placeholder = offered.may_send ? `Message ${where}${commands}` : `You may not send messages in ${where}`;
    this.input.setAttribute("aria-label", this.input.placeholder);
    this.attaching.disabled = !offered.may_attach;
    this.drawFiles();
    this.drawReply();
  }

  drawFiles() {
    fill(
      this.chips,
      this.files.map((file) => chip(file, () => this.remove(file))),
    );
    this.chips.hidden = !this.files.length;
  }

  drawReply() {
    this.reply.hidden = !this.replyTo;
    if (!this.replyTo) return;
    const { author } = this.replyTo.message;
    const stop = () => {
      this.replyTo = null;
      this.drawReply();
      this.input.focus();
    };
    fill(
      this.reply,
      "Replying to ",
      el("b", {}, author.global_name ?? author.username),
      " ",
      button("✕", stop, { class: "bare", "aria-label": "Do not reply" }),
    );
  }

  offer() {
    this.all = invocations(this.session.offered.commands);
    if (!this.command) this.draw();
  }

  /** Answers a message with the next one. */
  answer(view) {
    this.close();
    this.replyTo = view;
    this.drawReply();
    this.input.focus();
  }

  /** Opens the form of a command by its name, as a mention of it does. */
  use(path, text = "") {
    const found = this.all.find((one) => one.path === path) ?? this.all.find((one) => one.path.startsWith(`${path} `));
    if (found) this.open(found, text);
  }

  /** Takes files that were dropped, pasted or chosen. */
  take(files) {
    const limit = this.session.offered.upload_bytes;
    const large = files.find((file) => file.size > limit);
    if (large) {
      this.complain(tooLarge(large, limit));
      return;
    }
    if (this.command) {
      if (!this.command.take(files)) this.complain(`/${this.command.invocation.path} takes no further file.`);
      return;
    }
    if (!this.session.offered.may_attach) {
      this.complain("You may not attach files here.");
      return;
    }
    this.files = [...this.files, ...files].slice(0, MOST_FILES);
    this.drawFiles();
    this.input.focus();
  }

  remove(file) {
    this.files = this.files.filter((one) => one !== file);
    this.drawFiles();
    this.input.focus();
  }

  typed() {
    fill(this.wrong);
    const text = this.input.value;
    const found = text.startsWith("/") && !text.includes("\n") ? meant(this.all, text) : [];
    this.suggestions.hidden = !text.startsWith("/") || (!found.length && text.includes(" "));
    this.list.show(found.map((one) => ({ value: one, label: `/${one.path}`, description: one.description })));
    if (!found.length) fill(this.list.element, el("li", { class: "listbox-head" }, this.nothing()));
  }

  nothing() {
    if (this.all.length) return "No command of that name is offered to you here";
    return this.session.bot.connected
      ? "No command is offered to you here"
      : "No commands yet: the bot has not registered any";
  }

  key(event) {
    const isChoosing = !this.suggestions.hidden && this.list.key(event, ["Enter", "Tab"]);
    if (isChoosing || event.isComposing) return;
    if (event.key === "Escape") this.suggestions.hidden = true;
    else if (event.key === "Enter" && !event.shiftKey) {
      event.preventDefault();
      this.send();
    }
  }

  open(invocation, text = rest(invocation, this.input.value)) {
    this.input.value = "";
    this.suggestions.hidden = true;
    const form = new CommandForm({
      invocation,
      session: this.session,
      suggest: (path, name, values) => this.acts.autocomplete(path, name, values),
      send: (path, values, sent) => this.acts.slash(path, values, sent),
      close: () => this.closed(form),
    });
    this.command = form;
    const files = this.files;
    this.files = [];
    this.draw();
    if (files.length) this.command.take(files);
    this.command.begin(text);
  }

  /** A form is done, here or where it was begun. */
  closed(form) {
    if (this.command === form) this.close(true);
    for (const draft of this.drafts.values()) if (draft.command === form) draft.command = null;
  }

  /** Back from a command to messages. */
  close(isFocused = false) {
    this.command = null;
    this.suggestions.hidden = true;
    this.draw();
    if (isFocused && !document.querySelector("dialog[open]")) this.input.focus();
  }

  async send() {
    const text = this.input.value.trim();
    if (!text && !this.files.length) return;
    if (/^\/\w/.test(text)) {
      this.complain(`${this.nothing()}: ${text.split(/\s/)[0]}`);
      return;
    }
    if (text.length > MOST_TEXT) {
      this.complain(`A message has at most ${MOST_TEXT} characters; this one has ${text.length}.`);
      return;
    }
    const replyTo = this.replyTo?.message.id;
    try {
      await this.acts.say(text, this.files, replyTo);
      this.begin();
      this.input.focus();
    } catch (error) {
      this.complain(sentence(error));
    }
  }

  complain(text) {
    fill(this.command ? this.command.wrong : this.wrong, text);
  }
}
