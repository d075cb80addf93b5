import { messageOf } from "../base/mod.ts";
import {
  type ClientPlace,
  encodeFrame,
  eraOf,
  type Frame,
  type FrameTaker,
  idKey,
  type ReadFrame,
  readFrame,
  readLine,
  type RequestMessage,
  withId,
} from "../wire/mod.ts";
import { answer, clientOf, onePlace } from "./client_side.ts";
import { findLegacy, findModern } from "./eras.ts";
import { errorOf } from "./frames.ts";
import { LegacyClient } from "./legacy_client.ts";
import { ModernClient } from "./modern_client.ts";
import type { BridgeOptions } from "./options.ts";
import { codeOf } from "./results.ts";
import { CODE, factsOf, legacyFactsOf, modernParams } from "./revisions.ts";
import type { Translator } from "./translator.ts";
import { type Asked, Upstream } from "./upstream.ts";

export type { BridgeOptions } from "./options.ts";

/** What the bridge knows of the two sides. */
type State =
  /** Nothing yet, and nothing is asked. */
  | { readonly kind: "open" }
  /** The client's `initialize` is under way. `key`: of its id, where its answer comes over the one connection. */
  | { readonly kind: "introducing"; readonly request: RequestMessage; readonly key: string | undefined }
  /** The upstream is being asked. What the client sends waits, and what the upstream says by itself. */
  | { readonly kind: "asking"; readonly waiting: Waiting[]; readonly heard: string[] }
  | { readonly kind: "translating"; readonly translator: Translator }
  /** Both speak the same era: everything passes as it is, for good. */
  | { readonly kind: "same" };

interface Waiting {
  readonly frame: ReadFrame;
  readonly place: ClientPlace | undefined;
}

// Above this the client is not read any further while its upstream is being asked.
const MOST_WAITING_BYTES = 4 * 1024 * 1024;
const FRAME_COST_BYTES = 256;
const MOST_HEARD_CHARS = 1024 * 1024;
const NOT_YET = errorOf(CODE.internal, "The client cannot be asked yet");
// An upstream that is not there is not asked again for each request.
const QUIET_MS = 5_000;

/**
 * Stands between one client and the gate of one upstream. Where both speak the same era it hands on what it is given;
 * where they do not, it speaks to each in its own. What it says to the upstream goes through the gate.
 */
export class EraBridge implements FrameTaker {
  readonly #options: BridgeOptions;
  readonly #upstream: Upstream;
  #state: State = { kind: "open" };
  #waitingBytes = 0;
  #heardChars = 0;
  #asking: Promise<void> | undefined;
  #quietUntilMs = -Infinity;

  constructor(options: BridgeOptions) {
    this.#options = options;
    this.#upstream = new Upstream(options.gate);
  }

  /** A frame of the client. ATTACKER-CONTROLLED. */
  take(frame: Frame, place?: ClientPlace): void {
    if (this.#state.kind === "same") return this.#options.gate.take(frame, place);
    this.#look(readOnce(frame), place);
  }

  /** A line of the gate for the client that belongs to no request of it, or to the one connection there is. */
  hear(line: string): void {
    const { kind } = this.#state;
    if (kind === "translating") return this.#state.translator.hear(line);
    if (kind === "introducing" && this.#isIntroduction(line)) return;
    if (kind === "asking" && (this.#keep(this.#state.heard, line) || this.#turnAway(line))) return;
    this.#options.toClient(line);
  }

  /** As {@link hear}, for a line that is about a request that has ended: it is about no other. */
  hearLate(line: string): void {
    if (this.#state.kind === "translating") this.#state.translator.hearLate(line);
    else this.hear(line);
  }

  async room(): Promise<void> {
    if (this.#waitingBytes > MOST_WAITING_BYTES) await this.#asking;
    await this.#options.gate.room();
  }

  /** The client sends nothing more. What would have to wait for its answers is given up. */
  clientDone(): void {
    if (this.#state.kind === "translating") this.#state.translator.clientDone();
    else this.#asking?.then(() => this.clientDone());
  }

  /** Resolves when the upstream is being asked no more; `undefined`: it is not. */
  get asking(): Promise<void> | undefined {
    return this.#asking;
  }

  #look(frame: ReadFrame, place: ClientPlace | undefined): void {
    const state = this.#state;
    if (state.kind === "asking") return this.#wait(state.waiting, { frame, place });
    const { incoming } = frame;
    const isRequest = incoming.kind === "request";
    const isIntroduction = isRequest && incoming.method === "initialize" &&
      eraOf(incoming.params) === "legacy";
    if (state.kind === "translating") {
      // A client that gave up on the modern era is of the other one from here on, as its upstream is.
      if (!isIntroduction || state.translator instanceof LegacyClient) {
        return state.translator.take(frame, place);
      }
      state.translator.clientDone();
      this.#state = { kind: "same" };
    } else if (isIntroduction) {
      return this.#introduce(incoming, frame, place);
    } else if (
      isRequest && eraOf(incoming.params) === "modern" && this.#options.nowMs() >= this.#quietUntilMs
    ) {
      return this.#probe(incoming, frame, place);
    }
    this.#options.gate.take(frame, place);
  }

  /** What the upstream says while it is asked, as far as there is room for it. */
  #keep(heard: string[], line: string): boolean {
    this.#heardChars += line.length + FRAME_COST_BYTES;
    return this.#heardChars <= MOST_HEARD_CHARS && heard.push(line) > 0;
  }

  /** Beyond that nothing is put to a client in a language that may not be its own; answers to it pass. */
  #turnAway(line: string): boolean {
    const message = readLine(line);
    if (message.kind === "request") this.#upstream.answer(message.id, NOT_YET);
    return message.kind === "request" || message.kind === "notice";
  }

  #wait(waiting: Waiting[], one: Waiting): void {
    waiting.push(one);
    this.#waitingBytes += one.frame.bytes + FRAME_COST_BYTES;
  }

  /** A legacy client speaks first. What else it sends meanwhile passes: nobody who speaks its language is to wait. */
  #introduce(request: RequestMessage, frame: ReadFrame, place: ClientPlace | undefined): void {
    this.#state = { kind: "introducing", request, key: place === undefined ? idKey(request.id) : undefined };
    if (place === undefined) return this.#options.gate.take(frame);
    this.#options.gate.take(frame, {
      scope: place.scope,
      beside: (line) => place.beside(line),
      challenge: (challenge) => place.challenge?.(challenge),
      reply: (line) => this.#introduced(request, line, place),
    });
  }

