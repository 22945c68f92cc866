/** Addresses change under programs that run, as they do for a laptop that is carried about and a router that is dialled in anew. */
import { describe, expect, test } from "vitest";
import type { NetworkName } from "./behaviour.ts";
import { Lab } from "./lab.ts";
import { Probe } from "./probe/probe.ts";
import { openVantage, seenBy } from "./probe/vantage.ts";

describe.runIf(process.getuid?.() === 0)("a change of network", () => {
  test.each<NetworkName>(["public", "eim-apdf", "eim-adf", "sequential", "cgn"])(
    "gives %s another public address, and the old one leads nowhere",
    async (network) => {
      await using lab = await Lab.create({ hosts: { a: { network, link: { delayMs: 1 } } } });
      const server = await openVantage(lab);
      const socket = await Probe.on(lab, "a").open();
      const was = lab.host("a").publicAddress;
      const before = await seenBy(socket, server.main, "before");
      expect(before.split(":")[0]).toBe(was);

      await lab.renumber("a");
      const { publicAddress } = lab.host("a");
      expect(publicAddress).not.toBe(was);
      const after = await seenBy(socket, server.main, "after");
      expect(after.split(":")[0]).toBe(publicAddress);
      await server.main.send(before, "to the old address");
      await server.main.send(after, "to the new one");
      await socket.sourceOf("to the new one");
      expect(socket.received().map(({ text }) => text)).toEqual(["to the new one"]);
      expect(await lab.traffic("a", "server")).toMatchObject({ packets: 2 });
    },
  );

  test("plugs a host into another LAN, and its open sockets go on from there", async () => {
    await using lab = await Lab.create({ hosts: { a: { network: "eim-apdf" }, b: { network: "cgn" } } });
    const server = await openVantage(lab);
    const socket = await Probe.on(lab, "a").open();
    expect((await seenBy(socket, server.main, "at home")).split(":")[0]).toBe(lab.host("a").publicAddress);
    const home = lab.host("a");

    await lab.move("a", { lanOf: "b" });
    expect(lab.host("a").address).not.toBe(home.address);
    expect(lab.host("a").publicAddress).toBe(lab.host("b").publicAddress);
    expect((await seenBy(socket, server.main, "out")).split(":")[0]).toBe(lab.host("b").publicAddress);
    const neighbour = await Probe.on(lab, "b").open();
    await socket.send(`${lab.host("b").address}:${neighbour.port}`, "hello neighbour");
    expect(await neighbour.sourceOf("hello neighbour")).toBe(`${lab.host("a").address}:${socket.port}`);
  });

  test("is not for a host without a LAN", async () => {
    await using lab = await Lab.create({ hosts: { a: { network: "public" }, b: { network: "eim-apdf" } } });
    await expect(lab.move("a", { lanOf: "b" })).rejects.toThrow(/from one LAN to another/);
    await expect(lab.move("b", { lanOf: "a" })).rejects.toThrow(/from one LAN to another/);
  });
});
