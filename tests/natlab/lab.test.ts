/** Labs come and go without a trace, side by side, whatever their programs do. */
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { Lab } from "./lab.ts";
import { LabProcess } from "./lab-process.ts";
import { namespacesOf } from "./lab-name.ts";
import { Probe } from "./probe/probe.ts";

const LAB_MODULE = path.join(import.meta.dirname, "lab.ts");

describe.runIf(process.getuid?.() === 0)("a lab", () => {
  test("leaves no namespace, process or file behind", async () => {
    const lab = await Lab.create({ hosts: { a: { network: "cgn", link: { delayMs: 1 } }, b: { lanOf: "a" } } });
    expect(namespacesOf(lab.name)).toHaveLength(6); // Two hosts, two routers, the internet, the server.
    const sleeper = lab.spawn("a", ["sleep", "1000"]);
    // A daemon that left its parent, as wireguard-go does.
    await lab.exec("b", ["sh", "-c", "setsid sleep 1000 >/dev/null 2>&1 & echo $! > daemon.pid"]);
    const { stdout: daemon } = await lab.exec("b", ["cat", path.join(lab.directory, "daemon.pid")]);
    expect(isAlive(Number(daemon))).toBe(true);

    await lab[Symbol.asyncDispose]();
    expect(namespacesOf(lab.name)).toEqual([]);
    expect(existsSync(lab.directory)).toBe(false);
    expect(await sleeper.exited).toEqual({ code: null, signal: "SIGKILL" });
    await expect.poll(() => isAlive(Number(daemon))).toBe(false);
    expect(() => lab.spawn("a", ["true"])).toThrow(/taken down/);
  });

  test("runs beside another with the same addresses and hears nothing of it", async () => {
    const hosts = { a: { network: "public" }, b: { network: "public" } } as const;
    await using one = await Lab.create({ hosts });
    await using two = await Lab.create({ hosts });
    expect(one.name).not.toBe(two.name);
    expect(one.host("b").publicAddress).toBe(two.host("b").publicAddress);

    const listeners = await Promise.all([one, two].map((lab) => Probe.on(lab, "b").open("0.0.0.0", 4000)));
    for (const lab of [one, two]) {
      await (await Probe.on(lab, "a").open()).send(`${lab.host("b").publicAddress}:4000`, lab.name);
    }
    await Promise.all([listeners[0]?.sourceOf(one.name), listeners[1]?.sourceOf(two.name)]);
    expect(listeners.map((listener) => listener.received().map(({ text }) => text))).toEqual([[one.name], [two.name]]);
    expect((await one.traffic("a", "b")).packets).toBe(1);

    await one[Symbol.asyncDispose]();
    expect(namespacesOf(two.name)).toHaveLength(4);
    await two.exec("a", ["ping", "-c1", "-W2", two.host("b").publicAddress]);
  });

  test("goes with the process that made it when that exits or throws", async () => {
    const maker = makeLabElsewhere("throw new Error('a test that fails badly')");
    const [, name = ""] = await maker.waitForLine(/^lab (\S+)$/, 10_000);
    expect((await maker.exited).code).not.toBe(0);
    expect(namespacesOf(name)).toEqual([]);
  });

  test("is swept away by the next one when its process was killed", async () => {
    const maker = makeLabElsewhere("lab.spawn('a', ['sleep', '1000']); setInterval(() => {}, 1000)");
    const [, name = ""] = await maker.waitForLine(/^lab (\S+)$/, 10_000);
    maker.kill("SIGKILL");
    await maker.exited;
    expect(namespacesOf(name)).toHaveLength(3);

    await using next = await Lab.create({ hosts: {} });
    expect(namespacesOf(name)).toEqual([]);
    expect(namespacesOf(next.name)).toHaveLength(2);
  });

  test("with twelve hosts behind nine routers is up at once", async () => {
    const started = performance.now();
    await using lab = await Lab.create({
      hosts: {
        a: { network: "public" },
        b: { network: "firewall" },
        c: { network: "eim-apdf" },
        d: { network: "eim-eif" },
        e: { network: "random" },
        f: { network: "cgn" },
        g: { network: "udp-blocked" },
        h: { lanOf: "c" },
        i: { carrierOf: "f" },
        j: { network: "sequential" },
        k: { network: "adm-random" },
        l: { lanOf: "e" },
      },
    });
    expect(performance.now() - started).toBeLessThan(1_500);
    // At once means that the very first packet of everybody gets through.
    for (const name of ["a", "b", "c", "d", "e", "f", "h", "i", "j", "k", "l"] as const) {
      const { stdout } = await lab.exec(name, ["ping", "-c1", "-W2", "203.0.113.1"]);
      expect(Number(/time=([\d.]+)/.exec(stdout)?.[1])).toBeLessThan(100);
    }
  });

  test("names are checked and unknown ones refused", async () => {
    await expect(Lab.create({ hosts: { server: { network: "public" } } })).rejects.toThrow(/cannot be called server/);
    await expect(Lab.create({ hosts: { "a; rm": { network: "public" } } })).rejects.toThrow(/cannot be called/);
    await expect(Lab.create({ hosts: { b: { lanOf: "a" } } })).rejects.toThrow(/must come first/);
    await expect(Lab.create({ hosts: { a: { network: "eim-apdf" }, b: { carrierOf: "a" } } })).rejects.toThrow(
      /behind 2/,
    );
  });
});

