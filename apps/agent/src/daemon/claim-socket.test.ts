import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { connect, createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { claimSocket } from "./claim-socket.ts";

let folder: string;
let path: string;
const servers: Server[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "pinhole-claim-"));
  path = join(folder, "pinhole.sock");
});
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
  rmSync(folder, { recursive: true });
});

test("listens, for its owner alone, and leaves nothing else behind", async () => {
  expect(await claim()).toEqual({ ok: true, value: undefined });
  expect(statSync(path).mode & 0o777).toBe(0o600);
  expect(readdirSync(folder)).toEqual(["pinhole.sock"]);
  await once(connect(path), "connect");
});

test("refuses in words while somebody else listens, who is not disturbed", async () => {
  await claim();
  expect(await claim()).toMatchObject({ ok: false, error: expect.stringContaining("Another agent already runs on") });
  await once(connect(path), "connect");
});

test("takes the socket of a daemon that was killed", async () => {
  await killedListener();
  expect(existsSync(path)).toBe(true);
  expect(await claim()).toMatchObject({ ok: true });
  await once(connect(path), "connect");
  expect(readdirSync(folder)).toEqual(["pinhole.sock"]);
});

// Two daemons that both believe to have a state directory share keys, counters and nonces.
test("of many that start at the same time, on a dead one's socket, one gets it", async () => {
  for (let round = 0; round < 10; round++) {
    rmSync(path, { force: true });
    await killedListener();
    const outcomes = await Promise.all(Array.from({ length: 8 }, () => claim()));
    expect(outcomes.filter(({ ok }) => ok)).toHaveLength(1);
    for (const server of servers.splice(0)) server.close();
  }
});

test("says that a path is too long", async () => {
  path = join(folder, "x".repeat(120));
  expect(await claim()).toMatchObject({ ok: false, error: expect.stringContaining("too long") });
});

test("says that the directory is not there", async () => {
  path = join(folder, "absent", "pinhole.sock");
  expect(await claim()).toMatchObject({ ok: false, error: expect.stringContaining("cannot be opened") });
});

function claim() {
  const server = createServer();
  servers.push(server);
  return claimSocket(server, path);
}

async function killedListener(): Promise<void> {
  const script = `require("node:net").createServer().listen(${JSON.stringify(path)}, () => console.log("up"))`;
  const child = spawn(process.execPath, ["-e", script], { stdio: ["ignore", "pipe", "inherit"] });
  await once(child.stdout, "data");
  child.kill("SIGKILL");
  await once(child, "close");
}
