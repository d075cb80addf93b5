/** Reads vectors (tests/vectors/ledger/README.md) and verifies them as `countersign verify` verifies files. */
import { Fault, utf8 } from "../../../lib/base/mod.ts";
import { readLine } from "../../../lib/ledger/evidence/line.ts";
import { attestationReport, type EvidenceReport, verifyReceipt } from "../../../lib/ledger/evidence/mod.ts";
import {
  type KeptCheckpoint,
  parseTlogPolicy,
  readCheckpoint,
  type Row,
  type TlogPolicy,
  verifyLedger,
  type VerifySource,
} from "../../../lib/ledger/mod.ts";

const SECTIONS = [
  "head",
  "entries",
  "checkpoint",
  "kept",
  "policy",
  "receipt",
  "attestation",
  "audience",
] as const;
type Section = typeof SECTIONS[number];

export interface Vector {
  readonly expect: string;
  readonly keys: readonly Uint8Array[];
  readonly parts: Readonly<Partial<Record<Section, readonly string[]>>>;
}

/** What a verifier says: the status, and where the finding is. */
export interface Said {
  readonly status: string;
  readonly seq: number | undefined;
}

/** Throws for a field or a section that no vector has: a vector that is misread must not pass. */
export function readVector(text: string): Vector {
  const [first = "", ...sections] = text.split(/^-- /m);
  const keys: Uint8Array[] = [];
  let expect = "";
  for (const line of first.split("\n").filter((one) => one !== "" && !one.startsWith("#"))) {
    const [, name, value = ""] = /^([a-z-]+): (.*)$/.exec(line) ?? [];
    if (name === "expect") expect = value;
    else if (name === "public-key") keys.push(Uint8Array.fromHex(value));
    else throw new Error(`a vector has no line "${line}"`);
  }
  if (expect === "") throw new Error("the vector expects nothing");
  const parts: Partial<Record<Section, string[]>> = {};
  for (const section of sections) {
    const [, name = "", body = ""] = /^([a-z]+)\n([^]*)$/.exec(section) ?? [];
    if (!isSection(name)) throw new Error(`a vector has no section "${name}"`);
    (parts[name] ??= []).push(body);
  }
  return { expect, keys, parts };
}

function isSection(name: string): name is Section {
  return (SECTIONS as readonly string[]).includes(name);
}

/** What is to be said about it; `usage` where what the auditor brings along cannot be used. */
export async function verifyVector({ keys: publicKeys, parts }: Vector): Promise<Said> {
  try {
    const kept = (parts.kept ?? []).map(keptFrom);
    const [policyText] = parts.policy ?? [];
    const policy = policyText === undefined ? {} : { policy: policyFrom(policyText) };
    const [receipt] = parts.receipt ?? [];
    const report = receipt === undefined
      ? undefined
      : verifyReceipt(receipt, { publicKeys, kept, ...policy });
    const { status, finding } = parts.attestation === undefined
      ? report ?? await verifyLedger(sourceOf(parts), { publicKeys, kept, ...policy })
      : await verifyToken({ keys: publicKeys, parts }, report);
    return { status, seq: finding?.seq };
  } catch (thrown) {
    if (thrown instanceof Fault && thrown.code === "usage") return { status: "usage", seq: undefined };
    throw thrown;
  }
}

/** As the command does: what it is held against must hold itself. */
async function verifyToken(
  { keys: publicKeys, parts }: Pick<Vector, "keys" | "parts">,
  report: EvidenceReport | undefined,
): Promise<EvidenceReport> {
  const [token = ""] = parts.attestation ?? [], [audience] = parts.audience ?? [];
  if (report !== undefined && report.head === undefined) return report;
  const fields = report && JSON.parse(parts.receipt?.[0] ?? "").entry;
  const head = report?.head;
  return await attestationReport(token.trim(), {
    publicKeys,
    ...audience !== undefined && { audience: audience.trim() },
    ...report && head && {
      within: {
        report,
        entryAt: (seq) => Promise.resolve(seq === head.seq ? { ...head, fields } : undefined),
      },
    },
  });
}

function keptFrom(text: string): KeptCheckpoint {
  const checkpoint = readCheckpoint(text);
  if (typeof checkpoint !== "string") return { name: "kept", checkpoint };
  throw new Fault("usage", `Cannot compare with the kept checkpoint: ${checkpoint}`);
}

function policyFrom(text: string): TlogPolicy {
  const policy = parseTlogPolicy(text);
  if (policy.ok) return policy.value;
  throw new Fault("usage", `Cannot use the policy: ${policy.error}`);
}

function sourceOf(parts: Vector["parts"]): VerifySource {
  const lines = (parts.entries ?? []).join("").split("\n").filter((line) => line !== "");
  const entries = lines.map((line, place): Row => {
    const read = readLine(line);
    return read.ok
      ? { key: read.value.seq, value: read.value.record, version: "" }
      : { key: place, value: new Uint8Array(), version: "" };
  });
  const checkpoints = (parts.checkpoint ?? []).map((text): Row => ({
    key: Number(/^[^\n]*\n(\d{1,15})\n/.exec(text)?.[1] ?? 0),
    value: utf8(text),
    version: "",
  })).toSorted((a, b) => Number(a.key) - Number(b.key));
  const [head] = parts.head ?? [];
  return {
    read: (table, key) => {
      const value = head === undefined ? undefined : utf8(head.trimEnd());
      if (table === "entry") return Promise.resolve(entries.find((row) => row.key === key));
      return Promise.resolve(table === "head" && value !== undefined ? { value, version: "" } : undefined);
    },
    scan: async function* (table, { from = 0, until = Infinity } = {}) {
      const rows = table === "entry" ? entries : table === "checkpoint" ? checkpoints : [];
      for (const row of rows) {
        const key = Number(row.key);
        if (key >= Number(until)) return;
        if (key >= Number(from)) yield row;
      }
    },
  };
}
