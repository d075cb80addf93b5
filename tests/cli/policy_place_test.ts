import { assertEquals } from "@std/assert";
import type { Io } from "../../lib/cli/mod.ts";
import { policyPlace } from "../../lib/cli/run/policy_place.ts";
import { readSetup } from "../../lib/cli/setup.ts";

const config = (...names: readonly string[]) =>
  ["version = 1", ...names.map((name) => `[servers.${name}]\ncommand = ["x"]`)].join("\n");

Deno.test("a warning about the configuration is said once, however often it is read, and again when it is another", async () => {
  const folder = await Deno.makeTempDir();
  try {
    let said = "";
    const io: Io = {
      out: () => {},
      err: (text) => void (said += text),
      terminal: { out: false, err: false },
      env: () => undefined,
      cwd: () => folder,
    };
    const file = `${folder}/countersign.toml`;
    const write = (text: string) => Deno.writeTextFileSync(file, text, { mode: 0o600 });
    const warnings = () => said.split("warning:").length - 1;
    write(config("a", "a_b"));
    const place = policyPlace({ setup: readSetup(io, file), named: ["standard"], io });
    place.read();
    place.read();
    assertEquals(warnings(), 1);
    write(config("a", "a_b", "a_c"));
    place.read();
    place.read();
    assertEquals(warnings(), 3, "both, once");
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
