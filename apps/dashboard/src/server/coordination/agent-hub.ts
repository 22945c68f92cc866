/**
 * The open agent sessions: who is online, and what has to reach whom. One session a device; the newer one wins.
 *
 * Presence lives here and nowhere else. Everything else that agents are told is read from the database by each session
 * itself (see follow-session.ts); the hub only wakes them.
 */
import type { Db } from "@pinhole/drizzle";
import { device } from "@pinhole/drizzle/schema";
import {
  type AttemptId,
  type DeviceId,
  err,
  fromBase64Url,
  networkOf,
  type Result,
  type TeamId,
} from "@pinhole/protocol";
import type { PunchRefusal } from "@pinhole/protocol/control";
import type { CompiledPolicy } from "@pinhole/protocol/policy";
import { MAX_TICKET_PEERS } from "@pinhole/protocol/relay";
import { issueTicket, TICKET_LIFETIME_MS, TICKET_RENEWAL_MS } from "@pinhole/relay";
import { EndpointProof } from "@pinhole/stun-server";
import { eq } from "drizzle-orm";
import type { Bus } from "../bus.ts";
import type { Enrollment } from "../devices/enroll-device.ts";
import { isAdmitted } from "../devices/standing.ts";
import type { HubPort } from "../hub-port.ts";
import type { ServerKeys } from "../keys.ts";
import { BatchedWriter } from "../metrics/batched-writer.ts";
import { PolicyDesk } from "../policy/policy-desk.ts";
import type { Rollout } from "../policy/rollout.ts";
import { OutsideSockets } from "../reachability/outside-sockets.ts";
import { ReachabilityDesk } from "../reachability/reachability-desk.ts";
import { AgentSession, type SessionEnd, type SessionOptions } from "./agent-session.ts";
import type { NetmapServices } from "./build-netmap.ts";
import { CallLimits, type ProcedureLimit } from "./call-limits.ts";
import { ErrorLog } from "./error-log.ts";
import { LaneDesk } from "./lane-desk.ts";
import { Mailbox } from "./mailbox.ts";
import { netmapServices, type ServicesEnv } from "./netmap-services.ts";
import { PunchDesk, type PunchRequest } from "./punch-desk.ts";
import { TeamCache } from "./team-cache.ts";
import { TicketQueue } from "./ticket-queue.ts";

export type HubOptions = {
  readonly db: Db;
  readonly env: ServicesEnv;
  readonly bus: Bus;
  readonly keys: Pick<ServerKeys, "relay" | "endpointProof">;
  readonly now: () => Date;
};

/** Measurements and records: nobody waits for them. */
const RECORD_INTERVAL_MS = 1_000;
/** What peers wait for: short, and still one commit for a whole storm of reconnecting agents. */
const PROMPT_INTERVAL_MS = 20;

/**
 * A session is told of others' comings, goings and changes once in as many milliseconds as there are sessions: about one
 * such event a millisecond for the whole team, however large it is.
 */
const MAX_PACE_MS = 2_000;

const WRONG_TOKENS: ProcedureLimit = { burst: 20, refillMs: 3_000 };

export class AgentHub implements HubPort {
  readonly db: Db;
  readonly bus: Bus;
  readonly now: () => Date;
  readonly startedAt: Date;
  readonly teams: TeamCache;
  readonly services: NetmapServices;
  /** For what may wait a second. */
  readonly writer: BatchedWriter;
  /** For what somebody waits for. */
  readonly promptWriter: BatchedWriter;
  readonly desk: PunchDesk;
  readonly lanes: LaneDesk;
  readonly policies: PolicyDesk;
  readonly reachability: ReachabilityDesk;
  /** Of what the STUN server of this process, or one that holds the same key, has seen. */
  readonly endpointProof: EndpointProof;
  readonly #keys: Pick<ServerKeys, "relay">;
  readonly #outside: OutsideSockets;
  readonly #errors = new ErrorLog();
  readonly #limits = new CallLimits();
  /** By device: the newest session, subscribed or not. */
  readonly #sessions = new Map<DeviceId, AgentSession>();
  readonly #online = new Map<TeamId, Map<DeviceId, AgentSession>>();
  readonly tickets = new TicketQueue();
  /** Up to which revision the sessions of a team were hinted at. */
  readonly #hinted = new Map<TeamId, number>();
  readonly #unsubscribe: () => void;

