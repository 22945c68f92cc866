/** `npm run check`: everything about the code that can be judged without running it. */
import { readdirSync } from "node:fs";
import { runSteps } from "./run-steps.mjs";

const typed = [...workspaces("apps"), ...workspaces("packages"), "drizzle", "tests"];

const steps = [
  { name: "format", argv: ["biome", "format", "."] },
  { name: "lint and folder boundaries", argv: ["oxlint", "--type-aware", "--quiet"] },
  ...typed.map((folder) => ({ name: `types of ${folder}`, argv: ["tsc", "-p", folder] })),
  { name: "dead code and undeclared packages", argv: ["knip", "--no-progress"] },
];

const { passed, failed } = await runSteps(steps);
console.log(`check: ${passed} passed, ${failed} failed`);
process.exit(failed === 0 ? 0 : 1);

function workspaces(folder) {
  return readdirSync(new URL(`../${folder}`, import.meta.url)).map((name) => `${folder}/${name}`);
}
