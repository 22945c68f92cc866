/**
 * The connection to one relay: the first way to every peer, and the last one.
 *
 * Sealed packets only; the relay learns who talks to whom and how much, nothing else. The send queue is bounded in bytes:
 * a relay that cannot keep up loses packets, as a network does, and never the agent's memory.
 */
import { randomBytes } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import type { DeviceId } from "@pinhole/protocol";
import {
  decodeRelayFrame,
  encodeRelayFrame,
  MAX_RELAY_FRAME,
  type RelayFrame,
  relayHelloSignatureInput,
  relayRefusalOf,
} from "@pinhole/protocol/relay";
import { WebSocket } from "ws";
import { monotonicMs } from "../clock.ts";
import { newBackoff } from "../control/backoff.ts";
import type { Log } from "../log.ts";
import { Undelivered } from "./undelivered.ts";

/** About a quarter of a second at 30 Mbit/s: more only makes a slow relay later, not better. */
const MAX_QUEUED_BYTES = 1 << 20;
const FIRST_WAIT_MS = 200;
const LONGEST_WAIT_MS = 30_000;
const OPEN_TIMEOUT_MS = 10_000;
const PING_INTERVAL_MS = 10_000;
const PONG_TIMEOUT_MS = 5_000;

type Deps = {
  readonly url: string;
  readonly sign: (message: Uint8Array) => Uint8Array;
  readonly onPacket: (from: DeviceId, bytes: Uint8Array) => void;
  readonly onState: (isUp: boolean) => void;
  readonly onPeerAbsent: (peerId: DeviceId) => void;
  readonly log: Log;
};

export class RelayClient {
  readonly #deps: Deps;
  readonly #stop = new AbortController();
  readonly #undelivered = new Undelivered((peerId, initiation) => this.#sendData(peerId, initiation));
  #ticket: Uint8Array | undefined;
  #ticketArrived = Promise.withResolvers<void>();
  #socket: WebSocket | undefined;
  #ping: { readonly echo: string; readonly sentAt: number } | undefined;
  #rttMs: number | null = null;
  #dropped = 0;

  constructor(deps: Deps) {
    this.#deps = deps;
    void this.#run();
  }

  get isUp(): boolean {
    return this.#socket !== undefined;
  }

  /** To the relay and back; null before the first exchange. */
  get rttMs(): number | null {
    return this.#rttMs;
  }

  get dropped(): number {
    return this.#dropped;
  }

  setTicket(ticket: Uint8Array): void {
    this.#ticket = ticket;
    this.#ticketArrived.resolve();
    this.#transmit({ kind: "ticket", ticket });
  }

  send(peerId: DeviceId, payload: Uint8Array): void {
    this.#undelivered.onSent(peerId, payload);
    this.#sendData(peerId, payload);
  }

  #sendData(peerId: DeviceId, payload: Uint8Array): void {
    const socket = this.#socket;
    if (socket === undefined || socket.bufferedAmount > MAX_QUEUED_BYTES) {
      this.#dropped++;
      return;
    }
    socket.send(encodeRelayFrame({ kind: "data", deviceId: peerId, payload }), { binary: true });
  }

  /** Ends the present connection and opens another: the network has changed. */
  reconnect(): void {
    this.#socket?.terminate();
  }

  close(): void {
    this.#stop.abort();
    this.#undelivered.close();
    this.#socket?.terminate();
  }

  async #run(): Promise<void> {
    const { signal } = this.#stop;
    const stopped = new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
    const backoff = newBackoff({ firstMs: FIRST_WAIT_MS, ceilingMs: LONGEST_WAIT_MS, random: Math.random });
    while (!signal.aborted) {
      await Promise.race([this.#ticketArrived.promise, stopped]);
      if (signal.aborted || this.#ticket === undefined) return;
      const { wasUp, problem } = await this.#connectOnce(this.#ticket);
      if (signal.aborted) return;
      if (wasUp) backoff.reset();
      const waitMs = backoff.next();
      this.#deps.log.info("relay connection lost", { problem, retryMs: Math.round(waitMs) });
      await delay(waitMs, undefined, { signal }).catch(() => undefined);
    }
  }

  /** From opening to the end of one connection. */
  #connectOnce(ticket: Uint8Array): Promise<{ wasUp: boolean; problem: string }> {
    return new Promise((resolve) => {
      const socket = new WebSocket(this.#deps.url, {
        perMessageDeflate: false,
        maxPayload: MAX_RELAY_FRAME,
        handshakeTimeout: OPEN_TIMEOUT_MS,
      });
      let wasUp = false;
      let problem = "closed";
      const openTimer = setTimeout(() => fail("no welcome in time"), OPEN_TIMEOUT_MS);
      const pingTimer = setInterval(() => {
        if (this.#ping !== undefined && monotonicMs() - this.#ping.sentAt > PONG_TIMEOUT_MS)
          fail("no answer to a ping");
        else if (wasUp) this.#sendPing();
      }, PING_INTERVAL_MS);
      const fail = (words: string): void => {
        problem = words;
        socket.terminate();
      };
      socket.on("message", (data: Buffer) => {
        const frame = decodeRelayFrame(data);
        if (!frame.ok) return fail(`a bad frame: ${frame.error}`);
        if (frame.value.kind === "challenge") {
          const signature = this.#deps.sign(relayHelloSignatureInput(frame.value.nonce));
          socket.send(encodeRelayFrame({ kind: "hello", ticket, signature }));
        } else if (frame.value.kind === "welcome") {
          wasUp = true;
          clearTimeout(openTimer);
          this.#socket = socket;
          if (this.#ticket !== ticket && this.#ticket !== undefined)
            this.#transmit({ kind: "ticket", ticket: this.#ticket });
          this.#sendPing();
          this.#deps.onState(true);
        } else if (frame.value.kind === "refused") {
          fail(`refused: ${relayRefusalOf(frame.value.code)}`);
        } else this.#onFrame(frame.value);
      });
      socket.on("error", (error) => {
        problem = error.message;
      });
      socket.on("close", () => {
        clearTimeout(openTimer);
        clearInterval(pingTimer);
        this.#ping = undefined;
        this.#rttMs = null;
        if (this.#socket === socket) {
          this.#socket = undefined;
          this.#deps.onState(false);
        }
        resolve({ wasUp, problem });
      });
    });
  }

  #onFrame(frame: RelayFrame): void {
    switch (frame.kind) {
      case "data":
        this.#undelivered.onHeard(frame.deviceId);
        return this.#deps.onPacket(frame.deviceId, frame.payload);
      case "ping":
        return this.#transmit({ kind: "pong", echo: frame.echo });
      case "pong":
        if (this.#ping === undefined || this.#ping.echo !== Buffer.from(frame.echo).toString("hex")) return;
        this.#rttMs = monotonicMs() - this.#ping.sentAt;
        this.#ping = undefined;
        return;
      case "peer-absent":
        this.#undelivered.onAbsent(frame.deviceId);
        return this.#deps.onPeerAbsent(frame.deviceId);
      case "challenge":
      case "hello":
      case "welcome":
      case "refused":
      case "ticket":
        return; // not the relay's to send now
      default:
        frame satisfies never;
    }
  }

  #sendPing(): void {
    const echo = randomBytes(8);
    this.#ping = { echo: echo.toString("hex"), sentAt: monotonicMs() };
    this.#transmit({ kind: "ping", echo });
  }

  #transmit(frame: RelayFrame): void {
    this.#socket?.send(encodeRelayFrame(frame), { binary: true });
  }
}
