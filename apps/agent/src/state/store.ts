/**
 * The state directory: mode 0700, files 0600, each replaced atomically.
 *
 * `identity.json` is made once and never replaced: losing it is losing the device. It, the enrollment and the settings
 * are somebody's decision, and a damaged one stops the agent until somebody looks. The others can be made anew: a damaged
 * one is set aside, and the agent begins without it.
 */
import { existsSync, readdirSync, renameSync, rmSync } from "node:fs";
import { basename, join } from "node:path";
import type { z } from "zod";
import { makePrivateDirectory, readFileIfPresent, writeFileAtomic } from "./atomic-file.ts";
import {
  enrollmentSchema,
  identitySchema,
  netmapRecordSchema,
  runtimeSchema,
  settingsSchema,
  timestampsSchema,
} from "./records.ts";
import { inWords, StateError } from "./state-error.ts";

const FILES = {
  identity: identitySchema,
  enrollment: enrollmentSchema,
  settings: settingsSchema,
  runtime: runtimeSchema,
  timestamps: timestampsSchema,
  netmap: netmapRecordSchema,
} as const;

const RENEWABLE = ["runtime", "timestamps", "netmap"] as const;

type Name = keyof typeof FILES;
type RenewableName = (typeof RENEWABLE)[number];
export type StateRecord<K extends Name> = z.infer<(typeof FILES)[K]>;

const SOCKET = "pinhole.sock";
const RELAY_SOCKET = "relay.sock";
const LOG = "pinhole.log";

export class StateStore {
  readonly directory: string;

  /** @throws {StateError} when it cannot be made or is somebody else's. */
  constructor(directory: string) {
    this.directory = directory;
    inWords("used", directory, () => {
      refuseForeign(directory);
      makePrivateDirectory(directory);
    });
  }

  /** @throws {StateError} when the file is there but is not what was written, or cannot be read. */
  load<K extends Name>(name: K): StateRecord<K> | undefined {
    const path = this.#path(name);
    const text = inWords("read", path, () => readFileIfPresent(path));
    if (text === undefined) return undefined;
    const parsed = FILES[name].safeParse(parseJson(text));
    if (!parsed.success)
      throw new StateError(`${path} is damaged. Nothing was changed. Restore it, or remove it to begin anew.`);
    // The schema of this very name just produced it; the compiler cannot follow the lookup.
    return parsed.data as StateRecord<K>;
  }

  /** A damaged file is kept beside as `NAME.json.damaged`, and told of. */
  loadOrSetAside<K extends RenewableName>(name: K, onDamaged: (words: string) => void): StateRecord<K> | undefined {
    try {
      return this.load(name);
    } catch (error) {
      if (!(error instanceof StateError)) throw error;
      const path = this.#path(name);
      inWords("set aside", path, () => renameSync(path, `${path}.damaged`));
      onDamaged(`${path} was damaged: it is kept as ${path}.damaged, and the agent begins without it.`);
      return undefined;
    }
  }

  /** @throws {StateError} when the disk does not take it; what was there before still is. */
  save<K extends Name>(name: K, record: StateRecord<K>): void {
    const path = this.#path(name);
    inWords("written", path, () => writeFileAtomic(path, `${JSON.stringify(record)}\n`));
  }

  remove(name: Name): void {
    const path = this.#path(name);
    inWords("removed", path, () => rmSync(path, { force: true }));
  }

  has(name: Name): boolean {
    return existsSync(this.#path(name));
  }

  /** Without opening the directory: reading verbs must not create one. */
  static socketPathIn(directory: string): string {
    return join(directory, SOCKET);
  }

  /** Of `pinhole relay`, which may share the directory with an agent. */
  static relaySocketPathIn(directory: string): string {
    return join(directory, RELAY_SOCKET);
  }

  /** The names of everything that an agent ever puts there. */
  static filesIn(directory: string): string[] {
    const records = Object.keys(FILES).map((name) => `${name}.json`);
    const aside = RENEWABLE.map((name) => `${name}.json.damaged`);
    return [...records, ...aside, SOCKET, RELAY_SOCKET, LOG, `${LOG}.1`].map((name) => join(directory, name));
  }

  get socketPath(): string {
    return StateStore.socketPathIn(this.directory);
  }

  get relaySocketPath(): string {
    return StateStore.relaySocketPathIn(this.directory);
  }

  get logPath(): string {
    return join(this.directory, LOG);
  }

  #path(name: Name): string {
    return join(this.directory, `${name}.json`);
  }
}

/** A directory becomes the agent's own, closed to everybody else: one that holds other things was named by mistake. */
function refuseForeign(directory: string): void {
  if (!existsSync(directory)) return;
  const names = readdirSync(directory).filter((name) => !name.startsWith(".") && name !== "lost+found");
  const ours = new Set(StateStore.filesIn(directory).map((path) => basename(path)));
  if (names.length > 0 && !names.some((name) => ours.has(name))) {
    throw new StateError(
      `${directory} holds other files and becomes no state directory. Name one that is empty or does not exist yet.`,
    );
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
