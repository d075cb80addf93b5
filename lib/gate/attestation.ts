/** What a forwarded request takes along: that it was judged, and where that is written. */
import type { JsonObject } from "../base/mod.ts";
import { withAttestation } from "../wire/mod.ts";
import type { Judgeable } from "./judgeable.ts";
import type { GateSettings } from "./ports.ts";

/**
 * For whom `item` is attested; `undefined`: for nobody. Requests to the upstream alone: nobody acts on a notice, and a
 * server that wants every call attested does not run one that came as a notice. In a dry run nothing vouches for anything.
 */
export function attestFor(
  { direction, form }: Pick<Judgeable, "direction" | "form">,
  { attestFor, enforced }: GateSettings,
): string | undefined {
  return direction === "to-upstream" && form === "request" && enforced ? attestFor : undefined;
}

/** The params as they leave. */
export function attested(
  params: JsonObject | undefined,
  attestation: string | undefined,
): JsonObject | undefined {
  return attestation === undefined ? params : withAttestation(params, attestation);
}
