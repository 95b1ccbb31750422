/** The provider's drawer: the sandbox Segmind's jobs as the provider sees them, and switches that break things. */

import { button, el, fill } from "./dom.js";
import { botPanel } from "./provider_bot.js";
import { Refusal, doorTo } from "./provider_door.js";
import { jobsPanel } from "./provider_jobs.js";
import { announcer, complaint, say } from "./provider_parts.js";
import { discordGroup, switchesPanel } from "./provider_switches.js";
import { tabs } from "./provider_tabs.js";
import { watch } from "./provider_watch.js";

const NO_PROVIDER = "No provider is behind this sandbox, so there are no jobs to see and none to break.";
const NO_BOT = "No bot is behind this sandbox that could be stopped or started here.";

/**
 * Builds the drawer, closed, in `container`. Nothing is asked before it is opened first, and nothing while it is
 * closed or the browser's tab is hidden. `container` gets the event `providertoggle` whenever it opens or closes.
 */
export function mountProvider(container, { backstage = "/backstage" } = {}) {
  const content = el("div", { class: "provider-content" });
  const heading = el("h2", { tabindex: -1 }, "Provider");
  const closing = button("Close", close, { class: "button button-quiet" });
  const node = el("aside", { class: "provider", "aria-label": "Provider", hidden: true, onkeydown: escape }, [
    el("header", { class: "provider-bar" }, heading, closing),
    content,
  ]);
  let inside = null;
  let from = null;
  container.append(node);
  document.addEventListener("visibilitychange", run);

  function open() {
    if (!node.hidden) return;
    from = document.activeElement;
    node.hidden = false;
    heading.focus();
    if (inside) run();
    else furnish();
    container.dispatchEvent(new CustomEvent("providertoggle"));
  }

  function close() {
    if (node.hidden) return;
    const had = node.contains(document.activeElement);
    node.hidden = true;
    if (had) from?.focus();
    run();
    container.dispatchEvent(new CustomEvent("providertoggle"));
  }

  function escape(event) {
    if (event.key === "Escape" && !event.defaultPrevented) close();
  }

  function run() {
    inside?.run(!node.hidden && !document.hidden);
  }

  async function furnish() {
    fill(content, el("p", { class: "provider-empty soft", role: "status" }, "Looking what is behind this sandbox…"));
    try {
      const { services } = await doorTo(backstage).get("");
      inside ??= insideOf(backstage, new Set(services));
      fill(content, inside.nodes);
      run();
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      fill(
        content,
        el("div", { class: "provider-empty" }, [
          el("p", { class: "wrong", role: "alert" }, error.message),
          button("Try again", furnish, { class: "button" }),
        ]),
      );
    }
  }

  return {
    open,
    close,
    get isOpen() {
      return !node.hidden;
    },
  };
}

/** What the drawer shows of the services that are there. */
function insideOf(backstage, services) {
  const spoken = announcer();
  const provider = services.has("segmind") ? providerOf(doorTo(`${backstage}/segmind`), spoken, note) : noProvider();
  const bot = services.has("bot") ? botPanel(doorTo(`${backstage}/bot`), (said) => spoken.announce([said])) : noBot();
  let on = false;
  let shown = "Jobs";
  const entries = [
    { name: "Jobs", node: provider.jobs },
    { name: "Switches", node: provider.switches },
    { name: "Bot", node: bot.node },
  ];
  const shelf = tabs("Provider", entries, (name) => {
    shown = name;
    if (on) bot.run(shown === "Bot");
  });

  function note(name, text) {
    shelf.note(name, text);
  }

  function run(goes) {
    if (goes === on) return;
    on = goes;
    provider.run(on);
    bot.run(on && shown === "Bot");
  }

  return { nodes: [shelf.list, provider.line, shelf.panels, spoken.node], run };
}

function providerOf(door, spoken, note) {
  const line = complaint();
  line.classList.add("provider-line");
  const watcher = watch(door, { seen, said: (sentence) => say(line, sentence) });
  const jobs = jobsPanel(async (id, act, body) => {
    await door.post(`/jobs/${id}/${act}`, body);
    await watcher.look();
  });
  const switches = switchesPanel(door, watcher.look);

  function seen(reading) {
    spoken.announce([...jobs.show(reading), ...switches.show(reading)]);
    note("Jobs", reading.jobs.length ? String(reading.jobs.length) : "");
    note("Switches", switches.armed() ? `${switches.armed()} armed` : "");
  }

  function run(on) {
    jobs.run(on);
    if (on) watcher.start();
    else watcher.stop();
  }
  return { jobs: jobs.node, switches: switches.node, line, run };
}

function noProvider() {
  const sentence = () => el("p", { class: "provider-empty soft" }, NO_PROVIDER);
  const switches = el("div", { class: "provider-switches" }, sentence(), discordGroup());
  return { jobs: sentence(), switches, line: null, run: () => undefined };
}

function noBot() {
  return { node: el("p", { class: "provider-empty soft" }, NO_BOT), run: () => undefined };
}
