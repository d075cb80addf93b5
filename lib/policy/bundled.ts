/** The policies that come with the program. Embedded as modules: reading a file would need a permission. */
import type { CaseText } from "./bundled_cases.ts";
import orgBaseline from "../../policies/org-baseline.toml" with { type: "text" };
import paranoid from "../../policies/paranoid.toml" with { type: "text" };
import permissive from "../../policies/permissive.toml" with { type: "text" };
import standard from "../../policies/standard.toml" with { type: "text" };
import teamSupport from "../../policies/team-support.toml" with { type: "text" };
import temporal from "../../policies/temporal.toml" with { type: "text" };
import type { PolicySource } from "./source.ts";

const TEXTS: Readonly<Record<string, string>> = {
  standard,
  permissive,
  paranoid,
  temporal,
  "org-baseline": orgBaseline,
  "team-support": teamSupport,
};

/** Their names. */
export const BUNDLED_POLICIES: readonly string[] = Object.keys(TEXTS);

/** The bundled policy of that name; `undefined` where there is none. */
export function bundledPolicy(name: string): PolicySource | undefined {
  const text = Object.hasOwn(TEXTS, name) ? TEXTS[name] : undefined;
  return text === undefined ? undefined : { name, file: `bundled:${name}`, format: "toml", text };
}

/** The cases of the bundled policy of that name; loaded only when they are asked for. */
export async function bundledCases(name: string): Promise<readonly CaseText[]> {
  const { BUNDLED_CASES } = await import("./bundled_cases.ts");
  return BUNDLED_CASES.filter(({ policy }) => policy === name);
}
