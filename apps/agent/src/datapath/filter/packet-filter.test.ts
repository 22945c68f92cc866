import { addressFamily } from "@pinhole/protocol/net";
import { compileFilter, type FilterRule } from "@pinhole/protocol/policy";
import { describe, expect, test } from "vitest";
import { AddressMap } from "../packet/address-map.ts";
import { InnerPacket } from "../packet/inner-packet.ts";
import { buildPacket, type TestPacket } from "../packet/testing.ts";
import { PacketFilter } from "./packet-filter.ts";

const SELF = ["100.90.16.1", "fd12::1"];
const PEERS: Record<string, readonly string[]> = {
  bob: ["100.90.16.2", "fd12::2"],
  eve: ["100.90.16.3", "fd12::3"],
};
const [ME] = SELF as [string];
const BOB = "100.90.16.2";
const EVE = "100.90.16.3";
const DENY: readonly FilterRule[] = [];
const ALLOW: readonly FilterRule[] = [
  { src: ["0.0.0.0/0", "::/0"], dst: ["0.0.0.0/0", "::/0"], allow: [{ protocol: null }] },
];
const SECOND = 1_000;
const SYN = 0x02;
const ACK = 0x10;
const FIN = 0x01;

const fromBob = (shape: Omit<TestPacket, "source" | "destination">): TestPacket => ({
  source: BOB,
  destination: ME,
  ...shape,
});
const toBob = (shape: Omit<TestPacket, "source" | "destination">): TestPacket => ({
  source: ME,
  destination: BOB,
  ...shape,
});

// Packets that come at once are judged by what the first of them was: no other may slip in beside it.
describe("right behind a packet that passed", () => {
  const passed = fromBob({ protocol: 6, sourcePort: 1_000, destinationPort: 443, tcpFlags: ACK });
  const onlyHttps: readonly FilterRule[] = [
    { src: [`${BOB}/32`], dst: [`${ME}/32`], allow: [{ protocol: 6, ports: [443, 443] }] },
  ];

  test.each([
    ["another peer's, with its source", "eve", {}, "spoofed-source"],
    ["one from another source", "bob", { source: EVE }, "spoofed-source"],
    ["one from our own", "bob", { source: ME }, "own-source"],
    ["one for somebody else", "bob", { destination: EVE }, "foreign-destination"],
    ["one to another port", "bob", { destinationPort: 80 }, "policy"],
    ["one of another protocol", "bob", { protocol: 17 }, "policy"],
    ["another one of its flow", "bob", {}, undefined],
    ["one that begins its flow anew", "bob", { tcpFlags: SYN }, undefined],
  ] as const)("%s is judged by itself", (_, peer, change, verdict) => {
    const filter = newHarness(onlyHttps);
    expect(filter.inbound("bob", passed)).toBeUndefined();
    expect(filter.inbound(peer, { ...passed, ...change })).toBe(verdict);
    expect(filter.inbound("bob", passed)).toBeUndefined();
  });

  test("the next one is refused when policy has changed in between", () => {
    const filter = newHarness(onlyHttps);
    expect(filter.inbound("bob", passed)).toBeUndefined();
    filter.setRules(DENY);
    expect(filter.inbound("bob", passed)).toBe("policy");
  });

  test("one from another source port needs its own leave", () => {
    const filter = newHarness(DENY);
    filter.outbound(toBob({ protocol: 6, sourcePort: 5, destinationPort: 6, tcpFlags: SYN }));
    const reply = fromBob({ protocol: 6, sourcePort: 6, destinationPort: 5, tcpFlags: ACK });
    expect(filter.inbound("bob", reply)).toBeUndefined();
    expect(filter.inbound("bob", { ...reply, sourcePort: 7 })).toBe("policy");
    expect(filter.inbound("bob", { ...reply, tcpFlags: SYN })).toBe("policy");
  });
});

