/** An attestation in the words of `verify`, alone or against the entry that it speaks of. */
import { canonicalJson, isJsonObject, type JsonObject, type JsonValue } from "../../base/mod.ts";
import { emptyRoot } from "../tree/node.ts";
import {
  type Attestation,
  ATTESTATION_TYPE,
  type AttestationChecks,
  type AttestationProblem,
  verifyAttestation,
} from "./attestation.ts";
import { readJws } from "./jws.ts";
import { type EvidenceReport, type Problem, problem } from "./report.ts";

/** An entry that was verified, as a ledger or a receipt has it. */
export interface VerifiedEntry {
  readonly seq: number;
  readonly hash: string;
  /** `undefined` where its text was pruned. */
  readonly fields: JsonObject | undefined;
}

export interface ReportChecks extends Pick<AttestationChecks, "publicKeys" | "audience"> {
  /**
   * Where the entry must be: what was verified, and what of it stands at a `seq`; `undefined` where nothing does. Absent: the
   * signature alone is checked.
   */
  readonly within?: {
    readonly report: Pick<EvidenceReport, "root">;
    readonly entryAt: (seq: number) => Promise<VerifiedEntry | undefined>;
  };
}

/** {@link EvidenceReport} with what the attestation says, where a trusted key signed it. */
export interface AttestationReport extends EvidenceReport {
  readonly attestation?: Attestation;
}

const STATUSES: Readonly<Record<AttestationProblem["reason"], Problem["status"]>> = {
  "malformed": "unreadable",
  "unknown-key": "unsigned",
  "bad-signature": "unsigned",
  "wrong-audience": "broken",
  "wrong-call": "broken",
};
const CHECKS: Readonly<Record<AttestationProblem["reason"], string>> = {
  "malformed": "form",
  "unknown-key": "key",
  "bad-signature": "signature",
  "wrong-audience": "audience",
  "wrong-call": "attestation",
};

/** Never throws for what stands in the token. `within` must hold before it is asked. */
export async function attestationReport(
  token: string,
  { publicKeys, audience, within }: ReportChecks,
): Promise<AttestationReport> {
  const checked = verifyAttestation(token, { publicKeys, ...audience !== undefined && { audience } });
  const root = within?.report.root ?? emptyRoot();
  const nothing = { entries: 0, head: undefined, root, finding: undefined };
  if (!checked.ok) {
    const { reason, detail, claims } = checked.error;
    const found = problem(STATUSES[reason], { seq: claims?.entry ?? 0, check: CHECKS[reason], detail });
    return { ...nothing, key: "", ...found, ...claims && { attestation: claims } };
  }
  const attestation = checked.value, key = kidOf(token);
  const found = within && differs(attestation, await within.entryAt(attestation.entry));
  if (found !== undefined) return { ...nothing, key, ...found, attestation };
  const head = { seq: attestation.entry, hash: attestation.hash };
  return { ...nothing, status: "intact", entries: 1, head, key, attestation };
}

/** The entry is there, it has the leaf hash, and says what the attestation says of it. */
function differs(attestation: Attestation, entry: VerifiedEntry | undefined): Problem | undefined {
  const { entry: seq, hash } = attestation;
  const no = (detail: string) => problem("broken", { seq, check: "attestation", detail });
  if (entry === undefined || entry.seq !== seq) return no("the entry that it speaks of is not there");
  if (entry.hash !== hash) return no("the entry that it speaks of has another hash");
  if (entry.fields === undefined) return undefined;
  const { fields } = entry;
  if (fields.kind !== "call") return no("the entry that it speaks of is none of a call");
  if (fields.enforced !== true || !LEAVES.includes(String(fields.verdict))) {
    return no("the call that it speaks of was not let pass");
  }
  const other = SAME.find((name) => !same(saidOf(attestation, name), saidBy(fields, name)));
  return other === undefined ? undefined : no(`it does not say of "${other}" what the entry says`);
}

/** A held call leaves once a person has let it pass, which is another entry. */
const LEAVES: readonly string[] = ["forward", "redact", "hold"];
const SAME = ["agent", "id", "input", "method", "policy", "server", "tool"] as const;
type Same = typeof SAME[number];

function saidOf(attestation: Attestation, name: Same): unknown {
  return name === "id" ? attestation.jti : attestation[name];
}

function saidBy(fields: JsonObject, name: Same): JsonValue | undefined {
  const value = fields[name];
  if (name === "tool" && value === "") return undefined;
  if (name !== "agent" || !isJsonObject(value)) return value;
  return { id: value.id ?? null, verified: value.verified ?? null };
}

function same(one: unknown, other: unknown): boolean {
  if (one === undefined || other === undefined) return one === other;
  return canonicalJson(one as JsonValue) === canonicalJson(other as JsonValue);
}

/** The key that a token names. */
function kidOf(token: string): string {
  const jws = readJws(token, ATTESTATION_TYPE);
  return jws.ok ? jws.value.kid : "";
}
