/** Which check did not hold; the words are for people and programs alike. */
export type CheckName =
  | "missing" // an entry is not there
  | "extra" // a row that no ledger writes
  | "record" // the frame around the entry
  | "hash" // the stored leaf hash is not that of the bytes
  | "canonical" // the bytes are not canonical JSON
  | "fields" // a field is absent or malformed
  | "seq" // the entry says another seq than its place
  | "prev" // the link to the entry before
  | "time" // earlier than the entry before
  | "key" // signed by a key that is not trusted, or a change of keys that does not hold
  | "signature" // not signed by the key that it names
  | "session" // an entry outside of its session, or a session opened or closed twice
  | "pairing" // an outcome or answer that no call waits for
  | "stub" // an entry without text where no pruning took it, or that no checkpoint pins
  | "checkpoint" // a checkpoint that is none, is not ours, or says another root than the tree
  | "quorum" // too few witnesses have cosigned
  | "head" // the head does not name the newest entry
  | "pack" // a file of a pack, or its manifest
  | "receipt"; // a receipt, or the proof in it

/** The first thing that is wrong, and where. */
export interface Finding {
  readonly seq: number;
  readonly check: CheckName;
  readonly detail: string;
}

/** A finding as a value. */
export function finding(seq: number, check: CheckName, detail: string): Finding {
  return { seq, check, detail };
}
