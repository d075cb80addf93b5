/** One gate of a run: its ports and settings. */
import { pause, systemClock } from "../../base/mod.ts";
import { type ClientState, Gate } from "../../gate/mod.ts";
import type { Principal } from "../../verdict/mod.ts";
import type { AgentIdentity } from "../agent_identity.ts";
import { attestationAudience } from "./attestation.ts";
import type { LedgerSession } from "./ledger_worker.ts";
import type { FirewallSettings } from "./settings.ts";
import type { Workers } from "./workers.ts";

export interface GateWiring {
  readonly settings: FirewallSettings;
  readonly workers: Pick<Workers, "scan" | "policy">;
  readonly session: LedgerSession;
  /** Where the session has several gates; absent: this is its only one. */
  readonly client?: ClientState;
  /** Who calls. */
  readonly identity: AgentIdentity;
  readonly log: (line: string) => void;
  /** Take one line each; never wait. */
  readonly toClient: (line: string) => void;
  readonly toUpstream: (line: string) => void;
  /** As `toClient`, for what is about a request that has ended. */
  readonly late?: (line: string) => void;
}

export function openGate(wiring: GateWiring): Gate {
  const { settings, workers, session, client, identity, log, toClient, toUpstream, late } = wiring;
  const { server, refusalStyle, holdTimeoutMs, enforced } = settings;
  return new Gate({
    ports: {
      scan: workers.scan,
      policy: workers.policy,
      ledger: session.ledger,
      ...session.pins && { pins: session.pins },
      client: toClient,
      ...late && { late },
      upstream: toUpstream,
      log,
      clock: systemClock,
      pause,
    },
    settings: {
      server,
      principal: sayingExpiry(identity, log),
      verifiedOnly: identity.required,
      session: session.opened.session,
      refusalStyle,
      holdTimeoutMs,
      attestFor: attestationAudience(settings),
      enforced,
    },
    ...client && { client },
  });
}

/** Who calls, with one line for the operator when their token has expired: from then on they have no roles. */
function sayingExpiry(identity: AgentIdentity, log: (line: string) => void): (nowMs: number) => Principal {
  let verified = false;
  return (nowMs) => {
    const principal = identity.principal(nowMs);
    if (verified && !principal.verified) {
      const then = identity.required ? "its calls are refused" : "it has no roles and is not verified";
      log(`the agent's token has expired: from now on ${then}`);
    }
    verified = principal.verified;
    return principal;
  };
}
