/** What can only be told with all rules of all files at hand: meters that rules share, labels that nobody puts on. */
import { type DiagnosticSink, nearName } from "../diagnostic/mod.ts";
import type { Layer } from "./layer.ts";
import type { LabelUse, LimitFacts, Rule } from "./rule.ts";
import { isLiteral, type Selectors } from "./selectors.ts";
import { covers } from "./warnings.ts";

/** The layers of one file, and where to say what is wrong with them. */
export interface LayersOfFile {
  readonly layers: readonly Layer[];
  readonly sink: DiagnosticSink;
}

export function checkAcross(files: readonly LayersOfFile[]): void {
  checkSharedMeters(files);
  warnUnknownLabels(files);
  warnUselessLimits(files);
}

interface KeyedLimit {
  readonly rule: Rule;
  readonly limit: LimitFacts;
  readonly sink: DiagnosticSink;
}

/** A meter holds one kind of count: rules that mean different things by one key would spoil it for each other. */
function checkSharedMeters(files: readonly LayersOfFile[]): void {
  const firsts = new Map<string, KeyedLimit>();
  for (const keyed of files.flatMap(keyedLimits)) {
    const key = keyed.limit.key ?? "";
    const first = firsts.get(key);
    if (first === undefined) firsts.set(key, keyed);
    else compareMeters(first, keyed, key);
  }
}

function keyedLimits({ layers, sink }: LayersOfFile): readonly KeyedLimit[] {
  return layers.flatMap(({ rules }) => rules).flatMap((rule) =>
    rule.guards.flatMap(({ limit }) => limit?.key === undefined ? [] : [{ rule, limit, sink }])
  );
}

function compareMeters(first: KeyedLimit, { rule, limit, sink }: KeyedLimit, key: string): void {
  const [before, now] = [countOf(first.limit), countOf(limit)];
  if (before !== now) {
    const message =
      `"${rule.id}" and "${first.rule.id}" share the key "${key}": one counts ${now}, one ${before}`;
    sink.error(limit.at, message, "give one of them a key of its own, or let both count the same");
    return;
  }
  const owners = limit.owners.join(" and "), others = first.limit.owners.join(" and ");
  if (owners === others) return;
  sink.warning(
    limit.at,
    `"${rule.id}" and "${first.rule.id}" share the key "${key}", and no meter: one counts per ${owners}, one per ${others}`,
    'write the same "per" in both, or give each a key of its own',
  );
}

/** Windows may differ: a meter keeps a count for each that is asked for. */
function countOf({ kind }: LimitFacts): string {
  return kind === "sum" ? "amounts" : "calls";
}

interface PlacedUse extends LabelUse {
  readonly sink: DiagnosticSink;
}

function warnUnknownLabels(files: readonly LayersOfFile[]): void {
  const added = [...new Set(files.flatMap(({ layers }) => layers.flatMap(labelsAdded)))];
  for (const { label, at, sink } of files.flatMap(labelUses)) {
    if (added.includes(label)) continue;
    const near = nearName(label, added);
    const hint = near === undefined
      ? `write a rule with on = "result" and add_labels = ["${label}"]`
      : `did you mean "${near}"?`;
    sink.warning(at, `no rule puts the label "${label}" on a session`, hint);
  }
}

function labelsAdded({ labelRules }: Layer): readonly string[] {
  return labelRules.flatMap(({ labels }) => labels);
}

function labelUses({ layers, sink }: LayersOfFile): readonly PlacedUse[] {
  return layers.flatMap(({ rules, labelRules }) => {
    const inTests = [...rules, ...labelRules].flatMap(({ tests }) =>
      tests.flatMap(({ labels = [] }) => labels)
    );
    const inEvents = rules.flatMap(({ at, guards }) =>
      guards.flatMap(({ track }) =>
        (track?.steps ?? []).flatMap((step) => step.kind === "label" ? [{ label: step.label, at }] : [])
      )
    );
    return [...inTests, ...inEvents].map((use) => ({ ...use, sink }));
  });
}

/** A budget is one only if somebody refuses what does not fit it. */
function warnUselessLimits(files: readonly LayersOfFile[]): void {
  const layers = files.flatMap((file) => file.layers);
  for (const { layers: own, sink } of files) {
    for (const layer of own) {
      for (const [i, rule] of layer.rules.entries()) {
        const limit = rule.guards.find((guard) => guard.limit?.holds === "within")?.limit;
        if (limit === undefined || isStrict(rule)) continue;
        const rest = [
          ...layer.rules.slice(i + 1),
          ...layers.filter((one) => one !== layer).flatMap(({ rules }) => rules),
        ];
        const why = whyAllowed(rule, rest, layers);
        if (why === undefined) continue;
        const hint = 'let a rule below it refuse such calls, or write default = "deny"';
        sink.warning(
          limit.at,
          `the limit of rule "${rule.id}" stops nothing: what does not fit is allowed by ${why}`,
          hint,
        );
      }
    }
  }
}

/** What lets a call pass that `rule` does not, in words; `undefined` where something may stop it. */
function whyAllowed(rule: Rule, rest: readonly Rule[], layers: readonly Layer[]): string | undefined {
  const others = rest.filter(({ selectors }) => mayMeet(selectors, rule.selectors));
  if (others.some(isStrict)) return undefined;
  const wide = others.find(({ tests, guards, selectors }) =>
    tests.length + guards.length === 0 && covers(selectors, rule.selectors)
  );
  if (wide !== undefined) return `"${wide.id}"`;
  const standard = layers.find((layer) => layer.default !== undefined)?.default;
  return standard === "allow" ? "the default" : undefined;
}

function isStrict({ effect }: Rule): boolean {
  return effect === "deny" || effect === "ask";
}

/** Can there be a call that both select? Tells the plain case apart: two lists of names. */
function mayMeet(a: Selectors, b: Selectors): boolean {
  const { tools: some } = a, { tools: others } = b;
  if (some === undefined || others === undefined) return true;
  return some.patterns.some((name) => !isLiteral(name) || others.has(name)) ||
    !others.patterns.every(isLiteral);
}
