/** What a request is on its way to the tip, and what becomes of it there. */
import type { Fault } from "../base/mod.ts";
import type {
  PinAnswer,
  PinDecision,
  PinObservation,
  Remask,
  WriteRequest,
  Written,
} from "../verdict/mod.ts";
import type { Attestor } from "./attestor.ts";
import type { Digester } from "./digest.ts";
import type { PayloadDigest } from "./entry.ts";
import type { Keepsake } from "./payloads.ts";
import type { PinBooks } from "./pin_books.ts";
import type { LedgerStore } from "./port.ts";
import type { Session } from "./session.ts";
import type { Tip } from "./tip.ts";

/** The first and the last entry of a session: these ride in the commits of the others. */
export type SessionEdge =
  | { readonly type: "begin" }
  | { readonly type: "end"; readonly reason: string };

export type ItemRequest = WriteRequest | PinObservation | PinDecision | SessionEdge;

/** One of the sessions that share a writer, and what its requests need. */
export interface Member {
  readonly session: Session;
  /** Absent where tools are not pinned; sessions in front of one server share its book. */
  readonly pins: PinBooks | undefined;
  /** Are the payloads of allowed calls kept beside the entries? */
  readonly full: boolean;
  /** With full recording: the payloads of calls that are held, by `seq`. They are kept once a person lets the call pass. */
  readonly held: Map<number, Keepsake>;
}

/** A request on its way: its id and digest are made once, however often its entry has to be signed again. */
export interface Item {
  readonly member: Member;
  readonly request: ItemRequest;
  readonly id: string;
  readonly payload: PayloadDigest | undefined;
  /** With full recording: what is kept of it beside its entry, once it is allowed. */
  readonly kept: Keepsake | undefined;
  resolve(written: Written | Remask | PinAnswer): void;
  reject(fault: unknown): void;
}

/**
 * A request as it will be answered: `apply` is for after the commit. A {@link Remask} has put nothing on the tip, and
 * neither has a {@link PinAnswer} where nothing changed. `keeps`: its payload belongs to the entry.
 */
export type Answered =
  | {
    readonly item: Item;
    readonly written: Written | Remask | PinAnswer;
    readonly keeps?: boolean;
    apply(): void;
    /** What is made for whoever asked once the entry is durable; absent: `written` as it is. */
    readonly finish?: (() => Written) | undefined;
  }
  | { readonly item: Item; readonly fault: Fault };

/** {@link Answered}, or a request whose payload has to be in the store first; it has put nothing on the tip either. */
export type Drafted = Answered | { readonly item: Item; readonly stage: Keepsake };

/** What the requests of one session are drafted with, in one commit. */
export interface DraftDeps {
  readonly tip: Tip;
  readonly session: Session;
  readonly store: LedgerStore;
  readonly digester: Digester;
  readonly attestor: Attestor;
  /** Absent where tools are not pinned. */
  readonly pins: PinBooks | undefined;
  /** Of the rows of the newest commit; for after it. */
  readonly version: () => string;
  /** Calls that a request of this same batch has ended: the store does not know it yet. */
  readonly ended: Set<number>;
  readonly held: Map<number, Keepsake>;
}
