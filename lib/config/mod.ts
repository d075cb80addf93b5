/**
 * config: `countersign.toml` read strictly, where it is found, where the user's data is, and the modes of what is secret.
 * Input: trusted in its intent, read strictly; a file found in a folder above is checked for its owner and mode.
 * Thread: main, and cli. Imports: base, diagnostic.
 */
export type {
  AskedAction,
  Config,
  DetectorConfig,
  GuardrailsSource,
  IdentityConfig,
  InjectionConfig,
  LedgerConfig,
  ListenConfig,
  PolicyRef,
  ScanConfig,
  ScanOverrideConfig,
  ServerConfig,
  SharedSecret,
  TokenScheme,
} from "./config.ts";
export { type ConfigOptions, loadConfig } from "./load.ts";
export { GATEWAY_NAME } from "./read_servers.ts";
export {
  checkMode,
  type FileFacts,
  type FileKind,
  type Files,
  type ModeProblem,
  systemFiles,
} from "./file_mode.ts";
export { CONFIG_FILE, type ConfigPlaces, defaultPaths, findConfig, type UserFolders } from "./places.ts";
export { isLoopback, type ListenAddress, readListenAddress } from "./listen_address.ts";
export { secretVariable } from "./read_identity.ts";
export { configReference } from "./reference.ts";
