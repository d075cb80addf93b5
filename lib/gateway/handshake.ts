/** The greetings of both eras: `initialize` and `server/discover`, asked of all servers and answered as one. */
import { isJsonObject, type JsonObject } from "../base/mod.ts";
import { ERROR_CODE, negotiatedVersionOf } from "../wire/mod.ts";
import { LIST_KINDS } from "./catalog.ts";
import {
  answerProblem,
  answerResult,
  type Desk,
  ownMeta,
  ownParams,
  PATIENCE_MS,
  type Problem,
} from "./desk.ts";
import type { Open } from "./open_requests.ts";
import { freshness, tellChanged } from "./lists.ts";
import { lowest, mergedCapabilities, mergedInstructions, type Said } from "./merge.ts";
import type { Server } from "./server.ts";
import { absence, settled } from "./standing.ts";

/** Answers the client's `initialize`. Each server is waited for a while; those that come later announce themselves. */
export async function initialize(desk: Desk, open: Open): Promise<void> {
  const { client, servers } = desk;
  client.hello = open.message.params ?? {};
  client.isInitialized = false;
  for (const server of servers) if (server.taker !== undefined) greet(desk, server);
  await Promise.all(servers.map((server) => settled(desk, server)));
  // A first start may take a minute, where packages are fetched; but without any server there is nothing to agree on.
  while (!servers.some(isReady) && servers.some(isStarting)) {
    await Promise.race(servers.filter(isStarting).map((server) => server.changed));
  }
  if (open.isCancelled) return;
  const ready = servers.filter(isReady);
  if (ready.length === 0) return answerProblem(desk, open, nobody(desk));
  const said = ready.flatMap((server) => saidBy(server) ?? []);
  const capabilities = mergedCapabilities(said, ready.length < servers.length);
  const instructions = mergedInstructions(said);
  client.revision = lowest(ready.flatMap(({ agreed }) => agreed?.protocolVersion ?? []));
  client.announced = new Set(Object.keys(capabilities));
  answerResult(open, {
    protocolVersion: client.revision ?? "",
    capabilities,
    serverInfo: { name: "countersign", title: "Countersign gateway", version: desk.version },
    ...instructions !== undefined && { instructions },
  });
}

function isReady({ standing }: Server): boolean {
  return standing.kind === "ready";
}

function isStarting({ standing }: Server): boolean {
  return standing.kind === "starting";
}

function saidBy(server: Server): Said | undefined {
  const { agreed } = server;
  return agreed && { server, capabilities: agreed.capabilities, instructions: agreed.instructions };
}

function nobody(desk: Desk): Problem {
  const why = desk.servers.map((server) => absence(desk, server)?.text).join(". ");
  return {
    kind: "problem",
    code: ERROR_CODE.internal,
    text: `None of the servers can be reached. ${why}`,
    reason: "upstream-down",
  };
}

/** Shakes hands with one server as the client did, and says again what the client said since. */
export async function greet(desk: Desk, server: Server): Promise<void> {
  const { life } = server;
  server.greeting();
  const reply = await server.ask("initialize", desk.client.hello).answer;
  if (server.life !== life || server.standing.kind !== "starting") return;
  const result = reply?.result, protocolVersion = negotiatedVersionOf(result);
  if (isJsonObject(result) && protocolVersion !== undefined && !isSpoken(desk, protocolVersion)) {
    return server.odd("it speaks a revision of MCP that is not known here");
  }
  if (!isJsonObject(result) || protocolVersion === undefined) {
    const code = isJsonObject(reply?.error) && typeof reply.error.code === "number"
      ? reply.error.code
      : undefined;
    const how = code === undefined
      ? "did not answer the client's greeting"
      : `answered the client's greeting with error ${code}`;
    return server.odd(`it ${how}`);
  }
  const capabilities = isJsonObject(result.capabilities) ? result.capabilities : {};
  const instructions = typeof result.instructions === "string" ? result.instructions : undefined;
  if (desk.client.isInitialized) repeat(desk, server);
  server.ready({ protocolVersion, capabilities, instructions });
  if (desk.client.revision !== undefined) announce(desk, server);
}

const REVISIONS = ["2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25"];

/** The oldest of the agreed revisions is the client's: one server must not make that one that nobody speaks. */
function isSpoken(desk: Desk, version: string): boolean {
  return REVISIONS.includes(version) || version === desk.client.hello?.protocolVersion;
}

/** What the client said to all servers before this one was there. */
function repeat(desk: Desk, server: Server): void {
  const { client } = desk;
  server.tell("notifications/initialized");
  if (client.logLevel !== undefined) server.ask("logging/setLevel", client.logLevel);
  for (const { server: owner, params } of client.subscribed.values()) {
    if (owner === server) server.ask("resources/subscribe", params);
  }
}

/** Whatever the server has is in the merged lists now, or is not any more. */
export function announce(desk: Desk, server: Server): void {
  for (const { changed, capability } of LIST_KINDS) {
    if (changed !== undefined && server.mayHave(capability)) tellChanged(desk, changed);
  }
}

/** Answers the client's `server/discover`. */
export async function discover(desk: Desk, open: Open): Promise<void> {
  const { servers } = desk;
  const replies = await Promise.all(servers.map(async (server) => {
    await settled(desk, server);
    if (!server.isReady) return { server, reply: undefined };
    const { answer } = server.ask("server/discover", ownParams(open.message));
    const came = await desk.ports.within(answer, PATIENCE_MS);
    return { server, reply: came ? await answer : undefined };
  }));
  if (open.isCancelled) return;
  const results: { readonly server: Server; readonly result: JsonObject }[] = [];
  for (const { server, reply } of replies) {
    if (isJsonObject(reply?.result)) results.push({ server, result: reply.result });
  }
  const refused = replies.find(({ reply }) => reply?.error !== undefined)?.reply?.error;
  if (results.length === 0) {
    const problem: Problem = refused === undefined
      ? nobody(desk)
      // The client learns from it that its era is not spoken here, and greets in the other one.
      : { ...nobody(desk), code: -32601, text: "Method not found: no server knows server/discover" };
    return answerProblem(desk, open, problem);
  }
  answerResult(open, discovered(desk, open, { results, isPartial: results.length < servers.length }));
}

interface Discovered {
  readonly results: readonly { readonly server: Server; readonly result: JsonObject }[];
  readonly isPartial: boolean;
}

function discovered(desk: Desk, open: Open, { results, isPartial }: Discovered): JsonObject {
  const said = results.map(({ server, result }): Said => ({
    server,
    capabilities: isJsonObject(result.capabilities) ? result.capabilities : {},
    instructions: typeof result.instructions === "string" ? result.instructions : undefined,
  }));
  for (const { server, capabilities } of said) server.discovered(capabilities);
  const instructions = mergedInstructions(said);
  return {
    ...ownMeta(desk, open.message),
    supportedVersions: versionsOfAll(results.map(({ result }) => result)),
    capabilities: mergedCapabilities(said, isPartial),
    ...instructions !== undefined && { instructions },
    ...freshness(results.map(({ result }) => result), isPartial),
  };
}

/** Those that all of them speak; where there are none, all: one server must not talk the client out of the others. */
function versionsOfAll(results: readonly JsonObject[]): readonly string[] {
  const all = results.map(({ supportedVersions: versions }) =>
    Array.isArray(versions) ? versions.filter((version) => typeof version === "string") : []
  );
  const any = [...new Set(all.flat())];
  const common = any.filter((version) => all.every((versions) => versions.includes(version)));
  return common.length > 0 ? common : any;
}
