/** The log's side of C2SP tlog-witness: shows a checkpoint to the witnesses of a policy, and keeps what they sign. */
import {
  type Checkpoint,
  cosignedBy,
  countFrom,
  formatNote,
  type NoteSignature,
  parseSignatures,
  type PolicyWitness,
  type SignedNote,
} from "../ledger/mod.ts";
import { formatAddCheckpoint } from "./request.ts";

/** What a witness answered; `undefined`: nothing, or not in time. Bodies are ATTACKER-CONTROLLED and short. */
export interface WitnessAnswer {
  readonly status: number;
  readonly body: string;
}

export interface Gathering {
  /** The checkpoint as it was signed, with the cosignatures that it has. */
  readonly note: SignedNote;
  readonly checkpoint: Checkpoint;
  readonly witnesses: readonly PolicyWitness[];
  /** The size of which a witness is thought to have seen the ledger last. */
  readonly lastSeen: (witness: PolicyWitness) => number;
  /** Consistency proof (hex) from that size to the checkpoint's. */
  readonly proofFrom: (size: number) => Promise<readonly string[]>;
  /** POST of a text to a URL. Never rejects. */
  readonly post: (url: string, body: string) => Promise<WitnessAnswer | undefined>;
}

/** What became of one witness. `why`: for the operator, nothing of the answer's text in it. */
export type Gathered =
  | { readonly witness: string; readonly cosigned: true; readonly seconds: number }
  | { readonly witness: string; readonly cosigned: false; readonly why: string };

/** Asks all witnesses at once. The note comes back with the cosignatures that fit, and with nothing else of theirs. */
export async function gatherCosignatures(
  gathering: Gathering,
): Promise<{ readonly note: SignedNote; readonly results: readonly Gathered[] }> {
  const asked = await Promise.all(gathering.witnesses.map((witness) => askWitness(gathering, witness)));
  const signatures = asked.flatMap(({ signature }) => signature === undefined ? [] : [signature]);
  return { note: withSignatures(gathering.note, signatures), results: asked.map(({ result }) => result) };
}

interface Asked {
  readonly result: Gathered;
  readonly signature?: NoteSignature;
}

async function askWitness(gathering: Gathering, witness: PolicyWitness): Promise<Asked> {
  const no = (why: string): Asked => ({ result: { witness: witness.name, cosigned: false, why } });
  if (witness.url === undefined) return no("the policy names no URL for it");
  const url = `${witness.url.replace(/\/+$/, "")}/add-checkpoint`;
  let oldSize = gathering.lastSeen(witness);
  for (let attempt = 0; attempt < 3; attempt++) {
    const body = await bodyFrom(gathering, oldSize);
    const answer = await gathering.post(url, body);
    if (answer === undefined) return no("it gave no answer");
    if (answer.status === 200) {
      return accepted(gathering, witness, answer.body) ??
        no("its answer has no cosignature of its key over this checkpoint");
    }
    if (answer.status !== 409) return no(WHY[answer.status] ?? `it answered ${answer.status}`);
    const size = sizeOf(answer.body);
    if (size === undefined) return no("it answered 409 without a size");
    if (size > gathering.checkpoint.size) {
      return no(
        `it has seen ${size} entries of this ledger, and there are ${gathering.checkpoint.size}: the ledger was rolled back`,
      );
    }
    if (size === oldSize) return no(`it has seen another tree of ${size} entries: two histories were signed`);
    oldSize = size;
  }
  return no("it kept changing its mind about what it has seen");
}

const WHY: Readonly<Record<number, string>> = {
  403: "it does not know the key of this ledger (403): give it `countersign key show`",
  404: "it does not know the origin of this ledger (404): give it `countersign key show`",
  422: "it says that this checkpoint does not continue what it has seen (422): two histories were signed",
};

async function bodyFrom({ note, proofFrom }: Gathering, oldSize: number): Promise<string> {
  const proof = oldSize === 0 ? [] : await proofFrom(oldSize);
  return formatAddCheckpoint({ oldSize, proof, note: formatNote(note) });
}

function sizeOf(body: string): number | undefined {
  return countFrom(body.endsWith("\n") ? body.slice(0, -1) : body);
}

/** Each line is tried by itself, so that lines of other keys, or of nonsense, are left behind. */
function accepted({ note }: Gathering, witness: PolicyWitness, body: string): Asked | undefined {
  for (const line of body.split("\n")) {
    const parsed = parseSignatures(`${line}\n`);
    const [signature] = parsed.ok ? parsed.value : [];
    if (signature === undefined) continue;
    const seconds = cosignedBy({ text: note.text, signatures: [signature] }, witness.key);
    if (seconds === undefined) continue;
    return { signature, result: { witness: witness.name, cosigned: true, seconds } };
  }
  return undefined;
}

/** Those of a key that has signed before take the place of what it signed then. */
function withSignatures({ text, signatures }: SignedNote, added: readonly NoteSignature[]): SignedNote {
  const isOld = ({ name, keyId }: NoteSignature) =>
    added.some((signature) => signature.name === name && signature.keyId === keyId);
  return { text, signatures: [...signatures.filter((signature) => !isOld(signature)), ...added] };
}
