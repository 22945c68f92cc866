// The control session against the dashboard's real agent router, and against dashboards that do not keep to the rules.
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type Server } from "node:http";
import {
  type AddressInfo,
  connect,
  createServer as createTcpServer,
  type Server as TcpServer,
  type Socket,
} from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  err,
  formatEnrollmentToken,
  fromBase64Url,
  toBase64Url,
  TOKEN_ID_BYTES,
  TOKEN_SECRET_BYTES,
} from "@pinhole/protocol";
import { CONTROL_PATH, type SessionEvent } from "@pinhole/protocol/control";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { enroll, enrollErrorWords } from "../../apps/agent/src/control/enroll.ts";
import { ControlSession } from "../../apps/agent/src/control/session.ts";
import { newLog } from "../../apps/agent/src/log.ts";
import { type Identity, loadOrCreateIdentity } from "../../apps/agent/src/state/identity.ts";
import type { Enrollment } from "../../apps/agent/src/state/records.ts";
import { StateStore } from "../../apps/agent/src/state/store.ts";
import { Dashboard } from "./dashboard.ts";

const HOST = { os: "linux", arch: "x64", hostname: "h", agentVersion: "0" };

let dashboard: Dashboard;
let directory: string;
const running: TestSession[] = [];
const servers: (Server | TcpServer)[] = [];
const sockets = new Set<Socket>();

beforeEach(async () => {
  dashboard = await Dashboard.start();
  directory = mkdtempSync(join(tmpdir(), "pinhole-session-"));
});
afterEach(async () => {
  await Promise.all(running.splice(0).map((session) => session.stop()));
  for (const socket of sockets) socket.destroy();
  for (const server of servers.splice(0)) server.close();
  await dashboard[Symbol.asyncDispose]();
  rmSync(directory, { recursive: true });
});

const NOBODY = { peerId: `dev_${"0".repeat(32)}`, trigger: "manual" } as const;

describe("a session", () => {
  test("is online with a netmap, a ticket and a clock, and reports", async () => {
    const session = await online();
    expect(session.events.map(({ kind }) => kind)).toEqual(expect.arrayContaining(["netmap", "relay-ticket"]));
    // One machine, so both clocks are one: the offset is off by no more than it says, and by what rounding adds.
    const { offsetMs, uncertaintyMs } = session.clocks.at(-1)!;
    expect(Math.abs(offsetMs + performance.now() - Date.now())).toBeLessThanOrEqual(uncertaintyMs + 2);
    expect(await session.control.calls.requestPunch(NOBODY)).toEqual(err("peer-not-found"));
    expect(await session.control.calls.reportPaths([])).toBe("delivered");
    const tooMany = { intervalMs: 0, memoryBytes: 0, cpuPercent: 0, peers: [] };
    expect(await session.control.calls.reportMetrics(tooMany)).toBe("refused");
  });

  test("comes back after the dashboard was away, by a handshake of its own, and says so", async () => {
    const session = await online();
    await dashboard.cut();
    await expect.poll(() => session.control.isOnline).toBe(false);
    expect(await session.control.calls.reportPaths([])).toBe("offline");
    expect(await session.control.calls.requestPunch(NOBODY)).toEqual(err("offline"));
    await dashboard.listen();
    const before = dashboard.askedFor(CONTROL_PATH);
    await expect.poll(() => session.onlines, { timeout: 10_000 }).toBe(2);
    expect(dashboard.askedFor(CONTROL_PATH)).toBe(before + 1);
  });

  test("is opened anew at once when the network changes, whatever it was doing", async () => {
    const pipe = await startPipe(dashboard.port);
    const session = await online(pipe.url);
    const before = dashboard.askedFor(CONTROL_PATH);
    session.control.reconnect();
    await expect.poll(() => session.onlines, { timeout: 1_000 }).toBe(2);
    expect(dashboard.askedFor(CONTROL_PATH)).toBe(before + 1);

    // While it opens: what is there takes the connection and says nothing.
    await hang(session, pipe);
    pipe.isFrozen = false;
    session.control.reconnect();
    await expect.poll(() => session.onlines, { timeout: 1_000 }).toBe(3);

    // While it waits for its next try.
    await dashboard.cut();
    await expect.poll(() => session.offlines.length, { timeout: 10_000 }).toBeGreaterThan(5);
    await dashboard.listen();
    session.control.reconnect();
    await expect.poll(() => session.onlines, { timeout: 1_000 }).toBe(4);
  }, 20_000);

  test.each(["open", "opening", "waiting"])(
    "ends within a moment while it is %s",
    async (state) => {
      const pipe = await startPipe(dashboard.port);
      const session = await online(pipe.url);
      if (state === "opening") await hang(session, pipe);
      if (state === "waiting") {
        await dashboard.cut();
        await expect.poll(() => session.offlines.length, { timeout: 10_000 }).toBeGreaterThan(4);
      }
      const startedAt = performance.now();
      await session.stop();
      expect(performance.now() - startedAt).toBeLessThan(200);
    },
    20_000,
  );

  test("notices a connection that died without a word within 15 s", async () => {
    const pipe = await startPipe(dashboard.port);
    const session = await online(pipe.url);
    const startedAt = performance.now();
    pipe.isFrozen = true;
    await expect.poll(() => session.offlines.length, { timeout: 16_000 }).toBe(1);
    expect(performance.now() - startedAt).toBeLessThanOrEqual(15_000);
  }, 20_000);

  test("of a revoked device is told so, also when it is refused at its start, and is taken again when that is undone", async () => {
    const session = await online();
    dashboard.revoke(session.enrollment.deviceId);
    await expect.poll(() => session.events.at(-1)).toEqual({ kind: "revoked" });
    await expect.poll(() => session.offlines[0]).toContain("revoked");

    const later = session.again();
    await expect.poll(() => later.events[0]).toEqual({ kind: "revoked" });
    expect(later.onlines).toBe(0);
    dashboard.restore(session.enrollment.deviceId);
    await expect.poll(() => later.onlines, { timeout: 10_000 }).toBe(1);
  }, 20_000);

  test("keeps away from somebody in between", async () => {
    await using impostor = await Dashboard.start();
    const { enrollment, identity } = await enrolled();
    const session = follow({ ...enrollment, server: impostor.url }, identity);
    await expect.poll(() => session.offlines[0]).toContain("somebody may be in between");
    expect(session.onlines).toBe(0);
    expect(impostor.hub.onlineDeviceIds(impostor.team.id).size).toBe(0);
  });
});

