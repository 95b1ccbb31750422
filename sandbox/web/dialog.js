/** Boxes that take the page until they are closed. */

import { button, el, freshId } from "./dom.js";

/** Opens one. `foot(close)` gives its buttons; the first of them, or what asks for it, has the focus. */
export function openDialog(title, content, foot, { isWide = false } = {}) {
  const heading = freshId("dialog");
  const dialog = el(
    "dialog",
    {
      class: ["dialog", isWide && "is-wide"].filter(Boolean),
      "aria-labelledby": heading,
      onclose: () => dialog.remove(),
    },
    el("h2", { id: heading }, title),
    content,
    el(
      "div",
      { class: "dialog-foot" },
      foot(() => dialog.close()),
    ),
  );
  document.body.append(dialog);
  dialog.showModal();
}

/** Asks before something is done that cannot be taken back. */
export function confirm(title, words, label, act) {
  const buttons = (close) => {
    const done = () => {
      close();
      act();
    };
    return [
      button("Cancel", close, { class: "button button-quiet" }),
      button(label, done, { class: "button button-bad" }),
    ];
  };
  openDialog(title, el("p", {}, words), buttons);
}
