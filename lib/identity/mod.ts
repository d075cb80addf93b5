/**
 * identity: the ledger's signing and blinding key in their files, and the tokens by which agents prove who they are.
 * Input: files whose modes were checked; tokens are ATTACKER-CONTROLLED. Thread: ledger worker, main, cli. Imports: base;
 * `jose` once there is a token. Trusted: whoever reads signing.key can write a new history, whoever reads blinding.key
 * can guess at recorded digests, whoever has a token's signing key or shared secret can be any agent.
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
export {
  createKeyFiles,
  createTokenKeyFiles,
  KEY_FILES,
  keyFilesExist,
  loadKeyFiles,
  loadPublicKeyFile,
  type TokenKeyFiles,
} from "./key_files.ts";
export { generateKeys, keyIdOf, type Keys, publicKeyFromText, publicKeyText } from "./keys.ts";
export {
  loadTokenKeys,
  MIN_SECRET_BYTES,
  secretFromText,
  type TokenKeys,
  type TokenSource,
} from "./token_keys.ts";
export { type TokenProblem, type TokenProblemCode, wholeSeconds } from "./token_problem.ts";
