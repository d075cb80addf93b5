/**
 * Structured results that were masked. A client holds them against the tool's output schema and throws where they do not
 * fit, so that the model never learns why: better it reads that the result was withheld.
 */
import { encodeJson, isJsonObject, type JsonValue, messageOf } from "../base/mod.ts";
import { type ReasonCode, reasonForFault } from "../verdict/mod.ts";
import type { Call } from "./call.ts";
import { shown } from "./log.ts";
import type { Desk } from "./way.ts";

/** A result as it came, and as it would be handed over. */
export interface Changed {
  readonly original: JsonValue | undefined;
  readonly body: JsonValue;
  /** Why it was changed. */
  readonly reason: ReasonCode;
}

/** Why the changed result cannot be handed over; `undefined`: it can. What cannot be told is no. ATTACKER-CONTROLLED. */
export async function misfit(
  desk: Desk,
  call: Call,
  { original, body, reason }: Changed,
): Promise<ReasonCode | undefined> {
  if (call.direction !== "to-upstream") return undefined;
  const values = structuredIn(body), before = structuredIn(original);
  const changed = values.flatMap((value, at) => value === undefined || value === before[at] ? [] : [value]);
  if (changed.length === 0) return undefined;
  const schemas = desk.session.outputs.of(call.subject.name);
  if (schemas?.length === 0) return undefined;
  for (const value of changed) {
    const answer = schemas === undefined ? "unknown" : await ask(desk, { schemas, value });
    if (answer === "fits") continue;
    if (answer === "fault") return reasonForFault("scan");
    const why = answer === "misfits" ? "does not fit" : "cannot be held against";
    desk.ports.log(`masked, a result of ${shown(call.names.tool)} ${why} the tool's outputSchema`);
    return reason;
  }
  return undefined;
}

async function ask({ ports }: Desk, question: Parameters<Desk["ports"]["scan"]["fits"]>[0]) {
  try {
    return await ports.scan.fits(question);
  } catch (fault) {
    ports.log(`fault:scan: ${messageOf(fault)}`);
    return "fault";
  }
}

/** Of a tool's result, and of that in the state of a task (the tasks extension of 2026-07-28). JSON texts. */
function structuredIn(result: JsonValue | undefined): readonly (string | undefined)[] {
  const inner = isJsonObject(result) ? result.result : undefined;
  return [result, inner].map((one) =>
    isJsonObject(one) && one.structuredContent !== undefined ? encodeJson(one.structuredContent) : undefined
  );
}
