import { describe, expect, test } from "vitest";
import { House, LAN6 } from "./testing/house.ts";

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const EXTERNAL = { address: "203.0.113.77", port: 40_000 };

describe("a gateway that speaks", () => {
  test.each([
    [{ pcp: true }, "pcp"],
    [{ natPmp: true }, "nat-pmp"],
    [{ igd: 2 }, "igd2"],
    [{ igd: 1 }, "igd1"],
    [{ pcp: true, natPmp: true, igd: 2 }, "pcp"],
    [{ natPmp: true, igd: 1 }, "nat-pmp"],
  ] as const)("%j maps by %s", (setup, protocol) => {
    const house = new House(setup);
    house.run(5 * SECOND);
    expect(house.snapshot).toMatchObject({ state: "mapped", mapping: { protocol, external: EXTERNAL } });
    expect(house.gateway.rows).toMatchObject([{ external: 40_000, client: "192.168.1.7", internal: 40_000 }]);
  });

  test("everything is known for all of it", () => {
    const house = new House({ pcp: true, natPmp: true, igd: 2 });
    house.run(5 * SECOND);
    expect(house.snapshot.offers).toEqual(["pcp", "nat-pmp", "igd2"]);
  });

  test("PCP maps within two round trips", () => {
    const house = new House({ pcp: true, igd: 2 });
    house.run(4);
    expect(house.snapshot.state).toBe("mapped");
  });

  test("nothing is asked ever more rarely, and at once when told to hurry", () => {
    const house = new House({});
    house.run(10 * SECOND);
    expect(house.snapshot).toMatchObject({ state: "none", offers: [], mapping: undefined });
    const asked = (): number => house.sent.filter(({ to }) => to.port === 5351).length;
    const atFirst = asked();
    house.run(30 * SECOND);
    expect(asked()).toBe(atFirst);
    house.run(24 * HOUR);
    expect(asked()).toBeLessThan(30 * atFirst);
    house.gateway.setup = { ...house.gateway.setup, pcp: true };
    house.mapper.hurry();
    house.run(SECOND);
    expect(house.snapshot.state).toBe("mapped");
  });

  test("nothing is not asked again by whoever is told to hurry all the time", () => {
    const house = new House({});
    house.run(10 * SECOND);
    const asked = house.sent.length;
    for (let i = 0; i < 100; i++) {
      house.mapper.hurry();
      house.run(100);
    }
    expect(house.sent.length).toBe(asked);
  });

  test("PCP over IPv6 opens a pinhole", () => {
    const house = new House({ pcp: true }, { network: LAN6 });
    house.run(SECOND);
    expect(house.snapshot).toMatchObject({ mapping: { protocol: "pcp", external: LAN6.local } });
  });

  test("IGDv2 over IPv6 opens a pinhole, renews it by its number and closes it", () => {
    const house = new House({ igd: 2, faults: { location: "http://[2001:db8:7::1]:49152/d" } }, { network: LAN6 });
    house.run(2 * SECOND);
    expect(house.snapshot).toMatchObject({ mapping: { protocol: "igd2", external: LAN6.local } });
    const [first] = house.gateway.rows;
    house.run(6 * HOUR);
    expect(house.gateway.rows).toMatchObject([{ pinholeId: first!.pinholeId, client: LAN6.local.address }]);
    house.mapper.close(() => undefined);
    house.run(SECOND);
    expect(house.gateway.rows).toEqual([]);
  });
});

