/**
 * A lock that a process holds until it ends, however it ends: the kernel's lock on a file, taken through SQLite because
 * Node itself offers none. There is no stale lock to clean up after a crash.
 */
import Database from "better-sqlite3";

export type FileLock = { release(): void };

/** Undefined when another process, or another holder in this one, has it for longer than `waitMs`. */
export function takeFileLock(file: string, waitMs = 0): FileLock | undefined {
  const handle = new Database(file, { timeout: waitMs });
  try {
    // Nothing is ever written: no journal is wanted beside the file.
    handle.pragma("journal_mode = off");
    handle.exec("begin exclusive");
    return { release: () => void handle.close() };
  } catch (error) {
    handle.close();
    if (error instanceof Database.SqliteError && error.code === "SQLITE_BUSY") return undefined;
    throw error;
  }
}
