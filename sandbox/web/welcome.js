/** What an empty place says: where one is and what to try there. */

import { button, el, fill } from "./dom.js";
import { titleOf } from "./side.js";

/** Draws into `element`; `isEmpty` says whether there is any message. */
export function drawWelcome(element, session, isEmpty) {
  fill(element, isEmpty ? [el("div", { class: "welcome" }, words(session))] : []);
}

function words(session) {
  const { place, me, offered } = session;
  const has = (name) => offered.commands.some((one) => one.name === name);
  const use = (name) => button(`/${name}`, () => session.names.useCommand(name), { class: "used" });
  if (place.name === "@me") {
    return [
      el("h3", {}, `Direct messages of ${me.name} and Klapper`),
      el("p", { class: "soft" }, "Clips come here when somebody asks for that, or when a channel cannot take them."),
    ];
  }
  return [
    el("h3", {}, `Nothing in ${titleOf(place)} yet`),
    has("video") && el("p", {}, use("video"), " makes a clip. Drop a picture on the page to begin with it."),
    has("storyboard") && el("p", {}, use("storyboard"), " writes one shot by shot, with its price as you go."),
    has("manage") &&
      el("p", {}, use("manage rules"), " is for who manages the server: credits, prices, who may make what, review."),
    has("moderate") &&
      el("p", {}, use("moderate record"), " is for moderators: what a member made, and what was decided."),
    has("help") && el("p", {}, use("help"), " says what counts in this channel."),
    el(
      "p",
      { class: "soft" },
      "Be somebody else with the names at the side. The button Provider shows what Segmind sees, and breaks things.",
    ),
  ];
}
