/** The kinds of switches: on or off, one of several, a slider of steps, and an act. */

import { el, freshId } from "./dom.js";
import { actButton, attempt, complaint, say } from "./provider_parts.js";

/**
 * A checkbox with what it does and what one should see. `change(on)` makes the call.
 *
 * `show(on, note, tone)` sets it to what the provider says, unless a change is under way.
 */
export function onOff({ label, does, see }, change) {
  const input = el("input", { type: "checkbox", onchange: () => set(input.checked) });
  const state = el("span", { class: "provider-note", hidden: true });
  const row = rowOf(input, label, does, see, state);
  let busy = false;

  async function set(on) {
    if (busy) return void (input.checked = !on);
    busy = true;
    const done = await attempt(row.refused, () => change(on));
    busy = false;
    if (!done) input.checked = !on;
  }

  function show(on, note = "", tone = "") {
    if (!busy) input.checked = on;
    say(state, note);
    state.dataset.tone = tone;
  }
  return { node: row.node, show };
}

/** A select of `[value, words]`. `show(value)` adds a value that is not among them, in the words of `other(value)`. */
export function choice({ label, does, see, options, other }, change) {
  const input = el("select", { class: "field", onchange: set }, options.map(optionOf));
  const row = rowOf(input, label, does, see);
  let held = null;

  async function set() {
    const before = held;
    const done = await attempt(row.refused, () => change(JSON.parse(input.value)));
    if (!done && before !== null) input.value = before;
  }

  function show(value) {
    const wanted = JSON.stringify(value);
    if (wanted === held) return;
    if (![...input.options].some((option) => option.value === wanted)) input.append(optionOf([value, other(value)]));
    input.value = held = wanted;
  }
  return { node: row.node, show };
}

/** A range over `steps`, written by `words(step)`. `show(value)` takes values between steps too. */
export function slider({ label, does, see, steps, words }, change) {
  const listeners = { oninput: tell, onchange: set, onblur: settle };
  const input = el("input", { type: "range", min: 0, max: steps.length - 1, step: 1, ...listeners });
  const output = el("output", { class: "provider-value" });
  const row = rowOf(input, label, does, see, output);
  let held = null;
  let busy = false;

  function tell() {
    busy = true;
    write(words(steps[Number(input.value)]));
  }

  async function set() {
    await attempt(row.refused, () => change(steps[Number(input.value)]));
    settle();
  }

  /** Who drags it there and back has changed nothing. */
  function settle() {
    busy = false;
    if (held !== null) show(held);
  }

  function write(text) {
    output.textContent = text;
    input.setAttribute("aria-valuetext", text);
  }

  function show(value) {
    held = value;
    if (busy) return;
    const above = steps.findIndex((step) => step >= value);
    input.value = String(above < 0 ? steps.length - 1 : above);
    write(words(value));
  }
  return { node: row.node, show };
}

/** A button with what it does. `act()` makes the call and may answer a sentence about what came of it. */
export function deed({ label, does, see }, act) {
  const refused = complaint();
  const outcome = el("p", { class: "small", role: "status", hidden: true });
  const button = actButton(label, refused, async () => say(outcome, (await act()) ?? null));
  const hint = hintOf(does, see);
  button.setAttribute("aria-describedby", hint.id);
  return { node: el("div", { class: "provider-switch provider-deed" }, button, hint, outcome, refused) };
}

function rowOf(input, label, does, see, state = null) {
  const refused = complaint();
  const hint = hintOf(does, see);
  input.id = freshId("provider-switch");
  input.setAttribute("aria-describedby", hint.id);
  const head = el("div", { class: "provider-head" }, el("label", { for: input.id }, label), state);
  const order = input.type === "checkbox" ? [input, head, hint] : [head, input, hint];
  const node = el("div", { class: ["provider-switch", `provider-${input.type}`] }, order, refused);
  return { node, refused };
}

function hintOf(does, see) {
  const id = freshId("provider-hint");
  return el("p", { class: "small soft", id }, `${does} `, see && el("span", { class: "provider-see" }, see));
}

function optionOf([value, words]) {
  return el("option", { value: JSON.stringify(value) }, words);
}