describe("a dashboard that refuses at once is asked ever more seldom", () => {
  test("when it closes the connection", async () => {
    const tries = await countTries(await startTcp((socket) => socket.destroy()));
    expect(tries).toBeLessThanOrEqual(12);
  }, 10_000);

  test("when it answers with an error page", async () => {
    const server = createServer((_, response) => void response.writeHead(502).end("<html>"));
    server.on("upgrade", (_, socket) => void socket.end("HTTP/1.1 502 Bad Gateway\r\n\r\n"));
    expect(await countTries(await listen(server))).toBeLessThanOrEqual(12);
  }, 10_000);

  test("when it drops each session right after it was online", async () => {
    const session = await online();
    let dropped = 0;
    const endings = setInterval(() => {
      if (session.onlines === dropped) return;
      dropped = session.onlines;
      dashboard.hub.disconnect(session.enrollment.deviceId, "shutdown");
    }, 5);
    const before = dashboard.askedFor(CONTROL_PATH);
    await passed(4_000);
    clearInterval(endings);
    expect(session.onlines).toBeGreaterThan(1);
    expect(dashboard.askedFor(CONTROL_PATH) - before).toBeLessThanOrEqual(12);
  }, 10_000);

  async function countTries(url: string): Promise<number> {
    const { enrollment, identity } = await enrolled();
    const session = follow({ ...enrollment, server: url }, identity);
    await expect.poll(() => session.offlines.length, { timeout: 3_000 }).toBeGreaterThan(1);
    await passed(3_000);
    return session.offlines.length;
  }
});

describe("enrolling is refused in words", () => {
  test.each([
    ["not-a-token", () => "phk_nonsense", /begins with phk_/],
    ["refused", () => usedToken(), /used up/],
    ["wrong-server-key", () => foreignToken(), /not the dashboard that made this token/],
  ])("%s", async (code, token, words) => {
    const result = await enroll({ ...(await request()), token: await token() });
    expect(result).toMatchObject({ ok: false, error: { code } });
    if (!result.ok) expect(enrollErrorWords(result.error, dashboard.url)).toMatch(words);
  });

  test("by a server that hangs, at the caller's word", async () => {
    const url = await startTcp(() => undefined);
    const stop = new AbortController();
    setTimeout(() => stop.abort(), 50);
    const result = await enroll({ ...(await request()), server: new URL(url), signal: stop.signal });
    expect(result).toMatchObject({ ok: false, error: { code: "unreachable" } });
  });

  test("after too many wrong tokens from one address", async () => {
    const wrong = () =>
      formatEnrollmentToken({
        id: randomBytes(TOKEN_ID_BYTES),
        secret: randomBytes(TOKEN_SECRET_BYTES),
        fingerprint: dashboard.keys.fingerprint,
      });
    const codes: string[] = [];
    for (let i = 0; i < 25 && !codes.includes("too-many-requests"); i++) {
      const result = await enroll({ ...(await request()), token: wrong() });
      if (!result.ok) codes.push(result.error.code === "refused" ? result.error.refusal : result.error.code);
    }
    expect(codes[0]).toBe("token-invalid");
    expect(codes.at(-1)).toBe("too-many-requests");
  });

  async function usedToken(): Promise<string> {
    const token = dashboard.newToken();
    await enroll({ ...(await request()), token });
    return token;
  }

  async function foreignToken(): Promise<string> {
    await using other = await Dashboard.start();
    return other.newToken();
  }
});

