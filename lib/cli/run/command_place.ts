/** A server that is a command: what it is started with. */
import { type Config, secretVariable } from "../../config/mod.ts";
import { childEnvironment, ownEnvironment, type UpstreamCommand } from "../../transport/mod.ts";

// How long the upstream may take to leave when its input ends, and again after SIGTERM.
const GRACE_MS = 2_000;

interface Given {
  /** The program and its arguments. */
  readonly words: readonly [string, ...string[]];
  /** Does it get our own environment, but for what is ours alone? */
  readonly inherit: boolean;
  /** SECRET. What it gets beside. */
  readonly extra: Readonly<Record<string, string>>;
}

export function commandPlace(
  { words: [command, ...args], inherit, extra }: Given,
  { identity }: Pick<Config, "identity">,
): { readonly kind: "command"; readonly command: UpstreamCommand } {
  const secret = secretVariable(identity);
  const withheld = secret === undefined ? [] : [secret];
  const environment = childEnvironment(ownEnvironment(), { inherit, extra, withheld });
  return { kind: "command", command: { command, args, environment, graceMs: GRACE_MS } };
}
