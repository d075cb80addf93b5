/** The limits of an envelope: so many calls pass, and the next one does not look as it should. */
import { canonicalPayload, randomBytes, sha256Hex, toHex } from "../base/mod.ts";
import type { DiagnosticSink, Fields } from "../diagnostic/mod.ts";
import { type EnvelopePart, type MeterWindow, nameOf } from "../verdict/mod.ts";
import { readRate } from "./rate.ts";
import type { PartMaker } from "./envelope_part.ts";
import type { CallView } from "./call_view.ts";
import { ownerParts, scopeOf } from "./scope.ts";

const SEVERITIES = {
  max_calls: 1,
  max_duration: 1,
  max_identical_calls: 0.85,
  max_similar_calls: 0.7,
  max_rate: 0.7,
};
type LimitKey = keyof typeof SEVERITIES;

/** One part for each limit that is stated; what cannot be read is said to the sink. */
export function readEnvelopeLimits(
  fields: Fields,
  layer: string,
  sink: DiagnosticSink,
): readonly PartMaker[] {
  const parts: PartMaker[] = [];
  const count = (key: LimitKey, ownersOf: (view: CallView) => readonly string[]) => {
    const limit = fields.integer(key);
    if (limit === undefined) return;
    const meter = { limit: String(limit), window: { kind: "none" } } as const;
    parts.push((view) =>
      limitPart(key, { name: nameOf("envelope", layer, key, ...ownersOf(view)), ...meter })
    );
  };
  count("max_calls", ({ request }) => ownerParts(["session"], request));
  count("max_similar_calls", ({ request }) => ownerParts(["session", "tool"], request));
  if (fields.has("max_identical_calls")) {
    const digest = argumentsDigest();
    count("max_identical_calls", (view) => [...ownerParts(["session", "tool"], view.request), digest(view)]);
  }
  const rate = fields.node("max_rate");
  const read = rate?.kind === "text" ? readRate(rate, sink) : undefined;
  if (read !== undefined) parts.push(ratePart(layer, read));
  const overMs = fields.durationMs("max_duration");
  if (overMs !== undefined) {
    parts.push(({ request }) => ({
      id: "max_duration",
      severity: SEVERITIES.max_duration,
      guard: { kind: "age", scope: scopeOf("session", request), overMs },
    }));
  }
  return parts;
}

function ratePart(layer: string, { limit, ms }: { readonly limit: string; readonly ms: number }): PartMaker {
  const window = { kind: "sliding", ms } as const;
  return ({ request }) => {
    const name = nameOf("envelope", layer, "max_rate", ...ownerParts(["session"], request));
    return limitPart("max_rate", { name, limit, window });
  };
}

interface Meter {
  readonly name: string;
  readonly limit: string;
  readonly window: MeterWindow;
}

function limitPart(id: LimitKey, { name, limit, window }: Meter): EnvelopePart {
  const charge = { meter: name, amount: "1", limit, window };
  return { id, severity: SEVERITIES[id], guard: { kind: "limit", holds: "over", charge } };
}

/**
 * What tells arguments apart in the name of a meter. Names of meters are in entries, so a bare digest would let anybody
 * who reads them try out what a short argument was: it is salted, anew with each load. After a reload the count of
 * identical calls begins anew, which a heuristic can afford.
 */
function argumentsDigest(): (view: CallView) => string {
  // The first digest loads node:crypto (15 ms): here, before the first call waits for it, and for this key alone.
  const salt = sha256Hex(toHex(randomBytes(16)));
  return ({ args, request }) => {
    const text = args === undefined ? request.args : canonicalPayload(args);
    return sha256Hex(`${salt}${text}`).slice(0, 32);
  };
}
