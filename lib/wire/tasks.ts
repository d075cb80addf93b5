import { isJsonObject, type JsonValue } from "../base/mod.ts";

const RELATED_TASK_KEY = "io.modelcontextprotocol/related-task";

/**
 * The task that a request, a notice or a result is about: `taskId` itself (`tasks/*`, `notifications/tasks…`), or the
 * related task that legacy messages name in `_meta`. `undefined` where it is about none.
 */
export function taskIdOf(holder: JsonValue | undefined): string | undefined {
  if (!isJsonObject(holder)) return undefined;
  const related = isJsonObject(holder._meta) ? holder._meta[RELATED_TASK_KEY] : undefined;
  return textOf(holder.taskId) ?? (isJsonObject(related) ? textOf(related.taskId) : undefined);
}

/**
 * The task that a result says was begun instead of an answer: `task.taskId` (2025-11-25), or `taskId` under
 * `resultType: "task"` (the tasks extension of 2026-07-28).
 */
export function createdTaskIdOf(result: JsonValue | undefined): string | undefined {
  if (!isJsonObject(result)) return undefined;
  if (result.resultType === "task") return textOf(result.taskId);
  return isJsonObject(result.task) ? textOf(result.task.taskId) : undefined;
}

/** A copy, as these are kept for long: a slice of the frame's text would keep the whole text in memory. */
function textOf(value: JsonValue | undefined): string | undefined {
  return typeof value === "string" ? JSON.parse(JSON.stringify(value)) as string : undefined;
}
