/** tollbooth's overrides of single patterns: `[scan.overrides.<id>]` of the configuration. */
import type { ConfigTable } from "./draft.ts";
import type { ImportContext } from "./context.ts";
import type { Keys } from "./keys.ts";
import { tomlKey } from "./toml.ts";

const REQUESTS: Readonly<Record<string, string>> = { block: "block", allow: "allow" };
const RESULTS: Readonly<Record<string, string>> = { redact: "redact", block: "withhold", allow: "allow" };

/** Tables for the configuration. */
export function readDlp(keys: Keys, context: ImportContext): readonly ConfigTable[] {
  const dlp = keys.table("dlp");
  if (dlp === undefined) return [];
  if (dlp.boolean("enabled") === false) {
    dlp.context.notes.add(
      "stricter",
      dlp.spot("enabled"),
      "secrets in arguments are refused all the same: let out what must pass by its id",
    );
  }
  const overrides = dlp.table("overrides");
  const tables = overrides?.entries().map(([id]) => readOverride(overrides, id, context)) ?? [];
  dlp.end();
  return tables.filter((table) => table !== undefined);
}

function readOverride(
  overrides: Keys,
  id: string,
  { detectors, floor }: ImportContext,
): ConfigTable | undefined {
  const override = overrides.table(id);
  if (override === undefined) return undefined;
  const { notes } = overrides.context;
  const spot = overrides.spot(id);
  const requests = wordOf(override, "requests", REQUESTS), results = wordOf(override, "results", RESULTS);
  override.end();
  if (detectors?.includes(id) === false) {
    notes.add("not-carried", spot, "there is no detector of that id");
    return undefined;
  }
  const opens = requests === "allow" || results === "allow";
  if (opens && floor.includes(id)) {
    notes.add(
      "not-carried",
      spot,
      "this detector can be let through for one named server and tool only: [[scan.exceptions]]",
    );
  }
  const kept = (word: string | undefined) => word === "allow" && floor.includes(id) ? undefined : word;
  const fields = [["requests", kept(requests)], ["results", kept(results)]] as const;
  if (fields.every(([, word]) => word === undefined)) return undefined;
  return [`scan.overrides.${tomlKey(id)}`, fields];
}

function wordOf(keys: Keys, key: string, words: Readonly<Record<string, string>>): string | undefined {
  const written = keys.text(key);
  if (written === undefined || Object.hasOwn(words, written)) return words[written ?? ""];
  keys.wrongWord(key, Object.keys(words));
  return undefined;
}
