import { canonicalPayload, type JsonObject, type JsonValue, sha256Hex } from "../base/mod.ts";
import { type Id, type ProgressToken, progressTokenOf, type RequestMessage } from "../wire/mod.ts";
import type { Client } from "./client_side.ts";
import type { Answer } from "./frames.ts";
import { isAskable, type Question } from "./questions.ts";
import { askableOf, factsOf, logRank, META, objectIn, valueIn, without } from "./revisions.ts";

/** Longer requests are not kept as they came, to be compared with or sent once more. Bytes. */
export const LONGEST_KEPT = 16 * 1024;

/** Whom a call is for at the moment: the request that began it, or the one that took it up again. */
export interface Waiting extends Client {
  readonly token: ProgressToken | undefined;
  /** The least urgent lines of the log that it wants; none: it wants no log. */
  readonly rank: number | undefined;
}

/** A question of the server that has no answer yet. */
export interface Open extends Question {
  /** The gate's id for it; absent for one of our own making, which nobody waits for. */
  readonly id?: Id;
  /** What the call comes to where the client does not accept; only of one of our own making. */
  readonly declined?: Answer;
  /** What it counts against the bound on what is kept. */
  readonly size: number;
}

/**
 * One call of a modern client at a legacy server, over all its rounds: to the server it is one request, however often the
 * client comes back to it.
 */
export class Upcall {
  readonly method: string;
  /** Of the client, as far as it matters here. */
  readonly capabilities: JsonObject;
  /** Absent until somebody asks for it: most calls are never taken up again. */
  #print: string | undefined;
  readonly #params: JsonObject | undefined;
  /** Absent while it is suspended: the client has its questions, and may come back with the answers. */
  waiting: Waiting | undefined;
  /** Of the request that was answered with questions last. */
  lastKey = "";
  /** The bridge's id for the request at the server, while that is under way. */
  upstreamId: number | undefined;
  /** By the name that the client knows. */
  readonly questions = new Map<string, Open>();
  /** The outcome, where it came while nobody waited. */
  outcome: Answer | undefined;
  outcomeSize = 0;
  /** Sends it, where it has not left: something has to be answered before. */
  parked: (() => void) | undefined;
  isGathering = false;
  isOver = false;
  #named = 0;

  constructor({ method, params, bytes }: RequestMessage, waiting: Waiting) {
    this.method = method;
    this.capabilities = askableOf(factsOf(params).capabilities);
    this.waiting = waiting;
    if (bytes <= LONGEST_KEPT) this.#params = params;
    else if (isAskable(method)) this.#print = printOf(method, params);
  }

  /** What a retry must have in common with the first request. */
  get print(): string {
    return this.#print ??= printOf(this.method, this.#params);
  }

  /** The name that the client will know it by. */
  add(question: Open): string {
    const name = `q${++this.#named}`;
    this.questions.set(name, question);
    return name;
  }

  get size(): number {
    let size = this.outcomeSize + this.lastKey.length;
    for (const question of this.questions.values()) size += question.size;
    return size;
  }
}

export function waitingOf(client: Client, params: JsonObject | undefined): Waiting {
  const rank = logRank(valueIn(objectIn(params, "_meta"), META.logLevel));
  return { ...client, token: progressTokenOf(params), rank };
}

/** What makes a request the same call again: all of it but what rounds add, and what goes with each message. */
export function printOf(method: string, params: JsonObject | undefined): string {
  const same: JsonValue = without(params ?? {}, "_meta", "inputResponses", "requestState");
  return sha256Hex(canonicalPayload([method, same]));
}
