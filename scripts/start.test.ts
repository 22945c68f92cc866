import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";

const start = fileURLToPath(new URL("./start.mjs", import.meta.url));

/** Neither may install or build anything first: a person only wants to know. */
describe("npm start", () => {
  test("--help names every setting and exits with 0", () => {
    const { status, stdout } = spawnSync(process.execPath, [start, "--help"], { encoding: "utf8" });
    expect(status).toBe(0);
    for (const name of [
      "HOST",
      "PORT",
      "PINHOLE_DATA_DIR",
      "PINHOLE_URL",
      "PINHOLE_STUN_ADDRESSES",
      "PINHOLE_STUN_PORT",
    ])
      expect(stdout).toContain(name);
  });

  test("with a flag that there is none of names it and exits with 2", () => {
    const { status, stderr, stdout } = spawnSync(process.execPath, [start, "--prot", "80"], { encoding: "utf8" });
    expect(status).toBe(2);
    expect(stderr).toMatch(/^There is no option --prot: settings are environment variables.*\n\nUsage: npm start/);
    expect(stdout).toBe("");
  });
});
