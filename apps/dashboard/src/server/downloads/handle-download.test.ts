// A real server on loopback, and files of a folder made for the test.
import { once } from "node:events";
import { mkdtempSync, readdirSync, readlinkSync, rmSync, writeFileSync } from "node:fs";
import { createServer, get, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { handleDownload } from "./handle-download.ts";

const FILE = "agent.tar.gz";
const SIZE = 8 * 1024 * 1024;

let folder: string;
let server: Server;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "pinhole-downloads-"));
  writeFileSync(join(folder, FILE), new Uint8Array(SIZE));
  writeFileSync(join(folder, "secret.txt"), "not for everybody");
  writeManifest(JSON.stringify({ version: "1", node: "24", files: [newFile("agent"), newFile("runtime")] }));
  server = createServer((req, res) => {
    if (!handleDownload(req, res, undefined, folder)) res.end("not a download");
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
});
afterEach(() => {
  server.closeAllConnections();
  server.close();
  rmSync(folder, { recursive: true });
});

describe("a download", () => {
  test("is the whole file", async () => {
    const response = await fetch(`${base()}/download/${FILE}`);
    expect(response.headers.get("content-length")).toBe(String(SIZE));
    expect((await response.arrayBuffer()).byteLength).toBe(SIZE);
  });

  test.each(["secret.txt", "../package.json", "..%2fsecret.txt", "manifest.json", ""])(
    "of %j, which the manifest does not name, is refused",
    async (name) => {
      const response = await request(`/download/${name}`);
      response.resume();
      expect(response.statusCode).toBe(404);
    },
  );

  // Anybody may begin downloads and hang up; each file that stayed open would be one connection less.
  test("that is broken off keeps no file open", async () => {
    for (let i = 0; i < 5; i++) {
      const response = await request(`/download/${FILE}`);
      await once(response, "readable");
      response.destroy();
    }
    await expect.poll(openFiles).toEqual([]);
  });

  test.each(["/install.sh", `/download/${FILE}`])(
    "of %s while the manifest is half written is put off",
    async (path) => {
      writeManifest('{"version": "1", "fil');
      expect((await fetch(base() + path)).status).toBe(503);
    },
  );
});

const newFile = (kind: string) => ({ name: FILE, kind, platform: "linux-x64", size: SIZE, sha256: "a".repeat(64) });

const writeManifest = (text: string) => writeFileSync(join(folder, "manifest.json"), text);

const base = () => `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

/** With the path as it is: `fetch` would tidy it up first. */
async function request(path: string): Promise<IncomingMessage> {
  const { port } = server.address() as AddressInfo;
  const [response] = await once(get({ host: "127.0.0.1", port, path, agent: false }), "response");
  return response as IncomingMessage;
}

function openFiles(): string[] {
  return readdirSync("/proc/self/fd").flatMap((fd) => {
    try {
      const path = readlinkSync(`/proc/self/fd/${fd}`);
      return path.startsWith(folder) ? [path] : [];
    } catch {
      return []; // closed meanwhile: the one that the list itself was read with
    }
  });
}
