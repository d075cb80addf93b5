/** Which pins a command is about, and what they are called. */
import { Fault } from "../../base/mod.ts";
import { nearName } from "../../diagnostic/mod.ts";
import type { PinView } from "../../ledger/mod.ts";
import type { Args, Io } from "../command.ts";
import { ledgerFolderFor } from "../ledger_folder.ts";

/** The pins in the ledger that `args` name; of one server, where one is named. */
export async function pinsFor(args: Args, io: Io): Promise<readonly PinView[]> {
  const { readPins } = await import("../../store/mod.ts");
  const pins = await readPins(await ledgerFolderFor(args, io));
  const server = args.text("server");
  if (server === undefined) return pins;
  const found = pins.filter(({ row, serverId }) => row.server === server || serverId === server);
  if (found.length > 0) return found;
  const near = nearName(server, [...new Set(pins.map(({ row }) => row.server))]);
  throw new Fault("usage", `Cannot find pins: there are none of a server "${server}"`, {
    hint: near === undefined ? "countersign pins list" : `did you mean --server ${near}?`,
  });
}

/** Those of `pins` that are named, with `--instructions` the server's own. Throws Fault `usage` for a name that none has. */
export function selected(pins: readonly PinView[], names: readonly string[], args: Args): readonly PinView[] {
  const tools = names.flatMap((name) => {
    const found = pins.filter(({ row }) => row.kind === "tool" && row.name === name);
    if (found.length === 0) throw unknownTool(name, pins);
    return found;
  });
  const instructions = args.has("instructions") ? pins.filter(({ row }) => row.kind === "instructions") : [];
  return [...new Set([...tools, ...instructions])];
}

function unknownTool(name: string, pins: readonly PinView[]): Fault {
  const near = nearName(name, pins.filter(({ row }) => row.kind === "tool").map(({ row }) => row.name));
  return new Fault("usage", `Cannot find a pin: there is none of a tool "${name}"`, {
    hint: near === undefined ? "countersign pins list" : `did you mean ${near}?`,
  });
}

/** What people call it. */
export function titleOf({ row }: PinView): string {
  return row.kind === "instructions" ? "(instructions)" : row.name;
}

const SHOWN_OF_A_DIGEST = 16;

/** What tells the definition that waits for an answer from others; keyed, so that it says nothing by itself. */
export function shortDigest(pin: PinView | undefined): string {
  return pin?.row.seen?.digest.slice(0, SHOWN_OF_A_DIGEST) ?? "";
}

/** UTC, to the second. */
export function sinceOf({ row }: PinView): string {
  return row.since.slice(0, 19).replace("T", " ");
}
