/** `verify`: is the ledger what was written? */
import { Fault } from "../base/mod.ts";
import type { LedgerReader, SignatureBatch, VerifyReport } from "../ledger/mod.ts";
import { expectWords } from "./args.ts";
import { type Args, type Command, EXIT, type Io } from "./command.ts";
import { LEDGER_FLAGS, ledgerFolderFor } from "./ledger_folder.ts";
import { paint, printable, type Style } from "./render.ts";

export const command: Command = {
  name: "verify",
  summary: "prove that the ledger is whole",
  usage: "[LEDGER] [--public-key KEY] [--ledger DIR] [--config FILE] [--json]",
  flags: [
    {
      name: "public-key",
      kind: "string",
      value: "KEY",
      help: "the key to trust: a PEM file or 64 hex digits (default: keys/signing.pub of the ledger)",
    },
    ...LEDGER_FLAGS,
    { name: "json", kind: "boolean", help: "as one JSON object" },
  ],
  example: `countersign verify
intact 302 entries
  head  301 5d3b1b6a2c08f6a4...
  root  d92666d672f9a98b...
  key   73432e42931d995d`,
  async run(args, io) {
    expectWords(args, command, { most: 1 });
    const folder = await ledgerFolderFor(args, io, args.words[0]);
    await refuseFiles(folder);
    const report = await verifyFolder(folder, args, io);
    io.out(args.has("json") ? `${JSON.stringify(asJson(report))}\n` : asText(report, io.terminal.out));
    return HOLDS.includes(report.status) ? EXIT.done : EXIT.no;
  },
};

const HOLDS: readonly string[] = ["intact", "intact-open", "recovered"];

/** Packs and receipts are files; until they can be read here, that is said. */
async function refuseFiles(path: string): Promise<void> {
  const info = await Deno.stat(path).catch(() => undefined);
  if (info === undefined || info.isDirectory) return;
  throw new Fault(
    "usage",
    `Cannot verify "${path}": it is a file, and packs and receipts are not built yet`,
    {
      hint: "name the ledger's folder",
    },
  );
}

async function verifyFolder(folder: string, args: Args, io: Io): Promise<VerifyReport> {
  const { openLedgerReader } = await import("../store/mod.ts");
  const { verifyLedger } = await import("../ledger/mod.ts");
  const key = args.text("public-key");
  const publicKey = key === undefined ? await publishedKey(folder) : await namedKey(key, io);
  let reader: LedgerReader;
  try {
    reader = await openLedgerReader(folder);
  } catch (thrown) {
    if (!(thrown instanceof Fault) || thrown.code !== "ledger") throw thrown;
    return await unreadable(thrown, publicKey);
  }
  const helper = (await reader.count()) < WORTH_A_THREAD ? undefined : await signatureHelper();
  try {
    const options = { publicKey, onProgress: progressOn(io) };
    return await verifyLedger(reader.rows, helper === undefined ? options : { ...options, ...helper });
  } finally {
    helper?.close();
    reader.close();
    if (io.terminal.err) io.err("\r\x1b[K");
  }
}

// Starting a thread takes as long as checking about so many signatures.
const WORTH_A_THREAD = 4_096;
const BATCH_DEADLINE_MS = 60_000;

/** A second thread for signatures, which are most of the work; this one takes its share as well. */
async function signatureHelper() {
  const [{ WorkerClient }, { shareSignatures }] = await Promise.all([
    import("../channel/mod.ts"),
    import("../ledger/mod.ts"),
  ]);
  const url = new URL("../../workers/verify.ts", import.meta.url);
  const worker = new WorkerClient({ name: "verify", url, permissions: "none", resend: true });
  const ask = (batch: SignatureBatch) =>
    worker.ask<readonly number[]>("check", batch, { deadlineMs: BATCH_DEADLINE_MS });
  return { checkSignatures: shareSignatures(ask), close: () => worker.close() };
}

