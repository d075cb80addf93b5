/**
 * What a modern HTTP request says in its headers as well as in its body (2026-07-28, Streamable HTTP, "Request metadata"):
 * made for what we send, compared for what we receive. A header that says something else than the body is an attack on
 * whoever reads only one of the two.
 */
import {
  isJsonObject,
  type JsonObject,
  type JsonValue,
  numberSource,
  utf8,
  utf8Decode,
} from "../base/mod.ts";
import { protocolVersionOf } from "./era.ts";

/** Part of a tool's input schema that is mirrored: `Mcp-Param-<name>`, from the value at `path` of the arguments. */
export interface ParamHeader {
  readonly name: string;
  readonly path: readonly string[];
}

/** Reads one header of a request, whatever its case; `undefined` where it is absent. */
export type ReadHeader = (name: string) => string | undefined;

/** The fields of a message that headers mirror. */
export interface Mirrored {
  readonly method: string;
  readonly params?: JsonObject | undefined;
}

const SENTINEL_START = "=?base64?", SENTINEL_END = "?=";
/**
 * Which member of params `Mcp-Name` mirrors. For tasks it leads whoever stands in between to the server that has the task
 * (tasks extension, "Streamable HTTP").
 */
const NAMED: Readonly<Record<string, "name" | "uri" | "taskId">> = {
  "tools/call": "name",
  "prompts/get": "name",
  "resources/read": "uri",
  "tasks/get": "taskId",
  "tasks/update": "taskId",
  "tasks/cancel": "taskId",
};
const PARAM_PREFIX = "Mcp-Param-";

/** The headers of a request that we send. `params`: of the tool that is called. */
export function mirroredHeaders(
  message: Mirrored,
  params: readonly ParamHeader[] = [],
): readonly (readonly [name: string, value: string])[] {
  const headers: (readonly [string, string])[] = [["Mcp-Method", encodeHeaderValue(message.method)]];
  const version = protocolVersionOf(message.params);
  if (version !== undefined) headers.push(["MCP-Protocol-Version", encodeHeaderValue(version)]);
  const name = nameOf(message);
  if (name !== undefined) headers.push(["Mcp-Name", encodeHeaderValue(name)]);
  for (const { name, path } of message.method === "tools/call" ? params : []) {
    const value = textOf(valueAt(message.params?.arguments, path));
    if (value !== undefined) headers.push([`${PARAM_PREFIX}${name}`, encodeHeaderValue(value)]);
  }
  return headers;
}

/**
 * What is wrong with the headers of a request that we received; `undefined`: nothing. All of it is ATTACKER-CONTROLLED, and
 * the phrase repeats none of it. `params`: of the tool that is called, where its schema is known.
 */
export function headerMismatch(
  message: Mirrored,
  read: ReadHeader,
  params: readonly ParamHeader[] = [],
): string | undefined {
  const { method } = message;
  const wanted: Wanted[] = [
    { header: "MCP-Protocol-Version", text: protocolVersionOf(message.params) },
    { header: "Mcp-Method", text: method },
    ...Object.hasOwn(NAMED, method) ? [{ header: "Mcp-Name", text: nameOf(message) }] : [],
    ...method === "tools/call" ? params.map((param) => paramWanted(message, param)) : [],
  ];
  for (const one of wanted) {
    const problem = mismatch(one, read(one.header));
    if (problem !== undefined) return problem;
  }
  return undefined;
}

/** What a header must say. */
interface Wanted {
  readonly header: string;
  readonly text: string | undefined;
  readonly isNumber?: boolean;
}

function paramWanted({ params }: Mirrored, { name, path }: ParamHeader): Wanted {
  const value = valueAt(params?.arguments, path);
  const isNumber = numberSource(value ?? null) !== undefined;
  return { header: `${PARAM_PREFIX}${name}`, text: textOf(value), isNumber };
}

function mismatch({ header, text, isNumber }: Wanted, sent: string | undefined): string | undefined {
  if (sent === undefined) return text === undefined ? undefined : `the header ${header} is missing`;
  if (text === undefined) return `the body has nothing for the header ${header}`;
  const value = decodeHeaderValue(sent);
  if (value === undefined) return `the value of the header ${header} is malformed`;
  // Two texts of one number are two texts where the body has a text.
  return value === text || (isNumber === true && sameNumber(value, text))
    ? undefined
    : `the header ${header} does not match the body`;
}

/** `42.0` and `42` are one number, in what is mirrored from an integer. */
function sameNumber(a: string, b: string): boolean {
  const isNumber = (text: string) => /^-?\d{1,16}(?:\.\d{1,16})?$/.test(text);
  return isNumber(a) && isNumber(b) && Number.isSafeInteger(Number(a)) && Number(a) === Number(b);
}

