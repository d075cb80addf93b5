import type { Field, Fields } from "../diagnostic/mod.ts";
import type { Config } from "./config.ts";

export const ATTESTATION_FIELDS: readonly Field[] = [
  {
    key: "enabled",
    type: { kind: "boolean" },
    doc:
      "Does each forwarded request carry a signed token that says where it is written down? Without this, at a URL " +
      "it does, and at a command not.",
  },
];

/** The `[attestation]` table. */
export function readAttestation(fields: Fields | undefined): Config["attestation"] {
  const enabled = fields?.boolean("enabled");
  return enabled === undefined ? {} : { enabled };
}
