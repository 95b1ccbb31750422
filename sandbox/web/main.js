/** The page put together: entries come in from Live, acts go out through Acts, and each part draws itself. */

import { Acts, sentence } from "./acts.js";
import { Composer } from "./composer.js";
import { fill } from "./dom.js";
import { keepText, keptText } from "./drafts.js";
import { Head } from "./head.js";
import { Interactions } from "./interactions.js";
import { Live, Refused } from "./link.js";
import { openMessageMenu } from "./message_menu.js";
import { mountProvider } from "./provider.js";
import { Session } from "./session.js";
import { Side } from "./side.js";
import { Timeline } from "./timeline.js";
import { startTicking } from "./timestamps.js";
import { drawWelcome } from "./welcome.js";

const NOTICE_MS = 8000;

const byId = (id) => document.getElementById(id);
const session = new Session();
const interactions = new Interactions();
const acts = new Acts({ session, interactions, notice });
const timeline = new Timeline({
  list: byId("timeline"),
  scroller: byId("scroller"),
  newest: byId("newest"),
  context: {
    session,
    names: session.names,
    act: (component, values, node) => acts.press(viewOf(node), component, values, node),
    menu: (view, anchor, at = null) => openMessageMenu(view, anchor, at, { session, acts, composer }),
  },
  changed: () => drawWelcome(byId("welcome"), session, timeline.isEmpty),
});
acts.timeline = timeline;
const composer = new Composer({ element: byId("composer"), page: byId("frame"), session, acts });
const provider = mountProvider(byId("provider"));
const head = new Head({ element: byId("head"), session, openSide: () => setSide(true), toggleProvider });
new Side({ element: byId("side"), session, moved: () => setSide(false) });

session.addEventListener("moved", () => timeline.show(session).then(jump));
session.addEventListener("target", jump);
addEventListener("hashchange", () => session.follow());
addEventListener("unhandledrejection", (event) => {
  notice(sentence(event.reason));
  if (event.reason instanceof Refused) event.preventDefault(); // it is said; what is a fault stays in the console, too
});
session.addEventListener("offers", () => timeline.changed());
byId("provider").addEventListener("providertoggle", () => head.setProviderOpen(provider.isOpen));
byId("frame").addEventListener("click", (event) => event.target === byId("frame") && setSide(false));
byId("skip").addEventListener("click", () => composer.focus());
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || event.defaultPrevented) return;
  setSide(false);
  if (event.target === document.body) composer.escape();
});

const early = []; // what happened while the page began: the bot may register its commands just then
let hearing = (entry) => early.push(entry);
const live = new Live({ entry: (entry) => hearing(entry), state: connection, anew });
await live.connect();
await session.begin();
hearing = hear;
early.forEach(hear);
welcomeBack(keptText());
startTicking();
document.documentElement.dataset.ready = "true";

/** One entry of the sandbox's journal. */
function hear(entry) {
  switch (entry.kind) {
    case "message":
      if (entry.data.change === "create") session.arrived(entry.data.message.channel_id);
      timeline.take(entry.data);
      if (entry.data.deleted) composer.forget(entry.data.message.id);
      break;
    case "interaction":
      interactions.take(entry);
      break;
    case "session":
      session.learnBot();
      break;
    case "commands":
      session.learnOffers();
      break;
    case "channel":
      session.refresh();
      break;
  }
}

async function connection(isConnected) {
  document.documentElement.classList.toggle("is-cut-off", !isConnected);
  if (!isConnected) {
    fill(byId("notice"), "The sandbox does not answer. Trying again…");
    return;
  }
  fill(byId("notice"));
  await interactions.askAgain();
  if (session.me) await session.learnBot();
}

/** The sandbox is another one: so is everything here, but for what somebody was writing. */
function anew() {
  keepText(composer.text);
  location.reload();
}

function welcomeBack(text) {
  if (text === null) return;
  notice("The sandbox began anew: what was in it is gone.");
  if (text) composer.begin({ text });
}

/** Shows the message that a link led to. */
function jump() {
  const { target } = session;
  session.target = null;
  if (target && !timeline.jump(target)) notice("That message is not here any more.");
}

/** Says something for a while. */
function notice(text) {
  fill(byId("notice"), text);
  setTimeout(() => byId("notice").textContent === text && fill(byId("notice")), NOTICE_MS);
}

function viewOf(node) {
  return timeline.views.get(node.closest(".message").id.replace("message-", ""));
}

function setSide(isOpen) {
  byId("frame").classList.toggle("is-side-open", isOpen);
}

function toggleProvider() {
  if (provider.isOpen) provider.close();
  else provider.open();
}
