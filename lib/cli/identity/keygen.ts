import { Fault } from "../../base/mod.ts";
import { createTokenKeyFiles } from "../../identity/mod.ts";
import { type Args, EXIT, type Io } from "../command.ts";
import { absolutePath, locateConfig } from "../setup.ts";

const DEFAULT_NAME = "agents";

/** `identity keygen`: a key pair for agent tokens, and what to write where. */
export async function makeKeys(args: Args, io: Io): Promise<number> {
  const name = (args.text("out") ?? DEFAULT_NAME).replace(/\.(?:key|pub)$/, "");
  const { id } = await create(name, args.has("force"), io);
  io.out(`made ${name}.key, which signs tokens: whoever has it can be any agent
made ${name}.pub, which verifies them: key ${id}
countersign.toml:
  [identity]
  required = true
  public_keys = [${JSON.stringify(pathForConfig(`${name}.pub`, io))}]
next:
  countersign identity token --key ${name}.key --agent-id support-bot --role support-agent
`);
  return EXIT.done;
}

async function create(name: string, replace: boolean, io: Io) {
  try {
    return await createTokenKeyFiles(absolutePath(name, io), { replace });
  } catch (thrown) {
    if (thrown instanceof Deno.errors.NotFound) {
      const folder = absolutePath(name, io).replace(/[/\\][^/\\]*$/, "");
      throw new Fault("usage", `Cannot make a key: there is no folder "${folder}"`, {
        hint: "make it first",
      });
    }
    throw thrown;
  }
}

/** Paths in a configuration are relative to it: where that is another folder than this one, the whole path. */
function pathForConfig(path: string, io: Io): string {
  const config = locateConfig(io);
  const isHere = config === undefined || config.replace(/[/\\][^/\\]*$/, "") === io.cwd();
  return isHere ? path : absolutePath(path, io);
}
