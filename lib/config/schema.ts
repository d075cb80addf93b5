/** What may stand in `countersign.toml`, as data: checks the file, and makes the reference for people. */
import type { Field } from "../diagnostic/mod.ts";

const ID_WANTED = "1 to 128 letters, digits and any of _ . @ : / + -";
const ID_REGEXP = /^[A-Za-z0-9][A-Za-z0-9_.@:/+-]{0,127}$/;
const LINE = {
  kind: "text",
  pattern: /^[^\p{Cc}\u2028\u2029]{1,200}$/u,
  wanted: "one line of at most 200 characters",
} as const;

const LATER = "take it out: a later version has it";

function later(key: string): Field {
  return { key, type: { kind: "unsupported", instead: LATER }, doc: "" };
}

export const CONFIG_FIELDS: readonly Field[] = [
  {
    key: "version",
    type: { kind: "version", now: 1 },
    required: true,
    doc: "The version of this file's form.",
  },
  { key: "agent", type: { kind: "table" }, doc: "Who calls." },
  { key: "policy", type: { kind: "table" }, doc: "The policy files." },
  { key: "ledger", type: { kind: "table" }, doc: "Where the record is kept." },
  { key: "identity", type: { kind: "table" }, doc: "Tokens by which agents prove who they are." },
  { key: "scan", type: { kind: "table" }, doc: "What is done about findings." },
  { key: "pins", type: { kind: "table" }, doc: "What becomes of tools that change." },
  { key: "attestation", type: { kind: "table" }, doc: "What forwarded requests carry." },
  { key: "limits", type: { kind: "table" }, doc: "Sizes and times." },
  { key: "listen", type: { kind: "table" }, doc: "How clients reach us over HTTP." },
  { key: "refusal", type: { kind: "table" }, doc: "How a refusal reaches the client." },
  { key: "server", type: { kind: "table" }, doc: "The upstream." },
  {
    key: "guardrails",
    type: { kind: "table" },
    doc: "The short form of a policy; the highest layer. See policies/README.md.",
  },
  {
    key: "servers",
    type: { kind: "table" },
    doc:
      "`[servers.<name>]`: several upstreams behind one gateway; each tool is called `<name>_<tool>` then.",
  },
  ...["approvals", "notifications", "control", "plugins", "telemetry"].map(later),
];

export const AGENT_FIELDS: readonly Field[] = [
  {
    key: "id",
    type: { kind: "text", pattern: ID_REGEXP, wanted: ID_WANTED },
    standard: '"agent"',
    doc: "The name of the agent in rules and entries.",
  },
  { key: "authorized_by", type: LINE, doc: "The person who answers for the agent; it is in every entry." },
];

export const POLICY_FIELDS: readonly Field[] = [
  {
    key: "files",
    type: { kind: "texts" },
    standard: '["standard"]',
    doc: "The layers, from the highest on: paths relative to this file, or names of bundled policies.",
  },
  {
    key: "watch",
    type: { kind: "boolean" },
    standard: "false",
    doc: "Are changed policy files loaded while a firewall runs? A bad one keeps the policy that holds.",
  },
];

export const IDENTITY_FIELDS: readonly Field[] = [
  {
    key: "required",
    type: { kind: "boolean" },
    standard: "false",
    doc: "Is every call refused that comes without a verified token?",
  },
  {
    key: "scheme",
    type: {
      kind: "word",
      what: "scheme",
      words: ["ed25519", "hmac"],
      synonyms: { eddsa: "ed25519", EdDSA: "ed25519", hs256: "hmac", HS256: "hmac", HMAC: "hmac" },
    },
    doc: "How tokens are signed; without it, as the keys have it. A token of another scheme is refused.",
  },
  {
    key: "public_keys",
    type: { kind: "texts" },
    doc: "Files of Ed25519 public keys, relative to this file; a token that one of them verifies holds.",
  },
  {
    key: "secret",
    type: { kind: "text" },
    doc:
      'The shared secret of HS256, at least 32 bytes: `"${VAR}"` and nothing else, read from our own environment.',
  },
  { key: "secret_file", type: { kind: "text" }, doc: "A file with the shared secret, in place of `secret`." },
];

export const SCAN_FIELDS: readonly Field[] = [
  {
    key: "overrides",
    type: { kind: "any", shown: "table" },
    doc: "`[scan.overrides.<detector>]`: what is done about that detector's findings everywhere.",
  },
  {
    key: "exceptions",
    type: { kind: "tables" },
    doc: "`[[scan.exceptions]]`: what is done about a detector's findings at one server or tool.",
  },
  {
    key: "detectors",
    type: { kind: "tables" },
    doc: "`[[scan.detectors]]`: detectors of your own, each with its examples.",
  },
  {
    key: "canaries",
    others: ["canary"],
    type: { kind: "texts" },
    doc: "Planted values that must never appear in a call; `countersign canary new` makes one.",
  },
  { key: "injection", type: { kind: "table" }, doc: "What is done about results that give orders." },
];