describe("whoever a packet says it is from", () => {
  test("it passes only with an address of the peer whose session it came in", () => {
    const filter = newHarness(ALLOW);
    const names = Object.entries(PEERS);
    for (const [peer] of names) {
      for (const source of ["100.90.16.9", "8.8.8.8", "fd12::9", ...Object.values(PEERS).flat()]) {
        const destination = SELF.find((address) => addressFamily(address) === addressFamily(source)) ?? "";
        const verdict = filter.inbound(peer, { source, destination, protocol: 17 });
        expect(verdict, `${peer} as ${source}`).toBe(PEERS[peer]?.includes(source) ? undefined : "spoofed-source");
      }
    }
  });

  test.each([
    ["our own source", { source: ME, destination: ME, protocol: 17 }, "own-source"],
    ["somebody else's destination", { source: BOB, destination: EVE, protocol: 17 }, "foreign-destination"],
  ] as const)("%s does not pass", (_, shape, reason) => {
    expect(newHarness(ALLOW).inbound("bob", shape)).toBe(reason);
  });

  test("what leaves carries our own address", () => {
    expect(newHarness(ALLOW).outbound({ source: BOB, destination: EVE, protocol: 17 })).toBe("foreign-source");
    expect(newHarness(ALLOW).outbound(toBob({ protocol: 17 }))).toBeUndefined();
  });
});

describe("without any rule", () => {
  test.each([
    ["UDP", { protocol: 17, sourcePort: 1, destinationPort: 2 }],
    ["a TCP SYN", { protocol: 6, sourcePort: 1, destinationPort: 2, tcpFlags: SYN }],
    ["a TCP ACK out of nowhere", { protocol: 6, sourcePort: 1, destinationPort: 2, tcpFlags: ACK }],
    ["an echo", { protocol: 1, icmpType: 8 }],
    ["an echo reply that nobody asked for", { protocol: 1, icmpType: 0, sourcePort: 7 }],
    ["another protocol", { protocol: 47 }],
  ])("%s does not come in", (_, shape) => {
    expect(newHarness(DENY).inbound("bob", fromBob(shape))).toBe("policy");
  });

  test.each([
    [
      "UDP",
      { protocol: 17, sourcePort: 1, destinationPort: 2 },
      { protocol: 17, sourcePort: 2, destinationPort: 1 },
      180,
    ],
    [
      "TCP",
      { protocol: 6, sourcePort: 1, destinationPort: 2, tcpFlags: SYN },
      { protocol: 6, sourcePort: 2, destinationPort: 1, tcpFlags: SYN | ACK },
      7_440,
    ],
    ["echo", { protocol: 1, icmpType: 8, sourcePort: 7 }, { protocol: 1, icmpType: 0, sourcePort: 7 }, 60],
  ])("answers to our own %s do, for as long as they may", (_, question, answer, seconds) => {
    const filter = newHarness(DENY);
    filter.outbound(toBob(question));
    expect(filter.inbound("bob", fromBob(answer))).toBeUndefined();
    filter.advance(seconds * SECOND - 1);
    expect(filter.inbound("bob", fromBob(answer))).toBeUndefined();
    filter.advance(seconds * SECOND);
    expect(filter.inbound("bob", fromBob(answer))).toBe("policy");
  });

  test("an answer is from whom we asked, and to where we asked from", () => {
    const filter = newHarness(DENY);
    filter.outbound(toBob({ protocol: 17, sourcePort: 1, destinationPort: 2 }));
    const answer = { protocol: 17, sourcePort: 2, destinationPort: 1 };
    expect(filter.inbound("eve", { source: EVE, destination: ME, ...answer })).toBe("policy");
    expect(filter.inbound("bob", fromBob({ ...answer, destinationPort: 9 }))).toBe("policy");
    expect(filter.inbound("bob", fromBob({ ...answer, protocol: 6 }))).toBe("policy");
  });

  test("a flow of ours lets nobody open another one over it", () => {
    const filter = newHarness(DENY);
    filter.outbound(toBob({ protocol: 6, sourcePort: 1, destinationPort: 2, tcpFlags: SYN }));
    filter.outbound(toBob({ protocol: 1, icmpType: 8, sourcePort: 7 }));
    expect(filter.inbound("bob", fromBob({ protocol: 6, sourcePort: 2, destinationPort: 1, tcpFlags: SYN }))).toBe(
      "policy",
    );
    expect(filter.inbound("bob", fromBob({ protocol: 1, icmpType: 8, sourcePort: 7 }))).toBe("policy");
  });

  test("a connection that closes is soon forgotten", () => {
    const filter = newHarness(DENY);
    filter.outbound(toBob({ protocol: 6, sourcePort: 1, destinationPort: 2, tcpFlags: SYN }));
    filter.outbound(toBob({ protocol: 6, sourcePort: 1, destinationPort: 2, tcpFlags: FIN | ACK }));
    filter.advance(240 * SECOND);
    expect(filter.inbound("bob", fromBob({ protocol: 6, sourcePort: 2, destinationPort: 1 }))).toBe("policy");
  });

  // A host would otherwise go on for ever with packets that do not fit.
  test("an error about a packet of ours comes in, and about any other does not", () => {
    const filter = newHarness(DENY);
    const ours = toBob({ protocol: 17, sourcePort: 1, destinationPort: 2 });
    filter.outbound(ours);
    const error = (quoted: TestPacket): TestPacket =>
      fromBob({ protocol: 1, icmpType: 3, payload: buildPacket(quoted).slice(0, 28) });
    expect(filter.inbound("bob", error(ours))).toBeUndefined();
    expect(filter.inbound("bob", error({ ...ours, sourcePort: 3 }))).toBe("policy");
    expect(filter.inbound("bob", error({ ...ours, source: EVE }))).toBe("policy");
    expect(filter.inbound("bob", fromBob({ protocol: 1, icmpType: 3, payload: new Uint8Array(3) }))).toBe("policy");
  });

  // Whoever guesses two ports could otherwise end connections of two others.
  test("an error comes in from the flow's other end, and from no third", () => {
    const filter = newHarness(DENY);
    const ours = toBob({ protocol: 17, sourcePort: 1, destinationPort: 2 });
    filter.outbound(ours);
    const payload = buildPacket(ours).slice(0, 28);
    const error = { source: EVE, destination: ME, protocol: 1, icmpType: 3, payload };
    expect(filter.inbound("eve", error)).toBe("policy");
    expect(filter.inbound("bob", { ...error, source: BOB })).toBeUndefined();
  });
});

