/** The box at the foot: messages of one's own, and `/` for commands. */

import { sentence } from "./acts.js";
import { CommandForm } from "./command_form.js";
import { invocations, meant, rest } from "./commands.js";
import { button, el, fill, icon } from "./dom.js";
import { Drafts } from "./drafts.js";
import { acceptDrops, chip, takePaste, tooLarge } from "./file_field.js";
import { Listbox } from "./listbox.js";
import { titleOf } from "./side.js";

const MOST_FILES = 10;
const MOST_TEXT = 2000;
const NARROW_PX = 480;

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
    this.drafts = new Drafts();
    session.addEventListener("moved", () => this.resume());
    session.addEventListener("offers", () => this.offer());
    session.addEventListener("bot", () => this.suggestAgain());
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
    if (this.at) this.drafts.put(this.at, this.draft);
    this.at = `${me.id} ${place.id}`;
    this.begin(this.drafts.get(this.at));
  }

  get draft() {
    return { text: this.input.value, files: this.files, replyTo: this.replyTo, command: this.command };
  }

  begin({ text = "", files = [], replyTo = null, command = null } = {}) {
    Object.assign(this, { files, replyTo, command });
    this.input.value = text;
    this.suggestions.hidden = true;
    fill(this.wrong);
    this.draw();
  }

  /** What is written here, as a text that can be typed again. */
  get text() {
    if (!this.command) return this.input.value;
    const [first] = Object.values(this.command.plain()).filter((value) => typeof value === "string");
    return `/${this.command.invocation.path} ${first ?? ""}`.trim();
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
    const where = titleOf(place);
    const commands = this.all.length && innerWidth > NARROW_PX ? ", or / for commands" : "";
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
      this.stopReply();
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
    this.suggestAgain();
  }

  /** Answers a message with the next one. */
  answer(view) {
    this.close();
    this.replyTo = view;
    this.drawReply();
    this.input.focus();
  }

  stopReply() {
    this.replyTo = null;
    this.drawReply();
  }

  /** A message is gone: nobody answers it any more. */
  forget(messageId) {
    if (this.replyTo?.message.id === messageId) this.stopReply();
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
    if (this.files.length + files.length > MOST_FILES) {
      this.complain(`A message has at most ${MOST_FILES} files.`);
      return;
    }
    this.files = [...this.files, ...files];
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
    this.suggest();
  }

  /** What is offered changed while the list is open: it shows what is offered now, and what was active stays it. */
  suggestAgain() {
    if (this.suggestions.hidden) return;
    const active = this.list.options[this.list.active]?.value.path;
    this.suggest();
    const index = this.list.options.findIndex((one) => one.value.path === active);
    if (index > 0) this.list.activate(index);
  }

  suggest() {
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
    if (event.key === "Escape") this.escape();
    else if (event.key === "Enter" && !event.shiftKey) {
      event.preventDefault();
      this.send();
    }
  }

  /** Takes back the last step: the list, the form, the answer. */
  escape() {
    if (this.command) this.command.cancel();
    else if (!this.suggestions.hidden) this.suggestions.hidden = true;
    else this.stopReply();
  }

  open(invocation, text = rest(invocation, this.input.value)) {
    this.input.value = "";
    this.suggestions.hidden = true;
    this.command = this.drafts.reopen(this.at, invocation) ?? this.form(invocation);
    const files = this.files;
    this.files = [];
    this.draw();
    if (files.length) this.command.take(files);
    this.command.begin(text);
  }

  form(invocation) {
    const { at } = this;
    const form = new CommandForm({
      invocation,
      session: this.session,
      suggest: (path, name, values) => this.acts.autocomplete(path, name, values),
      send: (path, values, sent) => this.acts.slash(path, values, sent),
      close: () => this.closed(form),
      keep: () => this.drafts.keep(at, form),
    });
    return form;
  }

  /** A form is done, here or where it was begun. */
  closed(form) {
    if (this.command === form) this.close(true);
    this.drafts.drop(form);
  }

  /** Back from a command to messages. */
  close(isFocused = false) {
    this.command = null;
    this.suggestions.hidden = true;
    this.draw();
    if (isFocused && !document.querySelector("dialog[open]")) this.input.focus();
  }

  /** Sends the message. The box is free at once: what is typed next is another one. */
  async send() {
    const text = this.input.value.trim();
    if (!text && !this.files.length) return;
    const complaint = this.complaint(text);
    if (complaint !== null) {
      this.complain(complaint);
      return;
    }
    const { at, draft } = this;
    this.begin();
    this.input.focus();
    try {
      await this.acts.say(text, draft.files, draft.replyTo?.message.id);
    } catch (error) {
      this.putBack(at, draft);
      if (at === this.at) this.complain(sentence(error));
      else this.acts.notice(sentence(error));
    }
  }

  /** Why a text is not sent, or null. A command that was typed in full is opened instead. */
  complaint(text) {
    if (text.length > MOST_TEXT) return `A message has at most ${MOST_TEXT} characters; this one has ${text.length}.`;
    if (!/^\/\w/.test(text)) return null;
    const [command] = meant(this.all, text);
    if (!command || !`${text.slice(1)} `.startsWith(`${command.path} `))
      return `${this.nothing()}: ${text.split(/\s/)[0]}`;
    this.open(command);
    return "";
  }

  /** What was not sent is there again, above what was begun since. */
  putBack(at, { text, files, replyTo }) {
    const since = at === this.at ? this.draft : this.drafts.get(at);
    const draft = {
      ...since,
      text: [text, since.text].filter(Boolean).join("\n"),
      files: [...files, ...(since.files ?? [])],
      replyTo: since.replyTo ?? replyTo,
    };
    if (at === this.at) this.begin(draft);
    else this.drafts.put(at, draft);
  }

  complain(text) {
    fill(this.command ? this.command.wrong : this.wrong, text);
  }
}
