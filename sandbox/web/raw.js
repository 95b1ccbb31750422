/** What this page cannot show is shown as it came, marked as that. */

import { el } from "./dom.js";

/** A block with the JSON of something; `what` says what it is, such as "component of type 99". */
export function raw(what, json) {
  return el(
    "figure",
    { class: "raw" },
    el("figcaption", {}, `Not shown by this page: ${what}`),
    el("pre", { tabindex: "0", "aria-label": `JSON of ${what}` }, JSON.stringify(json, null, 2)),
  );
}

/** What `draw()` gives, or the JSON where it cannot be drawn: one part that is not as it should be hides no other. */
export function drawn(what, json, draw) {
  try {
    return draw();
  } catch (error) {
    return raw(`${what} (${error.message})`, json);
  }
}
