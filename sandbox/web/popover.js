/** A box beside another element, above everything else; Escape or a click elsewhere closes it. */

import { el } from "./dom.js";

const EDGE = 8; // pixels that stay free at the edge of the window

/** Opens it and gives {element, close()}; `closed` is heard once, after the focus went back to `anchor`. */
export function beside(anchor, content, { closed = () => {}, at = null } = {}) {
  const element = el("div", { class: "popover", popover: "auto" }, content);
  // In the dialog, if there is one: what is outside of it does not react.
  (anchor.closest("dialog") ?? document.body).append(element);
  element.addEventListener("toggle", (event) => {
    if (event.newState !== "closed") return;
    const hadFocus = element.contains(document.activeElement) || document.activeElement === document.body;
    element.remove();
    if (hadFocus && anchor.isConnected) anchor.focus();
    closed();
  });
  element.showPopover();
  place(element, at ?? anchor.getBoundingClientRect());
  new ResizeObserver(() => element.isConnected && place(element, at ?? anchor.getBoundingClientRect())).observe(
    element,
  );
  return { element, close: () => element.isConnected && element.hidePopover() };
}

/** Puts a box below a rectangle of the window, or above it where there is more room. */
export function place(element, around) {
  const box = element.getBoundingClientRect();
  const below = innerHeight - around.bottom - EDGE;
  const above = around.top - EDGE;
  const isBelow = below >= box.height || below >= above;
  const top = isBelow ? Math.min(around.bottom + 4, innerHeight - box.height - EDGE) : around.top - box.height - 4;
  const left = Math.min(around.left, innerWidth - box.width - EDGE);
  element.style.setProperty("top", `${Math.max(top, EDGE)}px`);
  element.style.setProperty("left", `${Math.max(left, EDGE)}px`);
  element.style.setProperty("min-width", `${Math.min(around.width ?? 0, innerWidth - 2 * EDGE)}px`);
}
