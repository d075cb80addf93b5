import { isJsonObject, type JsonObject } from "../base/mod.ts";
import {
  type Frame,
  type FrameTaker,
  type Id,
  readLine,
  type ReplyMessage,
  type RequestMessage,
} from "../wire/mod.ts";
import { Catalog, LIST_KINDS, type ListKind } from "./catalog.ts";
import type { Down } from "./ports.ts";

/** What a server agreed to in the legacy handshake. ATTACKER-CONTROLLED. */
export interface Agreed {
  readonly protocolVersion: string;
  readonly capabilities: JsonObject;
  readonly instructions: string | undefined;
}

/** `starting`: its gate may stand, and it has not been greeted. `odd`: it runs, and does not speak as the client does. */
export type Standing =
  | { readonly kind: "starting" }
  | { readonly kind: "ready" }
  | { readonly kind: "odd"; readonly message: string }
  | { readonly kind: "down"; readonly down: Down };

/** A request of the gateway's own that is under way. */
export interface Asking {
  /** `undefined`: the server is gone, or what it said is no answer. */
  readonly answer: Promise<ReplyMessage | undefined>;
  /** Tells the server that nobody waits any more. */
  cancel(): void;
}

export interface AskOptions {
  /** Takes what comes before the answer. */
  readonly beside?: (line: string) => void;
  /** Of the frame that it stands for. */
  readonly bytes?: number;
}

/** A list that is being gone through, or was. */
export interface Going {
  readonly end: Promise<void>;
  isOver: boolean;
}

/** One server behind the gateway, through all of its lives. */
export class Server {
  readonly name: string;
  readonly catalog = new Catalog();
  /** First pages that were asked for and did not come in time: the next list takes what came since, and waits for none. */
  readonly late = new Map<ListKind, ReplyMessage | "awaited">();
  /** Further pages that are awaited, by method and cursor. */
  readonly slowPages = new Map<string, Asking>();
  /** Lists that were gone through by ourselves since they changed, whatever came of it. */
  readonly surveys = new Map<ListKind, Going>();
  #standing: Standing = { kind: "starting" };
  #taker: FrameTaker | undefined;
  #agreed: Agreed | undefined;
  #discovered: JsonObject | undefined;
  #change = Promise.withResolvers<void>();
  #asked = 0;
  #stuck = false;
  #onRefused: ((why: string) => void) | undefined;
  /** Counts its lives. */
  #life = 0;

  constructor(name: string) {
    this.name = name;
  }

  get standing(): Standing {
    return this.#standing;
  }

  get isReady(): boolean {
    return this.#standing.kind === "ready" && !this.#stuck;
  }

  /** Does it take nothing, though it runs? */
  get isStuck(): boolean {
    return this.#stuck;
  }

  get life(): number {
    return this.#life;
  }

  get agreed(): Agreed | undefined {
    return this.#agreed;
  }

  /** Its gate stands, in this life. */
  get taker(): FrameTaker | undefined {
    return this.#taker;
  }

  /** Resolves at the next change of its standing. */
  get changed(): Promise<void> {
    return this.#change.promise;
  }

  /** May it have such a list? Where it did not say what it can, it is asked. */
  mayHave(capability: string): boolean {
    const said = this.#agreed?.capabilities ?? this.#discovered;
    return said === undefined || isJsonObject(said[capability]);
  }

  /** What it said that it can when it was asked for that, in the modern era. */
  discovered(capabilities: JsonObject): void {
    this.#discovered = capabilities;
  }

  /** Another life begins. */
  begin(onRefused?: (why: string) => void): number {
    this.#life++;
    this.#onRefused = onRefused;
    this.#taker = undefined;
    this.#agreed = undefined;
    this.#discovered = undefined;
    this.#stuck = false;
    this.#stand({ kind: "starting" });
    return this.#life;
  }

  up(taker: FrameTaker): void {
    this.#taker = taker;
    this.#stand({ kind: "starting" });
  }

