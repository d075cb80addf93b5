/** Every tool of `@modelcontextprotocol/server-memory`, its resource, and its subscription. */
import { LegacySession } from "../harness/legacy_session.ts";
import type { Launch } from "../harness/line_client.ts";

const GRAPH = "memory://knowledge-graph";

export async function memorySession(launch: Launch): Promise<LegacySession> {
  const session = await LegacySession.connect(launch);
  await session.step("capabilities", (client) => Promise.resolve(client.getServerCapabilities()));
  await session.listTools();
  await session.step("list resources", (client) => client.listResources());
  await session.step("list templates", (client) => client.listResourceTemplates());
  await session.step("subscribe", (client) => client.subscribeResource({ uri: GRAPH }));
  await builds(session);
  await session.step("read the graph as a resource", (client) => client.readResource({ uri: GRAPH }));
  await session.step("unsubscribe", (client) => client.unsubscribeResource({ uri: GRAPH }));
  await removes(session);
  await session.step("read what is none", (client) => client.readResource({ uri: "memory://nothing" }));
  return session;
}

async function builds(session: LegacySession): Promise<void> {
  const entities = [
    { name: "Ada", entityType: "person", observations: ["writes programs", "Straße 7"] },
    { name: "Engine", entityType: "machine", observations: [] },
  ];
  // The subscription's notice has no fixed place beside the reply, so the script waits for both.
  const updated = ["notifications/resources/updated"];
  await session.until(updated, () => session.tool("create_entities", { entities }));
  const relations = [{ from: "Ada", to: "Engine", relationType: "programs" }];
  await session.until(updated, () => session.tool("create_relations", { relations }));
  const observations = [{ entityName: "Ada", contents: ["knew Babbage", "\u{1F9EE}"] }];
  await session.until(updated, () => session.tool("add_observations", { observations }));
  await session.tool("add_observations", { observations: [{ entityName: "Nobody", contents: ["x"] }] });
  await session.tool("search_nodes", { query: "babbage" });
  await session.tool("open_nodes", { names: ["Engine"] });
  await session.tool("read_graph");
}

async function removes(session: LegacySession): Promise<void> {
  await session.tool("delete_observations", {
    deletions: [{ entityName: "Ada", observations: ["knew Babbage"] }],
  });
  await session.tool("delete_relations", {
    relations: [{ from: "Ada", to: "Engine", relationType: "programs" }],
  });
  await session.tool("delete_entities", { entityNames: ["Engine"] });
  await session.tool("read_graph");
}
