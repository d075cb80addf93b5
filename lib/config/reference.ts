/** The field reference of `countersign.toml`, from the tables that check it. */
import { type Field, fieldTable } from "../diagnostic/mod.ts";
import { ATTESTATION_FIELDS } from "./read_attestation.ts";
import { LISTEN_FIELDS } from "./read_listen.ts";
import { PINS_FIELDS } from "./read_pins.ts";
import { SERVERS_FIELDS } from "./read_servers.ts";
import {
  AGENT_FIELDS,
  CONFIG_FIELDS,
  DETECTOR_FIELDS,
  EXCEPTION_FIELDS,
  IDENTITY_FIELDS,
  INJECTION_FIELDS,
  LIMITS_FIELDS,
  OVERRIDE_FIELDS,
  POLICY_FIELDS,
  REFUSAL_FIELDS,
  SCAN_FIELDS,
  SERVER_FIELDS,
} from "./schema.ts";
import { LEDGER_FIELDS } from "./schema_ledger.ts";

const SECTIONS: readonly (readonly [title: string, fields: readonly Field[]])[] = [
  ["The file", CONFIG_FIELDS],
  ["`[agent]`", AGENT_FIELDS],
  ["`[policy]`", POLICY_FIELDS],
  ["`[ledger]`", LEDGER_FIELDS],
  ["`[identity]`", IDENTITY_FIELDS],
  ["`[scan]`", SCAN_FIELDS],
  ["`[scan.overrides.<detector>]`", OVERRIDE_FIELDS],
  ["`[[scan.exceptions]]`", EXCEPTION_FIELDS],
  ["`[[scan.detectors]]`", DETECTOR_FIELDS],
  ["`[scan.injection]`", INJECTION_FIELDS],
  ["`[pins]`", PINS_FIELDS],
  ["`[attestation]`", ATTESTATION_FIELDS],
  ["`[limits]`", LIMITS_FIELDS],
  ["`[listen]`", LISTEN_FIELDS],
  ["`[refusal]`", REFUSAL_FIELDS],
  ["`[server]`", SERVER_FIELDS],
  ["`[servers.<name>]`", SERVERS_FIELDS],
];

/** Markdown: one table a section. */
export function configReference(): string {
  return SECTIONS.map(([title, fields]) => `### ${title}\n\n${fieldTable(fields)}`).join("\n");
}
