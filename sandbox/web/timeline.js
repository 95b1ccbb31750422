/** The messages of one place as one person sees them, kept as they are while they change. */

import { button, el } from "./dom.js";
import { exchange } from "./exchange.js";
import { call } from "./link.js";
import { continues, messageRow } from "./message.js";

const AT_END_PX = 60;
const MARK_MS = 2000; // for which a message that was jumped to is marked
const HAND_MS = 1000; // after a wheel, a key or a finger what scrolls is scrolled by hand

/**
 * `list` is the element of the rows, `scroller` what scrolls, `newest` the button that leads down.
 * `context` is what `messageRow` takes, without `revealed`, `dismiss`.
 */
export class Timeline {
  constructor({ list, scroller, newest, context, changed }) {
    Object.assign(this, { list, scroller, newest, changed });
    this.context = { ...context, dismiss: (view) => this.dismiss(view) };
    this.views = new Map(); // by message id, oldest first
    this.revealed = new Map(); // message id -> what of it was uncovered
    this.gone = new Set(); // deleted, or dismissed by whom only saw it
    this.isAtEnd = true;
    this.touchedAt = -Infinity;
    const touched = () => (this.touchedAt = performance.now());
    for (const hand of ["wheel", "touchmove", "keydown", "pointerdown"]) {
      scroller.addEventListener(hand, touched, { passive: true });
    }
    scroller.addEventListener("pointerdown", () => (this.isHeld = true));
    addEventListener("pointerup", () => (this.isHeld = false));
    scroller.addEventListener("scroll", () => this.look(), { passive: true });
    newest.addEventListener("click", () => this.toEnd());
    list.addEventListener("keydown", (event) => this.key(event));
    new ResizeObserver(() => this.isAtEnd && this.toEnd()).observe(list);
    new ResizeObserver(() => this.isAtEnd && this.toEnd()).observe(scroller);
  }

  /** Shows a place, at its newest message. */
  async show(session) {
    const [me, place] = [session.me.id, session.place.id];
    Object.assign(this, { me, place, isLoading: true });
    this.clear();
    const { messages } = await call("messages", { channel: place, viewer: me });
    if (me !== this.me || place !== this.place) return; // gone on meanwhile
    const meanwhile = [...this.views.values()];
    this.clear();
    for (const view of [...messages, ...meanwhile]) this.take(view);
    this.isLoading = false;
    this.toEnd();
    this.changed();
  }

  clear() {
    this.views = new Map();
    this.list.replaceChildren();
  }

  get isEmpty() {
    return !this.isLoading && !this.list.childElementCount;
  }

  /** Hears a version of any message, in whatever order; what is not of this place or person is let go. */
  take(view) {
    const id = view.message.id;
    if (!this.isMine(view) || this.gone.has(id)) return;
    if (view.deleted) {
      this.remove(id);
      this.retell(id, null);
    } else if (!this.views.has(id)) this.append(view);
    else if (this.views.get(id).version < view.version) {
      this.redraw(view);
      this.retell(id, view.message);
    }
  }

  /** Answers to a message say what became of it: another text, or null for gone. */
  retell(id, message) {
    for (const view of this.views.values()) {
      if (view.message.message_reference?.message_id !== id) continue;
      view.message.referenced_message = message;
      this.redraw(view);
    }
  }

  isMine(view) {
    return view.message.channel_id === this.place && (!view.ephemeral || view.viewer_id === this.me);
  }

  /** A row of the page's own about what is under way: it stays below the messages until it is settled. */
  note(...content) {
    const row = el("li", { class: "note is-pending" }, content);
    this.list.append(row);
    if (this.isAtEnd) this.toEnd();
    this.changed();
    return row;
  }

  append(view) {
    const before = [...this.views.values()].at(-1);
    this.views.set(view.message.id, view);
    const row = this.row(view, before);
    this.list.insertBefore(row, this.list.querySelector(":scope > .is-pending"));
    this.rove(row);
    if (view.viewer_id === this.me || view.message.author.id === this.me)
      this.toEnd(); // an answer, or one's own
    else if (!this.isAtEnd) this.newest.hidden = false;
    this.changed();
  }

