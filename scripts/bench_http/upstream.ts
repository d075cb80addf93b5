// deno-lint-ignore-file countersign/named-where-allowed -- the bare server is what is measured against, without our rooms
/**
 * The upstream of `bench:http` over HTTP: an MCP server of both eras with one tool, `echo`, that does next to nothing. It
 * says on which port it listens.
 */

const INFO = '{"name":"countersign-echo","version":"1"}';
const CAPABILITIES = '"capabilities":{"tools":{}}';
const TOOLS = '{"tools":[{"name":"echo","description":"Says what it was told",' +
  '"inputSchema":{"type":"object","properties":{"message":{"type":"string"}}}}],' +
  '"resultType":"complete","ttlMs":60000,"cacheScope":"public"}';

interface Request {
  readonly id?: string | number;
  readonly method: string;
  readonly params?: {
    readonly protocolVersion?: string;
    readonly arguments?: { readonly message?: string };
  };
}

listen();

function listen(): void {
  const options = {
    hostname: "127.0.0.1",
    port: 0,
    onListen: ({ port }: Deno.NetAddr) => console.log(port),
  };
  Deno.serve(options, async (request) => {
    if (request.method !== "POST") return new Response(null, { status: 405 });
    const { id, method, params }: Request = await request.json();
    if (id === undefined) return new Response(null, { status: 202 });
    const body = `{"jsonrpc":"2.0","id":${JSON.stringify(id)},${answerTo(method, params)}}`;
    return new Response(body, { headers: { "content-type": "application/json" } });
  });
}

function answerTo(method: string, params: Request["params"]): string {
  if (method === "tools/call") {
    const text = JSON.stringify(params?.arguments?.message ?? "");
    return `"result":{"content":[{"type":"text","text":${text}}],"resultType":"complete"}`;
  }
  const result = otherResult(method, params);
  if (result !== undefined) return `"result":${result}`;
  return '"error":{"code":-32601,"message":"Method not found"}';
}

function otherResult(method: string, params: Request["params"]): string | undefined {
  const version = JSON.stringify(params?.protocolVersion ?? "2025-11-25");
  switch (method) {
    case "initialize":
      return `{"protocolVersion":${version},${CAPABILITIES},"serverInfo":${INFO}}`;
    case "server/discover":
      return `{"supportedVersions":["2026-07-28"],${CAPABILITIES},"serverInfo":${INFO},` +
        '"resultType":"complete","ttlMs":60000,"cacheScope":"public"}';
    case "tools/list":
      return TOOLS;
    case "ping":
      return "{}";
    default:
      return undefined;
  }
}
