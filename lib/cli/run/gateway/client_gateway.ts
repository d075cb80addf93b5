/** The gateway of one client: its servers, each behind a gate of its own, and one session in the ledger for them all. */
import { Fault, pause, systemClock, within } from "../../../base/mod.ts";
import { GATEWAY_NAME } from "../../../config/mod.ts";
import { ClientState } from "../../../gate/mod.ts";
import { Gateway, type GatewayIncident } from "../../../gateway/mod.ts";
import type { AgentIdentity } from "../../agent_identity.ts";
import { VERSION } from "../../build_kind.ts";
import type { Telling } from "../firewall.ts";
import type { LedgerSession } from "../ledger_worker.ts";
import type { Workers } from "../workers.ts";
import { ServerRun } from "./server_run.ts";
import type { GatewaySettings } from "./settings.ts";

export interface ClientGatewayDeps {
  readonly settings: GatewaySettings;
  readonly workers: Workers;
  readonly session: LedgerSession;
  readonly identity: AgentIdentity;
  readonly telling: Telling;
  /** Takes one line for the client; never waits. */
  readonly toClient: (line: string) => void;
  /** Resolves when the client has read enough to be sent more. */
  readonly clientRoom: () => Promise<void>;
}

export class ClientGateway {
  readonly gateway: Gateway;
  readonly #servers: readonly ServerRun[];
  /** Entries of ours that are on their way. */
  readonly #writing = new Set<Promise<unknown>>();

  /** Starts all servers. */
  constructor({ settings, toClient, ...deps }: ClientGatewayDeps) {
    const { telling: { log }, session } = deps;
    this.gateway = new Gateway({
      servers: settings.servers.map(({ server }) => server),
      version: VERSION,
      ports: {
        toClient,
        log,
        incident: (incident) => this.#record(session, incident, log),
        clock: systemClock,
        pause,
        within,
      },
    });
    const { gateway } = this, client = new ClientState();
    this.#servers = settings.servers.map((own) => new ServerRun({ ...deps, settings: own, gateway, client }));
  }

  /** Resolves with a fault where no server at all can be started; and never, where one can. */
  async allFailed(): Promise<Fault> {
    const starts = await Promise.all(this.#servers.map(({ first }) => first));
    const reasons = starts.flatMap((start) => start.kind === "failed" ? [start.why] : []);
    if (reasons.length < starts.length) return await new Promise(() => {});
    return new Fault(
      "upstream",
      `Cannot run: none of the servers can be started: ${[...new Set(reasons)].join("; ")}`,
      {
        hint: "look at [servers] in the configuration, and try each command by itself",
      },
    );
  }

  clientDone(): void {
    this.gateway.clientDone();
    for (const server of this.#servers) server.clientDone();
  }

  async idle(): Promise<void> {
    await this.gateway.idle();
    await Promise.all(this.#servers.map((server) => server.idle()));
    await Promise.all(this.#writing);
  }

  async flushed(): Promise<void> {
    await Promise.all(this.#servers.map((server) => server.flushed()));
  }

  /** Ends all servers. Resolves when they are gone, and whoever waited for them was told. */
  async end(graceMs?: number): Promise<void> {
    await Promise.all(this.#servers.map((server) => server.end(graceMs)));
    await Promise.all(this.#writing);
  }

  #record(session: LedgerSession, incident: GatewayIncident, log: (line: string) => void): void {
    const { server = GATEWAY_NAME, ...rest } = incident;
    const writing: Promise<unknown> = session.ledger.write({ type: "incident", server, ...rest })
      .catch(() => log(`cannot record ${incident.reason}`))
      .finally(() => this.#writing.delete(writing));
    this.#writing.add(writing);
  }
}
