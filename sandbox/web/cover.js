/** What is shown only to whom asks for it. */

import { button, el } from "./dom.js";

/** `shown` below a cover until it is pressed; `revealed` is a Set of keys that outlives redrawing. */
export function covered(shown, key, revealed) {
  if (revealed.has(key)) return shown;
  const reveal = () => {
    revealed.add(key);
    box.replaceWith(shown);
    if (shown.localName !== "video" && shown.localName !== "a") shown.tabIndex = -1;
    shown.focus({ preventScroll: true }); // it was on the cover, which is gone
  };
  const cover = button("Spoiler", reveal, { class: "cover", "aria-label": "Spoiler, press to show" });
  const box = el("div", { class: "covered" }, el("div", { inert: true, "aria-hidden": "true" }, shown), cover);
  return box;
}
