/** Events that rules look back on, and what must be seen of every call for them. */
import type { Glob } from "../base/mod.ts";
import { type AccessRequest, type Mark, nameOf } from "../verdict/mod.ts";
import type { CallView } from "./call_view.ts";
import { type HistoryOf, scopeOf } from "./scope.ts";
import type { MarkLists, Watch } from "./watch.ts";

/** One step of a track: which calls are such an event. */
export type Step =
  /** A forwarded or a refused call of such a tool; `arg` matches some string in its arguments. */
  | { readonly kind: "tool" | "refused"; readonly tool: Glob; readonly arg?: Glob }
  /** A person approved a call of such a tool, or one that such a rule held. */
  | { readonly kind: "approval"; readonly glob: Glob }
  | { readonly kind: "label"; readonly label: string };

/** What a condition looks back on: one event, or the steps of a sequence before the call at hand. */
export interface Track {
  /** The same for the same steps, also after the policy was loaded again. */
  readonly name: string;
  readonly whose: HistoryOf;
  readonly steps: readonly Step[];
  /** How far back; absent: as long as the session. */
  readonly withinMs?: number;
}

/** A rule, or an envelope, by which calls are held. */
export interface Holder {
  readonly id: string;
  /** `layer/id`. */
  readonly ref: string;
}

/** The watches of all tracks, one a track however many rules look at it. */
export function watchesOf(tracks: readonly Track[], holders: readonly Holder[]): readonly Watch[] {
  const byKey = new Map<string, Track>();
  for (const track of tracks) {
    const key = nameOf(track.whose, track.name);
    const known = byKey.get(key);
    byKey.set(key, known === undefined ? track : longer(known, track));
  }
  return [...byKey].map(([key, track]) => watchOf(key, track, holders));
}

function longer(a: Track, b: Track): Track {
  return (a.withinMs ?? Infinity) >= (b.withinMs ?? Infinity) ? a : b;
}

/** Puts the mark of one step where it belongs. */
interface StepWatch {
  isAbout(request: AccessRequest): boolean;
  add(lists: MarkLists, mark: Mark, seen: Seen): void;
}

interface Seen {
  readonly view: CallView;
  readonly labels: readonly string[];
}

function watchOf(key: string, track: Track, holders: readonly Holder[]): Watch {
  const steps = track.steps.map((step) => stepWatch(step, holders));
  const keep = track.withinMs === undefined ? {} : { keepMs: track.withinMs };
  return {
    key: nameOf("track", key),
    isAbout: (request) => steps.some((step) => step.isAbout(request)),
    addMarks(lists, view, labels) {
      const scope = scopeOf(track.whose, view.request);
      for (const [step, watch] of steps.entries()) {
        if (!watch.isAbout(view.request)) continue;
        watch.add(lists, { kind: "event", scope, track: track.name, step, ...keep }, { view, labels });
      }
    },
  };
}

function stepWatch(step: Step, holders: readonly Holder[]): StepWatch {
  if (step.kind === "approval") return approvalWatch(step.glob, holders);
  if (step.kind === "label") {
    return {
      isAbout: () => true,
      add: (lists, mark, { labels }) => void (labels.includes(step.label) && lists.labelled.push(mark)),
    };
  }
  const { tool, arg } = step;
  const list = step.kind === "tool" ? "forwarded" : "refused";
  return {
    isAbout: (request) => isToolCall(request) && tool(request.resource.name),
    add: (lists, mark, { view }) => void (hasArgument(view, arg) && lists[list].push(mark)),
  };
}

/** A call is a tool's only if it is one: a resource or prompt of the same name is another thing. */
export function isToolCall({ action, direction }: AccessRequest): boolean {
  return action === "tools/call" && direction === "to-upstream";
}

/** Arguments that cannot be read may hold anything: the call counts as a step. */
function hasArgument(view: CallView, arg: Glob | undefined): boolean {
  if (arg === undefined) return true;
  const { strings } = view; // parsed here, and not before
  return strings === undefined || strings.some(arg);
}

/** An approval is an act of a person: no call makes one, whatever its tool is called. */
function approvalWatch(glob: Glob, holders: readonly Holder[]): StepWatch {
  const rules = holders.filter(({ id, ref }) => glob(id) || glob(ref)).map(({ ref }) => ref);
  const isOfTool = (request: AccessRequest) => isToolCall(request) && glob(request.resource.name);
  return {
    isAbout: (request) => rules.length > 0 || isOfTool(request),
    add: (lists, mark, { view }) =>
      void lists.approved.push(isOfTool(view.request) ? { mark } : { mark, rules }),
  };
}