  constructor({ db, env, bus, keys, now }: HubOptions) {
    const onError = (error: unknown) => this.reportError("database", error);
    this.db = db;
    this.bus = bus;
    this.now = now;
    this.startedAt = now();
    this.#keys = keys;
    this.endpointProof = new EndpointProof(keys.endpointProof, () => now().getTime());
    this.teams = new TeamCache(db, now);
    this.services = netmapServices(env);
    this.writer = new BatchedWriter({ db, intervalMs: RECORD_INTERVAL_MS, onError });
    this.promptWriter = new BatchedWriter({ db, intervalMs: PROMPT_INTERVAL_MS, onError });
    this.desk = new PunchDesk({
      teams: this.teams,
      writer: this.writer,
      bus,
      now,
      listening: (id) => this.#listening(id),
    });
    this.lanes = new LaneDesk({ teams: this.teams, now, listening: (id) => this.#listening(id) });
    this.policies = new PolicyDesk({
      teams: this.teams,
      bus,
      now,
      online: (teamId) => this.#online.get(teamId)?.values() ?? [],
      listening: (id) => this.#listening(id),
      heard: () => this.tickets.heard(),
    });
    const outside = new OutsideSockets(env.stunAddresses);
    this.#outside = outside;
    this.reachability = new ReachabilityDesk({
      send: (to, bytes) => outside.send(to, bytes),
      endpointProof: this.endpointProof,
      now,
    });
    this.#unsubscribe = bus.subscribe((event) => {
      if (event.kind === "revision") this.hintTeam(event.teamId);
    });
  }

