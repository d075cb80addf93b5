/** The body of `add-checkpoint` (C2SP tlog-witness): old size, consistency proof, empty line, checkpoint. */
import { err, ok, type Result } from "../base/mod.ts";
import { countFrom, hashFromBase64, hashToBase64 } from "../ledger/mod.ts";

/** What a log asks a witness to cosign. */
export interface AddCheckpoint {
  /** Size of the last checkpoint that the log believes the witness to have seen. */
  readonly oldSize: number;
  /** Consistency proof from there (RFC 6962, section 2.1.2), hex. */
  readonly proof: readonly string[];
  /** The signed note. */
  readonly note: string;
}

const MAX_PROOF_LINES = 63;
const OLD = "old ";

/** The body as it is sent. */
export function formatAddCheckpoint({ oldSize, proof, note }: AddCheckpoint): string {
  const lines = proof.map((hash) => `${hashToBase64(hash)}\n`);
  return `${OLD}${oldSize}\n${lines.join("")}\n${note}`;
}

/** Reads a body. ATTACKER-CONTROLLED. The error is a phrase for the sender. */
export function parseAddCheckpoint(body: string): Result<AddCheckpoint, string> {
  const end = body.indexOf("\n\n");
  if (end < 0) return err("there is no empty line behind the consistency proof");
  const [first = "", ...hashes] = body.slice(0, end).split("\n");
  const oldSize = first.startsWith(OLD) ? countFrom(first.slice(OLD.length)) : undefined;
  if (oldSize === undefined) return err("the first line is not `old` and a size");
  if (hashes.length > MAX_PROOF_LINES) {
    return err(`a consistency proof has at most ${MAX_PROOF_LINES} hashes`);
  }
  const proof = hashes.map(hashFromBase64);
  if (!proof.every((hash) => hash !== undefined)) {
    return err("a line of the consistency proof is no hash in base64");
  }
  return ok({ oldSize, proof, note: body.slice(end + 2) });
}
