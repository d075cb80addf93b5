/**
 * How a server asks the client inside of other messages: multi-round-trip requests (2026-07-28, patterns/mrtr), and errors
 * that name URLs to open (2025-11-25, client/elicitation, "URL Elicitation Required Error").
 */
import { err, isJsonObject, type JsonObject, type JsonValue, ok, type Result } from "../base/mod.ts";

/** One question of the server, to be judged as the request of that method. ATTACKER-CONTROLLED. */
export interface InputRequest {
  /** The server's name for it; the client's answer comes back under it. */
  readonly key: string;
  readonly method: string;
  readonly params?: JsonObject;
}

/**
 * The questions in a result (`resultType: "input_required"`), in a task's state, or in a `notifications/tasks`. None: an
 * empty list. The error: they cannot be read, so that nobody can judge them, and the whole must be withheld.
 */
export function inputRequestsOf(holder: JsonValue | undefined): Result<readonly InputRequest[], string> {
  if (!isJsonObject(holder) || !Object.hasOwn(holder, "inputRequests")) return ok([]);
  const asked = holder.inputRequests;
  if (!isJsonObject(asked)) return err("inputRequests is not an object");
  const requests: InputRequest[] = [];
  for (const [key, request] of Object.entries(asked)) {
    if (!isJsonObject(request)) return err("an input request is not an object");
    const { method, params } = request;
    if (typeof method !== "string") return err("an input request has no method");
    if (params !== undefined && !isJsonObject(params)) {
      return err("an input request has params that are no object");
    }
    requests.push(params === undefined ? { key, method } : { key, method, params });
  }
  return ok(requests);
}

/**
 * The params of each `elicitation/create` that an error stands for. Whatever its code is: a client may not look at it.
 * The error: they cannot be read, so that nobody can judge them, and the whole must be withheld. ATTACKER-CONTROLLED.
 */
export function elicitationsOf(error: JsonValue | undefined): Result<readonly JsonObject[], string> {
  const data = isJsonObject(error) ? error.data : undefined;
  if (!isJsonObject(data) || !Object.hasOwn(data, "elicitations")) return ok([]);
  const { elicitations } = data;
  if (!Array.isArray(elicitations)) return err("elicitations is not an array");
  const params: JsonObject[] = [];
  for (const one of elicitations as readonly JsonValue[]) {
    if (!isJsonObject(one)) return err("an elicitation is not an object");
    params.push(one);
  }
  return ok(params);
}
