/** A policy in force: what it decides, and why. */
import type { Diagnostic } from "../diagnostic/mod.ts";
import {
  type AccessRequest,
  type Decision,
  type Marks,
  NO_MARKS,
  type OpenDecision,
  type Report,
  resolve,
  type Ruling,
  UNKNOWN_USAGE,
  type Usage,
} from "../verdict/mod.ts";
import { builtIn } from "./built_in.ts";
import { explainLayers, type TraceLine } from "./explain.ts";
import { fallbackOf } from "./fallback.ts";
import { type Candidates, candidatesOf, labelsOf, type Layer, openLayerOf } from "./layer.ts";
import { CallView } from "./call_view.ts";
import { watchesOf } from "./track.ts";
import { distinctWatches, type MarkLists, type Watch } from "./watch.ts";

/** The answer to "why": the decision, and what every layer and rule made of the call. */
export interface Explanation {
  readonly decision: Decision;
  readonly trace: readonly TraceLine[];
}

const MAX_REMEMBERED = 1024;
const MAX_NAME_REMEMBERED = 256;

/** What is about one kind of request, whatever the arguments. */
interface Kind {
  readonly candidates: readonly Candidates[];
  readonly watches: readonly Watch[];
}

export class Policy {
  /** `sha256:<hex>` over the documents of all layers. */
  readonly digest: string;
  /** The names of the files' layers, from the highest on; for a person. */
  readonly name: string;
  readonly layers: readonly Layer[];
  readonly warnings: readonly Diagnostic[];
  readonly default: "allow" | "deny" | "ask";
  readonly failureMode: "closed" | "open";
  /** Are tools that are denied whatever the arguments to be taken out of lists? */
  readonly hideDeniedTools: boolean;
  readonly unknownMethods: "allow" | "deny";
  readonly #watches: readonly Watch[];
  readonly #remembered = new Map<string, Kind>();

  constructor(
    layers: readonly Layer[],
    { digest, warnings }: { digest: string; warnings: readonly Diagnostic[] },
  ) {
    this.digest = digest;
    this.layers = layers;
    this.warnings = warnings;
    const files = layers.filter(({ isGuardrails }) => !isGuardrails);
    this.name = (files.length > 0 ? files : layers).map(({ name }) => name).join("+") || "none";
    this.default = layers.find((layer) => layer.default !== undefined)?.default ?? "deny";
    this.failureMode = failureModeOf(layers);
    this.hideDeniedTools = layers.some((layer) => layer.hideDeniedTools);
    this.unknownMethods = layers.some((layer) => layer.unknownMethods === "deny") ? "deny" : "allow";
    this.#watches = distinctWatches([...historyOf(layers), ...layers.flatMap(({ watches }) => watches)]);
  }

  /**
   * What the policy says to one request: closed, or open where limits or history have a say. Names and arguments in the
   * request are ATTACKER-CONTROLLED.
   */
  decide(request: AccessRequest, report: Report): Decision {
    return this.#decide(new CallView(request, report, { failsOpen: this.failureMode === "open" }));
  }

  /** The decision with `usage` as limits and history, and every layer's and rule's part in it. */
  explain(request: AccessRequest, report: Report, usage: Usage): Explanation {
    const view = new CallView(request, report, { failsOpen: this.failureMode === "open" });
    const decision = resolve(this.#decide(view), usage);
    const trace = explainLayers(this.layers, view, {
      first: builtIn(request, report),
      guardMatch: (guard) => usage.match(guard),
      decision,
    });
    return { decision, trace };
  }

  #decide(view: CallView): Decision {
    const { request, report } = view;
    const kind = this.#kindOf(request);
    const labels = distinct(kind.candidates.flatMap((candidates) => labelsOf(candidates, view)));
    const marks = marksOf(kind.watches, view, labels);
    const first = builtIn(request, report);
    if (first?.outcome === "deny") return this.#decision(first, { view, labels: [], marks });
    const open: OpenDecision = {
      layers: this.layers.map((layer, i) => openLayerOf(layer, kind.candidates[i] ?? NO_CANDIDATES, view)),
      fallback: fallbackOf(request, this),
      envelopes: this.layers.flatMap(({ envelope }) => envelope === undefined ? [] : [envelope(view)]),
      ...(first === undefined ? {} : { first }),
    };
    const closed = resolve(
      { ...this.#decision(open.fallback, { view, labels, marks }), open },
      UNKNOWN_USAGE,
    );
    return isOpen(open) ? { ...closed, open } : closed;
  }

  #decision(
    ruling: Ruling,
    { view, labels, marks }: {
      readonly view: CallView;
      readonly labels: readonly string[];
      readonly marks: Marks;
    },
  ): Decision {
    return {
      outcome: ruling.outcome,
      rules: ruling.rules,
      reason: ruling.reason,
      message: ruling.message,
      duties: { redactFields: [], labels },
      charges: [],
      marks,
      threat: view.report.threat.score,
      policy: this.digest,
      failureMode: this.failureMode,
    };
  }

