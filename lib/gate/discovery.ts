/** What a server offers, as the client may see it: without denied and changed tools, and without changed instructions. */
import { isJsonObject, type JsonValue } from "../base/mod.ts";
import { type ReasonCode, reasonForFault } from "../verdict/mod.ts";
import type { Call } from "./call.ts";
import { filterCompletions } from "./completions.ts";
import type { Pinned } from "./pins.ts";
import { filterTools } from "./tool_list.ts";
import type { Desk } from "./way.ts";

export interface Offer {
  readonly body: JsonValue;
  readonly original: JsonValue | undefined;
  readonly pinned: Pinned;
}

export interface Discovered {
  readonly body: JsonValue;
  /** Names of what was taken out, as an entry may have them. */
  readonly hidden: readonly string[];
  /** Set where a definition that has drifted was taken out. */
  readonly reason?: ReasonCode;
}

/** The offer as it may be handed over, or why none of it can be. */
export async function discover(
  desk: Desk,
  call: Call,
  offer: Offer,
): Promise<Discovered | { readonly blocker: ReasonCode }> {
  const { refused, instructions } = offer.pinned;
  const list = call.method === "completion/complete"
    ? await filterCompletions(desk, call, offer.body)
    : await filterTools(desk, call, { ...offer, refused });
  if (list === undefined) return { blocker: reasonForFault("policy") };
  const body = instructions ? withoutInstructions(list.body) : list.body;
  const isShort = refused.size > 0 || instructions;
  return {
    body: isShort ? perishable(body, call) : body,
    hidden: list.hidden,
    ...isShort && { reason: "drift" },
  };
}

/**
 * What waits for a person's answer is there as soon as they give it, and nobody tells the client then: it must not keep
 * the offer as it is now, for itself or for others (2026-07-28, server/utilities/caching; earlier revisions have no
 * caching fields).
 */
function perishable(body: JsonValue, { era }: Call): JsonValue {
  return era === "legacy" || !isJsonObject(body) ? body : { ...body, ttlMs: 0, cacheScope: "private" };
}

function withoutInstructions(body: JsonValue): JsonValue {
  if (!isJsonObject(body)) return body;
  const { instructions: _, ...rest } = body;
  return rest;
}
