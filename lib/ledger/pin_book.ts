/** The pins of the session's server, as of the head: read once, and again when somebody else has changed them. */
import type { CalledTool, PinSettings } from "../verdict/mod.ts";
import type { Digester } from "./digest.ts";
import { type PinRow, type PinServerRow, readPinRow, sealPinRow } from "./pin_rows.ts";
import type { LedgerStore } from "./port.ts";
import { damagedRow } from "./rows.ts";
import type { Tip } from "./tip.ts";

/** More tools than a server has; those beyond are refused: an upstream must not fill the store. */
export const MAX_PINNED_TOOLS = 5_000;
// Digests are keyed by the id of an entry; this stands for one, and no entry has it.
const PINS_ID = "00000000-0000-7000-8000-000070696e73";
const MAX_KNOWN_DIGESTS = 20_000;

/** What is kept of a row in memory: no texts. */
type Known = Pick<PinRow, "name" | "pinned" | "seen" | "rejected" | "entry">;

export class PinBook {
  readonly settings: PinSettings;
  readonly #digester: Digester;
  readonly #digests = new Map<string, string>();
  readonly #server: string;
  #rows = new Map<string, Known>();
  #row: PinServerRow | undefined;
  /** Version of the server's row that `#rows` were read with. */
  #version: string | undefined;
  /** Does that still have to be the one in the store? */
  #isFresh = false;
  /** Changed by a draft that is not committed yet. */
  #isAhead = false;
  #isRead = false;

  constructor(settings: PinSettings, digester: Digester) {
    this.settings = settings;
    this.#digester = digester;
    this.#server = this.keyed(settings.identity).slice(0, 32);
  }

  /** Has this server been seen before? */
  get isKnown(): boolean {
    return this.#row !== undefined;
  }

  /** May one more tool be pinned? */
  get hasRoom(): boolean {
    return (this.#row?.count ?? 0) < MAX_PINNED_TOOLS;
  }

  /** The head moved, or a draft was given up: what is here may be somebody's past. */
  forget(): void {
    this.#isFresh = false;
    if (!this.#isAhead) return;
    this.#isRead = false;
    this.#isAhead = false;
  }

  /** Reads what may have changed. Call it after the head was read: the commit checks that nobody moved it since. */
  async load(store: LedgerStore): Promise<void> {
    if (!this.#isFresh && !this.#isAhead) await this.#look(store);
  }

  /** As {@link load}, for an answer that may need no commit: somebody else may have moved the head meanwhile. */
  async loadAgain(store: LedgerStore): Promise<void> {
    if (!this.#isAhead) await this.#look(store);
  }

  async #look(store: LedgerStore): Promise<void> {
    const cell = await store.read("pin", this.#server);
    if (!this.#isRead || cell?.version !== this.#version) await this.#read(store, cell?.value);
    this.#version = cell?.version;
    this.#isFresh = true;
    this.#isRead = true;
  }

  async #read(store: LedgerStore, value: Uint8Array | undefined): Promise<void> {
    const row = value === undefined ? undefined : readPinRow(value);
    if (row !== undefined && row.kind !== "server") throw damagedRow();
    this.#row = row;
    this.#rows = new Map();
    if (row === undefined) return;
    // "0" is the character behind "/".
    for await (
      const { key, value } of store.scan("pin", { from: `${this.#server}/`, until: `${this.#server}0` })
    ) {
      const one = readPinRow(value);
      if (typeof key === "string" && one.kind !== "server") this.#rows.set(key, known(one));
    }
  }

  /** A digest that says nothing to whoever has the store alone. */
  keyed(text: string): string {
    const before = this.#digests.get(text);
    if (before !== undefined) return before;
    const digest = this.#digester.payload(PINS_ID, text).digest ?? "";
    if (this.#digests.size >= MAX_KNOWN_DIGESTS) this.#digests.clear();
    // A name can be as long as a frame.
    if (text.length <= 256) this.#digests.set(text, digest);
    return digest;
  }

  toolKey(name: string): string {
    return `${this.#server}/tool/${this.keyed(name)}`;
  }

  get instructionsKey(): string {
    return `${this.#server}/instructions`;
  }

  at(key: string): Known | undefined {
    return this.#rows.get(key);
  }

  /**
   * Is the tool to be refused? What this session saw counts before what others saw: another process may stand in front of
   * an older or a newer copy of the server.
   */
  refuses({ name, digest }: CalledTool): boolean {
    const row = this.#rows.get(this.toolKey(name));
    if (row === undefined) return this.settings.newTools === "ask" || !this.hasRoom;
    if (row.pinned === undefined) return true;
    return digest === undefined ? row.seen !== undefined : this.keyed(digest) !== row.pinned.digest;
  }

  /** Puts a row into the commit. {@link seal} follows the last of them. */
  put(tip: Tip, key: string, row: PinRow): void {
    const isNew = row.kind === "tool" && !this.#rows.has(key);
    this.#isAhead = true;
    this.#rows.set(key, known(row));
    this.#row = {
      v: 1,
      kind: "server",
      server: row.server,
      count: (this.#row?.count ?? 0) + (isNew ? 1 : 0),
    };
    tip.change({ table: "pin", key, value: sealPinRow(row) });
  }

  /** Writes the server's row, so that every process reads its pins again. */
  seal(tip: Tip): void {
    if (this.#row !== undefined) {
      tip.change({ table: "pin", key: this.#server, value: sealPinRow(this.#row) });
    }
  }

  /** The commit is durable; its rows have this version. */
  settled(version: string): void {
    this.#version = version;
    this.#isAhead = false;
    this.#isFresh = true;
  }
}

function known({ name, pinned, seen, rejected, entry }: PinRow): Known {
  return {
    name,
    entry,
    ...pinned && { pinned: withoutTexts(pinned) },
    ...seen && { seen: withoutTexts(seen) },
    ...rejected && { rejected },
  };
}

function withoutTexts({ digest, fields }: NonNullable<PinRow["seen"]>): NonNullable<PinRow["seen"]> {
  return { digest, fields: fields.map(({ name, digest }) => ({ name, digest })) };
}
