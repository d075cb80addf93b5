import type { JsonObject } from "../base/mod.ts";
import {
  type Challenge,
  type ClientPlace,
  type FrameTaker,
  type Id,
  readLine,
  type ReplyMessage,
} from "../wire/mod.ts";
import { type Answer, noticeFrame, replyFrame, requestFrame } from "./frames.ts";

/** Of the bridge's requests. No transport chooses it, so that no id of a client meets one of ours. */
const SCOPE = "era-bridge";

export interface Asking {
  readonly method: string;
  readonly params?: JsonObject | undefined;
  /** Of the client's frame that it was made from. */
  readonly bytes?: number;
}

/** What comes of a request. */
export interface Hearing {
  /** Called once, with the gate's line; without one where no reply is due any more. */
  onReply(reply: ReplyMessage | undefined): void;
  /** What came on behalf of the request before its reply. */
  onBeside(line: string): void;
  /** As that of a place. */
  onChallenge?(challenge: Challenge): void;
}

/** The way through the gate, for requests under ids of the bridge's own. */
export class Upstream {
  readonly #gate: FrameTaker;
  #lastId = 0;

  constructor(gate: FrameTaker) {
    this.#gate = gate;
  }

  /** Ids are known before anything is sent: a request may have to name its own. */
  nextId(): number {
    return ++this.#lastId;
  }

  ask({ method, params, bytes }: Asking, hearing: Hearing, id: number = this.nextId()): number {
    const place: ClientPlace = {
      scope: SCOPE,
      reply: (line) => hearing.onReply(line === undefined ? undefined : replyIn(line)),
      beside: (line) => hearing.onBeside(line),
      challenge: (challenge) => hearing.onChallenge?.(challenge),
    };
    this.#gate.take(requestFrame(id, { method, params }, bytes), place);
    return id;
  }

  /** As {@link ask}, for one whose reply is all that matters, here and at `place`. What comes beside it: `onBeside`. */
  reply(asking: Asking, onBeside: (line: string) => void, place?: ClientPlace): Asked {
    const { promise, resolve } = Promise.withResolvers<ReplyMessage | undefined>();
    let isDone = false;
    const onReply = (reply: ReplyMessage | undefined) => {
      isDone = true;
      resolve(reply);
    };
    const onChallenge = (challenge: Challenge) => place?.challenge?.(challenge);
    const id = this.ask(asking, { onReply, onBeside, onChallenge });
    return { reply: promise, giveUp: (reason) => isDone || this.cancel(id, reason) };
  }

  /** Nobody waits for the reply to request `id` any more. */
  cancel(id: number, reason: string): void {
    this.#tell(noticeFrame("notifications/cancelled", { requestId: id, reason }));
  }

  tell(method: string, params?: JsonObject): void {
    this.#tell(noticeFrame(method, params));
  }

  /** Answers the question that the gate knows as `id`. */
  answer(id: Id, answer: Answer): void {
    this.#tell(replyFrame(id, answer));
  }

  #tell(frame: ReturnType<typeof noticeFrame>): void {
    this.#gate.take(frame, { scope: SCOPE, reply: () => {}, beside: () => {} });
  }
}

export interface Asked {
  readonly reply: Promise<ReplyMessage | undefined>;
  /** Nobody waits for it any more, if it has not come yet. */
  giveUp(reason: string): void;
}

function replyIn(line: string): ReplyMessage | undefined {
  const message = readLine(line);
  return message.kind === "reply" ? message : undefined;
}
