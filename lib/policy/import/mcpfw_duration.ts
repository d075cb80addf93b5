/** mcpfw's durations: the sum of every `number[s|m|h]` in a text, whatever else stands there; a bare number is seconds. */
import { formatDuration, parseDuration } from "../../base/mod.ts";
import type { Keys } from "./keys.ts";

const SECONDS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600 };
const MAX_SECONDS = 1_000_000_000;

/**
 * The duration at `key` in our words; `undefined` where it is absent, or was no time at all there, which makes a rule
 * without an effect.
 */
export function readDuration(keys: Keys, key: string): string | undefined {
  const node = keys.node(key);
  if (node === undefined) return undefined;
  if (node.kind !== "text" && node.kind !== "number") {
    keys.wrong(node, key, 'a duration such as "30m"');
    return undefined;
  }
  const written = node.kind === "text" ? node.value.trim() : node.source;
  const seconds = theirSeconds(written);
  const { notes } = keys.context;
  const ours = parseDuration(written);
  if (ours.ok) {
    if (seconds * 1000 !== ours.value) {
      notes.add("changed", keys.spot(key), `"${written}" is what it says; there it was read as ${seconds} s`);
    }
    return written;
  }
  if (seconds <= 0 || seconds > MAX_SECONDS) return undefined;
  const text = formatDuration(seconds * 1000);
  if (!/^\d+$/.test(written)) {
    notes.add(
      "changed",
      keys.spot(key),
      `${JSON.stringify(written)} is written ${text}, as which it was read there`,
    );
  }
  return text;
}

function theirSeconds(text: string): number {
  if (/^\d+(?:\.\d+)?$/.test(text)) return Math.floor(Number(text));
  let total = 0;
  for (const [, number = "0", unit = "s"] of text.matchAll(/(\d+)\s*([smh]?)/g)) {
    total += Number(number) * (SECONDS[unit] ?? 1);
  }
  return total;
}
