import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

const dashboard = fileURLToPath(new URL("./apps/dashboard/src", import.meta.url));

export default defineConfig({
  resolve: {
    alias: {
      "@": dashboard,
      // Next replaces this marker at build time; outside Next it would refuse to load.
      "server-only": fileURLToPath(new URL("./scripts/empty.mjs", import.meta.url)),
    },
  },
  test: {
    // Waiting is for conditions, and a condition takes longer on a machine that is busy with the other tests.
    testTimeout: 20_000,
    expect: { poll: { timeout: 10_000 } },
    projects: [
      {
        extends: true,
        test: {
          name: "unit",
          include: [
            "apps/**/*.test.{ts,tsx}",
            "packages/**/*.test.ts",
            "drizzle/**/*.test.ts",
            "scripts/**/*.test.ts",
            "tests/agent/**/*.test.ts",
            "tests/fuzz/**/*.test.ts",
          ],
          exclude: ["**/node_modules/**", "**/.next/**"],
        },
      },
      {
        extends: true,
        test: {
          name: "paths",
          include: ["tests/bench/paths/**/*.test.ts"],
          // Minutes of simulated time in a row, on every core.
          testTimeout: 150_000,
          fileParallelism: false,
        },
      },
      {
        extends: true,
        test: {
          name: "natlab",
          include: ["tests/natlab/**/*.test.ts"],
          testTimeout: 120_000,
          hookTimeout: 120_000,
          fileParallelism: false,
        },
      },
      {
        extends: true,
        test: {
          name: "interop",
          include: ["tests/interop/**/*.test.ts"],
          testTimeout: 120_000,
          hookTimeout: 60_000,
          fileParallelism: false,
        },
      },
    ],
  },
});
