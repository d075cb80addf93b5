import type { Decision, SettledCall } from "../verdict/mod.ts";

export interface Shape {
  readonly settled: SettledCall;
  readonly decision: Decision | undefined;
  readonly seq: number | undefined;
}

/** One line for the operator where the session is far enough from its expected shape for a warning. */
export function warnAboutShape(log: (line: string) => void, { settled, decision, seq }: Shape): void {
  const score = settled.envelope;
  if (score === undefined) return;
  const thresholds = decision?.open?.envelopes.map(({ thresholds }) => thresholds.warn) ?? [];
  const warn = Math.round(Math.min(...thresholds) * 100);
  if (score.percent < warn) return;
  log(
    `warning: the session does not look as it should: ${score.percent} of 100 (${score.parts.join(", ")}), ` +
      `warn at ${warn} (entry ${seq ?? "none"})`,
  );
}
