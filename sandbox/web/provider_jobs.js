/** The jobs of the account, newest first, and their sum. */

import { el, fill } from "./dom.js";
import { jobRow, stateOf } from "./provider_job.js";
import { number, usd } from "./provider_words.js";

const TICK_MS = 1000;

/**
 * `show(reading)` answers sentences about what changed. Rows are kept by the job's id, so that what is open, focused
 * or scrolled to stays so. `change` as in `jobRow`. `run(true)` lets the times run.
 */
export function jobsPanel(change) {
  const rows = new Map();
  const list = el("ol", { class: "provider-jobs", "aria-label": "Jobs, newest first" });
  const empty = el(
    "p",
    { class: "provider-empty soft" },
    "Nothing was sent to the provider yet. Ask for a clip with /video, and the job shows here as the provider sees it.",
  );
  const sum = sumLine();
  const node = el("div", {}, sum.node, empty, list);
  let known = null;
  let timer = null;

  function show(reading) {
    const news = known ? changes(known, reading.jobs) : [];
    for (const job of reading.jobs) if (!alike(known?.get(job.id), job)) place(job);
    drop(reading.jobs);
    known = new Map(reading.jobs.map((job) => [job.id, job]));
    empty.hidden = reading.jobs.length > 0;
    sum.show(reading);
    return news;
  }

  /** Readings are oldest first, so a new job goes to the top. */
  function place(job) {
    if (!rows.has(job.id)) {
      const row = jobRow(job, change);
      rows.set(job.id, row);
      list.prepend(row.node);
    }
    rows.get(job.id).show(job);
  }

  /** Forgets the rows of a provider that was started anew. */
  function drop(jobs) {
    if (rows.size === jobs.length) return;
    const ids = new Set(jobs.map((job) => job.id));
    for (const [id, row] of rows) {
      if (ids.has(id)) continue;
      row.node.remove();
      rows.delete(id);
    }
  }

  function run(on) {
    clearInterval(timer);
    timer = on ? setInterval(tick, TICK_MS) : null;
    if (on) tick();
  }

  function tick() {
    const now = Date.now();
    for (const row of rows.values()) row.tick(now);
  }

  return { node, show, run };
}

function alike(one, other) {
  return one !== undefined && Object.keys(other).every((key) => isObject(other[key]) || one[key] === other[key]);
}

/** The parameters of a job: they never change. */
function isObject(value) {
  return value !== null && typeof value === "object";
}

function changes(known, jobs) {
  const moved = jobs.filter((job) => !known.has(job.id) || stateOf(known.get(job.id)) !== stateOf(job));
  return moved.map((job) => `${job.slug}: ${stateOf(job).toLowerCase()}.`);
}

function sumLine() {
  const node = el("dl", { class: "provider-sum" });
  let shown = "";
  function show({ jobs, submits, settings }) {
    const charged = jobs.reduce((total, job) => total + (job.charged_usd ?? 0), 0);
    const entries = [
      ["Sent", number(submits), "Submits that came in, refused ones too"],
      ["Jobs", number(jobs.length), "Submits that became a job"],
      ["Charged", usd(charged), "Completed jobs only"],
      ["Balance", usd(settings.balance_usd), "What the account has left"],
    ];
    if (JSON.stringify(entries) === shown) return;
    shown = JSON.stringify(entries);
    fill(
      node,
      entries.map(([name, value, title]) => el("div", { title }, el("dt", {}, name), el("dd", {}, value))),
    );
  }
  return { node, show };
}
