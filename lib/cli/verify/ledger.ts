/** A ledger's folder, verified. */
import { Fault } from "../../base/mod.ts";
import type { LedgerReader, SignatureBatch, VerifyOptions, VerifyReport } from "../../ledger/mod.ts";
import type { Io } from "../command.ts";
import type { Trust } from "./trust.ts";

/** Verifies the ledger in `folder`. Where no key was named, the folder's own is trusted. Throws Fault `usage`. */
export async function verifyFolder(folder: string, trust: Trust, io: Io): Promise<VerifyReport> {
  const { DATABASE, openLedgerReader, refuseExpiring } = await import("../../store/mod.ts");
  const { verifyLedger } = await import("../../ledger/mod.ts");
  const offered = await offeredKeys(folder);
  const options = { ...optionsOf(trust, await trustedKeys(folder, trust)), offeredKeys: offered };
  let reader: LedgerReader;
  try {
    refuseExpiring(`${folder}/${DATABASE}`);
    reader = await openLedgerReader(folder);
  } catch (thrown) {
    if (!(thrown instanceof Fault) || thrown.code !== "ledger") throw thrown;
    return await unreadable(thrown, options);
  }
  try {
    return await withHelper(
      // It only says whether a second thread is worth it: what cannot be read is for the verifier to say.
      await reader.count().catch(() => 0),
      io,
      (more) => verifyLedger(reader.rows, { ...options, ...more }),
    );
  } finally {
    reader.close();
  }
}

/** The options that do not depend on what is verified. */
export function optionsOf({ kept, policy }: Trust, publicKeys: readonly Uint8Array[]): VerifyOptions {
  return { publicKeys, kept, ...policy !== undefined && { policy } };
}

// Starting a thread takes as long as checking about so many signatures.
const WORTH_A_THREAD = 4_096;
const BATCH_DEADLINE_MS = 60_000;

/** Runs `verify` with a progress line, and with a second thread where there are entries enough. */
export async function withHelper(
  entries: number,
  io: Io,
  verify: (options: Pick<VerifyOptions, "checkSignatures" | "onProgress">) => Promise<VerifyReport>,
): Promise<VerifyReport> {
  const helper = entries < WORTH_A_THREAD ? undefined : await signatureHelper();
  try {
    const onProgress = progressOn(io);
    return await verify({
      onProgress,
      ...helper !== undefined && { checkSignatures: helper.checkSignatures },
    });
  } finally {
    helper?.close();
    if (io.terminal.err) io.err("\r\x1b[K");
  }
}

/** A second thread for signatures, which are most of the work; this one takes its share as well. */
async function signatureHelper() {
  const [{ WorkerClient }, { shareSignatures }] = await Promise.all([
    import("../../channel/mod.ts"),
    import("../../ledger/mod.ts"),
  ]);
  const url = new URL("../../../workers/verify.ts", import.meta.url);
  const worker = new WorkerClient({ name: "verify", url, permissions: "none", resend: true });
  const ask = (batch: SignatureBatch) =>
    worker.ask<readonly number[]>("check", batch, { deadlineMs: BATCH_DEADLINE_MS });
  return { checkSignatures: shareSignatures(ask), close: () => worker.close() };
}

/** One line on a terminal that counts; nothing elsewhere. */
function progressOn(io: Io): (done: number, total: number) => void {
  return (done, total) => {
    if (io.terminal.err && done % 8192 === 0) {
      io.err(`\r\x1b[Kverifying ${done.toLocaleString("en")} of ${total.toLocaleString("en")}`);
    }
  };
}

/** What is in the file cannot be opened as a store: that is an answer about the ledger, not a failure of ours. */
async function unreadable(fault: Fault, options: VerifyOptions): Promise<VerifyReport> {
  const { verifyLedger } = await import("../../ledger/mod.ts");
  const fail = () => Promise.reject(fault);
  return await verifyLedger(
    { read: fail, scan: () => ({ [Symbol.asyncIterator]: () => ({ next: fail }) }) },
    options,
  );
}

async function trustedKeys(folder: string, { named }: Trust): Promise<readonly Uint8Array[]> {
  if (named.length > 0) return named;
  const { loadPublicKeyFile } = await import("../../identity/mod.ts");
  const key = await loadPublicKeyFile(folder);
  if (key !== undefined) return [key];
  const there = await Deno.stat(folder).then(() => true, () => false);
  throw there
    ? new Fault("usage", `Cannot verify "${folder}": it has no keys/signing.pub`, {
      hint: "name the key to trust: --public-key FILE",
    })
    : new Fault("usage", `Cannot verify "${folder}": there is no such folder`, {
      hint: "countersign verify LEDGER",
    });
}

const MOST_RETIRED = 1_000;

/** Keys that lie in the folder. Anybody may have put them there: hints that spare a search. */
export async function offeredKeys(folder: string): Promise<readonly Uint8Array[]> {
  const { publicKeyFromText } = await import("../../identity/mod.ts");
  const offered: Uint8Array[] = [];
  for (const path of [`${folder}/keys/signing.pub`, ...await retiredFiles(`${folder}/keys/retired`)]) {
    try {
      offered.push(publicKeyFromText(await Deno.readTextFile(path)));
    } catch {
      // No key, or none that can be read: one hint less.
    }
  }
  return offered;
}

async function retiredFiles(folder: string): Promise<readonly string[]> {
  const paths: string[] = [];
  try {
    for await (const { name } of Deno.readDir(folder)) {
      if (/^[0-9a-f]{16}\.pub$/.test(name) && paths.length < MOST_RETIRED) paths.push(`${folder}/${name}`);
    }
  } catch {
    // There is no such folder where the key was never rotated.
  }
  return paths;
}
