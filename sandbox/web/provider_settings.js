/** Switches that hold until they are set back: the provider's settings. */

import { el } from "./dom.js";
import { actButton, complaint } from "./provider_parts.js";
import { choice, deed, onOff, slider } from "./provider_switch.js";
import { counted, duration, number, usd } from "./provider_words.js";

const SPEEDS = [1, 2, 5, 10, 20, 30, 60];
const TOP_UP_USD = 100;
const HOUR_S = 3600;
const KB = 1000;

/** Each has `node` and `show(settings)`. `set(changes)` makes the call and reads anew. */
export function settingsSwitches(door, look) {
  const set = async (changes) => {
    await door.patch("/settings", changes);
    await look();
  };
  return {
    speed: speed(set),
    rate: rate(set),
    empty: empty(set),
    revoked: revoked(set),
    lag: lag(set),
    upload: upload(set),
  };
}

/** Lets an hour of the provider's time pass at once. */
export function hourPasses(door, look) {
  const spec = {
    label: "Let an hour pass",
    does: "Running jobs end, and results older than an hour are forgotten.",
    see: "Clips still arrive: the bot finds forgotten jobs in the history.",
  };
  return deed(spec, async () => {
    await door.post("/advance", { seconds: HOUR_S });
    await look();
    return "An hour of the provider's time has passed.";
  });
}

/** Forgets the results of all jobs that `jobs()` lists. */
export function expireAll(door, look, jobs) {
  const spec = {
    label: "Expire all results",
    does: "The provider forgets its records of all jobs, as it does an hour after a submit.",
    see: "The bot gets a 404, asks the history instead, and delivers all the same.",
  };
  return deed(spec, async () => {
    const kept = jobs().filter((job) => !job.expired);
    await Promise.all(kept.map((job) => door.post(`/jobs/${job.id}/expire`)));
    await look();
    return kept.length ? `${counted(kept.length, "result")} expired.` : "There was nothing to expire.";
  });
}

function speed(set) {
  const row = slider(
    {
      label: "Speed",
      does: "Jobs run and results age this many times as fast.",
      see: "Clips come sooner; the bot learns it, and its estimates follow.",
      steps: SPEEDS,
      words: (step) => `${step}x`,
    },
    (step) => set({ speed: step }),
  );
  const fixed = fixedRunTime(set);
  row.node.append(fixed.node);
  function show(settings) {
    row.show(settings.speed);
    fixed.show(settings.run_time_s);
  }
  return { node: row.node, show };
}

/** run_time_s overrides what would be drawn: said when it is so, with a way to end it. */
function fixedRunTime(set) {
  const refused = complaint();
  const text = el("span");
  const clear = actButton("Draw them again", refused, () => set({ run_time_s: null }));
  const node = el("div", { class: "provider-fixed small", hidden: true }, text, clear, refused);
  function show(seconds) {
    node.hidden = seconds === null;
    text.textContent = `Run times are not drawn: each new job takes ${seconds} s, whatever the speed.`;
  }
  return { node, show };
}

function rate(set) {
  const row = choice(
    {
      label: "Requests a minute",
      does: "What is above it is answered with 429, polls too.",
      see: "Nothing fails: the bot halves its pace, jobs wait, and it recovers slowly once there is no limit.",
      options: [
        [null, "No limit"],
        [30, "30"],
        [5, "5"],
        [1, "1 (a storm of 429)"],
      ],
      other: (value) => number(value),
    },
    (value) => set({ requests_per_minute: value }),
  );
  return { node: row.node, show: (settings) => row.show(settings.requests_per_minute) };
}

function empty(set) {
  let former = TOP_UP_USD;
  const row = onOff(
    {
      label: "Account is empty",
      does: "Submits are answered with 406, insufficient credits.",
      see: "Jobs wait and their cards say why; they go on by themselves soon after there is money again.",
    },
    (on) => set({ balance_usd: on ? 0 : former }),
  );
  function show(settings) {
    const isEmpty = settings.balance_usd <= 0;
    if (!isEmpty) former = settings.balance_usd;
    row.show(isEmpty, isEmpty ? `Off gives ${usd(former)} back` : "");
  }
  return { node: row.node, show };
}

function revoked(set) {
  const row = onOff(
    {
      label: "Key is revoked",
      does: "Every request is answered with 401.",
      see: "All jobs wait and their cards say why; they go on by themselves soon after the key is valid again.",
    },
    (on) => set({ key_revoked: on }),
  );
  return { node: row.node, show: (settings) => row.show(settings.key_revoked) };
}

function lag(set) {
  const row = choice(
    {
      label: "History lags behind",
      does: "A request shows in the history only so long after its submit.",
      see: "After a dropped answer the bot waits for it, and sends nothing alike meanwhile.",
      options: [
        [0, "Not at all"],
        [30, "30 s"],
        [120, "2 min"],
        [600, "10 min"],
      ],
      other: (value) => duration(value * 1000),
    },
    (value) => set({ history_lag_s: value }),
  );
  return { node: row.node, show: (settings) => row.show(settings.history_lag_s) };
}

function upload(set) {
  const row = choice(
    {
      label: "Largest upload",
      does: "An image that is longer as sent is answered with 413.",
      see: "The card says that an image was not accepted, and the credits go back.",
      options: [
        [null, "No limit"],
        [5000 * KB, "5 MB"],
        [1000 * KB, "1 MB"],
        [100 * KB, "100 KB"],
      ],
      other: (value) => `${number(value)} bytes`,
    },
    (value) => set({ upload_limit_bytes: value }),
  );
  return { node: row.node, show: (settings) => row.show(settings.upload_limit_bytes) };
}
