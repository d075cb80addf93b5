/** `pins list`. */
import type { PinView } from "../../ledger/mod.ts";
import { expectWords } from "../args.ts";
import { type Args, EXIT, type Io } from "../command.ts";
import { renderTable } from "../render.ts";
import { pinsFor, sinceOf, titleOf } from "./select.ts";

const HEADERS = ["SERVER", "ID", "TOOL", "STATE", "SINCE", "CHANGED"] as const;

/** Every pin, by server and name. */
export async function listPins(args: Args, io: Io): Promise<number> {
  expectWords(args, { name: "pins list", flags: [] }, { most: 1 });
  const pins = await pinsFor(args, io);
  if (args.has("json")) io.out(`${JSON.stringify(pins.map(jsonOf))}\n`);
  else if (pins.length === 0) {
    io.err("no tools are pinned yet: the first list of a server's tools pins them\n");
  } else io.out(renderTable(HEADERS, pins.map(rowOf), { terminal: io.terminal.out }));
  return EXIT.done;
}

function rowOf(pin: PinView): readonly string[] {
  return [pin.row.server, pin.serverId, titleOf(pin), pin.state, sinceOf(pin), pin.changed.join(" ")];
}

/** The fields that other programs read. */
export function jsonOf({ row, serverId, state, changed }: PinView) {
  const { server, kind, name, since, entry } = row;
  return { server, server_id: serverId, kind, tool: name, state, since, entry, changed };
}