  redraw(view) {
    const id = view.message.id;
    const old = document.getElementById(`message-${id}`);
    this.views.set(id, view);
    const row = this.row(view, this.viewOf(old.previousElementSibling));
    row.querySelector(".message-more").tabIndex = old.querySelector(".message-more").tabIndex;
    row.querySelector(".message-wrong").textContent = old.querySelector(".message-wrong").textContent;
    exchange(old, row);
    if (this.isAtEnd) this.toEnd();
  }

  viewOf(row) {
    return this.views.get(row?.id.replace("message-", ""));
  }

  row(view, before) {
    const id = view.message.id;
    if (!this.revealed.has(id)) this.revealed.set(id, new Set());
    return messageRow(view, before, { ...this.context, revealed: this.revealed.get(id) });
  }

  remove(id) {
    this.gone.add(id);
    const row = document.getElementById(`message-${id}`);
    if (!this.views.delete(id) || !row) return;
    const next = row.nextElementSibling;
    const hadFocus = row.contains(document.activeElement);
    row.remove();
    const nextView = this.viewOf(next);
    if (
      nextView &&
      next.classList.contains("is-more") &&
      !continues(nextView, this.viewOf(next.previousElementSibling))
    )
      this.redraw(nextView);
    if (!this.list.querySelector('.message-more[tabindex="0"]')) this.rove(this.list.lastElementChild);
    if (hadFocus) this.scroller.focus();
    this.changed();
  }

  dismiss(view) {
    this.remove(view.message.id);
  }

  /** Of the buttons ⋯ one is reached by Tab, that of the newest message at first; arrows lead on to the others. */
  rove(row) {
    const more = row?.querySelector(".message-more");
    if (!more || this.list.contains(document.activeElement)) return;
    this.list.querySelector('.message-more[tabindex="0"]')?.setAttribute("tabindex", "-1");
    more.tabIndex = 0;
  }

  key(event) {
    const step = { ArrowUp: -1, ArrowDown: 1 }[event.key];
    if (!step || !event.target.classList.contains("message-more")) return;
    event.preventDefault();
    const all = [...this.list.querySelectorAll(".message-more")];
    const next = all[all.indexOf(event.target) + step];
    if (!next) return;
    event.target.tabIndex = -1;
    next.tabIndex = 0;
    next.focus();
  }

  /** Scrolls to a message and marks it for a moment; false where there is none. */
  jump(id) {
    const row = document.getElementById(`message-${id}`);
    if (!row) return false;
    this.isAtEnd = false;
    row.scrollIntoView({ block: "center" });
    row.classList.add("is-target");
    setTimeout(() => row.classList.remove("is-target"), MARK_MS);
    return true;
  }

  /** Says below a message that what was done with it went wrong; nothing clears it. */
  wrong(messageId, text) {
    const place = document.querySelector(`#message-${messageId} .message-wrong`);
    if (place) place.textContent = text;
  }

  look() {
    const { scrollTop, scrollHeight, clientHeight } = this.scroller;
    // What loads or changes its height moves the end away. A hand leaves it, and what scrolls while nothing changes.
    const isByHand = this.isHeld || performance.now() - this.touchedAt < HAND_MS;
    const isUnchanged = this.seen === `${scrollHeight} ${clientHeight}`;
    if (scrollHeight - scrollTop - clientHeight < AT_END_PX) this.isAtEnd = true;
    else if (isByHand || isUnchanged) this.isAtEnd = false;
    this.newest.hidden = this.isAtEnd;
  }

  toEnd() {
    const { scroller } = this;
    this.isAtEnd = true;
    scroller.scrollTop = scroller.scrollHeight;
    this.seen = `${scroller.scrollHeight} ${scroller.clientHeight}`;
    this.newest.hidden = true;
  }
}

/** A note about what went wrong stays where it is, with a button that takes it away. */
export function settle(row, ...content) {
  row.classList.remove("is-pending");
  row.replaceChildren(...content);
  row.append(
    " ",
    button("Dismiss", () => row.remove(), { class: "bare link small" }),
  );
}
