/**
 * `pinhole up --foreground`: claims the state directory, opens the datapath, enrolls where that has not happened, and runs
 * until it is told to stop.
 *
 * In this order, because a token is spent by being used: everything that can refuse here has refused before.
 */
import { hostname } from "node:os";
import { setTimeout as delay } from "node:timers/promises";
import { err, ok, type Result } from "@pinhole/protocol";
import { ExitCode, type Io } from "../cli/command.ts";
import { wallMs } from "../clock.ts";
import { isLogLevel, type Log, newLog } from "../log.ts";
import { loadOrCreateIdentity } from "../state/identity.ts";
import { StateStore } from "../state/store.ts";
import { VERSION } from "../version.ts";
import { AgentRun } from "./agent-run.ts";
import type { DaemonOptions } from "./daemon-options.ts";
import { deviceName } from "./device-name.ts";
import { ensureEnrolled } from "./ensure-enrolled.ts";
import { openLocalApi } from "./local-api.ts";
import { LocalDesk } from "./local-desk.ts";
import { NOTICE_VARIABLE, type Notice, noticeWriter } from "./notice.ts";

/** Well above what an orderly end takes, so that one that hangs does not keep the process. */
const SHUTDOWN_MS = 5_000;

export async function runDaemon(options: DaemonOptions, io: Io): Promise<ExitCode> {
  const level = io.env.PINHOLE_LOG_LEVEL ?? "info";
  const log = newLog(io.stderr, isLogLevel(level) ? level : "info", wallMs);
  const notify = noticeWriter(io.env[NOTICE_VARIABLE]);
  const fail = (message: string): ExitCode => {
    notify({ kind: "failed", message });
    io.stderr(message);
    return ExitCode.Failed;
  };
  try {
    const ended = await runUntilStopped({ options, io, log, notify });
    return ended.ok ? ExitCode.Ok : fail(ended.error);
  } catch (error) {
    // The pipe has to hear of it too, or the `up` that started us can only name the log.
    notify({ kind: "failed", message: error instanceof Error ? error.message : String(error) });
    throw error;
  }
}

type Running = {
  readonly options: DaemonOptions;
  readonly io: Io;
  readonly log: Log;
  readonly notify: (notice: Notice) => void;
};

async function runUntilStopped({ options, io, log, notify }: Running): Promise<Result<void, string>> {
  const down = new AbortController();
  const stop = (): void => down.abort();
  io.signal.addEventListener("abort", stop, { once: true });
  if (io.signal.aborted) stop();

  const store = new StateStore(options.stateDirectory);
  const desk = new LocalDesk(stop);
  const api = await openLocalApi(store.socketPath, (request, answer) => desk.serve(request, answer));
  if (!api.ok) return api;
  let run: AgentRun | undefined;
  try {
    const identity = loadOrCreateIdentity(store);
    const agent = new AgentRun({ options, store, identity, log, notify, signal: down.signal });
    run = agent;
    const started = await agent.start();
    if (!started.ok) return down.signal.aborted ? ok(undefined) : started;
    desk.open(() => agent.answers);
    notify({ kind: "running", interface: agent.interfaceName });
    log.info("running", { version: VERSION, device: agent.deviceId });
    await agent.untilStopped();
    return ok(undefined);
  } finally {
    log.info("stopping");
    const ended = (async () => {
      await run?.close();
      desk.closed();
      await api.value.close();
    })();
    const isOrderly = await Promise.race([ended.then(() => true), delay(SHUTDOWN_MS, false, { ref: false })]);
    if (isOrderly) log.info("stopped");
    else log.error("the agent did not end in time and is cut off");
  }
}

/** Joins the team and stops: a service manager starts the daemon afterwards. */
export async function enrollOnly(options: DaemonOptions, io: Io): Promise<ExitCode> {
  const enrolled = await enrollAlone(options, io);
  if (!enrolled.ok) {
    io.stderr(enrolled.error);
    return ExitCode.Failed;
  }
  io.stdout(enrolled.value);
  return ExitCode.Ok;
}

async function enrollAlone(options: DaemonOptions, io: Io): Promise<Result<string, string>> {
  const store = new StateStore(options.stateDirectory);
  // A device that is enrolled may be running: nothing is claimed from it, for nothing is changed.
  const claim = store.has("enrollment") ? undefined : await openLocalApi(store.socketPath, async () => undefined);
  if (claim?.ok === false) return claim;
  try {
    const name = deviceName(options.name, hostname());
    if (!name.ok) return err(`${name.error}.`);
    const { server, token } = options;
    const identity = loadOrCreateIdentity(store);
    const enrolled = await ensureEnrolled({ server, token, name: name.value, store, identity, signal: io.signal });
    if (!enrolled.ok) return enrolled;
    const { enrollment, isNew } = enrolled.value;
    if (!isNew && enrollment.server !== store.load("enrollment")?.server) store.save("enrollment", enrollment);
    const verb = isNew ? "Enrolled" : "Already enrolled";
    return ok(`${verb} as ${enrollment.name} in ${enrollment.team.name}, address ${enrollment.addresses[0] ?? ""}.`);
  } finally {
    await claim?.value.close();
  }
}
