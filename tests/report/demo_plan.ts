/** What happens in the demo ledger: nine days of four agents, from one seed, so that every run tells the same story. */

/** A call of the story. Times in milliseconds since its beginning. */
export interface PlannedCall {
  readonly at: number;
  readonly tool: string;
  readonly method?: string;
  readonly fate: "forward" | "refuse" | "mask" | "hold";
  readonly reason: string;
  readonly upstreamMs: number;
  readonly reply: "release" | "redact" | "withhold" | "none";
  readonly findings: readonly string[];
  readonly threat: number;
  readonly answer?: "approve" | "deny" | "expire";
  readonly waitMs?: number;
}

/** One session of it. `end`: how it ends; `runs` never does. */
export interface PlannedSession {
  readonly at: number;
  readonly agent: string;
  readonly verified: boolean;
  readonly server: string;
  readonly policy: number;
  readonly enforced: boolean;
  readonly calls: readonly PlannedCall[];
  readonly end: "closes" | "crashes" | "runs";
  readonly endAt: number;
  /** Incidents: a kind, a reason, a size. */
  /** What changes while it runs: the policy, or what a server says of its tools. */
  readonly changes: readonly ("policy" | "pin" | "drift" | "back")[];
  readonly incidents: readonly (readonly ["malformed" | "fault", string, number])[];
}

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const DAYS = 9;

interface ServerPlan {
  readonly tools: readonly (readonly [string, number, number])[];
  readonly agents: readonly string[];
}

/** Tools with how often they are called and how long they take, in milliseconds. */
const SERVERS: Readonly<Record<string, ServerPlan>> = {
  files: {
    tools: [
      ["read_text_file", 30, 3],
      ["list_directory", 14, 2],
      ["search_files", 9, 24],
      ["write_file", 8, 6],
      ["edit_file", 8, 5],
      ["move_file", 2, 3],
      ["delete_file", 1, 2],
    ],
    agents: ["coder-laptop", "docs-writer"],
  },
  github: {
    tools: [
      ["get_issue", 12, 180],
      ["search_code", 9, 420],
      ["list_pull_requests", 8, 260],
      ["create_issue_comment", 4, 310],
      ["create_pull_request", 2, 640],
      ["merge_pull_request", 1, 720],
    ],
    agents: ["coder-laptop", "release-bot"],
  },
  billing: {
    tools: [["lookup_invoice", 14, 48], ["list_customers", 6, 95], ["refund", 3, 210], [
      "wire_transfer",
      1,
      350,
    ]],
    agents: ["support-bot"],
  },
  postgres: {
    tools: [["query", 16, 34], ["describe_table", 6, 9], ["explain", 3, 21], ["execute", 1, 55]],
    agents: ["coder-laptop", "support-bot"],
  },
};

/** The whole story, sessions in the order in which they open. */
export function demoPlan(): readonly PlannedSession[] {
  const random = seeded(20261111);
  const sessions: PlannedSession[] = [];
  for (let day = 0; day < DAYS; day++) {
    const isWeekend = day === 3 || day === 4;
    for (const [server, plan] of Object.entries(SERVERS)) {
      const count = isWeekend ? (server === "billing" ? 1 : 0) : 1 + Math.floor(random() * 1.6);
      for (let i = 0; i < count; i++) sessions.push(session(day, { server, plan, random }));
    }
  }
  sessions.sort((a, b) => a.at - b.at);
  const github = sessions.filter(({ server }) => server === "github");
  const changes = new Map<PlannedSession | undefined, PlannedSession["changes"]>([
    [github[0], ["pin"]],
    [github.at(-3), ["drift"]],
    [github.at(-2), ["back"]],
    [sessions.find(({ policy }) => policy === 1), ["policy"]],
  ]);
  return sessions.map((one) => ({ ...one, changes: changes.get(one) ?? [] })).map((one, i) =>
    withEnd(one, i, sessions.length)
  );
}

interface Making {
  readonly server: string;
  readonly plan: ServerPlan;
  readonly random: () => number;
}

