/** `countersign run`: the firewall in front of one MCP server. */
import { Fault, messageOf, systemClock } from "../base/mod.ts";
import { type AgentIdentity, agentPrincipal, TOKEN_VARIABLE } from "./agent_identity.ts";
import { GATEWAY_NAME, type ServerConfig } from "../config/mod.ts";
import type { Args, Command, Io } from "./command.ts";
import { printable } from "./render.ts";
import { cosignAtEnd } from "./run/cosign_at_end.ts";
import { configuredPrincipal, firewallSettings, serverNameFor, upstreamPlace } from "./run/from_setup.ts";
import { runFirewall } from "./run/firewall.ts";
import { chosenServers, gatewaySettings, pinNameOf, placeOf } from "./run/gateway/settings.ts";
import type { runGateway } from "./run/gateway/stdio.ts";
import type { Listening } from "./run/listen/listener.ts";
import { listenSettings } from "./run/listen/settings.ts";
import { policyPlace } from "./run/policy_place.ts";
import { BadPolicy } from "./run/policy_worker.ts";
import { readSetup, type Setup } from "./setup.ts";
import type { UpstreamPlace } from "./run/upstream_side.ts";

export const command: Command = {
  name: "run",
  summary: "stand in front of an MCP server",
  usage: "[--config FILE] [--policy FILE]… [--server NAME] [--agent ID] [--dry-run] " +
    "[--listen ADDR] (-- CMD ARGS… | --upstream-url URL | with [servers] in the configuration)",
  flags: [
    {
      name: "config",
      kind: "string",
      value: "FILE",
      help: "the configuration; without it countersign.toml here or above",
    },
    {
      name: "policy",
      kind: "list",
      value: "FILE",
      help: "a policy file or a bundled name, highest first; in place of the configured ones",
    },
    {
      name: "server",
      kind: "string",
      value: "NAME",
      help:
        "what rules and entries call the server; without it, the command's name. Of [servers], the one to run",
    },
    {
      name: "agent",
      kind: "string",
      value: "ID",
      help: "who calls; in place of the configured id. A token says more",
    },
    {
      name: "upstream-url",
      kind: "string",
      value: "URL",
      help: "a server that is reached over Streamable HTTP, in place of a command",
    },
    {
      name: "listen",
      kind: "string",
      value: "ADDR",
      help: "serve clients over Streamable HTTP, as at 127.0.0.1:8080, in place of stdio",
    },
    {
      name: "dry-run",
      kind: "boolean",
      help: "judge and record everything, and forward it all as it came",
    },
  ],
  example: `countersign run -- npx -y @modelcontextprotocol/server-filesystem ~/work
countersign: policy standard sha256:1f0c9e3b5a77…, ledger /home/jane/.local/share/countersign/ledger, entries 0`,
  run: runCommand,
};

async function runCommand(args: Args, io: Io): Promise<number> {
  const setup = readSetup(io, args.text("config"));
  const chosen = chosenServers(setup.config, args);
  const [first] = chosen?.servers ?? [];
  const upstream = first === undefined ? upstreamPlace(setup.config, args) : placeOf(first, setup.config);
  const place = policyPlace({ setup, named: args.list("policy"), io });
  const sources = place.read();
  // One write for each line: several firewalls may share one terminal.
  const log = (line: string) => io.err(`countersign: ${printable(line)}\n`);
  if (setup.file === undefined) {
    log(`no countersign.toml found: key and ledger are in ${setup.ledgerFolder}`);
  }
  const isGateway = chosen?.kind === "all";
  const server = isGateway ? GATEWAY_NAME : first?.name ?? serverNameFor(setup.config, args, upstream);
  const identity = await identify({ setup, args, io, server, log });
  const settingsOf = (server: string, upstream: UpstreamPlace, one?: ServerConfig) => {
    const pinName = one && pinNameOf(one, setup.config.servers);
    const settings = firewallSettings({ setup, sources, identity, server, args, io, upstream, pinName });
    return one === undefined ? settings : { ...settings, translate: one.translate };
  };
  const gateway = isGateway
    ? gatewaySettings(chosen.servers, (one) => settingsOf(one.name, placeOf(one, setup.config), one))
    : undefined;
  const settings = gateway?.whole ?? settingsOf(server, upstream, first);
  const listen = listenSettings(setup.config.listen, args.text("listen"));
  const { witnesses } = setup.config.ledger;
  const places = gateway?.servers.map((one) => one.upstream) ?? [upstream];
  if (witnesses === undefined && listen === undefined && places.every(({ kind }) => kind === "command")) {
    await io.giveUpNetwork?.();
  }
  const telling = { log, write: io.err };
  try {
    const code = listen !== undefined
      ? await listenWith({ settings, gateway, listen, place, telling, setup, args })
      : gateway !== undefined
      ? await gatewayWith(gateway, place, telling)
      : await runFirewall(settings, place, telling);
    if (witnesses !== undefined) await cosignAtEnd(setup.ledgerFolder, witnesses, log);
    return code;
  } catch (thrown) {
    if (thrown instanceof BadPolicy) throw place.complain(thrown.diagnostics, sources);
    throw thrown;
  }
}

/** Loaded only where there are several servers. */
async function gatewayWith(...run: Parameters<typeof runGateway>): Promise<number> {
  const { runGateway } = await import("./run/gateway/stdio.ts");
  return await runGateway(...run);
}

interface ListeningWith extends Omit<Listening, "identity" | "configured"> {
  readonly setup: Setup;
  readonly args: Args;
}

/** Loaded only where it is asked for: a run on stdio starts without it. */
async function listenWith({ setup: { config }, args, ...rest }: ListeningWith): Promise<number> {
  const { runListener } = await import("./run/listen/listener.ts");
  const configured = configuredPrincipal(config, args);
  return await runListener({ ...rest, identity: config.identity, configured });
}

interface Identifying {
  readonly setup: Setup;
  readonly args: Args;
  readonly io: Io;
  readonly server: string;
  readonly log: (line: string) => void;
}

/** Who calls. A token that is there and does not hold is an error, and the ledger says why nothing was started. */
async function identify({ setup, args, io, server, log }: Identifying): Promise<AgentIdentity> {
  const { config, ledgerFolder: folder } = setup;
  const configured = configuredPrincipal(config, args);
  const nowMs = systemClock.nowMicros() / 1000;
  const identity = await agentPrincipal(config.identity, {
    token: io.env(TOKEN_VARIABLE),
    configured,
    nowMs,
  });
  if (identity.ok) return identity.value;
  const { message, hint, reason } = identity.error;
  const { recordRefusedStart } = await import("./run/refused_start.ts");
  await recordRefusedStart({ folder, server, principal: configured, reason: `token:${reason}` }).catch(
    (fault) => log(`cannot record why: ${messageOf(fault)}`),
  );
  throw new Fault("config", message, { hint });
}
