/** The three workers of a run, as the ports that the gate asks. */
import { systemClock } from "../../base/mod.ts";
import { WorkerClient } from "../../channel/mod.ts";
import type { Inspected, LedgerPort, Note, PinPort, ScanPort } from "../../gate/mod.ts";
import type { SchemaAnswer, SchemaQuestion } from "../../schema/mod.ts";
import { KEY_PASSPHRASE_VARIABLE } from "../../transport/mod.ts";
import type {
  Answer,
  Opened,
  OpenRequest,
  PinAnswer,
  PinObservation,
  Remask,
  Written,
} from "../../verdict/mod.ts";
import { deadlinesFor, forSize } from "./deadlines.ts";
import { policyTexts } from "./policy_texts.ts";
import { type PolicyWorker, startPolicyWorker } from "./policy_worker.ts";
import type { FirewallSettings } from "./settings.ts";

export interface Workers {
  readonly scan: ScanPort;
  readonly policy: PolicyWorker;
  readonly ledger: LedgerPort;
  /** Absent where tools are not pinned. */
  readonly pins: PinPort | undefined;
  readonly session: string;
  /** A ledger worker that is restarted goes on under the policy of this digest. */
  policyChanged(digest: string): void;
  /** Closes the session in the ledger and ends the workers, once. Never throws: what cannot be closed is recovered later. */
  close(reason: string): Promise<void>;
}

/** Starts all three at once, then gives each what it must know. */
export async function startWorkers(
  settings: FirewallSettings,
  log: (line: string) => void,
): Promise<Workers> {
  const scan = worker("scan", "none"), policy = worker("policy", "none");
  const ledger = startLedgerWorker(settings.ledgerFolder, settings.ledger.jsonl);
  try {
    const [decider] = await Promise.all([
      startPolicy(policy, settings),
      scan.greet({ operation: "configure", payload: settings.scan }),
    ]);
    const opening = openingOf(settings, decider.inForce.digest);
    const opened = await ledger.greet<Opened>({ operation: "open", payload: opening });
    tellStart(log, { settings, policy: decider, opened });
    return ports({ scan, policy, decider, ledger, opening, opened, deadlineMs: settings.askTimeoutMs });
  } catch (thrown) {
    for (const each of [scan, policy, ledger]) each.close();
    throw thrown;
  }
}

/** The worker that may read and write in `folder` and the mirror file `jsonl`, and read the passphrase of the keys. */
export function startLedgerWorker(folder: string, jsonl?: string): WorkerClient {
  return worker("ledger", onlyThere(jsonl === undefined ? [folder] : [folder, jsonl]));
}

function worker(name: "scan" | "policy" | "ledger", permissions: Deno.PermissionOptions): WorkerClient {
  // Spelt out for each: `deno compile` finds workers by these literals.
  const url = new URL(`../../../workers/${name}.ts`, import.meta.url);
  return new WorkerClient({ name, url, permissions, resend: name !== "ledger" });
}

function onlyThere(paths: readonly string[]): Deno.PermissionOptions {
  return {
    read: [...paths],
    write: [...paths],
    env: passphraseIfAllowed(),
    ffi: false,
    import: false,
    net: false,
    run: false,
    sys: false,
  };
}

/**
 * The worker reads the passphrase of the keys itself, at each of its starts: it never lies in a message, nor in what main
 * remembers for a restart. A permission that we do not have ourselves cannot be given.
 */
function passphraseIfAllowed(): string[] | false {
  const asked = Deno.permissions.querySync({ name: "env", variable: KEY_PASSPHRASE_VARIABLE });
  return asked.state === "granted" ? [KEY_PASSPHRASE_VARIABLE] : false;
}

function startPolicy(client: WorkerClient, settings: FirewallSettings): Promise<PolicyWorker> {
  const { policies: sources, workingFolder, home, askTimeoutMs } = settings;
  const options = { workingFolder, ...home !== undefined && { home } };
  return startPolicyWorker(client, { sources, options }, deadlinesFor(askTimeoutMs));
}

