import { Fault, isJsonObject, parseJson } from "../../base/mod.ts";
import type { Explanation, TraceLine } from "../../policy/mod.ts";
import { createScanner } from "../../scan/mod.ts";
import type { AccessRequest, Decision, Report } from "../../verdict/mod.ts";
import { methodInfo } from "../../wire/mod.ts";
import { type Args, EXIT, type Io } from "../command.ts";
import { paint, printable, renderTable, type Style } from "../render.ts";
import { tellDiagnostics } from "./check.ts";
import { loadAsRunDoes } from "./load.ts";
import { sourcesOf } from "./sources.ts";

const OUTCOMES = ["allow", "deny", "ask", "redact"];
const TOOL_CALL = "tools/call";

/** `policy explain FILE… --tool T --args JSON`: the decision on one call, and how every rule came to it. */
export async function explainPolicy(args: Args, io: Io): Promise<number> {
  const files = args.words.slice(1);
  if (files.length === 0) {
    throw usage("no policy is named", "countersign policy explain policy.toml --tool read_file");
  }
  const expected = args.text("expect");
  if (expected !== undefined && !OUTCOMES.includes(expected)) {
    throw usage(`--expect is "${expected}", want one of ${OUTCOMES.join(", ")}`, "--expect deny");
  }
  const request = requestOf(args);
  const sources = sourcesOf(files, io);
  const policy = await loadAsRunDoes(sources, io);
  if (!policy.ok) {
    tellDiagnostics(policy.error, sources, io);
    return EXIT.usage;
  }
  const explanation = policy.value.explain(request, reportOn(request));
  io.out(
    args.has("json") ? `${explanationJson(explanation)}\n` : explanationText(explanation, io.terminal.out),
  );
  const { outcome } = explanation.decision;
  if (expected === undefined || outcome === expected) return EXIT.done;
  io.err(`error: expected ${expected}, and the policy says ${outcome}\n`);
  return EXIT.no;
}

/** The call as the gate would put it to the policy. */
function requestOf(args: Args): AccessRequest {
  const action = args.text("method") ?? TOOL_CALL;
  const name = args.text("tool");
  if (name === undefined && action === TOOL_CALL) throw usage("no tool is named", "add --tool read_file");
  const text = args.text("args") ?? "{}";
  const parsed = parseJson(text);
  if (!parsed.ok || !isJsonObject(parsed.value)) {
    const cause = parsed.ok
      ? "it is not an object"
      : `${parsed.error.message}, at character ${parsed.error.at + 1}`;
    throw usage(`--args is not a JSON object: ${cause}`, `--args '{"path": "notes.txt"}'`);
  }
  const roles = args.list("role");
  return {
    principal: { id: args.text("agent") ?? "agent", verified: roles.length > 0, roles },
    action,
    resource: { server: args.text("server") ?? "server", name: name ?? "" },
    direction: "to-upstream",
    judged: methodInfo(action)?.judged ?? false,
    args: text,
    context: { session: "", listing: "unknown" },
  };
}

/** What the scanner would report, with nothing excepted. */
function reportOn({ args, resource: { server, name }, action }: AccessRequest): Report {
  const scanner = createScanner({ overrides: [] });
  if (!scanner.ok) throw new Fault("internal", `Cannot explain: ${scanner.error}`);
  return scanner.value.inspect({ text: args, direction: "to-upstream", server, tool: name, method: action })
    .report;
}

function usage(cause: string, hint: string): Fault {
  return new Fault("usage", `Cannot explain a policy: ${cause}`, { hint });
}

/** The decision of the policy with its trace (spec: command line, "What other programs read"). */
function explanationJson({ decision, trace }: Explanation): string {
  const { outcome, rules, reason, message, duties, charges, threat, policy } = decision;
  return JSON.stringify({
    outcome,
    rules,
    reason,
    message,
    duties: { redact_fields: duties.redactFields },
    charges: charges.map(({ meter, limit, windowMs, amount }) => ({
      meter,
      limit,
      window_ms: windowMs,
      amount,
    })),
    threat,
    policy,
    trace,
  });
}

const STYLES: Readonly<Record<Decision["outcome"], Style>> = {
  allow: "green",
  redact: "green",
  ask: "yellow",
  deny: "red",
};

function explanationText({ decision, trace }: Explanation, terminal: boolean): string {
  const { outcome, reason, message, duties, charges } = decision;
  const lines = [
    `${paint(outcome, STYLES[outcome], terminal)}${" ".repeat(7 - outcome.length)}${printable(reason)}: ${
      printable(message)
    }`,
    ...(duties.redactFields.length === 0 ? [] : [`masked: ${duties.redactFields.map(printable).join(", ")}`]),
    ...charges.map(({ limit, windowMs }) => `counted: at most ${limit} calls in ${windowMs / 1000} s`),
  ];
  const headers = ["decides", "rule", "effect", "match", "why"];
  return `${lines.join("\n")}\n\n${renderTable(headers, trace.map(rowOf), { terminal })}`;
}

function rowOf({ rule, effect, match, decides, why }: TraceLine): readonly string[] {
  return [
    decides ? "*" : "",
    rule,
    effect === "abstain" ? "-" : effect,
    effect === "abstain" ? "-" : match,
    why,
  ];
}
