/** What can be done with a message: the bot's commands for messages, answering, deleting, looking at its JSON. */

import { MESSAGE } from "./commands.js";
import { confirm, openDialog } from "./dialog.js";
import { button, el } from "./dom.js";
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
        !view.ephemeral && { label: "Delete message", isBad: true, act: () => askToRemove(view, acts) },
    ].filter(Boolean),
    at,
  );
}

function showJson(view) {
  const json = el("pre", { class: "json", tabindex: "0" }, JSON.stringify(view.message, null, 2));
  const foot = (close) => button("Close", close, { class: "button", autofocus: true });
  openDialog(`Message ${view.message.id}, version ${view.version}`, json, foot, { isWide: true });
}

function askToRemove(view, acts) {
  const words = "Nobody sees it here any more, and it does not come back.";
  confirm("Delete this message?", words, "Delete", () => acts.remove(view));
}
