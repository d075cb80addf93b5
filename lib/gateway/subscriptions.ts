/** `subscriptions/listen` (2026-07-28): one stream of the client, fed by a stream of each server. */
import { isJsonObject, type JsonObject, type JsonValue } from "../base/mod.ts";
import {
  encodeFrame,
  type NoticeMessage,
  readLine,
  type ReplyMessage,
  subscribedUrisOf,
  subscriptionIdOf,
  withSubscriptionId,
} from "../wire/mod.ts";
import { Changes } from "./changes.ts";
import { answerProblem, type Desk, invalidParams, ownParams, PATIENCE_MS, type Streams } from "./desk.ts";
import type { Open } from "./open_requests.ts";
import { LIST_KINDS } from "./catalog.ts";
import { ownerOfUri } from "./lookup.ts";
import type { Asking, Server } from "./server.ts";
import { settled } from "./standing.ts";

const ACKNOWLEDGED = "notifications/subscriptions/acknowledged";
const SUBSCRIPTION_KEY = "io.modelcontextprotocol/subscriptionId";
const FIRST_PAUSE_MS = 1_000, MOST_PAUSE_MS = 60_000;

/** Notice by member of the filter that asks for it. */
const FLAGS: ReadonlyMap<string, string> = new Map([
  ["toolsListChanged", "notifications/tools/list_changed"],
  ["promptsListChanged", "notifications/prompts/list_changed"],
  ["resourcesListChanged", "notifications/resources/list_changed"],
]);

export class Subscriptions implements Streams {
  readonly #all = new Set<Subscription>();