/** A header's value for any text: as it is where that is safe, else its UTF-8 in base 64 between markers. */
export function encodeHeaderValue(text: string): string {
  const isSafe = /^[\x21-\x7e](?:[\x20-\x7e\t]*[\x21-\x7e])?$/.test(text);
  const looksEncoded = text.startsWith(SENTINEL_START) && text.endsWith(SENTINEL_END);
  if (isSafe && !looksEncoded) return text;
  return `${SENTINEL_START}${utf8(text.toWellFormed()).toBase64()}${SENTINEL_END}`;
}

/** The text behind a header's value; `undefined` for one that nobody may send. ATTACKER-CONTROLLED. */
export function decodeHeaderValue(value: string): string | undefined {
  if (!/^[\x20-\x7e\t]*$/.test(value)) return undefined;
  if (!value.startsWith(SENTINEL_START) || !value.endsWith(SENTINEL_END)) return value;
  const base64 = value.slice(SENTINEL_START.length, -SENTINEL_END.length);
  try {
    return utf8Decode(Uint8Array.fromBase64(base64, { lastChunkHandling: "strict" }));
  } catch {
    return undefined; // not base 64
  }
}

function nameOf({ method, params }: Mirrored): string | undefined {
  const member = Object.hasOwn(NAMED, method) ? NAMED[method] : undefined;
  const name = member === undefined ? undefined : params?.[member];
  return typeof name === "string" ? name : undefined;
}

function valueAt(root: JsonValue | undefined, path: readonly string[]): JsonValue | undefined {
  let value = root;
  for (const key of path) {
    if (!isJsonObject(value) || !Object.hasOwn(value, key)) return undefined;
    value = value[key];
  }
  return value;
}

/** Strings, integers and booleans are mirrored; for anything else there is no header. */
function textOf(value: JsonValue | undefined): string | undefined {
  if (typeof value === "string") return value;
  if (typeof value === "boolean") return String(value);
  const source = numberSource(value ?? null);
  return source !== undefined && /^-?\d+(?:\.0+)?$/.test(source) ? source.replace(/\.0+$/, "") : undefined;
}

// A schema that has more is none that a person wrote. How deep it goes, the reader of frames has bounded.
const MAX_PARAMS = 64;
const TOKEN_REGEXP = /^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,128}$/;

/**
 * The mirrored parameters of a tool's input schema (ATTACKER-CONTROLLED); `undefined` where an annotation breaks the rules,
 * which makes the tool one that no client may offer.
 */
export function paramHeadersOf(inputSchema: JsonValue | undefined): readonly ParamHeader[] | undefined {
  const found: ParamHeader[] = [];
  if (!walk(inputSchema, { path: [], reachable: true, found })) return undefined;
  const names = new Set(found.map(({ name }) => name.toLowerCase()));
  return names.size === found.length && found.length <= MAX_PARAMS ? found : undefined;
}

interface Walk {
  readonly path: readonly string[];
  /** Did every step to here go through `properties`? */
  readonly reachable: boolean;
  readonly found: ParamHeader[];
}

const ANNOTATION = "x-mcp-header";

function walk(schema: JsonValue | undefined, { path, reachable, found }: Walk): boolean {
  if (Array.isArray(schema)) return schema.every((item) => walk(item, { path, reachable: false, found }));
  if (!isJsonObject(schema)) return true;
  if (Object.hasOwn(schema, ANNOTATION)) {
    const name = schema[ANNOTATION];
    const isPrimitive = ["integer", "string", "boolean"].includes(String(schema.type));
    if (
      !reachable || path.length === 0 || !isPrimitive || typeof name !== "string" || !TOKEN_REGEXP.test(name)
    ) {
      return false;
    }
    found.push({ name, path });
  }
  return Object.entries(schema).every(([keyword, inner]) =>
    walkKeyword(keyword, inner, { path, reachable, found })
  );
}

/** Values that only look like schemas (`const`, `enum`, `default`, `examples`) annotate nothing. */
const DATA_KEYWORDS: readonly string[] = ["const", "enum", "default", "examples", ANNOTATION];

function walkKeyword(keyword: string, inner: JsonValue, { path, reachable, found }: Walk): boolean {
  if (DATA_KEYWORDS.includes(keyword)) return true;
  const keys = keyword === "properties" && isJsonObject(inner) ? Object.entries(inner) : undefined;
  if (keys === undefined) return walk(inner, { path: [...path, keyword], reachable: false, found });
  return keys.every(([key, property]) => walk(property, { path: [...path, key], reachable, found }));
}
