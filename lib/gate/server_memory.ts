import type { Labelling } from "./call.ts";

/** What began a task: what arrives through the task is that call's, and so are the labels that it puts. */
export interface TaskOrigin {
  readonly tool: string;
  readonly labelling: Labelling;
}

/**
 * What one server said to its client, and what later calls are judged by: its tasks, and the names of its tools. It
 * outlives a server that is started anew, or one that keeps its tasks would be rid of their labels by ending.
 */
export class ServerMemory {
  readonly tasks = new Map<string, TaskOrigin>();
  readonly listed = new Set<string>();
  /** Of the names that were listed. */
  readonly skeletons = new Set<string>();
}
