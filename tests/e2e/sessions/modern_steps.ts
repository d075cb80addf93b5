/** What a session comes to, step by step, whatever lies between client and server. */
import { assert } from "@std/assert";
import { fixtureWithPackages, openBox } from "../harness.ts";
import type { Era } from "../harness/modern_session.ts";
import { modernSession } from "./modern.ts";

/** The steps of a session, each with what it came to, whatever order the keys have: the eras write them differently. */
export function steps(text: string): string[] {
  return text.split("\n").filter((line) => line.startsWith("==")).map((line) => {
    const at = line.indexOf(": ", line.lastIndexOf("}: ") + 1);
    return `${line.slice(0, at)}: ${JSON.stringify(ordered(parsed(line.slice(at + 2))))}`;
  });
}

/** JSON inside of texts too: servers tell in it what they were answered. */
function ordered(value: unknown): unknown {
  if (typeof value === "string") return /^[[{]/.test(value) ? ordered(parsed(value)) : value;
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map(ordered);
  return Object.fromEntries(Object.entries(value).sort().map(([key, item]) => [key, ordered(item)]));
}

function parsed(text: string): unknown {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "string" ? { text: value } : value;
  } catch {
    return { text };
  }
}

const DIRECT = new Map<Era, readonly string[]>();

/** What a client of `era` comes to with a server that speaks its era. */
export async function direct(era: Era): Promise<readonly string[]> {
  const known = DIRECT.get(era);
  if (known !== undefined) return known;
  await using box = await openBox();
  const session = await modernSession(box.direct(fixtureWithPackages("modern_server.ts")), era);
  await session.close();
  const found = steps(session.transcript.text);
  assert(found.length > 50, "the script is shorter than it was");
  DIRECT.set(era, found);
  return found;
}
