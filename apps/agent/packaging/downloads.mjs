/**
 * What a dashboard hands to devices that have neither npm nor the internet: the agent, and Node for the platform that this
 * machine is of. `manifest.json` names each file with its size and SHA-256.
 */
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { tarFolder } from "./tar.mjs";

export function writeDownloads({ bundle, target, version }) {
  mkdirSync(target, { recursive: true });
  const runtime = `node-${process.platform}-${process.arch}-${process.versions.node}.gz`;
  const files = [
    { name: "agent.tar.gz", kind: "agent", bytes: gzipSync(tarFolder(bundle), { level: 9 }) },
    {
      name: runtime,
      kind: "runtime",
      platform: `${process.platform}-${process.arch}`,
      // The name has the version in it: what is there is what would be made, and making it takes seconds.
      bytes: existsSync(join(target, runtime))
        ? readFileSync(join(target, runtime))
        : gzipSync(readFileSync(process.execPath), { level: 4 }),
    },
  ];
  for (const { name, bytes } of files) replaceFile(join(target, name), bytes);
  const manifest = {
    version,
    node: process.versions.node,
    files: files.map(({ bytes, ...file }) => ({
      ...file,
      size: bytes.length,
      sha256: createHash("sha256").update(bytes).digest("hex"),
    })),
  };
  replaceFile(join(target, "manifest.json"), `${JSON.stringify(manifest, undefined, 2)}\n`);
}

/** A dashboard may be serving it at this moment: whoever reads gets the old one or the new one, whole. */
function replaceFile(path, content) {
  writeFileSync(`${path}.new`, content);
  renameSync(`${path}.new`, path);
}
