import { readFileSync } from "node:fs";
import { expect, test } from "vitest";

const read = (path: string) => JSON.parse(readFileSync(new URL(path, import.meta.url), "utf8"));

// Whatever a device installs runs there as root: koffi and its native part for one platform, and no install script is needed.
test("a device installs koffi and nothing that koffi would bring along", () => {
  expect(Object.keys(read("../package.json").dependencies)).toEqual(["koffi"]);
  const packages = read("../../../package-lock.json").packages;
  const koffi = packages["node_modules/koffi"];
  expect(koffi.dependencies).toBeUndefined();
  expect(Object.keys(koffi.optionalDependencies).every((name) => name.startsWith("@koromix/koffi-"))).toBe(true);
  expect(packages["node_modules/@koromix/koffi-linux-x64"].hasInstallScript).toBeUndefined();
});
