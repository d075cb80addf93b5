/**
 * All that the modern fixture offers, in either era: the steps are the same but for what an era does in its own way
 * (subscriptions, log levels, ping, discovery).
 */
import type { Client } from "@modelcontextprotocol/client";
import { type Era, ModernSession, type Peer } from "../harness/modern_session.ts";

const MOTD = "fixture://motd";
const LOG_LEVEL = "io.modelcontextprotocol/logLevel";

export async function modernSession(peer: Peer, era: Era): Promise<ModernSession> {
  const session = await ModernSession.connect(peer, era);
  await session.step("era", (client) => Promise.resolve(client.getProtocolEra()));
  await session.step("version", (client) => Promise.resolve(client.getServerVersion()));
  await session.step("capabilities", (client) => Promise.resolve(client.getServerCapabilities()));
  await session.step("instructions", (client) => Promise.resolve(client.getInstructions()));
  await session.listTools();
  await tools(session);
  await resourcesAndPrompts(session);
  await logging(session);
  await progressAndCancellation(session);
  await rounds(session);
  await changes(session);
  await session.step(era === "modern" ? "discover again" : "ping", again(era));
  return session;
}

function again(era: Era): (client: Client) => Promise<unknown> {
  return (client) => era === "modern" ? client.discover() : client.ping();
}

async function tools(session: ModernSession): Promise<void> {
  await session.tool("echo", { text: 'quotes " \\ \n \u2028 \u{1F600} \u0007 \u00e9 e\u0301' });
  await session.tool("echo", { text: "" });
  await session.tool("echo", { text: 7 });
  await session.tool("echo", { text: "w".repeat(300_000) });
  await session.tool("add", { a: 0.1, b: 0.2 });
  await session.tool("add", { a: 9007199254740991, b: 1 });
  await session.tool("card");
  await session.tool("fail");
  await session.tool("no-such-tool");
  await session.tool("echo", { text: "with _meta" }, {
    "example.org/trace": { id: "t-1", deep: [1, null, true] },
  });
}

async function resourcesAndPrompts(session: ModernSession): Promise<void> {
  await session.step("list resources", (client) => client.listResources());
  await session.step("list templates", (client) => client.listResourceTemplates());
  await session.step("read text", (client) => client.readResource({ uri: MOTD }));
  await session.step("read a blob", (client) => client.readResource({ uri: "fixture://raw" }));
  await session.step(
    "read a template",
    (client) => client.readResource({ uri: "fixture://city/Z%C3%BCrich" }),
  );
  await session.step("read nothing", (client) => client.readResource({ uri: "fixture://nothing" }));
  await session.step("list prompts", (client) => client.listPrompts());
  await session.step(
    "a prompt",
    (client) => client.getPrompt({ name: "visit", arguments: { city: "Bern" } }),
  );
  await session.step("a plain prompt", (client) => client.getPrompt({ name: "plain" }));
  await session.step("no such prompt", (client) => client.getPrompt({ name: "nothing" }));
  const prompt = { type: "ref/prompt", name: "visit" } as const;
  await session.step(
    "complete a prompt",
    (client) => client.complete({ ref: prompt, argument: { name: "city", value: "Be" } }),
  );
  const template = { type: "ref/resource", uri: "fixture://city/{name}" } as const;
  await session.step(
    "complete a template",
    (client) => client.complete({ ref: template, argument: { name: "name", value: "Z" } }),
  );
}

async function logging(session: ModernSession): Promise<void> {
  await session.tool("log");
  if (session.era === "legacy") {
    await session.step("log level", (client) => client.setLoggingLevel("warning"));
    await session.tool("log");
  } else {
    await session.tool("log", {}, { [LOG_LEVEL]: "warning" });
    await session.tool("log", {}, { [LOG_LEVEL]: "debug" });
  }
}

async function progressAndCancellation(session: ModernSession): Promise<void> {
  session.called.add("slow");
  const params = { name: "slow", arguments: { steps: 5, pauseMs: 20 } };
  // The SDK may drop a progress report that comes in one read with the reply; the messages themselves are compared.
  await session.step("with progress", (client) => client.callTool(params, { onprogress: () => {} }));
  await session.step("without", (client) => client.callTool(params));
  const cancelled = new AbortController();
  const options = { onprogress: () => cancelled.abort("the user pressed stop"), signal: cancelled.signal };
  const long = { name: "slow", arguments: { steps: 2, pauseMs: 5000 } };
  const first = { name: "slow", arguments: { steps: 100, pauseMs: 150 } };
  await session.step("cancelled on its first progress", (client) => client.callTool(first, options));
  const early = new AbortController();
  await session.step("cancelled before anything came", (client) => {
    const call = client.callTool(long, { signal: early.signal });
    early.abort("changed their mind");
    return call;
  });
  await session.tool("echo", { text: "after the cancelled ones" });
}

async function rounds(session: ModernSession): Promise<void> {
  for (const ask of ["form", "url", "sampling", "roots", "together"]) await session.tool(`ask-${ask}`);
  session.willRefuse.push("decline");
  await session.tool("ask-form");
  session.willRefuse.push("cancel");
  await session.tool("ask-form");
  await session.tool("stages", { what: "two rounds" });
  await session.step("a prompt that asks", (client) => client.getPrompt({ name: "ask-prompt" }));
  await session.step("a resource that asks", (client) => client.readResource({ uri: "fixture://asking" }));
}

async function changes(session: ModernSession): Promise<void> {
  const subscription = await subscribe(session);
  await session.until(["resources/updated"], () => session.tool("touch"));
  await session.until(["prompts/list_changed"], () => session.tool("grow"));
  await session.listTools();
  await session.tool("grown");
  await session.until(["prompts/list_changed"], () => session.tool("shrink"));
  await session.step("unsubscribe", () => subscription());
  await session.tool("touch");
}

/** Opens a subscription in the era's own way; the result closes it again. */
async function subscribe(session: ModernSession): Promise<() => Promise<unknown>> {
  if (session.era === "legacy") {
    await session.step("subscribe", (client) => client.subscribeResource({ uri: MOTD }));
    return () => session.client.unsubscribeResource({ uri: MOTD });
  }
  const filter = {
    toolsListChanged: true,
    promptsListChanged: true,
    resourcesListChanged: true,
    resourceSubscriptions: [MOTD],
  };
  const opened = await session.step("listen", async (client) => {
    const subscription = await client.listen(filter);
    session.transcript.note("honoured", subscription.honoredFilter);
    return { subscription: () => subscription };
  });
  return async () => {
    const subscription = opened?.subscription();
    await subscription?.close();
    return await subscription?.closed;
  };
}
