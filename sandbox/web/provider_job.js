/** One job as the provider keeps it, with what can be done to it. */

import { el, freshId, unseen } from "./dom.js";
import { sentJson } from "./provider_json.js";
import { actButton, complaint, copyButton, say } from "./provider_parts.js";
import { counted, duration, runTime, usd } from "./provider_words.js";

export const TECHNICAL_ERROR = "Internal error while generating the video. Please try again.";
export const CONTENT_ERROR = "Generation blocked: the prompt violates the content policy (sensitive content).";

/**
 * A list item that stays the same element for as long as the job is shown: `show(job)` changes what has changed,
 * `tick(now)` lets its times run. `change(job, act, body)` carries out what a button asks for.
 */
export function jobRow(first, change) {
  const title = freshId("provider-job");
  const parts = partsOf();
  const details = sentJson(first.parameters);
  const buttons = buttonsOf(first.id, parts.refused, change);
  const article = el("article", { class: "provider-job", "aria-labelledby": title }, [
    el("header", {}, parts.state, parts.expired, parts.age),
    el("h3", { id: title }, first.slug),
    prompt(first.parameters.prompt),
    el("p", { class: "small soft" }, parts.counts),
    el("p", { class: "small soft" }, parts.money),
    requestId(first.id),
    parts.error,
    details,
    el("div", { class: "provider-acts" }, buttons.running, buttons.expire),
    parts.refused,
  ]);
  const node = el("li", {}, article);
  let job = first;

  function show(next) {
    job = next;
    showState(parts, job);
    put(parts.money, moneyOf(job));
    say(parts.error, job.error && `Error: ${job.error}`);
    hide(buttons.running, isOver(job), details.firstChild);
    hide(buttons.expire, job.expired, details.firstChild);
    tick(Date.now());
  }

  function tick(now) {
    put(parts.age, `${duration(now - Date.parse(job.submitted_at))} ago`);
    put(parts.counts, countsOf(job, now));
  }

  parts.age.dateTime = first.submitted_at;
  parts.age.title = new Date(first.submitted_at).toLocaleString();
  return { node, show, tick };
}

/** The state in a word: Segmind's own four, and one for a job that will not end by itself. */
export function stateOf(job) {
  return !isOver(job) && job.planned_s === null ? `${job.state}, STUCK` : job.state;
}

function isOver(job) {
  return job.finished_at !== null;
}

function partsOf() {
  return {
    state: el("span", { class: "provider-state" }),
    expired: el("span", { class: "provider-state", "data-state": "EXPIRED", hidden: true }, "EXPIRED"),
    age: el("time", { class: "small soft" }),
    counts: el("span"),
    money: el("span"),
    error: el("p", { class: "provider-error", hidden: true }),
    refused: complaint(),
  };
}

function buttonsOf(id, refused, change) {
  const act = (label, name, body) => actButton(label, refused, () => change(id, name, body));
  const running = el("span", { class: "provider-running" }, [
    act("Finish now", "complete", {}),
    act("Fail (technical)", "fail", { error: TECHNICAL_ERROR }),
    act("Refuse (content)", "fail", { error: CONTENT_ERROR }),
  ]);
  return { running, expire: act("Expire results", "expire", {}) };
}

function requestId(id) {
  const words = [unseen("Request id "), el("code", {}, id)];
  return el(
    "p",
    { class: "small soft provider-id" },
    words,
    copyButton("Copy id", () => id),
  );
}

function prompt(text) {
  return typeof text === "string" && text ? el("p", { class: "provider-prompt" }, text) : null;
}

function showState(parts, job) {
  const word = stateOf(job);
  put(parts.state, word);
  parts.state.dataset.state = word.endsWith("STUCK") ? "STUCK" : job.state;
  parts.expired.hidden = !job.expired;
}

function countsOf(job, now) {
  const counts = [counted(job.polls, "poll"), counted(job.results, "result"), counted(job.downloads, "download")];
  if (!job.started_at) return counts.join(" · ");
  const ran = (job.finished_at ? Date.parse(job.finished_at) : now) - Date.parse(job.started_at);
  return [job.finished_at ? `Ran ${runTime(ran)}` : `Running ${runTime(ran)}`, ...counts].join(" · ");
}

function moneyOf(job) {
  const charged = job.charged_usd === null ? "nothing charged" : `charged ${usd(job.charged_usd)}`;
  return `Price ${usd(job.price_usd)} · ${charged}`;
}

function put(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

/** Hides a part; the focus goes on to `next` when it was inside. */
function hide(part, hidden, next) {
  if (part.hidden === hidden) return;
  const had = hidden && part.contains(document.activeElement);
  part.hidden = hidden;
  if (had) next.focus({ preventScroll: true });
}
