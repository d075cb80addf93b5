import type { Direction } from "../verdict/mod.ts";
import { type Message, withoutOwnMeta } from "../wire/mod.ts";

/** Takes out of messages what only we may say, before anybody judges or reads it. The operator is told once a side. */
export class Reserved {
  readonly #log: (line: string) => void;
  readonly #told = new Set<Direction>();

  constructor(log: (line: string) => void) {
    this.#log = log;
  }

  /** ATTACKER-CONTROLLED. A message that says nothing of it comes back as it is. */
  without<M extends Message>(direction: Direction, message: M): M {
    const clean = withoutOwnMeta(message);
    if (clean !== message && !this.#told.has(direction)) {
      this.#told.add(direction);
      const sender = direction === "to-client" ? "MCP server" : "client";
      this.#log(`took out what the ${sender} says in our name: dev.countersign/… in _meta is for us alone`);
    }
    return clean;
  }
}
