/** All signs of threats, by category. */
import { CODE_SIGNS } from "./code.ts";
import { COMMAND_SIGNS } from "./command.ts";
import { EXFILTRATION_SIGNS } from "./exfiltration.ts";
import { INSIDE_SIGNS } from "./inside.ts";
import { PATH_SIGNS } from "./path.ts";
import { PROMPT_SIGNS } from "./prompt.ts";
import { SECRET_FILE_SIGNS } from "./secret_files.ts";
import type { ThreatSign } from "./threat.ts";
import { URL_SIGNS } from "./url.ts";

export const ALL_THREAT_SIGNS: readonly ThreatSign[] = [
  ...PROMPT_SIGNS,
  ...COMMAND_SIGNS,
  ...CODE_SIGNS,
  ...SECRET_FILE_SIGNS,
  ...EXFILTRATION_SIGNS,
  ...PATH_SIGNS,
  ...URL_SIGNS,
  ...INSIDE_SIGNS,
];
