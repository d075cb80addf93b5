/**
 * identity: the ledger's signing and blinding key in their files, and the tokens by which agents prove who they are.
 * Input: files whose modes were checked; tokens and protected files are ATTACKER-CONTROLLED. Thread: ledger worker, main,
 * cli. Imports: base; `jose` once there is a token, `hash-wasm` once a key file is protected. Trusted: whoever reads
 * signing.key can write a new history, whoever reads blinding.key can guess at recorded digests, whoever has a token's
 * signing key or shared secret can be any agent.
 */
export {
  type IdentityProblem,
  makeAgentToken,
  type NewToken,
  readUnproven,
  type TokenSigner,
  type UnprovenToken,
  verifyAgentToken,
  verifyWith,
} from "./agent_token.ts";
export { AUDIENCE, isAgentName, MAX_ROLES, readTime, type VerifiedAgent } from "./claims.ts";
export { removeIfThere } from "./files.ts";
export {
  createKeyFiles,
  KEY_FILES,
  keyFilesExist,
  loadKeyFiles,
  loadPublicKeyFile,
  openStoredKeys,
  readStoredKeys,
  removeLeftovers,
  type StoredKeys,
} from "./key_files.ts";
export {
  keyProtection,
  passphraseToProtectWith,
  type Protection,
  protectKeyFiles,
  unprotectKeyFiles,
} from "./key_protection.ts";
export { generateKeys, keyIdOf, type Keys, publicKeyFromText, publicKeyText } from "./keys.ts";
export {
  discardNextKey,
  loadStagedKeys,
  type OnWritten,
  putNextKey,
  type StagedKeys,
  stageNextKey,
} from "./next_key.ts";
export { PASSPHRASE_VARIABLE, passphraseFrom, type ReadVariable } from "./passphrase_variable.ts";
export { Passphrase, type SecretUse } from "./protected_text.ts";
export { loadPublicKeys, type NamedKey, type PublicKeys } from "./public_keys.ts";
export { createTokenKeyFiles, type TokenKeyFiles } from "./token_key_files.ts";
export {
  loadTokenKeys,
  MIN_SECRET_BYTES,
  secretFromText,
  type TokenKeys,
  type TokenSource,
} from "./token_keys.ts";
export { type TokenProblem, type TokenProblemCode, wholeSeconds } from "./token_problem.ts";
