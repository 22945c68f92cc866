import { chmodSync, existsSync, renameSync, rmSync } from "node:fs";
import { openDb } from "@pinhole/drizzle";
import { checkDatabase } from "../server/storage/data-directory.ts";
import { type Command, ExitCode, failed, parseFlags, usageError } from "./command.ts";

const usage = "usage: npm run -s admin -- backup FILE";

/** A whole and checked copy of the database, while the dashboard goes on. It holds the server's keys: keep it like them. */
export const backup: Command = {
  usage,
  async run(argv, io) {
    const flags = parseFlags(argv, {});
    if (!flags.ok) return usageError(io, flags.error, usage);
    const [name, ...more] = flags.value.positionals;
    if (name === undefined || more.length > 0) return usageError(io, "One file to write is needed.", usage);
    const file = io.resolvePath(name);
    if (existsSync(file)) return failed(io, `${file} exists already. Nothing was written.`);

    const unfinished = `${file}.unfinished`;
    try {
      await io.openDb().$client.backup(unfinished);
      chmodSync(unfinished, 0o600);
      const copy = openDb(unfinished);
      const checked = checkDatabase(copy);
      // One file is what a person copies: nothing may be left in a log beside it.
      copy.$client.pragma("journal_mode = delete");
      copy.$client.close();
      if (!checked.ok) return failed(io, checked.error);
      renameSync(unfinished, file);
    } finally {
      for (const rest of ["", "-wal", "-shm", "-journal"]) rmSync(`${unfinished}${rest}`, { force: true });
    }
    io.stdout(`Written to ${file}.`);
    return ExitCode.Ok;
  },
};
