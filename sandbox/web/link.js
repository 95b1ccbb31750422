/** The way to the sandbox: verbs, uploads, and what happens there as it happens. */

/** The sandbox did not do it; the message says why, in a sentence for the person who tried. */
export class Refused extends Error {}

const PATIENCE_MS = [300, 1000, 2000, 5000]; // between tries to connect again

/** Calls a verb of the control interface and gives its answer. Raises Refused. */
export async function call(verb, args = {}) {
  return answered(
    await reached(`/sandbox/${verb}`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(args),
    }),
  );
}

/** Hands a File over; what comes back stands for it in options, fields and messages. Raises Refused. */
export async function upload(file) {
  const query = new URLSearchParams({
    filename: file.name || "image.png",
    ...(file.type && { content_type: file.type }),
  });
  return (await answered(await reached(`/sandbox/uploads?${query}`, { method: "POST", body: file }))).upload;
}

async function reached(path, request) {
  try {
    return await fetch(path, request);
  } catch {
    throw new Refused("The sandbox is not running any more. Start it again with make demo.");
  }
}

async function answered(response) {
  const body = await response.json().catch(() => ({}));
  if (!response.ok) throw new Refused(body.error ?? `The sandbox answered ${response.status}.`);
  return body;
}

/**
 * What happens in the sandbox, entry by entry and without a gap, over a WebSocket that comes back by itself.
 *
 * `entry(entry)` hears each, `state(isConnected)` when the connection comes or goes, `anew()` that another sandbox is
 * there, which knows nothing of what the page shows.
 */
export class Live {
  constructor({ entry, state, anew }) {
    Object.assign(this, { entry, state, anew });
    this.last = null;
    this.tries = 0;
  }

  /** Resolves once the first greeting is there. */
  connect() {
    return new Promise((greeted) => this.open(greeted));
  }

  open(greeted = () => {}) {
    const after = this.last === null ? "" : `?after=${this.last}`;
    const socket = new WebSocket(`${location.origin.replace("http", "ws")}/sandbox/live${after}`);
    socket.onmessage = (event) => {
      const said = JSON.parse(event.data);
      if (said.kind === "hello") this.greet(said, greeted);
      else this.hear(said);
    };
    socket.onclose = () => {
      this.state(false);
      const patience = PATIENCE_MS[Math.min(this.tries, PATIENCE_MS.length - 1)];
      this.tries += 1;
      setTimeout(() => this.open(greeted), patience);
    };
  }

  greet(said, greeted) {
    if (this.world && said.world !== this.world) {
      this.anew();
      return;
    }
    this.world = said.world;
    this.last ??= said.last;
    this.tries = 0;
    this.state(true);
    greeted();
  }

  hear(said) {
    this.last = said.seq;
    this.entry(said);
  }
}
