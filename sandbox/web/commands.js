/** Commands as somebody types them: what can be sent, found by what was typed. */

export const CHAT = 1;
export const MESSAGE = 3;

const NESTED = new Set([1, 2]);

/** Everything that can be sent: {path: "jobs list", description, options}, subcommands one by one. */
export function invocations(commands) {
  return commands.filter((one) => one.type === CHAT).flatMap((one) => unfolded(one, []));
}

function unfolded(command, above) {
  const path = [...above, command.name];
  const nested = (command.options ?? []).filter((one) => NESTED.has(one.type));
  if (nested.length) return nested.flatMap((one) => unfolded(one, path));
  return [{ path: path.join(" "), description: command.description, options: command.options ?? [] }];
}

/** Those that a text such as `/jo`, `/list` or `/video a boat` may mean, the likeliest first. */
export function meant(all, text) {
  const typed = text.slice(1).toLowerCase();
  const exact = all.filter((one) => `${typed} `.startsWith(`${one.path} `));
  if (exact.length) return exact;
  const begun = all.filter((one) => one.path.startsWith(typed));
  const inside = all.filter((one) => !begun.includes(one) && one.path.includes(typed));
  return [...begun, ...inside];
}

/** What was typed after the name of the command. */
export function rest(one, text) {
  return text.slice(1).toLowerCase().startsWith(`${one.path} `) ? text.slice(one.path.length + 2).trim() : "";
}
