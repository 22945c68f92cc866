import { describe, expect, test } from "vitest";
import { parseLocation, resolveService } from "./http-target.ts";

const LAN = { gateway: "192.168.1.1", speaker: "192.168.1.1", onLink: [{ address: "192.168.1.0", length: 24 }] };
const LAN6 = { gateway: "fe80::1", speaker: "fe80::1", onLink: [{ address: "2001:db8:7::", length: 64 }] };

describe("a location", () => {
  test.each([
    ["http://192.168.1.1:5000/rootDesc.xml", LAN, { address: "192.168.1.1", port: 5_000, path: "/rootDesc.xml" }],
    ["http://192.168.1.1/?x=1#y", LAN, { address: "192.168.1.1", port: 80, path: "/?x=1" }],
    // A second device of the house that is the router, and not the default gateway of this machine.
    ["http://192.168.1.2/d", { ...LAN, speaker: "192.168.1.2" }, { address: "192.168.1.2", port: 80, path: "/d" }],
    ["http://[2001:db8:7::1]:80/d", LAN6, { address: "2001:db8:7::1", port: 80, path: "/d" }],
  ])("%s is taken", (text, context, value) => {
    expect(parseLocation(text, context)).toEqual({ ok: true, value });
  });

  test.each([
    ["https://192.168.1.1/", LAN, "not-http"],
    ["ftp://192.168.1.1/", LAN, "not-http"],
    ["http://router/", LAN, "not-an-address"],
    ["http://user@192.168.1.1/", LAN, "bad-url"],
    ["http://192.168.1.1:0/", LAN, "bad-url"],
    ["192.168.1.1", LAN, "bad-url"],
    [`http://192.168.1.1/${"x".repeat(300)}`, LAN, "bad-url"],
    ["http://192.168.1.20/", LAN, "elsewhere"],
    ["http://203.0.113.9/", { ...LAN, speaker: "203.0.113.9" }, "elsewhere"],
    ["http://127.0.0.1/", LAN, "elsewhere"],
    // 127.0.0.1 in other words.
    ["http://2130706433/", LAN, "elsewhere"],
    ["http://0x7f.1/", LAN, "elsewhere"],
    ["http://[::ffff:127.0.0.1]/", LAN6, "elsewhere"],
    ["http://[2001:db8:7::9]/", { ...LAN6, speaker: "fe80::9" }, "elsewhere"],
    ["http://[2001:db8:8::1]/", LAN6, "elsewhere"],
  ])("%s is refused", (text, context, error) => {
    expect(parseLocation(text, context)).toEqual({ ok: false, error });
  });
});

describe("a control URL", () => {
  const description = { address: "192.168.1.1", port: 5_000, path: "/igd/desc.xml" };
  const at = (port: number, path: string) => ({ ok: true, value: { address: "192.168.1.1", port, path } });

  test.each([
    ["/ctl/IPConn", undefined, at(5_000, "/ctl/IPConn")],
    ["ctl", undefined, at(5_000, "/igd/ctl")],
    ["/ctl", "http://192.168.1.1:49152/", at(49_152, "/ctl")],
    ["http://192.168.1.1:80/ctl", undefined, at(80, "/ctl")],
    ["/ctl\r\nX-Evil: 1", undefined, at(5_000, "/ctlX-Evil:%201")],
  ])("%s, base %s", (text, base, expected) => {
    expect(resolveService(text, base, description)).toEqual(expected);
  });

  test.each([
    ["http://192.168.1.20/ctl", undefined, "elsewhere"],
    ["//198.51.100.9/ctl", undefined, "elsewhere"],
    ["/ctl", "http://198.51.100.9/", "elsewhere"],
    ["javascript:alert(1)", undefined, "not-http"],
    ["/ctl", "no url", "bad-url"],
  ])("%s, base %s is refused", (text, base, error) => {
    expect(resolveService(text, base, description)).toEqual({ ok: false, error });
  });
});
