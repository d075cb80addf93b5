/** The pins of all servers in a ledger, for people and programs. */
import type { PinState } from "../verdict/mod.ts";
import { changedFields, type PinRow, readPinRow, stateOf } from "./pin_rows.ts";
import type { LedgerStore } from "./port.ts";

const SHOWN_OF_AN_ID = 8;

/** One pin as it stands. */
export interface PinView {
  /** Its row in the store. */
  readonly key: string;
  /** Tells servers of one name apart; from the digest of the command line. */
  readonly serverId: string;
  readonly state: PinState;
  /** The parts that differ from what is pinned. */
  readonly changed: readonly string[];
  readonly row: PinRow;
}

/** All pins, by server and name. Throws Fault `ledger` where a row is damaged. */
export async function pinsIn(store: Pick<LedgerStore, "scan">): Promise<readonly PinView[]> {
  const found: PinView[] = [];
  for await (const { key, value } of store.scan("pin")) {
    const row = readPinRow(value);
    if (typeof key !== "string" || row.kind === "server" || isSilence(row)) continue;
    found.push({
      key,
      serverId: key.slice(0, SHOWN_OF_AN_ID),
      state: stateOf(row),
      changed: changedFields(row),
      row,
    });
  }
  return found.sort((a, b) => compare(sortKey(a), sortKey(b)));
}

/** That a server gives no instructions is pinned as well, and nothing to look at. */
function isSilence({ kind, pinned, seen }: PinRow): boolean {
  return kind === "instructions" && seen === undefined && pinned?.fields.length === 0;
}

function sortKey({ row, serverId }: PinView): string {
  return [row.server, serverId, row.kind, row.name].join("\0");
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
