/**
 * One daemon for a state directory: whoever listens on its socket has it. The kernel takes the claim back when the process
 * ends, however it ends, and a socket that nobody listens on is a dead daemon's.
 *
 * The socket is opened under a name of its own and linked to the real one, which fails when that exists: of two daemons
 * that start at the same time, one gets it.
 */
import { randomBytes } from "node:crypto";
import { chmodSync, linkSync, renameSync, rmSync } from "node:fs";
import { connect, type Server } from "node:net";
import { dirname, join } from "node:path";
import { err, ok, type Result } from "@pinhole/protocol";

const ATTEMPTS = 5;

/** `sun_path` of sockaddr_un with its final zero. */
const MAX_PATH_BYTES = 107;

/** Has `server` listen at `path`, or says in words why not. */
export async function claimSocket(server: Server, path: string): Promise<Result<void, string>> {
  if (Buffer.byteLength(path) > MAX_PATH_BYTES)
    return err(`${path} is too long for a socket: name a --state-dir with a shorter path.`);
  const temporary = nameBeside(path);
  try {
    await listen(server, temporary);
    chmodSync(temporary, 0o600);
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      if (tryLink(temporary, path)) return ok(undefined);
      if (await isServed(path)) return err(alreadyRuns(path));
      if (!(await clearStale(path))) return err(alreadyRuns(path));
    }
    return err(`${path} cannot be taken: others keep taking it.`);
  } catch (error) {
    return err(`${path} cannot be opened: ${error instanceof Error ? error.message : String(error)}.`);
  } finally {
    rmSync(temporary, { force: true });
  }
}

const alreadyRuns = (path: string): string =>
  `Another agent already runs on ${dirname(path)}. Stop it with \`pinhole down\`, or give this one a --state-dir of its own.`;

/** False when what was taken away turns out to be a living daemon's: it is put back. */
async function clearStale(path: string): Promise<boolean> {
  const aside = nameBeside(path);
  try {
    renameSync(path, aside);
  } catch (error) {
    if (isCode(error, "ENOENT")) return true;
    throw error;
  }
  // Between the question and the taking another daemon may have come: then this is its socket.
  const isAlive = await isServed(aside);
  if (isAlive) tryLink(aside, path);
  rmSync(aside, { force: true });
  return !isAlive;
}

function tryLink(from: string, to: string): boolean {
  try {
    linkSync(from, to);
    return true;
  } catch (error) {
    if (isCode(error, "EEXIST")) return false;
    throw error;
  }
}

function isServed(path: string): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const socket = connect(path);
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", (error) => {
      if (isCode(error, "ECONNREFUSED") || isCode(error, "ENOENT")) resolve(false);
      // A queue that is full has somebody who is slow to empty it.
      else if (isCode(error, "EAGAIN")) resolve(true);
      else reject(error);
    });
  });
}

const listen = (server: Server, path: string): Promise<void> =>
  new Promise((resolve, reject) => {
    server.once("error", reject);
    const previousMask = process.umask(0o177); // the socket is never, not for a moment, open to others
    server.listen(path, () => {
      server.off("error", reject);
      resolve();
    });
    process.umask(previousMask);
  });

const isCode = (error: unknown, code: string): boolean =>
  error instanceof Error && "code" in error && error.code === code;

/** Shorter than the socket's own name, so that it fits where that fits. */
const nameBeside = (path: string): string => join(dirname(path), `.s${randomBytes(4).toString("hex")}`);