  /** Is it the answer to the `initialize` that came over the one connection? Then it is taken care of. */
  #isIntroduction(line: string): boolean {
    const state = this.#state;
    if (state.kind !== "introducing" || state.key === undefined) return false;
    const message = readLine(line);
    if (message.kind !== "reply" || idKey(message.id) !== state.key) return false;
    this.#introduced(state.request, line, onePlace(this.#options.toClient));
    return true;
  }

  #introduced(request: RequestMessage, line: string | undefined, place: ClientPlace): void {
    const reply = line === undefined ? undefined : readLine(line);
    const error = reply?.kind === "reply" ? reply.error : undefined;
    if (error === undefined || codeOf(error) === CODE.refused) {
      this.#state = { kind: reply?.kind === "reply" && error === undefined ? "same" : "open" };
      return place.reply(line);
    }
    this.#ask(async () => {
      const facts = legacyFactsOf(request.params);
      const sign = (params: RequestMessage["params"]) => modernParams(params, { facts, logLevel: undefined });
      const server = await findModern(this.#finder(), sign);
      if (server === undefined) {
        place.reply(line);
        return { kind: "open" };
      }
      const translator = new LegacyClient(this.#options, this.#upstream, {
        server,
        introduction: request.params,
      });
      answer(clientOf(request.id, place), { result: translator.introduce(request.params) });
      return { kind: "translating", translator };
    });
  }

  /** A modern client speaks first. */
  #probe(request: RequestMessage, frame: ReadFrame, place: ClientPlace | undefined): void {
    const isProbe = request.method === "server/discover";
    const waiting = isProbe ? [] : [{ frame, place }];
    this.#ask(async () => {
      const finding = await findLegacy(
        this.#finder(),
        this.#discover(request, isProbe ? place : undefined),
        factsOf(request.params),
      );
      const own = isProbe ? clientOf(request.id, place ?? onePlace(this.#options.toClient)) : undefined;
      if (finding.kind === "other") {
        const translator = new ModernClient(this.#options, this.#upstream, finding.server);
        if (isProbe) translator.take(frame, place);
        return { kind: "translating", translator };
      }
      if (own !== undefined && finding.reply !== undefined) {
        own.place.reply(encodeFrame(withId(finding.reply.value, own.id)));
      } else if (own !== undefined) waiting.unshift({ frame, place });
      if (finding.kind === "same") return { kind: "same" };
      this.#quietUntilMs = this.#options.nowMs() + QUIET_MS;
      return { kind: "open" };
    }, waiting);
  }

  /** The client's own `server/discover` with its place, or one in the name of its first request. */
  #discover({ method, params }: RequestMessage, place: ClientPlace | undefined): Asked {
    const own = method === "server/discover" ? params : { _meta: params?._meta ?? {} };
    const asking = { method: "server/discover", params: own };
    return this.#upstream.reply(asking, (line) => this.hear(line), place);
  }

  /** Nothing here throws for anything that a peer can send; where it does all the same, nothing is translated. */
  #logMistake(thrown: unknown): State {
    this.#options.log(`internal error: ${messageOf(thrown)}`);
    return { kind: "open" };
  }

  #finder() {
    return { upstream: this.#upstream, options: this.#options, onBeside: (line: string) => this.hear(line) };
  }

  /** Asks the upstream, and then does with what came meanwhile what is to be done with it from now on. */
  #ask(find: () => Promise<State>, waiting: Waiting[] = []): void {
    const heard: string[] = [];
    this.#state = { kind: "asking", waiting, heard };
    this.#asking = find().catch((thrown) => this.#logMistake(thrown)).then((state) => {
      this.#state = state;
      this.#asking = undefined;
      this.#waitingBytes = 0;
      this.#heardChars = 0;
      for (const line of heard) this.hear(line);
      for (const { frame, place } of waiting) this.take(frame, place);
    });
  }
}

/** Read here, a frame is not read again behind. */
function readOnce(frame: Frame): ReadFrame {
  if (frame.kind === "read") return frame;
  const incoming = readFrame(frame);
  return { kind: "read", incoming, bytes: frame.kind === "line" ? frame.bytes.length : 0 };
}
