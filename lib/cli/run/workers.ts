/** The three workers of a run, as the ports that the gate asks. */
import { Fault } from "../../base/mod.ts";
import { WorkerClient } from "../../channel/mod.ts";
import type { Diagnostic } from "../../diagnostic/mod.ts";
import type { Inspected, LedgerPort, PolicyPort, ScanPort } from "../../gate/mod.ts";
import type { Answer, Decision, Opened, OpenRequest, Written } from "../../verdict/mod.ts";
import type { FirewallSettings } from "./settings.ts";

export interface Workers {
  readonly scan: ScanPort;
  readonly policy: PolicyPort;
  readonly ledger: LedgerPort;
  readonly session: string;
  /** Closes the session in the ledger and ends the workers, once. Never throws: what cannot be closed is recovered later. */
  close(reason: string): Promise<void>;
}

/** A policy that cannot be loaded; carries everything that is wrong with it. */
export class BadPolicy extends Fault {
  constructor(readonly diagnostics: readonly Diagnostic[]) {
    super("config", "Cannot load the policy: it has errors", { hint: "countersign policy check FILE" });
  }
}

/** Starts all three at once, then gives each what it must know. */
export async function startWorkers(
  settings: FirewallSettings,
  log: (line: string) => void,
): Promise<Workers> {
  const scan = worker("scan", "none"), policy = worker("policy", "none");
  const ledger = worker("ledger", folderOnly(settings.ledgerFolder));
  try {
    const [loaded] = await Promise.all([
      loadPolicies(policy, settings),
      scan.greet({ operation: "configure", payload: settings.scan }),
    ]);
    const opened = await openLedger(ledger, settings, loaded.digest);
    log(
      `policy ${loaded.name} ${
        loaded.digest.slice(0, 19)
      }…, ledger ${settings.ledgerFolder}, entries ${opened.entries}`,
    );
    if (opened.recovered > 0) {
      log(`recovered: ${opened.recovered} earlier session(s) ended without a close; noted in the ledger`);
    }
    return ports({ scan, policy, ledger, session: opened.session, deadlineMs: settings.askTimeoutMs });
  } catch (thrown) {
    for (const each of [scan, policy, ledger]) each.close();
    throw thrown;
  }
}

function worker(name: "scan" | "policy" | "ledger", permissions: Deno.PermissionOptions): WorkerClient {
  // Spelt out for each: `deno compile` finds workers by these literals.
  const url = new URL(`../../../workers/${name}.ts`, import.meta.url);
  return new WorkerClient({ name, url, permissions, resend: name !== "ledger" });
}

/** Read and write in one folder, and nothing else. */
function folderOnly(folder: string): Deno.PermissionOptions {
  return {
    read: [folder],
    write: [folder],
    env: false,
    ffi: false,
    import: false,
    net: false,
    run: false,
    sys: false,
  };
}

interface LoadedPolicy {
  readonly digest: string;
  readonly name: string;
  readonly warnings: readonly Diagnostic[];
}

async function loadPolicies(policy: WorkerClient, settings: FirewallSettings): Promise<LoadedPolicy> {
  const { policies: sources, workingFolder, home } = settings;
  const payload = { sources, options: { workingFolder, ...home !== undefined && { home } } };
  const loaded = await policy.greet<LoadedPolicy | { diagnostics: readonly Diagnostic[] }>({
    operation: "load",
    payload,
  });
  if ("diagnostics" in loaded) throw new BadPolicy(loaded.diagnostics);
  return loaded;
}

async function openLedger(ledger: WorkerClient, settings: FirewallSettings, policy: string): Promise<Opened> {
  const { ledgerFolder: folder, principal, server } = settings;
  const payload: OpenRequest = { folder, principal, server, policy, enforced: true };
  const opened = await ledger.greet<Opened>({ operation: "open", payload });
  // A restarted worker goes on with this session instead of beginning another.
  ledger.greeting = { operation: "open", payload: { ...payload, resume: opened.session } };
  return opened;
}

interface Started {
  readonly scan: WorkerClient;
  readonly policy: WorkerClient;
  readonly ledger: WorkerClient;
  readonly session: string;
  readonly deadlineMs: number;
}

// A text up to this long is judged in far less than the short deadline; longer ones get the configured one.
const SMALL = 65_536;
const SMALL_DEADLINE_MS = 250;

function ports({ scan, policy, ledger, session, deadlineMs }: Started): Workers {
  let closed = false;
  const short = Math.min(deadlineMs, SMALL_DEADLINE_MS);
  const options = (size: number) => ({ size, deadlineMs: size > SMALL ? deadlineMs : short });
  return {
    session,
    scan: {
      inspect: (inspection) => scan.ask<Inspected>("inspect", inspection, options(inspection.text.length)),
    },
    policy: {
      decide: (request, report) =>
        policy.ask<Decision>("decide", { request, report }, options(request.args.length)),
    },
    ledger: {
      write: (request) => ledger.ask<Written>("write", request, { size: sizeOf(request), deadlineMs }),
      answers: (calls) => ledger.ask<readonly Answer[]>("answers", calls),
    },
    async close(reason) {
      if (closed) return;
      closed = true;
      // A session that cannot be closed is found and noted by the next one that opens the ledger.
      await ledger.ask("close", reason).catch(() => {});
      for (const each of [scan, policy, ledger]) each.close();
    },
  };
}

function sizeOf(request: Parameters<LedgerPort["write"]>[0]): number {
  if (request.type === "call") return request.input.length;
  return request.type === "outcome" ? request.output?.length ?? 0 : 0;
}