  /**
   * Which rules are about this kind of request does not depend on its arguments, and few kinds make up nearly all
   * traffic. Names are ATTACKER-CONTROLLED: what is remembered is bounded in number and in length.
   */
  #kindOf(request: AccessRequest): Kind {
    const isShort = request.resource.name.length <= MAX_NAME_REMEMBERED;
    const key = isShort ? keyOf(request) : undefined;
    const known = key === undefined ? undefined : this.#remembered.get(key);
    if (known !== undefined) return known;
    const kind = {
      candidates: this.layers.map((layer) => candidatesOf(layer, request)),
      watches: this.#watches.filter((watch) => watch.isAbout(request)),
    };
    if (this.#remembered.size >= MAX_REMEMBERED) this.#remembered.clear();
    if (key !== undefined) this.#remembered.set(key, kind);
    return kind;
  }
}

/** What must be seen for the rules that look back. By an approval a rule of any layer can be meant. */
function historyOf(layers: readonly Layer[]): readonly Watch[] {
  const tracks = layers.flatMap(({ rules }) =>
    rules.flatMap(({ guards }) => guards.flatMap(({ track }) => track ?? []))
  );
  if (tracks.length === 0) return [];
  const holders = layers.flatMap(({ name, rules, envelope }) => [
    // Only these hold calls. A redact rule is named by a decision as well, and is not what a person answers.
    ...rules.filter(({ effect }) => effect === "ask"),
    ...(envelope === undefined ? [] : [{ id: "envelope", ref: `${name}/envelope` }]),
  ]);
  return watchesOf(tracks, holders);
}

const NO_CANDIDATES: Candidates = { rules: [], labelRules: [] };

function marksOf(watches: readonly Watch[], view: CallView, labels: readonly string[]): Marks {
  if (watches.length === 0) return NO_MARKS;
  const lists: MarkLists = { forwarded: [], refused: [], approved: [], labelled: [] };
  for (const watch of watches) watch.addMarks(lists, view, labels);
  return lists;
}

function distinct(labels: readonly string[]): readonly string[] {
  return labels.length < 2 ? labels : [...new Set(labels)];
}

function isOpen({ layers, envelopes }: OpenDecision): boolean {
  return envelopes.length > 0 ||
    layers.some(({ clauses }) => clauses.some(({ guards }) => guards.length > 0));
}

/**
 * Everything that selectors and watches look at, the direction as well: or else a server that asks the client for
 * `tools/call` would have calls of that tool forgotten. No part can hold the separator: NUL is refused wherever text comes in.
 */
function keyOf({ action, direction, resource, principal }: AccessRequest): string {
  const who = `${principal.id}\0${principal.verified}\0${principal.roles.join("\0")}`;
  return `${direction}\0${action}\0${resource.server}\0${resource.name}\0${who}`;
}

/** The highest policy file says; a lower one can close what it leaves open, and never the reverse. */
function failureModeOf(layers: readonly Layer[]): "closed" | "open" {
  const files = layers.filter(({ isGuardrails }) => !isGuardrails);
  const open = files[0]?.failureMode === "open" && files.every((layer) => layer.failureMode !== "closed");
  return open ? "open" : "closed";
}
