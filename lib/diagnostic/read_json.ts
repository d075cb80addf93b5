import { type JsonProblem, parseJson } from "../base/mod.ts";
import type { DiagnosticSink } from "./diagnostic.ts";
import { type TableNode, toNode, typeName } from "./document.ts";
import { locateJson } from "./locate_json.ts";

/**
 * Reads a JSON document through the strict parser of the wire: duplicate keys are refused. With `comments` the text is
 * JSONC: `//` and block comments and a comma behind the last member are blanked first, so that every offset stays.
 */
export function readJson(
  text: string,
  sink: DiagnosticSink,
  { comments = false }: { readonly comments?: boolean } = {},
): TableNode | undefined {
  const plain = comments ? blankComments(text) : text;
  const parsed = parseJson(plain);
  if (!parsed.ok) {
    const { message, at } = parsed.error;
    sink.error(at, `not valid JSON: ${message}`, hintFor(parsed.error, comments));
    return undefined;
  }
  const node = toNode(parsed.value, locateJson(plain), 0);
  if (node.kind === "table") return node;
  sink.error(node.at, `the document is ${typeName(node)}, and must be an object`, "write { … }");
  return undefined;
}

function hintFor({ code }: JsonProblem, comments: boolean): string {
  if (code === "duplicate-key") return "a key may stand only once in an object: put the two together";
  if (code === "empty") return 'write at least {"version": 1}';
  return comments
    ? "JSONC is JSON with comments and a comma behind the last member; nothing else"
    : "JSON has no comments and no comma behind the last member: name the file .jsonc to have both";
}

const TOKEN_REGEXP = /"(?:[^"\\\n]|\\.)*"|\/\/[^\n]*|\/\*[\s\S]*?\*\//g;
const LAST_COMMA_REGEXP = /"(?:[^"\\\n]|\\.)*"|,(?=\s*[}\]])/g;

/** Spaces for comments and for last commas; line ends and all offsets stay. An open comment is left for the parser. */
function blankComments(text: string): string {
  const bare = text.replace(
    TOKEN_REGEXP,
    (token) => token.startsWith('"') ? token : token.replace(/[^\n]/g, " "),
  );
  // A comma that no member stands before is none that JSONC allows: the parser complains about it.
  return bare.replace(
    LAST_COMMA_REGEXP,
    (token, at: number) => token === "," && !/[[{,]$/.test(bare.slice(0, at).trimEnd()) ? " " : token,
  );
}
