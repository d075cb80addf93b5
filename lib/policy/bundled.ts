/** The policies that come with the program. Embedded as modules: reading a file would need a permission. */
import permissive from "../../policies/permissive.toml" with { type: "text" };
import standard from "../../policies/standard.toml" with { type: "text" };
import type { PolicySource } from "./source.ts";

const TEXTS: Readonly<Record<string, string>> = { standard, permissive };

/** Their names. */
export const BUNDLED_POLICIES: readonly string[] = Object.keys(TEXTS);

/** The bundled policy of that name; `undefined` where there is none. */
export function bundledPolicy(name: string): PolicySource | undefined {
  const text = Object.hasOwn(TEXTS, name) ? TEXTS[name] : undefined;
  return text === undefined ? undefined : { name, file: `bundled:${name}`, format: "toml", text };
}
