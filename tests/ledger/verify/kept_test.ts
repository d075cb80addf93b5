/**
 * What no look at the ledger alone can show, and what travels: rollback and fork against a checkpoint that was kept or that
 * a witness cosigned; packs and receipts that were changed. By the commands themselves, and by the second verifier.
 */
import { assertEquals } from "@std/assert";
import { concatBytes, utf8 } from "../../../lib/base/mod.ts";
import { generateKeys } from "../../../lib/identity/mod.ts";
import { cosign, formatSignatures, formatVerifierKey, witnessVerifierKey } from "../../../lib/ledger/mod.ts";
import { openLedgerFolder } from "../../../lib/store/mod.ts";
import { runStep } from "../../cli/script.ts";
import { call, heldCall, openRequest, outcome, simple } from "../support.ts";
import { type Hands, leafOf, putTogether, tamper } from "../tamper.ts";
import { startPython } from "./python.ts";

const witness = { ...generateKeys(), name: "witness.example/one" };
const stranger = generateKeys();

async function session(folder: string, tools: readonly string[]): Promise<void> {
  const ledger = simple(await openLedgerFolder(openRequest({ folder })));
  for (const tool of tools) {
    const { ref } = await ledger.write(call({ tool }));
    await ledger.write(outcome(ref.seq, { tool }));
  }
  const held = await ledger.write(heldCall({ tool: "wire_transfer" }));
  await ledger.write({ type: "unanswered", call: held.ref.seq, reason: "approval-expired" });
  await ledger.close("done");
}

async function copy(from: string, to: string): Promise<void> {
  await Deno.mkdir(`${to}/keys`, { recursive: true, mode: 0o700 });
  for await (const { name, isFile } of Deno.readDir(from)) {
    if (isFile) await Deno.copyFile(`${from}/${name}`, `${to}/${name}`);
  }
  for await (const { name } of Deno.readDir(`${from}/keys`)) {
    await Deno.copyFile(`${from}/keys/${name}`, `${to}/keys/${name}`);
  }
}

/** `countersign WORDS`, which has to go well. */
async function run(outer: string, words: string): Promise<void> {
  const { exit, stderr } = await runStep({ argv: words.split(" ") }, outer);
  if (exit !== 0) throw new Error(`countersign ${words} ended with ${exit}: ${stderr.join("\n")}`);
}

/**
 * `today`; `older`, a copy from before its second session; `other`, which went on from there otherwise, with the same key;
 * `foreign`, somebody else's. `kept.txt` is of today, `early.txt` of the older one, `cosigned.txt` by a witness.
 */
async function makePlace(): Promise<string> {
  const outer = await Deno.realPath(await Deno.makeTempDir({ prefix: "countersign-kept-" }));
  await session(`${outer}/today`, ["read_file", "list_folder"]);
  await run(outer, "checkpoint --ledger today -o early.txt");
  await copy(`${outer}/today`, `${outer}/older`);
  await copy(`${outer}/today`, `${outer}/other`);
  await session(`${outer}/today`, ["write_file", "delete_file"]);
  await session(`${outer}/other`, ["read_file", "read_file"]);
  await session(`${outer}/foreign`, ["read_file", "read_file"]);
  await run(outer, "checkpoint --ledger today -o kept.txt");
  await run(outer, "checkpoint --ledger foreign -o foreign.txt");
  const note = await Deno.readTextFile(`${outer}/kept.txt`);
  const text = note.slice(0, note.indexOf("\n\n") + 1);
  const lines = formatSignatures([cosign(text, 1_790_000_000, witness)]);
  await Deno.writeTextFile(`${outer}/cosigned.txt`, note + lines);
  const vkey = formatVerifierKey(witnessVerifierKey(witness.name, witness.publicKey));
  await Deno.writeTextFile(`${outer}/policy.txt`, `witness one ${vkey}\nquorum one\n`);
  await run(outer, "receipt 1 --ledger today -o receipt.json");
  await run(outer, "receipt 1 --ledger foreign -o foreign.json");
  await run(outer, "export --ledger today -o pack");
  await run(outer, "export --ledger today -o pack.tar");
  await run(outer, "export --ledger today --tool write_file -o chosen");
  await run(outer, "export --ledger today --payloads -o disclosed");
  await Deno.mkdir(`${outer}/archive`);
  await run(outer, "export --ledger older --append-to archive");
  await run(outer, "export --ledger today --append-to archive");
  return outer;
}