describe("when policy lets them in no more", () => {
  test.each([
    ["UDP", { protocol: 17, sourcePort: 2, destinationPort: 1 }, { protocol: 17, sourcePort: 1, destinationPort: 2 }],
    [
      "TCP",
      { protocol: 6, sourcePort: 2, destinationPort: 1, tcpFlags: ACK },
      { protocol: 6, sourcePort: 1, destinationPort: 2, tcpFlags: ACK },
    ],
  ])("our answers to their %s do not keep the door open", (_, theirs, answer) => {
    const filter = newHarness(ALLOW);
    expect(filter.inbound("bob", fromBob(theirs))).toBeUndefined();
    filter.outbound(toBob(answer));
    filter.setRules(DENY);
    expect(filter.inbound("bob", fromBob(theirs))).toBe("policy");
    filter.outbound(toBob(answer));
    expect(filter.inbound("bob", fromBob(theirs))).toBe("policy");
  });

  // Who asked for a stream need not say another word to go on getting it.
  test.each([
    ["UDP", { protocol: 17, sourcePort: 2, destinationPort: 1 }, { protocol: 17, sourcePort: 1, destinationPort: 2 }],
    [
      "TCP",
      { protocol: 6, sourcePort: 2, destinationPort: 1, tcpFlags: ACK },
      { protocol: 6, sourcePort: 1, destinationPort: 2, tcpFlags: ACK },
    ],
  ])(
    "our answers to their %s go out no more, however long we try, until it lets them in again",
    (name, theirs, answer) => {
      const filter = newHarness(ALLOW);
      if (name === "TCP") {
        filter.inbound("bob", fromBob({ ...theirs, tcpFlags: SYN }));
        filter.outbound(toBob({ ...answer, tcpFlags: SYN | ACK }));
      }
      expect(filter.inbound("bob", fromBob(theirs))).toBeUndefined();
      expect(filter.outbound(toBob(answer))).toBeUndefined();
      filter.setRules(DENY);
      for (let at = 0; at < 10; at++) {
        filter.advance(60 * SECOND);
        expect(filter.outbound(toBob(answer))).toBe("policy");
      }
      filter.setRules(ALLOW);
      expect(filter.outbound(toBob(answer))).toBeUndefined();
    },
  );

  test("their flows that it still lets in go on", () => {
    const filter = newHarness(ALLOW);
    const [web, ssh] = [443, 22].map((destinationPort) =>
      fromBob({ protocol: 17, sourcePort: 2, destinationPort }),
    ) as [TestPacket, TestPacket];
    for (const packet of [web, ssh]) expect(filter.inbound("bob", packet)).toBeUndefined();
    filter.setRules([{ src: [`${BOB}/32`], dst: [`${ME}/32`], allow: [{ protocol: 17, ports: [443, 443] }] }]);
    const answers = [443, 22].map((sourcePort) =>
      filter.outbound(toBob({ protocol: 17, sourcePort, destinationPort: 2 })),
    );
    expect(answers).toEqual([undefined, "policy"]);
  });

  test("what we began goes on", () => {
    const filter = newHarness(ALLOW);
    filter.outbound(toBob({ protocol: 17, sourcePort: 1, destinationPort: 2 }));
    filter.setRules(DENY);
    expect(filter.inbound("bob", fromBob({ protocol: 17, sourcePort: 2, destinationPort: 1 }))).toBeUndefined();
  });
});

