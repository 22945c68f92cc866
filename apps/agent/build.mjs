/** Bundles the agent into one file beside koffi, `dist/pinhole.js` and `dist/node_modules`, and packs both for devices: `downloads/`. */
import { cpSync, mkdirSync, readFileSync, renameSync, rmSync, statSync } from "node:fs";
import { createRequire } from "node:module";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { writeDownloads } from "./packaging/downloads.mjs";

const here = dirname(fileURLToPath(import.meta.url));
const dist = join(here, "dist");
/** Made beside and put in place whole: whoever starts the agent meanwhile finds the old bundle or the new one. */
const made = join(here, "dist.new");
const { version } = JSON.parse(readFileSync(join(here, "package.json"), "utf8"));

rmSync(made, { recursive: true, force: true });
await build({
  entryPoints: [join(here, "src/main.ts")],
  outfile: join(made, "pinhole.js"),
  bundle: true,
  platform: "node",
  target: "node24",
  format: "esm",
  external: ["koffi"],
  define: { PINHOLE_VERSION: JSON.stringify(version) },
  // Bundled CommonJS (ws) asks for Node's own modules through `require`.
  banner: {
    js: 'import { createRequire as pinholeRequire } from "node:module"; const require = pinholeRequire(import.meta.url);',
  },
  minifySyntax: true,
  minifyWhitespace: true,
  legalComments: "none",
  logLevel: "warning",
});

// koffi finds its native part in a package beside it, named after the platform. Only what runs is copied.
const require = createRequire(import.meta.url);
const koffi = dirname(require.resolve("koffi"));
const native = join(koffi, "..", "@koromix");
const modules = join(made, "node_modules");
mkdirSync(modules, { recursive: true });
cpSync(koffi, join(modules, "koffi"), {
  recursive: true,
  filter: (path) =>
    !["vendor", "doc", "lib", "cnoke.cjs"].includes(basename(path)) &&
    (statSync(path).isDirectory() || /\.c?js$|package\.json$|LICENSE/.test(path)),
});
cpSync(native, join(modules, "@koromix"), { recursive: true });

rmSync(dist, { recursive: true, force: true });
renameSync(made, dist);
writeDownloads({ bundle: dist, target: join(here, "downloads"), version });
