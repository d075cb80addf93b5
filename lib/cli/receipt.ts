/** `receipt`: one entry, and the proof that it is in the ledger, to hand to somebody. */
import { Fault } from "../base/mod.ts";
import type { LedgerDeps } from "../ledger/mod.ts";
import { expectWords } from "./args.ts";
import { type Args, type Command, EXIT, type Io } from "./command.ts";
import { LEDGER_FLAGS, ledgerFolderFor, readSeq } from "./ledger_folder.ts";

export const command: Command = {
  name: "receipt",
  summary: "prove one entry to somebody who has the public key",
  usage: "SEQ [-o FILE | --output FILE] [--disclose] [--payload] [--force] [--ledger DIR] [--config FILE]",
  flags: [
    { name: "output", short: "o", kind: "string", value: "FILE", help: "where to (default: stdout)" },
    {
      name: "disclose",
      kind: "boolean",
      help: "with the key of this entry's digests: whoever knows a payload can hold it against the entry",
    },
    {
      name: "payload",
      kind: "boolean",
      help: "with the payloads, where they were recorded; means --disclose",
    },
    { name: "force", kind: "boolean", help: "replace the file" },
    ...LEDGER_FLAGS,
  ],
  example: `countersign receipt 41 -o delete-41.json
made delete-41.json: entry 41 of 302, key 73432e42931d995d
countersign verify delete-41.json --public-key 9f86d081884c7d65...
intact 1 entry`,
  async run(args, io) {
    expectWords(args, command, { most: 1 });
    const seq = readSeq(args.words[0], "receipt");
    const { withLedger } = await import("../store/mod.ts");
    const folder = await ledgerFolderFor(args, io);
    return await withLedger(folder, (deps) => writeReceipt(deps, { seq, args, io }), { env: io.env });
  },
};

interface Asked {
  readonly seq: number;
  readonly args: Args;
  readonly io: Io;
}

async function writeReceipt(deps: LedgerDeps, { seq, args, io }: Asked): Promise<number> {
  const { makeReceipt } = await import("../ledger/evidence/mod.ts");
  const { makeDigester } = await import("../ledger/mod.ts");
  const { coveringCheckpoint } = await import("./export/covering.ts");
  await refuseMissing(deps, seq);
  const discloses = args.has("disclose") || args.has("payload");
  const text = await makeReceipt(deps, {
    seq,
    checkpoint: await coveringCheckpoint(deps, seq),
    disclose: discloses ? makeDigester(deps.keys.blinding) : undefined,
    payload: args.has("payload"),
  });
  const path = args.text("output");
  if (path === undefined) {
    io.out(text);
    return EXIT.done;
  }
  const { absolutePath } = await import("./setup.ts");
  const { writeWholeFile } = await import("./export/whole_files.ts");
  await writeWholeFile(absolutePath(path, io), text, { force: args.has("force"), what: "the receipt" });
  io.out(`made ${path}: entry ${seq}, key ${deps.keys.id}\n`);
  return EXIT.done;
}

/** Said before a checkpoint is made for nothing. */
async function refuseMissing({ store }: LedgerDeps, seq: number): Promise<void> {
  if (await store.read("entry", seq) !== undefined) return;
  throw new Fault("usage", `Cannot make a receipt: there is no entry ${seq}`, { hint: "countersign audit" });
}
