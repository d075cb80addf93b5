import { type ClientPlace, encodeFrame, errorReply, type Id, idKey } from "../wire/mod.ts";
import { type Answer, answerLine } from "./frames.ts";
import { CODE } from "./revisions.ts";

/** Where a request of the client came from, and where its answer goes. */
export interface Client {
  readonly id: Id;
  /** Of the id within its scope. */
  readonly key: string;
  readonly place: ClientPlace;
}

export function clientOf(id: Id, place: ClientPlace): Client {
  return { id, key: keyOf(place.scope, id), place };
}

/** Two clients may use one id; a scope has no slash. */
export function keyOf(scope: string, id: Id): string {
  return `${scope}/${idKey(id)}`;
}

/** The place of a frame that came without one: the client's one connection. */
export function onePlace(toClient: (line: string) => void): ClientPlace {
  return { scope: "", reply: (line) => line !== undefined && toClient(line), beside: toClient };
}

export function answer({ id, place }: Client, what: Answer): void {
  place.reply(answerLine(id, what));
}

/** Under the id of a request in flight the error would be taken for that one's answer. */
export function refuseTwin(place: ClientPlace): void {
  const message = "Invalid request: a request with this id is still in flight";
  place.reply(encodeFrame(errorReply(null, CODE.invalidRequest, message)));
}
