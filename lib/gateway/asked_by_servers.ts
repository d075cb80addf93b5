/** What servers ask the client goes under ids of our own: every server counts from one. */
import type { JsonObject } from "../base/mod.ts";
import {
  cancelledIdOf,
  createdTaskIdOf,
  encodeFrame,
  type Id,
  idKey,
  type NoticeMessage,
  noticeProgressTokenOf,
  type ProgressToken,
  progressTokenOf,
  type ReplyMessage,
  type RequestMessage,
  withCancelledId,
  withId,
  withNoticeProgressToken,
  withProgressToken,
} from "../wire/mod.ts";
import { nowhere, type Server } from "./server.ts";

/** A request of a server that the client has not answered. */
interface Asked {
  readonly server: Server;
  /** In which of its lives it asked. */
  readonly life: number;
  readonly theirId: Id;
  readonly theirToken: ProgressToken | undefined;
  /** Where the client hears of it. */
  readonly send: (line: string) => void;
}

const MAX_TASKS = 10_000;

export class AskedByServers {
  readonly #byOurId = new Map<string, Asked>();
  readonly #ourIds = new Map<string, number>();
  /** Tasks that the client keeps for a server, by their ids. */
  readonly #tasks = new Map<string, Server>();
  #nextId = 1;

  /** Passes a request of `server` on. ATTACKER-CONTROLLED. */
  ask(server: Server, message: RequestMessage, send: (line: string) => void): void {
    const ourId = this.#nextId++;
    const theirToken = progressTokenOf(message.params);
    const own = withId(message.value, ourId);
    this.#byOurId.set(idKey(ourId), { server, life: server.life, theirId: message.id, theirToken, send });
    this.#ourIds.set(keyOf(server, message.id), ourId);
    send(encodeFrame(theirToken === undefined ? own : withProgressToken(own, ourId)));
  }

  /** Hands the client's answer to the server that asked; false where nobody did. ATTACKER-CONTROLLED. */
  answer(message: ReplyMessage): boolean {
    const asked = this.#byOurId.get(idKey(message.id));
    if (asked === undefined) return false;
    this.#forget(idKey(message.id), asked);
    const task = createdTaskIdOf(message.result);
    if (task !== undefined) this.#learnTask(task, asked.server);
    const value = withId(message.value, asked.theirId);
    const incoming = { ...message, id: asked.theirId, value };
    if (asked.life === asked.server.life) {
      asked.server.take({ kind: "read", incoming, bytes: message.bytes }, nowhere(""));
    }
    return true;
  }

  /** The notice of a server that it wants no answer any more, under the id that the client knows. */
  cancelled(server: Server, message: NoticeMessage): string | undefined {
    const id = cancelledIdOf(message.params);
    const ourId = id === undefined ? undefined : this.#ourIds.get(keyOf(server, id));
    if (id === undefined || ourId === undefined) return undefined;
    const asked = this.#byOurId.get(idKey(ourId));
    if (asked !== undefined) this.#forget(idKey(ourId), asked);
    return encodeFrame(withCancelledId(message.value, ourId));
  }

  /** Whose request the client reports progress on, and the notice as that server knows it. */
  progress(message: NoticeMessage): { readonly server: Server; readonly value: JsonObject } | undefined {
    const token = noticeProgressTokenOf(message.params);
    const asked = token === undefined ? undefined : this.#byOurId.get(idKey(token));
    if (asked?.theirToken === undefined) return undefined;
    return { server: asked.server, value: withNoticeProgressToken(message.value, asked.theirToken) };
  }

  /** Whose task the client speaks of. */
  ofTask(task: string): Server | undefined {
    return this.#tasks.get(`k${task}`);
  }

  /** The server is gone: the client is told that nobody waits for its answers. */
  gone(server: Server): void {
    for (const [key, asked] of [...this.#byOurId]) {
      if (asked.server !== server) continue;
      const requestId = this.#ourIds.get(keyOf(server, asked.theirId));
      this.#forget(key, asked);
      if (requestId === undefined) continue;
      const params = { requestId, reason: "the server has ended" };
      asked.send(encodeFrame({ jsonrpc: "2.0", method: "notifications/cancelled", params }));
    }
  }

  #forget(key: string, { server, theirId }: Asked): void {
    this.#byOurId.delete(key);
    this.#ourIds.delete(keyOf(server, theirId));
  }

  #learnTask(task: string, server: Server): void {
    this.#tasks.set(`k${task}`, server);
    const [oldest] = this.#tasks.keys();
    if (this.#tasks.size > MAX_TASKS && oldest !== undefined) this.#tasks.delete(oldest);
  }
}

function keyOf({ name, life }: Server, id: Id): string {
  return `${name}/${life}/${idKey(id)}`;
}
