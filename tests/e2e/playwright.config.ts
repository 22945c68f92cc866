import { defineConfig } from "@playwright/test";

/** The browser, the dashboard and the devices are made by `fixtures/test.ts`, in the network of a lab. */
export default defineConfig({
  testDir: ".",
  testMatch: "*.spec.ts",
  outputDir: "./.tmp/results",
  reporter: [["list"]],
  forbidOnly: Boolean(process.env["CI"]),
  retries: 0, // a flake is a bug; a retry hides it
  workers: 2,
  timeout: 60_000,
  expect: { timeout: 10_000 },
  use: { trace: "retain-on-failure", actionTimeout: 20_000 },
});
