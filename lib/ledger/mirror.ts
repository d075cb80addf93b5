/**
 * `[ledger] jsonl`: every entry as a line of a file, for log shippers. Each process that writes to the ledger brings the
 * file up to the newest entry, under a lock, from where the last line says that it ends: so every entry is there once, in
 * the order of the ledger, whoever wrote it and whoever died. Nobody waits for it, and nothing is refused for its sake.
 */
import { type Clock, Fault, messageOf, pause, utf8, within } from "../base/mod.ts";
import { entryLine, stubLine } from "./entry_line.ts";
import type { LedgerStore } from "./port.ts";
import { readRecord, readStub, recordHash } from "./record.ts";

/** The file as the mirror sees it. Its faults never stop a call. */
export interface MirrorFile {
  /**
   * Takes the file for this process; `undefined` while another one has it. `known`: the {@link MirrorTurn.mark} of our
   * last turn. Rejects with a Fault where the file cannot be used.
   */
  take(known: string | undefined): Promise<MirrorTurn | undefined>;
  close(): void;
}

/** The file, ours until `end`. */
export interface MirrorTurn {
  /** Nothing was written to it since the turn whose mark was given. */
  readonly unchanged: boolean;
  /** The last whole line, without its end; ATTACKER-CONTROLLED, as whatever lies in a file. */
  readonly lastLine?: string;
  /** Bytes behind the last whole line: what a crash, or a full disk, left of the next one. */
  readonly torn: Uint8Array;
  /** Up to which `seq` it was written, as it was noted; only for a file that is empty because it was put aside. */
  readonly noted?: number;
  /** Writes at the end, in one write; `seq`: of the newest entry in it. */
  append(bytes: Uint8Array, seq: number): Promise<void>;
  /** Gives the file back. Answers with a mark of how it is left. */
  end(): Promise<string>;
}

/** A row of `entry`, as it was committed. */
export interface FreshEntry {
  readonly seq: number;
  readonly value: Uint8Array;
}

/** Where the mirror is, and who hears of what goes wrong with it. */
export interface MirrorPlace {
  readonly file: MirrorFile;
  /** Says one line to whoever runs the firewall. */
  readonly tell: (line: string) => void;
}

export interface MirrorDeps extends MirrorPlace {
  readonly store: Pick<LedgerStore, "read" | "scan">;
  readonly clock: Clock;
}

// One write: small enough that making it does not hold up a call for more than a millisecond.
const WRITE_CHARS = 64 * 1024;
const MAX_FRESH = 500;
const TAKE_TRIES = 25;
const TAKE_NAP_MS = 20;
const RETRY_AFTER_MS = 1000;
const CLOSE_PATIENCE_MS = 2000;

export class Mirror {
  readonly #deps: MirrorDeps;
  /** What was committed since the last turn; empty where it was more than is kept: then it is read from the store. */
  #fresh: FreshEntry[] = [];
  /** There may be entries in the store that were not handed over. */
  #behind = true;
  #running: Promise<void> | undefined;
  #mark: string | undefined;
  /** `seq` of the last line, as of `#mark`. */
  #last = -1;
  #told = false;
  #closed = false;
  #pausedUntilMs = -Infinity;

  constructor(deps: MirrorDeps) {
    this.#deps = deps;
    this.#start();
  }

