/** The one switch of the page's own Discord. */

import { doorTo } from "./provider_door.js";
import { choice } from "./provider_switch.js";

const MIB = 1024 * 1024;
const USUAL = 10 * MIB;

/** What one message may carry. Discord does not tell what holds at present, so it begins with the usual. */
export function discordLimit(door = doorTo("/sandbox")) {
  const row = choice(
    {
      label: "Discord's upload limit",
      does: "What a file in a message of this server may have at most.",
      see: "The bot posts a smaller copy of a clip that is larger, and a link where no copy would fit.",
      options: [
        [USUAL, "10 MB (as usual)"],
        [MIB, "1 MB"],
        [100 * 1024, "100 KB"],
        [4 * 1024, "4 KB (no clip fits)"],
      ],
    },
    async (value) => {
      await door.post("/set_upload_limit", { limit_bytes: value });
      row.show(value);
    },
  );
  row.show(USUAL);
  return row;
}
