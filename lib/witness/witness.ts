/**
 * A witness (C2SP tlog-witness): it has seen a log grow, and says so of every checkpoint that continues what it saw. It
 * never goes back: a log that shows it a shorter or another history gets no cosignature, and the operator is told.
 */
import { type Clock, err, ok, type Result } from "../base/mod.ts";
import {
  type Checkpoint,
  cosign,
  type Cosigner,
  formatSignatures,
  noteVerifiedBy,
  parseCheckpoint,
  parseNote,
  type SignedNote,
  type VerifierKey,
  verifyConsistency,
} from "../ledger/mod.ts";
import type { Remembered, WitnessMemory } from "./port.ts";
import { type AddCheckpoint, parseAddCheckpoint } from "./request.ts";

export interface WitnessDeps {
  readonly cosigner: Cosigner;
  readonly memory: WitnessMemory;
  readonly clock: Clock;
  /** The logs that are witnessed. A log may have several keys, one after the other. */
  readonly logs: readonly VerifierKey[];
  /** One line for the operator, without newline. */
  readonly log: (line: string) => void;
}

/** What goes back over HTTP. */
export interface WitnessReply {
  readonly status: 200 | 400 | 403 | 404 | 409 | 422 | 503;
  readonly contentType: "text/plain; charset=utf-8" | "text/x.tlog.size";
  readonly body: string;
}

// Two requests for one log at the same instant: one of them is faster, and the other looks again.
const MOST_ATTEMPTS = 5;

/** A request whose form is right. */
interface Asked extends Pick<AddCheckpoint, "oldSize" | "proof"> {
  /** As it was sent. */
  readonly text: string;
  readonly note: SignedNote;
  readonly checkpoint: Checkpoint;
}

/** Answers an `add-checkpoint`. The body is ATTACKER-CONTROLLED. Rejects only where the memory fails. */
export async function addCheckpoint(deps: WitnessDeps, body: string): Promise<WitnessReply> {
  const asked = readBody(body);
  if (!asked.ok) return plain(400, asked.error);
  const refusal = refuseStranger(deps, asked.value);
  if (refusal !== undefined) return refusal;
  for (let attempt = 0; attempt < MOST_ATTEMPTS; attempt++) {
    const reply = await cosignIfConsistent(deps, asked.value);
    if (reply !== undefined) return reply;
  }
  return plain(503, "too many requests for this log at once");
}

function readBody(body: string): Result<Asked, string> {
  const request = parseAddCheckpoint(body);
  if (!request.ok) return request;
  const { oldSize, proof, note: text } = request.value;
  const note = parseNote(text);
  if (!note.ok) return note;
  const checkpoint = parseCheckpoint(note.value.text);
  if (!checkpoint.ok) return checkpoint;
  if (oldSize > checkpoint.value.size) return err("the old size is larger than the new one");
  return ok({ oldSize, proof, text, note: note.value, checkpoint: checkpoint.value });
}

/** Signatures of unknown keys are ignored; one of a key that we know for this origin must be there. */
function refuseStranger({ logs }: WitnessDeps, { note, checkpoint }: Asked): WitnessReply | undefined {
  const keys = logs.filter(({ name }) => name === checkpoint.origin);
  if (keys.length === 0) return plain(404, "this origin is not witnessed here");
  if (keys.some((key) => noteVerifiedBy(note, key))) return undefined;
  return plain(403, "no signature is one of a key that is known for this origin");
}

/** `undefined`: somebody was faster, look again. */
async function cosignIfConsistent(deps: WitnessDeps, asked: Asked): Promise<WitnessReply | undefined> {
  const { origin, size, root } = asked.checkpoint;
  const before = await deps.memory.latest(origin);
  if (asked.oldSize !== (before?.size ?? 0)) return sizeConflict(before);
  if (before?.size === size && before.root !== root) {
    deps.log(`FORK: "${origin}" signed two trees of size ${size}, with the roots ${before.root} and ${root}`);
    return sizeConflict(before);
  }
  if (!continues(before, asked)) {
    deps.log(
      `refused "${origin}": its checkpoint of size ${size} comes without proof that it continues ${
        before?.size ?? 0
      }`,
    );
    return plain(422, "the consistency proof does not lead from the one checkpoint to the other");
  }
  // Remembered before it is signed: a crash in between costs the log a second request, and never lets it go back.
  if (!await deps.memory.advance(origin, before, { size, root, note: asked.text })) return undefined;
  deps.log(`cosigned "${origin}" at ${size}`);
  return { ...plain(200, ""), body: cosignature(deps, asked.note) };
}

/** The first checkpoint of a log continues nothing, and proves nothing. */
function continues(before: Remembered | undefined, { proof, checkpoint: { size, root } }: Asked): boolean {
  if (before === undefined || before.size === 0) return proof.length === 0;
  return verifyConsistency({ from: before.size, to: size, fromRoot: before.root, toRoot: root, proof });
}

function cosignature({ cosigner, clock }: WitnessDeps, note: SignedNote): string {
  return formatSignatures([cosign(note.text, Math.floor(clock.nowMicros() / 1_000_000), cosigner)]);
}

function sizeConflict(before: Remembered | undefined): WitnessReply {
  return { status: 409, contentType: "text/x.tlog.size", body: `${before?.size ?? 0}\n` };
}

function plain(status: WitnessReply["status"], sentence: string): WitnessReply {
  return { status, contentType: "text/plain; charset=utf-8", body: `${sentence}\n` };
}
