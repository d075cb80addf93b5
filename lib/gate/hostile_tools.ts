/**
 * Definitions that must not be handed over, as they give orders to who reads them, or hold what cannot be masked: taken out
 * of the list one by one. One tool of a server must not take all others with it.
 */
import { isJsonObject, type JsonObject, type JsonValue } from "../base/mod.ts";
import { type Finding, type Report } from "../verdict/mod.ts";
import type { ReplyMessage } from "../wire/mod.ts";
import { blockersIn } from "./blocked.ts";
import type { Call } from "./call.ts";
import { shown } from "./log.ts";
import type { Inspected } from "./ports.ts";
import type { Desk } from "./way.ts";

/** What is taken out can bring up no more than what was counted together with it, so a second round is rare. */
const MAX_ROUNDS = 4;
const TOOL_POINTER_REGEXP = /^\/tools\/(\d{1,7})(?=\/|$)(.*)$/s;

/** A reply, and what was seen in it. */
export interface LookedThrough {
  readonly message: ReplyMessage;
  readonly inspected: Inspected;
}

export interface Defused extends LookedThrough {
  /** Names of what was taken out, as entries may have them. */
  readonly removed: readonly string[];
  /** All that was seen, in what was taken out too. */
  readonly report: Report;
}

/** `again`: looks a message through. What is not about single tools is left as it is, to be withheld. */
export async function withoutHostileTools(
  desk: Desk,
  call: Call,
  { message, inspected, again }: LookedThrough & { again(message: ReplyMessage): Promise<Inspected> },
): Promise<Defused> {
  const asIs: Defused = { message, inspected, removed: [], report: inspected.report };
  if (call.method !== "tools/list" || call.direction !== "to-upstream") return asIs;
  let left: LookedThrough = { message, inspected };
  const removed: string[] = [], found: Finding[] = [];
  for (let round = 0; round < MAX_ROUNDS; round++) {
    const { report, withhold } = left.inspected;
    const blockers = blockersIn(left.inspected);
    if (withhold !== true && blockers.length === 0) {
      tell(desk, removed);
      return { ...left, removed, report: { ...report, findings: [...found, ...report.findings] } };
    }
    const reduced = report.complete ? withoutTools(left.message, blockers) : undefined;
    if (reduced === undefined) return asIs;
    removed.push(...reduced.names);
    found.push(...blockers);
    left = { message: reduced.message, inspected: await again(reduced.message) };
  }
  return asIs;
}

interface Reduced {
  readonly message: ReplyMessage;
  readonly names: readonly string[];
}

/** `undefined` where a finding is not in a tool, or in none that is there. */
function withoutTools(message: ReplyMessage, blockers: readonly Finding[]): Reduced | undefined {
  const { result } = message;
  if (!isJsonObject(result) || !Array.isArray(result.tools) || blockers.length === 0) return undefined;
  const tools: readonly JsonValue[] = result.tools;
  const masks = new Map<number, string | undefined>();
  for (const { at, id } of blockers) {
    const [, place, rest] = TOOL_POINTER_REGEXP.exec(at) ?? [];
    if (place === undefined || Number(place) >= tools.length) return undefined;
    masks.set(Number(place), rest === "/name" ? `[REDACTED:${id}]` : masks.get(Number(place)));
  }
  const clean: JsonObject = { ...result, tools: tools.filter((_, at) => !masks.has(at)) };
  const names = [...masks].map(([at, mask]) => mask ?? nameOf(tools[at]));
  return { message: { ...message, result: clean, value: { ...message.value, result: clean } }, names };
}

function nameOf(tool: JsonValue | undefined): string {
  return isJsonObject(tool) && typeof tool.name === "string" ? tool.name : "";
}

function tell(desk: Desk, names: readonly string[]): void {
  for (const name of names) {
    if (!desk.session.pins.tells(`hostile ${name}`)) continue;
    desk.ports.log(`hidden: the definition of tool ${shown(name)} holds what must not be handed over`);
  }
}
