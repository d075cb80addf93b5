/** One server behind a gateway: started, watched, and started again when it ends. */
import { messageOf, pause, systemClock, within } from "../../../base/mod.ts";
import type { ClientState, PinPort } from "../../../gate/mod.ts";
import { Backoff, type Gateway, type ServerLink } from "../../../gateway/mod.ts";
import type { Frame } from "../../../wire/mod.ts";
import type { AgentIdentity } from "../../agent_identity.ts";
import { type BridgedGate, openBridgedGate } from "../bridged_gate.ts";
import { passComplaints } from "../complaints.ts";
import type { Telling } from "../firewall.ts";
import type { LedgerSession } from "../ledger_worker.ts";
import { upstreamFrames } from "../pumps.ts";
import type { FirewallSettings } from "../settings.ts";
import { startSide, type UpstreamSide } from "../upstream_side.ts";
import type { Workers } from "../workers.ts";

export interface ServerRunDeps {
  /** Of this server's gate. */
  readonly settings: FirewallSettings;
  readonly gateway: Gateway;
  readonly workers: Workers;
  readonly session: LedgerSession;
  readonly client: ClientState;
  readonly identity: AgentIdentity;
  readonly telling: Telling;
  /** Resolves when the client has read enough to be sent more. */
  readonly clientRoom: () => Promise<void>;
}

/** How the first life of a server went. `failed`: it ended before it said anything; `why`, for people. */
export type FirstStart = { readonly kind: "works" } | { readonly kind: "failed"; readonly why: string };

const DEAF_GRACE_MS = 500, LEFTOVER_MS = 2_000, END_GRACE_MS = 500;

interface Life {
  readonly side: UpstreamSide;
  readonly bridged: BridgedGate;
  /** Settles when all that the server wrote was taken. */
  readonly outputDone: Promise<unknown>;
  /** Resolves when the server does not accept the client's greeting. */
  readonly refused: Promise<string>;
}

export class ServerRun {
  readonly first: Promise<FirstStart>;
  readonly #deps: ServerRunDeps;
  readonly #pins: PinPort | undefined;
  readonly #backoff = new Backoff(systemClock, Math.random);
  readonly #ending = Promise.withResolvers<void>();
  readonly #firstStart = Promise.withResolvers<FirstStart>();
  #isEnding = false;
  #life: Life | undefined;
  #graceMs = END_GRACE_MS;
  readonly #running: Promise<void>;

  constructor(deps: ServerRunDeps) {
    this.#deps = deps;
    this.#pins = lastingPins(deps.session.pinsOf(deps.settings.server));
    this.first = this.#firstStart.promise;
    this.#running = this.#run();
  }

  /** The client sends nothing more. */
  clientDone(): void {
    this.#life?.bridged.clientDone();
  }

  /** Resolves when every request that reached it has its reply, and every entry is written. */
  async idle(): Promise<void> {
    await this.#life?.bridged.idle();
  }

  /** Resolves when what was sent to it has left us. */
  async flushed(): Promise<void> {
    await this.#life?.side.flushed();
  }

  /** Ends the server, and starts it no more. `graceMs`: how long it may take to leave. */
  async end(graceMs = END_GRACE_MS): Promise<void> {
    this.#isEnding = true;
    this.#graceMs = graceMs;
    this.#ending.resolve();
    await this.#running;
  }

  async #run(): Promise<void> {
    while (!this.#isEnding) {
      const refused = Promise.withResolvers<string>();
      const link = this.#deps.gateway.link(this.#name, { onRefused: refused.resolve });
      const retryInMs = await this.#live(link, refused.promise);
      if (this.#isEnding) break;
      await within(this.#ending.promise, retryInMs);
    }
  }

  /** Which of the servers a line is about. */
  readonly #log = (line: string): void => this.#deps.telling.log(`${this.#name}: ${line}`);

  get #name(): string {
    return this.#deps.settings.server;
  }

