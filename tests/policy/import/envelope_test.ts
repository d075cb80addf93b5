import { testTable } from "./_tables.ts";

testTable("mcpfw, an envelope with its workflow", ["mcpfw_envelope.yaml", "mcpfw_open.yaml"], [
  { name: "the first step of the workflow", tool: "search_web", args: { q: "a" }, expect: "allow" },
  { name: "the second", tool: "read_page", args: { url: "x" }, expect: "allow" },
  { name: "the same page again", tool: "read_page", args: { url: "x" }, expect: "allow" },
  { name: "the same page a third time", tool: "read_page", args: { url: "x" }, expect: "deny" },
  { name: "what a kill ended stays ended", tool: "search_web", args: { q: "b" }, expect: "deny" },
  { name: "another session", tool: "search_web", session: "t", args: { q: "a" }, expect: "allow" },
  { name: "goes on", tool: "read_page", session: "t", args: { url: "x" }, expect: "allow" },
  { name: "to its end", tool: "write_note", session: "t", args: { text: "x" }, expect: "allow" },
  { name: "one that needs a person", tool: "send_mail", session: "u", expect: "ask", theirs: "allow" },
  {
    name: "a session that does something else",
    tool: "list_files",
    session: "v",
    args: { n: 1 },
    expect: "allow",
  },
  { name: "and again", tool: "list_files", session: "v", args: { n: 2 }, expect: "allow" },
  // A pause, in which every call was refused there.
  {
    name: "and looks like no workflow by now",
    tool: "list_files",
    session: "v",
    args: { n: 3 },
    expect: "ask",
  },
  {
    name: "a session lasts a quarter of an hour",
    tool: "read_page",
    session: "t",
    at: 901,
    args: { url: "y" },
    expect: "deny",
  },
]);
