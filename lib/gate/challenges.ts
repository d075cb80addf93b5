/** What a server asks of whoever calls it, beside its answer: a text of its own choosing, and looked through like one. */
import { encodeJson } from "../base/mod.ts";
import { reasonForFindings, type WorkerName } from "../verdict/mod.ts";
import type { Challenge } from "../wire/mod.ts";
import { blockedBy } from "./blocked.ts";
import type { Call } from "./call.ts";
import type { Desk } from "./way.ts";

/** Hands `challenge` to the client of `call`, or leaves it out: nothing in it can be masked. ATTACKER-CONTROLLED. */
export async function tellChallenge(desk: Desk, call: Call, challenge: Challenge): Promise<void> {
  if (call.reply.challenge === undefined) return;
  const { method, subject } = call;
  const faults: WorkerName[] = [];
  const text = encodeJson({ "WWW-Authenticate": challenge.value });
  const inspected = await desk.judge.inspect({ direction: "to-client", method, subject }, text, faults);
  const blocker = blockedBy(inspected, faults, call) ??
    (inspected.clean === undefined
      ? undefined
      : reasonForFindings(inspected.report.findings.map(({ id }) => id)));
  if (blocker !== undefined) {
    const what = desk.settings.enforced ? "left out" : "would leave out";
    desk.ports.log(`${what} the WWW-Authenticate of the MCP server: ${blocker}`);
  }
  if (blocker === undefined || !desk.settings.enforced) call.reply.challenge(challenge);
}
