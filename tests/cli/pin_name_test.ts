import { assertEquals } from "@std/assert";
import { pinNameOf } from "../../lib/cli/run/gateway/settings.ts";
import { loadConfig } from "../../lib/config/mod.ts";

Deno.test("of servers with one command or URL, all but the first have pins under their names", () => {
  const loaded = loadConfig({
    text: `version = 1
[servers.prod]
command = ["db", "serve"]
env = { DB = "prod" }
[servers.test]
command = ["db", "serve"]
env = { DB = "test" }
[servers.other]
command = ["db serve"]
[servers.site]
url = "https://mcp.example.com/mcp?team=1"
[servers.site2]
url = "https://mcp.example.com/mcp?team=2"
[servers.elsewhere]
url = "https://mcp.example.com/mcp2"
`,
  });
  const servers = loaded.ok ? loaded.value.servers : [];
  assertEquals(servers.map((server) => [server.name, pinNameOf(server, servers)]), [
    ["prod", undefined],
    ["test", "test"],
    ["other", undefined],
    ["site", undefined],
    ["site2", "site2"],
    ["elsewhere", undefined],
  ]);
});
