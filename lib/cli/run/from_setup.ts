/** From the configuration and the command line to the settings of one run. */
import { type Config, secretVariable } from "../../config/mod.ts";
import type { PolicySource } from "../../policy/mod.ts";
import { childEnvironment, ownEnvironment } from "../../transport/mod.ts";
import type { Principal } from "../../verdict/mod.ts";
import type { AgentIdentity } from "../agent_identity.ts";
import type { Args, Io } from "../command.ts";
import type { Setup } from "../setup.ts";
import { serverName } from "./server_name.ts";
import type { FirewallSettings } from "./settings.ts";

export interface RunInput {
  readonly setup: Setup;
  readonly sources: readonly PolicySource[];
  readonly identity: AgentIdentity;
  readonly server: string;
  readonly args: Args;
  readonly io: Io;
  readonly command: string;
  readonly commandArgs: readonly string[];
}

// How long the upstream may take to leave when its input ends, and again after SIGTERM.
const GRACE_MS = 2_000;

export function firewallSettings(
  { setup, sources, identity, server, args, io, command, commandArgs }: RunInput,
): FirewallSettings {
  const { config, ledgerFolder } = setup;
  const { limits, policy, refusal, scan } = config;
  const secret = secretVariable(config.identity);
  // A client's `env` block arrives in our own environment: the server gets it unless the configuration says otherwise.
  const environment = childEnvironment(ownEnvironment(), {
    inherit: config.server.inheritEnv ?? true,
    extra: config.server.env,
    withheld: secret === undefined ? [] : [secret],
  });
  return {
    server,
    identity,
    upstream: { command, args: commandArgs, environment, graceMs: GRACE_MS },
    policies: sources,
    watch: policy.watch,
    scan,
    pins: config.pins.enabled
      ? { identity: JSON.stringify([command, ...commandArgs]), newTools: config.pins.newTools }
      : undefined,
    ledgerFolder,
    ledger: config.ledger,
    workingFolder: io.cwd(),
    home: io.env("HOME") ?? io.env("USERPROFILE"),
    refusalStyle: refusal.style,
    maxFrameBytes: limits.maxFrameBytes,
    holdTimeoutMs: limits.holdTimeoutMs,
    drainTimeoutMs: limits.drainTimeoutMs,
    askTimeoutMs: limits.askTimeoutMs,
    enforced: !args.has("dry-run"),
  };
}

/** What rules and entries call the upstream. */
export function serverNameFor(
  { server }: Config,
  args: Args,
  { command, commandArgs }: Pick<RunInput, "command" | "commandArgs">,
): string {
  return args.text("server") ?? server.name ?? serverName(command, commandArgs);
}

/** Who calls where there is no token. */
export function configuredPrincipal({ agent }: Config, args: Args): Principal {
  return {
    id: args.text("agent") ?? agent.id,
    verified: false,
    roles: [],
    ...agent.authorizedBy !== undefined && { authorizedBy: agent.authorizedBy },
  };
}
