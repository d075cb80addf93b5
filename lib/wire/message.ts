/** What a frame turns out to be. Everything in here but `kind`, `code`, `reason` and `message` is ATTACKER-CONTROLLED. */
import type { JsonObject, JsonValue } from "../base/mod.ts";
import type { Id } from "./ids.ts";

/** A call that wants an answer. `value`: the whole message, key order kept. `bytes`: of the frame that it came in. */
export interface RequestMessage {
  readonly kind: "request";
  readonly id: Id;
  readonly method: string;
  readonly params?: JsonObject;
  readonly value: JsonObject;
  readonly bytes: number;
}

/**
 * A message that gets no answer (JSON-RPC: notification). Any method may come as one: a `tools/call` without id must be
 * judged as a `tools/call`, for a careless server might run it.
 */
export interface NoticeMessage {
  readonly kind: "notice";
  readonly method: string;
  readonly params?: JsonObject;
  readonly value: JsonObject;
  readonly bytes: number;
}

/** An answer: exactly one of `result` and `error`. */
export interface ReplyMessage {
  readonly kind: "reply";
  readonly id: Id;
  readonly result?: JsonValue;
  readonly error?: JsonObject;
  readonly value: JsonObject;
  readonly bytes: number;
}

export type Message = RequestMessage | NoticeMessage | ReplyMessage;

/** A JSON array. Legal under one protocol revision alone; anywhere else see `batchRefusal`. */
export interface Batch {
  readonly kind: "batch";
  readonly elements: readonly (Message | Malformed)[];
  readonly bytes: number;
}

/** Stable codes; entries and tests rely on them. */
export type MalformedReason =
  | "oversize" // longer than the cap
  | "utf8" // not UTF-8
  | "empty" // white space alone
  | "syntax" // not JSON
  | "trailing" // JSON, and something behind it
  | "duplicate-key"
  | "lone-surrogate"
  | "nul"
  | "depth" // nested deeper than the cap
  | "batch" // an array where none is legal, an empty one, one with too many elements
  | "not-a-message" // no object, or an object that is neither request, notice nor reply
  | "jsonrpc" // not "2.0"
  | "member" // a member that JSON-RPC does not have; it would pass unjudged
  | "id" // neither string nor integer
  | "method" // not a string
  | "params" // not an object
  | "error" // not an object
  | "reply-without-id"; // an error reply to nobody: legal JSON-RPC, and nothing to hand it over to

/** A frame, or an element of a batch, that is no message. Nothing of its content is kept but the id. */
export interface Malformed {
  readonly kind: "malformed";
  readonly code: -32700 | -32600 | -32602;
  readonly reason: MalformedReason;
  /** For the sender; coarse, nothing of the content. */
  readonly message: string;
  /** Read only where there is one reading. In a broken request: whom to answer. In a broken reply: which request it was for. */
  readonly id: Id | null;
  /**
   * Does it look like a reply? Then it must not be answered, or two peers answer each other's errors for ever; and `id`
   * is one of the receiver's own requests, which will get no better answer.
   */
  readonly reply: boolean;
  readonly bytes: number;
}

export type Incoming = Message | Batch | Malformed;
