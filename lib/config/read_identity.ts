import { utf8 } from "../base/mod.ts";
import { type Fields, readFields, type TableNode } from "../diagnostic/mod.ts";
import type { IdentityConfig, SharedSecret, TokenScheme } from "./config.ts";
import type { ConfigContext } from "./context.ts";
import { resolvePath } from "./paths.ts";
import { IDENTITY_FIELDS } from "./schema.ts";

// RFC 7518, section 3.2: a key for HS256 has at least the size of the hash.
const MIN_SECRET_BYTES = 32;
const REFERENCE_REGEXP = /^\$\{([A-Za-z_][A-Za-z0-9_]*)\}$/;

/** The table as it is written, and those fields of it that have the right type. */
interface Written {
  readonly table: TableNode;
  readonly fields: Fields;
}

/**
 * The `[identity]` table. What it says is one scheme and its keys, or nothing: two schemes at once would let a token
 * choose how it is verified.
 */
export function readIdentity(table: TableNode | undefined, context: ConfigContext): IdentityConfig {
  if (table === undefined) return { required: false };
  const fields = readFields(table, IDENTITY_FIELDS, { sink: context.sink, where: "[identity]" });
  const required = fields.boolean("required") ?? false;
  const tokens = readScheme({ table, fields }, context);
  if (required && !["scheme", ...KEY_FIELDS].some((key) => table.fields.has(key))) {
    context.sink.error(
      fields.keyAt("required"),
      "tokens are required, and no key to verify them with is named",
      'add public_keys = ["agents.pub"]; `countersign identity keygen` makes it',
    );
  }
  return { required, ...tokens !== undefined && { tokens } };
}

/** The variable that holds the shared secret: whoever has it can be any agent. */
export function secretVariable({ tokens }: IdentityConfig): string | undefined {
  return tokens?.scheme === "hmac" && tokens.secret.kind === "env" ? tokens.secret.variable : undefined;
}

const KEY_FIELDS = ["public_keys", "secret", "secret_file"] as const;

// What is named is judged as it is written, whatever its type: a list that is empty is not a list that is missing.
function readScheme({ table, fields }: Written, context: ConfigContext): TokenScheme | undefined {
  const { sink } = context;
  const keyAt = (key: string) => table.fields.get(key)?.keyAt ?? table.at;
  const [first, second] = KEY_FIELDS.filter((key) => table.fields.has(key));
  if (first === "public_keys" && second !== undefined) {
    const hint = "keep one of the two: public_keys for Ed25519, where this machine holds no secret";
    sink.error(keyAt(second), `"public_keys" and "${second}" are of two schemes`, hint);
    return undefined;
  }
  if (second !== undefined) {
    sink.error(keyAt(second), `"${first}" and "${second}" are both there`, "keep one of the two");
    return undefined;
  }
  const stated = fields.text("scheme");
  const keysFor = first === undefined ? undefined : first === "public_keys" ? "ed25519" : "hmac";
  if (stated !== undefined && stated !== keysFor) return otherScheme(fields, stated, context);
  if (keysFor === "ed25519") return { scheme: "ed25519", publicKeys: readPublicKeys(fields, context) };
  const secret = keysFor === undefined ? undefined : readSecret(fields, context);
  return secret === undefined ? undefined : { scheme: "hmac", secret };
}

function otherScheme(fields: Fields, stated: string, { sink }: ConfigContext): undefined {
  const [wanted, hint] = stated === "ed25519"
    ? ['"public_keys"', 'write public_keys = ["agents.pub"], and neither secret nor secret_file']
    : ['"secret" or "secret_file"', 'write secret = "${AGENT_SECRET}", and no public_keys'];
  sink.error(fields.keyAt("scheme"), `the scheme "${stated}" needs ${wanted}`, hint);
}

const MAX_PUBLIC_KEYS = 32;

function readPublicKeys(fields: Fields, { sink, folder }: ConfigContext): readonly string[] {
  const named = fields.texts("public_keys") ?? [];
  if (named.length > MAX_PUBLIC_KEYS) {
    const message = `"public_keys" has ${named.length} files, and may have ${MAX_PUBLIC_KEYS}`;
    sink.error(fields.keyAt("public_keys"), message, "a token is tried with each of them: keep those in use");
  }
  for (const { at, value } of named) {
    if (!value.endsWith(".key")) continue;
    const hint = `name the public half, and keep the private one elsewhere: "${value.slice(0, -4)}.pub"`;
    sink.error(at, `"${value}" looks like a private key`, hint);
  }
  return named.map(({ value }) => resolvePath(folder, value));
}

function readSecret(fields: Fields, context: ConfigContext): SharedSecret | undefined {
  const path = fields.text("secret_file");
  if (path !== undefined) return { kind: "file", path: resolvePath(context.folder, path) };
  const text = fields.text("secret");
  return text === undefined
    ? undefined
    : readSecretVariable(text, fields.node("secret")?.at ?? fields.at, context);
}

/** `${VAR}` and nothing else. The value is SECRET: no message shows it, whether of the file or of the variable. */
function readSecretVariable(
  text: string,
  at: number,
  { sink, env }: ConfigContext,
): SharedSecret | undefined {
  const variable = REFERENCE_REGEXP.exec(text)?.[1];
  if (variable === undefined) {
    const hint = 'write secret = "${AGENT_SECRET}" and set that variable, or name a file with secret_file';
    sink.error(at, '"secret" does not name a variable: a secret does not stand in this file', hint);
    return undefined;
  }
  // Not the text: a long reference would be a secret that everybody can read.
  if (env === undefined) return { kind: "env", variable, value: "" };
  const value = env(variable);
  if (value === undefined) {
    sink.error(at, `the variable ${variable} is not set`, `set ${variable}, or use secret_file`);
    return undefined;
  }
  const bytes = utf8(value).length;
  if (bytes < MIN_SECRET_BYTES) {
    const message =
      `the secret in ${variable} has ${bytes} bytes, and must have at least ${MIN_SECRET_BYTES}`;
    sink.error(at, message, "make one with: openssl rand -base64 48");
  }
  return { kind: "env", variable, value };
}
