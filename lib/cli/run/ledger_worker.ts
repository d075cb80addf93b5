/** The ledger worker of a run, and the sessions that it has open. */
import { WorkerClient } from "../../channel/mod.ts";
import type { LedgerPort, Note, PinPort } from "../../gate/mod.ts";
import { KEY_PASSPHRASE_VARIABLE } from "../../transport/mod.ts";
import type {
  Answer,
  FolderOpened,
  LedgerPlace,
  Opened,
  OpenRequest,
  PinAnswer,
  PinObservation,
  Remask,
  Written,
} from "../../verdict/mod.ts";

/** One session in the ledger, as the ports of its gate. */
export interface LedgerSession {
  readonly opened: Opened;
  readonly ledger: LedgerPort;
  /** Absent where tools are not pinned. `server`: which of them, where the session has several. */
  readonly pins: PinPort | undefined;
  readonly pinsOf: (server: string) => PinPort | undefined;
  /** A ledger worker that is restarted goes on with it under the policy of this digest. */
  policyChanged(digest: string): void;
  /** Ends it with an entry. Never throws: what cannot be closed is noted later. */
  close(reason: string): Promise<void>;
}

// Hundreds of sessions that begin at once stand in one queue.
const OPEN_DEADLINE_MS = 20_000;
// Whoever ends us does not wait long: what cannot be closed by then is noted later.
const CLOSE_DEADLINE_MS = 4_000;

export class LedgerWorker {
  readonly #client: WorkerClient;
  readonly #place: LedgerPlace;
  readonly #deadlineMs: number;
  /** By id, as a worker that is restarted has to go on with them. */
  readonly #sessions = new Map<string, OpenRequest>();

  constructor(place: LedgerPlace, deadlineMs?: number) {
    const { folder, origin, jsonl } = place;
    this.#place = { folder, ...origin !== undefined && { origin }, ...jsonl !== undefined && { jsonl } };
    this.#deadlineMs = deadlineMs ?? DEFAULT_DEADLINE_MS;
    const paths = jsonl === undefined ? [folder] : [folder, jsonl];
    const url = new URL("../../../workers/ledger.ts", import.meta.url);
    this.#client = new WorkerClient({ name: "ledger", url, permissions: onlyThere(paths), resend: false });
  }

  /** Opens the ledger; sessions can be opened from here on, without waiting for the answer. */
  start(): Promise<FolderOpened> {
    const opened = this.#client.greet<FolderOpened>(this.#greeting());
    this.#client.greeting = () => this.#greeting();
    return opened;
  }

  /** Begins a session. Rejects with a Fault. */
  async open(request: OpenRequest): Promise<LedgerSession> {
    const opened = await this.#client.ask<Opened>("open", request, { deadlineMs: OPEN_DEADLINE_MS });
    const id = opened.session;
    this.#sessions.set(id, { ...request, resume: id });
    return {
      opened,
      ledger: this.#ledgerPort(id),
      pins: request.pins && this.#pinPort(id, { isKnown: opened.pinned ?? false }),
      pinsOf: (server) =>
        request.serverPins?.some((each) => each.server === server)
          ? this.#pinPort(id, { isKnown: opened.pinnedServers?.includes(server) ?? false, server })
          : undefined,
      policyChanged: (digest) => this.#policyChanged(id, digest),
      close: (reason) => this.#closeSession(id, reason),
    };
  }

  /** Lets go of the ledger and ends the worker. Sessions that are still open are noted by whoever opens it next. */
  async end(): Promise<void> {
    await this.#client.ask("end", null, { deadlineMs: CLOSE_DEADLINE_MS }).catch(() => {});
    this.drop();
  }

  /** Ends the worker as it is. */
  drop(): void {
    this.#client.close();
  }

  #greeting(): { readonly operation: string; readonly payload: unknown } {
    return { operation: "start", payload: { place: this.#place, sessions: [...this.#sessions.values()] } };
  }

  #policyChanged(id: string, policy: string): void {
    const request = this.#sessions.get(id);
    if (request === undefined || request.policy === policy) return;
    // The texts are those of the policy that was there at the start: under another digest they would be a lie.
    const { policyTexts: _, ...rest } = request;
    this.#sessions.set(id, { ...rest, policy });
  }

  async #closeSession(id: string, reason: string): Promise<void> {
    // A worker that is restarted meanwhile takes it for dead, and notes it.
    if (!this.#sessions.delete(id)) return;
    await this.#client.ask("close", [id, reason], { deadlineMs: CLOSE_DEADLINE_MS }).catch(() => {});
  }

  #ledgerPort(id: string): LedgerPort {
    const deadlineMs = this.#deadlineMs;
    return {
      record: (call) =>
        this.#client.ask<Written | Remask>("write", [id, call], { size: call.input.length, deadlineMs }),
      write: (note) => this.#client.ask<Written>("write", [id, note], { size: sizeOf(note), deadlineMs }),
      answers: (calls) => this.#client.ask<readonly Answer[]>("answers", [id, calls]),
      attest: (call, audience) => this.#client.ask<string>("attest", [id, [call, audience]], { deadlineMs }),
    };
  }

  #pinPort(
    id: string,
    { isKnown, server }: { readonly isKnown: boolean; readonly server?: string },
  ): PinPort {
    const deadlineMs = this.#deadlineMs;
    const named = server === undefined ? {} : { server };
    return {
      isKnown,
      observe: (seen) =>
        this.#client.ask<PinAnswer>("observe", [id, { ...seen, ...named }], {
          size: pinsSize(seen),
          deadlineMs,
        }),
    };
  }
}

const DEFAULT_DEADLINE_MS = 2_000;

/** The worker may read and write at `paths`, and read the passphrase of the keys. */
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

function pinsSize({ tools }: PinObservation): number {
  return tools.reduce(
    (sum, { fields }) => sum + fields.reduce((all, { text = "" }) => all + text.length, 0),
    0,
  );
}

function sizeOf(note: Note): number {
  return note.type === "outcome" ? note.output?.length ?? 0 : 0;
}
