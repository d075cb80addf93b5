/** The one tool of `@modelcontextprotocol/server-sequential-thinking`, on all of its ways. */
import { LegacySession } from "../harness/legacy_session.ts";
import type { Launch } from "../harness/line_client.ts";

const THINK = "sequentialthinking";

export async function sequentialThinkingSession(launch: Launch): Promise<LegacySession> {
  const session = await LegacySession.connect(launch);
  await session.listTools();
  const first = { thought: "One", nextThoughtNeeded: true, thoughtNumber: 1, totalThoughts: 3 };
  await session.tool(THINK, first);
  await session.tool(THINK, { ...first, thought: "Two", thoughtNumber: "2", nextThoughtNeeded: "true" });
  const revision = { isRevision: true, revisesThought: 1 };
  await session.tool(THINK, { ...first, thought: "One again", thoughtNumber: 3, ...revision });
  const branch = { branchFromThought: 2, branchId: "ast-\u{1F33F}" };
  await session.tool(THINK, {
    ...first,
    thought: "Aside",
    thoughtNumber: 4,
    ...branch,
    needsMoreThoughts: true,
  });
  await session.tool(THINK, { ...first, thought: "Done", thoughtNumber: 5, nextThoughtNeeded: false });
  await session.tool(THINK, { ...first, thoughtNumber: 0 });
  await session.tool(THINK, { thought: "not enough" });
  return session;
}
