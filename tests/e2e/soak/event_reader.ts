/** Messages in an answer, whether it is JSON or a stream of events: a reader of our own, so that no mistake hides in both. */
import type { Message } from "./tally.ts";

export interface Told {
  readonly message: Message;
  /** Of the event. */
  readonly id: string | undefined;
}

/** An answer that breaks off ends without an error: what did not come is counted by whoever waits for it. */
export async function* eventsOf(response: Response): AsyncGenerator<Told> {
  if (!(response.headers.get("content-type") ?? "").startsWith("text/event-stream")) {
    const text = await response.text();
    if (text.startsWith("{")) yield { message: JSON.parse(text), id: undefined };
    return;
  }
  try {
    for await (const text of textEvents(response)) {
      const id = /^id: ?(.*)$/m.exec(text)?.[1];
      const at = text.indexOf("data:");
      const data = at === -1 ? "" : text.slice(at + 5).trim();
      if (data !== "") yield { message: JSON.parse(data), id };
    }
  } catch (error) {
    if (error instanceof SyntaxError) throw error;
  }
}

/** What stands between two empty lines. Linear, also where one event is many chunks. */
async function* textEvents({ body }: Response): AsyncGenerator<string> {
  let parts: string[] = [];
  for await (const chunk of body?.pipeThrough(new TextDecoderStream()) ?? []) {
    const endsBefore = parts.at(-1)?.endsWith("\n") === true && chunk.startsWith("\n");
    if (!endsBefore && !chunk.includes("\n\n")) {
      parts.push(chunk);
      continue;
    }
    const events = `${parts.join("")}${chunk}`.split("\n\n");
    parts = [events.pop() ?? ""];
    yield* events;
  }
}
