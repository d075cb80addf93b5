import { isJsonObject, type JsonValue } from "../base/mod.ts";
import { templateFit } from "./templates.ts";

/** The lists of a server that the gateway merges, and where each keeps its items and what they are known by. */
export interface ListKind {
  readonly method: string;
  readonly member: string;
  /** What an item is told from others by. */
  readonly key: string;
  /** Do items have a `name` that gets the server's in front? */
  readonly named: boolean;
  /** Without this capability a server has no such list. */
  readonly capability: string;
  /** The notice that says the list has changed. */
  readonly changed?: string;
}

function changedNotice(of: string): string {
  return `notifications/${of}/list_changed`;
}

export const TOOLS: ListKind = {
  method: "tools/list",
  member: "tools",
  key: "name",
  named: true,
  capability: "tools",
  changed: changedNotice("tools"),
};
export const PROMPTS: ListKind = {
  method: "prompts/list",
  member: "prompts",
  key: "name",
  named: true,
  capability: "prompts",
  changed: changedNotice("prompts"),
};
export const RESOURCES: ListKind = {
  method: "resources/list",
  member: "resources",
  key: "uri",
  named: true,
  capability: "resources",
  changed: changedNotice("resources"),
};
export const TEMPLATES: ListKind = {
  method: "resources/templates/list",
  member: "resourceTemplates",
  key: "uriTemplate",
  named: true,
  capability: "resources",
  changed: changedNotice("resources"),
};
export const TASKS: ListKind = {
  method: "tasks/list",
  member: "tasks",
  key: "taskId",
  named: false,
  capability: "tasks",
};

export const LIST_KINDS: readonly ListKind[] = [TOOLS, PROMPTS, RESOURCES, TEMPLATES, TASKS];

// A server that lists without end must not fill our memory; what is beyond is not known, and routed without the table.
const MAX_KEYS = 100_000, MAX_KEY_LENGTH = 1024, MAX_TEMPLATES = 1000;

interface Shelf {
  keys: Set<string>;
  /** Are these all that the server has? */
  whole: boolean;
}

/** What one server said that it has. It is kept while the server is down: its names do not fall to another meanwhile. */
export class Catalog {
  readonly #shelves = new Map<ListKind, Shelf>();

  has(kind: ListKind, key: string): boolean {
    return this.#shelves.get(kind)?.keys.has(keyOf(key)) ?? false;
  }

  isWhole(kind: ListKind): boolean {
    return this.#shelves.get(kind)?.whole ?? false;
  }

  /** Was it listed, if not all of it? */
  isListed(kind: ListKind): boolean {
    return this.#shelves.has(kind);
  }

  /** The best fit of its templates, as {@link templateFit}. */
  fit(uri: string): number | undefined {
    let best: number | undefined;
    let left = MAX_TEMPLATES;
    for (const key of this.#shelves.get(TEMPLATES)?.keys ?? []) {
      if (left-- === 0) break;
      const fit = templateFit(key.slice(1), uri);
      if (fit !== undefined && fit > (best ?? -1)) best = fit;
    }
    return best;
  }

  keys(kind: ListKind): readonly string[] {
    return [...this.#shelves.get(kind)?.keys ?? []].map((key) => key.slice(1));
  }

  /** One page as it passes by. */
  learn(kind: ListKind, items: readonly JsonValue[], { alone }: { readonly alone: boolean }): void {
    if (alone) return this.replace(kind, items, true);
    const shelf = this.#shelves.get(kind) ?? { keys: new Set<string>(), whole: false };
    this.#shelves.set(kind, shelf);
    put(shelf, kind, items);
  }

  /** `whole`: is this all of the list? */
  replace(kind: ListKind, items: readonly JsonValue[], whole: boolean): void {
    const shelf = { keys: new Set<string>(), whole };
    put(shelf, kind, items);
    this.#shelves.set(kind, shelf);
  }

  /** There is none: the server does not have such things. */
  none(kind: ListKind): void {
    this.#shelves.set(kind, { keys: new Set(), whole: true });
  }

  /** Something of it has changed: what is known may be old. */
  expire(changed: string): void {
    for (const [kind, shelf] of this.#shelves) if (kind.changed === changed) shelf.whole = false;
  }

  expireAll(): void {
    for (const shelf of this.#shelves.values()) shelf.whole = false;
  }
}

function put(shelf: Shelf, kind: ListKind, items: readonly JsonValue[]): void {
  for (const item of items) {
    const key = isJsonObject(item) ? item[kind.key] : undefined;
    if (typeof key !== "string" || key.length > MAX_KEY_LENGTH) continue;
    if (shelf.keys.size >= MAX_KEYS) {
      shelf.whole = false;
      return;
    }
    shelf.keys.add(keyOf(key));
  }
}

/** The engine hashes strings of digits by their value, so a peer could choose 100,000 that collide. A letter undoes it. */
function keyOf(text: string): string {
  return `k${text}`;
}
