/** What can be done with a message: the bot's commands for messages, answering, deleting, looking at its JSON. */

import { button, el, freshId } from "./dom.js";
import { MESSAGE } from "./commands.js";
import { openMenu } from "./menu.js";

/** Opens the menu of a message. */
export function openMessageMenu(view, anchor, at, { session, acts, composer }) {
  const apps = view.ephemeral ? [] : session.offered.commands.filter((one) => one.type === MESSAGE);
  const isMine = view.message.author.id === session.me.id;
  openMenu(
    anchor,
    "Message",
    [
      ...(apps.length
        ? [{ head: "Apps" }, ...apps.map((one) => ({ label: one.name, act: () => acts.messageMenu(view, one) }))]
        : []),
      { head: "Message" },
      !view.ephemeral && session.offered.may_send && { label: "Reply", act: () => composer.answer(view) },
      { label: "Show as JSON", act: () => showJson(view) },
      (isMine || session.offered.may_manage) &&
        !view.ephemeral && { label: "Delete message", isBad: true, act: () => acts.remove(view) },
    ].filter(Boolean),
    at,
  );
}

function showJson(view) {
  const heading = freshId("json");
  const dialog = el(
    "dialog",
    { class: "dialog is-wide", "aria-labelledby": heading, onclose: () => dialog.remove() },
    el("h2", { id: heading }, `Message ${view.message.id}, version ${view.version}`),
    el("pre", { class: "json", tabindex: "0" }, JSON.stringify(view.message, null, 2)),
    el(
      "div",
      { class: "dialog-foot" },
      button("Close", () => dialog.close(), { class: "button", autofocus: true }),
    ),
  );
  document.body.append(dialog);
  dialog.showModal();
}
