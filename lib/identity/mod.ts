/**
 * identity: the signing key, the blinding key, and the files that they live in.
 *
 * Input: key files in a folder whose modes were checked; public keys that an operator names.
 * Thread: ledger worker, cli. Imports: base. Trusted: whoever reads signing.key can write a new history, whoever reads
 * blinding.key can guess at recorded digests.
 */
export { createKeyFiles, KEY_FILES, keyFilesExist, loadKeyFiles, loadPublicKeyFile } from "./key_files.ts";
export { generateKeys, keyIdOf, type Keys, publicKeyFromText, publicKeyText } from "./keys.ts";
