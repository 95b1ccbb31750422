/** What selects offer: their own options, or people, roles and channels of the guild. */

const STRING = 3;
const USER = 5;
const ROLE = 6;
const MENTIONABLE = 7;
const CHANNEL = 8;

const CHANNEL_MARK = { 0: "#", 2: "♪", 4: "▤", 5: "#", 11: "↳", 12: "↳" };

export function isSelect(type) {
  return type === STRING || (type >= USER && type <= CHANNEL);
}

export function stringOptions(component) {
  return component.options.map(({ value, label, description, emoji }) => ({
    value,
    label,
    description,
    mark: emoji && emojiText(emoji),
  }));
}

/** An emoji; one of a guild's own is a picture elsewhere and stands as its name. */
export function emojiText({ id, name }) {
  return id ? `:${name ?? "emoji"}:` : name;
}

/** People, roles or channels of the guild that a select of this type offers. */
export function entityOptions(component, session) {
  switch (component.type) {
    case USER:
      return people(session);
    case ROLE:
      return roles(session);
    case MENTIONABLE:
      return [...people(session), ...roles(session)];
    default:
      return channels(session, component.channel_types);
  }
}

export function people(session) {
  return session.people.map(({ id, name, roles: held }) => ({
    value: id,
    label: name,
    mark: "@",
    description: held.join(", "),
  }));
}

export function roles(session) {
  return session.roles.map(({ id, name }) => ({ value: id, label: name, mark: "@" }));
}

/** Channels that `me` sees, of some types where those are given. */
export function channels(session, types) {
  return session.mine.channels
    .filter((one) => !types?.length || types.includes(one.type))
    .map(({ id, name, type }) => ({ value: id, label: name, mark: CHANNEL_MARK[type] ?? "#" }));
}

/** The values that are picked before anybody chose. */
export function pickedByDefault(component) {
  if (component.options) return component.options.filter((one) => one.default).map((one) => one.value);
  return (component.default_values ?? []).map((one) => one.id);
}
