/**
 * Starts the daemon behind `pinhole up` and follows it until it is online, or runs without the dashboard, or has failed.
 * The token goes through a pipe: it is in no process list and no environment.
 */
import { spawn } from "node:child_process";
import { closeSync, openSync, renameSync, statSync } from "node:fs";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { setTimeout as delay } from "node:timers/promises";
import { NOTICE_FD, NOTICE_VARIABLE, noticeSchema } from "../daemon/notice.ts";
import type { DaemonOptions } from "../daemon/daemon-options.ts";
import { RUNTIME_FLAGS } from "../daemon/runtime-flags.ts";
import { inWords } from "../state/state-error.ts";
import type { StateStore } from "../state/store.ts";
import { wallMs } from "../clock.ts";
import { ExitCode, type Io } from "./command.ts";
import { standingWords } from "./format-status.ts";
import { askOnce } from "./local-client.ts";

/** Longer than a handshake over the worst network; afterwards the daemon goes on trying by itself. */
const PATIENCE_MS = 20_000;

const EXIT_GRACE_MS = 100;

/** A log of this size is set aside when the agent starts; one older log is kept. */
const MAX_LOG_BYTES = 4 << 20;

export async function spawnDaemon(options: DaemonOptions, store: StateStore, io: Io): Promise<ExitCode> {
  const log = openLog(store.logPath);
  const main = process.argv[1];
  if (main === undefined) throw new Error("the path of this program is unknown");
  const child = spawn(process.execPath, [...RUNTIME_FLAGS, main, ...daemonArguments(options)], {
    detached: true,
    stdio: ["pipe", log, log, "pipe"],
    cwd: "/", // it keeps no directory of ours from being unmounted
    env: { ...process.env, PINHOLE_TOKEN: "", [NOTICE_VARIABLE]: String(NOTICE_FD) },
  });
  closeSync(log);
  let isGone = false;
  child.once("error", () => (isGone = true));
  child.once("exit", () => (isGone = true));
  child.stdin?.on("error", () => undefined); // it may have failed before it read the token
  child.stdin?.end(options.token ?? "");
  const notices = child.stdio[NOTICE_FD] as Readable;
  const timer = setTimeout(() => notices.destroy(), PATIENCE_MS);
  try {
    return await follow(notices, { store, io, isGone: () => isGone });
  } finally {
    clearTimeout(timer);
    notices.destroy();
    child.unref();
  }
}

type Following = { readonly store: StateStore; readonly io: Io; readonly isGone: () => boolean };

async function follow(notices: Readable, { store, io, isGone }: Following): Promise<ExitCode> {
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
          await tellStanding(store, io);
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
  // Its end and that of its pipe come in either order.
  await delay(EXIT_GRACE_MS);
  if (isRunning && !isGone()) {
    io.stdout(`Running, not online yet: ${problem}. \`pinhole status\` shows how it goes on.`);
    return ExitCode.Ok;
  }
  io.stderr(`The agent did not start. Its log is ${store.logPath}.`);
  return ExitCode.Failed;
}

/** Whoever has just joined wonders why there is nobody. */
async function tellStanding(store: StateStore, io: Io): Promise<void> {
  const answer = await askOnce(store.socketPath, { op: "status" });
  if (!answer.ok || answer.value.kind !== "status") return;
  const words = standingWords(answer.value.status.self, wallMs());
  if (words !== undefined) io.stdout(words);
}

function openLog(path: string): number {
  return inWords("written", path, () => {
    const log = statSync(path, { throwIfNoEntry: false });
    if (log !== undefined && log.size > MAX_LOG_BYTES) renameSync(path, `${path}.1`);
    return openSync(path, "a", 0o600);
  });
}

/** Each flag and its value in one argument: a value may begin with a hyphen. */
function daemonArguments(options: DaemonOptions): string[] {
  const { stateDirectory, server, token, name, tun, isUserspace, port, isPortMapping } = options;
  return [
    "up",
    "--foreground",
    `--state-dir=${stateDirectory}`,
    ...(name === undefined ? [] : [`--name=${name}`]),
    ...(server === undefined ? [] : [`--server=${server.href}`]),
    ...(token === undefined ? [] : ["--token=-"]),
    ...(tun === undefined ? [] : [`--tun=${tun}`]),
    ...(isUserspace === true ? ["--userspace"] : []),
    ...(port === undefined ? [] : [`--port=${port}`]),
    ...(isPortMapping === undefined ? [] : [isPortMapping ? "--port-mapping" : "--no-port-mapping"]),
  ];
}
