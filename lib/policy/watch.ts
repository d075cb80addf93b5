/** What rules that look back must see of every call, also of those that they are not about. */
import type { AccessRequest, ApprovalMark, Mark } from "../verdict/mod.ts";
import type { CallView } from "./call_view.ts";

/** {@link Marks} while they are gathered. */
export interface MarkLists {
  readonly forwarded: Mark[];
  readonly refused: Mark[];
  readonly approved: ApprovalMark[];
  readonly labelled: Mark[];
}

/** One kind of event that some rule looks back on. */
export interface Watch {
  /** Two watches of one key see the same and mark the same: one of them is enough. */
  readonly key: string;
  /** Can a call like this one be such an event, whatever its arguments? */
  isAbout(request: AccessRequest): boolean;
  /** Adds what the call leaves in the history. `labels`: what its result will put on the session. */
  addMarks(lists: MarkLists, view: CallView, labels: readonly string[]): void;
}

/** Each watch once. */
export function distinctWatches(watches: readonly Watch[]): readonly Watch[] {
  return [...new Map(watches.map((watch) => [watch.key, watch])).values()];
}
