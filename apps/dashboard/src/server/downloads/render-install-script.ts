/** The install script with this dashboard's address and checksums in it. Pure. */
export type DownloadManifest = {
  readonly version: string;
  readonly node: string;
  readonly files: readonly {
    readonly name: string;
    readonly kind: "agent" | "runtime";
    readonly platform?: string;
    readonly size: number;
    readonly sha256: string;
  }[];
};

/** What may stand between single quotes of a shell script that root runs: nothing else gets in, wherever it came from. */
const SAFE_URL = /^https?:\/\/[A-Za-z0-9.:[\]_-]+(\/[A-Za-z0-9._~/-]*)?$/;
const SAFE_WORD = /^[A-Za-z0-9._-]+$/;

/** @throws RangeError when an address or a name would need quoting. */
export function renderInstallScript(template: string, url: string, manifest: DownloadManifest): string {
  const agent = manifest.files.find(({ kind }) => kind === "agent");
  const runtimes = manifest.files.filter(({ kind }) => kind === "runtime");
  if (agent === undefined || runtimes.length === 0) throw new RangeError("the manifest names no agent or no runtime");
  const base = url.replace(/\/+$/, "");
  if (!SAFE_URL.test(base)) throw new RangeError("the dashboard's address has characters that a script cannot carry");
  const words = [agent.sha256, ...runtimes.flatMap(({ platform = "", name, sha256 }) => [platform, name, sha256])];
  if (!words.every((word) => SAFE_WORD.test(word)))
    throw new RangeError("the manifest has names that a script cannot carry");
  const values: Record<string, string> = {
    URL: base,
    AGENT_SHA256: agent.sha256,
    PLATFORMS: runtimes.map(({ platform }) => platform).join(", "),
    PLATFORM_CASES: runtimes
      .map(({ platform, name, sha256 }) => `    ${platform}) node_file='${name}' node_sha256='${sha256}' ;;`)
      .join("\n"),
  };
  return template.replaceAll(/@([A-Z0-9_]+)@/g, (whole, name: string) => values[name] ?? whole);
}
