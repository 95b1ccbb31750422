/** The line above the messages: where one is, whether the bot is there, and the provider's drawer. */

import { button, el, fill } from "./dom.js";
import { markOf, nameOf, titleOf } from "./side.js";

/** `openSide()` and `toggleProvider()` are what its buttons do. */
export class Head {
  constructor({ element, session, openSide, toggleProvider }) {
    this.session = session;
    this.title = el("h2", { class: "head-title" });
    this.status = el("p", { class: "status small", role: "status" });
    this.provider = button("Provider", toggleProvider, {
      class: "button",
      "aria-expanded": "false",
      "aria-controls": "provider",
    });
    const side = button("☰", openSide, { class: "head-side bare", "aria-label": "People and channels" });
    fill(element, side, this.title, this.status, this.provider);
    session.addEventListener("moved", () => this.drawPlace());
    session.addEventListener("bot", () => this.drawBot());
  }

  drawPlace() {
    const { place, me } = this.session;
    fill(
      this.title,
      el("span", { class: "place-mark", "aria-hidden": "true" }, markOf(place)),
      el("span", { class: "head-name", title: nameOf(place) }, nameOf(place)),
      place.nsfw && el("span", { class: "tag tag-nsfw" }, "18+"),
    );
    document.title = `${titleOf(place)} · ${me.name} · Klapper sandbox`;
  }

  drawBot() {
    const isThere = this.session.bot.connected > 0;
    this.status.classList.toggle("is-there", isThere);
    fill(
      this.status,
      el("span", { class: "status-dot", "aria-hidden": "true" }),
      el("span", { class: "status-words" }, isThere ? "Klapper is online" : "Klapper is offline"),
    );
  }

  setProviderOpen(isOpen) {
    this.provider.setAttribute("aria-expanded", String(isOpen));
  }
}