export const DETECTOR_FIELDS: readonly Field[] = [
  {
    key: "id",
    type: {
      kind: "text",
      pattern: /^[a-z][a-z0-9]*(?:-[a-z0-9]+)*$/,
      wanted: "lower-case words with hyphens, such as acme-token",
    },
    required: true,
    doc: "Its name in findings, overrides and markers; none of the built-in ones.",
  },
  { key: "description", type: LINE, doc: "What it finds, for people." },
  {
    key: "keywords",
    type: { kind: "texts" },
    required: true,
    doc: "One of them, in any case, stands in everything that the pattern matches: only there it is tried.",
  },
  {
    key: "pattern",
    type: { kind: "text" },
    required: true,
    doc: "RE2 syntax, which has no slow patterns; what it matches is the finding.",
  },
  {
    key: "specificity",
    type: { kind: "integer", min: 1, max: 3 },
    standard: "2",
    doc:
      "Where findings overlap the higher one wins: 3 a form of its own, 2 a form with a check, 1 only a name.",
  },
  {
    key: "hits",
    type: { kind: "texts" },
    required: true,
    doc: "Texts in which it finds something; a detector that misses one does not load.",
  },
  {
    key: "misses",
    type: { kind: "texts" },
    required: true,
    doc: "Texts that look alike and in which it finds nothing; a detector that hits one does not load.",
  },
];

export const INJECTION_FIELDS: readonly Field[] = [
  {
    key: "action",
    type: { kind: "word", what: "action", words: ["annotate", "redact", "withhold", "allow"] },
    doc:
      "What any sign of an injection does to a result; without it a few weak signs put a warning before it, and from " +
      "the threshold on it is withheld.",
  },
  {
    key: "threshold",
    type: { kind: "integer", min: 1, max: 100 },
    standard: "5",
    doc: "The sum of the signs' weights (1 to 5 each) from which on a result is withheld.",
  },
  {
    key: "extra_patterns",
    type: { kind: "texts" },
    doc: "RE2 patterns of your own; what they match is a sign.",
  },
];

const REQUESTS: Field = {
  key: "requests",
  type: { kind: "word", what: "action", words: ["allow", "block", "ask"] },
  standard: '"block"',
  doc: "What a finding in arguments does to the call.",
};
const RESULTS: Field = {
  key: "results",
  type: { kind: "word", what: "action", words: ["allow", "redact", "withhold"] },
  standard: '"redact"',
  doc: "What a finding in a result does to it.",
};

export const OVERRIDE_FIELDS: readonly Field[] = [REQUESTS, RESULTS];

export const EXCEPTION_FIELDS: readonly Field[] = [
  { key: "detector", type: { kind: "text" }, required: true, doc: "The detector's id." },
  { key: "server", type: LINE, doc: "The name of one server; no glob." },
  { key: "tool", type: LINE, doc: "The name of one tool; no glob." },
  REQUESTS,
  RESULTS,
];

export const LIMITS_FIELDS: readonly Field[] = [
  {
    key: "max_frame_bytes",
    type: { kind: "integer", min: 1024, max: 268_435_456 },
    standard: "16777216",
    doc: "The longest message; a longer one is refused.",
  },
  {
    key: "hold_timeout",
    type: { kind: "duration" },
    standard: '"5m"',
    doc: "How long a held call waits for a person before it is refused.",
  },
  {
    key: "drain_timeout",
    type: { kind: "duration" },
    standard: '"30s"',
    doc: "How long open calls are waited for once the client has ended its input.",
  },
  {
    key: "ask_timeout",
    type: { kind: "duration" },
    standard: '"2s"',
    doc:
      "How long the scanner, the policy or the ledger may take over one message before the call is refused.",
  },
];

export const REFUSAL_FIELDS: readonly Field[] = [
  {
    key: "style",
    type: { kind: "word", what: "style", words: ["result", "error"] },
    standard: '"result"',
    doc: "A refused tool call is answered with a result that the model can read, or with a JSON-RPC error.",
  },
];

export const SERVER_FIELDS: readonly Field[] = [
  {
    key: "name",
    type: { kind: "text", pattern: ID_REGEXP, wanted: ID_WANTED },
    doc: "The upstream's name in rules and entries; without it, it is taken from the command.",
  },
  {
    key: "inherit_env",
    type: { kind: "boolean" },
    doc:
      "Does the upstream get all of our environment, or only what every program needs? `run --` passes all of it on.",
  },
  {
    key: "env",
    type: { kind: "any", shown: "table of strings" },
    doc:
      "Variables for the upstream. `${VAR}` is read from our own environment, so that no secret stands in the file.",
  },
  {
    key: "url",
    type: { kind: "text" },
    doc: "Where the upstream is, if it is reached over Streamable HTTP; `run` takes no command then.",
  },
  {
    key: "headers",
    type: { kind: "any", shown: "table of strings" },
    doc:
      "Headers for that URL, such as an authorization; they are sent to its origin alone. `${VAR}` as in `env`.",
  },
  {
    key: "translate",
    type: { kind: "boolean" },
    doc:
      "Is translated where the client speaks another era of the protocol than the upstream (2026-07-28 and before)?",
  },
];
