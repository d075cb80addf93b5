/** The scripted agent: the official MCP client, with `countersign run` where the server's command used to stand. */
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StdioClientTransport } from "@modelcontextprotocol/sdk/client/stdio.js";
import { productCommand } from "./product.ts";
import type { Scene } from "./scene.ts";
import { line, short } from "./stage.ts";

const SERVER = ["npx", "-y", "@modelcontextprotocol/server-filesystem@2026.8.31"];
const HELD_REGEXP = /countersign approve (\d+)/;

export interface Agent {
  /** Calls one tool and shows question and answer. */
  calls(tool: string, args: Record<string, unknown>): Promise<void>;
  /** The number of the entry that waits for a person, once there is one. */
  heldEntry(): Promise<number>;
  leave(): Promise<void>;
}

export async function agentAt(scene: Scene): Promise<Agent> {
  const { command, args } = productCommand(["run", "--config", scene.config, "--", ...SERVER, scene.files]);
  const transport = new StdioClientTransport({ command, args, env: Deno.env.toObject(), stderr: "pipe" });
  const held = Promise.withResolvers<number>();
  transport.stderr?.on("data", (chunk: Uint8Array) => {
    const text = new TextDecoder().decode(chunk).trimEnd();
    line("firewall", short(text, 400));
    const entry = HELD_REGEXP.exec(text)?.[1];
    if (entry !== undefined) held.resolve(Number(entry));
  });
  const client = new Client({ name: "demo-agent", version: "1.0.0" });
  await client.connect(transport);
  return {
    async calls(tool, params) {
      line("agent", `${tool} ${short(JSON.stringify(params))}`);
      const result = await client.callTool({ name: tool, arguments: params });
      line("answer", short(textOf(result)));
    },
    heldEntry: () => held.promise,
    leave: () => client.close(),
  };
}

function textOf(result: unknown): string {
  const { content } = result as { content?: readonly { text?: string }[] };
  return (content ?? []).map(({ text }) => text ?? "").join(" ");
}
