/** Which meters and scopes a decision looks at or changes: they are read before it is resolved. */
import type { Clause, Decision, Guard, Mark } from "../verdict/mod.ts";

/** Names as the policy gave them. */
export interface Needs {
  readonly meters: readonly string[];
  readonly scopes: readonly string[];
}

export const NO_NEEDS: Needs = { meters: [], scopes: [] };

type Asking = Pick<Decision, "charges" | "marks" | "open">;

/** Everything that resolving `decision` and carrying it out can touch. */
export function needsOf({ charges, marks, open }: Asking): Needs {
  const { forwarded, refused, approved } = marks;
  const idle = charges.length + forwarded.length + refused.length + approved.length === 0;
  if (idle && open === undefined) return NO_NEEDS; // most calls
  const guards = open === undefined ? [] : guardsOf(open);
  const clauses = open === undefined ? [] : open.layers.flatMap((layer) => layer.clauses);
  const marked = [...forwarded, ...refused, ...approved.map(({ mark }) => mark)];
  return {
    meters: distinct([
      ...guards.flatMap((guard) => guard.kind === "limit" ? [guard.charge.meter] : []),
      ...clauses.flatMap((clause) => clause.charges.map(({ meter }) => meter)),
      ...charges.map(({ meter }) => meter),
    ]),
    scopes: distinct([
      ...guards.flatMap((guard) => guard.kind === "limit" ? [] : [guard.scope]),
      ...(open?.envelopes ?? []).map(({ scope }) => scope),
      ...marked.map(({ scope }) => scope),
    ]),
  };
}

/** What marks alone need. */
export function needsOfMarks(marks: readonly Mark[]): Needs {
  return marks.length === 0 ? NO_NEEDS : { meters: [], scopes: distinct(marks.map(({ scope }) => scope)) };
}

function guardsOf({ layers, envelopes }: NonNullable<Decision["open"]>): readonly Guard[] {
  const ofClauses = (clauses: readonly Clause[]) => clauses.flatMap(({ guards }) => guards);
  return [
    ...layers.flatMap(({ clauses }) => ofClauses(clauses)),
    ...envelopes.flatMap(({ parts }) => parts.map(({ guard }) => guard)),
  ];
}

function distinct(names: readonly string[]): readonly string[] {
  return names.length < 2 ? names : [...new Set(names)];
}