  /** From its start to its end; how long to wait for the next one, in milliseconds. */
  async #live(link: ServerLink, refused: Promise<string>): Promise<number> {
    this.#backoff.started();
    try {
      this.#life = this.#start(link, refused);
    } catch (thrown) {
      return this.#down(link, { why: messageOf(thrown) });
    }
    const { side } = this.#life;
    const deaf = side.deaf.then(() => pause(DEAF_GRACE_MS));
    const end = await Promise.race([
      Promise.race([side.exited, deaf]).then(() => "exit" as const),
      refused.then(() => "refused" as const),
      this.#ending.promise.then(() => "asked" as const),
    ]);
    const code = await this.#finish(this.#life, end === "exit");
    this.#life = undefined;
    if (end === "refused") return this.#down(link, { why: await refused });
    const why = code === undefined ? "the connection ended" : `it ended (exit code ${code})`;
    return this.#down(link, { why, ...code !== undefined && { code } });
  }

  #start(link: ServerLink, refused: Promise<string>): Life {
    const { settings, workers, session, client, identity } = this.#deps;
    const side = startSide(settings.upstream, { maxFrameBytes: settings.maxFrameBytes, log: this.#log });
    const bridged = openBridgedGate({
      settings,
      workers,
      session: { ...session, pins: this.#pins },
      client,
      identity,
      log: this.#log,
      toClient: link.toClient,
      toUpstream: (line) => side.write(line),
    });
    const outputDone = this.#readOutput(side, bridged);
    link.up({
      take: (frame, place) => bridged.taker.take(frame, place),
      room: async () => {
        await bridged.taker.room();
        await side.room();
      },
    });
    return { side, bridged, outputDone, refused };
  }

  #readOutput(side: UpstreamSide, { gate }: BridgedGate): Promise<unknown> {
    const { settings: { server }, workers: { scan }, telling: { write }, clientRoom } = this.#deps;
    const target = { room: clientRoom, answerRoom: () => Promise.resolve() };
    return Promise.allSettled([
      upstreamFrames(gate, { frames: this.#watched(side.frames()), target, back: side }),
      passComplaints(side.complaints(), { scan, server, write: (text) => write(`[${server}] ${text}`) }),
    ]);
  }

  /** The first that a server says tells that it has started. */
  async *#watched(frames: AsyncIterable<readonly Frame[]>): AsyncGenerator<readonly Frame[]> {
    for await (const batch of frames) {
      if (batch.length > 0) this.#firstStart.resolve({ kind: "works" });
      yield batch;
    }
  }

  async #finish({ side, bridged, outputDone }: Life, byItself: boolean): Promise<number | undefined> {
    const { code } = await side.end({ graceMs: this.#isEnding ? this.#graceMs : END_GRACE_MS });
    // A process that left its group may keep the pipes open for ever; what it writes is nobody's reply.
    await within(outputDone, LEFTOVER_MS);
    // What would wait for answers of the client, or ask again for what has ended, does so in the next life or never.
    bridged.clientDone();
    bridged.gate.upstreamExited(code, !byItself);
    await within(bridged.idle(), LEFTOVER_MS);
    return code;
  }

  #down(link: ServerLink, { why, code }: { readonly why: string; readonly code?: number }): number {
    this.#firstStart.resolve({ kind: "failed", why });
    // Nobody is there to be told that its lists have changed.
    if (this.#isEnding) return 0;
    const retryInMs = this.#backoff.failed();
    link.down({
      retryAtMs: systemClock.monotonicMs() + retryInMs,
      ...code !== undefined && { exitCode: code },
    });
    this.#log(`${why}; it is started again in ${(retryInMs / 1000).toFixed(1)} s`);
    return retryInMs;
  }
}

/** What was pinned in an earlier life of the server is known in the next. */
function lastingPins(port: PinPort | undefined): PinPort | undefined {
  if (port === undefined) return undefined;
  let { isKnown } = port;
  return {
    get isKnown() {
      return isKnown;
    },
    observe: async (seen) => {
      const answer = await port.observe(seen);
      isKnown = true;
      return answer;
    },
  };
}
