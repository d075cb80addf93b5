/**
 * report: the record in words and numbers: entries as lines, sums over them, pages and Markdown written from these.
 *
 * Input: entries, whose names may be ATTACKER-CONTROLLED; pages and Markdown escape them, who prints lines does it there.
 * Thread: cli. Imports: base, types of ledger.
 */
export { ENTRY_HEADERS, entryDetails, entryRow } from "./entry_text.ts";
export { type SessionFacts, type SessionState, SessionSum } from "./summary/session_facts.ts";
export type { Quantiles } from "./summary/latency.ts";
export type { Counted, Top } from "./summary/tally.ts";
export type { Facts, Unfinished } from "./summary/facts.ts";
export { Summary } from "./summary/summary.ts";
export { countOf, durationOf, lastedText, millisText, numberText, share } from "./words.ts";
export { type ReportInput, reportPage } from "./html/page.ts";
export { holds, type Integrity } from "./integrity.ts";
export { controlsMarkdown } from "./markdown/controls.ts";
export { evidenceMarkdown } from "./markdown/evidence.ts";
export { CONTROLS_NOTE, FRAMEWORKS, REACH_WORDS } from "./controls/all.ts";
export type { Control, Framework } from "./controls/control.ts";