describe("a lease", () => {
  test("is renewed at half of its life", () => {
    const house = new House({ pcp: true });
    house.run(SECOND);
    const maps = (): number => house.gateway.asked.filter((what) => what === "pcp map").length;
    house.run(HOUR - 2 * SECOND);
    expect(maps()).toBe(1);
    house.run(2 * SECOND);
    expect(maps()).toBe(2);
    expect(house.snapshot.mapping).toMatchObject({ revision: 2, external: EXTERNAL });
  });

  test.each([{ pcp: true }, { natPmp: true }, { igd: 1 }, { igd: 2 }] as const)(
    "of %j lasts for days, never gone at the gateway",
    (setup) => {
      const house = new House(setup);
      house.run(5 * SECOND);
      for (let hours = 0; hours < 48; hours++) {
        house.run(HOUR);
        expect(house.gateway.rows).toHaveLength(1);
      }
      expect(house.snapshot.mapping?.external).toEqual(EXTERNAL);
    },
  );

  test("that the gateway makes short is renewed as often", () => {
    const house = new House({ pcp: true, faults: { maxLifetimeS: 60 } });
    for (let minutes = 0; minutes < 10; minutes++) {
      house.run(MINUTE);
      expect(house.gateway.rows).toHaveLength(1);
    }
  });

  test("outlives a silence that is shorter than it, and not a longer one", () => {
    const house = new House({ natPmp: true, faults: { natPmpResult: 0 } });
    house.run(SECOND);
    house.gateway.isSilent = true;
    house.run(90 * MINUTE);
    expect(house.snapshot.state).toBe("mapped");
    house.gateway.isSilent = false;
    house.run(30 * MINUTE);
    expect(house.gateway.rows).toHaveLength(1);
    house.gateway.isSilent = true;
    house.run(3 * HOUR);
    expect(house.snapshot).toMatchObject({ state: "none", mapping: undefined });
    house.gateway.isSilent = false;
    house.run(HOUR + 6 * MINUTE);
    expect(house.snapshot.state).toBe("mapped");
  });

  test.each([{ pcp: true }, { natPmp: true }, { igd: 1 }] as const)("of %j is given back at the end", (setup) => {
    const house = new House(setup);
    house.run(5 * SECOND);
    let isClosed = false;
    house.mapper.close(() => (isClosed = true));
    house.run(SECOND);
    expect(isClosed).toBe(true);
    expect(house.gateway.rows).toEqual([]);
    house.run(24 * HOUR);
    expect(house.gateway.rows).toEqual([]);
  });

  test("does not keep the program from ending when the gateway is gone", () => {
    const house = new House({ igd: 1 });
    house.run(5 * SECOND);
    house.gateway.isSilent = true;
    const at = house.now;
    let closedAt = 0;
    house.mapper.close(() => (closedAt = house.now));
    house.run(10 * SECOND);
    expect(closedAt - at).toBeLessThan(1_500);
  });

  test("of a run that was killed is taken over by the next", () => {
    const house = new House({ pcp: true }, { nonce: 9 });
    house.run(SECOND);
    const next = house.newMapper(9);
    house.run(SECOND, next);
    expect(next.snapshot).toMatchObject({ state: "mapped", mapping: { external: EXTERNAL } });
    const stranger = house.newMapper(8);
    house.run(10 * SECOND, stranger);
    expect(stranger.snapshot).toMatchObject({ state: "refused", refusal: "not-authorized" });
  });
});

describe("a gateway that lost its table", () => {
  test.each([{ pcp: true }, { natPmp: true }, { igd: 1 }, { igd: 2 }] as const)(
    "and speaks %j has it again in a minute",
    (setup) => {
      const house = new House(setup);
      house.run(10 * MINUTE);
      const { revision } = house.snapshot.mapping!;
      house.gateway.wipe(house.now);
      house.run(MINUTE + SECOND);
      expect(house.gateway.rows).toHaveLength(1);
      expect(house.snapshot.mapping!.revision).toBeGreaterThan(revision);
    },
  );

  test("and says so has it again at once; somebody else who says so is not heard", () => {
    const house = new House({ pcp: true });
    house.run(10 * MINUTE + 30 * SECOND);
    house.gateway.wipe(house.now);
    house.mapper.onAnnouncement({ address: "192.168.1.66", port: 5351 });
    house.run(SECOND);
    expect(house.gateway.rows).toEqual([]);
    house.mapper.onAnnouncement({ address: "192.168.1.1", port: 5351 });
    house.run(SECOND);
    expect(house.gateway.rows).toHaveLength(1);
  });

  test("is not asked more than once in two seconds, whoever announces what", () => {
    const house = new House({ pcp: true });
    house.run(SECOND);
    const before = house.gateway.asked.length;
    for (let i = 0; i < 1_000; i++) {
      house.mapper.onAnnouncement({ address: "192.168.1.1", port: 5351 });
      house.run(10);
    }
    expect(house.gateway.asked.length - before).toBeLessThanOrEqual(6);
  });

  test("and got another address maps there", () => {
    const house = new House({ natPmp: true });
    house.run(10 * MINUTE);
    house.gateway.setup = { ...house.gateway.setup, external: "203.0.113.99" };
    house.run(MINUTE + SECOND);
    expect(house.snapshot.mapping?.external.address).toBe("203.0.113.99");
  });

  test("is asked for another port when the old one was given away meanwhile", () => {
    const house = new House({ igd: 1 });
    house.run(10 * MINUTE);
    house.gateway.wipe(house.now);
    house.gateway.taken.add(40_000);
    house.run(MINUTE + SECOND);
    expect(house.snapshot.mapping?.external.port).not.toBe(40_000);
    expect(house.gateway.rows).toMatchObject([{ internal: 40_000 }]);
  });
});

