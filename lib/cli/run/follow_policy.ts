import type { PolicyPlace } from "./policy_place.ts";
import { Reloader } from "./reload.ts";
import type { FirewallSettings } from "./settings.ts";
import type { ReloadSignal } from "./signals.ts";
import { FileWatch } from "./watch.ts";
import type { PolicySessions } from "./policy_sessions.ts";

export interface FollowOptions {
  readonly settings: FirewallSettings;
  readonly place: PolicyPlace;
  readonly sessions: PolicySessions;
  readonly log: (line: string) => void;
  readonly signal: ReloadSignal;
}

export interface Following {
  /** Looks at no file any more. */
  close(): void;
}

/** From here on SIGHUP loads the policy again, and where it is watched, so does a change of its files. */
export function followPolicy({ settings, place, sessions, log, signal }: FollowOptions): Following {
  const watch = settings.watch ? new FileWatch({ onChange: () => reloader.filesChanged(), log }) : undefined;
  const onRead = () => watch?.watch(place.files);
  const reloader = new Reloader({ place, workers: sessions, log, onRead }, settings.policies);
  watch?.watch(place.files);
  // A file may have changed after it was read and before it was watched.
  if (watch !== undefined) reloader.filesChanged();
  signal.handTo(() => reloader.asked());
  return { close: () => watch?.close() };
}
