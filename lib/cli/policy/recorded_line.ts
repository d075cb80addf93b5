/** A line of recorded traffic in the form that anybody can write: `{"tool": …, "args": {…}}`. */
import { encodeJson, isJsonObject, type JsonObject, type JsonValue } from "../../base/mod.ts";
import { nearName } from "../../diagnostic/mod.ts";
import { UNKNOWN_ARGUMENTS } from "../../policy/mod.ts";
import type { AccessRequest, Outcome } from "../../verdict/mod.ts";
import { methodInfo } from "../../wire/mod.ts";
import { lineFault } from "./line_fault.ts";
import type { RecordedEvent } from "./recorded_event.ts";
import type { ScanCall } from "./scan_call.ts";
import type { NumberedLine } from "./text_lines.ts";

const KEYS = ["tool", "server", "method", "args", "agent", "roles", "session", "at", "decision"] as const;
type Key = typeof KEYS[number];

const DECISIONS: readonly Outcome[] = ["allow", "deny", "ask", "redact"];
const INSTANT_REGEXP = /^\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?(?:Z|[+-]\d\d:\d\d)$/;
/** A Monday morning in 2026, where no line says a time. */
const START_MS = 1_767_600_000_000;

interface Place {
  readonly line: NumberedLine;
  /** The instant of the line before; time does not go back. */
  readonly afterMs: number | undefined;
  readonly shown: string;
  readonly scanCall: ScanCall;
}

/** Throws Fault `usage` for keys and values that have no meaning here. */
export function eventOfLine(value: JsonObject, place: Place): Extract<RecordedEvent, { type: "call" }> {
  const fields = new LineFields(value, (cause) => lineFault(place.shown, place.line, cause));
  fields.refuseUnknownKeys();
  const request = requestOf(fields, place.afterMs);
  const decision = fields.decision();
  return {
    type: "call",
    call: {
      number: place.line.number,
      request,
      report: place.scanCall(request),
      form: "request",
      ...(decision === undefined ? {} : { then: { outcome: decision } }),
    },
  };
}

function requestOf(fields: LineFields, afterMs: number | undefined): AccessRequest {
  const action = fields.text("method") ?? "tools/call", roles = fields.roles();
  return {
    principal: { id: fields.text("agent") ?? "agent", verified: roles.length > 0, roles },
    action,
    resource: { server: fields.text("server") ?? "server", name: fields.tool(action) },
    direction: "to-upstream",
    judged: methodInfo(action)?.judged ?? false,
    args: fields.args(),
    context: {
      session: fields.text("session") ?? "recorded",
      listing: "unknown",
      labels: [],
      calls: 0,
      nowMs: Math.max(afterMs ?? 0, fields.instant() ?? afterMs ?? START_MS),
    },
  };
}

/** The fields of one line, each checked when it is asked for. */
class LineFields {
  readonly #value: JsonObject;
  readonly #fail: (cause: string) => Error;

  constructor(value: JsonObject, fail: (cause: string) => Error) {
    this.#value = value;
    this.#fail = fail;
  }

  refuseUnknownKeys(): void {
    const unknown = Object.keys(this.#value).find((key) => !(KEYS as readonly string[]).includes(key));
    if (unknown === undefined) return;
    const near = nearName(unknown, KEYS);
    throw this.#fail(
      near === undefined
        ? `its keys are ${KEYS.join(", ")}`
        : `it has an unknown key; did you mean "${near}"?`,
    );
  }

  text(key: Key): string | undefined {
    const value = this.#value[key];
    if (value === undefined || typeof value === "string") return value;
    throw this.#fail(`"${key}" is no string`);
  }

  tool(method: string): string {
    const name = this.text("tool");
    if (method === "tools/call" && (name === undefined || name === "")) throw this.#fail('"tool" is missing');
    return name ?? "";
  }

  /** Their JSON; arguments that were not recorded are unknown, which is not the same as none. */
  args(): string {
    const { args } = this.#value;
    if (args === undefined) return UNKNOWN_ARGUMENTS;
    if (isJsonObject(args)) return encodeJson(args);
    throw this.#fail('"args" is no object');
  }

  roles(): readonly string[] {
    const { roles = [] } = this.#value;
    if (isTexts(roles)) return roles;
    throw this.#fail('"roles" is no list of strings');
  }

  decision(): Outcome | undefined {
    const text = this.text("decision");
    if (text === undefined) return undefined;
    const decision = DECISIONS.find((one) => one === text);
    if (decision === undefined) throw this.#fail(`"decision" is none of ${DECISIONS.join(", ")}`);
    return decision;
  }

  instant(): number | undefined {
    const at = this.text("at");
    if (at === undefined) return undefined;
    const ms = INSTANT_REGEXP.test(at) ? Date.parse(at) : NaN;
    if (Number.isNaN(ms)) throw this.#fail('"at" is no instant such as "2026-11-20T09:00:00Z"');
    return ms;
  }
}

function isTexts(value: JsonValue): value is readonly string[] {
  return Array.isArray(value) && value.every((item) => typeof item === "string");
}
