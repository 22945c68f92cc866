/**
 * What a device fetches before it has an agent: `/install.sh` and `/download/…`. No sign-in: there is nothing here that is
 * not the same for everybody. Names are looked up in the manifest, never joined to a path.
 */
import { createReadStream, existsSync, readFileSync } from "node:fs";
import type { IncomingMessage, ServerResponse } from "node:http";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type DownloadManifest, renderInstallScript } from "./render-install-script.ts";

const DOWNLOADS = fileURLToPath(new URL("../../../../agent/downloads", import.meta.url));
const TEMPLATE = fileURLToPath(new URL("./install.sh", import.meta.url));

/** True when the request was one of these and is answered. `publicUrl`: what devices are told, if the operator said so. */
export function handleDownload(req: IncomingMessage, res: ServerResponse, publicUrl: string | undefined): boolean {
  const path = (req.url ?? "").split("?")[0] ?? "";
  const isInstall = path === "/install.sh";
  if (!isInstall && !path.startsWith("/download/")) return false;
  if (req.method !== "GET" && req.method !== "HEAD") {
    answer(res, 405, "Only GET is answered here.\n");
    return true;
  }
  const manifest = readManifest();
  if (manifest === undefined)
    answer(res, 503, "This dashboard was started without building the agent. Start it with `npm start`.\n");
  else if (isInstall) sendScript(req, res, publicUrl, manifest);
  else sendFile(req, res, path.slice("/download/".length), manifest);
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

function sendFile(req: IncomingMessage, res: ServerResponse, name: string, manifest: DownloadManifest): void {
  const file = manifest.files.find((candidate) => candidate.name === name);
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
  createReadStream(join(DOWNLOADS, file.name))
    .on("error", () => res.destroy())
    .pipe(res);
}

/** Read each time: the files may have been built anew under a running dashboard, and the checksums must be theirs. */
function readManifest(): DownloadManifest | undefined {
  const path = join(DOWNLOADS, "manifest.json");
  // Written by our own build, together with the files that it names.
  return existsSync(path) ? (JSON.parse(readFileSync(path, "utf8")) as DownloadManifest) : undefined;
}

function answer(res: ServerResponse, status: number, text: string, type = "text/plain; charset=utf-8"): void {
  res.writeHead(status, { "content-type": type, "cache-control": "no-store", "x-content-type-options": "nosniff" });
  res.end(text);
}
