import { exactNumber, Fault, formatDuration, isJsonObject, parseJson, systemClock } from "../../base/mod.ts";
import type { Explanation, TraceLine } from "../../policy/mod.ts";
import type { AccessRequest, Charge, Decision } from "../../verdict/mod.ts";
import { methodInfo } from "../../wire/mod.ts";
import { type Args, EXIT, type Io } from "../command.ts";
import { paint, printable, renderTable, type Style } from "../render.ts";
import { newBook } from "./book.ts";
import { tellDiagnostics } from "./check.ts";
import { loadAsRunDoes } from "./load.ts";
import { callScanner } from "./scan_call.ts";
import { sourcesOf } from "./sources.ts";

const OUTCOMES = ["allow", "deny", "ask", "redact"];
const TOOL_CALL = "tools/call";

/** `policy explain FILE… --tool T --args JSON`: the decision on one call, and how every rule came to it. */
export async function explainPolicy(args: Args, io: Io): Promise<number> {
  const files = args.words.slice(1);
  if (files.length === 0) {
    throw misuse("no policy is named", "countersign policy explain policy.toml --tool read_file");
  }
  const expected = args.text("expect");
  if (expected !== undefined && !OUTCOMES.includes(expected)) {
    throw misuse(`--expect is "${expected}", want one of ${OUTCOMES.join(", ")}`, "--expect deny");
  }
  const request = requestOf(args);
  const sources = sourcesOf(files, io);
  const policy = await loadAsRunDoes(sources, io);
  if (!policy.ok) {
    tellDiagnostics(policy.error, sources, io);
    return EXIT.usage;
  }
  // Nothing has happened yet: limits are unused, and the session begins with this call.
  const usage = newBook().usageAt(request.context.nowMs);
  const scanCall = await callScanner(sources.scan);
  const explanation = policy.value.explain(request, scanCall(request), usage);
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
  if (name === undefined && action === TOOL_CALL) throw misuse("no tool is named", "add --tool read_file");
  const text = argsText(args), roles = args.list("role");
  return {
    principal: {
      id: args.text("agent") ?? "agent",
      verified: roles.length > 0 || args.has("verified"),
      roles,
    },
    action,
    resource: { server: args.text("server") ?? "server", name: name ?? "" },
    direction: "to-upstream",
    judged: methodInfo(action)?.judged ?? false,
    args: text,
    context: {
      session: "explain",
      listing: "unknown",
      labels: args.list("label"),
      calls: countFlag(args, "calls"),
      nowMs: instantFlag(args, "at"),
    },
  };
}

function argsText(args: Args): string {
  const text = args.text("args") ?? "{}";
  const parsed = parseJson(text);
  if (!parsed.ok || !isJsonObject(parsed.value)) {
    const cause = parsed.ok
      ? "it is not an object"
      : `${parsed.error.message}, at character ${parsed.error.at + 1}`;
    throw misuse(`--args is not a JSON object: ${cause}`, `--args '{"path": "notes.txt"}'`);
  }
  return text;
}

function countFlag(args: Args, flag: string): number {
  const count = args.number(flag) ?? 0;
  if (Number.isSafeInteger(count) && count >= 0) return count;
  throw misuse(`--${flag} is ${count}, want a whole number from 0`, `--${flag} 3`);
}

const INSTANT_REGEXP = /^\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d{1,6})?)?(?:Z|[+-]\d\d:\d\d)$/;

function instantFlag(args: Args, flag: string): number {
  const text = args.text(flag);
  if (text === undefined) return Math.floor(systemClock.nowMicros() / 1000);
  const ms = INSTANT_REGEXP.test(text) ? Date.parse(text) : NaN;
  if (!Number.isNaN(ms)) return ms;
  throw misuse(`--${flag} is "${text}", which is no instant`, `--${flag} 2026-11-20T09:00:00Z`);
}

function misuse(cause: string, hint: string): Fault {
  return new Fault("usage", `Cannot explain a policy: ${cause}`, { hint });
}

/** The decision of the policy with its trace (spec: command line, "What other programs read"). */
function explanationJson({ decision, trace }: Explanation): string {
  const { outcome, rules, reason, message, duties, charges, threat, envelope, policy } = decision;
  return JSON.stringify({
    outcome,
    rules,
    reason,
    message,
    duties: { redact_fields: duties.redactFields, labels: duties.labels },
    charges: charges.map(chargeJson),
    threat,
    ...(envelope === undefined ? {} : { envelope }),
    policy,
    trace,
  });
}

/** Numbers keep their digits, however many there are. */
function chargeJson({ meter, limit, amount, window }: Charge) {
  return {
    meter,
    limit: exactNumber(limit),
    amount: exactNumber(amount),
    ...(window.kind === "none" ? {} : { window_ms: window.ms }),
  };
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
    ...(duties.labels.length === 0
      ? []
      : [`labels on the result: ${duties.labels.map(printable).join(", ")}`]),
    ...charges.map((charge) => `counted: ${chargeText(charge)}`),
  ];
  const headers = ["decides", "rule", "effect", "match", "why"];
  return `${lines.join("\n")}\n\n${renderTable(headers, trace.map(rowOf), { terminal })}`;
}

/** The meter's name is a list of texts: what it is, and whose. */
function chargeText({ meter, amount, limit, window }: Charge): string {
  const span = window.kind === "none" ? "" : ` in ${formatDuration(window.ms)}`;
  return printable(`${amount} of ${limit}${span} (${(JSON.parse(meter) as readonly string[]).join(" ")})`);
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
