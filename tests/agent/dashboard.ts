/**
 * The dashboard as agents see it, without its pages: the real control session, relay and STUN server behind the real
 * upgrade listener, on one loopback port, over a database in memory.
 */
import { capabilitiesOf } from "@pinhole/protocol/team";
import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { openTestDb } from "@pinhole/drizzle/testing";
import type { Device } from "@pinhole/drizzle/schema";
import type { DeviceId, Result } from "@pinhole/protocol";
import type { RelayInfo } from "@pinhole/protocol/control";
import { type StunServer, startStunServer } from "@pinhole/stun-server";
import { attachAgentSocket } from "../../apps/dashboard/src/server/agent/attach-agent-socket.ts";
import { newTeam } from "../../apps/dashboard/src/server/agent/testing.ts";
import type { Actor } from "../../apps/dashboard/src/server/actor.ts";
import { Bus } from "../../apps/dashboard/src/server/bus.ts";
import { AgentHub } from "../../apps/dashboard/src/server/coordination/agent-hub.ts";
import type { Changed } from "../../apps/dashboard/src/server/devices/changed.ts";
import { publishDeviceChange } from "../../apps/dashboard/src/server/devices/publish-device-change.ts";
import { restoreDevice } from "../../apps/dashboard/src/server/devices/restore-device.ts";
import { revokeDevice } from "../../apps/dashboard/src/server/devices/revoke-device.ts";
import { newUpgradeListener } from "../../apps/dashboard/src/server/http/upgrade-listener.ts";
import { loadServerKeys } from "../../apps/dashboard/src/server/keys.ts";
import type { Refusal } from "../../apps/dashboard/src/server/refusal.ts";
import { attachRelaySocket, relayOf } from "../../apps/dashboard/src/server/relay/attach-relay-socket.ts";
import { createToken, tokenInputSchema } from "../../apps/dashboard/src/server/tokens/create-token.ts";

const ACTOR = { kind: "command-line", id: null, name: "test", address: null } as const;

export class Dashboard implements AsyncDisposable {
  readonly db = openTestDb();
  readonly team = newTeam(this.db);
  readonly keys = loadServerKeys(this.db);
  /** WebSockets that were asked for, by path. */
  readonly asked: string[] = [];
  hub!: AgentHub;
  /** Stand-alone ones, told from the next {@link listen} on. */
  relays: readonly RelayInfo[] = [];
  port = 0;
  readonly #stun: StunServer;
  readonly #sockets = new Set<Socket>();
  #server: Server | undefined;
  #closeRelay: () => void = () => undefined;

  static async start(): Promise<Dashboard> {
    const dashboard = new Dashboard(await startStun());
    await dashboard.listen();
    return dashboard;
  }

  private constructor(stun: StunServer) {
    this.#stun = stun;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** On the port and the data of before, when there was one. */
  async listen(): Promise<void> {
    const now = () => new Date();
    const [stunPort = 0] = this.#stun.endpoints.map(({ port }) => port);
    const stunAddresses = this.#stun.endpoints.map(({ address }) => address);
    const env = { stunAddresses, stunPort, relays: this.relays, relayStun: [] };
    const process = {
      keys: this.keys,
      now,
      env: { proxies: [] },
      hub: new AgentHub({ db: this.db, env, bus: new Bus(), keys: this.keys, now }),
    };
    this.hub = process.hub;
    this.#closeRelay = () => relayOf(process).close();
    const server = createServer((_, response) => void response.writeHead(404).end());
    server.on("connection", (socket) => {
      this.#sockets.add(socket);
      socket.on("close", () => this.#sockets.delete(socket));
    });
    const upgrade = newUpgradeListener({
      publicUrl: undefined,
      onAgent: (socket, request) => attachAgentSocket(socket, request, process),
      onRelay: (socket, request) => attachRelaySocket(socket, request, process),
      onBrowser: (socket) => socket.terminate(),
      isSignedIn: async () => false,
    });
    server.on("upgrade", (request, socket, head) => {
      this.asked.push(request.url?.split("?")[0] ?? "");
      upgrade(request, socket, head);
    });
    server.listen(this.port, "127.0.0.1");
    await once(server, "listening");
    this.port = (server.address() as AddressInfo).port;
    this.#server = server;
  }

  /** As a power cut would: no goodbyes. */
  async cut(): Promise<void> {
    const server = this.#server;
    if (server === undefined) return;
    this.#server = undefined;
    const closed = once(server, "close");
    server.close();
    for (const socket of this.#sockets) socket.destroy();
    await closed;
    this.hub.shutDown();
    this.#closeRelay();
  }

  askedFor(path: string): number {
    return this.asked.filter((asked) => asked === path).length;
  }

  newToken(uses = 1): string {
    const input = { ...tokenInputSchema.parse({ maxUses: uses }), fingerprint: this.keys.fingerprint };
    const created = createToken(this.db, this.#actor, input, new Date());
    if (!created.ok) throw new Error(created.error.code);
    return created.value.token;
  }

  revoke(deviceId: DeviceId): void {
    this.#changed(revokeDevice(this.db, this.#actor, { deviceId }, new Date()));
    this.hub.disconnect(deviceId, "revoked");
  }

  restore(deviceId: DeviceId): void {
    this.#changed(restoreDevice(this.db, this.#actor, { deviceId }, new Date()));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.cut();
    await this.#stun.close();
    this.db.$client.close();
  }

  get #actor(): Actor {
    return { ...ACTOR, teamId: this.team.id, role: "owner", capabilities: capabilitiesOf("owner"), isSteppedUp: true };
  }

  #changed(result: Result<Changed<Device>, Refusal>): void {
    if (!result.ok) throw new Error(result.error.code);
    publishDeviceChange(this.hub.bus, result.value);
  }
}

/** Two addresses, two ports each: what it takes to tell how a NAT behaves. */
export async function startStun(): Promise<StunServer> {
  for (let attempt = 0; ; attempt++) {
    const port = 20_000 + 2 * Math.floor(Math.random() * 20_000);
    try {
      return await startStunServer({
        addresses: ["127.0.0.1", "127.0.0.2"],
        port,
        log: { info: () => undefined, warn: () => undefined },
        ratePerSecond: 10_000,
      });
    } catch (error) {
      if (attempt > 10) throw error; // taken by somebody else, time after time
    }
  }
}
