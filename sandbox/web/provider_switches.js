/** Everything that can be broken, in groups. */

import { el, freshId } from "./dom.js";
import { discordLimit } from "./provider_discord.js";
import { FATES, LINE, armedIn, faultSwitch, otherFaults, strikes } from "./provider_faults.js";
import { actButton, complaint } from "./provider_parts.js";
import { expireAll, hourPasses, settingsSwitches } from "./provider_settings.js";

/** `show(reading)` answers sentences about faults that struck; `armed` is how many still can. */
export function switchesPanel(door, look) {
  let jobs = [];
  let before = null;
  const settings = settingsSwitches(door, look);
  const fates = FATES.map((entry) => faultSwitch(entry, door, look));
  const line = LINE.map((entry) => faultSwitch(entry, door, look));
  const others = otherFaults(door, look);
  const disarm = disarmAll(door, look);
  const node = el("div", { class: "provider-switches" }, [
    group("Time", settings.speed, hourPasses(door, look)),
    group("The next job", ...fates),
    group("The line", ...line, settings.rate),
    group("The account", settings.empty, settings.revoked),
    group(
      "Results, history and uploads",
      expireAll(door, look, () => jobs),
      settings.lag,
      settings.upload,
    ),
    discordGroup(),
    others.node,
    disarm.node,
  ]);

  function show(reading) {
    jobs = reading.jobs;
    for (const row of Object.values(settings)) row.show(reading.settings);
    for (const row of [...fates, ...line, others, disarm]) row.show(reading.faults);
    const news = before ? strikes(before, reading.faults) : [];
    before = reading.faults;
    return news;
  }

  return { node, show, armed: () => armedIn(before ?? []) };
}

/** The switch that is there without a provider too. */
export function discordGroup() {
  return group("Discord", discordLimit());
}

function group(title, ...rows) {
  const id = freshId("provider-group");
  return el(
    "section",
    { "aria-labelledby": id },
    el("h3", { id }, title),
    rows.map((row) => row.node),
  );
}

function disarmAll(door, look) {
  const refused = complaint();
  const act = async () => {
    await door.remove("/faults");
    await look();
  };
  const button = actButton("Disarm everything", refused, act);
  const node = el("div", { class: "provider-disarm", hidden: true }, button, refused);
  return { node, show: (faults) => (node.hidden = armedIn(faults) === 0) };
}
