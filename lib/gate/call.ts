import type { JsonValue } from "../base/mod.ts";
import type { Challenge, Era, Id, ProgressToken, Subject } from "../wire/mod.ts";
import type { Direction, Mark, Principal } from "../verdict/mod.ts";
import type { Lane, Outlet, Slot } from "./lane.ts";
import type { Names } from "./names.ts";

/** Where the answer to a request goes: the asker's lane, or the array that a batch is answered with. */
export interface ReplyPlace {
  reserve(): Slot;
  /** Within it the asker's ids are its own; absent: the one scope of a connection. */
  readonly scope?: string;
  /** Where notices go that belong to the request; absent: where all of them go. */
  readonly beside?: Lane;
  /** Where the request leaves, past those that wait for it; absent: in the order that it came. */
  readonly direct?: Slot;
  /** As that of the client's place. */
  challenge?(challenge: Challenge): void;
}

/** What a released result puts on the session: labels, and what they leave in its history. */
export interface Labelling {
  readonly labels: readonly string[];
  readonly marks: readonly Mark[];
}

export const NO_LABELLING: Labelling = { labels: [], marks: [] };

/** Both: what a request of its own asks for, and what the call asked for that it is about. */
export function bothLabellings(one: Labelling, other: Labelling): Labelling {
  if (other.labels.length === 0) return one;
  if (one.labels.length === 0) return other;
  return {
    labels: [...new Set([...one.labels, ...other.labels])],
    marks: [...one.marks, ...other.marks],
  };
}

/** One request from frame to released reply. */
export interface Call {
  readonly direction: Direction;
  /** The id that the asker chose. */
  readonly theirId: Id;
  /** The id that the other side sees; also its progress token. Chosen by us, so that neither side can aim at another's. */
  readonly ourId: number;
  readonly theirToken: ProgressToken | undefined;
  readonly method: string;
  readonly subject: Subject;
  readonly era: Era;
  /** Did the client ask for a task? Then it expects a task, and takes a refusal only as an error. */
  readonly asTask: boolean;
  /** With which a further page of a list is asked for. */
  readonly cursor: JsonValue | undefined;
  readonly reply: ReplyPlace;
  /** Where it was sent: what follows it must not overtake it. */
  readonly answerer: Outlet;
  readonly startedMs: number;
  /** Who called, as its entry says. */
  principal: Principal;
  /** Method and resource as entries and the log may show them. */
  names: Names;
  /** `ended`: somebody took it upon himself to give the one answer, or to say that none is due. */
  state: "judging" | "held" | "forwarded" | "refused" | "ended";
  /** Resolves when the state is no longer `judging`. */
  readonly settled: PromiseWithResolvers<void>;
  /** `seq` of its entry, once there is one. */
  seq: number | undefined;
  /** What the policy in force does about a scan that could not see everything. */
  failureMode: "closed" | "open";
  labelling: Labelling;
  decidedMs: number;
  forwardedMs: number;
}
