import { Fault } from "../base/mod.ts";
import type { Command } from "./command.ts";

export const command: Command = {
  name: "echo-server",
  summary: "",
  usage: "",
  flags: [],
  example: "",
  run() {
    throw new Fault("internal", "Cannot run echo-server: it is not built yet");
  },
};
