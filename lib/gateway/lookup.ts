/** Whose a name, a URI or a task is. ATTACKER-CONTROLLED, all of them: what cannot be told for certain is refused. */
import { isJsonObject, type JsonObject } from "../base/mod.ts";
import { eraOf, ERROR_CODE, readSubject, type RequestMessage, taskIdOf } from "../wire/mod.ts";
import { type ListKind, PROMPTS, RESOURCES, TASKS, TEMPLATES, TOOLS } from "./catalog.ts";
import { type Desk, invalidParams, type Problem, withParams } from "./desk.ts";
import { collision } from "./lists.ts";
import { type Candidate, candidatesFor, shortened } from "./names.ts";
import type { Server } from "./server.ts";
import { absence } from "./standing.ts";
import { survey } from "./survey.ts";

/** A request as its server knows it. */
export interface Routed {
  readonly kind: "routed";
  readonly server: Server;
  readonly message: RequestMessage;
}

export type Found = Routed | Problem;

type Message = RequestMessage;

/** Answers at once wherever the tables know: calls keep their order then. */
export function findNamed(desk: Desk, kind: ListKind, message: Message): Found | Promise<Found> {
  const read = readSubject(message.method, message.params);
  if (!read.ok) return { ...invalidParams(""), text: read.error };
  const owner = ownerOf(desk, kind, { full: read.value.name, message });
  const found = (one: Candidate<Server> | Problem): Found =>
    "kind" in one ? one : routed(one.server, message, { ...message.params, name: one.name });
  return owner instanceof Promise ? owner.then(found) : found(owner);
}

function routed(server: Server, message: Message, params: JsonObject): Routed {
  return { kind: "routed", server, message: withParams(message, params) };
}

interface Named {
  readonly full: string;
  readonly message: Message;
}

type Owner = Candidate<Server> | Problem;

function ownerOf(desk: Desk, kind: ListKind, { full, message }: Named): Owner | Promise<Owner> {
  const candidates = candidatesFor(desk.servers, full);
  const [only] = candidates;
  if (only === undefined) {
    const what = kind === TOOLS ? "tool" : "prompt";
    return invalidParams(
      `there is no ${what} of that name; names begin with that of their server`,
      "unknown-name",
    );
  }
  // No other server has names that begin so: whatever it is, and whether it is listed or not, it is this one's.
  if (candidates.length === 1) return only;
  const decided = () => amongSeveral(desk, kind, { full, candidates });
  if (candidates.every(({ server }) => isKnown(server, kind))) return decided();
  return Promise.all(candidates.map(({ server }) => survey(desk, server, { kind, message }))).then(decided);
}

function isKnown({ catalog, surveys, isReady }: Server, kind: ListKind): boolean {
  return catalog.isWhole(kind) || !isReady || surveys.get(kind)?.isOver === true;
}

function amongSeveral(
  desk: Desk,
  kind: ListKind,
  { full, candidates }: { readonly full: string; readonly candidates: readonly Candidate<Server>[] },
): Owner {
  const owners = candidates.filter(({ server, name }) => server.catalog.has(kind, name));
  if (owners.length > 1) return collision(desk, { kind, full, servers: owners.map(({ server }) => server) });
  const [owner] = owners;
  // Were a name of one that is not known taken for another's, that other one could take its calls. One that is down has
  // what it had.
  const unknown = candidates.find(({ server }) =>
    server !== owner?.server &&
    !(server.isReady ? server.catalog.isWhole(kind) : server.catalog.isListed(kind))
  );
  if (unknown !== undefined) {
    const why = absence(desk, unknown.server);
    const servers = candidates.map(({ server }) => `"${server.name}"`).join(" and ");
    return why ?? invalidParams(
      `the lists of ${servers} do not tell which of them is meant`,
      "unknown-name",
    );
  }
  return owner ?? invalidParams("there is no such name at any server", "unknown-name");
}

export function findUri(desk: Desk, message: Message): Found | Promise<Found> {
  // Whatever is done with it, it is named as in a reading.
  const read = readSubject("resources/read", message.params);
  if (!read.ok) return { ...invalidParams(""), text: read.error };
  const uri = read.value.name;
  const found = (owner: Server | Problem): Found =>
    "kind" in owner ? owner : { kind: "routed", server: owner, message };
  const owner = ownerOfUri(desk, uri, message);
  return owner instanceof Promise ? owner.then(found) : found(owner);
}