describe("a gateway with a fault", () => {
  // Error 725 by the book; 402 by routers that have not read it.
  test.each([725, 402])("takes permanent leases alone (%i): it gets one, and it is deleted at close", (code) => {
    const house = new House({ igd: 1, faults: { onlyPermanent: code } });
    house.run(5 * SECOND);
    expect(house.snapshot).toMatchObject({ state: "mapped", mapping: { isPermanent: true } });
    expect(house.gateway.rows).toMatchObject([{ until: null }]);
    house.run(12 * HOUR);
    expect(house.gateway.rows).toMatchObject([{ until: null }]);
    house.gateway.wipe(house.now);
    house.run(MINUTE + SECOND);
    expect(house.gateway.rows).toMatchObject([{ until: null }]);
    house.mapper.close(() => undefined);
    house.run(SECOND);
    expect(house.gateway.rows).toEqual([]);
  });

  test.each([{ pcp: true }, { natPmp: true }, { igd: 1 }] as const)(
    "maps %j to the wrong internal port: nothing is left of it, and nothing is claimed",
    (setup) => {
      const house = new House({ ...setup, faults: { internalPortShift: 1 } });
      house.run(10 * SECOND);
      expect(house.snapshot).toMatchObject({ state: "refused", mapping: undefined, refusal: "wrong-internal-port" });
      expect(house.gateway.rows).toEqual([]);
    },
  );

  test("answers a search after seven seconds, from an odd port", () => {
    const house = new House({ igd: 1, faults: { ssdpDelayMs: 7_000, ssdpPort: 53_211 } });
    house.run(6 * SECOND);
    expect(house.snapshot.state).toBe("none");
    house.run(3 * SECOND);
    expect(house.snapshot).toMatchObject({ state: "mapped", mapping: { protocol: "igd1" } });
  });

  test.each([
    [12, "address-mismatch"],
    [2, "not-authorized"],
    [8, "out-of-resources"],
    [7, "network-failure"],
    [3, "failed"],
  ])("refuses PCP with result %i: the next protocol is asked", (pcpResult, refusal) => {
    const house = new House({ pcp: true, igd: 2, faults: { pcpResult } });
    house.run(5 * SECOND);
    expect(house.snapshot).toMatchObject({ state: "mapped", mapping: { protocol: "igd2" } });
    const alone = new House({ pcp: true, faults: { pcpResult } });
    alone.run(5 * SECOND);
    expect(alone.snapshot).toMatchObject({ state: "refused", offers: ["pcp"], refusal });
  });

  test("refuses for a quarter of an hour: it is not asked before", () => {
    const house = new House({ pcp: true, faults: { pcpResult: 8 } });
    house.run(10 * SECOND);
    const asked = house.gateway.asked.length;
    house.run(14 * MINUTE);
    expect(house.gateway.asked.length).toBe(asked);
    house.gateway.setup = { ...house.gateway.setup, faults: {} };
    house.run(3 * MINUTE);
    expect(house.snapshot.state).toBe("mapped");
  });

  test("has given the port away: another is drawn", () => {
    for (const setup of [{ pcp: true }, { natPmp: true }, { igd: 1 }] as const) {
      const house = new House(setup);
      house.gateway.taken.add(40_000);
      house.run(5 * SECOND);
      const { external } = house.snapshot.mapping!;
      expect(external.port).not.toBe(40_000);
      expect(house.gateway.rows).toMatchObject([{ external: external.port, internal: 40_000 }]);
    }
  });

  test("has no port left: it is asked five times, not for ever", () => {
    const house = new House({ igd: 1, faults: { addFault: 718 } });
    house.run(10 * SECOND);
    expect(house.gateway.asked.filter((what) => what === "AddPortMapping")).toHaveLength(5);
    expect(house.snapshot).toMatchObject({ state: "refused", refusal: "out-of-resources" });
  });

  test("has no address outside", () => {
    for (const setup of [{ natPmp: true }, { igd: 2 }] as const) {
      const house = new House({ ...setup, external: "0.0.0.0" });
      house.run(10 * SECOND);
      expect(house.snapshot).toMatchObject({ state: "refused", refusal: "network-failure" });
    }
  });

  test("stands behind another NAT: its private address is handed on as what it is", () => {
    const house = new House({ igd: 2, external: "100.64.3.4" });
    house.run(5 * SECOND);
    expect(house.snapshot.mapping?.external).toEqual({ address: "100.64.3.4", port: 40_000 });
  });
});

