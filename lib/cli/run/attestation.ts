import type { FirewallSettings } from "./settings.ts";

/**
 * For whom the requests to this upstream are attested; `undefined`: they are not. A server at a URL is known by its origin;
 * path and query are its own, and may hold a secret. A command on this machine mostly has nobody to show it to.
 */
export function attestationAudience(
  { attest, upstream, server, enforced }: Pick<
    FirewallSettings,
    "attest" | "upstream" | "server" | "enforced"
  >,
): string | undefined {
  const wanted = attest ?? upstream.kind === "url";
  if (!wanted || !enforced) return undefined;
  return upstream.kind === "url" ? upstream.address.origin : server;
}
