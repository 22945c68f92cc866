/** A mapper and a gateway under a hand-moved clock: what one sends reaches the other in the order of time. */
import type { Endpoint } from "@pinhole/protocol/net";
import type { GatewayNetwork, HttpRequest, MapperSnapshot } from "../contract.ts";
import { PortMapper } from "../port-mapper.ts";
import { FakeGateway, type GatewaySetup } from "./fake-gateway.ts";

export const LAN: GatewayNetwork = {
  gateway: "192.168.1.1",
  local: { address: "192.168.1.7", port: 40_000 },
  onLink: [{ address: "192.168.1.0", length: 24 }],
};

export const LAN6: GatewayNetwork = {
  gateway: "fe80::1",
  local: { address: "2001:db8:7::7", port: 40_006 },
  onLink: [{ address: "2001:db8:7::", length: 64 }],
};

type Due = { readonly at: number; readonly run: () => void };

export class House {
  now = 0;
  readonly gateway: FakeGateway;
  readonly sent: { readonly at: number; readonly to: Endpoint; readonly bytes: Uint8Array }[] = [];
  readonly requests: HttpRequest[] = [];
  readonly mapper: PortMapper;
  readonly #network: GatewayNetwork;
  readonly #due: Due[] = [];
  #draws = 0;

  constructor(setup: Partial<GatewaySetup>, { network = LAN, nonce = 1 } = {}) {
    this.#network = network;
    this.gateway = new FakeGateway({ address: network.gateway, external: "203.0.113.77", ...setup });
    this.mapper = this.newMapper(nonce);
  }

  /** Another run of the same device, on the same gateway. */
  newMapper(nonce: number): PortMapper {
    const mapper: PortMapper = new PortMapper({
      network: this.#network,
      nonce: new Uint8Array(12).fill(nonce),
      now: () => this.now,
      randomBytes: (length) => Uint8Array.from({ length }, () => (this.#draws++ * 37) & 0xff),
      effects: {
        sendDatagram: (to, bytes) => {
          this.sent.push({ at: this.now, to, bytes });
          for (const { from, bytes: back, afterMs } of this.gateway.onDatagram(
            this.#network.local,
            to,
            bytes,
            this.now,
          ))
            this.after(afterMs, () => mapper.onDatagram(from, back));
        },
        sendHttp: (id, request) => {
          this.requests.push(request);
          const answer = this.gateway.onHttp(request, this.now);
          if (answer !== undefined) this.after(5, () => mapper.onHttp(id, answer));
        },
        onChange: () => undefined,
      },
    });
    return mapper;
  }

  get snapshot(): MapperSnapshot {
    return this.mapper.snapshot;
  }

  after(ms: number, run: () => void): void {
    this.#due.push({ at: this.now + ms, run });
  }

  run(ms: number, mapper = this.mapper): void {
    const end = this.now + ms;
    for (let steps = 0; ; steps++) {
      if (steps > 100_000) throw new Error("the mapper does not come to rest");
      const deadline = mapper.nextDeadline() ?? Number.POSITIVE_INFINITY;
      const next = this.#due.toSorted((a, b) => a.at - b.at)[0];
      const at = Math.min(deadline, next?.at ?? Number.POSITIVE_INFINITY);
      if (at > end) break;
      this.now = Math.max(this.now, at);
      if (next !== undefined && next.at <= deadline) {
        this.#due.splice(this.#due.indexOf(next), 1);
        next.run();
      } else mapper.tick();
    }
    this.now = end;
  }
}
