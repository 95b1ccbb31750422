/** Components of messages (Discord docs: Component reference), each by its type. */

import { el } from "./dom.js";
import { markdown } from "./markdown.js";
import { fileCard, medium } from "./media.js";
import { Picker } from "./picker.js";
import { raw } from "./raw.js";
import { entityOptions, isSelect, pickedByDefault, stringOptions } from "./selects.js";

const STYLE = { 1: "accent", 2: "plain", 3: "good", 4: "bad" };
const LINK = 5;

/**
 * The elements of components. `context`: the message's own {view, session, names, act(component, values, node),
 * revealed}.
 */
export function parts(components, context) {
  return components.map((component) => part(component, context));
}

function part(component, context) {
  const draw = DRAWN[component.type] ?? (isSelect(component.type) ? select : null);
  return draw ? draw(component, context) : raw(`a component of type ${component.type}`, component);
}

const DRAWN = {
  1: (row, context) => el("div", { class: "row" }, parts(row.components, context)),
  2: buttonOf,
  9: section,
  10: (text, context) => el("div", { class: "text" }, markdown(text.content, context.names)),
  11: (one, context) => el("div", { class: "thumbnail" }, item(one, one.id, context)),
  12: gallery,
  13: file,
  14: (one) => el("hr", { class: ["separator", one.spacing === 2 && "is-wide", !one.divider && "is-bare"].filter(Boolean) }),
  17: container,
};

function buttonOf(component, context) {
  const content = [
    component.emoji?.name && el("span", { class: "emoji" }, component.emoji.name),
    component.label && el("span", {}, component.label),
  ];
  if (component.style === LINK) {
    return el(
      "a",
      { class: "button button-link", href: safeUrl(component.url), target: "_blank", rel: "noopener noreferrer" },
      content,
      el("span", { "aria-label": "opens in a new tab" }, "↗"),
    );
  }
  if (!component.custom_id) return raw("a button that only Discord can show", component);
  const node = el(
    "button",
    {
      type: "button",
      class: `button button-${STYLE[component.style] ?? "plain"}`,
      disabled: component.disabled,
      "data-focus": component.custom_id,
      onclick: () => context.act(component, null, node),
    },
    content,
  );
  return node;
}

function select(component, context) {
  const names = context.session;
  const options = component.options ? stringOptions(component) : entityOptions(component, names);
  const picker = new Picker({
    label: component.placeholder ?? "Select",
    placeholder: component.placeholder,
    options,
    picked: pickedByDefault(component),
    least: component.min_values,
    most: component.max_values,
    disabled: component.disabled,
    changed: (values) => context.act(component, values, picker.field),
  });
  picker.field.dataset.focus = component.custom_id;
  return el("div", { class: "select" }, picker.field);
}

function section(component, context) {
  return el(
    "div",
    { class: "section" },
    el("div", { class: "section-texts" }, parts(component.components, context)),
    el("div", { class: "section-accessory" }, part(component.accessory, context)),
  );
}

function gallery(component, context) {
  const items = component.items.map((one, index) =>
    el("div", { class: "gallery-item" }, item(one, `${component.id}.${index}`, context)),
  );
  return el("div", { class: ["gallery", `gallery-${Math.min(items.length, 4)}`] }, items);
}

function item(one, key, context) {
  const { description, spoiler } = one;
  return medium(one.media, { description, spoiler, revealed: context.revealed, key });
}

function file(component, context) {
  const attached = context.view.message.attachments.find((one) => one.id === component.file.id);
  const known = attached ?? { filename: component.name, size: component.size ?? 0, ...component.file };
  return fileCard(known);
}

function container(component, context) {
  const box = el("div", { class: "container" }, parts(component.components, context));
  if (component.accent_color !== null && component.accent_color !== undefined) {
    box.style.setProperty("--container-accent", `#${component.accent_color.toString(16).padStart(6, "0")}`);
    box.classList.add("has-accent");
  }
  const key = `container.${component.id}`;
  if (!component.spoiler || context.revealed.has(key)) return box;
  const cover = el("button", { type: "button", class: "cover", "aria-label": "Spoiler, press to show" }, "Spoiler");
  const covered = el("div", { class: "covered" }, el("div", { inert: true, "aria-hidden": "true" }, box), cover);
  cover.addEventListener("click", () => {
    context.revealed.add(key);
    covered.replaceWith(box);
  });
  return covered;
}

/** Only web addresses are links; anything else leads nowhere. */
export function safeUrl(url) {
  return URL.canParse(url) && /^https?:$/.test(new URL(url).protocol) ? url : null;
}
