/** From the configuration and the command line to the settings of one run. */
import { Fault } from "../../base/mod.ts";
import type { Config } from "../../config/mod.ts";
import type { PolicySource } from "../../policy/mod.ts";
import { upstreamAddress } from "../../transport/mod.ts";
import type { Principal } from "../../verdict/mod.ts";
import type { AgentIdentity } from "../agent_identity.ts";
import type { Args, Io } from "../command.ts";
import type { Setup } from "../setup.ts";
import { commandPlace } from "./command_place.ts";
import { serverName } from "./server_name.ts";
import type { FirewallSettings } from "./settings.ts";
import type { UpstreamPlace } from "./upstream_side.ts";

export interface RunInput {
  readonly setup: Setup;
  readonly sources: readonly PolicySource[];
  readonly identity: AgentIdentity;
  readonly server: string;
  readonly args: Args;
  readonly io: Io;
  readonly upstream: UpstreamPlace;
  /** What tells its pins from those of another server that is started in the same way. */
  readonly pinName?: string | undefined;
}

/** The upstream: the URL of the flag or the configuration, or the command behind `--`. Throws Fault `usage`. */
export function upstreamPlace({ server, identity }: Config, args: Args): UpstreamPlace {
  const [command, ...commandArgs] = args.rest ?? [];
  const url = args.text("upstream-url") ?? server.url;
  if (url !== undefined) return urlPlace(url, server.headers, command);
  if (command === undefined) throw noUpstream(args);
  // A client's `env` block arrives in our own environment: the server gets it unless the configuration says otherwise.
  const inherit = server.inheritEnv ?? true;
  return commandPlace({ words: [command, ...commandArgs], inherit, extra: server.env }, { identity });
}

function urlPlace(
  url: string,
  headers: Config["server"]["headers"],
  command: string | undefined,
): UpstreamPlace {
  if (command !== undefined) {
    throw new Fault("usage", "Cannot run: a URL and a command of an MCP server are given", {
      hint: "leave out the command behind --, or --upstream-url and [server] url",
    });
  }
  const address = upstreamAddress(url);
  if (address.ok) return { kind: "url", address: address.value, headers };
  throw new Fault("usage", `Cannot run: --upstream-url is not where an MCP server can be: ${address.error}`, {
    hint: "countersign run --upstream-url https://mcp.example.com/mcp; a token belongs into [server.headers]",
  });
}

function noUpstream(args: Args): Fault {
  const [word] = args.words;
  const hint = word === undefined
    ? "countersign run -- npx -y @modelcontextprotocol/server-filesystem /path/to/folder"
    : "put -- in front of the server's command, so that its flags are not taken for ours";
  return new Fault("usage", "Cannot run: no command of an MCP server is given", { hint });
}

export function firewallSettings(
  { setup, sources, identity, server, args, io, upstream, pinName }: RunInput,
): FirewallSettings {
  const { config, ledgerFolder } = setup;
  const { limits, policy, refusal, scan } = config;
  return {
    server,
    identity,
    upstream,
    policies: sources,
    watch: policy.watch,
    scan,
    pins: config.pins.enabled
      ? { identity: pinIdentity(upstream, pinName), newTools: config.pins.newTools }
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
    translate: config.server.translate,
    attest: config.attestation.enabled,
    enforced: !args.has("dry-run"),
  };
}

/** What the tools of an upstream are pinned under. A query of the URL may hold a secret, and says nothing of who answers. */
function pinIdentity(place: UpstreamPlace, name: string | undefined): string {
  const words = place.kind === "command"
    ? [place.command.command, ...place.command.args]
    : [withoutQuery(place.address.href)];
  const own = JSON.stringify(words);
  return name === undefined ? own : `${own} ${JSON.stringify(name)}`;
}

function withoutQuery(url: string): string {
  const { origin, pathname } = new URL(url);
  return `${origin}${pathname}`;
}

/** What rules and entries call the upstream. */
export function serverNameFor({ server }: Config, args: Args, place: UpstreamPlace): string {
  const named = args.text("server") ?? server.name;
  if (named !== undefined) return named;
  if (place.kind === "url") return new URL(place.address.href).hostname;
  return serverName(place.command.command, place.command.args);
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
