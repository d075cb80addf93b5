/** A policy in force: what it decides, and why. */
import type { Diagnostic } from "../diagnostic/mod.ts";
import type { AccessRequest, Decision, Report } from "../verdict/mod.ts";
import { builtIn } from "./built_in.ts";
import { combine, type Combined } from "./combine.ts";
import { explainLayers, type TraceLine } from "./explain.ts";
import { type Candidates, candidatesOf, type Layer, type Vote, voteOf } from "./layer.ts";
import { CallView } from "./rule.ts";

/** The answer to "why": the decision, and what every layer and rule made of the call. */
export interface Explanation {
  readonly decision: Decision;
  readonly trace: readonly TraceLine[];
}

const MAX_REMEMBERED = 1024;
const MAX_NAME_REMEMBERED = 256;

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
  readonly #unknownMethods: "allow" | "deny";
  readonly #remembered = new Map<string, readonly Candidates[]>();

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
    this.#unknownMethods = layers.some((layer) => layer.unknownMethods === "deny") ? "deny" : "allow";
  }

  /** What the policy says to one request. Names and arguments in it are ATTACKER-CONTROLLED. */
  decide(request: AccessRequest, report: Report): Decision {
    const view = new CallView(request, report, { failsOpen: this.failureMode === "open" });
    return this.#decision(report, this.#combined(request, report, view));
  }

  /** The decision and every layer's and rule's part in it. */
  explain(request: AccessRequest, report: Report): Explanation {
    const view = new CallView(request, report, { failsOpen: this.failureMode === "open" });
    const decision = this.decide(request, report);
    return { decision, trace: explainLayers(this.layers, view, builtIn(request, report)) };
  }

  #combined(request: AccessRequest, report: Report, view: CallView): Combined {
    const first = builtIn(request, report);
    if (first?.outcome === "deny") return first;
    const votes: Vote[] = [];
    const candidates = this.#candidates(request);
    for (const [i, layer] of this.layers.entries()) {
      const remembered = candidates[i] ?? candidatesOf(layer, request);
      votes.push(voteOf(layer, remembered, view));
    }
    return combine(votes, {
      first,
      request,
      default: this.default,
      unknownMethods: this.#unknownMethods,
    });
  }

  /**
   * Which rules are about this kind of request does not depend on its arguments, and few kinds make up nearly all
   * traffic. Names are ATTACKER-CONTROLLED: what is remembered is bounded in number and in length.
   */
  #candidates(request: AccessRequest): readonly Candidates[] {
    if (request.resource.name.length > MAX_NAME_REMEMBERED) return [];
    const key = kindOf(request);
    const known = this.#remembered.get(key);
    if (known !== undefined) return known;
    const candidates = this.layers.map((layer) => candidatesOf(layer, request));
    if (this.#remembered.size >= MAX_REMEMBERED) this.#remembered.clear();
    this.#remembered.set(key, candidates);
    return candidates;
  }

  #decision(report: Report, combined: Combined): Decision {
    return {
      outcome: combined.outcome,
      rules: combined.rules,
      reason: combined.reason,
      message: combined.message,
      duties: { redactFields: combined.redactFields },
      charges: combined.charges,
      threat: report.threat.score,
      policy: this.digest,
      failureMode: this.failureMode,
    };
  }
}

/** Everything that selectors look at. No part can hold the separator: NUL is refused wherever text comes in. */
function kindOf({ action, resource, principal }: AccessRequest): string {
  const who = `${principal.id}\0${principal.verified}\0${principal.roles.join("\0")}`;
  return `${action}\0${resource.server}\0${resource.name}\0${who}`;
}

/** The highest policy file says; a lower one can close what it leaves open, and never the reverse. */
function failureModeOf(layers: readonly Layer[]): "closed" | "open" {
  const files = layers.filter(({ isGuardrails }) => !isGuardrails);
  const open = files[0]?.failureMode === "open" && files.every((layer) => layer.failureMode !== "closed");
  return open ? "open" : "closed";
}
