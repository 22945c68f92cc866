/**
 * The state directory: mode 0700, files 0600, each replaced atomically.
 *
 * `identity.json` is made once and never replaced: losing it is losing the device.
 */
import { existsSync, rmSync } from "node:fs";
import { join } from "node:path";
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

const FILES = {
  identity: identitySchema,
  enrollment: enrollmentSchema,
  runtime: runtimeSchema,
  timestamps: timestampsSchema,
  settings: settingsSchema,
  netmap: netmapRecordSchema,
} as const;

type Name = keyof typeof FILES;
export type StateRecord<K extends Name> = z.infer<(typeof FILES)[K]>;

export class StateError extends Error {}

export class StateStore {
  readonly directory: string;

  constructor(directory: string) {
    this.directory = directory;
    makePrivateDirectory(directory);
  }

  /** @throws {StateError} when the file is there but is not what was written. */
  load<K extends Name>(name: K): StateRecord<K> | undefined {
    const path = this.#path(name);
    const text = readFileIfPresent(path);
    if (text === undefined) return undefined;
    const parsed = FILES[name].safeParse(parseJson(text));
    if (!parsed.success)
      throw new StateError(`${path} is damaged. Nothing was changed. Restore it, or remove it to begin anew.`);
    // The schema of this very name just produced it; the compiler cannot follow the lookup.
    return parsed.data as StateRecord<K>;
  }

  save<K extends Name>(name: K, record: StateRecord<K>): void {
    writeFileAtomic(this.#path(name), `${JSON.stringify(record)}\n`);
  }

  remove(name: Name): void {
    rmSync(this.#path(name), { force: true });
  }

  has(name: Name): boolean {
    return existsSync(this.#path(name));
  }

  /** Without opening the directory: reading verbs must not create one. */
  static socketPathIn(directory: string): string {
    return join(directory, "pinhole.sock");
  }

  get socketPath(): string {
    return StateStore.socketPathIn(this.directory);
  }

  get logPath(): string {
    return join(this.directory, "pinhole.log");
  }

  #path(name: Name): string {
    return join(this.directory, `${name}.json`);
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