const outer = await makePlace();
const python = await startPython();
addEventListener("unload", () => Deno.removeSync(outer, { recursive: true }));

/** What is done before, as somebody without the key can; and the words behind `verify`. */
interface Row {
  readonly name: string;
  readonly verify: string;
  readonly status: string;
  /** A copy of this is made as `work`, and changed. */
  readonly of?: string;
  readonly change?: (path: string) => Promise<void>;
}

async function edit(path: string, change: (text: string) => string): Promise<void> {
  const before = await Deno.readTextFile(path), after = change(before);
  if (before === after) throw new Error("the attack changes nothing");
  await Deno.writeTextFile(path, after);
}

const onRows = (attack: (hands: Hands) => Promise<void>) => (folder: string) => tamper(folder, attack);

const HISTORY: readonly Row[] = [
  {
    name: "today, against all that was kept",
    verify: "today --checkpoint kept.txt --checkpoint early.txt",
    status: "intact",
  },
  {
    name: "today, with a witness",
    verify: "today --checkpoint cosigned.txt --policy policy.txt",
    status: "intact",
  },
  {
    name: "an older copy is intact in itself: only what was kept shows more",
    verify: "older",
    status: "intact",
  },
  {
    name: "a rollback, against a kept checkpoint",
    verify: "older --checkpoint kept.txt",
    status: "truncated",
  },
  {
    name: "a rollback, against a cosigned one",
    verify: "older --checkpoint cosigned.txt --policy policy.txt",
    status: "truncated",
  },
  { name: "two histories are intact, each in itself", verify: "other", status: "intact" },
  {
    name: "two histories, against a kept checkpoint",
    verify: "other --checkpoint kept.txt",
    status: "forked",
  },
  {
    name: "two histories, against a cosigned one",
    verify: "other --checkpoint cosigned.txt",
    status: "forked",
  },
  {
    name: "two histories, where no witness has seen this one",
    verify: "other --policy policy.txt",
    status: "unsigned",
  },
  { name: "a checkpoint of another ledger", verify: "today --checkpoint foreign.txt", status: "usage" },
  {
    name: "a ledger that was written anew, against a kept checkpoint",
    verify: "foreign --checkpoint kept.txt",
    status: "usage",
  },
  {
    name: "a ledger that was written anew, and the key that was kept",
    verify: "foreign --checkpoint kept.txt --public-key today/keys/signing.pub",
    status: "unsigned",
  },
];

const ROWS: readonly Row[] = [
  {
    name: "a forged approval: a denial turned into one",
    verify: "work",
    status: "broken",
    of: "today",
    change: onRows((hands) =>
      hands.edit(6, (text) => text.replace('"decision":"deny"', '"decision":"allow"'))
    ),
  },
  {
    name: "a forged approval: signed by a key of our own",
    verify: "work",
    status: "broken",
    of: "today",
    change: onRows(async (hands) => {
      const record = await hands.record(6);
      const text = record.text.replace('"decision":"deny"', '"decision":"allow"'), hash = leafOf(text);
      const signature = stranger.sign(concatBytes(utf8("countersign/entry/v1\n"), Uint8Array.fromHex(hash)));
      await hands.put(6, { ...record, text, hash, signature });
    }),
  },
  {
    name: "a forged checkpoint: of more entries than there are",
    verify: "work",
    status: "broken",
    of: "today",
    change: onRows((hands) =>
      hands.raw(["checkpoint", 999], utf8(`x\n999\n${"A".repeat(43)}=\n\n— x AAAAAAAAAAA=\n`))
    ),
  },
  {
    name: "a forged checkpoint: a signed one of another history",
    verify: "work",
    status: "forked",
    of: "today",
    change: async (folder) => {
      const note = await Deno.readFile(`${outer}/other.txt`);
      await tamper(folder, (hands) => hands.raw(["checkpoint", 16], note));
    },
  },
  {
    name: "a checkpoint under the size of another",
    verify: "work",
    status: "broken",
    of: "today",
    change: async (folder) => {
      const note = await Deno.readFile(`${outer}/kept.txt`);
      await tamper(folder, (hands) => hands.raw(["checkpoint", 3], note));
    },
  },
  {
    name: "an entry without its text, though nothing was pruned",
    verify: "work",
    status: "broken",
    of: "today",
    change: onRows(async (hands) => {
      const stub = putTogether({ ...await hands.record(1), text: "" }).slice(0, 105);
      stub[0] = 2;
      await hands.raw(["entry", 1], stub);
    }),
  },
];

