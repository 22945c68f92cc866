import { homedir } from "node:os";
import { join } from "node:path";
import type { Io } from "./command.ts";

/** Where the state lives unless told otherwise: the machine's for root, the user's own for everybody else. */
export function defaultStateDirectory(env: Io["env"], uid: number | undefined): string {
  if (uid === 0) return "/var/lib/pinhole";
  return join(env.XDG_STATE_HOME ?? join(homedir(), ".local", "state"), "pinhole");
}