describe("a packet in pieces", () => {
  const first = fromBob({ protocol: 17, destinationPort: 53, moreFragments: true, fragmentId: 7 });
  const later = fromBob({ protocol: 17, fragmentOffset: 1_200, fragmentId: 7 });

  test("passes as its first one did", () => {
    const filter = newHarness(ALLOW);
    expect(filter.inbound("bob", later)).toBe("fragment-unmatched");
    expect(filter.inbound("bob", first)).toBeUndefined();
    expect(filter.inbound("bob", later)).toBeUndefined();
    expect(filter.inbound("bob", { ...later, fragmentId: 8 })).toBe("fragment-unmatched");
    filter.advance(60 * SECOND);
    expect(filter.inbound("bob", later)).toBe("fragment-unmatched");
  });

  test("is dropped whole when its first one was", () => {
    const filter = newHarness(DENY);
    expect(filter.inbound("bob", first)).toBe("policy");
    expect(filter.inbound("bob", later)).toBe("fragment-unmatched");
  });
});

function newHarness(rules: readonly FilterRule[]) {
  const selfAddresses = new AddressMap<true>();
  for (const address of SELF) selfAddresses.add(address, true);
  const owners = new AddressMap<string>();
  for (const [name, addresses] of Object.entries(PEERS)) for (const address of addresses) owners.add(address, name);
  let now = 0;
  const state = (all: readonly FilterRule[]) => ({ selfAddresses, owners, allows: compileFilter(all) });
  const filter = new PacketFilter(() => now, state(rules));
  const packet = new InnerPacket();
  const read = (shape: TestPacket): string | undefined => packet.read(buildPacket(shape));
  return {
    advance: (ms: number): void => void (now += ms),
    setRules: (all: readonly FilterRule[]): void => filter.configure(state(all)),
    inbound: (peer: string, shape: TestPacket): string | undefined => read(shape) ?? filter.inbound(peer, packet),
    outbound: (shape: TestPacket): string | undefined => read(shape) ?? filter.outbound(packet),
  };
}
