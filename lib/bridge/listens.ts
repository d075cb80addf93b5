/** Subscriptions of a modern client at a legacy server: one stream of the client each, `resources/subscribe` behind them. */
import type { JsonObject } from "../base/mod.ts";
import { encodeFrame, type NoticeMessage, type RequestMessage, subscribedUrisOf } from "../wire/mod.ts";
import { answer, type Client } from "./client_side.ts";
import { covers } from "./covers.ts";
import { errorOf } from "./frames.ts";
import { CODE, META, objectIn, textIn, valueIn } from "./revisions.ts";
import type { Upstream } from "./upstream.ts";

/** By notice: the field of a filter that asks for it, and the capability that promises it. */
const LISTS: ReadonlyMap<string, { readonly field: string; readonly capability: string }> = new Map([
  ["notifications/tools/list_changed", { field: "toolsListChanged", capability: "tools" }],
  ["notifications/prompts/list_changed", { field: "promptsListChanged", capability: "prompts" }],
  ["notifications/resources/list_changed", { field: "resourcesListChanged", capability: "resources" }],
]);
const UPDATED = "notifications/resources/updated";

const MOST_LISTENS = 64;
const MOST_URIS = 1_000;
// What comes between the first subscription and the acknowledgment, which must be the first that the client hears.
const MOST_EARLY = 100;
const LONGEST_EARLY_BYTES = 16 * 1024;

interface Listen {
  readonly client: Client;
  readonly lists: ReadonlySet<string>;
  readonly uris: Set<string>;
  /** What waits for the acknowledgment; absent once that is out. */
  early: NoticeMessage[] | undefined;
}

interface Subscribed {
  readonly listens: Set<Listen>;
  /** Resolves to whether the server took it. */
  readonly granted: Promise<boolean>;
}

export class Listens {
  readonly #upstream: Upstream;
  readonly #capabilities: JsonObject;
  readonly #onBeside: (line: string) => void;
  /** By the key of the client's request. */
  readonly #open = new Map<string, Listen>();
  /** By URI. */
  readonly #subscribed = new Map<string, Subscribed>();

  /** `capabilities`: the server's. */
  constructor(upstream: Upstream, capabilities: JsonObject, onBeside: (line: string) => void) {
    this.#upstream = upstream;
    this.#capabilities = capabilities;
    this.#onBeside = onBeside;
  }

  has(key: string): boolean {
    return this.#open.has(key);
  }

  /** Takes a `subscriptions/listen`. Acknowledged once the server has taken or refused every URI. ATTACKER-CONTROLLED. */
  async open({ params }: RequestMessage, client: Client): Promise<void> {
    const filter = objectIn(params, "notifications"), uris = subscribedUrisOf(params);
    if (filter === undefined || !uris.ok) {
      return answer(client, errorOf(CODE.invalidParams, "Invalid params: notifications is not a filter"));
    }
    const wanted = new Set(this.#takesUris ? uris.value : []);
    if (this.#open.size >= MOST_LISTENS || this.#subscribed.size + wanted.size > MOST_URIS) {
      return answer(client, errorOf(CODE.internal, "Refused: too many subscriptions at once"));
    }
    const lists = [...LISTS.values()].filter((list) => this.#offers(list) && filter[list.field] === true);
    const listen: Listen = {
      client,
      lists: new Set(lists.map(({ field }) => field)),
      uris: new Set(),
      early: [],
    };
    this.#open.set(client.key, listen);
    await Promise.all([...wanted].map((uri) => this.#join(uri, listen)));
    if (this.#open.get(client.key) === listen) this.#acknowledge(listen);
  }

  /** The client has had enough of it. False where it is none of these. */
  cancel(key: string): boolean {
    const listen = this.#open.get(key);
    if (listen === undefined) return false;
    this.#open.delete(key);
    for (const uri of [...this.#subscribed.keys()]) this.#leave(uri, listen);
    listen.client.place.reply();
    return true;
  }

  /** A notice of the server that is for those who listen. False where it is none of these. */
  tell(notice: NoticeMessage): boolean {
    const list = LISTS.get(notice.method);
    if (list === undefined && notice.method !== UPDATED) return false;
    const uri = textIn(notice.params, "uri") ?? "";
    for (const listen of this.#open.values()) {
      const wants = list === undefined ? covers(listen.uris, uri) : listen.lists.has(list.field);
      if (!wants) continue;
      if (listen.early === undefined) send(listen.client, notice);
      else if (listen.early.length < MOST_EARLY && notice.bytes <= LONGEST_EARLY_BYTES) {
        listen.early.push(notice);
      }
    }
    return true;
  }

  get #takesUris(): boolean {
    return valueIn(objectIn(this.#capabilities, "resources"), "subscribe") === true;
  }

  #offers({ capability }: { readonly capability: string }): boolean {
    return valueIn(objectIn(this.#capabilities, capability), "listChanged") === true;
  }

  async #join(uri: string, listen: Listen): Promise<void> {
    const known = this.#subscribed.get(uri);
    const subscribed = known ?? { listens: new Set<Listen>(), granted: this.#subscribe(uri) };
    if (known === undefined) this.#subscribed.set(uri, subscribed);
    subscribed.listens.add(listen);
    if (await subscribed.granted) listen.uris.add(uri);
    else if (this.#subscribed.get(uri) === subscribed) this.#subscribed.delete(uri);
  }

  async #subscribe(uri: string): Promise<boolean> {
    const asking = { method: "resources/subscribe", params: { uri } };
    const reply = await this.#upstream.reply(asking, this.#onBeside).reply;
    return reply !== undefined && reply.error === undefined;
  }

  /** The last one out closes the door. */
  async #leave(uri: string, listen: Listen): Promise<void> {
    const subscribed = this.#subscribed.get(uri);
    if (subscribed === undefined || !subscribed.listens.delete(listen) || subscribed.listens.size > 0) return;
    this.#subscribed.delete(uri);
    if (!await subscribed.granted || this.#subscribed.has(uri)) return;
    this.#upstream.reply({ method: "resources/unsubscribe", params: { uri } }, this.#onBeside);
  }

  #acknowledge(listen: Listen): void {
    const { client, lists, uris, early } = listen;
    const honoured: JsonObject = {
      ...Object.fromEntries([...lists].map((field) => [field, true] as const)),
      ...uris.size > 0 && { resourceSubscriptions: [...uris] },
    };
    const params = { notifications: honoured };
    listen.early = undefined;
    send(client, { method: "notifications/subscriptions/acknowledged", params });
    for (const notice of early ?? []) {
      if (notice.method !== UPDATED || covers(uris, textIn(notice.params, "uri") ?? "")) send(client, notice);
    }
  }
}

/** The notice, under the id of the request that asked for it. */
function send({ id, place }: Client, { method, params }: Pick<NoticeMessage, "method" | "params">): void {
  const _meta = { ...objectIn(params, "_meta"), [META.subscriptionId]: id };
  place.beside(encodeFrame({ jsonrpc: "2.0", method, params: { ...params, _meta } }));
}
