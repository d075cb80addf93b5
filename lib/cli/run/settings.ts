import type { LedgerConfig } from "../../config/mod.ts";
import type { PolicySource } from "../../policy/mod.ts";
import type { ScanOptions } from "../../scan/mod.ts";
import type { PinSettings, ServerPins } from "../../verdict/mod.ts";
import type { AgentIdentity } from "../agent_identity.ts";
import type { UpstreamPlace } from "./upstream_side.ts";

/** Everything that one `run` needs to know, made from the configuration and the command line before anything starts. */
export interface FirewallSettings {
  /** Name of the upstream in rules and entries. */
  readonly server: string;
  readonly identity: AgentIdentity;
  readonly upstream: UpstreamPlace;
  readonly policies: readonly PolicySource[];
  /** Are changed policy files loaded without being asked to? */
  readonly watch: boolean;
  readonly scan: ScanOptions;
  /** Absent: tools are not pinned. */
  readonly pins: PinSettings | undefined;
  /** In place of `pins` and of the one server, where there are several. */
  readonly serverPins?: readonly ServerPins[];
  /** The ledger's folder, absolute. */
  readonly ledgerFolder: string;
  readonly ledger: Pick<LedgerConfig, "record" | "origin" | "jsonl">;
  readonly workingFolder: string;
  readonly home: string | undefined;
  readonly refusalStyle: "result" | "error";
  readonly maxFrameBytes: number;
  readonly holdTimeoutMs: number;
  readonly drainTimeoutMs: number;
  /** How long a worker may take over one question. */
  readonly askTimeoutMs: number;
  /** Is translated between a client and an upstream of different eras? */
  readonly translate: boolean;
  /** Are requests attested? Absent: as the kind of upstream has it. */
  readonly attest?: boolean | undefined;
  /** False in a dry run. */
  readonly enforced: boolean;
}
