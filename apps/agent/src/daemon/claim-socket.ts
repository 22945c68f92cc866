/**
 * One daemon for a state directory: whoever listens on its socket has it. The kernel takes the claim back when the process
 * ends, however it ends, and a socket that nobody listens on is a dead daemon's.
 *
 * The socket is opened under a name of its own and linked to the real one, which fails where that exists. A dead one is
 * taken away only by who holds a second name, got in the same way: otherwise, of two that saw it dead, the slower would
 * take away the socket of the faster.
 */
import { randomBytes } from "node:crypto";
import { chmodSync, linkSync, rmSync } from "node:fs";
import { connect, type Server } from "node:net";
import { dirname, join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { err, ok, type Result } from "@pinhole/protocol";

/** Others that start at the same time are done in a few milliseconds each. */
const ATTEMPTS = 100;
const WAIT_MS = 10;

const RIGHT_TO_CLEAR = ".sclear";

/** `sun_path` of sockaddr_un with its final zero. */
const MAX_PATH_BYTES = 107;

/** Who listens there, for messages. */
export type Claimant = "agent" | "relay";

/** Has `server` listen at `path`, or says in words why not. */
export async function claimSocket(
  server: Server,
  path: string,
  who: Claimant = "agent",
): Promise<Result<void, string>> {
  if (Buffer.byteLength(path) > MAX_PATH_BYTES)
    return err(`${path} is too long for a socket: name a --state-dir with a shorter path.`);
  const temporary = nameBeside(path);
  try {
    await listen(server, temporary);
    chmodSync(temporary, 0o600);
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      if (tryLink(temporary, path)) return ok(undefined);
      if (await isServed(path)) return err(alreadyRuns(path, who));
      if (!(await clearDead(path, temporary))) await delay(WAIT_MS);
    }
    return err(`${path} cannot be taken: others keep taking it.`);
  } catch (error) {
    return err(`${path} cannot be opened: ${error instanceof Error ? error.message : String(error)}.`);
  } finally {
    rmSync(temporary, { force: true });
  }
}

const alreadyRuns = (path: string, who: Claimant): string =>
  `Another ${who} already runs on ${dirname(path)}. Stop it${who === "agent" ? " with `pinhole down`" : ""}, or give this one a --state-dir of its own.`;

/** Takes a dead daemon's socket away. False when somebody else is at it. */
async function clearDead(path: string, temporary: string): Promise<boolean> {
  const right = join(dirname(path), RIGHT_TO_CLEAR);
  if (!tryLink(temporary, right)) {
    // Its holder was killed within these few lines.
    if (!(await isServed(right))) rmSync(right, { force: true });
    return false;
  }
  try {
    if (!(await isServed(path))) rmSync(path, { force: true });
    return true;
  } finally {
    rmSync(right, { force: true });
  }
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
