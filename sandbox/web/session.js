/** Who looks, at which place, and what they are offered there. The address bar keeps it: #/Mira/videos. */

import { call } from "./link.js";

const DIRECT = "@me";

/**
 * Tells of changes as events: `moved` (another person or place), `people`, `places`, `offers`, `bot`, `use` (of a
 * command), `target`.
 */
export class Session extends EventTarget {
  constructor() {
    super();
    this.people = [];
    this.roles = [];
    this.channels = []; // of the whole guild
    this.guild = null;
    this.me = null;
    this.mine = { channels: [], dm: null }; // what `me` sees
    this.place = null;
    this.offered = { commands: [], upload_bytes: 0, may_send: false, may_attach: false };
    this.registered = 0; // how often the bot registered its commands since the page began
    this.target = null; // the id of a message to be shown
    this.unread = new Set();
    this.bot = { connected: 0, identified: 0 };
    /** Names by id, and what mentions lead to, as `markdown` asks for them. */
    this.names = {
      user: (id) => this.user(id),
      role: (id) => this.roles.find((one) => one.id === id)?.name ?? null,
      channel: (id) => (id === this.mine.dm ? "@Klapper" : (this.channels.find((one) => one.id === id)?.name ?? null)),
      openMessage: (channelId, messageId) => this.openMessage(channelId, messageId),
      openChannel: (id) => this.places.some((one) => one.id === id) && this.enter(id),
      useCommand: (name) => this.dispatchEvent(new CustomEvent("use", { detail: name })),
    };
  }

  /** Reads the world and goes where the address says. */
  async begin() {
    await Promise.all([this.learnPeople(), this.learnBot()]);
    await this.follow();
  }

  /** Goes where the address says; who or what is not there leads to the first that is. */
  async follow() {
    const [, person, place] = location.hash.split("/").map(decoded);
    const who = this.members.find((one) => one.name === person) ?? this.me ?? this.members[0];
    await this.become(who.id, place);
  }

  /** The people somebody can be: everybody but the bot. */
  get members() {
    return this.people.filter((one) => !one.bot);
  }

  async learnPeople() {
    const world = await call("people");
    this.people = world.people;
    this.roles = world.roles;
    this.channels = world.channels;
    this.guild = world.guild;
    this.botId = world.bot_id;
    this.tell("people");
  }

  async learnBot() {
    this.bot = await call("bot");
    this.tell("bot");
  }

  /** Acts as another person from now on, in the same place if they see it. Raises Refused: nothing has changed then. */
  async become(memberId, placeName = this.place?.name) {
    const turn = this.nextTurn();
    const me = this.people.find((one) => one.id === memberId);
    const mine = await call("client", { member: me.id });
    const places = placesOf(mine);
    await this.move(turn, me, mine, places.find((one) => one.name === placeName) ?? places[0]);
  }

  /** What `me` sees: channels and threads, then the direct messages. */
  get places() {
    return placesOf(this.mine);
  }

  /** Goes to a place that `me` sees. Raises Refused: one is where one was then. */
  async enter(placeId) {
    const place = this.places.find((one) => one.id === placeId) ?? this.places[0];
    await this.move(this.nextTurn(), this.me, this.mine, place);
  }

  /** Everything about who and where changes at once, unless somebody went on meanwhile. */
  async move(turn, me, mine, place) {
    const offered = await this.offeredTo(me, place);
    if (turn !== this.turn) return;
    const isHere = me.id === this.me?.id && place.id === this.place?.id;
    if (me.id !== this.me?.id) this.unread.clear();
    this.unread.delete(place.id);
    Object.assign(this, { me, mine, place, offered });
    history.replaceState(null, "", `#/${encodeURIComponent(me.name)}/${encodeURIComponent(place.name)}`);
    for (const what of isHere ? ["places", "offers"] : ["places", "offers", "moved"]) this.tell(what);
  }

  nextTurn() {
    this.turn = (this.turn ?? 0) + 1;
    return this.turn;
  }

  /** Goes to a message, as a link to it does. */
  async openMessage(channelId, messageId) {
    this.target = messageId;
    if (channelId !== this.place.id && this.places.some((one) => one.id === channelId)) await this.enter(channelId);
    else this.tell("target");
  }

  /** The bot registered its commands: what was asked before that is not true any more. */
  async learnOffers() {
    this.registered += 1;
    const [me, place] = [this.me, this.place];
    const offered = await this.offeredTo(me, place);
    if (!this.isAt(me, place)) return; // gone on meanwhile
    this.offered = offered;
    this.tell("offers");
  }

  async offeredTo(me, place) {
    const { registered } = this;
    const offered = await call("offered", { member: me.id, channel: place.id });
    return registered === this.registered ? offered : this.offeredTo(me, place);
  }

  /** Notes that a message came; it is unread where nobody looks. */
  arrived(channelId) {
    if (channelId === this.place?.id || !this.places.some((one) => one.id === channelId)) return;
    this.unread.add(channelId);
    this.tell("places");
  }

  /** The world changed: what is seen and offered may have. */
  async refresh() {
    await this.learnPeople();
    const turn = this.nextTurn();
    const me = this.people.find((one) => one.id === this.me.id) ?? this.members[0];
    const mine = await call("client", { member: me.id });
    const places = placesOf(mine);
    await this.move(turn, me, mine, places.find((one) => one.id === this.place.id) ?? places[0]);
  }

  /** Whether this person still looks at this place. */
  isAt(me, place) {
    return this.me.id === me.id && this.place.id === place.id;
  }

  /** A person's name; null for nobody that is known. */
  user(id) {
    return this.people.find((one) => one.id === id)?.name ?? null;
  }

  tell(what) {
    this.dispatchEvent(new Event(what));
  }
}

/** Channels, each with its threads below it, and the direct messages. */
function placesOf({ channels, dm }) {
  const threadsOf = (channel) => channels.filter((one) => one.parent_id === channel.id);
  const isThread = (one) => channels.some((other) => other.id === one.parent_id);
  const ordered = channels.filter((one) => !isThread(one)).flatMap((one) => [one, ...threadsOf(one)]);
  return [...ordered, { id: dm, name: DIRECT, type: 1 }];
}

/** What stands between two slashes of the address; what is no address is taken as it is. */
function decoded(part) {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
