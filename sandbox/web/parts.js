/** Components of messages (Discord docs: Component reference), each by its type. */

import { covered } from "./cover.js";
import { el, unseen } from "./dom.js";
import { markdown } from "./markdown.js";
import { fileCard, medium, safeUrl } from "./media.js";
import { Picker } from "./picker.js";
import { drawn, raw } from "./raw.js";
import { emojiText, entityOptions, isSelect, pickedByDefault, stringOptions } from "./selects.js";

const STYLE = { 1: "accent", 2: "plain", 3: "good", 4: "bad" };
const LINK = 5;
const CONTAINER = 17;

/**
 * The elements of components. `context`: the message's own {view, session, names, act(component, values, node),
 * revealed}.
 */
export function parts(components, context) {
  return (components ?? []).map((component) => part(component, context));
}

function part(component, context) {
  const what = `a component of type ${component?.type}`;
  const draw = DRAWN[component?.type] ?? (isSelect(component?.type) ? select : null);
  return draw ? drawn(what, component, () => draw(component, context)) : raw(what, component);
}

const DRAWN = {
  1: (row, context) => el("div", { class: "row" }, parts(row.components, context)),
  2: buttonOf,
  9: section,
  10: (text, context) => el("div", { class: "text" }, markdown(text.content, context.names)),
  11: (one, context) => el("div", { class: "thumbnail" }, item(one, context)),
  12: gallery,
  13: file,
  14: separator,
  [CONTAINER]: container,
};

function buttonOf(component, context) {
  const content = [
    component.emoji && el("span", { class: "emoji" }, emojiText(component.emoji)),
    component.label && el("span", {}, component.label),
  ];
  if (component.style === LINK) return linkButton(component, content);
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

function linkButton({ url, disabled }, content) {
  const href = disabled ? null : safeUrl(url);
  if (href) {
    const where = { href, target: "_blank", rel: "noopener noreferrer" };
    return el("a", { class: "button button-link", ...where }, content, outwards(), unseen("opens in a new tab"));
  }
  const title = disabled ? null : `This page does not open ${url}`;
  return el("button", { type: "button", class: "button button-link", disabled: true, title }, content, outwards());
}

function outwards() {
  return el("span", { "aria-hidden": "true" }, "↗");
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

function separator({ spacing, divider }) {
  const isBare = divider === false;
  return el("hr", {
    class: ["separator", spacing === 2 && "is-wide", isBare && "is-bare"].filter(Boolean),
    "aria-hidden": isBare && "true",
  });
}

function gallery(component, context) {
  return mosaic(component.items.map((one) => drawn("an item of a gallery", one, () => item(one, context))));
}

/** Pictures and clips beside each other, as many as there are. */
export function mosaic(items) {
  return el(
    "div",
    { class: ["gallery", `gallery-${items.length}`] },
    items.map((one) => el("div", { class: "gallery-item" }, one)),
  );
}

function item({ media, description, spoiler }, { revealed }) {
  return medium(media, { description, spoiler, revealed });
}

function file(component, { view, revealed }) {
  const attached = view.message.attachments.find((one) => one.id === component.file.attachment_id);
  const known = attached ?? { filename: component.name, size: component.size, ...component.file };
  return fileCard(known, { spoiler: component.spoiler, revealed });
}

function container(component, context) {
  const box = el("div", { class: "container" }, parts(component.components, context));
  if (Number.isInteger(component.accent_color)) {
    box.style.setProperty("--container-accent", `#${component.accent_color.toString(16).padStart(6, "0")}`);
    box.classList.add("has-accent");
  }
  // Its id is another one when an edit puts something before it.
  const containers = context.view.message.components.filter((one) => one.type === CONTAINER);
  return component.spoiler ? covered(box, `container ${containers.indexOf(component)}`, context.revealed) : box;
}
