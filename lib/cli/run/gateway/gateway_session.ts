/** One client session over HTTP in front of several servers: which no other session shares. */
import { messageOf, systemClock, within } from "../../../base/mod.ts";
import type { ClientLane, ClientSession, Opened } from "../../../transport/http_server/mod.ts";
import type { Telling } from "../firewall.ts";
import type { LedgerSession } from "../ledger_worker.ts";
import type { AgentCaller } from "../listen/callers.ts";
import type { PolicySessions } from "../policy_sessions.ts";
import type { Workers } from "../workers.ts";
import { ClientGateway } from "./client_gateway.ts";
import type { GatewaySettings } from "./settings.ts";

export interface GatewaySessionDeps {
  readonly settings: GatewaySettings;
  readonly workers: Workers;
  readonly sessions: PolicySessions;
  readonly telling: Telling;
}

const LEFTOVER_MS = 2_000;

/** Opens the session of `caller`; what no request asked for goes to `lane`. Never rejects. */
export async function openGatewaySession(
  deps: GatewaySessionDeps,
  caller: AgentCaller,
  lane: ClientLane,
): Promise<Opened> {
  try {
    const nowMs = systemClock.nowMicros() / 1000;
    const session = await deps.sessions.open(caller.identity.principal(nowMs));
    return { kind: "session", session: new GatewaySession(deps, { caller, lane, session }) };
  } catch (thrown) {
    deps.telling.log(`cannot begin a session: ${messageOf(thrown)}`);
    return { kind: "refusal", status: 503, message: "The session cannot be written down", retryAfterS: 1 };
  }
}

interface Parts {
  readonly caller: AgentCaller;
  readonly lane: ClientLane;
  readonly session: LedgerSession;
}

class GatewaySession implements ClientSession {
  readonly closed: Promise<void>;
  readonly #client: ClientGateway;
  readonly #session: LedgerSession;
  #ending: Promise<void> | undefined;

  constructor({ settings, workers, telling }: GatewaySessionDeps, { caller, lane, session }: Parts) {
    this.#session = session;
    this.#client = new ClientGateway({
      settings,
      workers,
      session,
      identity: caller.identity,
      telling,
      toClient: (line) => lane.send(line),
      clientRoom: () => lane.room(),
    });
    this.closed = this.#client.allFailed().then((fault) => {
      telling.log(fault.message);
      return this.#ending ??= this.#end("upstream-exit");
    });
  }

  take: ClientSession["take"] = (frame, place) => this.#client.gateway.take(frame, place);

  room(): Promise<void> {
    return this.#client.gateway.room();
  }

  close(reason: string): Promise<void> {
    return this.#ending ??= this.#end(reason);
  }

  async #end(reason: string): Promise<void> {
    this.#client.clientDone();
    await this.#client.end();
    await within(this.#client.idle(), LEFTOVER_MS);
    await this.#session.close(reason);
  }
}
