/** Packs whose form is off, signed all the same: both verifiers must say the same word. */
import { assertEquals } from "@std/assert";
import { createPrivateKey, sign } from "node:crypto";
import { sha256Hex } from "../../../lib/base/mod.ts";
import { preAuth } from "../../../lib/ledger/evidence/dsse.ts";
import { verifyPackAt } from "../../../lib/cli/verify/pack.ts";
import type { Io } from "../../../lib/cli/command.ts";
import { startPython } from "./python.ts";

const SAMPLES = new URL("../../vectors/evidence/", import.meta.url);
const PUBLIC_KEY = Deno.readTextFileSync(new URL("public-key.txt", SAMPLES)).trim();
const SEED = new Uint8Array(32).fill(7); // of tests/ledger/evidence/make_samples.ts
const PRIVATE_KEY = createPrivateKey({
  key: Uint8Array.fromHex(`302e020100300506032b657004220420${SEED.toHex()}`) as never,
  format: "der",
  type: "pkcs8",
});
const IO = { terminal: { out: false, err: false } } as unknown as Io;

type Files = Map<string, Uint8Array>;
type Statement = { subject: unknown[]; predicate: Record<string, unknown> };

function readFiles(folder: URL, prefix = ""): Files {
  const files: Files = new Map();
  for (const { name, isDirectory } of Deno.readDirSync(new URL(`./${prefix}`, folder))) {
    const path = `${prefix}${name}`;
    if (isDirectory) { for (const [inner, bytes] of readFiles(folder, `${path}/`)) files.set(inner, bytes); }
    else files.set(path, Deno.readFileSync(new URL(path, folder)));
  }
  return files;
}

/** Signs the manifest over the files as they are; `change` works on the statement's text. */
function seal(files: Files, change: (text: string) => string): void {
  const envelope = JSON.parse(new TextDecoder().decode(files.get("manifest.json")));
  const statement = JSON.parse(
    new TextDecoder().decode(Uint8Array.fromBase64(envelope.payload)),
  ) as Statement;
  statement.subject = [...files].filter(([name]) => name !== "manifest.json")
    .map(([name, bytes]) => ({ name, digest: { sha256: sha256Hex(bytes) } }));
  const payload = new TextEncoder().encode(change(JSON.stringify(statement)));
  const sig = new Uint8Array(sign(null, preAuth(envelope.payloadType, payload), PRIVATE_KEY)).toBase64();
  const sealed = { ...envelope, payload: payload.toBase64(), signatures: [{ keyid: "", sig }] };
  files.set("manifest.json", new TextEncoder().encode(JSON.stringify(sealed)));
}

const same = (text: string) => text;
const text = (content: string) => new TextEncoder().encode(content);

interface Row {
  readonly status: string;
  readonly sample?: "pack-filtered/";
  readonly files?: (files: Files) => void;
  readonly statement?: (text: string) => string;
  /** Without a key that is named: what the pack brings is trusted. */
  readonly unnamed?: true;
}

const rows: Readonly<Record<string, Row>> = {
  "nothing changed": { status: "intact" },
  "a choice of entries": { status: "intact", sample: "pack-filtered/" },
  "half a hash more, and a choice of entries": {
    status: "broken",
    sample: "pack-filtered/",
    files: (files) => files.set("hashes.bin", Uint8Array.of(...files.get("hashes.bin") ?? [], 0)),
  },
  "a checkpoint of a size beyond what a number holds": {
    status: "unreadable",
    files: (files) => files.set("checkpoints/9007199254740993.txt", text("x")),
  },
  "a checkpoint with a zero before its size": {
    status: "unreadable",
    files: (files) => files.set("checkpoints/014.txt", files.get("checkpoints/14.txt") ?? text("")),
  },
  "a manifest with a NUL": {
    status: "unreadable",
    statement: (text) => text.replace('"checkpoint":{', '"checkpoint":{"note":"\\u0000",'),
  },
  "a manifest with a digest that is none": {
    status: "unreadable",
    statement: (text) => text.replace(/"sha256":"./, '"sha256":"'),
  },
  "a manifest with a root that is none": {
    status: "unreadable",
    statement: (text) => text.replace(/"root":"./, '"root":"'),
  },
  "a manifest with a range from behind": {
    status: "unreadable",
    statement: (text) => text.replace(/"first":\d+/, '"first":99'),
  },
  "a manifest without the origin": {
    status: "unreadable",
    statement: (text) => text.replace('"origin"', '"organ"'),
  },
  "a key file that ends otherwise": {
    status: "unsigned",
    unnamed: true,
    files: (files) => {
      for (const [name, bytes] of files) if (name.startsWith("keys/")) files.set(name, bytes.slice(0, -1));
    },
  },
};

for (
  const [name, { status, sample = "pack-whole/", files: change, statement = same, unnamed }] of Object
    .entries(rows)
) {
  Deno.test(`a pack with ${name}: both verifiers say ${status}`, async () => {
    const folder = await Deno.makeTempDir({ prefix: "countersign-packs-" });
    const files = readFiles(new URL(sample, SAMPLES));
    change?.(files);
    seal(files, statement);
    for (const [path, bytes] of files) {
      await Deno.mkdir(`${folder}/${path}`.replace(/\/[^/]*$/, ""), { recursive: true });
      await Deno.writeFile(`${folder}/${path}`, bytes);
    }
    const named = unnamed ? [] : [Uint8Array.fromHex(PUBLIC_KEY)];
    const ours = await verifyPackAt(folder, { named, kept: [], policy: undefined }, IO);
    await using python = await startPython();
    const theirs = await python.ask({ path: folder, public_keys: unnamed ? [] : [PUBLIC_KEY] });
    assertEquals([ours.status, theirs.status], [status, status], ours.finding?.detail);
    assertEquals(
      [theirs.entries, theirs.root, theirs.key, theirs.finding?.seq],
      [ours.entries, ours.root, ours.key, ours.finding?.seq],
    );
    await Deno.remove(folder, { recursive: true });
  });
}
