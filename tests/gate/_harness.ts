/** The gate between two scripted peers, with workers that answer from tables. Nothing here sleeps. */
import { type JsonObject, manualClock } from "../../lib/base/mod.ts";
import {
  type ClientState,
  Gate,
  type GateSettings,
  type Inspected,
  type Inspection,
} from "../../lib/gate/mod.ts";
import type { SchemaAnswer, SchemaQuestion } from "../../lib/schema/mod.ts";
import {
  type AccessRequest,
  type Answer,
  type CallRecord,
  type Decision,
  EMPTY_REPORT,
  NO_MARKS,
  type OutcomeRecord,
  type PinAnswer,
  type PinObservation,
  type Principal,
  type Remask,
  settleCall,
  type WriteRequest,
  type Written,
} from "../../lib/verdict/mod.ts";
import { FrameReader } from "../../lib/wire/mod.ts";

export const ALLOW: Decision = {
  outcome: "allow",
  rules: ["test/allow"],
  reason: "default",
  message: "",
  duties: { redactFields: [], labels: [] },
  charges: [],
  marks: NO_MARKS,
  threat: 0,
  policy: "sha256:00",
  failureMode: "closed",
};

export interface Script {
  readonly settings?: Partial<GateSettings>;
  inspect?(inspection: Inspection): Inspected | Promise<Inspected>;
  /** What is said of a masked value and its schemas; without it, everything fits. May throw. */
  fits?(question: SchemaQuestion): SchemaAnswer | Promise<SchemaAnswer>;
  decide?(request: AccessRequest): Decision | Promise<Decision>;
  /** May throw, to play a ledger that cannot write. */
  beforeWrite?(request: WriteRequest): void | Promise<void>;
  answers?(calls: readonly number[]): readonly Answer[];
  /** The attestation of a released call; may throw. */
  attest?(call: number, audience: string): string | Promise<string>;
  /** The ledger's answer to a call in place of an entry: other masks. */
  remask?(call: CallRecord): Remask | undefined;
  /** The names that the policy hides; without it, the policy hides nothing. May throw. */
  hidden?(names: readonly string[], request: AccessRequest): readonly string[];
  /** The ledger's answer about tools; without it, none are pinned. May throw. */
  pins?(seen: PinObservation): PinAnswer | Promise<PinAnswer>;
  /** Were they pinned in an earlier session? */
  readonly known?: boolean;
  /** Does no pause ever end? Else each ends at once. */
  readonly patient?: boolean;
  /** Shared with another bench's gate; without it, the gate is its client's only one. */
  readonly client?: ClientState;
}

export const AGENT: Principal = { id: "agent", verified: false, roles: [] };

export class Bench {
  readonly toClient: JsonObject[] = [];
  readonly toUpstream: JsonObject[] = [];
  readonly entries: WriteRequest[] = [];
  readonly log: string[] = [];
  readonly clock = manualClock(1_700_000_000_000_000);
  readonly gate: Gate;
  readonly #script: Script;

  constructor(script: Script = {}) {
    this.#script = script;
    const settings: GateSettings = {
      server: "files",
      principal: () => AGENT,
      verifiedOnly: false,
      session: "s1",
      refusalStyle: "result",
      holdTimeoutMs: 60_000,
      enforced: true,
      ...script.settings,
    };
    this.gate = new Gate({
      settings,
      ...script.client && { client: script.client },
      ports: {
        scan: {
          inspect: async (inspection) => await script.inspect?.(inspection) ?? { report: EMPTY_REPORT },
          fits: async (question) => await script.fits?.(question) ?? "fits",
        },
        policy: {
          decide: async (request) => await script.decide?.(request) ?? ALLOW,
          hidesTools: script.hidden !== undefined,
          hidden: async (request, names) => await script.hidden?.(names, request) ?? [],
        },
        ledger: {
          record: async (call) => script.remask?.(call) ?? await this.#write(call),
          write: (request) => this.#write(request),
          answers: (calls) => Promise.resolve(script.answers?.(calls) ?? []),
          attest: async (call, audience) => await script.attest?.(call, audience) ?? `released-${call}`,
        },
        ...script.pins && {
          pins: {
            isKnown: script.known ?? false,
            observe: async (seen) => await script.pins?.(seen) ?? { first: false, refused: [] },
          },
        },
        client: (line) => void this.toClient.push(JSON.parse(line)),
        upstream: (line) => void this.toUpstream.push(JSON.parse(line)),
        log: (line) => void this.log.push(line),
        clock: this.clock,
        pause: () => new Promise((resolve) => script.patient ? undefined : setTimeout(resolve, 0)),
      },
    });
  }

  /** Lines from the client, as text or as a value. */
  client(...messages: (JsonObject | string)[]): void {
    for (const frame of frames(messages)) this.gate.fromClient(frame);
  }

  upstream(...messages: (JsonObject | string)[]): void {
    for (const frame of frames(messages)) this.gate.fromUpstream(frame);
  }

  /** Lets everything happen that can happen without new input. */
  async settle(): Promise<void> {
    for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setTimeout(resolve, 0));
  }

  calls(): CallRecord[] {
    return this.entries.filter((entry) => entry.type === "call");
  }

  outcomes(): OutcomeRecord[] {
    return this.entries.filter((entry) => entry.type === "outcome");
  }

  incidents(): string[] {
    return this.entries.flatMap((entry) => entry.type === "incident" ? [entry.reason] : []);
  }

  async #write(request: WriteRequest): Promise<Written> {
    await this.#script.beforeWrite?.(request);
    this.entries.push(request);
    const ref = { seq: this.entries.length - 1, hash: "" };
    if (request.type !== "call") return { ref };
    const settled = settleCall(request), leaves = ["forward", "redact"].includes(settled.verdict);
    const { attestFor } = request;
    return { ref, settled, ...attestFor && leaves && { attestation: `for ${attestFor}: ${ref.seq}` } };
  }
}

function frames(messages: readonly (JsonObject | string)[]) {
  const reader = new FrameReader({ maxFrameBytes: 1 << 20 });
  const text = messages.map((message) => typeof message === "string" ? message : JSON.stringify(message))
    .join("\n");
  return reader.push(new TextEncoder().encode(`${text}\n`));
}

export function request(id: number | string, method: string, params?: JsonObject): JsonObject {
  return params === undefined ? { jsonrpc: "2.0", id, method } : { jsonrpc: "2.0", id, method, params };
}

export function call(
  id: number | string,
  name: string,
  args?: JsonObject,
  meta?: JsonObject,
): JsonObject {
  return request(id, "tools/call", { name, arguments: args ?? {}, ...meta && { _meta: meta } });
}

export function result(id: number | string, value: JsonObject = { content: [] }): JsonObject {
  return { jsonrpc: "2.0", id, result: value };
}

export function notice(method: string, params?: JsonObject): JsonObject {
  return params === undefined ? { jsonrpc: "2.0", method } : { jsonrpc: "2.0", method, params };
}

/** A decision that a rule made. */
export function decided(outcome: Decision["outcome"], over: Partial<Decision> = {}): Decision {
  return { ...ALLOW, outcome, reason: "rule:r1", message: "no such thing here", ...over };
}
