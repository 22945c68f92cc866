/**
 * What a device fetches before it has an agent: `/install.sh` and `/download/…`. No sign-in: there is nothing here that is
 * not the same for everybody. Names are looked up in the manifest, never joined to a path.
 */
import { createReadStream, readFileSync } from "node:fs";
import type { IncomingMessage, ServerResponse } from "node:http";
import { join } from "node:path";
import { pipeline } from "node:stream";
import { fileURLToPath } from "node:url";
import { type DownloadManifest, renderInstallScript } from "./render-install-script.ts";

const DOWNLOADS = fileURLToPath(new URL("../../../../agent/downloads", import.meta.url));
const TEMPLATE = fileURLToPath(new URL("./install.sh", import.meta.url));

/** True when the request was one of these and is answered. `publicUrl`: what devices are told, if the operator said so. */
export function handleDownload(
  req: IncomingMessage,
  res: ServerResponse,
  publicUrl: string | undefined,
  folder = DOWNLOADS,
): boolean {
  const path = (req.url ?? "").split("?")[0] ?? "";
  const isInstall = path === "/install.sh";
  if (!isInstall && !path.startsWith("/download/")) return false;
  if (req.method !== "GET" && req.method !== "HEAD") {
    answer(res, 405, "Only GET is answered here.\n");
    return true;
  }
  const manifest = readManifest(folder);
  if (manifest === undefined)
    answer(res, 503, "This dashboard was started without building the agent. Start it with `npm start`.\n");
  else if (isInstall) sendScript(req, res, publicUrl, manifest);
  else sendFile(req, res, findFile(manifest, folder, path.slice("/download/".length)));
  return true;
}

function sendScript(
  req: IncomingMessage,
  res: ServerResponse,
  publicUrl: string | undefined,
  manifest: DownloadManifest,
): void {
  try {
    const script = renderInstallScript(
      readFileSync(TEMPLATE, "utf8"),
      publicUrl ?? `http://${req.headers.host ?? ""}`,
      manifest,
    );
    answer(res, 200, req.method === "HEAD" ? "" : script, "text/x-shellscript; charset=utf-8");
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    answer(res, 400, "This address cannot be written into a script. Set PINHOLE_URL on the dashboard.\n");
  }
}

type FoundFile = DownloadManifest["files"][number] & { readonly path: string };

function findFile(manifest: DownloadManifest, folder: string, name: string): FoundFile | undefined {
  const file = manifest.files.find((candidate) => candidate.name === name);
  return file && { ...file, path: join(folder, file.name) };
}

function sendFile(req: IncomingMessage, res: ServerResponse, file: FoundFile | undefined): void {
  if (file === undefined) return answer(res, 404, "There is no such download.\n");
  res.writeHead(200, {
    "content-type": "application/gzip",
    "content-length": file.size,
    "cache-control": "no-cache",
    etag: `"${file.sha256}"`,
    "x-content-type-options": "nosniff",
  });
  if (req.method === "HEAD") {
    res.end();
    return;
  }
  // Closes the file too when the device hangs up half way; `pipe` would keep it open for good.
  pipeline(createReadStream(file.path), res, () => undefined);
}

/**
 * Read each time: the files may have been built anew under a running dashboard, and the checksums must be theirs.
 * One that cannot be read is as good as none: nobody's request may end the process.
 */
function readManifest(folder: string): DownloadManifest | undefined {
  try {
    // Written by our own build, together with the files that it names.
    return JSON.parse(readFileSync(join(folder, "manifest.json"), "utf8")) as DownloadManifest;
  } catch {
    return undefined;
  }
}

function answer(res: ServerResponse, status: number, text: string, type = "text/plain; charset=utf-8"): void {
  res.writeHead(status, { "content-type": type, "cache-control": "no-store", "x-content-type-options": "nosniff" });
  res.end(text);
}
