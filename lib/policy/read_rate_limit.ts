import { compileGlob, type Glob, sha256Hex } from "../base/mod.ts";
import { type Fields, type NumberNode, typeName } from "../diagnostic/mod.ts";
import type { AccessRequest } from "../verdict/mod.ts";
import type { RateLimit } from "./layer.ts";
import { GLOB_HINT } from "./operators.ts";
import type { ReadContext } from "./read_when.ts";
import { isLiteral } from "./selectors.ts";

const MINUTE_MS = 60_000;
const MAX_PER_MINUTE = 1_000_000;
const PLAIN_NAME_REGEXP = /^[A-Za-z0-9_.-]{1,128}$/;

interface ToolLimit {
  readonly matches: Glob;
  readonly perMinute: number;
}

/** The rate limit of a guardrails layer; `undefined` where it has none. One meter a server and tool. */
export function readRateLimit(fields: Fields, layer: string, context: ReadContext): RateLimit | undefined {
  const general = fields.integer("rate_limit_per_minute");
  const { exact, globs } = readToolLimits(fields, context);
  if (general === undefined && exact.size === 0 && globs.length === 0) return undefined;
  return (request) => {
    if (request.action !== "tools/call") return undefined;
    const { name } = request.resource;
    const perMinute = exact.get(name.normalize("NFC")) ??
      globs.find(({ matches }) => matches(name))?.perMinute;
    if (perMinute !== undefined) {
      return chargeFor(request, { layer, key: "rate_limit_tools", limit: perMinute });
    }
    if (general === undefined) return undefined;
    return chargeFor(request, { layer, key: "rate_limit_per_minute", limit: general });
  };
}

function chargeFor(
  { resource: { server, name } }: AccessRequest,
  { layer, key, limit }: { layer: string; key: string; limit: number },
): ReturnType<RateLimit> {
  return {
    meter: `rate/${layer}/${server}/${meterName(name)}`,
    limit,
    windowMs: MINUTE_MS,
    amount: 1,
    refusal: {
      outcome: "deny",
      rules: [`${layer}/${key}`],
      reason: "guardrail:rate",
      message: "too many calls of this tool within a minute: wait before the next one",
    },
  };
}

/** The name is ATTACKER-CONTROLLED and becomes part of a key: anything long or odd goes in as its digest. */
function meterName(name: string): string {
  return PLAIN_NAME_REGEXP.test(name) ? name : `~${sha256Hex(name).slice(0, 32)}`;
}

interface ToolLimits {
  readonly exact: ReadonlyMap<string, number>;
  readonly globs: readonly ToolLimit[];
}

function readToolLimits(fields: Fields, { sink }: ReadContext): ToolLimits {
  const exact = new Map<string, number>();
  const globs: ToolLimit[] = [];
  const node = fields.node("rate_limit_tools");
  if (node === undefined) return { exact, globs };
  if (node.kind !== "table") {
    sink.error(
      node.at,
      `"rate_limit_tools" is ${typeName(node)}, and must be a table`,
      "write rate_limit_tools = { search = 5 }",
    );
    return { exact, globs };
  }
  for (const [tool, { keyAt, value }] of node.fields) {
    const glob = compileGlob(tool);
    if (!glob.ok) {
      sink.error(keyAt, `${JSON.stringify(tool)} is not a glob: ${glob.error.message}`, GLOB_HINT);
    } else if (value.kind !== "number" || !isLimit(value)) {
      const hint = "write the calls a minute; a tool that must not be called at all belongs in block_tools";
      sink.error(
        value.at,
        `the limit of ${JSON.stringify(tool)} must be a whole number from 1 to ${MAX_PER_MINUTE}`,
        hint,
      );
    } else if (isLiteral(tool)) exact.set(tool.normalize("NFC"), Number(value.source));
    else globs.push({ matches: glob.value, perMinute: Number(value.source) });
  }
  return { exact, globs };
}

function isLimit({ source }: NumberNode): boolean {
  const limit = Number(source);
  return Number.isInteger(limit) && limit >= 1 && limit <= MAX_PER_MINUTE;
}
