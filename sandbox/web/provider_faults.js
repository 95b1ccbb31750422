/** Faults that strike once or a few times: armed by a checkbox, which goes off by itself when they have struck. */

import { el } from "./dom.js";
import { actButton, complaint } from "./provider_parts.js";
import { onOff } from "./provider_switch.js";

/** What becomes of the next job. */
export const FATES = [
  {
    label: "Next job fails (technical)",
    does: "It runs, and ends as FAILED with an internal error.",
    see: "The card says that Segmind could not make it, and the credits go back.",
    fault: { at: "job", kind: "fail_technical" },
  },
  {
    label: "Next job is refused for its content",
    does: "It runs, and ends as FAILED with words about the content policy.",
    see: "The card says that Segmind's content check refused it, and the credits go back; it counts as a refusal.",
    fault: { at: "job", kind: "fail_content" },
  },
  {
    label: "Next submit is refused",
    does: "It is answered with 406 for its prompt, and no job comes of it.",
    see: "The card says that it was not accepted, and the credits go back at once.",
    fault: { at: "submit", kind: "parameter_refused", text: "Invalid value for parameter 'prompt': it was refused" },
  },
  {
    label: "Next job gets stuck",
    does: "It stays in PROCESSING for ever, until you finish or fail it under Jobs.",
    see: "The card says that it takes longer than usual; the bot watches it and asks less and less often.",
    fault: { at: "job", kind: "stuck_processing" },
  },
  {
    label: "Next clip is large (12 MB)",
    does: "It is too large for a message in Discord.",
    see: "The bot makes a smaller copy and posts that.",
    fault: { at: "job", kind: "dense", mebibytes: 12 },
  },
];

/** What happens on the line. */
export const LINE = [
  {
    label: "Drop the connection after accepting",
    does: "The next submit becomes a job, but its answer is lost.",
    see: "The bot does not send it again: it finds the job in the history, and pays once.",
    fault: { at: "accepted", kind: "drop" },
  },
  {
    label: "Error 500 on the next submit",
    does: "Nothing is taken, but the answer does not say so. It takes minutes to be sure.",
    see: "The bot calls the outcome unclear, does not send again, and gives the credits back when the history is sure.",
    fault: { at: "submit", kind: "server_error" },
  },
];

/** A switch for one entry of the lists above. `show(faults)` takes the provider's script. */
export function faultSwitch(entry, door, look) {
  const times = entry.fault.times ?? 1;
  let ours = [];
  const row = onOff(entry, async (on) => {
    // One that has struck made room for the next: the script would grow for ever.
    for (const { id } of ours.filter((fault) => !on || isSpent(fault))) await door.remove(`/faults/${id}`);
    if (on) await door.post("/faults", { times, ...entry.fault });
    await look();
  });

  function show(faults) {
    ours = faults.filter((scripted) => isOf(scripted.fault, entry.fault));
    const armed = ours.filter((scripted) => !isSpent(scripted));
    const struck = ours.reduce((sum, scripted) => sum + scripted.struck, 0);
    if (armed.length) row.show(true, armedNote(struck, times), "armed");
    else row.show(false, struck ? struckNote(struck) : "", "struck");
  }
  return { node: row.node, show };
}

/** Faults that somebody else wrote into the script. */
export function otherFaults(door, look) {
  const refused = complaint();
  const list = el("ul", { class: "provider-others" });
  const node = el("section", { hidden: true }, el("h3", {}, "Also scripted"), list, refused);
  const items = new Map();

  function show(faults) {
    const others = faults.filter((scripted) => !isSpent(scripted) && !entryOf(scripted.fault));
    const ids = new Set(others.map((one) => one.id));
    for (const [id, item] of items) if (!ids.has(id)) (item.remove(), items.delete(id));
    for (const { id, fault } of others) {
      if (items.has(id)) continue;
      const remove = async () => (await door.remove(`/faults/${id}`), await look());
      items.set(id, el("li", {}, el("code", {}, `${fault.at}: ${fault.kind}`), actButton("Disarm", refused, remove)));
      list.append(items.get(id));
    }
    node.hidden = others.length === 0;
  }
  return { node, show };
}

/** How many faults can still strike. */
export function armedIn(faults) {
  return faults.filter((scripted) => !isSpent(scripted)).length;
}

/** Sentences about faults that struck between two readings. */
export function strikes(before, after) {
  const known = new Map(before.map((scripted) => [scripted.id, scripted.struck]));
  const struck = after.filter(({ id, struck }) => struck > (known.get(id) ?? 0));
  return struck.map(({ fault }) => `It struck: ${entryOf(fault)?.label ?? fault.kind}.`);
}

function entryOf(fault) {
  return [...FATES, ...LINE].find((own) => isOf(fault, own.fault));
}

function isSpent({ fault, struck }) {
  return fault.times !== null && struck >= fault.times;
}

function isOf(fault, own) {
  const same = fault.at === own.at && fault.kind === own.kind && (fault.text ?? null) === (own.text ?? null);
  return same && fault.slug === null && fault.prompt === null;
}

function armedNote(struck, times) {
  return struck && times > 1 ? `Armed, struck ${struck} of ${times}` : "Armed";
}

function struckNote(struck) {
  return struck === 1 ? "It struck" : `It struck ${struck} times`;
}
