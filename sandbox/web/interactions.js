/** What became of the things that somebody did on this page. */

import { call } from "./link.js";

/** The bot said nothing in time, as Discord's client would tell it. */
export class NoAnswer extends Error {
  constructor() {
    super("The application did not respond.");
  }
}

/** Sends interactions and waits for their first answer. */
export class Interactions {
  constructor() {
    this.known = new Map(); // the newest view of each, by id: an entry may come before the answer to the verb
    this.waiting = new Map();
  }

  /** Hears an entry of the kind `interaction`. */
  take(entry) {
    this.known.set(entry.subject, entry.data);
    const waiting = this.waiting.get(entry.subject);
    if (waiting && isAnswered(entry.data)) {
      this.waiting.delete(entry.subject);
      waiting(entry.data);
    }
  }

  /** Does a verb that begins an interaction and gives its view once it was answered. Raises Refused, NoAnswer. */
  async send(verb, args, sent = () => {}) {
    const begun = await call(verb, args);
    sent(begun);
    const view = await this.answered(begun.id);
    if (view.failed) throw new NoAnswer();
    return view;
  }

  /** After the connection was lost nothing may have told of the answer. */
  async askAgain() {
    for (const id of [...this.waiting.keys()]) {
      this.take({ subject: id, data: await call("interaction", { interaction: id }) });
    }
  }

  answered(id) {
    const known = this.known.get(id);
    if (known && isAnswered(known)) return known;
    return new Promise((resolve) => this.waiting.set(id, resolve));
  }
}

function isAnswered(view) {
  return view.callback !== null || view.failed;
}