class TestSession {
  readonly events: SessionEvent[] = [];
  readonly offlines: string[] = [];
  readonly clocks: { readonly offsetMs: number; readonly uncertaintyMs: number }[] = [];
  onlines = 0;
  readonly enrollment: Enrollment;
  readonly control: ControlSession;
  readonly #identity: Identity;
  readonly #stop = new AbortController();
  readonly #done: Promise<void>;

  constructor(enrollment: Enrollment, identity: Identity) {
    this.enrollment = enrollment;
    this.#identity = identity;
    this.control = new ControlSession({
      enrollment,
      identity,
      log: newLog(() => undefined, "error", Date.now),
      signal: this.#stop.signal,
      handlers: {
        revision: () => null,
        onEvent: (event) => void this.events.push(event),
        onUnreadablePlan: () => undefined,
        onOnline: () => void this.onlines++,
        onOffline: (problem) => void this.offlines.push(problem),
        onClock: (offsetMs, uncertaintyMs) => void this.clocks.push({ offsetMs, uncertaintyMs }),
      },
    });
    this.#done = this.control.run();
  }

  /** The same device's next one. */
  again(): TestSession {
    return follow(this.enrollment, this.#identity);
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#done;
  }
}

async function online(server?: string): Promise<TestSession> {
  const { enrollment, identity } = await enrolled();
  const session = follow({ ...enrollment, server: server ?? enrollment.server }, identity);
  await expect.poll(() => session.onlines, { timeout: 5_000 }).toBe(1);
  await expect.poll(() => session.events.some(({ kind }) => kind === "relay-ticket")).toBe(true);
  return session;
}

function follow(enrollment: Enrollment, identity: Identity): TestSession {
  const session = new TestSession(enrollment, identity);
  running.push(session);
  return session;
}

async function enrolled(): Promise<{ enrollment: Enrollment; identity: Identity }> {
  const asked = await request();
  const enrolled = await enroll(asked);
  if (!enrolled.ok) throw new Error(enrolled.error.code);
  expect(fromBase64Url(enrolled.value.serverKey)).toEqual(new Uint8Array(dashboard.keys.channel.publicKey));
  return { enrollment: enrolled.value, identity: asked.identity };
}

async function request() {
  const identity = loadOrCreateIdentity(new StateStore(join(directory, toBase64Url(randomBytes(6)))));
  return { server: new URL(dashboard.url), token: dashboard.newToken(), name: "a", host: HOST, identity };
}

type Pipe = { readonly url: string; isFrozen: boolean; accepted: number };

/** A TCP connection in between that can be made to carry nothing any more, without closing. */
async function startPipe(port: number): Promise<Pipe> {
  const pipe = { url: "", isFrozen: false, accepted: 0 };
  pipe.url = await startTcp((socket) => {
    pipe.accepted++;
    const onwards = connect(port, "127.0.0.1");
    sockets.add(onwards);
    onwards.on("error", () => undefined);
    onwards.on("close", () => socket.destroy());
    socket.on("close", () => onwards.destroy());
    socket.on("data", (bytes) => pipe.isFrozen || onwards.write(bytes));
    onwards.on("data", (bytes) => pipe.isFrozen || socket.write(bytes));
  });
  return pipe;
}

/** Leaves the session opening a connection on which nothing comes. */
async function hang(session: TestSession, pipe: Pipe): Promise<void> {
  const before = pipe.accepted;
  pipe.isFrozen = true;
  session.control.reconnect();
  await expect.poll(() => pipe.accepted).toBe(before + 1);
}

function startTcp(onSocket: (socket: Socket) => void): Promise<string> {
  return listen(createTcpServer(onSocket));
}

async function listen(server: Server | TcpServer): Promise<string> {
  servers.push(server);
  server.on("connection", (socket: Socket) => {
    sockets.add(socket);
    socket.on("error", () => undefined);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** What is measured here is how often something happens in a time. */
const passed = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
