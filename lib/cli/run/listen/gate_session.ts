/** One client session over HTTP: a gate, an upstream and a session in the ledger, from its first frame to its end. */
import { messageOf, pause, systemClock, within } from "../../../base/mod.ts";
import type { ClientLane, ClientSession, Opened } from "../../../transport/http_server/mod.ts";
import { type BridgedGate, openBridgedGate } from "../bridged_gate.ts";
import { passComplaints } from "../complaints.ts";
import type { Telling } from "../firewall.ts";
import type { LedgerSession } from "../ledger_worker.ts";
import type { PolicySessions } from "../policy_sessions.ts";
import { upstreamFrames } from "../pumps.ts";
import type { FirewallSettings } from "../settings.ts";
import { startSide, type UpstreamSide } from "../upstream_side.ts";
import type { Workers } from "../workers.ts";
import type { AgentCaller } from "./callers.ts";

export interface SessionDeps {
  readonly settings: FirewallSettings;
  readonly workers: Workers;
  readonly sessions: PolicySessions;
  readonly telling: Telling;
}

// What an upstream that leaves has still written, and what its gate has to say about it.
const LEFTOVER_MS = 2_000;
const DEAF_GRACE_MS = 500;
// Nobody waits for the answers any more: what the upstream does at its end is its own affair.
const END_GRACE_MS = 500;

/** Opens the session of `caller`; what no request asked for goes to `lane`. Never rejects. */
export async function openGateSession(
  deps: SessionDeps,
  caller: AgentCaller,
  lane: ClientLane,
): Promise<Opened> {
  const upstream = start(deps);
  if (upstream === undefined) {
    return { kind: "refusal", status: 502, message: "The MCP server does not start" };
  }
  try {
    const nowMs = systemClock.nowMicros() / 1000;
    const ledger = await deps.sessions.open(caller.identity.principal(nowMs));
    return { kind: "session", session: new GateSession(deps, { caller, lane, upstream, ledger }) };
  } catch (thrown) {
    deps.telling.log(`cannot begin a session: ${messageOf(thrown)}`);
    await upstream.end({ graceMs: 0 });
    return { kind: "refusal", status: 503, message: "The session cannot be written down", retryAfterS: 1 };
  }
}

function start({ settings, telling }: SessionDeps): UpstreamSide | undefined {
  const { upstream, maxFrameBytes } = settings;
  try {
    return startSide(upstream, { maxFrameBytes, log: telling.log });
  } catch (thrown) {
    telling.log(messageOf(thrown));
    return undefined;
  }
}

interface Parts {
  readonly caller: AgentCaller;
  readonly lane: ClientLane;
  readonly upstream: UpstreamSide;
  readonly ledger: LedgerSession;
}

class GateSession implements ClientSession {
  readonly closed: Promise<void>;
  readonly #bridged: BridgedGate;
  readonly #upstream: UpstreamSide;
  readonly #ledger: LedgerSession;
  /** Settles when all that the upstream wrote was taken. */
  readonly #outputDone: Promise<unknown>;
  #ending: Promise<void> | undefined;

  constructor(deps: SessionDeps, { caller, lane, upstream, ledger }: Parts) {
    const { settings, workers, telling } = deps;
    this.#upstream = upstream;
    this.#ledger = ledger;
    this.#bridged = openBridgedGate({
      settings,
      workers,
      session: ledger,
      identity: caller.identity,
      log: telling.log,
      toClient: (line) => lane.send(line),
      toUpstream: (line) => upstream.write(line),
    });
    const target = { room: () => lane.room(), answerRoom: () => Promise.resolve() };
    this.#outputDone = Promise.allSettled([
      upstreamFrames(this.#bridged.gate, { frames: upstream.frames(), target, back: upstream }),
      passComplaints(upstream.complaints(), {
        scan: workers.scan,
        server: settings.server,
        write: telling.write,
      }),
    ]);
    this.closed = this.#upstreamGone();
  }

  take: ClientSession["take"] = (frame, place) => this.#bridged.taker.take(frame, place);

  async room(): Promise<void> {
    await this.#bridged.taker.room();
    await this.#upstream.room();
  }

  close(reason: string): Promise<void> {
    return this.#ending ??= this.#end(reason, true);
  }

  /** Resolves when the upstream left by itself, and everybody who waited for it was told. */
  async #upstreamGone(): Promise<void> {
    const { exited, deaf } = this.#upstream;
    // One that closed its input is mostly on its way out. One that stays answers nobody.
    await Promise.race([exited, deaf.then(() => pause(DEAF_GRACE_MS))]);
    await (this.#ending ??= this.#end("upstream-exit", false));
  }

  async #end(reason: string, expected: boolean): Promise<void> {
    const bridged = this.#bridged;
    bridged.clientDone();
    const { code } = await this.#upstream.end({ graceMs: END_GRACE_MS });
    // A process that left its group may keep the pipes open for ever; what it writes is nobody's reply.
    await within(this.#outputDone, LEFTOVER_MS);
    bridged.gate.upstreamExited(code, expected);
    await within(bridged.idle(), LEFTOVER_MS);
    await this.#ledger.close(reason);
  }
}
