/** A reverse proxy that loses connections, as networks do: what passes through it is not changed. */

export interface CuttingRelay {
  readonly url: URL;
  /** How many streams it has cut. */
  readonly cuts: number;
  /** With what streams were taken up again: `Last-Event-ID`, in order. */
  readonly resumed: readonly string[];
  stop(): Promise<void>;
}

/** Stands in front of `target`. Cuts the first stream of a POST in which `word` passes by, right behind it. */
export function startCuttingRelay(target: URL, word: string): CuttingRelay {
  let cuts = 0;
  const resumed: string[] = [];
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, async (request) => {
    const lastEventId = request.headers.get("last-event-id");
    if (lastEventId !== null) resumed.push(lastEventId);
    const headers = new Headers(request.headers);
    headers.set("host", target.host);
    const { method } = request, body = method === "POST" ? await request.text() : undefined;
    const gone = new AbortController();
    const answer = await fetch(target, {
      method,
      headers,
      signal: AbortSignal.any([request.signal, gone.signal]),
      ...body !== undefined && { body },
    });
    const isStream = method === "POST" && answer.headers.get("content-type") === "text/event-stream";
    const passed = isStream && cuts === 0 ? answer.body?.pipeThrough(cutBehind(word, cut)) : answer.body;
    return new Response(passed ?? null, { status: answer.status, headers: answer.headers });

    function cut(): void {
      cuts++;
      gone.abort();
    }
  });
  return {
    url: new URL(`http://127.0.0.1:${server.addr.port}${target.pathname}`),
    get cuts() {
      return cuts;
    },
    resumed,
    stop: () => server.shutdown(),
  };
}

function cutBehind(word: string, cut: () => void): TransformStream<Uint8Array, Uint8Array> {
  let seen = "";
  return new TransformStream({
    transform(chunk, controller) {
      controller.enqueue(chunk);
      seen += new TextDecoder().decode(chunk);
      if (!seen.includes(word)) return;
      controller.terminate();
      cut();
    },
  });
}
