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
