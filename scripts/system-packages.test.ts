import { describe, expect, test } from "vitest";
import { demoPackages, ensureSystemPackages, testPackages, thisMachine } from "./system-packages.mjs";

const needs = [
  { command: "ip", package: "iproute2" },
  { command: "wg", package: "wireguard-tools" },
  { path: "/opt/thing", package: "thing" },
];

describe("ensuring packages", () => {
  test("does nothing when everything is there", () => {
    const machine = fakeMachine({ present: ["ip", "wg", "/opt/thing"] });
    expect(ensureSystemPackages(needs, machine)).toBe(true);
    expect([machine.ran, machine.printed]).toEqual([[], []]);
  });

  test("as root on Debian, updates once and installs just what is missing", () => {
    const machine = fakeMachine({ present: ["ip"], aptBrings: ["wg", "/opt/thing"] });
    expect(ensureSystemPackages(needs, machine)).toBe(true);
    expect(machine.ran).toEqual([
      "apt-get -q -o DPkg::Lock::Timeout=300 update",
      "apt-get -q -o DPkg::Lock::Timeout=300 install -y --no-install-recommends wireguard-tools thing",
    ]);
  });

  test("says what is still missing when apt fails or does not bring it", () => {
    const failing = fakeMachine({ present: ["ip", "wg"], aptSucceeds: false });
    expect(ensureSystemPackages(needs, failing)).toBe(false);
    expect(failing.ran).toHaveLength(1);
    expect(failing.printed.at(-1)).toBe("apt-get failed. Missing: /opt/thing (package thing).");

    const useless = fakeMachine({ present: ["ip", "wg"] });
    expect(ensureSystemPackages(needs, useless)).toBe(false);
    expect(useless.printed.at(-1)).toBe("Installed, and yet missing: /opt/thing (package thing).");
  });

  test("without root, prints the command and runs nothing", () => {
    const machine = fakeMachine({ present: ["wg"], isRoot: false });
    expect(ensureSystemPackages(needs, machine)).toBe(false);
    expect(machine.ran).toEqual([]);
    expect(machine.printed).toEqual([
      "Missing: ip (package iproute2), /opt/thing (package thing). Install with:",
      "  sudo apt-get update && sudo apt-get install -y --no-install-recommends iproute2 thing",
    ]);
  });

  test("elsewhere than on Debian, names the packages and runs nothing", () => {
    const machine = fakeMachine({ present: ["ip", "wg"], isDebian: false });
    expect(ensureSystemPackages(needs, machine)).toBe(false);
    expect(machine.ran).toEqual([]);
    expect(machine.printed.join("\n")).toMatch(/Missing: \/opt\/thing .*\n.*on Debian they are thing\./);
  });
});

test("this machine has what runs this test and lacks what does not exist", () => {
  const { has } = thisMachine();
  expect(has({ command: "sh", package: "dash" })).toBe(true);
  expect(has({ path: process.execPath, package: "nodejs" })).toBe(true);
  expect(has({ command: "no-such-program", package: "none" })).toBe(false);
  expect(has({ path: "/no/such/file", package: "none" })).toBe(false);
});

test("what the demo needs, the tests need too", () => {
  expect(testPackages).toEqual(expect.arrayContaining([...demoPackages]));
});

type Fake = { present: string[]; aptBrings?: string[]; aptSucceeds?: boolean; isRoot?: boolean; isDebian?: boolean };

function fakeMachine({ present, aptBrings = [], aptSucceeds = true, isRoot = true, isDebian = true }: Fake) {
  const here = new Set(present);
  const ran: string[] = [];
  const printed: string[] = [];
  return {
    isRoot,
    isDebian,
    ran,
    printed,
    has: (need: { command?: string; path?: string }) => here.has(need.command ?? need.path ?? ""),
    print: (line: string) => void printed.push(line),
    run: (argv: string[]) => {
      ran.push(argv.join(" "));
      if (argv.includes("install")) for (const name of aptBrings) here.add(name);
      return aptSucceeds;
    },
  };
}
