/**
 * Starts the daemon behind `pinhole up` and follows it until it is online, or runs without the dashboard, or has failed.
 * The token goes through a pipe: it is in no process list and no environment.
 */
import { spawn } from "node:child_process";
import { closeSync, openSync } from "node:fs";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { NOTICE_FD, NOTICE_VARIABLE, noticeSchema } from "../daemon/notice.ts";
import type { DaemonOptions } from "../daemon/run-daemon.ts";
import { RUNTIME_FLAGS } from "../daemon/runtime-flags.ts";
import type { StateStore } from "../state/store.ts";
import { ExitCode, type Io } from "./command.ts";

/** Longer than a handshake over the worst network; afterwards the daemon goes on trying by itself. */
const PATIENCE_MS = 20_000;

export async function spawnDaemon(options: DaemonOptions, store: StateStore, io: Io): Promise<ExitCode> {
  const log = openSync(store.logPath, "a", 0o600);
  const main = process.argv[1];
  if (main === undefined) throw new Error("the path of this program is unknown");
  const child = spawn(process.execPath, [...RUNTIME_FLAGS, main, ...daemonArguments(options)], {
    detached: true,
    stdio: ["pipe", log, log, "pipe"],
    env: { ...process.env, PINHOLE_TOKEN: "", [NOTICE_VARIABLE]: String(NOTICE_FD) },
  });
  closeSync(log);
  child.stdin?.on("error", () => undefined); // it may have failed before it read the token
  child.stdin?.end(options.token ?? "");
  const notices = child.stdio[NOTICE_FD] as Readable;
  const timer = setTimeout(() => notices.destroy(), PATIENCE_MS);
  try {
    return await follow(notices, store, io);
  } finally {
    clearTimeout(timer);
    notices.destroy();
    child.unref();
  }
}

async function follow(notices: Readable, store: StateStore, io: Io): Promise<ExitCode> {
  let isRunning = false;
  let problem = "it did not answer yet";
  try {
    for await (const line of createInterface({ input: notices })) {
      const notice = noticeSchema.parse(JSON.parse(line));
      switch (notice.kind) {
        case "enrolled":
          io.stdout(`Enrolled as ${notice.name} in ${notice.team}, address ${notice.address}.`);
          break;
        case "running":
          isRunning = true;
          io.stdout(
            notice.interface === null ? "Running without an interface." : `Running on interface ${notice.interface}.`,
          );
          break;
        case "online":
          io.stdout("Online.");
          return ExitCode.Ok;
        case "offline":
          problem = notice.problem;
          io.stdout(`Running with the last known peers: ${problem} It goes on trying.`);
          return ExitCode.Ok;
        case "failed":
          io.stderr(notice.message);
          return ExitCode.Failed;
        default:
          notice satisfies never;
      }
    }
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "ERR_STREAM_PREMATURE_CLOSE")) throw error;
  }
  if (isRunning) {
    io.stdout(`Running, not online yet: ${problem}. \`pinhole status\` shows how it goes on.`);
    return ExitCode.Ok;
  }
  io.stderr(`The agent did not start. Its log is ${store.logPath}.`);
  return ExitCode.Failed;
}

function daemonArguments(options: DaemonOptions): string[] {
  return [
    "up",
    "--foreground",
    "--state-dir",
    options.stateDirectory,
    "--name",
    options.name,
    ...(options.server === undefined ? [] : ["--server", options.server.href]),
    ...(options.token === undefined ? [] : ["--token", "-"]),
    ...(options.tun === undefined ? [] : ["--tun", options.tun]),
    ...(options.isUserspace === true ? ["--userspace"] : []),
    ...(options.port === undefined ? [] : ["--port", String(options.port)]),
  ];
}
