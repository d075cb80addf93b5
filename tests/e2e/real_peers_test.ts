/**
 * Real servers and the official clients, with and without the product in between: what the client sees must be the
 * same. Each session is a script over all that its server offers; its transcript is the client's whole view.
 */
import { assert, assertEquals } from "@std/assert";
import { assertVerifies, type Box, fixtureWithPackages, type Launch, npmServer, openBox } from "./harness.ts";
import { Client } from "@modelcontextprotocol/client";
import { stdio } from "./harness/modern_session.ts";
import { installed } from "./harness/npm.ts";
import type { ProductCommand } from "./harness/product.ts";
import { assertSameView, type Transcript } from "./harness/transcript.ts";
import { everythingSession, everythingTasksSession } from "./sessions/everything.ts";
import { filesystemSession, prepareFolder } from "./sessions/filesystem.ts";
import { memorySession } from "./sessions/memory.ts";
import { modernSession } from "./sessions/modern.ts";
import { sequentialThinkingSession } from "./sessions/sequential_thinking.ts";

const VERSION = "2026.8.31";
const FILESYSTEM = `@modelcontextprotocol/server-filesystem@${VERSION}`;
const MEMORY = `@modelcontextprotocol/server-memory@${VERSION}`;
const EVERYTHING = `@modelcontextprotocol/server-everything@${VERSION}`;
const THINKING = `@modelcontextprotocol/server-sequential-thinking@${VERSION}`;

/** What a script leaves behind. */
interface Session {
  readonly transcript: Transcript;
  readonly called: ReadonlySet<string>;
  readonly listed: ReadonlySet<string>;
  close(): Promise<void>;
}

/** One way of running a session: `where` is a name of its own for files. */
interface Run {
  readonly box: Box;
  readonly where: "direct" | "proxied";
  launch(upstream: ProductCommand, env?: Record<string, string>): Launch;
}

type Script = (run: Run) => Promise<Session>;

/** Runs `script` without and with the product, at the same time, and compares what the two clients saw. */
async function compare(script: Script): Promise<void> {
  await using box = await openBox();
  const direct: Run = {
    box,
    where: "direct",
    launch: (upstream, env) => ({ ...box.direct(upstream, env), cwd: box.folder }),
  };
  const proxied: Run = {
    box,
    where: "proxied",
    launch: (upstream, env = {}) => box.proxied(upstream, { env }),
  };
  const [expected, seen] = await Promise.all([script(direct), script(proxied)]);
  assertSameView(seen.transcript, expected.transcript);
  await Promise.all([expected.close(), seen.close()]);
  await box.noneLeft();
  await assertVerifies(box);
}

/** Fails where the server lists a tool that the script has not called: a new tool must not stay untried. */
function assertAllCalled({ listed, called }: Session, except: readonly string[] = []): void {
  assert(listed.size > 0, "no tools were listed");
  assertEquals([...listed].filter((name) => !called.has(name) && !except.includes(name)), []);
}

Deno.test("server-filesystem looks the same through the product", async () => {
  await installed(FILESYSTEM);
  await compare(async ({ box, where, launch }) => {
    const folder = box.path(where);
    prepareFolder(folder);
    const session = await filesystemSession(launch(npmServer(FILESYSTEM, [folder])), folder);
    assertAllCalled(session);
    return session;
  });
});

Deno.test("server-memory looks the same through the product", async () => {
  await installed(MEMORY);
  await compare(async ({ box, where, launch }) => {
    const session = await memorySession(
      launch(npmServer(MEMORY), { MEMORY_FILE_PATH: box.path(`${where}.jsonl`) }),
    );
    assertAllCalled(session);
    return session;
  });
});

Deno.test("server-sequential-thinking looks the same through the product", async () => {
  await installed(THINKING);
  await compare(async ({ launch }) => {
    const session = await sequentialThinkingSession(launch(npmServer(THINKING)));
    assertAllCalled(session);
    return session;
  });
});

/** These run as tasks, by the second; a session of their own calls them. */
const TASK_TOOLS = [
  "simulate-research-query",
  "trigger-sampling-request-async",
  "trigger-elicitation-request-async",
];

Deno.test("server-everything looks the same through the product", async () => {
  await installed(EVERYTHING);
  await compare(async ({ launch }) => {
    const session = await everythingSession(launch(npmServer(EVERYTHING)));
    assertAllCalled(session, TASK_TOOLS);
    return session;
  });
});

Deno.test("tasks of server-everything, in both directions, look the same through the product", async () => {
  await installed(EVERYTHING);
  await compare(async ({ launch }) => {
    const session = await everythingTasksSession(launch(npmServer(EVERYTHING)));
    assertEquals([...session.called].sort(), [...TASK_TOOLS].sort());
    return session;
  });
});

for (const era of ["modern", "legacy"] as const) {
  Deno.test(`the fixture on SDK v2 looks the same through the product, ${era} era`, async () => {
    await compare(async ({ launch }) => {
      const session = await modernSession(launch(fixtureWithPackages("modern_server.ts")), era);
      assertAllCalled(session);
      return session;
    });
  });
}

Deno.test("a client that looks for the era by itself finds the modern one through the product", async () => {
  await using box = await openBox();
  const options = { versionNegotiation: { mode: "auto" } } as const;
  const client = new Client({ name: "auto-client", version: "1.0.0" }, options);
  // The SDK's own transport: it probes with a second process, so the product starts twice on one ledger.
  await client.connect(stdio(box.proxied(fixtureWithPackages("modern_server.ts"))));
  assertEquals(client.getProtocolEra(), "modern");
  const { content } = await client.callTool({ name: "echo", arguments: { text: "hello" } });
  assertEquals(content, [{ type: "text", text: "hello" }]);
  await client.close();
  await box.noneLeft();
  await assertVerifies(box);
});

Deno.test("a server under npx, as people configure it, works and leaves no process behind", async () => {
  await using box = await openBox();
  prepareFolder(box.path("data"));
  const upstream = { command: "npx", args: ["-y", FILESYSTEM, box.path("data")] };
  const client = box.start(box.proxied(upstream));
  await client.initialize();
  const { result } = await client.call("read_text_file", { path: box.path("data/a.txt") });
  assertEquals(result.structuredContent.content, "first line\nsecond line\nthird line\n");
  await client.closeInput();
  await client.exited();
  await box.noneLeft();
  await assertVerifies(box);
});
