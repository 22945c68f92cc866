/** The STUN server, asked as our agents ask and as the smallest request asks, on one address and on two. */
import type { Endpoint } from "@pinhole/protocol";
import {
  type ChangeRequest,
  encodeBindingRequest,
  FULL_RESPONSE_BYTES,
  PLAIN_RESPONSE_BYTES,
  PROOF_ATTRIBUTE_BYTES,
  paddingFor,
} from "@pinhole/protocol/stun";
import { answerDatagram, EndpointProof } from "@pinhole/stun-server";
import { Meter, type Traffic, UDP_HEADER_BYTES } from "./traffic.ts";

const transactionId = new Uint8Array(12).fill(1);
const BOTH: ChangeRequest = { address: true, port: true };

const PLACES = {
  4: { self: "203.0.113.1", other: "203.0.113.2", source: { address: "192.0.2.1", port: 53 } },
  6: { self: "2001:db8::1", other: "2001:db8::2", source: { address: "2001:db8:1::1", port: 53 } },
} as const;

export function stunInputs(): Traffic[] {
  const proof = new EndpointProof(new Uint8Array(32), () => 0);
  return ([4, 6] as const).flatMap((family) => {
    const place = PLACES[family];
    const source: Endpoint = place.source;
    const self = { address: place.self, port: 3_478 };
    const sockets = [undefined, { address: place.other, port: 3_479 }].map((other) => ({
      self,
      other,
      prove: (endpoint: Endpoint) => proof.prove(endpoint),
    }));
    const offer = (name: string, request: Uint8Array): Traffic[] =>
      sockets.map((socket) => {
        const meter = new Meter(UDP_HEADER_BYTES[family]);
        meter.receive(request);
        const answer = answerDatagram(request, source, socket);
        if (answer !== undefined) meter.send(answer.bytes);
        return meter.traffic(`STUN, IPv${family}, ${socket.other === undefined ? "one address" : "two"}: ${name}`);
      });
    const padded = (size: number, changeRequest?: ChangeRequest) =>
      encodeBindingRequest({ transactionId, changeRequest, paddingBytes: paddingFor(size, changeRequest) });
    const plain = PLAIN_RESPONSE_BYTES[family] + PROOF_ATTRIBUTE_BYTES;
    const full = FULL_RESPONSE_BYTES[family] + PROOF_ATTRIBUTE_BYTES;
    return [
      ...offer("an agent's question", padded(plain)),
      ...offer("an agent's question for the other address", padded(full)),
      ...offer("an agent's filtering test", padded(full, BOTH)),
      ...offer("a bare request", encodeBindingRequest({ transactionId })),
    ];
  });
}
