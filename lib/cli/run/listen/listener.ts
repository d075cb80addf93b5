/** A run that serves Streamable HTTP: one gate, upstream and ledger session for each session of a client. */
import { systemClock } from "../../../base/mod.ts";
import type { IdentityConfig } from "../../../config/mod.ts";
import { checkProgram } from "../../../transport/mod.ts";
import { type McpServer, serveMcp } from "../../../transport/http_server/mod.ts";
import type { Principal } from "../../../verdict/mod.ts";
import type { Telling } from "../firewall.ts";
import { type Following, followPolicy } from "../follow_policy.ts";
import { openGatewaySession } from "../gateway/gateway_session.ts";
import type { GatewaySettings } from "../gateway/settings.ts";
import type { PolicyPlace } from "../policy_place.ts";
import { PolicySessions } from "../policy_sessions.ts";
import { policyTexts } from "../policy_texts.ts";
import type { FirewallSettings } from "../settings.ts";
import { listenForEnd, listenForReload } from "../signals.ts";
import { startWorkers, type Workers } from "../workers.ts";
import { type AgentCaller, Callers } from "./callers.ts";
import { openGateSession, type SessionDeps } from "./gate_session.ts";
import { localBearer } from "./local_bearer.ts";
import { endpoint, type ListenSettings } from "./settings.ts";

export interface Listening {
  readonly settings: FirewallSettings;
  readonly listen: ListenSettings;
  readonly identity: IdentityConfig;
  /** What stands beside the id and the roles of a token. */
  readonly configured: Principal;
  readonly place: PolicyPlace;
  readonly telling: Telling;
  /** Where there are several upstreams; `settings` are those of the whole then. */
  readonly gateway?: GatewaySettings | undefined;
}

/** Serves until a signal comes; then replies under way are awaited, and every session ends in the ledger. */
export async function runListener(listening: Listening): Promise<number> {
  const { settings, place, telling } = listening;
  // Else the first client would find out, and nobody who could mend it.
  if (listening.gateway === undefined && settings.upstream.kind === "command") {
    await checkProgram(settings.upstream.command);
  }
  const signal = listenForEnd(), reloadSignal = listenForReload();
  let workers: Workers | undefined, following: Following | undefined;
  try {
    const starting = startWorkers(settings, telling.log).then((started) => workers = started);
    if (await Promise.race([starting, signal.came]) !== workers || workers === undefined) {
      return signal.code ?? 1;
    }
    const sessions = new PolicySessions(workers, policyTexts(settings.policies));
    following = followPolicy({ settings, place, sessions, log: telling.log, signal: reloadSignal });
    const server = await serve(listening, { settings, workers, sessions, telling });
    telling.log(`listening on ${endpoint(listening.listen, server.port)}`);
    await signal.came;
    await server.close();
    return 0;
  } finally {
    following?.close();
    await workers?.end();
  }
}

async function serve(listening: Listening, deps: SessionDeps): Promise<McpServer> {
  const { listen, settings, telling } = listening;
  const { address, tls, allowedHosts, allowedOrigins, legacySse } = listen;
  const callers = await makeCallers(listening);
  const { gateway } = listening;
  const open = (caller: AgentCaller, lane: Parameters<typeof openGateSession>[2]) =>
    gateway === undefined
      ? openGateSession(deps, caller, lane)
      : openGatewaySession({ ...deps, settings: gateway }, caller, lane);
  return serveMcp<AgentCaller>({
    ...address,
    ...tls && { tls },
    hosts: allowedHosts,
    origins: allowedOrigins,
    legacySse,
    sessions: { open, shared: open },
    authenticate: (facts) => callers.authenticate(facts),
    limits: limitsOf(listen, settings),
    log: telling.log,
    clock: systemClock,
  });
}

function limitsOf({ maxSessions, idleTimeoutMs }: ListenSettings, settings: FirewallSettings) {
  return {
    maxBodyBytes: settings.maxFrameBytes,
    drainMs: settings.drainTimeoutMs,
    ...maxSessions !== undefined && { sessions: maxSessions, sessionsPerCaller: maxSessions },
    ...idleTimeoutMs !== undefined && { idleMs: idleTimeoutMs },
  };
}

/** Where anybody on the network could call, everybody needs a bearer: a token, or the one of this install. */
async function makeCallers({ settings, listen, identity, configured, telling }: Listening): Promise<Callers> {
  const bearerNeeded = listen.isOpen;
  const local = bearerNeeded && identity.tokens === undefined
    ? await localBearer(settings.ledgerFolder)
    : undefined;
  if (local !== undefined) telling.log(`clients need the bearer token in ${local.path}`);
  if (listen.isOpen && listen.tls === undefined) {
    telling.log(
      "without TLS whoever is on the network's way can read tokens and messages: see [listen] tls_cert",
    );
  }
  return new Callers({
    config: identity,
    anonymous: settings.identity,
    configured,
    bearerNeeded,
    local: local?.value,
    clock: systemClock,
  });
}
