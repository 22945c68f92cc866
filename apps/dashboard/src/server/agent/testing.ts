/** For tests: the agents' side of the dashboard on a loopback port, and agents that speak to it as real ones do. */
import { generateKeyPairSync, type KeyObject, sign } from "node:crypto";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import type { Db } from "@pinhole/drizzle";
import { appendRevision } from "@pinhole/drizzle/append-revision";
import type { Device, Team } from "@pinhole/drizzle/schema";
import { insertDevice, insertPolicyVersion, insertTeam, openTestDb } from "@pinhole/drizzle/testing";
import { type Prefix, toBase64Url } from "@pinhole/protocol";
import {
  type CandidatesReport,
  CONTROL_PATH,
  DELTA_PARTS,
  type NatProfile,
  type RelayInfo,
  type SessionEvent,
} from "@pinhole/protocol/control";
import { DEFAULT_POLICY } from "@pinhole/protocol/policy";
import { MAX_FRAME_BYTES, secureWebSocketClass, type SignaturePurpose, signatureInput } from "@pinhole/secure-channel";
import { createTRPCClient, createWSClient, wsLink } from "@trpc/client";
import { expect } from "vitest";
import { WebSocket, WebSocketServer } from "ws";
import { Bus, type BusEvent } from "../bus.ts";
import { AgentHub } from "../coordination/agent-hub.ts";
import { loadServerKeys, type ServerKeys } from "../keys.ts";
import { attachAgentSocket } from "./attach-agent-socket.ts";
import type { AgentRouter } from "./router.ts";

export type TestIdentity = { readonly publicKey: string; readonly privateKey: KeyObject };

export function newIdentity(): TestIdentity {
  const { publicKey, privateKey } = generateKeyPairSync("ed25519");
  return { publicKey: String(publicKey.export({ format: "jwk" }).x), privateKey };
}

export class TestServer implements AsyncDisposable {
  readonly db: Db;
  readonly hub: AgentHub;
  readonly keys: ServerKeys;
  readonly team: Team;
  readonly published: BusEvent[] = [];
  readonly env = { proxies: [] as Prefix[] };
  /** Milliseconds added to the clock. */
  skewMs = 0;
  /** Where the clock stands still, for tests of rates: how busy the machine is decides nothing then. */
  frozenAt: number | undefined;
  readonly #server: WebSocketServer;
  readonly #agents: TestAgent[] = [];

  private constructor(db: Db, server: WebSocketServer, relays: readonly RelayInfo[]) {
    this.db = db;
    this.#server = server;
    this.team = newTeam(db);
    this.keys = loadServerKeys(db);
    const bus = new Bus();
    bus.subscribe((event) => this.published.push(event));
    const now = () => new Date((this.frozenAt ?? Date.now()) + this.skewMs);
    this.hub = new AgentHub({
      db,
      bus,
      keys: this.keys,
      now,
      env: { stunAddresses: [], stunPort: 3478, relays, relayStun: [] },
    });
    server.on("connection", (socket, request) => attachAgentSocket(socket, request, this));
  }

  /** @param relays stand-alone ones */
  static async start(db: Db = openTestDb(), relays: readonly RelayInfo[] = []): Promise<TestServer> {
    const server = new WebSocketServer({
      host: "127.0.0.1",
      port: 0,
      maxPayload: MAX_FRAME_BYTES,
      perMessageDeflate: false,
    });
    await once(server, "listening");
    return new TestServer(db, server, relays);
  }

  get url(): string {
    return `ws://127.0.0.1:${(this.#server.address() as AddressInfo).port}${CONTROL_PATH}`;
  }

  get connections(): number {
    return this.#server.clients.size;
  }

  /** A device of the team, unless told otherwise, and the agent that holds its key; not connected yet. */
  newAgent(fields: Partial<Device> = {}): TestAgent {
    const identity = newIdentity();
    const row = insertDevice(this.db, { teamId: this.team.id, identityKey: identity.publicKey, ...fields });
    const revision = appendRevision(this.db, { teamId: row.teamId, kind: "device", deviceId: row.id });
    this.hub.bus.publish({ teamId: row.teamId, kind: "revision", revision });
    return this.agentFor(row, identity);
  }

  agentFor(device: Device | null, identity: TestIdentity = newIdentity()): TestAgent {
    const agent = new TestAgent(this, device, identity);
    this.#agents.push(agent);
    return agent;
  }

