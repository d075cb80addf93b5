/** All signs of injections that are found at keywords. */
import { ADDRESSED_SIGNS } from "./addressed.ts";
import { LANGUAGE_SIGNS } from "./languages.ts";
import { LEAK_SIGNS } from "./leaks.ts";
import { MARKER_SIGNS } from "./markers.ts";
import { OVERRIDE_SIGNS } from "./override.ts";
import { SECRECY_SIGNS } from "./secrecy.ts";
import type { InjectionSign } from "./sign.ts";
import { TOOL_CALL_SIGNS } from "./tool_calls.ts";

export const ALL_INJECTION_SIGNS: readonly InjectionSign[] = [
  ...OVERRIDE_SIGNS,
  ...LANGUAGE_SIGNS,
  ...MARKER_SIGNS,
  ...TOOL_CALL_SIGNS,
  ...ADDRESSED_SIGNS,
  ...SECRECY_SIGNS,
  ...LEAK_SIGNS,
];
