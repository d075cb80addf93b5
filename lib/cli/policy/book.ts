import { memoryBook } from "../../meter/mod.ts";
import type { Book } from "../../policy/mod.ts";

/** Limits and history in memory: nothing has happened yet, and nothing is kept. */
export function newBook(): Book {
  const book = memoryBook();
  return {
    usageAt: (nowMs) => book.at(nowMs * 1000),
    apply: (effects, nowMs) => book.settle(effects, nowMs * 1000),
  };
}
