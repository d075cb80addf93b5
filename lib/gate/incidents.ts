import { messageOf } from "../base/mod.ts";
import type { Direction, IncidentRecord } from "../verdict/mod.ts";
import type { Desk } from "./way.ts";

export interface Incident {
  readonly kind: IncidentRecord["kind"];
  readonly direction: Direction;
  /** A stable code; never content. */
  readonly reason: string;
  readonly bytes: number;
}

/** Writes down what never became a call. Nothing waits for it: nothing was forwarded either. */
export async function recordIncident(desk: Desk, incident: Incident): Promise<void> {
  try {
    await desk.ports.ledger.write({ type: "incident", server: desk.settings.server, ...incident });
  } catch (fault) {
    desk.ports.log(
      `cannot record ${incident.reason}: ${messageOf(fault)}`,
    );
  }
}
