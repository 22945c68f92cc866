/** Everything that one process serves, from the lock to the last socket; and the way back. */
import { createServer, type RequestListener, type Server } from "node:http";
import type { Endpoint } from "@pinhole/protocol";
import { startStunServer } from "@pinhole/stun-server";
import type { Env } from "../env.ts";
import { attachAgentSocket } from "./agent/attach-agent-socket.ts";
import { Bus } from "./bus.ts";
import { AgentHub } from "./coordination/agent-hub.ts";
import { checkDatabase, lockForServer, makeDataDirectory, openDatabase } from "./storage/data-directory.ts";
import { BrowserSockets } from "./http/browser-sockets.ts";
import { newRequestListener } from "./http/request-listener.ts";
import { startNext } from "./http/start-next.ts";
import { newUpgradeListener } from "./http/upgrade-listener.ts";
import { startJobs } from "./jobs.ts";
import { loadServerKeys } from "./keys.ts";
import { logLine } from "./log-line.ts";
import { newMailer } from "./mail/mailer.ts";
import { Challenges } from "./passkeys/challenges.ts";
import { CALLBACK_PATH, newOidcProvider } from "./oidc/provider.ts";
import { setProcess } from "./process.ts";
import { attachRelaySocket, relayOf } from "./relay/attach-relay-socket.ts";
import { needsSetup, renewSetupCode } from "./setup/setup-code.ts";
import { loadSealingKey } from "./storage/sealing-key.ts";
import { must, StartProblem } from "./start-problem.ts";
import { newThrottles } from "./throttles.ts";

export type Dashboard = {
  readonly port: number;
  /** To be typed into the set-up page; undefined when the server has an owner. */
  readonly setupCode: string | undefined;
  close(): Promise<void>;
};

const ANSWERS_UNDER_WAY_MS = 300;

/** @throws StartProblem for what the operator can mend. */
export async function startDashboard(env: Env, isDev: boolean): Promise<Dashboard> {
  // What was opened is closed in the opposite order, also when the start fails half way.
  const opened = new AsyncDisposableStack();
  try {
    must(makeDataDirectory(env.dataDirectory));
    opened.adopt(must(lockForServer(env.dataDirectory)), (lock) => lock.release());
    const db = must(openDatabase(env.dataDirectory));
    opened.defer(() => void db.$client.close());
    must(checkDatabase(db));

    const keys = loadServerKeys(db);
    const sealingKey = must(loadSealingKey(env.dataDirectory));
    const bus = new Bus();
    const now = () => new Date();
    const hub = new AgentHub({ db, env, bus, keys, now });
    opened.defer(() => hub.shutDown());
    const mailer = env.mail === undefined ? null : newMailer(env.mail);
    const challenges = new Challenges();
    const oidc = env.oidc === undefined ? null : newOidcProvider(env.oidc, `${env.url}${CALLBACK_PATH}`);
    const throttles = newThrottles();
    const dashboard = { db, env, bus, hub, keys, sealingKey, now, throttles, challenges, mailer, oidc };
    opened.defer(() => relayOf(dashboard).close());
    setProcess(dashboard);
    opened.defer(startJobs(dashboard));

    if (env.stunPort !== 0) {
      const stun = await startStun(env, hub);
      opened.defer(() => stun.close());
    }
    const next = await startNext({ isDev, hostname: env.host ?? "localhost", port: env.port });
    opened.defer(() => next.close());
    const browsers = new BrowserSockets(dashboard);
    opened.defer(() => browsers.close());

    const server = newServer(
      newRequestListener({ publicUrl: env.url, proxies: env.proxies, isDev, next: next.handle }),
    );
    server.on(
      "upgrade",
      newUpgradeListener({
        publicUrl: env.url,
        onAgent: (socket, request) => attachAgentSocket(socket, request, dashboard),
        onRelay: (socket, request) => attachRelaySocket(socket, request, dashboard),
        onBrowser: browsers.accept,
        isSignedIn: (request) => browsers.isSignedIn(request),
        onOther: next.upgrade,
      }),
    );
    const port = await listen(server, env);
    opened.defer(() => stop(server));
    return {
      port,
      setupCode: needsSetup(db) ? renewSetupCode(db) : undefined,
      close: () => opened.disposeAsync(),
    };
  } catch (error) {
    await opened.disposeAsync();
    throw error;
  }
}

async function startStun({ stunAddresses, stunPort }: Env, { endpointProof }: Pick<AgentHub, "endpointProof">) {
  const log = {
    info: () => {},
    warn: (fields: object, message: string) => console.warn(logLine({ level: "warn", message, ...fields })),
  };
  try {
    const prove = (source: Endpoint) => endpointProof.prove(source);
    return await startStunServer({ addresses: stunAddresses, port: stunPort, log, prove });
  } catch (error) {
    throw new StartProblem(
      `${error instanceof Error ? error.message : String(error)} PINHOLE_STUN_PORT=0 starts the dashboard without STUN.`,
    );
  }
}

/** Limits of a slow or hostile client; agents and relays have limits of their own once they are upgraded. */
function newServer(listener: RequestListener): Server {
  const server = createServer(
    { maxHeaderSize: 16_384, requestTimeout: 30_000, headersTimeout: 10_000, keepAliveTimeout: 65_000 },
    listener,
  );
  server.maxHeadersCount = 100;
  return server;
}

function listen(server: Server, { host, port }: Env): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) => reject(new StartProblem(explainListen(error, host, port))));
    server.listen({ port, host }, () => {
      const address = server.address();
      resolve(typeof address === "object" && address !== null ? address.port : port);
    });
  });
}

function explainListen(error: NodeJS.ErrnoException, host: string | undefined, port: number): string {
  const where = host === undefined ? `port ${port}` : `${host} port ${port}`;
  switch (error.code) {
    case "EADDRINUSE":
      return `The dashboard cannot listen on ${where}: another program uses it. Stop that program or set PORT.`;
    case "EADDRNOTAVAIL":
      return `The dashboard cannot listen on ${where}: this machine does not have the address. Correct HOST.`;
    case "EACCES":
      return `The dashboard cannot listen on ${where}: not permitted. Set PORT to 1024 or higher.`;
    default:
      return `The dashboard cannot listen on ${where}: ${error.message}`;
  }
}

/** Takes no more requests. WebSockets are no longer the server's: whoever holds them ends them after this. */
function stop(server: Server): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  server.close(() => resolve());
  server.closeIdleConnections();
  setTimeout(() => {
    server.closeAllConnections();
    resolve();
  }, ANSWERS_UNDER_WAY_MS).unref();
  return promise;
}
