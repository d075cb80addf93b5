import type { Result } from "../../base/mod.ts";
import type { Diagnostic } from "../../diagnostic/mod.ts";
import type { Imported, ImportSource } from "./types.ts";

/**
 * A policy file of another system in the native form, with notes on what is stricter, what works in another way and what
 * could not be carried over. The error holds the diagnostics of a file that cannot be read, or that is none of theirs.
 * The readers are loaded here and not before: the policy worker has no use for them.
 */
export async function importPolicy(source: ImportSource): Promise<Result<Imported, readonly Diagnostic[]>> {
  const { translate } = await import("./translate.ts");
  return await translate(source);
}