describe.runIf(process.getuid?.() === 0)("a program in the lab", () => {
  test("has its host's addresses, the given environment and nothing of the test runner's", async () => {
    await using lab = await Lab.create({ hosts: { a: { network: "eim-apdf" } } });
    const { stdout } = await lab.exec("a", ["sh", "-c", "ip -br addr; env; pwd; cat"], {
      env: { GIVEN: "1" },
      stdin: "typed",
    });
    expect(stdout).toContain(`${lab.host("a").address}/24`);
    expect(stdout).toMatch(/^lo +UNKNOWN +127\.0\.0\.1/m);
    expect(stdout).toContain("GIVEN=1");
    expect(stdout).not.toContain("VITEST");
    expect(stdout).toContain(`\n${lab.directory}\n`);
    expect(stdout).toMatch(/typed$/);
  });

  test("is waited for by line, and complains with what it said", async () => {
    await using lab = await Lab.create({ hosts: { a: { network: "public" } } });
    const program = lab.spawn("a", [
      "sh",
      "-c",
      "echo got ready 7; while read line; do echo got $line >&2; done; exit 3",
    ]);
    expect((await program.waitForLine(/ready (\d)/, 5_000))[1]).toBe("7");
    program.write("a word\n");
    await program.waitForLine(/^got a word$/, 5_000);
    await expect(program.waitForLine(/never/, 50)).rejects.toThrow(
      /did not print .*never.* within 50 ms[^]*got a word/,
    );
    expect(await program.stop()).toEqual({ code: null, signal: "SIGTERM" });

    await expect(lab.spawn("a", ["sh", "-c", "exit 3"]).waitForLine(/x/, 5_000)).rejects.toThrow(/exited with 3/);
    await expect(lab.exec("a", ["sh", "-c", "echo why >&2; exit 4"])).rejects.toThrow(/failed with 4\nwhy/);
    await expect(lab.exec("a", ["sleep", "100"], { timeoutMs: 50 })).rejects.toThrow(/longer than 50 ms/);
    await expect(lab.exec("a", ["no-such-program"])).rejects.toThrow(/no-such-program/);
  });
});

function makeLabElsewhere(then: string): LabProcess {
  const source = `
    import { Lab } from ${JSON.stringify(LAB_MODULE)};
    const lab = await Lab.create({ hosts: { a: { network: "public" } } });
    console.log("lab " + lab.name);
    ${then};`;
  const argv = [process.execPath, "--input-type=module-typescript", "-e", source] as const;
  return new LabProcess([...argv], { env: { PATH: process.env["PATH"] ?? "" } });
}

/** A zombie is not: whether somebody collects it is not the lab's affair. */
function isAlive(pid: number): boolean {
  try {
    return !/^State:\tZ/m.test(readFileSync(`/proc/${pid}/status`, "utf8"));
  } catch {
    return false;
  }
}
