/** The three workers of a run, as the ports that the gates ask. */
import { WorkerClient } from "../../channel/mod.ts";
import type { Inspected, ScanPort } from "../../gate/mod.ts";
import type { SchemaAnswer, SchemaQuestion } from "../../schema/mod.ts";
import type { FolderOpened, OpenRequest, Principal } from "../../verdict/mod.ts";
import { type LedgerSession, LedgerWorker } from "./ledger_worker.ts";
import { type PolicyWorker, startPolicyWorker } from "./policy_worker.ts";
import type { FirewallSettings } from "./settings.ts";

/** What all sessions of a run share. */
export interface Workers {
  readonly scan: ScanPort;
  readonly policy: PolicyWorker;
  /** What the ledger said when it was opened. */
  readonly opened: FolderOpened;
  /** Begins a session in the ledger. Rejects with a Fault. */
  open(principal: Principal, policy: SessionPolicy): Promise<LedgerSession>;
  /** Ends the workers, once. Sessions that are still open in the ledger are noted by whoever opens it next. Never throws. */
  end(): Promise<void>;
}

/** The digest of the policy that a session begins under, and what that was made of. */
export type SessionPolicy = Pick<OpenRequest, "policy" | "policyTexts">;

/** Starts all three at once, and gives each what it must know. */
export async function startWorkers(
  settings: FirewallSettings,
  log: (line: string) => void,
): Promise<Workers> {
  const scan = worker("scan"), policy = worker("policy");
  const ledger = new LedgerWorker(placeOf(settings), settings.askTimeoutMs);
  try {
    const [decider, opened] = await Promise.all([
      startPolicy(policy, settings),
      ledger.start(),
      scan.greet({ operation: "configure", payload: settings.scan }),
    ]);
    return shared({ settings, log, scan, policy, decider, ledger, opened });
  } catch (thrown) {
    for (const each of [scan, policy]) each.close();
    ledger.drop();
    throw thrown;
  }
}

function worker(name: "scan" | "policy"): WorkerClient {
  // Spelt out for each: `deno compile` finds workers by these literals.
  const url = new URL(`../../../workers/${name}.ts`, import.meta.url);
  return new WorkerClient({ name, url, permissions: "none", resend: true });
}

function startPolicy(client: WorkerClient, settings: FirewallSettings): Promise<PolicyWorker> {
  const { policies: sources, workingFolder, home, askTimeoutMs } = settings;
  const options = { workingFolder, ...home !== undefined && { home } };
  return startPolicyWorker(client, { sources, options }, askTimeoutMs);
}

function placeOf({ ledgerFolder: folder, ledger: { origin, jsonl } }: FirewallSettings) {
  return { folder, ...origin !== undefined && { origin }, ...jsonl !== undefined && { jsonl } };
}

function openingOf(
  settings: FirewallSettings,
  principal: Principal,
): Omit<OpenRequest, keyof SessionPolicy> {
  const { server, enforced, pins, serverPins, ledger: { record } } = settings;
  return {
    ...placeOf(settings),
    principal,
    server,
    enforced,
    record,
    ...pins && { pins },
    ...serverPins && { serverPins },
  };
}

interface Started {
  readonly settings: FirewallSettings;
  readonly log: (line: string) => void;
  readonly scan: WorkerClient;
  readonly policy: WorkerClient;
  readonly decider: PolicyWorker;
  readonly ledger: LedgerWorker;
  readonly opened: FolderOpened;
}

function shared(started: Started): Workers {
  const { settings, scan, policy, decider, ledger, opened } = started;
  const { askTimeoutMs: deadlineMs } = settings;
  let ended: Promise<void> | undefined;
  tellStart(started);
  return {
    scan: {
      inspect: (inspection) =>
        scan.ask<Inspected>("inspect", inspection, { size: inspection.text.length, deadlineMs }),
      fits: (question) =>
        scan.ask<SchemaAnswer>("fits", question, { size: schemaSize(question), deadlineMs }),
    },
    policy: decider,
    opened,
    open: (principal, policy) => ledger.open({ ...openingOf(settings, principal), ...policy }),
    end: () =>
      ended ??= ledger.end().finally(() => {
        for (const each of [scan, policy]) each.close();
      }),
  };
}

function tellStart({ settings, log, decider, opened }: Started): void {
  const { name, digest } = decider.inForce;
  log(`policy ${name} ${digest.slice(0, 19)}…, ledger ${settings.ledgerFolder}, entries ${opened.entries}`);
  if (opened.recovered > 0) {
    log(`recovered: ${opened.recovered} earlier session(s) ended without a close; noted in the ledger`);
  }
  if (settings.enforced) return;
  log(
    "dry run: nothing is refused, held or masked, but lines that are no messages and what cannot be recorded",
  );
}

function schemaSize({ schemas, value }: SchemaQuestion): number {
  return schemas.reduce((sum, { length }) => sum + length, value.length);
}
