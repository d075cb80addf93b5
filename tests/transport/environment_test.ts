import { assertEquals } from "@std/assert";
import { childEnvironment } from "../../lib/transport/mod.ts";

const OURS = {
  PATH: "/bin",
  API_TOKEN: "t",
  AGENT_SECRET: "s",
  COUNTERSIGN_AGENT_TOKEN: "a.b.c",
  COUNTERSIGN_KEY_PASSPHRASE: "correct horse",
  Countersign_Config: "x",
};

Deno.test("childEnvironment(): neither our own variables nor a withheld one are passed on", () => {
  const { variables } = childEnvironment(OURS, { inherit: true, extra: {}, withheld: ["agent_secret"] });
  assertEquals(variables, { PATH: "/bin", API_TOKEN: "t" });
});

Deno.test("childEnvironment(): only what every program needs, where nothing is inherited", () => {
  assertEquals(childEnvironment(OURS, { inherit: false, extra: { X: "1" } }), {
    variables: { PATH: "/bin", X: "1" },
    complete: true,
  });
});

Deno.test("childEnvironment(): a withheld variable is not passed on for a name that every program needs", () => {
  const ours = { PATH: "/bin", LC_ALL: "C", LC_AGENT_SECRET: "s" };
  const { variables } = childEnvironment(ours, { inherit: false, extra: {}, withheld: ["LC_AGENT_SECRET"] });
  assertEquals(variables, { PATH: "/bin", LC_ALL: "C" });
});

Deno.test("childEnvironment(): where the system passes ours on, our secrets and a named one arrive empty", () => {
  const options = { inherit: true, extra: { X: "1" }, withheld: ["AGENT_SECRET"] };
  assertEquals(childEnvironment(undefined, options), {
    variables: { COUNTERSIGN_AGENT_TOKEN: "", COUNTERSIGN_KEY_PASSPHRASE: "", AGENT_SECRET: "", X: "1" },
    complete: false,
  });
});