  /** It is being greeted, in the legacy era. */
  greeting(): void {
    this.#agreed = undefined;
    this.#stand({ kind: "starting" });
  }

  ready(agreed: Agreed | undefined): void {
    this.#agreed = agreed;
    this.#stand({ kind: "ready" });
  }

  odd(message: string): void {
    this.#stand({ kind: "odd", message });
    this.#onRefused?.(message);
  }

  down(down: Down): void {
    this.#taker = undefined;
    this.late.clear();
    this.slowPages.clear();
    this.surveys.clear();
    this.catalog.expireAll();
    this.#stand({ kind: "down", down });
  }

  /** A list of it is not what it was. `changed`: method of the notice. */
  expire(changed: string): void {
    this.catalog.expire(changed);
    for (const kind of LIST_KINDS) {
      if (kind.changed !== changed) continue;
      this.surveys.delete(kind);
      this.late.delete(kind);
    }
  }

  #stand(standing: Standing): void {
    this.#standing = standing;
    const { resolve } = this.#change;
    this.#change = Promise.withResolvers();
    resolve();
  }

  /** Hands a frame on as it is; nothing happens where there is nobody to take it. */
  take(frame: Frame, place: Parameters<FrameTaker["take"]>[1]): void {
    this.#taker?.take(frame, place);
  }

  /** A request of our own, under a scope and an id of its own. */
  ask(method: string, params: JsonObject | undefined, { beside, bytes = 0 }: AskOptions = {}): Asking {
    const id = ++this.#asked, scope = `g${id}`;
    const { promise, resolve } = Promise.withResolvers<ReplyMessage | undefined>();
    const value = { jsonrpc: "2.0", id, method, ...params && { params } };
    const incoming: RequestMessage = { kind: "request", id, method, ...params && { params }, value, bytes };
    const reply = (line?: string) => resolve(line === undefined ? undefined : readReply(line));
    if (this.#taker === undefined) resolve(undefined);
    this.#taker?.take({ kind: "read", incoming, bytes }, { scope, reply, beside: beside ?? (() => {}) });
    return { answer: promise, cancel: () => this.#cancel(id, scope) };
  }

  /** A notice of our own. */
  tell(method: string, params?: JsonObject, scope = ""): void {
    const value = { jsonrpc: "2.0", method, ...params && { params } };
    const incoming = { kind: "notice", method, ...params && { params }, value, bytes: 0 } as const;
    this.#taker?.take({ kind: "read", incoming, bytes: 0 }, nowhere(scope));
  }

  #cancel(id: Id, scope: string): void {
    this.tell("notifications/cancelled", { requestId: id }, scope);
  }

  /**
   * Resolves when it can take more. One that does not read `inTime` is given up until it reads again, so that the others
   * are not held up: what is for it is answered meanwhile, and buffered without end never.
   */
  async room(inTime: (event: Promise<unknown>) => Promise<boolean>): Promise<void> {
    const taker = this.#taker;
    if (taker === undefined || this.#stuck) return;
    const room = taker.room();
    if (await comesAtOnce(room)) return;
    // Another life has room of its own.
    if (await inTime(Promise.race([room, this.changed])) || this.#taker !== taker) return;
    this.#stuck = true;
    room.then(() => {
      if (this.#taker === taker) this.#stuck = false;
    });
  }
}

/** A place for what wants no answer. */
export function nowhere(scope: string): NonNullable<Parameters<FrameTaker["take"]>[1]> {
  return { scope, reply: () => {}, beside: () => {} };
}

/** The reply in a line of a gate; `undefined` where it is none. */
export function readReply(line: string): ReplyMessage | undefined {
  const incoming = readLine(line);
  return incoming.kind === "reply" ? incoming : undefined;
}

/** Most of the time there is room, and no clock is set. */
async function comesAtOnce(event: Promise<void>): Promise<boolean> {
  let came = false;
  event.then(() => came = true);
  for (let turn = 0; turn < 8 && !came; turn++) await null;
  return came;
}
