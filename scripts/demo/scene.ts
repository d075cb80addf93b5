/** The scene: a temporary folder with files to work on, a configuration, a policy and an empty ledger. */
import { join } from "node:path";

/** Amazon's own documentation key: shaped like a real one, opens nothing. */
export const SECRET = "AKIAIOSFODNN7EXAMPLE";

export interface Scene {
  readonly folder: string;
  /** What the file server may touch. */
  readonly files: string;
  readonly config: string;
  readonly ledger: string;
  readonly policyText: string;
}

export async function makeScene(): Promise<Scene> {
  const folder = await Deno.realPath(await Deno.makeTempDir({ prefix: "countersign-demo-" }));
  const files = join(folder, "files");
  await Deno.mkdir(files);
  await Deno.writeTextFile(join(files, "notes.txt"), "Buy milk. Call Ada about the ledger.\n");
  await Deno.writeTextFile(
    join(files, "deploy.env"),
    `REGION=eu-west-1\nAWS_ACCESS_KEY_ID=${SECRET}\nSTAGE=test\n`,
  );
  const config = join(folder, "countersign.toml");
  await Deno.writeTextFile(config, CONFIG);
  const policyText = policy(files);
  await Deno.writeTextFile(join(folder, "policy.toml"), policyText);
  return { folder, files, config, ledger: join(folder, "ledger"), policyText };
}

const CONFIG = `version = 1

[agent]
id = "demo-agent"

[policy]
files = ["policy.toml"]

[ledger]
path = "ledger"
`;

function policy(files: string): string {
  return `version = 1
name = "demo"
default = "allow"

[guardrails]
block_tools = ["delete_*"]
human_review_tools = ["move_file"]
rate_limit_tools = { list_directory = 2 }

[[rules]]
id = "stay-inside"
effect = "deny"
tools = ["read_*", "write_*", "list_*"]
when = { path = { path = { outside = ["${files}"] } } }
message = "paths outside of the project folder are off limits"
`;
}
