// `pinhole relay` in this process, with real connections of devices, and once more as the built program.
import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { generateKeyPairSync, sign } from "node:crypto";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { request } from "node:https";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { type DeviceId, deviceIdFromBytes, fromBase64Url, teamIdFromBytes } from "@pinhole/protocol";
import { RELAY_PATH } from "@pinhole/protocol/control";
import type { RelayFrame } from "@pinhole/protocol/relay";
import { decodeStun, encodeBindingRequest, paddingFor, PLAIN_RESPONSE_BYTES } from "@pinhole/protocol/stun";
import { issueTicket } from "@pinhole/relay";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { newLog } from "../../apps/agent/src/log.ts";
import { RelayConnection, type RelayEnd } from "../../apps/agent/src/relay/relay-connection.ts";
import type { RelayServerOptions } from "../../apps/agent/src/relay-server/relay-options.ts";
import { type RelayServer, startRelayServer } from "../../apps/agent/src/relay-server/relay-server.ts";
import { BUNDLE, Program } from "./program.ts";
import { TEST_CERTIFICATE, TEST_KEY } from "./test-certificate.ts";

const TEAM = teamIdFromBytes(new Uint8Array(16).fill(1));
const dashboardKeys = generateKeyPairSync("ed25519");
const OPTIONS: RelayServerOptions = {
  name: "fra",
  listen: { host: "127.0.0.1", port: 0 },
  serverKey: dashboardKeys.publicKey,
  stun: { addresses: ["127.0.0.1"], port: 0 },
  tls: undefined,
};

let relay: RelayServer;
const devices: Device[] = [];
beforeEach(async () => {
  relay = await start();
});
afterEach(async () => {
  for (const { connection } of devices.splice(0)) connection.terminate();
  await relay.close();
});

describe("a relay that stands alone", () => {
  test("carries packets between devices whose tickets the dashboard signed, and says so", async () => {
    const [a, b] = await pair();
    const payload = sealed(7);
    a.connection.send({ kind: "data", deviceId: b.id, payload });
    await expect.poll(() => b.frames).toMatchObject([{ kind: "data", deviceId: a.id }]);
    expect(relay.status()).toMatchObject({ name: "fra", devices: 2, forwardedPackets: 1, forwardedBytes: 64 });
  });

  test("refuses the tickets of other dashboards, and who takes it for another relay", async () => {
    const stranger = new Device({ key: generateKeyPairSync("ed25519").privateKey });
    await expect.poll(() => stranger.end?.refusal).toBe("bad-ticket");
    const misled = new Device({ name: "sgp" });
    await expect.poll(() => misled.end?.refusal).toBe("bad-signature");
    expect(relay.status()).toMatchObject({ devices: 0, refused: { "bad-ticket": 1, "bad-signature": 1 } });
  });

  test("tells its devices that it stops, so that they go elsewhere at once", async () => {
    const [a, b] = await pair();
    await relay.close();
    await expect.poll(() => [a.end?.refusal, b.end?.refusal]).toEqual(["shutting-down", "shutting-down"]);
    relay = await start();
  });

  test("answers STUN beside it", async () => {
    const [endpoint = ""] = relay.status().stun;
    const socket = createSocket("udp4");
    const transactionId = new Uint8Array(12).fill(3);
    socket.send(
      encodeBindingRequest({ transactionId, paddingBytes: paddingFor(PLAIN_RESPONSE_BYTES[4]) }),
      Number(endpoint.split(":")[1]),
      "127.0.0.1",
    );
    const [bytes] = (await once(socket, "message")) as [Buffer];
    socket.close();
    expect(decodeStun(bytes)).toMatchObject({ ok: true, value: { kind: "binding-success", transactionId } });
  });

  test("answers who asks whether it is there, and nobody else over HTTP", async () => {
    const statusOf = async (path: string, headers = {}) =>
      (await fetch(`http://${relay.status().listen}${path}`, { headers })).status;
    expect([await statusOf("/api/health"), await statusOf("/"), await statusOf(RELAY_PATH)]).toEqual([200, 404, 404]);
  });

  // No page may speak for a device, and nothing but the relay's path is a WebSocket.
  test.each([
    ["/agent/v1", ""],
    [RELAY_PATH, "Origin: https://example.net\r\n"],
  ])("upgrades no request for %s with %j", async (path, header) => {
    const socket = connect(Number(relay.status().listen.split(":")[1]), "127.0.0.1");
    socket.write(
      `GET ${path} HTTP/1.1\r\nHost: relay\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n${header}\r\n`,
    );
    const [answer] = (await once(socket, "data")) as [Buffer];
    expect(answer.toString("latin1")).toMatch(/^HTTP\/1\.1 404 /);
    socket.destroy();
  });

  test("says which program is in the way", async () => {
    const port = Number(relay.status().listen.split(":")[1]);
    await expect(start({ listen: { host: "127.0.0.1", port } })).rejects.toThrow(
      `The relay cannot listen on TCP 127.0.0.1:${port}: another program uses it. Stop that program or set --listen.`,
    );
  });

  test("speaks TLS where it is given a certificate", async () => {
    const directory = mkdtempSync(join(tmpdir(), "pinhole-relay-"));
    const tls = { certFile: join(directory, "cert.pem"), keyFile: join(directory, "key.pem") };
    writeFileSync(tls.certFile, TEST_CERTIFICATE);
    writeFileSync(tls.keyFile, TEST_KEY);
    const secure = await start({ tls, stun: undefined });
    const asked = request(`https://${secure.status().listen}/api/health`, {
      ca: TEST_CERTIFICATE,
      servername: "localhost",
    });
    const [answer] = await once(asked.end(), "response");
    expect([answer.statusCode, secure.status().tls]).toEqual([200, true]);
    answer.resume();
    await secure.close();
    rmSync(directory, { recursive: true });
  });
});

