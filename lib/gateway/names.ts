/**
 * `{server}_{name}`: the names of tools and prompts behind a gateway. Server names may hold underscores, so a name is
 * looked up and never split: `a_b_x` may be `b_x` of `a`, or `x` of `a_b`.
 */

export function prefixed(server: string, name: string): string {
  return `${server}_${name}`;
}

/** Which servers a full name (ATTACKER-CONTROLLED) could be of, with the name that it would have there. */
export interface Candidate<S> {
  readonly server: S;
  readonly name: string;
}

export function candidatesFor<S extends { readonly name: string }>(
  servers: readonly S[],
  full: string,
): readonly Candidate<S>[] {
  return servers.flatMap((server) => {
    const start = prefixed(server.name, "");
    return full.startsWith(start) && full.length > start.length
      ? [{ server, name: full.slice(start.length) }]
      : [];
  });
}

/** Those servers whose names and another's can lead to one full name: one name and `_` begin the other. */
export function overlapping<S extends { readonly name: string }>(servers: readonly S[]): readonly S[] {
  const meet = (a: S, b: S) => a !== b && b.name.startsWith(prefixed(a.name, ""));
  return servers.filter((one) => servers.some((other) => meet(one, other) || meet(other, one)));
}

/** A name for a message: whatever a peer calls a thing, it must not fill a line. */
export function shortened(name: string): string {
  return JSON.stringify(name.length > 100 ? `${name.slice(0, 100)}…` : name);
}
