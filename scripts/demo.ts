/**
 * `deno task demo`: the real thing to watch, in under a minute. A real file server behind the firewall, a scripted agent
 * in front of it, and a person at another terminal; then the ledger, its proof, and the same proof after one byte was
 * changed. Everything happens in a temporary folder.
 */
import { type Agent, agentAt } from "./demo/agent.ts";
import { countersign } from "./demo/product.ts";
import { makeScene, type Scene, SECRET } from "./demo/scene.ts";
import { changeOneByte } from "./demo/tamper.ts";
import { heading, say } from "./demo/stage.ts";

async function main(): Promise<void> {
  const scene = await makeScene();
  try {
    heading("The policy", "what this agent may do");
    say(scene.policyText.trimEnd().replaceAll(/^/gm, "    "));
    const agent = await agentAt(scene);
    await act(agent, scene);
    await agent.leave();
    await prove(scene);
  } finally {
    await Deno.remove(scene.folder, { recursive: true });
  }
}

async function act(agent: Agent, scene: Scene): Promise<void> {
  heading("An allowed read", "the call is written down, then forwarded");
  await agent.calls("read_text_file", { path: `${scene.files}/notes.txt` });

  heading("A path that leaves the folder", "the rule compares normalised paths, so ../ does not help");
  await agent.calls("read_text_file", { path: `${scene.files}/../../../etc/passwd` });

  heading("A blocked delete", "refused whatever its arguments are");
  await agent.calls("delete_file", { path: `${scene.files}/notes.txt` });

  heading("An AWS key on its way out", "the scanner sees it, the upstream never does");
  await agent.calls("write_file", { path: `${scene.files}/out.txt`, content: `aws key: ${SECRET}` });

  heading("A secret in a result", "masked in place, the rest intact");
  await agent.calls("read_text_file", { path: `${scene.files}/deploy.env` });

  heading("The rate limit", "two listings a minute are allowed, this is the third");
  for (let i = 0; i < 3; i++) await agent.calls("list_directory", { path: scene.files });

  heading("A call that waits for a person", "it is held, others go on; then somebody approves it");
  const moved = agent.calls("move_file", {
    source: `${scene.files}/notes.txt`,
    destination: `${scene.files}/moved.txt`,
  });
  const entry = await agent.heldEntry();
  await agent.calls("get_file_info", { path: `${scene.files}/notes.txt` });
  await countersign(scene, ["approve", String(entry)]);
  await moved;
}

async function prove(scene: Scene): Promise<void> {
  heading("The ledger", "one entry a line, newest first");
  await countersign(scene, ["audit", "-n", "40"]);

  heading("The proof", "every hash, link and signature, derived again");
  await countersign(scene, ["verify"]);

  heading("The same proof after one byte was changed", "in the entry of the refused delete");
  await changeOneByte(scene.ledger);
  await countersign(scene, ["verify"]);
}

await main();
