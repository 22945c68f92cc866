/** `pinhole up --foreground`: enrolls where that has not happened, runs until it is told to stop. */
import { createHash } from "node:crypto";
import { writeSync } from "node:fs";
import { arch, hostname, platform, release } from "node:os";
import { err, fromBase64Url, ok, parseEnrollmentToken, type Result, toBase64Url } from "@pinhole/protocol";
import { ExitCode, type Io } from "../cli/command.ts";
import { wallMs } from "../clock.ts";
import { enroll, enrollErrorWords } from "../control/enroll.ts";
import { isLogLevel, type Log, newLog } from "../log.ts";
import { type Identity, loadOrCreateIdentity } from "../state/identity.ts";
import type { Enrollment } from "../state/records.ts";
import { StateStore } from "../state/store.ts";
import { VERSION } from "../version.ts";
import { Daemon } from "./daemon.ts";
import { openLocalApi, type LocalHandler } from "./local-api.ts";
import { NOTICE_VARIABLE, type Notice } from "./notice.ts";
import { openDatapathFor } from "./open-datapath.ts";
import { TimestampKeeper } from "./timestamps.ts";

export type DaemonOptions = {
  readonly stateDirectory: string;
  readonly server: URL | undefined;
  readonly token: string | undefined;
  readonly name: string;
  readonly tun: string | undefined;
  readonly isUserspace: boolean | undefined;
  readonly port: number | undefined;
};

class StartRefused extends Error {}

export async function runDaemon(options: DaemonOptions, io: Io): Promise<ExitCode> {
  const level = io.env.PINHOLE_LOG_LEVEL ?? "info";
  const log = newLog(io.stderr, isLogLevel(level) ? level : "info", wallMs);
  const notify = noticeWriter(io.env[NOTICE_VARIABLE]);
  try {
    await runUntilStopped(options, io, log, notify);
    return ExitCode.Ok;
  } catch (error) {
    if (!(error instanceof StartRefused)) throw error;
    notify({ kind: "failed", message: error.message });
    io.stderr(error.message);
    return ExitCode.Failed;
  }
}

/** Joins the team and stops: a service manager starts the daemon afterwards. */
export async function enrollOnly(options: DaemonOptions, io: Io): Promise<ExitCode> {
  const store = new StateStore(options.stateDirectory);
  try {
    const { enrollment, isNew } = await ensureEnrolled(options, store, loadOrCreateIdentity(store));
    const verb = isNew ? "Enrolled" : "Already enrolled";
    io.stdout(`${verb} as ${enrollment.name} in ${enrollment.team.name}, address ${enrollment.addresses[0] ?? ""}.`);
    return ExitCode.Ok;
  } catch (error) {
    if (!(error instanceof StartRefused)) throw error;
    io.stderr(error.message);
    return ExitCode.Failed;
  }
}

async function runUntilStopped(
  options: DaemonOptions,
  io: Io,
  log: Log,
  notify: (notice: Notice) => void,
): Promise<void> {
  const store = new StateStore(options.stateDirectory);
  const identity = loadOrCreateIdentity(store);
  const { enrollment, isNew } = await ensureEnrolled(options, store, identity);
  if (isNew)
    notify({
      kind: "enrolled",
      name: enrollment.name,
      team: enrollment.team.name,
      address: enrollment.addresses[0] ?? "",
    });

  const settings = store.load("settings") ?? { tun: null, userspace: false };
  const isUserspace = options.isUserspace ?? (options.tun === undefined && settings.userspace);
  const tun = options.tun ?? settings.tun;
  store.save("settings", { tun, userspace: isUserspace });

  const timestamps = new TimestampKeeper(store);
  let isOnline = false;
  const daemon = await Daemon.start({
    store,
    identity,
    enrollment,
    isNewlyEnrolled: isNew,
    log,
    openDatapath: async (savedPort, handlers) => {
      const opened = await openDatapathFor(
        { identity, tun, isUserspace, timestamps, log },
        options.port ?? savedPort,
        handlers,
      );
      if (!opened.ok) throw new StartRefused(opened.error.words);
      log.info("datapath open", { how: opened.value.description });
      return opened.value;
    },
    onOnline: () => {
      isOnline = true;
      notify({ kind: "online" });
    },
    onOffline: (problem) => {
      if (!isOnline) notify({ kind: "offline", problem });
    },
  });
  const down = new AbortController();
  const api = await openLocalApi(
    store.socketPath,
    answerLocally(daemon, () => down.abort()),
  );
  notify({ kind: "running", interface: daemon.status().self.interface });
  log.info("running", { version: VERSION, device: enrollment.deviceId });
  await aborted(AbortSignal.any([io.signal, down.signal]));
  log.info("stopping");
  await api.close();
  await daemon.close();
  timestamps.flush();
}

