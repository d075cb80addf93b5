/** `certificate issue`: verifies the ledger, counts the period, signs what came of it. */
import { Fault, formatDuration, parseDuration, rfc3339Micros } from "../../base/mod.ts";
import { checkpointOf, entryOf, issueCertificate, PeriodCount } from "../../ledger/evidence/mod.ts";
import { type LedgerDeps, ledgerReader, verifyLedger, type VerifyReport } from "../../ledger/mod.ts";
import { withLedger } from "../../store/mod.ts";
import { timeRange } from "../audit/filter.ts";
import { type Args, EXIT, type Io } from "../command.ts";
import { checkpointNow } from "../export/covering.ts";
import { writeWholeFile } from "../export/whole_files.ts";
import { ledgerFolderFor } from "../ledger_folder.ts";
import { absolutePath } from "../setup.ts";
import { withHelper } from "../verify/ledger.ts";
import { HOLDS } from "../verify/show.ts";

const DEFAULT_EXPIRY = "90d";
const LONGEST_MS = 3660 * 86_400_000;

/** Writes a certificate to `--output` or stdout; 1 where the ledger does not verify and `--as-is` is not given. */
export async function issueFrom(args: Args, io: Io): Promise<number> {
  const lifetimeMs = lifetimeOf(args.text("expires") ?? DEFAULT_EXPIRY);
  const folder = await ledgerFolderFor(args, io);
  return await withLedger(folder, (deps) => issue(deps, { args, io, lifetimeMs }), { env: io.env });
}

interface Asked {
  readonly args: Args;
  readonly io: Io;
  readonly lifetimeMs: number;
}

async function issue(deps: LedgerDeps, { args, io, lifetimeMs }: Asked): Promise<number> {
  const nowMicros = deps.clock.nowMicros();
  const { since, until = rfc3339Micros(nowMicros) } = timeRange(args, { command: "certificate", nowMicros });
  const report = await verifyHere(deps, io);
  const isWhole = HOLDS.includes(report.status);
  if (!isWhole && !args.has("as-is")) return refuse(report, io);
  const counted = await countPeriod(deps, report.entries, { since, until });
  const checkpoint = isWhole ? await checkpointNow(deps) : undefined;
  const issuedSeconds = Math.floor(nowMicros / 1e6);
  const expiresSeconds = issuedSeconds + Math.floor(lifetimeMs / 1000);
  const token = issueCertificate(counted, {
    origin: checkpoint === undefined ? `countersign/${deps.keys.id}` : checkpointOf(checkpoint).origin,
    issuedSeconds,
    expiresSeconds,
    integrity: { status: report.status, entries: report.entries },
    checkpoint,
  }, deps.keys);
  const made = {
    entries: counted.entries,
    status: report.status,
    expires: rfc3339Micros(expiresSeconds * 1e6),
  };
  return await hand(token, made, { args, io });
}

/** A real verification, of everything, with the key that is going to sign. */
async function verifyHere({ store, keys }: LedgerDeps, io: Io): Promise<VerifyReport> {
  const publicKeys = [keys.publicKey];
  const entries = await ledgerReader(store).count();
  return await withHelper(entries, io, (more) => verifyLedger(store, { publicKeys, ...more }));
}

function refuse({ status, finding }: VerifyReport, io: Io): number {
  const where = finding === undefined ? "" : ` at entry ${finding.seq}`;
  io.err(`error: cannot certify the ledger: it is ${status}${where}\n`);
  io.err("hint: countersign verify says why; --as-is certifies what is there, with that word in it\n");
  return EXIT.no;
}

/** Entries that hold, up to the last one that was verified. */
async function countPeriod(
  { store }: LedgerDeps,
  entries: number,
  { since = "", until }: { readonly since?: string | undefined; readonly until: string },
): Promise<ReturnType<PeriodCount["claims"]>> {
  if (entries === 0) return new PeriodCount({ since: since === "" ? until : since, until }).claims();
  const count = new PeriodCount({
    since: since === "" ? await firstTime(store, entries) ?? until : since,
    until,
  });
  for await (const { key, value } of store.scan("entry", { from: 0, until: entries })) {
    const entry = typeof key === "number" ? entryOf(key, value) : undefined;
    if (entry === undefined) count.skip();
    else count.take(entry);
  }
  return count.claims();
}

/** The time of the first entry that has one: those before it were pruned. */
async function firstTime(store: LedgerDeps["store"], entries: number): Promise<string | undefined> {
  for await (const { key, value } of store.scan("entry", { from: 0, until: entries })) {
    const entry = typeof key === "number" ? entryOf(key, value) : undefined;
    if (entry !== undefined) return entry.time;
  }
  return undefined;
}

interface Made {
  readonly entries: number;
  readonly status: string;
  readonly expires: string;
}

async function hand(token: string, made: Made, { args, io }: Pick<Asked, "args" | "io">): Promise<number> {
  const path = args.text("output");
  if (path === undefined) {
    io.out(`${token}\n`);
    return EXIT.done;
  }
  const options = { force: args.has("force"), what: "the certificate" };
  await writeWholeFile(absolutePath(path, io), `${token}\n`, options);
  io.out(
    args.has("json")
      ? `${JSON.stringify({ path, ...made })}\n`
      : `made ${path}: ${made.entries} entries, ledger ${made.status}, holds until ${
        made.expires.slice(0, 10)
      }\n`,
  );
  return EXIT.done;
}

function lifetimeOf(text: string): number {
  const lifetime = parseDuration(text);
  if (lifetime.ok && lifetime.value >= 1000 && lifetime.value <= LONGEST_MS) return lifetime.value;
  const why = lifetime.ok ? `must be from 1s to ${formatDuration(LONGEST_MS)}` : lifetime.error;
  throw new Fault("usage", `Cannot issue a certificate: --expires is "${text}", which ${why}`, {
    hint: "write --expires 90d",
  });
}