const EVIDENCE: readonly Row[] = [
  { name: "a receipt", verify: "receipt.json --checkpoint kept.txt", status: "intact" },
  {
    name: "a receipt, with the key of another ledger",
    verify: "receipt.json --public-key foreign/keys/signing.pub",
    status: "unsigned",
  },
  {
    name: "a receipt with a proof for another tree",
    verify: "work.json --public-key today/keys/signing.pub",
    status: "unsigned",
    of: "receipt.json",
    change: async (path) => {
      const { proof } = JSON.parse(await Deno.readTextFile(`${outer}/foreign.json`));
      await edit(path, (text) => JSON.stringify({ ...JSON.parse(text), proof }));
    },
  },
  {
    name: "a receipt whose entry says another tool",
    verify: "work.json",
    status: "broken",
    of: "receipt.json",
    change: (path) => edit(path, (text) => text.replace("read_file", "rm")),
  },
  {
    name: "half a receipt",
    verify: "work.json",
    status: "unreadable",
    of: "receipt.json",
    change: (path) => edit(path, (text) => text.slice(99)),
  },
  { name: "a pack", verify: "pack --checkpoint kept.txt", status: "intact" },
  { name: "a pack in a tar", verify: "pack.tar --checkpoint early.txt", status: "intact" },
  { name: "a pack of chosen entries", verify: "chosen --checkpoint kept.txt", status: "intact" },
  { name: "a pack against a witness", verify: "pack --policy policy.txt", status: "unsigned" },
  {
    name: "a pack, with the key of another ledger",
    verify: "pack --public-key foreign/keys/signing.pub",
    status: "unsigned",
  },
  {
    name: "a pack of chosen entries, with the key of another ledger",
    verify: "chosen --public-key foreign/keys/signing.pub",
    status: "unsigned",
  },
  {
    name: "a pack with an edited entry",
    verify: "work",
    status: "broken",
    of: "pack",
    change: (path) => edit(`${path}/entries.jsonl`, (text) => text.replace("read_file", "rm")),
  },
  {
    name: "a pack without its last entry",
    verify: "work",
    status: "truncated",
    of: "pack",
    change: (path) => edit(`${path}/entries.jsonl`, (text) => text.trimEnd().replace(/\n[^\n]*$/, "\n")),
  },
  {
    name: "a pack of chosen entries with one left out",
    verify: "work",
    status: "broken",
    of: "chosen",
    change: (path) => edit(`${path}/entries.jsonl`, (text) => text.replace(/^[^\n]*\n/, "")),
  },
  {
    name: "a pack of chosen entries with an edited entry",
    verify: "work",
    status: "broken",
    of: "chosen",
    change: (path) => edit(`${path}/entries.jsonl`, (text) => text.replace("write_file", "read_file")),
  },
  {
    name: "a pack whose hashes are others",
    verify: "work",
    status: "broken",
    of: "chosen",
    change: async (path) => {
      const bytes = await Deno.readFile(`${path}/hashes.bin`);
      await Deno.writeFile(`${path}/hashes.bin`, bytes.map((byte, i) => i === 40 ? byte ^ 1 : byte));
    },
  },
  {
    name: "a pack with a changed manifest",
    verify: "work",
    status: "unsigned",
    of: "pack",
    change: (path) =>
      edit(
        `${path}/manifest.json`,
        (text) => text.replace(/("sig":")(.)/, (_, head, letter) => `${head}${letter === "A" ? "B" : "A"}`),
      ),
  },
  {
    name: "a pack with the checkpoint of another ledger",
    verify: "work --public-key today/keys/signing.pub",
    status: "unsigned",
    of: "pack",
    change: (path) => Deno.copyFile(`${outer}/foreign.txt`, `${path}/checkpoint.txt`),
  },
  {
    name: "a pack with a file too many",
    verify: "work",
    status: "broken",
    of: "pack",
    change: (path) =>
      Deno.writeTextFile(`${path}/checkpoints/1.txt.txt`, "x").then(() =>
        Deno.rename(`${path}/checkpoints/1.txt.txt`, `${path}/keys/${"0".repeat(16)}.pub`)
      ),
  },
  {
    name: "a pack with a file of a name that no pack has",
    verify: "work",
    status: "unreadable",
    of: "pack",
    change: (path) => Deno.writeTextFile(`${path}/run.sh`, "x"),
  },
  {
    name: "a pack without its manifest's text",
    verify: "work",
    status: "unreadable",
    of: "pack",
    change: (path) => Deno.writeTextFile(`${path}/manifest.json`, "{}"),
  },
  {
    name: "a tar that is cut off",
    verify: "work.tar",
    status: "unreadable",
    of: "pack.tar",
    change: async (path) => Deno.writeFile(path, (await Deno.readFile(path)).slice(0, -1024)),
  },
  {
    name: "a tar with something behind its end",
    verify: "work.tar",
    status: "unreadable",
    of: "pack.tar",
    change: async (path) => Deno.writeFile(path, concatBytes(await Deno.readFile(path), utf8("more"))),
  },
];

const KEY = "--public-key today/keys/signing.pub";

const ARCHIVE: readonly Row[] = [
  {
    name: "an archive of segments",
    verify: `archive ${KEY} --checkpoint kept.txt --checkpoint early.txt`,
    status: "intact",
  },
  { name: "an archive without a key", verify: "archive", status: "usage" },
  {
    name: "an archive, with the key of another ledger",
    verify: "archive --public-key foreign/keys/signing.pub",
    status: "unsigned",
  },
  {
    name: "an archive without its newest segment, against a kept checkpoint",
    verify: `work ${KEY} --checkpoint kept.txt`,
    status: "truncated",
    of: "archive",
    change: async (path) => {
      for (const name of await segmentsIn(path)) {
        if (!name.startsWith("segment-000000000000")) await Deno.remove(`${path}/${name}`);
      }
    },
  },
  {
    name: "an archive without its first segment",
    verify: `work ${KEY}`,
    status: "broken",
    of: "archive",
    change: async (path) => {
      for (const name of await segmentsIn(path)) {
        if (name.startsWith("segment-000000000000")) await Deno.remove(`${path}/${name}`);
      }
    },
  },
  {
    name: "an archive with an edited entry",
    verify: `work ${KEY}`,
    status: "broken",
    of: "archive",
    change: async (path) => {
      const [first = ""] = (await segmentsIn(path)).filter((name) => name.endsWith(".jsonl"));
      await Deno.chmod(`${path}/${first}`, 0o600);
      await edit(`${path}/${first}`, (text) => text.replace("read_file", "load_file"));
    },
  },
  { name: "a pack that discloses", verify: "disclosed", status: "intact" },
  {
    name: "a pack that discloses other keys",
    verify: "work",
    status: "broken",
    of: "disclosed",
    change: (path) =>
      edit(`${path}/payloads/payloads.jsonl`, (text) => text.replace(/"k":"[0-9a-f]{4}/, '"k":"')),
  },
];

async function segmentsIn(path: string): Promise<readonly string[]> {
  const names: string[] = [];
  for await (const { name } of Deno.readDir(path)) names.push(name);
  return names.toSorted();
}

async function copyAll(from: string, to: string): Promise<void> {
  if ((await Deno.stat(from)).isFile) return await Deno.copyFile(from, to);
  await Deno.mkdir(to, { recursive: true });
  for await (const { name } of Deno.readDir(from)) await copyAll(`${from}/${name}`, `${to}/${name}`);
}

/** The same words for the second verifier. */
function question(words: readonly string[]) {
  const [path = "", ...flags] = words;
  const values = (name: string) =>
    flags.flatMap((flag, i) => flag === name ? [`${outer}/${flags[i + 1] ?? ""}`] : []);
  const [policy] = values("--policy");
  return {
    path: `${outer}/${path}`,
    public_keys: values("--public-key"),
    checkpoints: values("--checkpoint"),
    ...policy !== undefined && { policy },
  };
}

await run(outer, "checkpoint --ledger other -o other.txt");

for (const { name, verify, status, of, change } of [...HISTORY, ...ROWS, ...EVIDENCE, ...ARCHIVE]) {
  Deno.test(`verify: ${name} is ${status}`, async () => {
    const words = verify.split(" ");
    const work = `${outer}/${words[0]}`;
    if (of !== undefined) await copyAll(`${outer}/${of}`, work);
    await change?.(work);
    const { exit, stdout } = await runStep({ argv: ["verify", "--json", ...words] }, outer);
    const said = status === "usage" ? "usage" : JSON.parse(stdout.join("")).status;
    const second = await python.ask(question(words));
    if (of !== undefined) await Deno.remove(work, { recursive: true });
    assertEquals([said, exit], [status, status === "usage" ? 2 : status === "intact" ? 0 : 1]);
    assertEquals(second.status, status);
  });
}
