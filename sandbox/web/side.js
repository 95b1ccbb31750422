/** The side: who one is, and where one can go. */

import { button, el, fill, unseen } from "./dom.js";
import { avatar } from "./message.js";

const THREADS = new Set([10, 11, 12]);

/** Draws people and places and keeps them true. `moved()` is heard after a choice, to close the side on a phone. */
export class Side {
  constructor({ element, session, moved }) {
    Object.assign(this, { session, moved });
    this.people = el("div", { class: "people", role: "radiogroup", "aria-label": "Who you are" });
    this.places = el("ul", { class: "places" });
    this.guild = el("h1", { class: "side-head" });
    fill(
      element,
      this.guild,
      el("h2", { class: "side-label" }, "You are"),
      this.people,
      el("h2", { class: "side-label" }, "Channels"),
      this.places,
      el(
        "p",
        { class: "side-foot small soft" },
        "A Discord of its own on this computer, with the real bot in it. Nothing leaves it.",
      ),
    );
    this.people.addEventListener("keydown", (event) => this.key(event));
    for (const event of ["people", "moved"]) session.addEventListener(event, () => this.drawPeople());
    for (const event of ["places", "moved"]) session.addEventListener(event, () => this.drawPlaces());
  }

  drawPeople() {
    const { guild, members, me } = this.session;
    fill(this.guild, guild.name);
    const hadFocus = this.people.contains(document.activeElement);
    fill(
      this.people,
      members.map((one) => this.person(one, one.id === me?.id)),
    );
    if (hadFocus) this.people.querySelector('[aria-checked="true"]')?.focus();
  }

  person(one, isMe) {
    const choose = async () => {
      await this.session.become(one.id);
      this.moved();
    };
    const attributes = { class: "person", role: "radio", "aria-checked": String(isMe), tabindex: isMe ? "0" : "-1" };
    const role = one.roles.length ? one.roles.join(", ") : "no roles";
    return button(
      [avatar(one), el("span", {}, one.name, el("span", { class: "small soft" }, role))],
      choose,
      attributes,
    );
  }

  key(event) {
    const step = { ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    event.preventDefault();
    const all = [...this.people.children];
    const to = all[(all.indexOf(document.activeElement) + step + all.length) % all.length];
    to.focus();
    to.click();
  }

  drawPlaces() {
    const { session } = this;
    const hadFocus = this.places.contains(document.activeElement) && document.activeElement.dataset.place;
    fill(
      this.places,
      session.places.map((place) => el("li", {}, this.place(place))),
    );
    if (hadFocus) this.places.querySelector(`[data-place="${hadFocus}"]`)?.focus();
  }

  place(place) {
    const { session } = this;
    const isHere = place.id === session.place?.id;
    const isUnread = session.unread.has(place.id);
    const go = async () => {
      await session.enter(place.id);
      this.moved();
    };
    return button(
      [
        el("span", { class: "place-mark", "aria-hidden": "true" }, markOf(place)),
        el("span", { class: "place-name" }, nameOf(place)),
        place.nsfw && el("span", { class: "tag tag-nsfw", title: "age-restricted" }, "18+"),
        isUnread && el("span", { class: "dot" }, unseen("unread")),
      ],
      go,
      {
        class: ["place", THREADS.has(place.type) && "is-thread", isUnread && "is-unread"].filter(Boolean),
        "data-place": place.id,
        "aria-current": isHere && "page",
      },
    );
  }
}

export function nameOf(place) {
  return place.name === "@me" ? "Klapper" : place.name;
}

/** A place's name as it is written in a sentence. */
export function titleOf(place) {
  return place.name === "@me" || THREADS.has(place.type) ? nameOf(place) : `#${place.name}`;
}

export function markOf(place) {
  if (place.name === "@me") return "@";
  return THREADS.has(place.type) ? "↳" : "#";
}
