/** A legacy client in front of a modern server. */
import { type JsonObject } from "../base/mod.ts";
import {
  type Batch,
  batchPlace,
  batchRefusal,
  cancelledIdOf,
  type ClientPlace,
  encodeFrame,
  eraOf,
  errorReply,
  type Malformed,
  type Message,
  methodInfo,
  type NoticeMessage,
  type ReadFrame,
  readLine,
  type RequestMessage,
  VERSION_WITH_BATCHES,
} from "../wire/mod.ts";
import { answer, type Client, clientOf, keyOf, onePlace, refuseTwin } from "./client_side.ts";
import { type Answer, errorOf } from "./frames.ts";
import { initializeResult, type ServerFacts } from "./handshake.ts";
import type { BridgeOptions } from "./options.ts";
import { CODE, legacyFactsOf, logRank, modernParams, objectIn, textIn, valueIn } from "./revisions.ts";
import { Rounds } from "./rounds.ts";
import type { Translator } from "./translator.ts";
import type { Upstream } from "./upstream.ts";
import { UpstreamListens } from "./upstream_listens.ts";

const NOT_HERE = errorOf(CODE.noMethod, "Method not found");
const NO_LEVEL = errorOf(CODE.invalidParams, "Invalid params: level is none of the log");
const NO_URI = errorOf(CODE.invalidParams, "Invalid params: uri is missing");
const NOTHING: Answer = { result: {} };

export class LegacyClient implements Translator {
  readonly #options: BridgeOptions;
  readonly #upstream: Upstream;
  readonly #server: ServerFacts;
  readonly #rounds: Rounds;
  readonly #listens: UpstreamListens;
  readonly #one: ClientPlace;
  #version = "";
  /** Until it says otherwise a legacy client hears what its server finds worth saying. */
  #logLevel = "info";