  savePolicy(version: number, document: string): void {
    const { id: teamId } = this.team;
    insertPolicyVersion(this.db, { teamId, version, document });
    this.hub.bus.publish({ teamId, kind: "revision", revision: appendRevision(this.db, { teamId, kind: "policy" }) });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const agent of this.#agents) agent.disconnect();
    this.hub.shutDown();
    for (const client of this.#server.clients) client.terminate();
    await new Promise((resolve) => this.#server.close(resolve));
    this.db.$client.close();
  }
}

export function newTeam(db: Db, policy = DEFAULT_POLICY): Team {
  const team = insertTeam(db);
  insertPolicyVersion(db, { teamId: team.id, document: policy });
  return team;
}

export class TestAgent {
  readonly device: Device | null;
  readonly identity: TestIdentity;
  readonly events: SessionEvent[] = [];
  readonly errors: string[] = [];
  readonly closeCodes: number[] = [];
  /** What to sign with instead of this session's handshake hash. */
  signedHash: Uint8Array | undefined;
  signedPurpose: SignaturePurpose = "session";
  /** Of the request for the connection. */
  headers: Record<string, string> = {};
  /** Of a delta. */
  understands: string[] = [...DELTA_PARTS];
  handshakeHash = new Uint8Array(32);
  raw: WebSocket | undefined;
  readonly #server: TestServer;
  #client: ReturnType<typeof createWSClient> | undefined;

  constructor(server: TestServer, device: Device | null, identity: TestIdentity) {
    this.#server = server;
    this.device = device;
    this.identity = identity;
  }

  get id(): Device["id"] {
    if (this.device === null) throw new Error("this agent has not enrolled");
    return this.device.id;
  }

  /** Opens a session, or an anonymous connection for an agent without a device. */
  connect() {
    this.#client = createWSClient({
      url: this.#server.url,
      WebSocket: secureWebSocketClass({
        connect: (url) => {
          this.raw = new WebSocket(url, { perMessageDeflate: false, headers: this.headers });
          this.raw.on("close", (code) => this.closeCodes.push(code));
          return this.raw;
        },
        expected: { fingerprint: this.#server.keys.fingerprint },
        onSession: ({ handshakeHash }) => {
          this.handshakeHash = Uint8Array.from(handshakeHash);
        },
      }),
      ...(this.device === null
        ? {}
        : { connectionParams: () => ({ deviceId: this.id, signature: this.sign(this.signedPurpose) }) }),
      // A test that wants another session asks for it.
      retryDelayMs: () => 3_600_000,
    });
    return createTRPCClient<AgentRouter>({ links: [wsLink({ client: this.#client })] });
  }

  /** Connects and listens. */
  follow(revision: number | null = null) {
    const client = this.connect();
    client.events.subscribe(
      { revision, agentVersion: "0.1.0", understands: this.understands },
      { onData: (event) => this.events.push(event), onError: ({ message }) => this.errors.push(message) },
    );
    return client;
  }

  sign(purpose: SignaturePurpose): string {
    return sign(
      null,
      signatureInput(this.signedHash ?? this.handshakeHash, purpose),
      this.identity.privateKey,
    ).toString("base64url");
  }

  of<Kind extends SessionEvent["kind"]>(kind: Kind): Extract<SessionEvent, { kind: Kind }>[] {
    return this.events.filter((event): event is Extract<SessionEvent, { kind: Kind }> => event.kind === kind);
  }

  disconnect(): void {
    this.raw?.terminate();
    void this.#client?.close();
  }
}

export const has = (agent: TestAgent, kind: TestAgent["events"][number]["kind"], count = 1) =>
  expect.poll(() => agent.of(kind).length, { message: kind }).toBeGreaterThanOrEqual(count);

export const PROFILE: NatProfile = {
  udp: "ok",
  mapping: "endpoint-independent",
  filtering: "address-and-port-dependent",
  publicEndpoints: ["198.51.100.7:40000"],
  confidence: 0.9,
  measuredAt: 1,
};

export const newReport = (fields: Partial<CandidatesReport> = {}): CandidatesReport => ({
  candidates: [
    { kind: "host", endpoint: "192.168.1.7:41000" },
    { kind: "server-reflexive", endpoint: "198.51.100.7:40000" },
  ],
  natProfile: PROFILE,
  probeEpoch: toBase64Url(new Uint8Array(16).fill(5)),
  roundTripMs: 40,
  ...fields,
});

export function newTrace(attemptId: `att_${string}`, peer: TestAgent) {
  return {
    attemptId,
    peerId: peer.id,
    outcome: "no-path" as const,
    candidates: [],
    natProfile: null,
    clockUncertaintyMs: 1,
    events: [{ atMs: 0, kind: "started" as const }],
  };
}
