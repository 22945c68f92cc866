import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { team } from "@pinhole/drizzle/schema";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { checkDatabase, lockForServer, makeDataDirectory, openDatabase } from "./data-directory.ts";
import { takeFileLock } from "./file-lock.ts";

let root: string;
beforeEach(() => void (root = mkdtempSync(join(tmpdir(), "pinhole-data-"))));
afterEach(() => rmSync(root, { recursive: true }));

describe("the data directory", () => {
  test("is made for its owner alone", () => {
    const directory = join(root, "a", "b");
    expect(makeDataDirectory(directory).ok).toBe(true);
    expect(statSync(directory).mode & 0o777).toBe(0o700);
  });

  test("is refused in words where a file is in its place", () => {
    const file = join(root, "file");
    writeFileSync(file, "");
    const made = makeDataDirectory(file);
    expect(!made.ok && made.error).toContain(file);
  });

  test("takes one server, and names the process that has it", () => {
    const first = lockForServer(root);
    const second = lockForServer(root);
    expect(!second.ok && second.error).toContain(`process ${process.pid}`);
    if (first.ok) first.value.release();
    expect(lockForServer(root).ok).toBe(true);
  });

  // A lock file with a number in it would have to be cleaned up by hand.
  test("is free again when the server that had it was killed", async () => {
    const source = fileURLToPath(new URL("./file-lock.ts", import.meta.url));
    const file = join(root, "server.lock");
    // Held by name: a handle that nobody holds is closed when memory is tidied.
    const program = `import { takeFileLock } from ${JSON.stringify(source)}; globalThis.lock = takeFileLock(${JSON.stringify(file)}); console.log("locked"); setInterval(() => {}, 1e6);`;
    const child = spawn(process.execPath, ["--input-type=module-typescript", "--eval", program], {
      cwd: import.meta.dirname,
      stdio: ["ignore", "pipe", "inherit"],
    });
    try {
      await once(child.stdout, "data");
      expect(takeFileLock(file)).toBeUndefined();
    } finally {
      child.kill("SIGKILL");
      await once(child, "exit");
    }
    expect(takeFileLock(file)).toBeDefined();
  });
});

describe("the database", () => {
  test("has its tables, also when it is opened a second time", () => {
    for (let time = 0; time < 2; time++) {
      const opened = openDatabase(root);
      if (!opened.ok) throw new Error(opened.error);
      expect(opened.value.select().from(team).all()).toEqual([]);
      expect(checkDatabase(opened.value).ok).toBe(true);
      expect(opened.value.$client.pragma("journal_mode", { simple: true })).toBe("wal");
      opened.value.$client.close();
    }
  });

  test("that is no database is refused in words", () => {
    writeFileSync(join(root, "pinhole.db"), "this is not a database, whatever its name says".repeat(100));
    const opened = openDatabase(root);
    expect(!opened.ok && opened.error).toMatch(/pinhole\.db cannot be opened/);
  });
});
