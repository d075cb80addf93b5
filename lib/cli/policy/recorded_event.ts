/** What recorded traffic is, whatever it was read from. */
import type { RecordedAnswer, RecordedCall } from "../../policy/mod.ts";

/** One thing that happened, in the order of time. `none`: something that no policy has a say in. */
export type RecordedEvent =
  | { readonly type: "call"; readonly call: RecordedCall }
  | { readonly type: "answer"; readonly answer: RecordedAnswer }
  | { readonly type: "end"; readonly session: string }
  /** A call that was refused before any policy was asked. */
  | { readonly type: "unasked" }
  | { readonly type: "unreadable" }
  | { readonly type: "none" };

export interface Recording {
  /** As a person calls what `number` of a call counts: `entry` or `line`. */
  readonly counted: "entry" | "line";
  readonly events: AsyncIterable<RecordedEvent>;
  /** How many there are at most; absent where nobody knows before the end. */
  readonly total?: number;
  close(): void;
}
