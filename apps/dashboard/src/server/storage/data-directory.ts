/** The directory that holds everything worth backing up: made on first use, readable by nobody else. */
import { mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Db, openDb } from "@pinhole/drizzle";
import { migrateDb } from "@pinhole/drizzle/migrate";
import { err, ok, type Result } from "@pinhole/protocol";
import { type FileLock, takeFileLock } from "./file-lock.ts";

const DATABASE_FILE = "pinhole.db";
const LOCK_FILE = "server.lock";
const PID_FILE = "server.pid";
const MIGRATION_LOCK_FILE = "migration.lock";
const MIGRATION_WAIT_MS = 30_000;

/** Words for the operator. */
export type DataProblem = string;

export function makeDataDirectory(directory: string): Result<null, DataProblem> {
  try {
    mkdirSync(directory, { recursive: true, mode: 0o700 });
  } catch (error) {
    return err(`The data directory ${directory} cannot be made: ${words(error)}`);
  }
  return statSync(directory).isDirectory()
    ? ok(null)
    : err(`${directory} is not a directory: set PINHOLE_DATA_DIR to one.`);
}

/** One server for a data directory: two would each believe that they know who is online. */
export function lockForServer(directory: string): Result<FileLock, DataProblem> {
  const lock = takeFileLock(join(directory, LOCK_FILE));
  const pidFile = join(directory, PID_FILE);
  if (lock === undefined) {
    const pid = readPid(pidFile);
    return err(
      `Another dashboard${pid === undefined ? "" : ` (process ${pid})`} already runs on ${directory}. Stop it, or give this one a directory of its own with PINHOLE_DATA_DIR.`,
    );
  }
  writeFileSync(pidFile, `${process.pid}\n`, { mode: 0o600 });
  return ok(lock);
}

/** Opens the database and brings its tables up to date; safe while a server or the command line does the same. */
export function openDatabase(directory: string): Result<Db, DataProblem> {
  const file = join(directory, DATABASE_FILE);
  const migrating = takeFileLock(join(directory, MIGRATION_LOCK_FILE), MIGRATION_WAIT_MS);
  if (migrating === undefined) return err(`Another process has been changing the tables of ${file} for half a minute.`);
  try {
    const db = openDb(file);
    migrateDb(db);
    return ok(db);
  } catch (error) {
    return err(`The database ${file} cannot be opened: ${words(error)}`);
  } finally {
    migrating.release();
  }
}

/** Reads every page: a damaged file is found at the start, not in the middle of a change. */
export function checkDatabase(db: Db): Result<null, DataProblem> {
  const answer: unknown = db.$client.pragma("quick_check(1)", { simple: true });
  return answer === "ok" ? ok(null) : err(`The database is damaged: ${String(answer)}. Restore it from a backup.`);
}

function readPid(file: string): number | undefined {
  try {
    const pid = Number(readFileSync(file, "utf8"));
    return Number.isInteger(pid) && pid > 0 ? pid : undefined;
  } catch {
    return undefined;
  }
}

const words = (error: unknown) => (error instanceof Error ? error.message : String(error));
