/**
 * A receipt: one entry, and the proof that it is in the ledger, in one JSON file that a public key is enough to check. Both
 * ways stand here together; making one ends with verifying it, because the rows that it is made from are trusted by nobody.
 */
import { Fault, toHex } from "../../base/mod.ts";
import type { Digester } from "../digest.ts";
import type { Entry } from "../entry.ts";
import { formatTlogProof } from "../note/tlog_proof.ts";
import { readPayloads } from "../payloads.ts";
import type { Keys, LedgerStore } from "../port.ts";
import { inclusionProof } from "../tree/prove.ts";
import { storeHashes } from "../tree/store_hashes.ts";
import { checkpointOf } from "./checkpoint_text.ts";
import { lineOf, type ReadLine, readLine } from "./line.ts";
import { verifyReceipt } from "./receipt_verify.ts";
import { rotationsSince } from "./rotations.ts";
import { isSealedBy, keyIdOf } from "./trust.ts";

export const RECEIPT_TYPE = "countersign/receipt";

export interface ReceiptLedger {
  readonly store: Pick<LedgerStore, "read" | "scan">;
  readonly keys: Keys;
}

export interface ReceiptRequest {
  readonly seq: number;
  /** A signed note of ours that covers the entry. */
  readonly checkpoint: string;
  /** Discloses k of this entry. */
  readonly disclose?: Digester | undefined;
  /** Discloses what was recorded of it in full, too. */
  readonly payload?: boolean;
}

/** What a receipt says beside its entry. */
interface Parts {
  readonly line: ReadLine;
  readonly publicKey: Uint8Array;
  /** Changes of the key, from the first entry on. */
  readonly rotations: readonly ReadLine[];
  readonly disclosed: Disclosed | undefined;
}

interface Disclosed {
  /** Hex. */
  readonly k: string;
  readonly input?: string;
  readonly output?: string;
}

/**
 * The text of the receipt. Throws Fault `usage` where there is no such entry or its text was pruned, Fault `ledger` where
 * what is in the store does not fit together.
 */
export async function makeReceipt(ledger: ReceiptLedger, request: ReceiptRequest): Promise<string> {
  const parts = await gather(ledger, request);
  for (const ignoreTiles of [false, true]) {
    const proof = await prove(ledger, request, ignoreTiles);
    const text = receiptText(parts, proof);
    const { status } = verifyReceipt(text, { publicKeys: [ledger.keys.publicKey] });
    // Tiles that somebody changed give a proof that leads nowhere: the entries themselves give the right one.
    if (status === "intact") return text;
  }
  throw new Fault("ledger", `Cannot make a receipt of entry ${request.seq}: it does not verify`, {
    hint: "countersign verify",
  });
}

async function gather({ store, keys }: ReceiptLedger, request: ReceiptRequest): Promise<Parts> {
  const { seq, disclose, payload = false } = request;
  const line = await entryAt(store, seq);
  // All of them: whoever trusts a key from before the entry, or from behind it, must find the way.
  const rotations = await rotationsSince(store, 0, request.checkpoint);
  const publicKey = line.key === keys.id ? keys.publicKey : oldKeyOf(line, rotations);
  const disclosed = disclose === undefined
    ? undefined
    : await disclosedOf(store, line.fields as unknown as Entry, { disclose, payload });
  return { line, publicKey, rotations, disclosed };
}

async function entryAt(store: Pick<LedgerStore, "read">, seq: number): Promise<ReadLine> {
  const cell = await store.read("entry", seq);
  if (cell === undefined) throw new Fault("usage", `Cannot make a receipt: there is no entry ${seq}`);
  const text = lineOf(seq, cell.value);
  const line = text === undefined ? undefined : readLine(text);
  if (!line?.ok) {
    throw new Fault("ledger", `Cannot make a receipt: entry ${seq} is damaged`, {
      hint: "countersign verify",
    });
  }
  if (line.value.fields !== undefined) return line.value;
  throw new Fault(
    "usage",
    `Cannot make a receipt: entry ${seq} was pruned, and its hash is all that is left`,
  );
}

function oldKeyOf(line: ReadLine, rotations: readonly ReadLine[]): Uint8Array {
  for (const { fields } of rotations) {
    const change = (fields as unknown as Entry | undefined)?.next_key;
    const key = change === undefined ? undefined : Uint8Array.fromHex(change.old_public_key);
    if (key !== undefined && keyIdOf(key) === line.key && isSealedBy(line, key)) return key;
  }
  throw new Fault("ledger", `Cannot make a receipt: nobody knows the key that signed entry ${line.seq}`, {
    hint: "countersign verify",
  });
}

async function disclosedOf(
  store: Pick<LedgerStore, "scan">,
  entry: Entry,
  { disclose, payload }: { readonly disclose: Digester; readonly payload: boolean },
): Promise<Disclosed> {
  const k = disclose.keyOf(entry.id);
  const { input, output } = payload ? await readPayloads(store, entry, k) : {};
  return { k: toHex(k), ...input !== undefined && { input }, ...output !== undefined && { output } };
}

async function prove(
  { store }: ReceiptLedger,
  { seq, checkpoint }: ReceiptRequest,
  ignoreTiles: boolean,
): Promise<string> {
  const { size } = checkpointOf(checkpoint);
  const hashes = await inclusionProof(storeHashes(store, { ignoreTiles }), seq, size);
  return formatTlogProof({ index: seq, hashes, checkpoint });
}

function receiptText({ line, publicKey, rotations, disclosed }: Parts, proof: string): string {
  const { fields: entry, hash, sig, key } = line;
  const beside = rotations.map(({ fields, hash, sig, key }) => ({ entry: fields, hash, sig, key }));
  const receipt = {
    v: 1,
    type: RECEIPT_TYPE,
    entry,
    hash,
    sig,
    key,
    public_key: toHex(publicKey),
    proof,
    ...disclosed && { disclosed },
    ...rotations.length > 0 && { rotations: beside },
  };
  return `${JSON.stringify(receipt, null, 2).replace(HIDDEN_REGEXP, escaped)}\n`;
}

// All but the line feeds of the layout; within texts JSON has escaped these already.
const HIDDEN_REGEXP = /(?!\n)[\p{Cc}\p{Cf}\u2028\u2029]/gu;

function escaped(character: string): string {
  return character.split("").map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`).join("");
}
