import { fileURLToPath } from "node:url";

/**
 * JavaScript, because for TypeScript the server would load a compiler and keep it: 50 MB.
 *
 * @type {import("next").NextConfig}
 */
const config = {
  // The workspaces export TypeScript source.
  transpilePackages: ["@pinhole/drizzle", "@pinhole/protocol"],
  serverExternalPackages: ["better-sqlite3", "@simplewebauthn/server"],
  turbopack: { root: fileURLToPath(new URL("../..", import.meta.url)) },
  outputFileTracingRoot: fileURLToPath(new URL("../..", import.meta.url)),
  poweredByHeader: false,
  // No request for a picture ever needs the server to decode one.
  images: { unoptimized: true },
  // The type check has a command of its own, over all workspaces.
  typescript: { ignoreBuildErrors: true },
  // Where fetches and requests go is nobody's business, and the log is for the operator.
  logging: false,
  devIndicators: false,
  // Asked for by browsers that have not read the page's own link yet.
  rewrites: async () => [{ source: "/favicon.ico", destination: "/icon.svg" }],
};

export default config;
