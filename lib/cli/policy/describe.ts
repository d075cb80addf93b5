/** The effective order of a policy in words, for `policy check`. */
import { formatDuration } from "../../base/mod.ts";
import type { Layer, Policy } from "../../policy/mod.ts";
import { type AccessRequest, EMPTY_REPORT, type Envelope } from "../../verdict/mod.ts";
import { printable } from "../render.ts";

/** Layer by layer, each with its rules in the order in which they are asked; limits and history in words. */
export function describePolicy(policy: Policy): string {
  const envelopes = new Map(envelopesOf(policy).map((envelope) => [envelope.ref, envelope]));
  const layers = policy.layers.map((layer, i) =>
    describeLayer(layer, { number: i + 1, envelope: envelopes.get(`${layer.name}/envelope`) })
  );
  return `policy ${policy.name}, ${policy.digest}\n${layers.join("")}${otherwise(policy)}`;
}

function otherwise(policy: Policy): string {
  const scan = policy.failureMode === "open" ? "forward" : "refuse";
  const hidden = policy.hideDeniedTools ? "; tools that are always denied are taken out of lists" : "";
  const methods = policy.unknownMethods === "deny" ? "; unknown methods: deny" : "";
  return `otherwise: ${policy.default}; a scan that is not complete: ${scan}${methods}${hidden}\n`;
}

interface Place {
  readonly number: number;
  readonly envelope: Envelope | undefined;
}

function describeLayer(layer: Layer, { number, envelope }: Place): string {
  const lines = [
    ...(envelope === undefined ? [] : [line("watch", "envelope", envelopeWords(envelope))]),
    ...layer.rules.map(({ effect, id, guards }) => line(effect, id, guards.map(({ words }) => words))),
    ...(layer.redactFields.length === 0 ? [] : [line("redact", "redact_fields", [])]),
    ...[...layer.agentMasks?.values() ?? []].map(({ ref }) =>
      line("redact", ref.slice(layer.name.length + 1), [])
    ),
    ...layer.labelRules.map(({ id, labels }) =>
      line("label", id, [`puts ${labels.join(", ")} on the session`])
    ),
  ];
  const body = lines.length === 0 ? "     no rules\n" : lines.join("");
  return `  ${number}. ${layer.name} (${printable(layer.file)})\n${body}`;
}

function line(effect: string, id: string, words: readonly string[]): string {
  const end = words.length === 0 ? "" : `: ${words.map(printable).join("; ")}`;
  return `     ${effect.padEnd(6)}  ${printable(id)}${end}\n`;
}

/** What the envelope counts, with weights, and from which score on what happens. */
function envelopeWords({ parts, workflows, thresholds: { warn, ask, kill } }: Envelope): readonly string[] {
  const weights = new Map(parts.map(({ id, severity, guard }) => [
    id,
    `${id}${guard.kind === "age" ? ` ${formatDuration(guard.overMs)}` : ""} weighs ${severity}`,
  ]));
  const steps = workflows.length === 1 ? "1 workflow" : `${workflows.length} workflows`;
  return [
    [...weights.values(), ...(workflows.length === 0 ? [] : [steps])].join(", "),
    `noted from ${warn}, asked from ${ask}, ended from ${kill}`,
  ];
}

/** A layer makes its envelope for each call: any call shows it. */
function envelopesOf(policy: Policy): readonly Envelope[] {
  const call: AccessRequest = {
    principal: { id: "agent", verified: false, roles: [] },
    action: "tools/call",
    resource: { server: "server", name: "tool" },
    direction: "to-upstream",
    judged: true,
    args: "{}",
    context: { session: "check", listing: "listed", labels: [], calls: 0, nowMs: 0 },
  };
  return policy.decide(call, EMPTY_REPORT).open?.envelopes ?? [];
}
