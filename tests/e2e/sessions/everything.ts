/**
 * All that `@modelcontextprotocol/server-everything` offers: tools of every content kind, resources, templates,
 * prompts, completion, progress, cancellation, sampling, elicitation in both modes, roots, logging, subscriptions.
 */
import { RESULTS } from "../harness/legacy_client.ts";
import { LegacySession, type Peer } from "../harness/legacy_session.ts";

export const EVERYTHING = "@modelcontextprotocol/server-everything@2026.8.31";
/** These run as tasks, by the second; a session of their own calls them. */
export const TASK_TOOLS: readonly string[] = [
  "simulate-research-query",
  "trigger-sampling-request-async",
  "trigger-elicitation-request-async",
];

const ROOTS = [{ uri: "file:///srv/one", name: "one" }, { uri: "file:///srv/two" }];
const STATIC = "demo://resource/static/document/features.md";
/** The server picks one of eight levels and its sentence by chance. */
const LOG_LINE = { pattern: /\b[A-Z][a-z]+[ -]level[- ]message/g, name: "<some-level message>" };
const LOG_LEVEL = { pattern: /^[a-z]+$/, name: "<some level>", key: "level" };

/** `process.env` has no order of its own, and each server over HTTP a port of its own. */
const ENVIRONMENT = { pattern: /^\{\n {2}"[A-Za-z_0-9]+": "[\s\S]*\}$/, name: inOrder, key: "text" };

function inOrder(text: string): string {
  const lines = text.split("\n").map((line) => line.replace(/,$/, ""));
  return lines.filter((line) => !/^ *"PORT":/.test(line)).sort().join("\n");
}

export async function everythingSession(peer: Peer): Promise<LegacySession> {
  const session = await LegacySession.connect(peer, {
    roots: ROOTS,
    varying: [LOG_LINE, LOG_LEVEL, ENVIRONMENT],
  });
  // The server asks for the roots on a timer of its own; until then the order of things is a race.
  await session.until(["Roots updated: 2"]);
  await session.step("capabilities", (client) => Promise.resolve(client.getServerCapabilities()));
  await session.step("instructions", (client) => Promise.resolve(client.getInstructions()));
  await session.listTools();
  await plainTools(session);
  await resources(session);
  await prompts(session);
  await logging(session);
  await slowTools(session);
  await asksClient(session);
  await session.until(["Roots updated: 1"], () => session.changeRoots([{ uri: "file:///srv/three" }]));
  await session.tool("get-roots-list");
  return session;
}

async function plainTools(session: LegacySession): Promise<void> {
  await session.tool("echo", { message: 'quotes " and \\ and \n and \u2028 and \u{1F600} and \u0007' });
  await session.tool("echo", {});
  await session.tool("get-sum", { a: 0.1, b: 0.2 });
  await session.tool("get-sum", { a: 9007199254740991, b: 1 });
  for (const messageType of ["error", "success", "debug"]) {
    await session.tool("get-annotated-message", { messageType, includeImage: messageType === "success" });
  }
  await session.tool("get-env");
  await session.tool("get-resource-links", { count: 4 });
  await session.tool("get-resource-reference", { resourceType: "Text", resourceId: 3 });
  await session.tool("get-resource-reference", { resourceType: "Blob", resourceId: 4 });
  await session.tool("get-resource-reference", { resourceType: "Text", resourceId: -1 });
  await session.tool("get-structured-content", { location: "New York" });
  await session.tool("get-tiny-image");
  await session.tool("get-roots-list");
  const data = "data:text/plain;base64,SGVsbG8sIHdvcmxkIQ==";
  await session.until(
    ["notifications/resources/list_changed"],
    () => session.tool("gzip-file-as-resource", { name: "hello.gz", data, outputType: "resourceLink" }),
  );
  await session.step("read it", (client) => client.readResource({ uri: "demo://resource/session/hello.gz" }));
  await session.until(
    ["notifications/resources/list_changed"],
    () => session.tool("gzip-file-as-resource", { name: "two.gz", data, outputType: "resource" }),
  );
  await session.tool("gzip-file-as-resource", { data: "ftp://example.org/x" });
}

async function resources(session: LegacySession): Promise<void> {
  await session.step("list resources", (client) => client.listResources());
  await session.step("list templates", (client) => client.listResourceTemplates());
  await session.step("read a document", (client) => client.readResource({ uri: STATIC }));
  await session.step("read text", (client) => client.readResource({ uri: "demo://resource/dynamic/text/5" }));
  await session.step(
    "read a blob",
    (client) => client.readResource({ uri: "demo://resource/dynamic/blob/6" }),
  );
  await session.step("read nothing", (client) => client.readResource({ uri: "demo://nothing" }));
  const template = { type: "ref/resource", uri: "demo://resource/dynamic/text/{resourceId}" };
  await session.step(
    "complete a template",
    (client) => client.complete({ ref: template, argument: { name: "resourceId", value: "7" } }),
  );
  await session.step("subscribe", (client) => client.subscribeResource({ uri: STATIC }));
  await session.until(["notifications/resources/updated"], () => session.tool("toggle-subscriber-updates"));
  await session.tool("toggle-subscriber-updates");
  await session.step("unsubscribe", (client) => client.unsubscribeResource({ uri: STATIC }));
}

async function prompts(session: LegacySession): Promise<void> {
  await session.step("list prompts", (client) => client.listPrompts());
  await session.step("simple", (client) => client.getPrompt({ name: "simple-prompt" }));
  const place = { city: "Zürich", state: "ZH" };
  await session.step("args", (client) => client.getPrompt({ name: "args-prompt", arguments: place }));
  await session.step("args missing", (client) => client.getPrompt({ name: "args-prompt", arguments: {} }));
  const embedded = { resourceType: "Text", resourceId: "2" };
  await session.step(
    "resource",
    (client) => client.getPrompt({ name: "resource-prompt", arguments: embedded }),
  );
  const team = { department: "Sales", name: "Eve" };
  await session.step(
    "completable",
    (client) => client.getPrompt({ name: "completable-prompt", arguments: team }),
  );
  await session.step("no such prompt", (client) => client.getPrompt({ name: "nothing" }));
  const ref = { type: "ref/prompt", name: "completable-prompt" };
  await session.step(
    "complete a department",
    (client) => client.complete({ ref, argument: { name: "department", value: "S" } }),
  );
  const context = { arguments: { department: "Engineering" } };
  await session.step(
    "complete a name",
    (client) => client.complete({ ref, argument: { name: "name", value: "A" }, context }),
  );
}

async function logging(session: LegacySession): Promise<void> {
  await session.step("log level", (client) => client.setLoggingLevel("debug"));
  await session.until(["notifications/message"], () => session.tool("toggle-simulated-logging"));
  await session.tool("toggle-simulated-logging");
  await session.step("log level", (client) => client.setLoggingLevel("info"));
}

async function slowTools(session: LegacySession): Promise<void> {
  const name = "trigger-long-running-operation";
  session.called.add(name);
  // The SDK may drop a progress report that comes in one read with the reply; the messages themselves are compared.
  const onprogress = () => {};
  await session.step(
    "with progress",
    (client) => client.callTool({ name, arguments: { duration: 0.3, steps: 6 } }, undefined, { onprogress }),
  );
  // It takes no notice of the cancellation and reports on: what it sends then reaches the client all the same.
  await session.until(['"progress":2'], () => cancelOnProgress(session, name));
  await session.step("ping after the cancelled one", (client) => client.ping());
}

async function cancelOnProgress(session: LegacySession, name: string): Promise<void> {
  const cancelled = new AbortController();
  const onprogress = () => cancelled.abort("the user pressed stop");
  const options = { onprogress, signal: cancelled.signal };
  await session.step(
    "cancelled on its first progress",
    (client) => client.callTool({ name, arguments: { duration: 0.4, steps: 2 } }, undefined, options),
  );
}

async function asksClient(session: LegacySession): Promise<void> {
  await session.tool("trigger-sampling-request", { prompt: "say something", maxTokens: 7 });
  session.willAnswer({
    name: "Ada",
    check: true,
    integer: 42,
    number: 3.5,
    homepage: "https://example.org/",
  });
  await session.tool("trigger-elicitation-request");
  session.willAnswer("decline");
  await session.tool("trigger-elicitation-request");
  session.willAnswer("cancel");
  await session.tool("trigger-elicitation-request");
  session.willAnswer({});
  const url = "https://example.org/consent?x=1";
  await session.tool("trigger-url-elicitation", { url, elicitationId: "elicitation-1" });
  await session.tool("trigger-url-elicitation", { url, errorPath: true });
}

/** The tools that run as tasks, in both directions. They wait by the second, so they have a session of their own. */
export async function everythingTasksSession(peer: Peer): Promise<LegacySession> {
  const session = await LegacySession.connect(peer, {
    answer: { interpretation: "technical", name: "Ada" },
  });
  const research = { name: "simulate-research-query", arguments: { topic: "ledgers", ambiguous: true } };
  session.called.add(research.name);
  const created = await session.step(
    "research as a task",
    (client) =>
      client.request({ method: "tools/call", params: research }, RESULTS.taskCreated, {
        task: { ttl: 60_000 },
      }),
  );
  const { taskId } = (created as { task: { taskId: string } }).task;
  await session.step(
    "its state",
    (client) => client.request({ method: "tasks/get", params: { taskId } }, RESULTS.any),
  );
  await session.step(
    "its result",
    (client) => client.request({ method: "tasks/result", params: { taskId } }, RESULTS.any),
  );
  await session.step("all tasks", (client) => client.request({ method: "tasks/list" }, RESULTS.any));
  await session.step(
    "cancel it too late",
    (client) => client.request({ method: "tasks/cancel", params: { taskId } }, RESULTS.any),
  );
  await session.tool("trigger-sampling-request-async", { prompt: "in the background" });
  await session.tool("trigger-elicitation-request-async");
  return session;
}