/** As {@link findUri}, of a URI by itself. */
export function ownerOfUri(
  desk: Desk,
  uri: string,
  message: Message,
): Server | Problem | Promise<Server | Problem> {
  const kinds = [RESOURCES, TEMPLATES];
  const missing = desk.servers.filter((server) => kinds.some((kind) => !isKnown(server, kind)));
  const modern = eraOf(message.params) === "modern";
  if (missing.length === 0) return decideUri(desk, uri, modern);
  return Promise.all(
    missing.flatMap((server) => kinds.map((kind) => survey(desk, server, { kind, message }))),
  ).then(() => decideUri(desk, uri, modern));
}

/** Listed; or subscribed to; or linked; or of a template's form; or there is one server alone that has resources at all. */
function decideUri(desk: Desk, uri: string, modern: boolean): Server | Problem {
  const subscribed = desk.client.subscribed.get(uri)?.server;
  const steps: readonly (() => readonly Server[])[] = [
    () => desk.servers.filter(({ catalog }) => catalog.has(RESOURCES, uri)),
    () => subscribed === undefined ? [] : [subscribed],
    () => linked(desk, uri),
    () => bestFits(desk, uri),
    () => onlyOne(desk.servers.filter((server) => server.mayHave("resources"))),
  ];
  for (const step of steps) {
    const owners = step();
    const [owner, other] = owners;
    if (owner === undefined) continue;
    return other === undefined ? owner : twoOwners("resource", uri, owners);
  }
  return {
    kind: "problem",
    code: modern ? ERROR_CODE.invalidParams : -32002,
    text: "Resource not found: no server lists, links or has a template for this URI",
    reason: "unknown-name",
  };
}

/**
 * Those that linked it, and whose template spells out its scheme: anybody can link anything, and by a link alone one server
 * could answer for what is another's.
 */
function linked(desk: Desk, uri: string): readonly Server[] {
  const links = desk.links.ofUri(uri);
  if (links.length === 0) return [];
  return [...new Set([...links, ...bestFits(desk, uri, uri.indexOf(":") + 1)])];
}

function onlyOne(servers: readonly Server[]): readonly Server[] {
  return servers.length === 1 ? servers : [];
}

/** Those whose template spells out the most of it, and that many characters at least. */
function bestFits({ servers }: Desk, uri: string, least = 0): readonly Server[] {
  const fits = servers.flatMap((server) => {
    const fit = server.catalog.fit(uri);
    return fit === undefined || fit < least ? [] : [{ server, fit }];
  });
  const best = Math.max(...fits.map(({ fit }) => fit));
  return fits.filter(({ fit }) => fit === best).map(({ server }) => server);
}

function twoOwners(what: string, key: string, owners: readonly Server[]): Problem {
  const names = owners.map(({ name }) => `"${name}"`).join(" and ");
  return {
    kind: "problem",
    code: ERROR_CODE.invalidParams,
    text: `Invalid params: the servers ${names} both have the ${what} ${shortened(key)}`,
    reason: "name-collision",
  };
}

export function findCompletion(desk: Desk, message: Message): Found | Promise<Found> {
  const read = readSubject(message.method, message.params);
  if (!read.ok) return { ...invalidParams(""), text: read.error };
  const { params } = message;
  const ref = isJsonObject(params?.ref) ? params.ref : {};
  if (ref.type === "ref/prompt") {
    const owner = ownerOf(desk, PROMPTS, { full: read.value.name, message });
    const found = (one: Owner): Found =>
      "kind" in one ? one : routed(one.server, message, { ...params, ref: { ...ref, name: one.name } });
    return owner instanceof Promise ? owner.then(found) : found(owner);
  }
  const template = read.value.name;
  const found = (): Found => {
    const owners = desk.servers.filter(({ catalog }) => catalog.has(TEMPLATES, template));
    const [owner, other] = owners;
    if (owner === undefined) return findUriNow(desk, message, template);
    return other === undefined
      ? { kind: "routed", server: owner, message }
      : twoOwners("resource template", template, owners);
  };
  const missing = desk.servers.filter((server) => !isKnown(server, TEMPLATES));
  if (missing.length === 0) return found();
  return Promise.all(missing.map((server) => survey(desk, server, { kind: TEMPLATES, message }))).then(found);
}

function findUriNow(desk: Desk, message: Message, uri: string): Found {
  const owner = decideUri(desk, uri, eraOf(message.params) === "modern");
  return "kind" in owner ? owner : { kind: "routed", server: owner, message };
}

export function findTask(desk: Desk, message: Message): Found {
  const task = taskIdOf(message.params);
  if (task === undefined) return invalidParams("taskId is missing");
  const owners = desk.links.ofTask(task);
  const listed = owners.length > 0 ? owners : desk.servers.filter(({ catalog }) => catalog.has(TASKS, task));
  const [owner, other] = listed;
  if (owner === undefined) return invalidParams("there is no such task at any server", "unknown-name");
  return other === undefined ? { kind: "routed", server: owner, message } : twoOwners("task", task, listed);
}
