import { lineOf, VectorKey, VectorLedger } from "./maker.ts";

/** One vector: what it is about, and what has to come out. */
export interface Case {
  /** The file's name without its ending. */
  readonly name: string;
  readonly expect: string;
  /** One sentence. */
  readonly about: string;
  readonly make: () => Parts;
}

/** What a vector holds. */
export interface Parts {
  /** Public keys that are trusted, hex. */
  readonly keys: readonly string[];
  readonly head?: string | undefined;
  readonly lines?: readonly string[];
  readonly checkpoints?: readonly string[];
  readonly kept?: readonly string[];
  readonly policy?: string;
  readonly receipt?: string;
  readonly attestation?: string;
  readonly audience?: string;
}

/** Three keys of logs, one of somebody else, and two of witnesses. */
export const KEYS: {
  readonly [name in "first" | "second" | "third" | "stranger" | "north" | "south"]: VectorKey;
} = {
  first: new VectorKey(0x11),
  second: new VectorKey(0x22),
  third: new VectorKey(0x33),
  stranger: new VectorKey(0x5a),
  north: new VectorKey(0x71),
  south: new VectorKey(0x72),
};

/** A ledger with one session of so many calls, all of it signed by the first key. */
export function oneSession(calls = 2): VectorLedger {
  const ledger = new VectorLedger(KEYS.first);
  ledger.session(calls);
  return ledger;
}

/** All of a ledger, which the first key is trusted for unless `over` says otherwise. */
export function whole(ledger: VectorLedger, over: Partial<Parts> = {}): Parts {
  return {
    keys: [KEYS.first.publicKey],
    head: ledger.next === 0 ? undefined : ledger.head(),
    lines: ledger.entries.map(lineOf),
    ...over,
  };
}

/** The text of the vector. */
export function vectorText({ about, expect, make }: Case): string {
  const { keys, head, lines, checkpoints = [], kept = [], policy, receipt, attestation, audience } = make();
  const section = (name: string, body: string) => `-- ${name}\n${body}`;
  return [
    `# ${about}\n`,
    `expect: ${expect}\n`,
    ...keys.map((key) => `public-key: ${key}\n`),
    ...(head === undefined ? [] : [section("head", `${head}\n`)]),
    ...(lines === undefined ? [] : [section("entries", lines.map((line) => `${line}\n`).join(""))]),
    ...checkpoints.map((note) => section("checkpoint", note)),
    ...kept.map((note) => section("kept", note)),
    ...(policy === undefined ? [] : [section("policy", policy)]),
    ...(receipt === undefined ? [] : [section("receipt", receipt)]),
    ...(attestation === undefined ? [] : [section("attestation", attestation)]),
    ...(audience === undefined ? [] : [section("audience", audience)]),
  ].join("");
}

/** A change of a text that makes one fault: its name, what it is, and the change. */
export type Trap = readonly [name: string, what: string, change: (text: string) => string];
