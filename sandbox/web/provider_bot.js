/** The bot as a process: what it does, its log, and three ways to disturb it. */

import { el } from "./dom.js";
import { Refusal } from "./provider_door.js";
import { actButton, complaint, say, setOff } from "./provider_parts.js";

const LOOK_MS = 3000;
const LOOK_WHILE_STARTING_MS = 1000;
const ACT_PATIENCE_MS = 60_000; // a bot takes a few seconds to stop in order

/** `run(true)` reads the state now and then, until `run(false)`. `said(sentence)` announces another state. */
export function botPanel(door, said) {
  const facts = { state: el("span", { class: "provider-state" }), pid: el("span"), starts: el("span") };
  const away = complaint();
  const refused = complaint();
  const log = logBox();
  const restart = actButton("Restart", refused, () => act("restart"));
  const stop = actButton("Stop", refused, () => act("stop"));
  const start = actButton("Start", refused, () => act("start"));
  const node = layout(facts, [restart, stop, start], refused, away, log.node);
  let running = false;
  let timer = null;
  let state = null;

  async function act(name) {
    show(await door.post(`/${name}`, {}, { patienceMs: ACT_PATIENCE_MS }));
  }

  async function look() {
    clearTimeout(timer);
    try {
      show(await door.get("/state"));
      say(away, null);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      say(away, error.message);
      showUnknown();
    }
    clearTimeout(timer);
    if (running) timer = setTimeout(look, state === "starting" ? LOOK_WHILE_STARTING_MS : LOOK_MS);
  }

  function show(bot) {
    if (state !== null && state !== bot.state) said(`The bot is ${bot.state}.`);
    state = bot.state;
    put(facts.state, bot.state.toUpperCase());
    facts.state.dataset.state = bot.state.toUpperCase();
    put(facts.pid, bot.pid === null ? "none" : String(bot.pid));
    put(facts.starts, String(bot.starts));
    for (const button of [restart, stop]) setOff(button, state === "stopped");
    setOff(start, state !== "stopped");
    log.show(bot.log);
  }

  /** Nobody answers for it: what was seen last is no longer known. */
  function showUnknown() {
    state = null;
    put(facts.state, "UNKNOWN");
    facts.state.dataset.state = "UNKNOWN";
    put(facts.pid, "unknown");
    for (const button of [restart, stop, start]) setOff(button, true);
  }

  function run(on) {
    running = on;
    clearTimeout(timer);
    if (on) look();
  }

  return { node, run };
}

function layout(facts, acts, refused, away, log) {
  return el("div", { class: "provider-bot" }, [
    el("dl", { class: "provider-facts" }, [
      fact("State", facts.state),
      fact("Process", facts.pid),
      fact("Starts", facts.starts),
    ]),
    el("div", { class: "provider-acts" }, acts),
    refused,
    el("p", { class: "small soft" }, [
      "Restart kills it in the middle of whatever it does (kill -9) and starts it again. ",
      el("span", { class: "provider-see" }, "No job is lost, sent twice or posted twice."),
    ]),
    away,
    log,
  ]);
}

function logBox() {
  const lines = el("pre", { tabindex: 0, "aria-label": "Last lines of the log" });
  const toEnd = () => (lines.scrollTop = lines.scrollHeight);
  const summary = el("summary", {}, "Last lines of its log");
  const node = el("details", { class: "provider-details", ontoggle: toEnd }, summary, lines);
  /** Stays at the end for who reads there, and where it is for who scrolled up. */
  function show(log) {
    const text = log.join("\n") || "It has said nothing yet.";
    if (lines.textContent === text) return;
    const atEnd = lines.scrollHeight - lines.scrollTop - lines.clientHeight < 8;
    lines.textContent = text;
    if (atEnd) toEnd();
  }
  return { node, show };
}

function fact(name, value) {
  return el("div", {}, el("dt", {}, name), el("dd", {}, value));
}

function put(node, text) {
  if (node.textContent !== text) node.textContent = text;
}
