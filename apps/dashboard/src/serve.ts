/** The dashboard as a program: arguments, settings, signals. */
import { readFileSync } from "node:fs";
import { networkInterfaces } from "node:os";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { type Env, parseEnv } from "./env.ts";
import { startDashboard } from "./server/start-dashboard.ts";
import { StartProblem } from "./server/start-problem.ts";

const ROOT = fileURLToPath(new URL("../../..", import.meta.url));

/** The whole way down takes less; a page that hangs must not keep the process. */
const SHUTDOWN_MS = 1_800;

const USAGE = new URL("../usage.txt", import.meta.url);

export async function main(argv: readonly string[]): Promise<void> {
  const flags = readFlags(argv);
  if (flags === undefined) return exit(readFileSync(USAGE, "utf8"), 2);
  if (flags.help) return void process.stdout.write(readFileSync(USAGE));

  // Set before Next is asked anything. next-auth must answer under whatever address the browser used.
  Object.assign(process.env, {
    NODE_ENV: flags.dev ? "development" : "production",
    NEXT_TELEMETRY_DISABLED: "1",
    AUTH_TRUST_HOST: "1",
  });
  delete process.env["NEXTAUTH_URL"];
  process.umask(0o077);

  const env = parseEnv(process.env, ROOT);
  if (!env.ok) return exit(`${env.error.join("\n")}\n`, 2);
  try {
    const dashboard = await startDashboard(env.value, flags.dev);
    process.stdout.write(greeting(env.value, dashboard.port, dashboard.setupCode));
    onSignal(() => dashboard.close());
  } catch (error) {
    if (!(error instanceof StartProblem)) throw error;
    exit(`${error.message}\n`, 1);
  }
}

function readFlags(argv: readonly string[]): { dev: boolean; help: boolean } | undefined {
  try {
    const { values } = parseArgs({
      args: [...argv],
      options: { dev: { type: "boolean", default: false }, help: { type: "boolean", short: "h", default: false } },
    });
    return values;
  } catch {
    return undefined; // an argument that there is none of
  }
}

function greeting(env: Env, port: number, setupCode: string | undefined): string {
  const lines = [`Pinhole serves at ${addresses(env, port).join(" and ")}`];
  if (setupCode !== undefined)
    lines.push("", "This server has no owner yet. Open it in a browser and enter", `the set-up code  ${setupCode}`, "");
  return `${lines.join("\n")}\n`;
}

function addresses({ url, host }: Env, port: number): string[] {
  if (url !== undefined) return [url];
  if (host !== undefined) return [`http://${host.includes(":") ? `[${host}]` : host}:${port}`];
  const lan = Object.values(networkInterfaces())
    .flatMap((each) => each ?? [])
    .find(({ internal, family }) => !internal && family === "IPv4");
  return [`http://localhost:${port}`, ...(lan === undefined ? [] : [`http://${lan.address}:${port}`])];
}

function onSignal(close: () => Promise<void>): void {
  let isClosing = false;
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    process.on(signal, () => {
      if (isClosing) return;
      isClosing = true;
      setTimeout(() => process.exit(0), SHUTDOWN_MS).unref();
      close().then(
        () => process.exit(0),
        (error: unknown) => exit(`${String(error)}\n`, 1),
      );
    });
  }
}

function exit(message: string, code: number): void {
  process.stderr.write(message);
  process.exitCode = code;
  if (code !== 0) process.exit();
}

// A page that failed must not take every agent's session along.
process.on("unhandledRejection", (error) => console.error("unhandled:", error));
