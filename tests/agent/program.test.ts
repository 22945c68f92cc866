// The built agent on a real control session, relay and STUN server: what a person or a script sees of it.
import { mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { DeviceId } from "@pinhole/protocol";
import { Dashboard } from "./dashboard.ts";
import { Program } from "./program.ts";

const MINUTE = 60_000;

let dashboard: Dashboard;
beforeAll(async () => {
  dashboard = await Dashboard.start();
});
afterAll(() => dashboard[Symbol.asyncDispose]());

describe("the command line", () => {
  test.each(["down", "status", "netcheck", "metrics"])("%s says with 3 that nothing runs", async (verb) => {
    await using program = new Program();
    expect(await program.run([verb])).toEqual({
      code: 3,
      stdout: "",
      stderr: "Pinhole is not running on this machine. Start it with `pinhole up`.\n",
    });
    expect((await program.run(["ping", "a"])).code).toBe(3);
  });
});

describe("up", () => {
  test.each([
    ["nonsense", /no enrollment token/],
    ["", /no enrollment token|standard input/],
  ])("with the token %j changes nothing", async (token, words) => {
    await using program = new Program();
    const { code, stderr } = await program.up(dashboard, token);
    expect(code).toBeGreaterThanOrEqual(1);
    expect(stderr).toMatch(words);
  });

  test(
    "with a used token, a dead server or another dashboard's token says so in one sentence",
    async () => {
      await using other = await Dashboard.start();
      const used = dashboard.newToken();
      await using first = new Program();
      expect((await first.up(dashboard, used)).code).toBe(0);

      await using program = new Program();
      const refused = await program.up(dashboard, used);
      expect(refused).toMatchObject({ code: 1, stdout: "" });
      expect(refused.stderr).toContain("used up");
      const unreachable = await program.up({ url: "http://127.0.0.1:9" }, dashboard.newToken());
      expect(unreachable).toMatchObject({
        code: 1,
        stderr: expect.stringContaining("cannot be reached: connect ECONN"),
      });
      const mistaken = await program.up(dashboard, other.newToken());
      expect(mistaken).toMatchObject({
        code: 1,
        stderr: expect.stringContaining("not the dashboard that made this token"),
      });
      // What was refused left the way free.
      expect(await program.up(dashboard, dashboard.newToken())).toMatchObject({ code: 0 });
    },
    MINUTE,
  );

  test(
    "again, with the same or other flags, with another's token, or from a second terminal",
    async () => {
      await using other = await Dashboard.start();
      await using program = new Program();
      const up = await program.up(dashboard, dashboard.newToken(), "--name", "-Zoë's Mac.local");
      expect(up).toMatchObject({ code: 2 }); // a value that begins with a hyphen needs its equals sign
      const named = await program.up(dashboard, dashboard.newToken(), "--name=-Zoë's Mac.local");
      expect(named.stdout.split("\n")[0]).toMatch(/^Enrolled as zoe-s-mac-local in .+, address 100\./);
      expect(named).toMatchObject({ code: 0, stderr: "" });
      expect(named.stdout).toContain("Online.");

      const again = await program.run(["up"]);
      expect(again).toMatchObject({
        code: 0,
        stdout: expect.stringMatching(/^Pinhole is already up\.\n100\..*online/),
      });
      expect(await program.up(dashboard, "used up long ago")).toMatchObject({ code: 0 });
      expect(await program.up(dashboard, other.newToken())).toMatchObject({
        code: 1,
        stderr: expect.stringContaining("another dashboard's"),
      });
      expect(await program.up(other, "")).toMatchObject({ code: expect.any(Number) });
      expect(await program.run(["up", "--port", "1"])).toMatchObject({
        code: 1,
        stderr: expect.stringContaining("other flags"),
      });
      // The daemon itself, past the question that `up` asks first.
      expect(await program.run(["up", "--foreground"])).toMatchObject({
        code: 1,
        stderr: expect.stringContaining("Another agent already runs on"),
      });
      expect((await program.status()).self).toMatchObject({ name: "zoe-s-mac-local", online: true });

      expect(await program.run(["down"])).toMatchObject({ code: 0 });
      expect(await program.run(["up"])).toMatchObject({ code: 0, stdout: expect.stringContaining("Online.") });
    },
    MINUTE,
  );

  test("takes a directory of its own alone", async () => {
    await using program = new Program();
    mkdirSync(program.stateDirectory, { mode: 0o755 });
    writeFileSync(join(program.stateDirectory, "thesis.tex"), "");
    const { code, stderr } = await program.up(dashboard, dashboard.newToken());
    expect({ code, stderr }).toMatchObject({ code: 1, stderr: expect.stringContaining("holds other files") });
    expect(statSync(program.stateDirectory).mode & 0o777).toBe(0o755);
  });
});

describe("two agents", () => {
  test(
    "see each other, answer over a path, end in time, and find each other again",
    async () => {
      const token = dashboard.newToken(2);
      await using a = new Program();
      await using b = new Program();
      expect(await a.up(dashboard, token, "--name", "ann")).toMatchObject({ code: 0 });
      expect(await b.up(dashboard, token, "--name", "ben")).toMatchObject({ code: 0 });

      const { code, replies } = await a.ping("ben", "-c", "1");
      expect({ code, replies }).toMatchObject({ code: 0, replies: [{ seq: 1, rttMs: expect.any(Number) }] });
      expect(Object.keys(replies[0]!).every((key) => ["seq", "rttMs", "path", "endpoint", "relay"].includes(key))).toBe(
        true,
      );
      const direct = await a.ping("ben", "--until-direct", "--timeout", "15");
      expect(direct.replies.at(-1)).toMatchObject({ path: "direct", endpoint: expect.stringContaining(":") });
      expect(direct.code).toBe(0);
      expect(await a.ping("carol")).toEqual({ code: 1, replies: [] });

      const status = await a.status();
      const peer = status.peers.find(({ name }) => name === "ben")!;
      // By which of this machine's addresses they met first depends on the machine; the lab asserts the kinds.
      expect(peer).toMatchObject({
        online: true,
        path: { kind: "direct", type: expect.stringMatching(/^(lan|ipv6|punched)$/) },
        lastHandshakeAt: expect.stringMatching(/Z$/),
      });
      expect(new Date(peer.path.since).toISOString()).toBe(peer.path.since);
      expect((await a.run(["status"])).stdout).toMatch(/ben +online +direct \S+:\d+ /);
      expect(JSON.parse((await a.run(["netcheck", "--json"])).stdout)).toMatchObject({
        udp: "ok",
        control: { online: true },
        relays: [{ name: "main", connected: true }],
      });
      const { stdout: metrics } = await a.run(["metrics"]);
      expect(metrics).toMatch(/^pinhole_peers_connected\{path="direct_ipv[46]"\} 1$/m);
      expect(metrics).toMatch(/^pinhole_outbound_packets_total\{path="relay"\} [1-9]/m);
      expect(metrics).toMatch(/^pinhole_peer_path_info\{peer="ben",path="direct_ipv[46]"\} 1$/m);

      const startedAt = performance.now();
      expect(await a.run(["down"])).toMatchObject({ code: 0 });
      expect(performance.now() - startedAt).toBeLessThan(2_000);
      expect(await a.run(["status"])).toMatchObject({ code: 3 });
      const at = a.log.split("\n").flatMap((line) => /^(\S+) INFO +(stopping|stopped)$/.exec(line)?.[1] ?? []);
      expect(Date.parse(at[1]!) - Date.parse(at[0]!)).toBeLessThanOrEqual(1_000);

      expect(await a.run(["up"])).toMatchObject({ code: 0 });
      expect((await a.ping("ben", "--until-direct", "--timeout", "15")).code).toBe(0);
    },
    MINUTE,
  );

  test(
    "say nothing of tokens, keys and addresses in their logs",
    async () => {
      const token = dashboard.newToken(2);
      await using a = new Program();
      await using b = new Program();
      await a.up(dashboard, token, "--name", "quiet-a");
      await b.up(dashboard, token, "--name", "quiet-b");
      expect((await a.ping("quiet-b", "--until-direct", "--timeout", "15")).code).toBe(0);
      const identity = JSON.parse(readFileSync(join(a.stateDirectory, "identity.json"), "utf8")) as Record<
        string,
        string
      >;
      for (const secret of [token, token.slice(4), ...Object.values(identity)]) expect(a.log).not.toContain(secret);
      expect(a.log).toMatch(/INFO +path changed peer=quiet-b kind=direct/);
      const lines = a.log.split("\n").filter((line) => line.includes("path changed"));
      for (const line of lines) expect(line).not.toMatch(/\d+\.\d+\.\d+\.\d+/);
    },
    MINUTE,
  );

  test(
    "one that is revoked drops its peers at once, and comes back by itself when that is undone",
    async () => {
      const token = dashboard.newToken(2);
      await using a = new Program();
      await using b = new Program();
      await a.up(dashboard, token, "--name", "lost");
      await b.up(dashboard, token, "--name", "found");
      const { self } = await a.status();
      dashboard.revoke(self.id as DeviceId);
      await expect.poll(async () => (await a.status()).peers, { timeout: 5_000 }).toEqual([]);
      expect((await a.status()).self).toMatchObject({ online: false, problem: expect.stringContaining("revoked") });

      // The same when it hears of it at its next start only: the netmap that it kept is no longer true.
      const kept = join(a.stateDirectory, "netmap.json");
      dashboard.restore(self.id as DeviceId);
      await expect.poll(async () => (await a.status()).self.online, { timeout: 20_000 }).toBe(true);
      await expect.poll(() => readFileSync(kept, "utf8"), { timeout: 5_000 }).toContain('"found"');
      await a.run(["down"]);
      dashboard.revoke(self.id as DeviceId);
      await a.run(["up"]);
      await expect.poll(async () => (await a.status()).peers, { timeout: 5_000 }).toEqual([]);
    },
    MINUTE,
  );
});

test(
  "a reader that goes away is no error",
  async () => {
    await using program = new Program();
    await program.up(dashboard, dashboard.newToken());
    const { code, stdout, stderr } = await program.pipe("status", "head -1");
    expect({ code, stderr, lines: stdout.split("\n").length }).toEqual({ code: 0, stderr: "", lines: 2 });
  },
  MINUTE,
);

describe("a damaged file", () => {
  test.each(["netmap", "runtime", "timestamps"])(
    "%s.json is set aside, and the agent starts",
    async (name) => {
      await using program = new Program();
      await program.up(dashboard, dashboard.newToken());
      await program.run(["down"]);
      const path = join(program.stateDirectory, `${name}.json`);
      writeFileSync(path, "{ half");
      expect(await program.run(["up"])).toMatchObject({ code: 0, stdout: expect.stringContaining("Online.") });
      expect(readFileSync(`${path}.damaged`, "utf8")).toBe("{ half");
      expect(program.log).toContain("was damaged");
    },
    MINUTE,
  );

  test.each(["identity", "enrollment", "settings"])(
    "%s.json stops the agent, and is kept",
    async (name) => {
      await using program = new Program();
      await program.up(dashboard, dashboard.newToken());
      await program.run(["down"]);
      const path = join(program.stateDirectory, `${name}.json`);
      writeFileSync(path, "{ half");
      const up = await program.run(["up"]);
      expect(up).toMatchObject({ code: 1, stderr: expect.stringContaining(`${path} is damaged`) });
      expect(readFileSync(path, "utf8")).toBe("{ half");
    },
    MINUTE,
  );
});