function answerLocally(daemon: Daemon, stop: () => void): LocalHandler {
  return async (request, answer) => {
    switch (request.op) {
      case "status":
        return answer({ kind: "status", status: daemon.status() });
      case "netcheck":
        return answer({ kind: "netcheck", netcheck: await daemon.netcheck() });
      case "ping": {
        const reply = await daemon.ping(request.peer, request.timeoutMs);
        if (reply !== undefined) return answer({ kind: "pong", reply });
        return answer({
          kind: "error",
          message: `There is no peer "${request.peer}". \`pinhole status\` lists those that this device may talk to.`,
        });
      }
      case "down":
        answer({ kind: "done" });
        return stop();
      default:
        return request satisfies never;
    }
  };
}

async function ensureEnrolled(
  options: DaemonOptions,
  store: StateStore,
  identity: Identity,
): Promise<{ enrollment: Enrollment; isNew: boolean }> {
  const saved = store.load("enrollment");
  if (saved !== undefined) {
    const kept = reconcile(saved, options);
    if (!kept.ok) throw new StartRefused(kept.error);
    if (kept.value !== saved) store.save("enrollment", kept.value);
    return { enrollment: kept.value, isNew: false };
  }
  const { server, token } = options;
  if (server === undefined || token === undefined) {
    throw new StartRefused(
      "This machine is not enrolled yet. Create a token in the dashboard under Devices, Add a device, and run the command it shows.",
    );
  }
  const host = {
    os: `${platform()} ${release()}`.slice(0, 64),
    arch: arch(),
    hostname: hostname().slice(0, 255),
    agentVersion: VERSION,
  };
  const enrolled = await enroll({ server, token, name: deviceName(options.name), host, identity });
  if (!enrolled.ok) throw new StartRefused(enrollErrorWords(enrolled.error, server.href));
  store.save("enrollment", enrolled.value);
  return { enrollment: enrolled.value, isNew: true };
}

/** An enrolled device may be told that its dashboard moved: the pinned key decides whether that is true. */
function reconcile(saved: Enrollment, { server, token }: DaemonOptions): Result<Enrollment, string> {
  if (token !== undefined) {
    const parsed = parseEnrollmentToken(token);
    const fingerprint = createHash("sha256")
      .update(fromBase64Url(saved.serverKey) ?? "")
      .digest()
      .subarray(0, 16);
    if (parsed.ok && toBase64Url(parsed.value.fingerprint) !== toBase64Url(fingerprint)) {
      return err(
        `This machine is enrolled with ${saved.server}, and the token is another dashboard's. Run \`pinhole uninstall\` or use another --state-dir to join there.`,
      );
    }
  }
  return ok(server === undefined || server.href === saved.server ? saved : { ...saved, server: server.href });
}

/** A host's name may have a domain and capitals; a device's is one DNS label. */
function deviceName(name: string): string {
  const label = (name.split(".")[0] ?? "")
    .toLowerCase()
    .replace(/[^a-z0-9-]+/g, "-")
    .replace(/^-+|-+$/g, "");
  return label.slice(0, 63) || "device";
}

function noticeWriter(variable: string | undefined): (notice: Notice) => void {
  let descriptor = variable === undefined ? undefined : Number(variable);
  return (notice) => {
    if (descriptor === undefined) return;
    try {
      writeSync(descriptor, `${JSON.stringify(notice)}\n`);
    } catch {
      descriptor = undefined; // the `up` that started us has seen enough
    }
  };
}

const aborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve(), { once: true });
  });