describe("the program", () => {
  test("serves until it is told to stop, and tells how it goes", async () => {
    await using program = new Program();
    const key = String(dashboardKeys.publicKey.export({ format: "jwk" }).x);
    const child = spawn(
      process.execPath,
      [BUNDLE, "relay", "--name=ams", `--server-key=${key}`, "--state-dir", program.stateDirectory],
      {
        env: {
          PATH: process.env["PATH"],
          PINHOLE_LISTEN: "127.0.0.1:0",
          PINHOLE_STUN: "off",
          PINHOLE_CONFIG: "/dev/null",
        } as unknown as NodeJS.ProcessEnv,
      },
    );
    expect(await lineOf(child, /relay listens/)).toContain("name=ams");
    expect(JSON.parse((await program.run(["relay", "status", "--json"])).stdout)).toMatchObject({
      name: "ams",
      listen: expect.stringMatching(/^127\.0\.0\.1:\d+$/),
      devices: 0,
      stun: [],
    });
    expect((await program.run(["relay", "status"])).stdout).toMatch(
      /^relay ams since .*\n.*listens on +127\.0\.0\.1:\d+\n/,
    );
    // An agent may share the directory: each answers for itself.
    expect(await program.run(["status"])).toMatchObject({ code: 3 });
    const [second] = [await program.run(["relay", "--name=ams", `--server-key=${key}`])];
    expect(second).toMatchObject({ code: 1, stderr: expect.stringContaining("already runs") });
    child.kill("SIGTERM");
    expect(await once(child, "exit")).toEqual([0, null]);
    expect(await program.run(["relay", "status"])).toMatchObject({ code: 3 });
  }, 60_000);
});

async function start(options: Partial<RelayServerOptions> = {}): Promise<RelayServer> {
  return startRelayServer(
    { ...OPTIONS, ...options },
    newLog(() => undefined, "error", Date.now),
  );
}

type DeviceOptions = {
  readonly name?: string;
  readonly peers?: readonly DeviceId[];
  readonly key?: typeof dashboardKeys.privateKey;
};

async function pair(): Promise<[Device, Device]> {
  const ids = [newId(), newId()] as const;
  const both: [Device, Device] = [new Device({ peers: [ids[1]] }, ids[0]), new Device({ peers: [ids[0]] }, ids[1])];
  await expect.poll(() => both.every(({ connection }) => connection.isUp)).toBe(true);
  return both;
}

const newId = (): DeviceId => deviceIdFromBytes(crypto.getRandomValues(new Uint8Array(16)));

class Device {
  readonly id: DeviceId;
  readonly frames: RelayFrame[] = [];
  readonly connection: RelayConnection;
  end: RelayEnd | undefined;
  readonly #keys = generateKeyPairSync("ed25519");

  constructor({ name = "fra", peers = [], key = dashboardKeys.privateKey }: DeviceOptions, id = newId()) {
    this.id = id;
    const ticket = issueTicket(key, {
      expiresAt: Date.now() + 60_000,
      deviceId: id,
      teamId: TEAM,
      identityKey: fromBase64Url(String(this.#keys.publicKey.export({ format: "jwk" }).x))!,
      peers,
    });
    this.connection = new RelayConnection({
      url: `ws://${relay.status().listen}${RELAY_PATH}`,
      name,
      ticket,
      sign: (message) => sign(null, message, this.#keys.privateKey),
      onUp: () => undefined,
      onFrame: (frame) => void this.frames.push(frame),
      onPulse: () => undefined,
      onEnd: (end) => void (this.end = end),
    });
    devices.push(this);
  }
}

/** Shaped like transport data. */
function sealed(mark: number): Uint8Array {
  return new Uint8Array(64).fill(mark).fill(0, 0, 4).fill(4, 0, 1);
}

async function lineOf(child: ChildProcessWithoutNullStreams, wanted: RegExp): Promise<string> {
  for await (const line of createInterface({ input: child.stderr })) if (wanted.test(line)) return line;
  throw new Error("the relay ended");
}
