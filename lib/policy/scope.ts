/** Whose limits and whose history: the names under which the ledger keeps them. */
import { composed, sha256Hex } from "../base/mod.ts";
import { type AccessRequest, nameOf } from "../verdict/mod.ts";

/** Whose history a rule looks at. */
export type HistoryOf = "session" | "agent";

/**
 * The name of the history of this session or agent. An agent without a verified token is as good as its configuration: two
 * of one id share a history.
 */
export function scopeOf(whose: HistoryOf, { principal, context }: AccessRequest): string {
  return nameOf(whose, whose === "session" ? context.session : principal.id);
}

/** Who has a meter of its own, in the order in which names of meters have them. */
export const METER_OWNERS = ["session", "agent", "server", "tool", "ledger"] as const;
export type MeterOwner = typeof METER_OWNERS[number];

/** The part of a meter's name that says whose it is. Names in the request are ATTACKER-CONTROLLED. */
export function ownerParts(owners: readonly MeterOwner[], request: AccessRequest): readonly string[] {
  return owners.flatMap((owner) => [owner, ...ownerValues(owner, request)]);
}

function ownerValues(owner: MeterOwner, { principal, resource, context }: AccessRequest): readonly string[] {
  switch (owner) {
    case "session":
      return [context.session];
    case "agent":
      return [principal.id];
    case "server":
      return [resource.server];
    case "tool":
      // Rules compare names on NFC: another spelling of the same name has no meter of its own.
      return [resource.server, showable(composed(resource.name))];
    case "ledger":
      return [];
  }
}

const PLAIN_NAME_REGEXP = /^[A-Za-z0-9_.-]{1,128}$/;

/** Names of meters are in entries and in the store, and a URI can hold a secret that the entry itself does not show. */
function showable(name: string): string {
  return name === "" || PLAIN_NAME_REGEXP.test(name)
    ? name
    : `sha256:${sha256Hex(name.toWellFormed()).slice(0, 32)}`;
}