  /** What has just become durable, in order. Answers at once. */
  push(entries: readonly FreshEntry[]): void {
    if (this.#fresh.length + entries.length <= MAX_FRESH) this.#fresh.push(...entries);
    else this.#fresh = [], this.#behind = true;
    this.#start();
  }

  /** Writes what is missing, whoever wrote it; gives up after two seconds: the next session goes on from there. */
  async close(): Promise<void> {
    await within(this.#finish(), CLOSE_PATIENCE_MS);
    this.#closed = true;
    this.#deps.file.close();
  }

  async #finish(): Promise<void> {
    await this.#running;
    this.#behind = true;
    this.#pausedUntilMs = -Infinity;
    this.#start();
    await this.#running;
  }

  #start(): void {
    if (this.#deps.clock.monotonicMs() < this.#pausedUntilMs) return;
    this.#running ??= this.#run();
  }

  async #run(): Promise<void> {
    await pause(0); // the answers to what was written go first
    try {
      while (this.#behind || this.#fresh.length > 0) await this.#turn();
    } catch (thrown) {
      this.#failed(thrown);
    }
    this.#running = undefined;
  }

  #failed(thrown: unknown): void {
    // What is there now is found in the store, once the file can be written again.
    this.#fresh = [];
    this.#behind = true;
    this.#mark = undefined;
    this.#pausedUntilMs = this.#deps.clock.monotonicMs() + RETRY_AFTER_MS;
    if (this.#told) return;
    this.#told = true;
    this.#deps.tell(`the mirror of the ledger is behind: ${messageOf(thrown)}`);
  }

  async #turn(): Promise<void> {
    if (this.#closed) throw new Fault("ledger", "Cannot write to the mirror: the session has ended");
    const turn = await this.#take();
    try {
      const writing = new Writing(turn, await this.#lastOf(turn));
      await this.#write(writing);
      await writing.flush();
      this.#last = writing.last;
    } finally {
      this.#mark = await turn.end();
    }
  }

  async #take(): Promise<MirrorTurn> {
    for (let tries = 0; tries < TAKE_TRIES; tries++) {
      const turn = await this.#deps.file.take(this.#mark);
      if (turn !== undefined) return turn;
      await pause(TAKE_NAP_MS);
    }
    throw new Fault("ledger", "Cannot write to the mirror: another process has had it for half a second");
  }

  /** `seq` of the last line that is there, or was; -1 before the first. */
  async #lastOf({ unchanged, lastLine, noted }: MirrorTurn): Promise<number> {
    if (unchanged) return this.#last;
    if (lastLine === undefined) return Math.max(noted ?? -1, this.#last);
    const { seq, hash } = readLine(lastLine);
    const cell = Number.isSafeInteger(seq) ? await this.#deps.store.read("entry", seq as number) : undefined;
    if (cell === undefined || recordHash(cell.value) !== hash) throw notOurs();
    return seq as number;
  }

  async #write(writing: Writing): Promise<void> {
    const fresh = this.#fresh.splice(0).filter(({ seq }) => seq > writing.last);
    const fits = !this.#behind && fresh.every(({ seq }, at) => seq === writing.last + 1 + at);
    if (fits) return await writing.addAll(fresh);
    this.#behind = false;
    await writing.addAll(stored(this.#deps.store, writing.last + 1));
  }
}

async function* stored(store: Pick<LedgerStore, "scan">, from: number): AsyncIterable<FreshEntry> {
  for await (const { key, value } of store.scan("entry", { from })) {
    if (typeof key === "number") yield { seq: key, value };
  }
}

/** Lines on their way into the file, in writes of a size. */
class Writing {
  /** `seq` of the last line, those that are not written yet included. */
  last: number;
  readonly #turn: MirrorTurn;
  #torn: Uint8Array;
  #text = "";

  constructor(turn: MirrorTurn, last: number) {
    this.#turn = turn;
    this.#torn = turn.torn;
    this.last = last;
  }

  async addAll(entries: readonly FreshEntry[] | AsyncIterable<FreshEntry>): Promise<void> {
    for await (const { seq, value } of entries) {
      this.#text += lineOf(seq, value);
      this.last = seq;
      if (this.#text.length >= WRITE_CHARS) await this.flush();
    }
  }

  async flush(): Promise<void> {
    if (this.#text === "") return;
    const bytes = utf8(this.#text);
    this.#text = "";
    // A line that was torn is made whole: its beginning may have been shipped already.
    if (!startsWith(bytes, this.#torn)) throw notOurs();
    await this.#turn.append(bytes.subarray(this.#torn.length), this.last);
    this.#torn = new Uint8Array();
  }
}

function lineOf(seq: number, value: Uint8Array): string {
  const stub = readStub(value);
  return stub === undefined ? entryLine(readRecord(value)) : stubLine(seq, stub);
}

function readLine(line: string): { readonly seq?: unknown; readonly hash?: unknown } {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === "object" && value !== null ? value : {};
  } catch {
    return {}; // no line of ours: the caller says so
  }
}

function startsWith(bytes: Uint8Array, beginning: Uint8Array): boolean {
  return beginning.every((byte, at) => bytes[at] === byte);
}

/** Another ledger's mirror, or any other file: to append to it would spoil it, and what is read from it. */
function notOurs(): Fault {
  return new Fault("ledger", "Cannot write to the mirror: it does not end with an entry of this ledger", {
    hint: "move the file away; a new one is begun in its place",
  });
}
