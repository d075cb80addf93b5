import { messageOf } from "../base/mod.ts";
import {
  type Batch,
  batchPlace,
  batchRefusal,
  type ClientPlace,
  encodeFrame,
  ERROR_CODE,
  errorReply,
  type Frame,
  type FrameTaker,
  type Malformed,
  type Message,
  readFrame,
  type RequestMessage,
  VERSION_WITH_BATCHES,
} from "../wire/mod.ts";
import { AskedByServers } from "./asked_by_servers.ts";
import { Changes } from "./changes.ts";
import { ClientSide } from "./client_side.ts";
import type { Desk } from "./desk.ts";
import { fromServer } from "./from_server.ts";
import { announce, greet } from "./handshake.ts";
import { Links } from "./links.ts";
import { takeNotice } from "./notices.ts";
import { type Open, OpenRequests } from "./open_requests.ts";
import type { GatewayOptions, LinkOptions, ServerLink } from "./ports.ts";
import { answerRequest } from "./requests.ts";
import { nowhere, Server } from "./server.ts";
import { Subscriptions } from "./subscriptions.ts";

// One that does not read what it is sent holds up its client for so long, and nobody after that.
const STUCK_MS = 3_000;

/** One client, many servers. What it is given it answers for: each request gets one answer, whatever becomes of a server. */
export class Gateway implements FrameTaker {
  readonly #desk: Desk;
  readonly #connection: ClientPlace;
  readonly #byName: ReadonlyMap<string, Server>;

