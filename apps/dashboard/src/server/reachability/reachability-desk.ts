/**
 * Tells an agent whether strangers reach an endpoint that a router opened for it, by sending one Binding indication there.
 *
 * This must not become a way to have the server send to third parties. It sends to an address only where the device has been seen
 * there: its session comes from there, or a STUN answer of this server has arrived there. It sends 20 bytes, to unprivileged ports, fewer
 * bytes than it was asked with, and only so often to one endpoint, to one address and for one device.
 */
import {
  type Endpoint,
  err,
  formatEndpoint,
  fromBase64Url,
  isAcceptableCandidate,
  networkOf,
  ok,
  parseEndpoint,
  type Result,
} from "@pinhole/protocol";
import type { ReachabilityRefusal, ReachabilityRequest } from "@pinhole/protocol/control";
import { encodeBindingIndication } from "@pinhole/protocol/stun";
import type { EndpointProof } from "@pinhole/stun-server";
import type { AgentSession } from "../coordination/agent-session.ts";
import { Throttle } from "../throttle.ts";

type Deps = {
  /** False when it could not leave. */
  readonly send: (to: Endpoint, bytes: Uint8Array) => Promise<boolean>;
  /** Of this server's STUN answers. */
  readonly endpointProof: Pick<EndpointProof, "isProof">;
  readonly now: () => Date;
};

/** Well-known services answer whoever sends to them, and no router maps to us there. */
const FIRST_PORT = 1_024;

export class ReachabilityDesk {
  readonly #deps: Deps;
  /** A few tries for lost datagrams by each of a router's protocols; later, when the lease is renewed. */
  readonly #endpoints = new Throttle({ burst: 12, refillMs: 5_000 });
  /** An office behind one address comes up at once. */
  readonly #networks = new Throttle({ burst: 200, refillMs: 200 });

  constructor(deps: Deps) {
    this.#deps = deps;
  }

  /** Whether it has been sent. Whether it came is what the agent sees. */
  async verify(
    session: Pick<AgentSession, "proven">,
    request: ReachabilityRequest,
  ): Promise<Result<undefined, ReachabilityRefusal>> {
    const endpoint = parseEndpoint(request.endpoint);
    const token = fromBase64Url(request.token);
    if (!endpoint.ok || token === undefined) return err("bad-endpoint");
    if (!isAcceptableCandidate(endpoint.value) || endpoint.value.port < FIRST_PORT) return err("bad-endpoint");
    const { address } = endpoint.value;
    const now = this.#deps.now();
    if (!session.proven.at(now).includes(address) && !this.#isSeen(request, address)) return err("address-not-yours");
    const mayGo =
      this.#endpoints.take(formatEndpoint(endpoint.value), now) && this.#networks.take(networkOf(address), now);
    if (!mayGo) return err("too-many-requests");
    const isSent = await this.#deps.send(endpoint.value, encodeBindingIndication(token));
    return isSent ? ok(undefined) : err("not-sendable");
  }

  #isSeen({ seen }: ReachabilityRequest, address: string): boolean {
    const endpoint = parseEndpoint(seen?.endpoint ?? "");
    const proof = fromBase64Url(seen?.proof ?? "");
    if (!endpoint.ok || proof === undefined || endpoint.value.address !== address) return false;
    return this.#deps.endpointProof.isProof(endpoint.value, proof);
  }
}
