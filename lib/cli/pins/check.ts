/** What `doctor` says about pins. */
import type { PinView } from "../../ledger/mod.ts";

/** How the pins of a ledger stand; `waiting`: so many definitions wait for a person's answer. */
export interface PinSummary {
  readonly detail: string;
  readonly waiting: number;
}

/** Counts of all pins in a ledger. A definition that was rejected has its answer. */
export function summaryOf(pins: readonly PinView[]): PinSummary {
  const tools = pins.filter(({ row }) => row.kind === "tool").length;
  const servers = new Set(pins.map(({ serverId }) => serverId)).size;
  const waiting = pins.filter(({ state }) => state === "drifted" || state === "new").length;
  const rejected = pins.filter(({ state }) => state === "rejected").length;
  const parts = [
    `${count(tools, "tool")} of ${count(servers, "server")}`,
    ...waiting > 0 ? [`${waiting} changed or new, refused until you answer`] : [],
    ...rejected > 0 ? [`${rejected} rejected`] : [],
  ];
  return { detail: parts.join("; "), waiting };
}

function count(number: number, what: string): string {
  return number === 1 ? `1 ${what}` : `${number} ${what}s`;
}
