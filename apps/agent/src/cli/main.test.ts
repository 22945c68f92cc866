import { expect, test } from "vitest";
import type { Io } from "./command.ts";
import { printable, run } from "./main.ts";

/** Of Ed25519, in base64url. */
const KEY = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo";

const VERBS = ["up", "down", "status", "ping", "why", "bench", "netcheck", "metrics", "relay", "version", "uninstall"];

test.each(VERBS)("%s --help says its exit codes and exits with 0", async (verb) => {
  const asked = await call([verb, "--help"]);
  expect(asked).toMatchObject({ code: 0, stderr: "" });
  expect(asked.stdout).toMatch(new RegExp(`^usage: pinhole ${verb}`));
  expect(asked.stdout).toContain("Exit codes: 0");
  expect(await call([verb, "-h"])).toEqual(asked);
  expect(await call(["help", verb])).toEqual(asked);
});

test("help lists every command", async () => {
  const { code, stdout } = await call(["--help"]);
  expect(code).toBe(0);
  for (const verb of VERBS) expect(stdout).toContain(`  ${verb} `);
  expect((await call(["--version"])).stdout).toMatch(/^pinhole \S+ \(Node v/);
});

test.each([
  [[]],
  [["frobnicate"]],
  [["ping"]],
  [["ping", ""]],
  [["ping", "a", "b"]],
  [["ping", "a", "-c", "0"]],
  [["ping", "a", "-c", "1.5"]],
  [["ping", "a", "-c", "many"]],
  [["ping", "a", "--timeout", "no"]],
  [["ping", "a", "--timeout", "0"]],
  [["metrics", "--listen", "port"]],
  [["metrics", "--listen", "70000"]],
  [["metrics", "--listen", ":9191"]],
  [["metrics", "--listen", "9191", "--json"]],
  [["bench"]],
  [["bench", "a", "b"]],
  [["bench", "a", "--seconds", "0"]],
  [["bench", "a", "--seconds", "61"]],
  [["bench", "a", "--seconds", "long"]],
  [["why"]],
  [["why", " "]],
  [["why", "a", "b"]],
  [["up", "--port", "0x10"]],
  [["up", "--port", "70000"]],
  [["up", "--tun", "x", "--userspace"]],
  [["up", "--tun", "a/b"]],
  [["up", "--name", "日本"]],
  [["up", "--server", "ftp://x"]],
  [["up", "--token", "file:/nonexistent"]],
  [["up", "--advertise-routes", "10.0.0.0/8"]],
  [["relay"]],
  [["relay", "--name", "fra"]],
  [["relay", "--name", "main", "--server-key", KEY]],
  [["relay", "--name", "fra", "--server-key", "short"]],
  [["relay", "--name", "fra", "--server-key", KEY, "--listen", "443"]],
  [["relay", "--name", "fra", "--server-key", KEY, "--listen", "fra.example.net:443"]],
  [["relay", "--name", "fra", "--server-key", KEY, "--stun", "192.0.2.1:3478,192.0.2.2:3479"]],
  [["relay", "--name", "fra", "--server-key", KEY, "--tls-cert", "cert.pem"]],
  ...VERBS.map((verb) => [[verb, "--frobnicate"]]),
  ...VERBS.filter((verb) => !["ping", "why", "bench"].includes(verb)).map((verb) => [[verb, "surplus"]]),
])("%j is wrong usage: words on standard error, nothing on standard output, exit code 2", async (argv) => {
  const { code, stdout, stderr } = await call(argv);
  expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
  expect(stderr).toContain("usage: pinhole");
});

// A peer's name is another machine's text: it must not move the cursor, colour the screen or turn the line around.
test.each(["\u001b[2J", "\u009b2J", "a\u202eb", "\u0007", "\r"])("prints no control character: %j", (text) => {
  expect(printable(`x${text}y`)).not.toContain(text[0] === "a" ? "\u202e" : text[0]);
  expect(printable("Zoë\t→ 日本\n")).toBe("Zoë\t→ 日本\n");
});

async function call(argv: readonly string[]) {
  const lines = { stdout: [] as string[], stderr: [] as string[] };
  const io: Io = {
    stdout: (line) => void lines.stdout.push(line),
    stderr: (line) => void lines.stderr.push(line),
    readStdin: async () => "",
    env: { PINHOLE_CONFIG: "/dev/null" },
    signal: new AbortController().signal,
  };
  const code = await run(argv, io);
  return { code, stdout: lines.stdout.join("\n"), stderr: lines.stderr.join("\n") };
}
