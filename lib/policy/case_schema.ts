/** What may stand in a file of cases, as data: checks files, and makes the reference in policies/README.md. */
import type { Field } from "../diagnostic/mod.ts";
import { EFFECTS } from "./schema.ts";

export const CASE_FILE_FIELDS: readonly Field[] = [
  {
    key: "version",
    type: { kind: "version", now: 1 },
    required: true,
    doc: "The version of this file's form.",
  },
  {
    key: "start",
    type: { kind: "any", shown: 'instant, such as "2026-01-05T08:00:00Z"' },
    standard: '"2026-01-05T08:00:00Z"',
    doc: "When the first call comes: a Monday morning. For rules that look at `now`.",
  },
  {
    key: "above",
    type: { kind: "texts" },
    doc: "Policies that stand above the tested one in these calls: bundled names, or files beside it.",
  },
  {
    key: "below",
    type: { kind: "texts" },
    doc: "Policies that stand below it.",
  },
  {
    key: "calls",
    type: { kind: "tables" },
    required: true,
    doc: "The calls, in order: later ones see what earlier ones left behind.",
  },
];

export const CASE_FIELDS: readonly Field[] = [
  { key: "name", type: { kind: "text" }, required: true, doc: "What the case shows." },
  { key: "tool", type: { kind: "text" }, standard: '""', doc: "The tool's name, the prompt's, or the URI." },
  { key: "args", type: { kind: "any", shown: "table, or JSON text" }, doc: "The arguments." },
  {
    key: "at",
    type: { kind: "text" },
    doc: 'When it comes, counted from the first call: "+5m". Without it: at the instant of the call before.',
  },
  {
    key: "times",
    type: { kind: "integer", min: 1, max: 10_000 },
    standard: "1",
    doc: "How often it comes, all at that instant. Each of them must come out as expected.",
  },
  { key: "session", type: { kind: "text" }, standard: '"case"', doc: "The session that it belongs to." },
  { key: "server", type: { kind: "text" }, standard: '"server"', doc: "The server's name." },
  { key: "method", type: { kind: "text" }, standard: '"tools/call"', doc: "The MCP method." },
  { key: "agent", type: { kind: "text" }, standard: '"agent"', doc: "The agent's id." },
  { key: "roles", type: { kind: "texts" }, doc: "Roles of a verified token." },
  {
    key: "verified",
    type: { kind: "boolean" },
    doc: "Is there a verified token? Without it: if there are roles.",
  },
  {
    key: "labels",
    type: { kind: "texts" },
    doc: "Labels that are on the session, beside those that earlier calls put there.",
  },
  { key: "threat", type: { kind: "integer", min: 0, max: 1000 }, standard: "0", doc: "The threat score." },
  { key: "findings", type: { kind: "texts" }, doc: "Ids of detectors that found something that blocks." },
  {
    key: "scan_complete",
    type: { kind: "boolean" },
    standard: "true",
    doc: "Did the scanner see everything?",
  },
  {
    key: "listing",
    type: { kind: "word", what: "listing", words: ["listed", "unlisted", "lookalike", "unknown"] },
    standard: '"unknown"',
    doc: "Is the tool's name one that the upstream listed?",
  },
  {
    key: "approve",
    type: { kind: "boolean" },
    doc: "What a person says to the held call. Without it nobody answers, and the call does not leave.",
  },
  {
    key: "clears",
    type: { kind: "texts" },
    doc: "Labels that the person who approves takes off the session.",
  },
  {
    key: "expect",
    type: { kind: "word", what: "outcome", words: EFFECTS },
    required: true,
    doc: "The outcome. The case fails where another one comes.",
  },
  { key: "rule", type: { kind: "text" }, doc: "The rule that must decide, as `layer/id`, or the reason." },
  {
    key: "listed",
    type: { kind: "boolean" },
    doc: "Must the tool be in the list that the agent gets (`hide_denied_tools`)?",
  },
  {
    key: "masked",
    type: { kind: "texts", empty: "allowed" },
    doc: "The fields that must be masked: these, and no others.",
  },
  {
    key: "result_labels",
    type: { kind: "texts", empty: "allowed" },
    doc: "The labels that the result must put on the session: these, and no others.",
  },
];
