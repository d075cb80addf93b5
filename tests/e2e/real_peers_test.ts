/**
 * Real servers and the official clients, with and without the product in between: what the client sees must be the
 * same. Each session is a script over all that its server offers; its transcript is the client's whole view.
 */
import { assert, assertEquals } from "@std/assert";
import { assertVerifies, type Box, fixtureWithPackages, type Launch, npmServer, openBox } from "./harness.ts";
import { installed } from "./harness/npm.ts";
import type { ProductCommand } from "./harness/product.ts";
import type { Transcript } from "./harness/transcript.ts";
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
  assertEquals(seen.transcript.text.split("\n"), expected.transcript.text.split("\n"));
  await Promise.all([expected.close(), seen.close()]);
  await box.noneLeft();
  await assertVerifies(box);
}

/** Fails where the server lists a tool that the script has not called: a new tool must not stay untried. */
function assertAllCalled(session: Session, except: readonly string[] = []): void {
  const listed = [...session.transcript.text.matchAll(/<- .*?"result":\{(?:"_meta":.*?)?"tools":(\[.*\])/g)];
  assert(listed.length > 0, "no tools were listed");
  const names = JSON.parse(upToEnd(listed[0]?.[1] ?? "[]")).map(({ name }: { name: string }) => name);
  assertEquals(names.filter((name: string) => !session.called.has(name) && !except.includes(name)), []);
}

/** The JSON array at the beginning of `text`. */
function upToEnd(text: string): string {
  let depth = 0, inString = false;
  for (let i = 0; i < text.length; i++) {
    const char = text[i];
    if (inString) {
      if (char === "\\") i++;
      else if (char === '"') inString = false;
    } else if (char === '"') inString = true;
    else if (char === "[" || char === "{") depth++;
    else if ((char === "]" || char === "}") && --depth === 0) return text.slice(0, i + 1);
  }
  return text;
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