/** What is in the file cannot be opened as a store: that is an answer about the ledger, not a failure of ours. */
async function unreadable(fault: Fault, publicKey: Uint8Array): Promise<VerifyReport> {
  const { verifyLedger } = await import("../ledger/mod.ts");
  const fail = () => Promise.reject(fault);
  return await verifyLedger(
    { read: fail, scan: () => ({ [Symbol.asyncIterator]: () => ({ next: fail }) }) },
    { publicKey },
  );
}

async function publishedKey(folder: string): Promise<Uint8Array> {
  const { loadPublicKeyFile } = await import("../identity/mod.ts");
  const key = await loadPublicKeyFile(folder);
  if (key !== undefined) return key;
  const there = await Deno.stat(folder).then(() => true, () => false);
  throw there
    ? new Fault("usage", `Cannot verify "${folder}": it has no keys/signing.pub`, {
      hint: "name the key to trust: --public-key FILE",
    })
    : new Fault("usage", `Cannot verify "${folder}": there is no such folder`, {
      hint: "countersign verify LEDGER",
    });
}

async function namedKey(key: string, io: Io): Promise<Uint8Array> {
  const [{ publicKeyFromText }, { absolutePath }] = await Promise.all([
    import("../identity/mod.ts"),
    import("./setup.ts"),
  ]);
  if (/^[0-9a-fA-F]{64}$/.test(key)) return publicKeyFromText(key);
  const path = absolutePath(key, io);
  const text = await Deno.readTextFile(path).catch(() => undefined);
  if (text !== undefined) return publicKeyFromText(text);
  throw new Fault("usage", `Cannot read the public key: there is no readable file "${path}"`, {
    hint: "--public-key takes a PEM file, or 64 hex digits",
  });
}

/** One line on a terminal that counts; nothing elsewhere. */
function progressOn(io: Io): (done: number, total: number) => void {
  return (done, total) => {
    if (io.terminal.err && done % 8192 === 0) {
      io.err(`\r\x1b[Kverifying ${done.toLocaleString("en")} of ${total.toLocaleString("en")}`);
    }
  };
}

/** The shape that other programs rely on. */
function asJson({ status, entries, head, root, finding, key }: VerifyReport) {
  return { status, entries, head: head ?? null, root, ...(finding === undefined ? {} : { finding }), key };
}

const STYLES: Readonly<Record<string, Style>> = {
  "intact": "green",
  "intact-open": "green",
  "recovered": "yellow",
};

function asText(report: VerifyReport, terminal: boolean): string {
  const { status, finding, head, root, key } = report;
  const word = paint(status, STYLES[status] ?? "red", terminal);
  const lines = [
    finding === undefined
      ? `${word} ${count(report.entries, "entry", "entries")}`
      : `${word} at entry ${finding.seq}`,
    ...(finding === undefined
      ? []
      : [`  ${finding.check}: ${finding.detail}`, `  ${report.entries} entries before it hold`]),
    ...(head === undefined ? [] : [`  head  ${head.seq} ${head.hash}`]),
    `  root  ${root}`,
    `  key   ${key}`,
    ...notes(report).map((note) => `  ${note}`),
  ];
  return lines.map((line) => `${status === "unreadable" ? printable(line) : line}\n`).join("");
}

/** What is no fault and yet worth knowing. */
function notes({ status, openSessions, recoveredSessions, withoutOutcome }: VerifyReport): readonly string[] {
  if (!HOLDS.includes(status)) return [];
  return [
    ...(openSessions === 0 ? [] : [
      `${
        count(openSessions, "session", "sessions")
      } without a close: running, or ended by a crash that nothing has noted yet`,
    ]),
    ...(recoveredSessions === 0
      ? []
      : [`${count(recoveredSessions, "session", "sessions")} ended by a crash, noted`]),
    ...(withoutOutcome === 0 ? [] : [`${count(withoutOutcome, "call", "calls")} without outcome`]),
  ];
}

function count(number: number, one: string, many: string): string {
  return `${number} ${number === 1 ? one : many}`;
}
