const MAX_SHOWN = 80;

/** A name from outside, safe for a terminal: quoted, control characters escaped, cut. ATTACKER-CONTROLLED. */
export function shown(name: string): string {
  const cut = name.length > MAX_SHOWN ? `${name.slice(0, MAX_SHOWN)}…` : name;
  // JSON leaves C1 controls and bidirectional marks as they are; on a terminal they rewrite what a person reads.
  return JSON.stringify(cut).replace(
    /[\p{Cc}\p{Cf}]/gu,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
