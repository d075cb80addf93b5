/**
 * report: the record in words: an entry as a line of a table, and as a page of its own.
 *
 * Input: entries, whose names may be ATTACKER-CONTROLLED; whoever prints what comes back escapes it (lib/cli/render.ts).
 * Thread: cli. Imports: base, types of ledger.
 */
export { ENTRY_HEADERS, entryDetails, entryRow } from "./entry_text.ts";
