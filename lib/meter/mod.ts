/**
 * meter: how much of a limit is used up and what happened before, as pure arithmetic: no clock, no store.
 *
 * Input: decisions of a policy that was checked, with amounts that may be ATTACKER-CONTROLLED; rows, read strictly.
 * Thread: ledger worker, cli. Imports: base, verdict types.
 */
export { Book, bookKey, type BookRow, memoryBook } from "./book.ts";
export { type Needs, needsOf, needsOfMarks, NO_NEEDS } from "./needs.ts";
