/** Files that are either the old text or the new one, never half of it, and readable by their owner alone. */
import {
  chmodSync,
  closeSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";

const OWNER_ONLY_FILE = 0o600;
const OWNER_ONLY_DIRECTORY = 0o700;

const TEMPORARY = /^\.[0-9a-z-]+\.tmp$/;
/** A write takes a moment: what is older was left by a process that was killed in one. */
const ABANDONED_MS = 60_000;

export function makePrivateDirectory(path: string): void {
  mkdirSync(path, { recursive: true, mode: OWNER_ONLY_DIRECTORY });
  // An existing directory keeps its mode through mkdir, and the umask may have narrowed ours.
  chmodSync(path, OWNER_ONLY_DIRECTORY);
  for (const name of readdirSync(path)) {
    const file = join(path, name);
    if (!TEMPORARY.test(name)) continue;
    const written = statSync(file, { throwIfNoEntry: false });
    if (written !== undefined && Date.now() - written.mtimeMs > ABANDONED_MS) rmSync(file, { force: true });
  }
}

/** On disk when it returns, its name included. */
export function writeFileAtomic(path: string, text: string): void {
  const temporary = join(dirname(path), `.${process.pid}-${Math.random().toString(36).slice(2)}.tmp`);
  try {
    const descriptor = openSync(temporary, "wx", OWNER_ONLY_FILE);
    try {
      writeFileSync(descriptor, text);
      fsyncSync(descriptor);
    } finally {
      closeSync(descriptor);
    }
    renameSync(temporary, path);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
  syncDirectory(dirname(path));
}

/** `undefined` where there is no such file. */
export function readFileIfPresent(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    throw error;
  }
}

function syncDirectory(path: string): void {
  const descriptor = openSync(path, "r");
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}
