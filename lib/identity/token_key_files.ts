import { Fault } from "../base/mod.ts";
import { OWNER_ONLY, removeIfThere, writeNew, writeWhole } from "./files.ts";
import { generateTokenKeyTexts } from "./keys.ts";

const FOR_ALL_TO_READ = 0o644;

/** A key pair for agent tokens in its files. Trusted: whoever reads the private one can be any agent. */
export interface TokenKeyFiles {
  /** How tokens name the key. */
  readonly id: string;
  readonly privatePath: string;
  readonly publicPath: string;
}

/**
 * Makes `<name>.key` and `<name>.pub`. Throws Fault `usage` where one of them is there and `replace` is not set, or where
 * somebody else makes this pair right now. A crash leaves `<name>.key.new` behind and the old pair, or the new public half
 * beside the old private one: then the tokens of neither verify, and the next run says what is in the way.
 */
export async function createTokenKeyFiles(
  name: string,
  { replace }: { readonly replace: boolean },
): Promise<TokenKeyFiles> {
  const privatePath = `${name}.key`, publicPath = `${name}.pub`;
  const texts = generateTokenKeyTexts();
  // The new private half is the lock as well: two who make a pair at once must not end with a half of each.
  await claimNew(`${privatePath}.new`, texts.private);
  try {
    if (!replace) await refuseExisting([privatePath, publicPath]);
    await writeWhole(publicPath, texts.public, FOR_ALL_TO_READ);
    await Deno.rename(`${privatePath}.new`, privatePath);
  } catch (thrown) {
    await removeIfThere(`${privatePath}.new`);
    throw thrown;
  }
  return { id: texts.id, privatePath, publicPath };
}

async function claimNew(path: string, text: string): Promise<void> {
  try {
    await writeNew(path, text, OWNER_ONLY);
  } catch (thrown) {
    if (!(thrown instanceof Deno.errors.AlreadyExists)) throw thrown;
    throw new Fault("usage", `Cannot make a key: there is a file "${path}"`, {
      hint: "another keygen is at work, or one was interrupted: remove that file if no other runs",
    });
  }
}

async function refuseExisting(paths: readonly string[]): Promise<void> {
  for (const path of paths) {
    // Not followed: a link that leads nowhere is in the way, too.
    const there = await Deno.lstat(path).then(() => true, () => false);
    if (!there) continue;
    throw new Fault("usage", `Cannot make a key: there is a file "${path}"`, {
      hint: "choose another name with --out; --force replaces it, and every token of the old key ends",
    });
  }
}
