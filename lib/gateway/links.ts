/** Which server spoke of a URI or began a task, where no list says whose it is. */
import { isJsonObject, type JsonValue } from "../base/mod.ts";
import { createdTaskIdOf } from "../wire/mod.ts";
import { readReply, type Server } from "./server.ts";

const MAX_LINKS = 10_000, MAX_KEY_LENGTH = 1024;

export class Links {
  readonly #uris = new Map<string, Set<Server>>();
  readonly #tasks = new Map<string, Set<Server>>();

  /** Those whose results linked `uri`. */
  ofUri(uri: string): readonly Server[] {
    return [...this.#uris.get(`k${uri}`) ?? []];
  }

  /** Those that began `task`: of two, one is lying. */
  ofTask(task: string): readonly Server[] {
    return [...this.#tasks.get(`k${task}`) ?? []];
  }

  /** A result as it passes by. ATTACKER-CONTROLLED. Most hold neither, and are not read again. */
  learn(server: Server, line: string): void {
    const hasLinks = line.includes('"uri"'), hasTask = line.includes('"taskId"');
    if (!hasLinks && !hasTask) return;
    const result = readReply(line)?.result;
    const task = hasTask ? createdTaskIdOf(result) : undefined;
    if (task !== undefined) put(this.#tasks, task, server);
    if (hasLinks) { for (const uri of urisIn(result)) put(this.#uris, uri, server); }
  }

  /** A task that is in the list of `server`. */
  learnTask(server: Server, task: string): void {
    put(this.#tasks, task, server);
  }
}

function put(table: Map<string, Set<Server>>, key: string, server: Server): void {
  if (key.length > MAX_KEY_LENGTH) return;
  const known = table.get(`k${key}`);
  if (known !== undefined) return void known.add(server);
  table.set(`k${key}`, new Set([server]));
  const [oldest] = table.keys();
  if (table.size > MAX_LINKS && oldest !== undefined) table.delete(oldest);
}

/** Links and embedded resources: in the content of tools, the messages of prompts, the contents of resources. */
function urisIn(result: JsonValue | undefined): readonly string[] {
  if (!isJsonObject(result)) return [];
  const messages = listOf(result.messages).flatMap((message) =>
    isJsonObject(message) ? [message.content] : []
  );
  const blocks = [...listOf(result.content), ...messages.flat(), ...listOf(result.contents)];
  return blocks.flatMap((block) => {
    if (!isJsonObject(block)) return [];
    const inner = isJsonObject(block.resource) ? block.resource.uri : undefined;
    return [block.uri, inner].filter((uri) => typeof uri === "string");
  }).map((uri) => JSON.parse(JSON.stringify(uri)) as string); // a slice would keep the whole frame in memory
}

function listOf(value: JsonValue | undefined): readonly JsonValue[] {
  return Array.isArray(value) ? value : [];
}
