/** From the configuration and the command line to the settings of one run. */
import type { PolicySource } from "../../policy/mod.ts";
import { childEnvironment, ownEnvironment } from "../../transport/mod.ts";
import type { Args, Io } from "../command.ts";
import type { Setup } from "../setup.ts";
import { serverName } from "./server_name.ts";
import type { FirewallSettings } from "./settings.ts";

export interface RunInput {
  readonly setup: Setup;
  readonly sources: readonly PolicySource[];
  readonly args: Args;
  readonly io: Io;
  readonly command: string;
  readonly commandArgs: readonly string[];
}

// How long the upstream may take to leave when its input ends, and again after SIGTERM.
const GRACE_MS = 2_000;

export function firewallSettings(
  { setup, sources, args, io, command, commandArgs }: RunInput,
): FirewallSettings {
  const { config, ledgerFolder } = setup;
  const { agent, limits, refusal, scan, server } = config;
  // A client's `env` block arrives in our own environment: the server gets it unless the configuration says otherwise.
  const environment = childEnvironment(ownEnvironment(), {
    inherit: server.inheritEnv ?? true,
    extra: server.env,
  });
  return {
    server: args.text("server") ?? server.name ?? serverName(command, commandArgs),
    principal: {
      id: args.text("agent") ?? agent.id,
      verified: false,
      roles: [],
      ...agent.authorizedBy !== undefined && { authorizedBy: agent.authorizedBy },
    },
    upstream: { command, args: commandArgs, environment, graceMs: GRACE_MS },
    policies: sources,
    scan: { overrides: scan.overrides },
    ledgerFolder,
    workingFolder: io.cwd(),
    home: io.env("HOME") ?? io.env("USERPROFILE"),
    refusalStyle: refusal.style,
    maxFrameBytes: limits.maxFrameBytes,
    holdTimeoutMs: limits.holdTimeoutMs,
    drainTimeoutMs: limits.drainTimeoutMs,
    askTimeoutMs: limits.askTimeoutMs,
  };
}
