/** Ledgers, packs and receipts in memory, and hands that change them. */
import { sha256Hex } from "../../../lib/base/mod.ts";
import { writePack } from "../../../lib/ledger/evidence/pack_write.ts";
import type { EvidenceFilter } from "../../../lib/ledger/evidence/entry_stream.ts";
import type { EvidenceReport } from "../../../lib/ledger/evidence/report.ts";
import { readManifest, sealManifest } from "../../../lib/ledger/evidence/manifest.ts";
import type { PackFiles, PackOutput } from "../../../lib/ledger/evidence/names.ts";
import { readPack } from "../../../lib/ledger/evidence/pack_read.ts";
import { verifyPack } from "../../../lib/ledger/evidence/pack_verify.ts";
import {
  GrowingTree,
  type KeptCheckpoint,
  type Keys,
  makeDigester,
  readCheckpoint,
  signCheckpoint,
  verifyLedger,
} from "../../../lib/ledger/mod.ts";
import { memoryStore } from "../../../lib/store/mod.ts";
import { call, heldCall, openIn, outcome, type World, world } from "../support.ts";

/** Files by name. */
export type Files = Map<string, Uint8Array<ArrayBuffer>>;

/** A ledger with one closed session of calls and outcomes: 2n + 4 entries. */
export async function someLedger(calls = 3, over: Parameters<typeof openIn>[1] = {}): Promise<World> {
  const here = world();
  await addSession(here, calls, over);
  return here;
}

export async function addSession(here: World, calls: number, over: Parameters<typeof openIn>[1] = {}) {
  const ledger = await openIn(here, over);
  for (let i = 0; i < calls; i++) {
    here.clock.advanceMs(1000);
    const tool = i % 2 === 0 ? "read_file" : "delete_file";
    const { ref } = await ledger.write(call({ tool, input: `{"arguments":{"n":${i}},"name":"${tool}"}` }));
    await ledger.write(outcome(ref.seq, { tool }));
  }
  await ledger.write(heldCall());
  await ledger.close("end");
}

/** A checkpoint of the whole ledger as it is, signed. */
export async function checkpointIn(
  here: World,
  { keys = here.keys, origin = `countersign/${here.keys.id}`, until = Infinity } = {},
): Promise<string> {
  const tree = new GrowingTree();
  for await (const { key, value } of memoryStore(here.rows).scan("entry")) {
    if (Number(key) < until) tree.add(value.subarray(1, 33).toHex());
  }
  return signCheckpoint({ origin, size: tree.size, root: tree.root(), extensions: [] }, keys);
}

export interface PackIn {
  readonly filter?: EvidenceFilter;
  readonly disclose?: boolean;
  readonly checkpoint?: string;
}

export async function packIn(here: World, over: PackIn = {}): Promise<Files> {
  const files: Files = new Map();
  await writePack({ store: memoryStore(here.rows), keys: here.keys, clock: here.clock }, intoMemory(files), {
    checkpoint: over.checkpoint ?? await checkpointIn(here),
    filter: over.filter,
    disclose: over.disclose ? makeDigester(here.keys.blinding) : undefined,
  });
  return files;
}

export function intoMemory(files: Files): PackOutput {
  return {
    create: (name) => {
      if (files.has(name)) throw new Error(`${name} is written twice`);
      const parts: Uint8Array[] = [];
      return Promise.resolve({
        write: (bytes) => Promise.resolve(void parts.push(bytes.slice())),
        close: () => Promise.resolve(void files.set(name, joined(parts))),
      });
    },
  };
}

function joined(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(parts.flatMap((part) => [...part]));
}

/** Read in pieces of `pieceBytes`: no reader may rely on where they end. */
export function inMemory(files: Files, pieceBytes = 1000): PackFiles {
  return {
    sizes: new Map([...files].map(([name, bytes]) => [name, bytes.length])),
    read: async function* (name) {
      await Promise.resolve();
      const bytes = files.get(name) ?? new Uint8Array();
      for (let at = 0; at < bytes.length; at += pieceBytes) yield bytes.slice(at, at + pieceBytes);
    },
  };
}

export interface VerifyIn {
  readonly publicKeys?: readonly Uint8Array[];
  readonly checkpoints?: readonly string[];
  readonly pieceBytes?: number;
}

/** The report on a pack; the phrase where it is none. */
export async function verifyPackIn(
  here: Pick<World, "keys">,
  files: Files,
  { publicKeys = [here.keys.publicKey], checkpoints = [], pieceBytes }: VerifyIn = {},
): Promise<EvidenceReport | string> {
  const pack = await readPack(inMemory(files, pieceBytes));
  if (!pack.ok) return pack.error;
  return await verifyPack(pack.value, {
    publicKeys,
    kept: keptOf(checkpoints),
    verifyEntries: (source) => verifyLedger(source, { publicKeys }),
  });
}

/** As an auditor names them. */
export function keptOf(notes: readonly string[]): readonly KeptCheckpoint[] {
  return notes.map((text, i) => {
    const checkpoint = readCheckpoint(text);
    if (typeof checkpoint === "string") throw new TypeError(checkpoint);
    return { name: `"${i}"`, checkpoint };
  });
}

/** As {@link verifyPackIn}, of what has the form of a pack. */
export async function reportOn(...args: Parameters<typeof verifyPackIn>): Promise<EvidenceReport> {
  const report = await verifyPackIn(...args);
  if (typeof report === "string") throw new TypeError(`not a pack: ${report}`);
  return report;
}

export const text = (bytes: Uint8Array | undefined) => new TextDecoder().decode(bytes);
export const bytes = (text: string) => new TextEncoder().encode(text);

/** Changes a text file of a pack; a change that changes nothing is a mistake of the test. */
export function edit(files: Files, name: string, change: (text: string) => string): void {
  const before = text(files.get(name)), after = change(before);
  if (after === before) throw new Error("the attack did not change anything");
  files.set(name, bytes(after));
}

/** Signs the manifest anew, over the files as they are now: what somebody with a key of their own can do. */
export function resign(
  files: Files,
  keys: Keys,
  change: (predicate: object) => object = (same) => same,
): void {
  const manifest = readManifest(text(files.get("manifest.json")), "urn:countersign:pack:v1");
  if (!manifest.ok) throw new Error(manifest.error);
  const digests = new Map(
    [...files].filter(([name]) => name !== "manifest.json")
      .map(([name, content]) => [name, sha256Hex(content)]),
  );
  const predicate = change(manifest.value.predicate) as typeof manifest.value.predicate;
  files.set(
    "manifest.json",
    bytes(sealManifest({ type: "urn:countersign:pack:v1", digests, predicate }, keys)),
  );
}
