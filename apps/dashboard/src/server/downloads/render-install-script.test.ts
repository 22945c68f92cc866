import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { type DownloadManifest, renderInstallScript } from "./render-install-script.ts";

const TEMPLATE = readFileSync(new URL("./install.sh", import.meta.url), "utf8");
const AGENT_FLAGS = new URL("../../../../agent/src/daemon/runtime-flags.ts", import.meta.url);
const MANIFEST: DownloadManifest = {
  version: "0.1.0",
  node: "24.21.0",
  files: [
    { name: "agent.tar.gz", kind: "agent", size: 1, sha256: "a".repeat(64) },
    { name: "node-linux-x64.gz", kind: "runtime", platform: "linux-x64", size: 1, sha256: "b".repeat(64) },
  ],
};

describe("the install script", () => {
  test("carries the dashboard's address and both checksums, and no mark is left", () => {
    const script = renderInstallScript(TEMPLATE, "https://hub.example/", MANIFEST);
    expect(script).toContain("url='https://hub.example'");
    expect(script).toContain("a".repeat(64));
    expect(script).toContain(`linux-x64) node_file='node-linux-x64.gz' node_sha256='${"b".repeat(64)}' ;;`);
    expect(script).not.toMatch(/@[A-Z0-9_]+@/);
  });

  test("starts the service's Node with the flags that the agent starts its daemon with", () => {
    const flags = /RUNTIME_FLAGS[^=]*= \[([^\]]*)\]/.exec(readFileSync(AGENT_FLAGS, "utf8"))?.[1] ?? "";
    const words = flags.split(",").flatMap((word) => JSON.parse(word.trim() || "[]"));
    expect(words.length).toBeGreaterThan(0);
    expect(TEMPLATE).toContain(`ExecStart=$prefix/bin/node ${words.join(" ")} $prefix/lib/pinhole.js up --foreground`);
  });

  test("is valid for a plain shell", () => {
    const script = renderInstallScript(TEMPLATE, "http://192.0.2.1:3000", MANIFEST);
    expect(spawnSync("sh", ["-n"], { input: script }).stderr.toString()).toBe("");
  });

  // The address may come from a Host header: it ends up in a script that root runs.
  test.each(["http://a'b", "http://a b", "http://$(id)", "http://a\nb", "javascript:alert(1)", "http://a;b"])(
    "refuses the address %j",
    (url) => {
      expect(() => renderInstallScript(TEMPLATE, url, MANIFEST)).toThrow(RangeError);
    },
  );

  // A download that is cut off must run nothing: everything is in functions until the last line.
  test("cut off anywhere, does nothing", () => {
    const script = renderInstallScript(TEMPLATE, "http://192.0.2.1:3000", MANIFEST);
    const whole = script.trimEnd();
    const folder = mkdtempSync(join(tmpdir(), "pinhole-install-"));
    try {
      for (let length = 0; length < whole.length; length += 31) {
        // No program can be found, so that whatever ran would fail loudly instead of changing the machine.
        const run = spawnSync("/bin/sh", ["-c", whole.slice(0, length)], {
          cwd: folder,
          env: { NODE_ENV: "test", PATH: folder, HOME: folder },
          input: "",
        });
        expect(run.stdout.toString(), `cut at ${length}`).toBe("");
        // The last line alone may be cut to a word, which is no program.
        expect(run.stderr.toString().replace(/: (m|ma|mai): (command )?not found/, ""), `cut at ${length}`).not.toMatch(
          /not found/,
        );
      }
      expect(readdirSync(folder)).toEqual([]);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