/** How the ledger is opened for a run under `policy` (a digest). */
export function openingOf(settings: FirewallSettings, policy: string): OpenRequest {
  const { ledgerFolder: folder, identity, server, enforced, pins } = settings;
  const { record, origin, jsonl } = settings.ledger;
  const principal = identity.principal(systemClock.nowMicros() / 1000);
  return {
    folder,
    principal,
    server,
    policy,
    policyTexts: policyTexts(settings.policies),
    enforced,
    record,
    ...origin !== undefined && { origin },
    ...jsonl !== undefined && { jsonl },
    ...pins && { pins },
  };
}

interface Start {
  readonly settings: FirewallSettings;
  readonly policy: PolicyWorker;
  readonly opened: Opened;
}

function tellStart(log: (line: string) => void, { settings, policy, opened }: Start): void {
  const { name, digest } = policy.inForce;
  log(
    `policy ${name} ${digest.slice(0, 19)}…, ledger ${settings.ledgerFolder}, entries ${opened.entries}`,
  );
  if (opened.recovered > 0) {
    log(`recovered: ${opened.recovered} earlier session(s) ended without a close; noted in the ledger`);
  }
  if (!settings.enforced) {
    log(
      "dry run: nothing is refused, held or masked, but lines that are no messages and what cannot be recorded",
    );
  }
}

interface Started {
  readonly scan: WorkerClient;
  readonly policy: WorkerClient;
  readonly decider: PolicyWorker;
  readonly ledger: WorkerClient;
  readonly opening: OpenRequest;
  readonly opened: Opened;
  readonly deadlineMs: number;
}

function ports(started: Started): Workers {
  const { scan, policy, decider, ledger, opening, opened, deadlineMs } = started;
  const { session } = opened;
  const deadlines = deadlinesFor(deadlineMs);
  let closed = false;
  // A restarted worker goes on with this session instead of beginning another.
  const resume = (digest: string) => {
    const { policyTexts, ...rest } = opening;
    // The texts are those of the policy that was there at the start: under another digest they would be a lie.
    const texts = digest === opening.policy && policyTexts !== undefined ? { policyTexts } : {};
    ledger.greeting = { operation: "open", payload: { ...rest, ...texts, policy: digest, resume: session } };
  };
  resume(opening.policy);
  return {
    session,
    scan: {
      inspect: (inspection) =>
        scan.ask<Inspected>("inspect", inspection, forSize(inspection.text.length, deadlines)),
      fits: (question) => scan.ask<SchemaAnswer>("fits", question, forSize(schemaSize(question), deadlines)),
    },
    policy: decider,
    ledger: {
      record: (call) => ledger.ask<Written | Remask>("write", call, { size: call.input.length, deadlineMs }),
      write: (note) => ledger.ask<Written>("write", note, { size: sizeOf(note), deadlineMs }),
      answers: (calls) => ledger.ask<readonly Answer[]>("answers", calls),
    },
    pins: opening.pins && {
      isKnown: opened.pinned ?? false,
      observe: (seen) => ledger.ask<PinAnswer>("observe", seen, { size: pinsSize(seen), deadlineMs }),
    },
    policyChanged: resume,
    async close(reason) {
      if (closed) return;
      closed = true;
      // A session that cannot be closed is found and noted by the next one that opens the ledger.
      await ledger.ask("close", reason).catch(() => {});
      for (const each of [scan, policy, ledger]) each.close();
    },
  };
}

function schemaSize({ schemas, value }: SchemaQuestion): number {
  return schemas.reduce((sum, { length }) => sum + length, value.length);
}

function pinsSize({ tools }: PinObservation): number {
  return tools.reduce(
    (sum, { fields }) => sum + fields.reduce((all, { text = "" }) => all + text.length, 0),
    0,
  );
}

function sizeOf(note: Note): number {
  return note.type === "outcome" ? note.output?.length ?? 0 : 0;
}
