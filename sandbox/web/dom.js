/** Building elements. Text is always text: nothing in the page parses a string as HTML. */

/**
 * An element with attributes and children.
 *
 * `attributes`: strings are set as they are, `true` sets an empty one, `false`, `null` and `undefined` set nothing,
 * functions named `onclick`, `oninput`, … listen; `class` takes a list as well. `children` are nodes or texts, lists of
 * them, or nothing.
 */
export function el(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) set(node, name, value);
  node.append(...flat(children));
  return node;
}

/** Replaces what is in a node. */
export function fill(node, ...children) {
  node.replaceChildren(...flat(children));
  return node;
}

/** A text for screen readers only. */
export function unseen(text) {
  return el("span", { class: "unseen" }, text);
}

/** A drawing beside words that say the same. */
export function icon(name) {
  return el("span", { class: `icon icon-${name}`, "aria-hidden": "true" });
}

/** A button that does something on this page. */
export function button(label, onclick, attributes = {}) {
  return el("button", { type: "button", onclick, ...attributes }, label);
}

let last = 0;

/** An id that nothing else on the page has. */
export function freshId(prefix) {
  last += 1;
  return `${prefix}-${last}`;
}

function set(node, name, value) {
  if (value === false || value === null || value === undefined) return;
  if (typeof value === "function") node.addEventListener(name.replace(/^on/, ""), value);
  else if (name === "class") node.className = flat([value]).join(" ");
  else node.setAttribute(name, value === true ? "" : String(value));
}

function flat(children) {
  return children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false);
}