  async open(desk: Desk, open: Open): Promise<void> {
    const uris = subscribedUrisOf(open.message.params);
    if (!uris.ok) return answerProblem(desk, open, { ...invalidParams(""), text: uris.error });
    open.lasts = true;
    const subscription = new Subscription(desk, open, () => this.#all.delete(subscription));
    this.#all.add(subscription);
    await subscription.begin(uris.value);
  }

  changed(method: string): void {
    for (const one of this.#all) one.changed(method);
  }

  ready(server: Server): void {
    for (const one of this.#all) one.ready(server);
  }
}

/** What one server contributes. */
interface Part {
  readonly asking: Asking;
  /** Resolves when the server has said what of it it does, or that it does nothing. */
  readonly acknowledged: Promise<void>;
}

class Subscription {
  readonly #desk: Desk;
  readonly #open: Open;
  readonly #onEnd: () => void;
  readonly #changes: Changes;
  readonly #parts = new Map<Server, Part>();
  readonly #pauses = new Map<Server, number>();
  readonly #uris = new Map<Server, string[]>();
  readonly #accepted = new Set<string>();
  /** Has every server that was there been listened to? */
  #hasBegun = false;
  #isAcknowledged = false;
  #isOver = false;

  constructor(desk: Desk, open: Open, onEnd: () => void) {
    this.#desk = desk;
    this.#open = open;
    this.#onEnd = onEnd;
    const { pause } = desk.ports;
    this.#changes = new Changes({ pause, tell: (method) => this.#send(method, {}) });
    open.onCancel = () => this.#end();
  }

  async begin(uris: readonly string[]): Promise<void> {
    const { servers, ports } = this.#desk;
    await Promise.all(uris.map((uri) => this.#place(uri)));
    await Promise.all(servers.map((server) => settled(this.#desk, server)));
    if (this.#isOver) return;
    this.#hasBegun = true;
    const parts = servers.flatMap((server) => this.#listenTo(server) ?? []);
    await ports.within(Promise.all(parts.map(({ acknowledged }) => acknowledged)), PATIENCE_MS);
    if (this.#isOver) return;
    const flags = [...FLAGS.keys()].filter((flag) => this.#wants(flag)).map((flag) => [flag, true] as const);
    const honored = uris.filter((uri) => this.#accepted.has(uri));
    this.#isAcknowledged = true;
    this.#send(ACKNOWLEDGED, {
      notifications: {
        ...Object.fromEntries(flags),
        ...honored.length > 0 && { resourceSubscriptions: honored },
      },
    });
  }

  changed(method: string): void {
    if (!this.#isAcknowledged || this.#isOver) return;
    for (const [flag, of] of FLAGS) if (of === method && this.#wants(flag)) this.#changes.changed(method);
  }

  /** One that comes back while URIs are still looked up is listened to with all the others: once, and to all that is its. */
  ready(server: Server): void {
    if (this.#hasBegun) this.#listenTo(server);
  }

  #listenTo(server: Server): Part | undefined {
    if (this.#isOver || !server.isReady) return undefined;
    const { life } = server;
    const acknowledged = Promise.withResolvers<void>();
    const filter = { ...this.#filter(), ...this.#urisAt(server) };
    const params = ownParams(this.#open.message, { notifications: filter });
    const asking = server.ask("subscriptions/listen", params, {
      beside: (line) => this.#hear(server, { life, line, acknowledged: () => acknowledged.resolve() }),
    });
    const part = { asking, acknowledged: acknowledged.promise };
    asking.answer.then((reply) => {
      acknowledged.resolve();
      // The end of an earlier life may come when the next one is listened to already.
      if (this.#parts.get(server) === part) this.#parts.delete(server);
      this.#ended(server, { life, reply });
    });
    this.#parts.set(server, part);
    return part;
  }

  async #place(uri: string): Promise<void> {
    const owner = await ownerOfUri(this.#desk, uri, this.#open.message);
    if ("kind" in owner) return;
    this.#uris.set(owner, [...this.#uris.get(owner) ?? [], uri]);
  }

  #filter(): JsonObject {
    const filter = this.#open.message.params?.notifications;
    return isJsonObject(filter) ? filter : {};
  }

  #urisAt(server: Server): JsonObject {
    const uris = this.#uris.get(server);
    if (uris !== undefined) return { resourceSubscriptions: uris };
    return Object.hasOwn(this.#filter(), "resourceSubscriptions") ? { resourceSubscriptions: [] } : {};
  }

  #wants(flag: string): boolean {
    return this.#filter()[flag] === true;
  }

  /** ATTACKER-CONTROLLED. */
  #hear(server: Server, { life, line, acknowledged }: Heard): void {
    if (this.#isOver || server.life !== life) return;
    const incoming = readLine(line);
    if (incoming.kind !== "notice") return;
    if (incoming.method === ACKNOWLEDGED) {
      this.#accept(server, incoming.params);
      return acknowledged();
    }
    if (LIST_KINDS.some(({ changed }) => changed === incoming.method)) {
      server.expire(incoming.method);
      return this.changed(incoming.method);
    }
    this.#pass(incoming);
  }

  #pass(notice: NoticeMessage): void {
    const own = subscriptionIdOf(notice.params) === undefined
      ? notice.value
      : withSubscriptionId(notice.value, this.#open.message.id);
    this.#open.place.beside(encodeFrame(own));
  }

  #accept(server: Server, params: JsonObject | undefined): void {
    const accepted = isJsonObject(params?.notifications) ? params.notifications.resourceSubscriptions : [];
    const asked = this.#uris.get(server) ?? [];
    for (const uri of Array.isArray(accepted) ? accepted as readonly JsonValue[] : []) {
      if (typeof uri === "string" && asked.includes(uri)) this.#accepted.add(uri);
    }
  }

  /** One that let go of the stream may take it up again; one that does not know the method will not. */
  async #ended(
    server: Server,
    { life, reply }: { readonly life: number; readonly reply: ReplyMessage | undefined },
  ) {
    const code = isJsonObject(reply?.error) ? reply.error.code : undefined;
    if (this.#isOver || server.life !== life || reply === undefined || isFinal(code)) return;
    const pauseMs = this.#pauses.get(server) ?? FIRST_PAUSE_MS;
    this.#pauses.set(server, Math.min(MOST_PAUSE_MS, pauseMs * 2));
    await this.#desk.ports.pause(pauseMs);
    if (server.life === life && !this.#parts.has(server)) this.#listenTo(server);
  }

  #send(method: string, params: JsonObject): void {
    if (this.#isOver) return;
    const _meta = { [SUBSCRIPTION_KEY]: this.#open.message.id };
    this.#open.place.beside(encodeFrame({ jsonrpc: "2.0", method, params: { ...params, _meta } }));
  }

  #end(): void {
    this.#isOver = true;
    for (const { asking } of this.#parts.values()) asking.cancel();
    this.#parts.clear();
    this.#onEnd();
    this.#open.place.reply();
  }
}

interface Heard {
  readonly life: number;
  readonly line: string;
  readonly acknowledged: () => void;
}

/** Not known, refused, or wrong: it will be the next time. */
function isFinal(code: JsonValue | undefined): boolean {
  return code === -32601 || code === -32602 || code === -32600 || code === -31403;
}
