/** The rows beside the entries: open sessions, held calls, answers. Canonical JSON; theirs is the last word on nothing
 * but limits and waiting, which is what README.md says of whoever can change the store. */
import { canonicalJson, Fault, type JsonValue, parseJson, utf8, utf8Decode } from "../base/mod.ts";
import type { Decision } from "../verdict/mod.ts";
import type { EntryAgent, EntryFields } from "./entry.ts";

/** A session that has neither closed nor been given up. */
export interface SessionRow {
  readonly agent: EntryAgent;
  readonly server: string;
  /** No call of the session before this `seq` waits for anything. */
  readonly low: number;
}

/** A call that waits for a person: what its approval will say, charge and leave behind. */
export interface HoldRow {
  readonly session: string;
  readonly reason: string;
  /** Those that held it. */
  readonly rules: readonly string[];
  /** Fields that were masked when it was held. */
  readonly masks: readonly string[];
  /** Not resolved: an approval asks again, with the numbers of its own instant. */
  readonly decision: Decision;
  /** Fields of the call that its approval repeats. */
  readonly call: Pick<EntryFields, "agent" | "direction" | "form" | "method" | "server" | "tool">;
}

/** The entry that answered a held call, or ended its session. */
export interface AnswerRow {
  readonly seq: number;
}

/** The bytes of a row. */
export function sealRow(row: SessionRow | HoldRow | AnswerRow): Uint8Array<ArrayBuffer> {
  return utf8(canonicalJson(row as unknown as JsonValue));
}

/** The session behind a row. Throws Fault `ledger` for a row that is damaged, as the others below do. */
export function readSessionRow(value: Uint8Array): SessionRow {
  return checked<SessionRow>(
    value,
    ({ agent, server, low }) => isObject(agent) && isText(server) && isCount(low),
  );
}

export function readHoldRow(value: Uint8Array): HoldRow {
  return checked<HoldRow>(
    value,
    ({ session, reason, rules, masks, decision, call }) =>
      isText(session) && isText(reason) && isTexts(rules) && isTexts(masks) && isDecision(decision) &&
      isObject(call),
  );
}

/** As far down as lists go; what is wrong within one is found where it is used. */
function isDecision(value: unknown): boolean {
  if (!isObject(value)) return false;
  const { outcome, rules, charges, marks, duties, open } = value;
  return isText(outcome) && isTexts(rules) && Array.isArray(charges) && isObject(duties) &&
    isTexts(duties["redactFields"]) && isObject(marks) &&
    ["forwarded", "refused", "approved"].every((fate) => Array.isArray(marks[fate])) &&
    (open === undefined || isOpen(open));
}

function isOpen(value: unknown): boolean {
  return isObject(value) && Array.isArray(value["layers"]) && Array.isArray(value["envelopes"]) &&
    isObject(value["fallback"]);
}

/** The Fault for a row whose value nobody of us wrote. */
export function damagedRow(): Fault {
  return new Fault("ledger", "Cannot read a row beside the entries: its value in the store is damaged", {
    hint: "countersign verify",
  });
}

export function readAnswerRow(value: Uint8Array): AnswerRow {
  return checked<AnswerRow>(value, ({ seq }) => isCount(seq));
}

function checked<T>(value: Uint8Array, fits: (row: Record<string, unknown>) => boolean): T {
  const text = utf8Decode(value);
  const parsed = text === undefined ? undefined : parseJson(text);
  if (parsed?.ok && isObject(parsed.value) && fits(parsed.value)) return parsed.value as T;
  throw damagedRow();
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isText(value: unknown): value is string {
  return typeof value === "string";
}

function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every(isText);
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}