function session(day: number, { server, plan, random }: Making): PlannedSession {
  const at = day * DAY + (1 + random() * 8) * HOUR;
  const agent = pick(plan.agents, random);
  const calls: PlannedCall[] = [];
  let when = at;
  for (let left = 12 + Math.floor(random() * 60); left > 0; left--) {
    when += 900 + random() ** 3 * 240_000;
    const call = plannedCall(when, { server, plan, random });
    calls.push(call);
    when += call.upstreamMs + (call.waitMs ?? 0);
  }
  return {
    at,
    agent,
    verified: agent === "support-bot" || agent === "release-bot",
    server,
    policy: day < 5 ? 0 : 1,
    enforced: !(server === "postgres" && day < 2),
    calls,
    end: "closes",
    endAt: when + 20_000,
    changes: [],
    incidents: random() < 0.14
      ? [[
        "malformed",
        pick(["duplicate-key", "not-json", "no-jsonrpc"], random),
        60 + Math.floor(random() * 900),
      ]]
      : [],
  };
}

function plannedCall(at: number, { server, plan, random }: Making): PlannedCall {
  const [tool, , usualMs] = weighted(plan.tools, random);
  const upstreamMs = usualMs * (0.6 + random() ** 4 * 6);
  const base = { at, tool, upstreamMs, reply: "release", findings: [], threat: 0 } as const;
  if (tool === "delete_file" || tool === "execute") {
    return { ...base, fate: "refuse", reason: `rule:no-${tool}`, reply: "none", threat: 40 };
  }
  if (tool === "wire_transfer" || tool === "merge_pull_request" || (tool === "refund" && random() < 0.5)) {
    return heldCall(base, random);
  }
  const dice = random();
  if (dice < 0.018) {
    return {
      ...base,
      fate: "refuse",
      reason: "dlp:aws-access-key",
      reply: "none",
      findings: ["aws-access-key"],
      threat: 60,
    };
  }
  if (dice < 0.03) return { ...base, fate: "refuse", reason: "guardrail:rate", reply: "none" };
  if (dice < 0.04 && server === "files") {
    return { ...base, fate: "refuse", reason: "rule:stay-in-the-folder", reply: "none", threat: 35 };
  }
  if (dice < 0.07) {
    return {
      ...base,
      fate: "forward",
      reason: "default",
      reply: "redact",
      findings: [pick(["github-token", "email-address", "private-key"], random)],
    };
  }
  if (dice < 0.082) {
    return {
      ...base,
      fate: "forward",
      reason: "default",
      reply: "withhold",
      findings: ["injection-override"],
    };
  }
  if (dice < 0.1) return { ...base, fate: "mask", reason: "rule:mask-customer" };
  return { ...base, fate: "forward", reason: dice < 0.6 ? "default" : "rule:allow-read" };
}

type CallBase = Omit<PlannedCall, "fate" | "reason">;

function heldCall(base: CallBase, random: () => number): PlannedCall {
  const answer = random() < 0.6 ? "approve" : random() < 0.6 ? "deny" : "expire";
  const waitMs = answer === "expire" ? 300_000 : 15_000 + random() * 140_000;
  const reply = answer === "approve" ? "release" : "none";
  return { ...base, fate: "hold", reason: "rule:ask-a-person", reply, answer, waitMs, threat: 20 };
}

/** A crash in the middle, and one session that is still open at the end. */
function withEnd(one: PlannedSession, index: number, count: number): PlannedSession {
  if (index === count - 1) return { ...one, end: "runs" };
  if (index !== Math.floor(count / 3)) return one;
  const half = one.calls.slice(0, Math.ceil(one.calls.length / 2));
  const last = half.at(-1);
  if (last === undefined) return one;
  const lost = { ...last, fate: "forward", reason: "default", reply: "none" } as const;
  return { ...one, end: "crashes", calls: [...half.slice(0, -1), lost], endAt: last.at + 1_000 };
}

function pick<T>(items: readonly T[], random: () => number): T {
  const item = items[Math.floor(random() * items.length)];
  if (item === undefined) throw new Error("nothing to pick from");
  return item;
}

function weighted(
  tools: ServerPlan["tools"],
  random: () => number,
): ServerPlan["tools"][number] {
  let left = random() * tools.reduce((sum, [, weight]) => sum + weight, 0);
  for (const tool of tools) {
    left -= tool[1];
    if (left < 0) return tool;
  }
  return pick(tools, random);
}

/** Mulberry32: a few lines that give the same numbers everywhere. */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