  constructor({ servers: names, version, ports }: GatewayOptions) {
    const servers = names.map((name) => new Server(name));
    const client = new ClientSide();
    const told = new Set<string>();
    this.#byName = new Map(servers.map((server) => [server.name, server]));
    this.#connection = {
      scope: "",
      isConnection: true,
      reply: (line) => line === undefined ? undefined : ports.toClient(line),
      beside: ports.toClient,
    };
    this.#desk = {
      servers,
      version,
      ports,
      client,
      open: new OpenRequests(),
      asked: new AskedByServers(),
      links: new Links(),
      changes: new Changes({
        pause: ports.pause,
        tell: (method) => ports.toClient(encodeFrame({ jsonrpc: "2.0", method })),
      }),
      subscriptions: new Subscriptions(),
      tellOnce: (line) => {
        if (told.has(line) || told.size >= MAX_TOLD) return;
        told.add(line);
        ports.log(line);
      },
    };
  }

  /** The beginning of a life of one server. Throws where there is none of that name. */
  link(name: string, { onRefused }: LinkOptions = {}): ServerLink {
    const server = this.#byName.get(name);
    if (server === undefined) throw new Error(`internal error: gateway: no server is called ${name}`);
    const desk = this.#desk;
    const life = server.begin(onRefused);
    const inThisLife = (work: () => void) => {
      if (server.life === life) work();
    };
    return {
      toClient: (line) => fromServer(desk, { server, life, line, beside: desk.ports.toClient }),
      up: (taker) => inThisLife(() => this.#up(server, taker)),
      down: (down) =>
        inThisLife(() => {
          desk.asked.gone(server);
          // One that did not get that far has not brought anything: a server that dies at each start tells nobody each time.
          if (server.standing.kind === "ready") announce(desk, server);
          server.down(down);
        }),
    };
  }

  /** A frame of the client. ATTACKER-CONTROLLED. Never throws. */
  take(frame: Frame, place: ClientPlace = this.#connection): void {
    const incoming = frame.kind === "read" ? frame.incoming : readFrame(frame);
    if (incoming.kind === "batch") this.#takeBatch(incoming, place);
    else this.#takeOne(incoming, place);
  }

  /** Resolves when every server that reads has room for more. */
  async room(): Promise<void> {
    const { servers, ports } = this.#desk;
    const inTime = (event: Promise<unknown>) => ports.within(event, STUCK_MS);
    await Promise.all(servers.map((server) => server.room(inTime)));
  }

  /** The client sends nothing more: streams that last for as long as it does end. */
  clientDone(): void {
    for (const { onCancel, message } of this.#desk.open.lasting()) {
      onCancel?.({ kind: "notice", method: message.method, value: message.value, bytes: 0 });
    }
  }

  /** Resolves when every request has its answer. */
  idle(): Promise<void> {
    return this.#desk.open.idle();
  }

  #up(server: Server, taker: Parameters<Server["up"]>[0]): void {
    const desk = this.#desk;
    server.up(taker);
    if (desk.client.hello !== undefined) {
      greet(desk, server).catch((error) => this.#logMistake(error));
      return;
    }
    server.ready(undefined);
    desk.subscriptions.ready(server);
    announce(desk, server);
  }

  #takeOne(message: Message | Malformed, place: ClientPlace): void {
    switch (message.kind) {
      case "request":
        return this.#takeRequest(message, place);
      case "notice":
        return takeNotice(this.#desk, message, place);
      case "reply":
        if (!this.#desk.asked.answer(message)) this.#incident("unknown-id", message.bytes);
        return;
      case "malformed":
        return this.#refuseMalformed(message, place);
    }
  }

  #takeRequest(message: RequestMessage, place: ClientPlace): void {
    const { open: requests } = this.#desk;
    const { id } = message, { scope } = place;
    if (requests.get(scope, id) !== undefined) {
      this.#incident("duplicate-id", message.bytes);
      // Without id: with it, the error would be taken for the answer to the first.
      const text = "Invalid request: a request with this id is still in flight";
      return place.reply(encodeFrame(errorReply(null, ERROR_CODE.invalidRequest, text)));
    }
    const reply = (line?: string) => {
      requests.remove(scope, id);
      place.reply(line);
    };
    const open: Open = {
      message,
      place: {
        scope,
        isConnection: place.isConnection === true,
        reply,
        beside: (line) => place.beside(line),
        challenge: (challenge) => place.challenge?.(challenge),
      },
      isCancelled: false,
      lasts: false,
    };
    requests.add(scope, id, open);
    this.#answer(open).catch((error) => this.#giveUp(open, error));
  }

  /** What the tables know is on its way before this returns: calls keep their order. */
  async #answer(open: Open): Promise<void> {
    await answerRequest(this.#desk, open);
  }

  #takeBatch(batch: Batch, place: ClientPlace): void {
    if (this.#desk.client.revision !== VERSION_WITH_BATCHES) return this.#takeOne(batchRefusal(batch), place);
    const owed = batch.elements.filter(isOwedAnswer).length;
    const gathering = batchPlace(place, owed);
    // The place has one answer to give, and what is owed none must not give it.
    const none = nowhere(place.scope);
    for (const element of batch.elements) this.#takeOne(element, isOwedAnswer(element) ? gathering : none);
    if (owed === 0) place.reply();
  }

  #refuseMalformed(malformed: Malformed, place: ClientPlace): void {
    const { id, code, message, reason, bytes } = malformed;
    this.#incident(reason, bytes);
    if (malformed.reply) {
      this.#desk.ports.log(`dropped a malformed line of the client: ${message} (${reason}, ${bytes} bytes)`);
      return place.reply();
    }
    const inFlight = id !== null && this.#desk.open.get(place.scope, id) !== undefined;
    place.reply(encodeFrame(errorReply(inFlight ? null : id, code, message)));
  }

  #incident(reason: string, bytes: number): void {
    this.#desk.ports.incident({ kind: "malformed", direction: "to-upstream", reason, bytes });
  }

  #giveUp({ message, place }: Open, error: unknown): void {
    this.#logMistake(error);
    if (this.#desk.open.get(place.scope, message.id) === undefined) return;
    place.reply(
      encodeFrame(errorReply(message.id, ERROR_CODE.internal, "Refused: internal error of the gateway")),
    );
  }

  #logMistake(error: unknown): void {
    this.#desk.ports.log(`internal error: ${messageOf(error)}`);
  }
}

const MAX_TOLD = 1_000;

function isOwedAnswer(element: Message | Malformed): boolean {
  return element.kind === "request" || (element.kind === "malformed" && !element.reply);
}
