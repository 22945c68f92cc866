/** A {@link PortMapper} with a socket, HTTP and a timer: what makes it run on a real network. */
import { randomBytes } from "node:crypto";
import { type MapperSnapshot, PortMapper } from "@pinhole/portmap";
import { monotonicMs } from "../clock.ts";
import { askGateway } from "./gateway-http.ts";
import { GatewaySocket } from "./gateway-socket.ts";
import type { GatewayWay } from "./gateway-ways.ts";

type Options = {
  readonly way: GatewayWay;
  readonly nonce: Uint8Array;
  readonly onChange: () => void;
};

export class MapperRun {
  readonly #mapper: PortMapper;
  readonly #socket: GatewaySocket;
  readonly #requests = new AbortController();
  #timer: NodeJS.Timeout | undefined;
  #isClosed = false;

  constructor({ way, nonce, onChange }: Options) {
    const after = (run: () => void): void => {
      if (this.#isClosed) return;
      run();
      this.#schedule();
    };
    this.#socket = new GatewaySocket(way, {
      onDatagram: (from, bytes) => after(() => this.#mapper.onDatagram(from, bytes)),
      onAnnouncement: (from) => after(() => this.#mapper.onAnnouncement(from)),
    });
    this.#mapper = new PortMapper({
      network: way.network,
      nonce,
      now: monotonicMs,
      randomBytes,
      effects: {
        sendDatagram: (to, bytes) => this.#socket.send(to, bytes),
        sendHttp: (id, request) =>
          void askGateway(request, way, this.#requests.signal).then((answer) =>
            after(() => this.#mapper.onHttp(id, answer)),
          ),
        onChange,
      },
    });
    this.#schedule();
  }

  get snapshot(): MapperSnapshot {
    return this.#mapper.snapshot;
  }

  /** From outside it does not work. */
  reject(revision: number): void {
    this.#mapper.reject(revision);
    this.#schedule();
  }

  hurry(): void {
    this.#mapper.hurry();
    this.#schedule();
  }

  /** Gives the port back, as far as the router takes it within little more than a second. */
  async close(): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#mapper.close(resolve);
      this.#schedule();
    });
    this.abandon();
  }

  /** The network is another one: there is nobody to give anything back to. */
  abandon(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    clearTimeout(this.#timer);
    this.#requests.abort();
    this.#socket.close();
  }

  #schedule(): void {
    clearTimeout(this.#timer);
    const deadline = this.#mapper.nextDeadline();
    if (deadline === undefined || this.#isClosed) return;
    // Rounded up: a timer that fires early would find nothing due.
    this.#timer = setTimeout(
      () => {
        this.#mapper.tick();
        this.#schedule();
      },
      Math.max(0, Math.ceil(deadline - monotonicMs())),
    );
  }
}