describe("a mapping that the outside cannot reach", () => {
  test("is given back, and the next protocol is asked, until none is left", () => {
    const house = new House({ pcp: true, igd: 2 });
    house.run(5 * SECOND);
    house.mapper.reject(house.snapshot.mapping!.revision);
    house.run(5 * SECOND);
    expect(house.snapshot).toMatchObject({ state: "mapped", mapping: { protocol: "igd2" } });
    expect(house.gateway.rows).toHaveLength(1);
    house.mapper.reject(house.snapshot.mapping!.revision);
    house.run(5 * SECOND);
    expect(house.snapshot).toMatchObject({ state: "refused", refusal: "unreachable", offers: ["pcp", "igd2"] });
    expect(house.gateway.rows).toEqual([]);
  });

  test("is tried ever more rarely, though it is granted each time", () => {
    const house = new House({ pcp: true });
    let grants = 0;
    for (let minutes = 0; minutes < 24 * 60; minutes++) {
      house.run(MINUTE);
      const { mapping } = house.snapshot;
      if (mapping === undefined) continue;
      grants++;
      house.mapper.reject(mapping.revision);
    }
    expect(grants).toBeGreaterThan(10);
    expect(grants).toBeLessThan(40);
  });

  test("is given back also while it is being renewed", () => {
    const house = new House({ pcp: true });
    const maps = (): number => house.gateway.asked.filter((what) => what === "pcp map").length;
    house.run(HOUR + 5);
    expect([maps(), house.snapshot.mapping?.revision]).toEqual([2, 1]);
    house.mapper.reject(house.snapshot.mapping!.revision);
    house.run(10 * SECOND);
    expect(house.snapshot).toMatchObject({ state: "refused", mapping: undefined });
    expect(house.gateway.rows).toEqual([]);
  });

  test("was renewed before that was known: what is known of the old grant does not count", () => {
    const house = new House({ pcp: true });
    house.run(SECOND);
    const { revision } = house.snapshot.mapping!;
    house.run(HOUR);
    house.mapper.reject(revision);
    expect(house.snapshot.state).toBe("mapped");
  });
});

describe("whoever else is on the LAN", () => {
  test.each([
    ["another host of the LAN", "http://192.168.1.20:631/printers/delete"],
    ["a host elsewhere", "http://198.51.100.9/x"],
    ["loopback", "http://127.0.0.1:8500/v1/agent"],
    ["the cloud's metadata", "http://169.254.169.254/latest/meta-data"],
    ["a name", "http://router.local/x"],
    ["a file", "file:///etc/passwd"],
    ["another protocol", "https://192.168.1.1/x"],
    ["somebody with a password", "http://admin:admin@192.168.1.1/x"],
  ])("cannot send us to %s", (_, location) => {
    const house = new House({ igd: 1, faults: { location } });
    house.run(10 * SECOND);
    expect(house.requests).toEqual([]);
  });

  test("cannot send us to a third party by a control URL", () => {
    const description = `<root><service><serviceType>urn:schemas-upnp-org:service:WANIPConnection:1</serviceType>
      <controlURL>http://198.51.100.9/ctl</controlURL></service></root>`;
    const house = new House({ igd: 1, faults: { description } });
    house.run(10 * SECOND);
    expect(house.requests.map(({ method }) => method)).toEqual(["GET"]);
    expect(house.snapshot.state).toBe("none");
  });

  test("cannot keep the default gateway out by answering in a thousand names", () => {
    const house = new House({ igd: 1, faults: { ssdpDelayMs: 1_000 } });
    for (let i = 0; i < 1_000; i++) {
      const answer = `HTTP/1.1 200 OK\r\nLOCATION: http://192.168.1.66:49152/${i}\r\n\r\n`;
      house.mapper.onDatagram({ address: "192.168.1.66", port: 1900 }, new TextEncoder().encode(answer));
    }
    expect(house.requests).toHaveLength(4);
    house.run(10 * SECOND);
    expect(house.snapshot.state).toBe("mapped");
  });

  test("cannot answer in the gateway's name from elsewhere", () => {
    const house = new House({});
    const [announce] = house.sent.filter(({ to }) => to.port === 5351);
    const answer = announce!.bytes.slice();
    answer[1] = 0x80;
    house.mapper.onDatagram({ address: "192.168.1.66", port: 5351 }, answer);
    house.mapper.onDatagram({ address: "192.168.1.1", port: 5352 }, answer);
    house.run(10 * SECOND);
    expect(house.snapshot.offers).toEqual([]);
  });

  test("cannot make it grow without bound or throw, by any datagram", () => {
    const house = new House({ pcp: true, natPmp: true, igd: 2 });
    house.run(SECOND);
    for (let i = 0; i < 2_000; i++) {
      const bytes = Uint8Array.from({ length: i % 80 }, (_, at) =>
        at === 0 ? (i & 1) * 2 : (i * 31 + at * 17) & 0xff,
      );
      house.mapper.onDatagram({ address: "192.168.1.1", port: 5351 }, bytes);
    }
    house.run(HOUR);
    expect(house.snapshot.state).toBe("mapped");
  });
});
