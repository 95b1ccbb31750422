/** What all parts of the drawer are made of: acts that may be refused, copying, and what is said aloud. */

import { button, el } from "./dom.js";
import { Refusal } from "./provider_door.js";

const COPIED_MS = 1500;
const QUIET_MS = 1500;
const MOST_SENTENCES = 3;

/** The place for the sentence about a call that was refused. */
export function complaint() {
  return el("p", { class: "wrong", role: "alert", hidden: true });
}

/** Shows a sentence in a place that is hidden while there is none. */
export function say(place, sentence) {
  const text = sentence ?? "";
  if (place.textContent !== text) place.textContent = text;
  place.hidden = !text;
}

/** Does it, and shows in `place` why it was refused. Answers whether it was done. */
export async function attempt(place, deed) {
  say(place, null);
  try {
    await deed();
    return true;
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    say(place, error.message);
    return false;
  }
}

/** A button for a call. While it runs a second click does nothing, and the focus stays where it is. */
export function actButton(label, place, deed, attributes = {}) {
  const node = button(label, act, { class: "button provider-act", ...attributes });
  async function act() {
    if (node.ariaBusy === "true" || node.ariaDisabled === "true") return;
    node.ariaBusy = "true";
    try {
      await attempt(place, deed);
    } finally {
      node.ariaBusy = null;
    }
  }
  return node;
}

/** Off, but still reachable: a button that is `disabled` would drop the focus. */
export function setOff(node, off) {
  node.ariaDisabled = off ? "true" : null;
}

/** A button that copies what `text()` says then. */
export function copyButton(label, text, attributes = {}) {
  const node = button(label, copy, { class: "provider-copy", ...attributes });
  async function copy() {
    try {
      await navigator.clipboard.writeText(text());
      node.textContent = "Copied";
    } catch {
      node.textContent = "The browser forbids it";
    }
    setTimeout(() => (node.textContent = label), COPIED_MS);
  }
  return node;
}

/** Reads sentences to screen readers: together, not one for each event, and only their number when they are many. */
export function announcer() {
  const node = el("p", { class: "unseen", role: "status" });
  let waiting = [];
  function flush() {
    const many = waiting.length > MOST_SENTENCES;
    node.textContent = many ? `${waiting.length} changes at the provider.` : waiting.join(" ");
    waiting = [];
  }
  function announce(sentences) {
    if (sentences.length === 0) return;
    if (waiting.length === 0) setTimeout(flush, QUIET_MS);
    waiting.push(...sentences);
  }
  return { node, announce };
}
