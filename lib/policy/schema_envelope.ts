/** What may stand in `[envelope]`, as data: checks files, and makes the reference in policies/README.md. */
import type { Field } from "../diagnostic/mod.ts";

const COUNT = { kind: "integer", min: 1, max: 1_000_000 } as const;

export const ENVELOPE_FIELDS: readonly Field[] = [
  {
    key: "max_calls",
    others: ["max_actions_per_session"],
    type: COUNT,
    doc: "A session makes at most so many calls. Weighs 1.0.",
  },
  {
    key: "max_duration",
    others: ["max_duration_seconds"],
    example: 'max_duration = "10m"',
    type: { kind: "duration" },
    doc: "A session lasts at most so long, from its first call on. Weighs 1.0.",
  },
  {
    key: "max_rate",
    others: ["max_actions_per_minute"],
    example: 'max_rate = "30/minute"',
    type: { kind: "text", wanted: 'a rate such as "30/minute"' },
    doc: "At most so many calls in any window of that length. Weighs 0.7.",
  },
  {
    key: "max_identical_calls",
    type: COUNT,
    doc: "At most so many calls of one tool with the same arguments. Weighs 0.85.",
  },
  { key: "max_similar_calls", type: COUNT, doc: "At most so many calls of one tool. Weighs 0.7." },
  {
    key: "workflows",
    example: 'workflows = [{ name = "fix", steps = ["read_*", "write_*"] }]',
    type: { kind: "tables" },
    doc:
      "What sessions are for. One that looks like none of them weighs 0.65, one that looks a little like one 0.4.",
  },
  {
    key: "forbidden_flows",
    example: 'forbidden_flows = [{ from = "read_*", to = "send_*" }]',
    type: { kind: "tables" },
    doc: "A call of `to` after one of `from` in the same session. Weighs 0.95.",
  },
  {
    key: "thresholds",
    example: "thresholds = { warn = 0.3, ask = 0.6, kill = 0.8 }",
    type: { kind: "table" },
    doc: "From which score on a call is noted, held for a person, or ends the session.",
  },
];

export const WORKFLOW_FIELDS: readonly Field[] = [
  { key: "name", type: { kind: "text" }, required: true, doc: "The workflow's name, for people." },
  {
    key: "steps",
    example: 'steps = ["read_*", "write_*"]',
    type: { kind: "texts" },
    required: true,
    doc: "Globs on the tools' names, in order; other calls may stand in between.",
  },
  {
    key: "max_steps",
    type: COUNT,
    doc: "A session with more calls than this looks half as much like the workflow.",
  },
];

export const FLOW_FIELDS: readonly Field[] = [
  {
    key: "from",
    type: { kind: "text" },
    required: true,
    doc: "A glob on the name of a tool that was called, or `label:<name>`: a label that is on the session.",
  },
  {
    key: "to",
    example: 'to = "send_*"; of several: to = "{send_*,post_*}"',
    type: { kind: "text" },
    required: true,
    doc: "A glob on the name of the tool that is called now.",
  },
];

const SCORE = { kind: "any", shown: "number above 0 and at most 1" } as const;

export const THRESHOLD_FIELDS: readonly Field[] = [
  {
    key: "warn",
    type: SCORE,
    standard: "0.3",
    doc: "From here on the score is in the decision and its entry.",
  },
  {
    key: "ask",
    others: ["pause"],
    type: SCORE,
    standard: "0.6",
    doc: "From here on a person has to approve the call.",
  },
  {
    key: "kill",
    type: SCORE,
    standard: "0.8",
    doc: "From here on the call is refused, and every call after it until the session ends.",
  },
];
