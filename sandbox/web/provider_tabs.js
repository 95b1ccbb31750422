/** Tabs with arrow keys; each panel keeps its own scroll position. */

import { el, freshId } from "./dom.js";

/** `entries`: `{name, node}`. `chosen(name)` is called after each choice. `note(name, text)` writes beside a name. */
export function tabs(label, entries, chosen) {
  const parts = entries.map(tabOf);
  const list = el("div", { class: "provider-tabs", role: "tablist", "aria-label": label, onkeydown: move }, [
    parts.map((part) => part.tab),
  ]);
  for (const part of parts) part.tab.addEventListener("click", () => choose(part));
  let current = null;

  function choose(part) {
    if (part === current) return;
    current = part;
    for (const one of parts) {
      const on = one === part;
      one.tab.setAttribute("aria-selected", String(on));
      one.tab.tabIndex = on ? 0 : -1;
      one.panel.hidden = !on;
    }
    chosen(part.name);
  }

  function move(event) {
    const at = parts.indexOf(current);
    const steps = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: parts.length - 1 };
    if (!(event.key in steps)) return;
    event.preventDefault();
    choose(parts.at(steps[event.key] % parts.length));
    current.tab.focus();
  }

  function note(name, text) {
    const { notes } = parts.find((part) => part.name === name);
    if (notes.textContent !== text) notes.textContent = text;
  }

  choose(parts[0]);
  return { list, panels: parts.map((part) => part.panel), note };
}

function tabOf({ name, node }) {
  const ids = { tab: freshId("provider-tab"), panel: freshId("provider-panel") };
  const notes = el("span", { class: "provider-tab-note" });
  const tab = el("button", { type: "button", role: "tab", id: ids.tab, "aria-controls": ids.panel }, `${name} `, notes);
  const roles = { role: "tabpanel", id: ids.panel, "aria-labelledby": ids.tab };
  const panel = el("div", { class: "provider-panel", ...roles }, node);
  return { name, tab, notes, panel };
}
