/** Definitions of tools as the upstream wrote them, made ready to be compared. ATTACKER-CONTROLLED. */
import { canonicalPayload, isJsonObject, type JsonValue, sha256Hex } from "../base/mod.ts";
import { PINNED_FIELDS, type SeenDefinition, type SeenField } from "../verdict/mod.ts";

/** A result, as it came and as the scanner left it; `undefined` where it could not be looked at in full. */
export interface Seen {
  readonly original: JsonValue | undefined;
  readonly shown: JsonValue | undefined;
}

/** The tools that a result lists, each name once. */
export function definitionsIn({ original, shown }: Seen): readonly SeenDefinition[] {
  const shownTools = toolsOf(shown);
  const found = new Map<string, SeenDefinition>();
  toolsOf(original).forEach((tool, at) => {
    if (!isJsonObject(tool) || typeof tool.name !== "string") return;
    // INVARIANT: a masked list has the shape of the original, so the same place is the same tool.
    const one = definitionOf(tool.name, PINNED_FIELDS, { original: tool, shown: shownTools[at] });
    const twin = found.get(tool.name);
    found.set(tool.name, twin === undefined ? one : bothOf(twin, one));
  });
  return [...found.values()];
}

/** What a server says about itself: its instructions, or that it gives none. */
export function instructionsIn(seen: Seen): SeenDefinition {
  return definitionOf("", ["instructions"], seen);
}

function toolsOf(result: JsonValue | undefined): readonly JsonValue[] {
  return isJsonObject(result) && Array.isArray(result.tools) ? result.tools : [];
}

function definitionOf(name: string, names: readonly string[], { original, shown }: Seen): SeenDefinition {
  const fields = names.flatMap((field) => {
    const value = isJsonObject(original) ? original[field] : undefined;
    const text = isJsonObject(shown) ? shown[field] : undefined;
    return value === undefined ? [] : [fieldOf(field, value, text)];
  });
  return {
    name,
    shown: shownName(name, shown),
    digest: sha256Hex(fields.map(({ name, digest }) => `${name} ${digest}\n`).join("")),
    fields,
  };
}

function fieldOf(name: string, value: JsonValue, shown: JsonValue | undefined): SeenField {
  const text = canonicalPayload(value);
  const digest = sha256Hex(text);
  if (shown === undefined) return { name, digest };
  return { name, digest, text: shown === value ? text : canonicalPayload(shown) };
}

/** A name may be the secret itself; one that was not looked at may be anything. */
function shownName(name: string, shown: JsonValue | undefined): string {
  if (name === "") return "";
  return isJsonObject(shown) && typeof shown.name === "string" ? shown.name : "[NOT SCANNED]";
}

/** Two tools of one name are one definition: what the client takes of them is not known, so both count. */
function bothOf(one: SeenDefinition, other: SeenDefinition): SeenDefinition {
  if (one.digest === other.digest) return one;
  return {
    ...other,
    digest: sha256Hex(`${one.digest}\n${other.digest}\n`),
    fields: [...one.fields, ...other.fields],
  };
}
