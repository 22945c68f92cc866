/** Everything that reads bytes of a stranger, on five million of them each: nothing throws, nothing takes 10 ms. */
import { decodeEnvelope, decodeProbeMessage } from "@pinhole/protocol/probe";
import { decodeRelayFrame, decodeTicket, isSealedPacket } from "@pinhole/protocol/relay";
import { decodeStun, isStun } from "@pinhole/protocol/stun";
import { expect, test } from "vitest";
import { demultiplex } from "../../apps/agent/src/datapath/demultiplex.ts";
import { readQuotedFlow } from "../../apps/agent/src/datapath/filter/quoted-flow.ts";
import { InnerPacket } from "../../apps/agent/src/datapath/packet/inner-packet.ts";
import { clampMss } from "../../apps/agent/src/datapath/packet/mss.ts";
import { Segmenter } from "../../apps/agent/src/datapath/packet/segmenter.ts";
import { mayNotBeCut, newTooBig } from "../../apps/agent/src/datapath/packet/too-big.ts";
import { VIRTIO_HEADER_BYTES, VirtioHeader } from "../../apps/agent/src/datapath/packet/virtio-header.ts";
import { decodeCookieReply } from "../../packages/wireguard/src/cookie-reply.ts";
import { decodeHandshakeInitiation } from "../../packages/wireguard/src/handshake-initiation.ts";
import { decodeHandshakeResponse } from "../../packages/wireguard/src/handshake-response.ts";
import { withoutPadding } from "../../packages/wireguard/src/inner-packet.ts";
import { messageKind } from "../../packages/wireguard/src/message.ts";
import { type FuzzReport, fuzz } from "./fuzz.ts";

/** Of each parser by itself. */
const MINUTES_MS = 300_000;
/** The longest packet that the corpus can grow to, in segments of one byte, has room. */
const INTO = new Uint8Array(4_096);

test(
  "WireGuard messages",
  () => {
    expectBothKinds(
      fuzz("wireguard", (input) => {
        demultiplex(input, () => true);
        withoutPadding(input, 0, input.length);
        switch (messageKind(input)) {
          case "handshake-initiation":
            return decodeHandshakeInitiation(input).sender >= 0;
          case "handshake-response":
            return decodeHandshakeResponse(input).sender >= 0;
          case "cookie-reply":
            return decodeCookieReply(input).receiver >= 0;
          case "transport-data":
            return true;
          default:
            return false;
        }
      }),
    );
  },
  MINUTES_MS,
);

test(
  "probes, sealed and opened",
  () => {
    expectBothKinds(
      fuzz("probe", (input) => {
        const isProbe = decodeEnvelope(input).ok;
        return decodeProbeMessage(input).ok || isProbe;
      }),
    );
  },
  MINUTES_MS,
);

test(
  "STUN messages",
  () => {
    expectBothKinds(
      fuzz("stun", (input) => {
        // What does not pass for STUN by its header is still read by whoever asked the wrong question.
        isStun(input);
        return decodeStun(input).ok;
      }),
    );
  },
  MINUTES_MS,
);

test(
  "relay frames and tickets",
  () => {
    expectBothKinds(
      fuzz("relay", (input) => {
        isSealedPacket(input);
        const frame = decodeRelayFrame(input);
        if (frame.ok && (frame.value.kind === "hello" || frame.value.kind === "ticket"))
          decodeTicket(frame.value.ticket);
        return frame.ok;
      }),
    );
  },
  MINUTES_MS,
);

test(
  "IP, TCP, UDP and ICMP headers",
  () => {
    const packet = new InnerPacket();
    expectBothKinds(
      fuzz("inner-packet", (input) => {
        if (packet.read(input) !== undefined) return false;
        readQuotedFlow(packet);
        clampMss(packet, 1_280, true);
        if (mayNotBeCut(packet) && packet.read(newTooBig(packet, 1_280)) !== undefined)
          throw new Error("an error that is none");
        return true;
      }),
    );
  },
  MINUTES_MS,
);

test(
  "virtio headers and the packets behind them",
  () => {
    const header = new VirtioHeader();
    const packet = new InnerPacket();
    const segmenter = new Segmenter();
    expectBothKinds(
      fuzz("virtio", (input) => {
        if (input.length < VIRTIO_HEADER_BYTES || !header.read(input, 0)) return false;
        if (packet.read(input.subarray(VIRTIO_HEADER_BYTES)) !== undefined) return false;
        if (segmenter.begin(packet, header) !== undefined) return false;
        for (const index of [0, segmenter.count - 1]) segmenter.write(index, INTO, 0);
        return segmenter.lengthOf(0) <= input.length;
      }),
    );
  },
  MINUTES_MS,
);

/** Were all refused, or all taken, the corpus would not lead anywhere. */
function expectBothKinds({ inputs, accepted }: FuzzReport): void {
  expect(inputs).toBeGreaterThanOrEqual(5_000_000);
  expect(accepted / inputs).toBeGreaterThan(0.01);
  expect(accepted / inputs).toBeLessThan(0.99);
}
