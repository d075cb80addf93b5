/**
 * The house rules as a `deno lint` plugin (named in deno.json). The table that they read is scripts/lint/rooms.ts; each
 * message says what to do. A rule is switched off for one line with `deno-lint-ignore countersign/<rule>` and a reason.
 */
import { capabilityRule, powerlessRule } from "./lint/capability_rule.ts";
import { importRule } from "./lint/import_rule.ts";
import {
  camelCaseRule,
  clockRule,
  doorRule,
  fileLengthRule,
  functionLengthRule,
  noPrivateKeywordRule,
  oneWayRule,
  topLevelFunctionRule,
} from "./lint/shape_rules.ts";

const plugin: Deno.lint.Plugin = {
  name: "countersign",
  rules: {
    "import-table": importRule,
    "named-where-allowed": capabilityRule,
    "powerless-room": powerlessRule,
    "door-only": doorRule,
    "file-length": fileLengthRule,
    "function-length": functionLengthRule,
    "no-private-keyword": noPrivateKeywordRule,
    "top-level-function": topLevelFunctionRule,
    "one-way": oneWayRule,
    "camel-case": camelCaseRule,
    "clock-handed-in": clockRule,
  },
};

export default plugin;