  onlineDeviceIds(teamId: TeamId): ReadonlySet<string> {
    return new Set(this.#online.get(teamId)?.keys());
  }

  isOnline(deviceId: DeviceId): boolean {
    return this.#listening(deviceId) !== undefined;
  }

  connectedSince(deviceId: DeviceId): Date | undefined {
    return this.#listening(deviceId)?.openedAt;
  }

  /** Teams with an agent online. */
  get onlineTeams(): readonly TeamId[] {
    return [...this.#online.keys()];
  }

  /** A revoked device is told so first. */
  disconnect(deviceId: DeviceId, reason: "revoked" | "shutdown"): void {
    const session = this.#sessions.get(deviceId);
    if (session === undefined) return;
    if (reason === "revoked" && this.isOnline(deviceId)) session.mailbox.hintRevoked();
    else this.close(session, reason);
  }

  requestPunch(
    initiatorId: DeviceId,
    { peerId, trigger, failures }: Omit<PunchRequest, "initiatorId">,
  ): Result<{ readonly attemptId: AttemptId }, PunchRefusal> {
    if (initiatorId === peerId) return err("peer-not-found");
    return this.desk.request({ initiatorId, peerId, trigger, failures });
  }

  policyInForce(teamId: TeamId): CompiledPolicy {
    return this.teams.snapshot(teamId).policy;
  }

  rollout(teamId: TeamId): Rollout {
    return this.policies.rollout(teamId);
  }

  probeReach(deviceId: DeviceId, target: { readonly address: string; readonly port: number }) {
    return this.policies.probe(deviceId, target);
  }

  /** A device has proven who it is on a new connection. */
  open(options: Omit<SessionOptions, "openedAt">): AgentSession {
    const session = new AgentSession({ ...options, openedAt: this.now() });
    const older = this.#sessions.get(session.deviceId);
    this.#sessions.set(session.deviceId, session);
    if (older !== undefined) {
      older.isCurrent = false;
      older.close("replaced");
    }
    return session;
  }

  /** Ends a session from this side. */
  close(session: AgentSession, reason: SessionEnd): void {
    this.end(session);
    session.close(reason);
  }

  /** The connection is gone. */
  end(session: AgentSession): void {
    session.isCurrent = false;
    session.mailbox.hintStale();
    if (this.#sessions.get(session.deviceId) !== session) return;
    this.#sessions.delete(session.deviceId);
    this.#goOffline(session);
  }

  /** The session's agent listens from now on: it is online. A newer subscription takes the mail of an older one. */
  subscribe(session: AgentSession, agentVersion: string): Mailbox {
    session.mailbox.hintStale();
    const { deviceId, teamId } = session;
    session.mailbox = new Mailbox(() => Math.min(MAX_PACE_MS, this.#online.get(teamId)?.size ?? 0));
    const team = this.#online.get(teamId) ?? new Map<DeviceId, AgentSession>();
    this.#online.set(teamId, team.set(deviceId, session));
    this.#announcePresence(session, true);
    this.touch(deviceId, agentVersion);
    return session.mailbox;
  }

  /** The subscription has ended, the connection may still stand. Of a session that was replaced, the newer one decides. */
  unsubscribe(session: AgentSession, mailbox: Mailbox): void {
    if (session.isCurrent && session.mailbox === mailbox) this.#goOffline(session);
  }

  /** Whether the database says so now; the session's own word on why it ended is not enough. */
  isRevoked({ teamId, deviceId }: Pick<AgentSession, "teamId" | "deviceId">): boolean {
    try {
      const row = this.teams.snapshot(teamId).devices.get(deviceId);
      return row === undefined || row.revokedAt !== null;
    } catch (error) {
      this.reportError("netmap", error);
      return false;
    }
  }

  /** There may be something in the team's log: what forbids anything goes out at once. */
  hintTeam(teamId: TeamId): void {
    const sessions = this.#online.get(teamId);
    if (sessions === undefined) return;
    const isUrgent = this.#forbids(teamId);
    for (const { mailbox } of sessions.values()) {
      if (isUrgent) mailbox.hintStale();
      else mailbox.hintChange();
    }
  }

  allow(deviceId: DeviceId, procedure: string, limit: ProcedureLimit): boolean {
    return this.#limits.take(`${deviceId} ${procedure}`, limit, this.now());
  }

  /** Wrong tokens come from slips and from guessing: a few from one address, then slowly. */
  mayGuessToken(address: string): boolean {
    return this.#limits.take(`token ${networkOf(address)}`, WRONG_TOKENS, this.now());
  }

  announceEnrollment({ teamId, deviceId, tokenId, revision }: Enrollment): void {
    if (revision === null) return;
    this.bus.publish({ teamId, kind: "revision", revision });
    this.bus.publish({ teamId, kind: "enrolled", deviceId, tokenId });
    this.bus.publish({ teamId, kind: "token", tokenId });
  }

  /** Reads no database: what a session needs to stay on the relay must not hang on one. */
  issueTicket({ deviceId, teamId, identityKey: text }: AgentSession, peers: readonly DeviceId[]) {
    const identityKey = fromBase64Url(text);
    if (identityKey === undefined) throw new Error(`the identity key of ${deviceId} is damaged`);
    const at = this.now().getTime();
    const expiresAt = at + TICKET_LIFETIME_MS;
    // Of more peers than a ticket has room for, those online are the ones to reach.
    const isLong = peers.length > MAX_TICKET_PEERS;
    const named = isLong ? peers.toSorted((a, b) => Number(this.isOnline(b)) - Number(this.isOnline(a))) : peers;
    const bytes = issueTicket(this.#keys.relay.privateKey, {
      expiresAt,
      deviceId,
      teamId,
      identityKey,
      peers: named,
    });
    return { ticket: Buffer.from(bytes).toString("base64url"), expiresAt, renewAt: at + TICKET_RENEWAL_MS };
  }

  /** Writes that the device was there; coarse. */
  touch(deviceId: DeviceId, agentVersion?: string): void {
    const seen = { lastSeenAt: this.now(), ...(agentVersion === undefined ? {} : { agentVersion }) };
    this.writer.put(`seen ${deviceId} ${agentVersion ?? ""}`, {
      run: (tx) => void tx.update(device).set(seen).where(eq(device.id, deviceId)).run(),
    });
  }

  touchAll(): void {
    for (const team of this.#online.values()) for (const deviceId of team.keys()) this.touch(deviceId);
  }

  reportError(what: string, error: unknown): void {
    this.#errors.report(what, error);
  }

  /** Ends every session and writes what is waiting. */
  shutDown(): void {
    this.#unsubscribe();
    for (const session of this.#sessions.values()) this.close(session, "shutdown");
    this.#outside.close();
    this.promptWriter.close();
    this.writer.close();
  }

  /** Whether the log says, after what was hinted at before, that someone may reach less than until then. */
  #forbids(teamId: TeamId): boolean {
    try {
      const { revision, devices } = this.teams.snapshot(teamId);
      const before = this.#hinted.get(teamId);
      this.#hinted.set(teamId, revision);
      const changes = before === undefined ? undefined : this.teams.changesSince(teamId, before);
      if (changes === undefined || changes.isGeneral) return true;
      return [...changes.devices].some((id) => {
        const row = devices.get(id);
        return row === undefined || !isAdmitted(row);
      });
    } catch {
      // Each session will see for itself, and say so.
      return true;
    }
  }

  /** The device's session, if it can be told anything. */
  #listening(deviceId: DeviceId): AgentSession | undefined {
    const session = this.#sessions.get(deviceId);
    if (session === undefined) return undefined;
    return this.#online.get(session.teamId)?.get(deviceId) === session ? session : undefined;
  }

  /** Whichever session of the device it was that listened: a newer one that has not begun to keeps it online until then. */
  #goOffline(session: AgentSession): void {
    const { deviceId, teamId } = session;
    const team = this.#online.get(teamId);
    if (team?.delete(deviceId) !== true) return;
    if (team.size === 0) {
      this.#online.delete(teamId);
      this.#hinted.delete(teamId);
    }
    this.touch(deviceId);
    this.#announcePresence(session, false);
  }

  #announcePresence({ deviceId, teamId }: AgentSession, online: boolean): void {
    for (const [id, session] of this.#online.get(teamId) ?? []) {
      if (id !== deviceId) session.mailbox.hintPresence(deviceId, online);
    }
    this.bus.publish({ teamId, kind: "presence", deviceId, online });
  }
}
