/** The `[ledger]` table of `countersign.toml`, as data. */
import type { Field } from "../diagnostic/mod.ts";

export const LEDGER_FIELDS: readonly Field[] = [
  {
    key: "path",
    type: { kind: "text" },
    standard: '".countersign"',
    doc: "The ledger's folder, relative to this file. Nobody else may read it.",
  },
  {
    key: "record",
    type: { kind: "word", what: "record", words: ["metadata", "full"] },
    standard: '"metadata"',
    doc:
      "`metadata`: names, decisions and keyed digests, never arguments or results. `full`: beside them the payloads of " +
      "allowed calls, as they crossed; they can be deleted without breaking a proof.",
  },
  {
    key: "retention",
    type: { kind: "duration" },
    doc: "How long recorded payloads are kept: `countersign ledger prune` deletes older ones.",
  },
  {
    key: "origin",
    type: {
      kind: "text",
      pattern: /^(?!countersign\/(?:entry|head|key|digest)\/)[^\s+\p{Cc}]{1,128}$/u,
      wanted: "1 to 128 characters without white space and without +",
    },
    doc: "The name of this ledger in its checkpoints; by default `countersign/<key id>`.",
  },
  {
    key: "witnesses",
    type: { kind: "text" },
    doc: "A C2SP tlog-policy file that names the witnesses of checkpoints and how many of them must sign.",
  },
  {
    key: "jsonl",
    type: { kind: "text" },
    doc: "A file that gets every entry as a line of JSON, for log shippers.",
  },
];
