/** All that the legacy fixture over HTTP offers: also what only that transport has, a stream that is taken up again. */
import { LegacySession, type Peer } from "../harness/legacy_session.ts";

const MOTD = "fixture://motd";

export async function httpLegacySession(peer: Peer): Promise<LegacySession> {
  const session = await LegacySession.connect(peer, {
    roots: [{ uri: "file:///srv/one", name: "one" }],
    answer: { colour: "red" },
  });
  await session.step("capabilities", (client) => Promise.resolve(client.getServerCapabilities()));
  await session.step("instructions", (client) => Promise.resolve(client.getInstructions()));
  await session.listTools();
  await plain(session);
  await slow(session);
  await asks(session);
  await changes(session);
  await session.step("ping", (client) => client.ping());
  return session;
}

async function plain(session: LegacySession): Promise<void> {
  await session.tool("echo", { text: 'quotes " \\ \n \u2028 \u{1F600} \u0007 e\u0301' });
  await session.tool("echo", { text: "w".repeat(300_000) });
  await session.tool("echo", { text: 7 });
  await session.tool("add", { a: 0.1, b: 0.2 });
  await session.tool("fail");
  await session.tool("no-such-tool");
  await session.step("list resources", (client) => client.listResources());
  await session.step("read", (client) => client.readResource({ uri: MOTD }));
  await session.step("read nothing", (client) => client.readResource({ uri: "fixture://nothing" }));
  await session.step("list prompts", (client) => client.listPrompts());
  await session.step(
    "a prompt",
    (client) => client.getPrompt({ name: "visit", arguments: { city: "Bern" } }),
  );
}

async function slow(session: LegacySession): Promise<void> {
  session.called.add("slow").add("reconnect");
  const onprogress = () => {};
  const steps = { name: "slow", arguments: { steps: 5, pauseMs: 10 } };
  await session.step("with progress", (client) => client.callTool(steps, undefined, { onprogress }));
  await session.step("without", (client) => client.callTool(steps));
  const cut = { name: "reconnect", arguments: {} };
  await session.step("over two streams", (client) => client.callTool(cut, undefined, { onprogress }));
  const stop = new AbortController();
  const options = { onprogress: () => stop.abort("the user pressed stop"), signal: stop.signal };
  const long = { name: "slow", arguments: { steps: 100, pauseMs: 150 } };
  await session.step("cancelled", (client) => client.callTool(long, undefined, options));
  await session.tool("echo", { text: "after the cancelled one" });
}

async function asks(session: LegacySession): Promise<void> {
  for (const ask of ["sampling", "form", "roots"]) await session.tool(`ask-${ask}`);
  session.willAnswer("decline");
  await session.tool("ask-form");
}

async function changes(session: LegacySession): Promise<void> {
  await session.step("subscribe", (client) => client.subscribeResource({ uri: MOTD }));
  await session.until(["resources/updated"], () => session.tool("touch"));
  await session.until(["tools/list_changed"], () => session.tool("grow"));
  await session.listTools();
  await session.tool("grown");
  await session.until(["tools/list_changed"], () => session.tool("shrink"));
  await session.step("unsubscribe", (client) => client.unsubscribeResource({ uri: MOTD }));
}
