/** From `[servers.*]` to the settings of a gateway: those of the whole, and those of each server's gate. */
import { Fault } from "../../../base/mod.ts";
import { type Config, GATEWAY_NAME, type ServerConfig } from "../../../config/mod.ts";
import { upstreamAddress } from "../../../transport/mod.ts";
import type { Args } from "../../command.ts";
import { commandPlace } from "../command_place.ts";
import type { FirewallSettings } from "../settings.ts";
import type { UpstreamPlace } from "../upstream_side.ts";

export interface GatewaySettings {
  /** Of the session as a whole; its `upstream` is that of the first server. */
  readonly whole: FirewallSettings;
  /** Of each server's gate, in the order of the configuration. */
  readonly servers: readonly FirewallSettings[];
}

/** How a run with `[servers.*]` was asked for. */
export type Chosen =
  | { readonly kind: "one"; readonly servers: readonly [ServerConfig] }
  | { readonly kind: "all"; readonly servers: readonly ServerConfig[] };

/** What the command line makes of `[servers.*]`; `undefined` where there are none. Throws Fault `usage`. */
export function chosenServers({ servers }: Config, args: Args): Chosen | undefined {
  const [first] = servers;
  if (first === undefined) return undefined;
  const given = args.rest?.[0] !== undefined ? "a command" : args.text("upstream-url") && "--upstream-url";
  if (given) {
    throw new Fault("usage", `Cannot run: ${given} is given, and the configuration names [servers]`, {
      hint: `leave it out, pick one with --server ${first.name}, or name a configuration without [servers]`,
    });
  }
  const name = args.text("server");
  if (name === undefined) return { kind: "all", servers };
  const server = servers.find((one) => one.name === name);
  if (server !== undefined) return { kind: "one", servers: [server] };
  throw new Fault("usage", "Cannot run: --server names none of [servers]", {
    hint: `they are: ${servers.map((one) => one.name).join(", ")}`,
  });
}

/** Where a server of `[servers.*]` is. Throws Fault `config`. */
export function placeOf(server: ServerConfig, config: Pick<Config, "identity">): UpstreamPlace {
  const { name, command: words = [""], url, headers, env: extra, inheritEnv: inherit } = server;
  if (url === undefined) return commandPlace({ words, inherit, extra }, config);
  const address = upstreamAddress(url);
  if (address.ok) return { kind: "url", address: address.value, headers };
  throw new Fault("config", `Cannot run: the url of [servers.${name}] cannot be used: ${address.error}`, {
    hint: "look at the configuration",
  });
}

/**
 * What tells the pins of `server` from those of another one before it that has the same command or URL, and may have other
 * tools by its environment, a header or a query; `undefined` where there is none. The first keeps the pins that it has had
 * alone: whoever takes its place later is held against them.
 */
export function pinNameOf(server: ServerConfig, servers: readonly ServerConfig[]): string | undefined {
  const twin = servers.find((one) => startOf(one) === startOf(server));
  return twin === undefined || twin.name === server.name ? undefined : server.name;
}

function startOf({ command, url }: ServerConfig): string {
  if (url === undefined) return JSON.stringify(command);
  const { origin, pathname } = new URL(url); // INVARIANT: the configuration was read with one that parses
  return `${origin}${pathname}`;
}

/** `settingsOf`: those that a run in front of that server alone would have. */
export function gatewaySettings(
  servers: readonly ServerConfig[],
  settingsOf: (server: ServerConfig) => FirewallSettings,
): GatewaySettings {
  const each = servers.map(settingsOf), [first] = each;
  if (first === undefined) throw new Fault("internal", "Cannot run: a gateway without servers");
  const { pins: _, ...rest } = first;
  const serverPins = each.flatMap(({ server, pins }) => pins === undefined ? [] : [{ server, ...pins }]);
  const whole = { ...rest, server: GATEWAY_NAME, pins: undefined };
  return { whole: serverPins.length === 0 ? whole : { ...whole, serverPins }, servers: each };
}
