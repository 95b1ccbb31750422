/** Watches the provider: waits for its events, and reads it anew when something came. */

import { Refusal } from "./provider_door.js";

const LONG_POLL_S = 25;
const SPARE_MS = 10_000; // beyond the long poll, before it counts as lost
const SETTLE_MS = 250; // events come in bursts, and a fault strikes just after its request was noted
const PER_JOB_MS = 3; // the more there is to read, the less often
const FIRST_PAUSE_MS = 1000;
const LONGEST_PAUSE_MS = 30_000;

/**
 * `seen({jobs, faults, settings, submits})` gets each reading; `submits` counts the submits that came in, accepted or
 * not. `said(sentence)` gets what is wrong with the line, or null when it is well again.
 *
 * Between `start()` and `stop()` one long poll is open and nothing else is asked. `look()` reads at once.
 */
export function watch(door, { seen, said }) {
  let ending = null;
  let submits = 0;
  let jobs = [];

  const look = inTurn(async () => {
    const [read, faults, settings] = await Promise.all(["/jobs", "/faults", "/settings"].map((path) => door.get(path)));
    jobs = read;
    seen({ jobs, faults, settings, submits });
  });

  async function follow(signal) {
    let after = 0;
    let failures = 0;
    submits = 0;
    for (let wait_s = 0; !signal.aborted; wait_s = LONG_POLL_S) {
      try {
        const answer = await next(door, after, failures ? 0 : wait_s, signal);
        if (answer.last < after) submits = 0; // another provider, which counts from one
        after = answer.last < after ? 0 : answer.last;
        submits += answer.events.filter(isSubmit).length;
        if (wait_s && answer.events.length) await pause(SETTLE_MS + PER_JOB_MS * jobs.length, signal);
        await look();
        failures = 0;
        said(null);
      } catch (error) {
        if (signal.aborted) return;
        if (!(error instanceof Refusal)) throw error;
        await pause(backOff(failures++, said), signal);
      }
    }
  }

  function start() {
    if (ending) return;
    ending = new AbortController();
    follow(ending.signal);
  }

  function stop() {
    ending?.abort();
    ending = null;
  }

  return { start, stop, look };
}

function next(door, after, wait_s, signal) {
  const patienceMs = wait_s * 1000 + SPARE_MS;
  return door.get(`/events?after=${after}&timeout_s=${wait_s}`, { signal, patienceMs });
}

function isSubmit(event) {
  return event.kind === "request" && event.detail?.startsWith("POST /v2/");
}

function backOff(failures, said) {
  const pauseMs = Math.min(FIRST_PAUSE_MS * 2 ** failures, LONGEST_PAUSE_MS);
  said(`The provider does not answer. Next try in ${pauseMs / 1000} s.`);
  return pauseMs;
}

/** Resolves after that time, or at once when it is to end. */
function pause(ms, signal) {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const timer = setTimeout(done, ms);
    function done() {
      clearTimeout(timer);
      signal.removeEventListener("abort", done);
      resolve();
    }
    signal.addEventListener("abort", done);
  });
}

/** Never two at a time, so that an older reading cannot come last; who asks meanwhile gets the one after. */
function inTurn(read) {
  let running = null;
  let queued = null;
  return function again() {
    if (running) {
      queued ??= running
        .catch(() => undefined)
        .then(() => {
          queued = null;
          return again();
        });
      return queued;
    }
    running = read().finally(() => (running = null));
    return running;
  };
}
