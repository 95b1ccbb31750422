/** What somebody does on the page, from the click to what is seen of it. */

import { el } from "./dom.js";
import { NoAnswer } from "./interactions.js";
import { call, Refused, upload } from "./link.js";
import { openModal } from "./modal.js";
import { settle } from "./timeline.js";

/** Every act is done as `session.me` in `session.place`. Nothing raises but programming errors. */
export class Acts {
  constructor({ session, interactions, notice }) {
    Object.assign(this, { session, interactions, notice });
    this.timeline = null; // given once it is there
  }

  /** Presses a button, or chooses `values` in a select; `node` is busy meanwhile. */
  async press(view, component, values, node) {
    if (node.ariaBusy === "true") return;
    node.ariaBusy = "true";
    this.timeline.wrong(view.message.id, "");
    try {
      const args = { member: this.session.me.id, message: view.message.id, custom_id: component.custom_id };
      await this.begin("press", values === null ? args : { ...args, values });
    } catch (error) {
      this.timeline.wrong(view.message.id, error instanceof NoAnswer ? "This interaction failed." : sentence(error));
    } finally {
      node.ariaBusy = "false";
    }
  }

  /**
   * Sends a chat command; `values` may hold Files. `sent()` hears that it went out. False when the bot did not answer.
   * Raises Refused before that.
   */
  async slash(path, values, sent) {
    const { me, place } = this.session; // who goes elsewhere while files are handed over has sent it from here
    const given = await handedOver(values);
    const args = { member: me.id, channel: place.id, command: path, options: given };
    return this.told(`/${path}`, "slash", args, { me, place, sent });
  }

  /** Chooses a command of a message's menu. */
  async messageMenu(view, command) {
    const { me, place } = this.session;
    const args = { member: me.id, message: view.message.id, name: command.name };
    await this.told(command.name, "message_menu", args, { me, place }).catch((error) => this.notice(sentence(error)));
  }

  /** What the bot offers for an option while it is being typed. */
  async autocomplete(path, option, values) {
    const args = { member: this.session.me.id, channel: this.session.place.id, command: path, options: values };
    return (await this.interactions.send("slash", { ...args, focused: option })).choices;
  }

  /** Posts a message of one's own. Raises Refused. */
  async say(content, files, replyTo) {
    const { me, place } = this.session;
    const uploads = await Promise.all(files.map(upload));
    const args = { member: me.id, channel: place.id, content, uploads };
    await call("say", replyTo ? { ...args, reply_to: replyTo } : args);
  }

  async remove(view) {
    await call("delete_message", { message: view.message.id }).catch((error) => this.notice(sentence(error)));
  }

  /** Sends what begins an interaction, with a line about it where it was done, which goes when it is answered. */
  async told(what, verb, args, { me, place, sent = () => {} }) {
    let row = null;
    const note = () => {
      const words = [el("b", {}, me.name), " used ", el("span", { class: "used" }, what), " · sending…"];
      if (this.session.isAt(me, place)) row = this.timeline.note(words);
      sent();
    };
    try {
      await this.begin(verb, args, note);
      row?.remove();
      return true;
    } catch (error) {
      if (!(error instanceof NoAnswer)) throw error;
      if (row?.isConnected) settle(row, el("span", { class: "wrong" }, `${what}: ${error.message}`));
      else this.notice(`${what}: ${error.message}`);
      return false;
    }
  }

  /** Sends, and opens the form that it may be answered with: for whom it was sent, and for nobody else. */
  async begin(verb, args, sent) {
    const { id, modal } = await this.interactions.send(verb, args, sent);
    if (!modal) return;
    if (this.session.me.id !== args.member) {
      this.notice(`The form “${modal.title}” came for ${this.session.user(args.member)} and was not opened.`);
      return;
    }
    openModal(modal, { session: this.session, submit: (values) => this.submit(args.member, id, values) });
  }

  /** Sends a form. Raises Refused, NoAnswer: the form stays open then. */
  async submit(member, interaction, values) {
    const given = await handedOver(values);
    await this.interactions.send("submit_modal", { member, interaction, values: given });
  }
}

/** An error in a sentence; what is no refusal is a fault of the page and said as that. */
export function sentence(error) {
  return error instanceof Refused || error instanceof NoAnswer ? error.message : `The page failed: ${error.message}`;
}

/** The values with Files handed over: upload names stand for them. */
async function handedOver(values) {
  const one = (value) => (value instanceof File ? upload(value) : value);
  const pairs = Object.entries(values).map(async ([name, value]) => [
    name,
    Array.isArray(value) ? await Promise.all(value.map(one)) : await one(value),
  ]);
  return Object.fromEntries(await Promise.all(pairs));
}