  /** `introduction`: the client's `initialize`. */
  constructor(
    options: BridgeOptions,
    upstream: Upstream,
    { server, introduction }: { readonly server: ServerFacts; readonly introduction: JsonObject | undefined },
  ) {
    const facts = legacyFactsOf(introduction), logs = objectIn(server.capabilities, "logging") !== undefined;
    this.#options = options;
    this.#upstream = upstream;
    this.#server = server;
    this.#one = onePlace(options.toClient);
    this.#rounds = new Rounds({
      ...options,
      upstream,
      facts,
      logLevel: () => logs ? this.#logLevel : undefined,
      onBeside: (line, client) => this.#hear(line, client),
    });
    this.#listens = new UpstreamListens({
      ...options,
      upstream,
      capabilities: server.capabilities,
      sign: (params) => modernParams(params, { facts, logLevel: undefined }),
      onOther: (line) => this.hear(line),
    });
  }

  take(frame: ReadFrame, place?: ClientPlace): void {
    const { incoming } = frame;
    if (incoming.kind === "malformed") return this.#options.gate.take(frame, place);
    if (incoming.kind === "batch") return this.#batch(incoming, frame, place);
    this.#message(incoming, frame, place);
  }

  hear(line: string): void {
    this.#hear(line, undefined);
  }

  hearLate(line: string): void {
    this.#hear(line, undefined);
  }

  clientDone(): void {
    this.#rounds.end();
    this.#listens.end();
  }

  #message(message: Message, frame: ReadFrame, place: ClientPlace | undefined): void {
    if (message.kind === "request") return this.#request(message, { ...frame, incoming: message }, place);
    if (message.kind === "notice") return this.#notice(message, { ...frame, incoming: message }, place);
    if (!this.#rounds.answered(message)) {
      this.#options.log("dropped a reply of the client to what it was not asked");
    }
  }

  #batch(batch: Batch, frame: ReadFrame, place: ClientPlace | undefined): void {
    if (this.#version !== VERSION_WITH_BATCHES) {
      return this.#options.gate.take({ ...frame, incoming: batchRefusal(batch) }, place);
    }
    const owed = batch.elements.filter(owesAnswer).length;
    const gathered = batchPlace(place ?? this.#one, owed);
    for (const element of batch.elements) {
      if (element.kind !== "malformed") this.#message(element, frame, gathered);
      else if (owesAnswer(element)) gathered.reply(refusalLine(element));
    }
  }

  #request(message: RequestMessage, frame: ReadFrame, place: ClientPlace | undefined): void {
    const { id, method, params } = message;
    // It speaks for itself.
    if (eraOf(params) === "modern") return this.#options.gate.take(frame, place);
    const client = clientOf(id, place ?? this.#one);
    if (this.#rounds.has(client.key)) return refuseTwin(client.place);
    const own = this.#ownAnswer(method, params);
    if (own === undefined) return this.#rounds.send(message, client);
    if (own instanceof Promise) own.then((what) => answer(client, what));
    else answer(client, own);
  }

  /** To what a modern server has no method for. */
  #ownAnswer(method: string, params: JsonObject | undefined): Answer | Promise<Answer> | undefined {
    switch (method) {
      case "initialize":
        return { result: this.introduce(params) };
      case "ping":
        return NOTHING;
      case "logging/setLevel":
        return this.#setLogLevel(params);
      case "resources/subscribe":
      case "resources/unsubscribe":
        return this.#subscribe(method, textIn(params, "uri"));
    }
    const isOther = methodInfo(method)?.eras.includes("modern") === false || method.startsWith("tasks/");
    return isOther ? NOT_HERE : undefined;
  }

  /** The result of the client's `initialize`. */
  introduce(params: JsonObject | undefined): JsonObject {
    const result = initializeResult(this.#server, valueIn(params, "protocolVersion"));
    this.#version = result.protocolVersion;
    return result;
  }

  #setLogLevel(params: JsonObject | undefined): Answer {
    const level = textIn(params, "level");
    if (level === undefined || logRank(level) === undefined) return NO_LEVEL;
    this.#logLevel = level;
    return NOTHING;
  }

  #subscribe(method: string, uri: string | undefined): Answer | Promise<Answer> {
    if (uri === undefined || uri === "") return NO_URI;
    const takes = valueIn(objectIn(this.#server.capabilities, "resources"), "subscribe") === true;
    if (!takes) return NOT_HERE;
    return method === "resources/subscribe" ? this.#listens.subscribe(uri) : this.#listens.unsubscribe(uri);
  }

  #notice(message: NoticeMessage, frame: ReadFrame, place: ClientPlace | undefined): void {
    const { method, params } = message;
    if (method === "notifications/initialized") return void this.#listens.start();
    if (method === "notifications/cancelled") {
      const id = cancelledIdOf(params);
      if (id !== undefined) this.#rounds.cancel(keyOf(place?.scope ?? "", id), params?.reason);
      return;
    }
    // The server asked nothing by request, so there is no progress of it either; and of roots it asks anew each time.
    if (method === "notifications/progress" || methodInfo(method)?.eras.includes("modern") === false) return;
    this.#options.gate.take(frame, place);
  }

  /** A line of the gate. `about`: whose request it came beside. */
  #hear(line: string, about: Client | undefined): void {
    const message = readLine(line);
    if (message.kind === "request") {
      return this.#upstream.answer(message.id, message.method === "ping" ? NOTHING : NOT_HERE);
    }
    const isOther = message.kind === "notice" &&
      methodInfo(message.method)?.eras.includes("legacy") === false;
    if (isOther) return;
    if (about === undefined) this.#options.toClient(line);
    else about.place.beside(line);
  }
}

function owesAnswer(element: Message | Malformed): boolean {
  return element.kind === "malformed" ? !element.reply : element.kind === "request";
}

function refusalLine({ id, code, message }: Malformed): string {
  return encodeFrame(errorReply(id, code, message));
}
