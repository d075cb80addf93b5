import { exactNumber, type JsonValue } from "../../base/mod.ts";
import type { DocNode } from "../../diagnostic/mod.ts";

/** The value, where TOML can write it; `undefined` where a part of it is null, a date or no finite number. */
export function jsonOf(node: DocNode): JsonValue | undefined {
  switch (node.kind) {
    case "text":
    case "boolean":
      return node.value;
    case "number":
      return isWritable(node.source) ? exactNumber(node.source) : undefined;
    case "list": {
      const items = node.items.map(jsonOf);
      return items.some((item) => item === undefined)
        ? undefined
        : items.filter((item) => item !== undefined);
    }
    case "table": {
      const fields: [string, JsonValue][] = [];
      for (const [key, { value }] of node.fields) {
        const item = jsonOf(value);
        if (item === undefined) return undefined;
        fields.push([key, item]);
      }
      return Object.fromEntries(fields);
    }
    case "null":
    case "other":
      return undefined;
  }
}

/** TOML reads a number as a double first: one beyond it would come back as infinity. */
function isWritable(source: string): boolean {
  return Number.isFinite(Number(source));
}
