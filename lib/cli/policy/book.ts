/** Limits and history in memory: nothing has happened yet, and nothing is kept. */
import { type Book as Meters, memoryBook } from "../../meter/mod.ts";
import type { Book } from "../../policy/mod.ts";
import type { Charge, Guard, Mark } from "../../verdict/mod.ts";

/** Sessions of a recording that are remembered at once; of more, the one that was silent the longest is forgotten. */
const MAX_SESSIONS = 1000;

/**
 * What belongs to a session has a book of its own, which goes with it: a recording may hold any number of sessions, and
 * the memory stays flat.
 */
export function newBook(): Book {
  const shared = memoryBook();
  const sessions = new Map<string, Meters>();
  const bookOf = (name: string): Meters => {
    const session = sessionIn(name);
    if (session === undefined) return shared;
    const book = sessions.get(session) ?? memoryBook();
    sessions.delete(session); // the last one used is at the end
    sessions.set(session, book);
    if (sessions.size > MAX_SESSIONS) dropFirst(sessions);
    return book;
  };
  return {
    usageAt(nowMs) {
      const at = (name: string) => bookOf(name).at(nowMs * 1000);
      return {
        match: (guard) => at(nameOfGuard(guard)).match(guard),
        calls: (scope) => at(scope).calls(scope),
        progress: (scope, track) => at(scope).progress(scope, track),
      };
    },
    apply({ charges, marks }, nowMs) {
      const effects = new Map<Meters, { charges: Charge[]; marks: Mark[] }>();
      const effectsOn = (name: string) => {
        const book = bookOf(name), known = effects.get(book) ?? { charges: [], marks: [] };
        effects.set(book, known);
        return known;
      };
      for (const charge of charges) effectsOn(charge.meter).charges.push(charge);
      for (const mark of marks) effectsOn(mark.scope).marks.push(mark);
      for (const [book, ofBook] of effects) book.settle(ofBook, nowMs * 1000);
    },
    end: (session) => void sessions.delete(session),
  };
}

function nameOfGuard(guard: Guard): string {
  return guard.kind === "limit" ? guard.charge.meter : guard.scope;
}

/** The session that a meter or a scope belongs to: their names are lists of texts, `"session"` before its id. */
function sessionIn(name: string): string | undefined {
  const parts: unknown = JSON.parse(name);
  if (!Array.isArray(parts)) return undefined;
  const at = parts.lastIndexOf("session");
  const id: unknown = at < 0 ? undefined : parts[at + 1];
  return typeof id === "string" ? id : undefined;
}

function dropFirst(sessions: Map<string, Meters>): void {
  for (const first of sessions.keys()) {
    sessions.delete(first);
    return;
  }
}
