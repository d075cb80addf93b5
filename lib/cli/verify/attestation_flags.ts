import type { Flag } from "../command.ts";

/** The flags of `verify` by which a call's attestation is checked. */
export const ATTESTATION_FLAGS: readonly Flag[] = [
  {
    name: "attestation",
    kind: "string",
    value: "FILE",
    help:
      "the attestation that came with a call, - is stdin; the ledger or receipt that is named must have its entry",
  },
  {
    name: "audience",
    kind: "string",
    value: "NAME",
    help: "whom the attestation must be for: the origin of the server's URL, or a command's name",
  },
];
