/** A policy document → what it says, or the first thing that is wrong with it and where. Never throws. */
import { err, ok, type Result } from "../result.ts";
import { toVisible } from "../visible-text.ts";
import { faultAt, parseJsonc, type TextFault } from "./jsonc.ts";
import { type Policy, policySchema } from "./policy.ts";
import { parseTarget } from "./policy-test.ts";
import { parseSelector } from "./selector.ts";

export type PolicyError = TextFault;

/** In a comment too: whoever reviews a change would read it in another order than it is in. */
const TURNING = /\p{Bidi_Control}|[^\P{Cc}\t\n\r]/u;

export type PolicyDocument = {
  readonly policy: Policy;
  /** Something to be said of a place in the document, at its line. */
  readonly noteAt: (path: readonly PropertyKey[], message: string) => TextFault;
};

export function parsePolicy(text: string): Result<Policy, PolicyError> {
  const read = readPolicy(text);
  return read.ok ? ok(read.value.policy) : read;
}

export function readPolicy(text: string): Result<PolicyDocument, PolicyError> {
  const turned = TURNING.exec(text);
  if (turned !== null)
    return err(faultAt(text, turned.index, "a character that makes the document look other than it is"));
  const json = parseJsonc(text);
  if (!json.ok) return err({ ...json.error, message: toVisible(json.error.message) });
  const { value, offsetAt } = json.value;
  const noteAt = (path: readonly PropertyKey[], message: string) => faultAt(text, offsetAt(path), message);
  const parsed = policySchema.safeParse(value);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    const path = issue?.path ?? [];
    const message = issue?.code === "unrecognized_keys" ? `unknown key ${issue.keys.join(", ")}` : issue?.message;
    const within = issue?.code === "unrecognized_keys" ? [...path, ...issue.keys.slice(0, 1)] : path;
    return err(noteAt(within, describe(path, message ?? "not a policy")));
  }
  const dangling = findDangling(parsed.data);
  if (dangling !== undefined) return err(noteAt(dangling.path, describe(dangling.path, dangling.message)));
  return ok({ policy: parsed.data, noteAt });
}

type Dangling = { readonly path: readonly PropertyKey[]; readonly message: string };

/** The first use of a name that the document does not define. */
function findDangling(policy: Policy): Dangling | undefined {
  for (const [tag, owners] of Object.entries(policy.tagOwners)) {
    for (const [index, owner] of owners.entries()) {
      const message = undefinedName(policy, owner);
      if (message !== undefined) return { path: ["tagOwners", tag, index], message };
    }
  }
  for (const [index, grant] of policy.grants.entries()) {
    for (const side of ["src", "dst"] as const) {
      for (const [at, text] of grant[side].entries()) {
        const message = undefinedName(policy, text);
        if (message !== undefined) return { path: ["grants", index, side, at], message };
      }
    }
  }
  for (const [index, relays] of policy.relays.entries()) {
    for (const side of ["devices", "for"] as const) {
      for (const [at, text] of relays[side].entries()) {
        const message = undefinedName(policy, text);
        if (message !== undefined) return { path: ["relays", index, side, at], message };
      }
    }
  }
  return findDanglingTest(policy);
}

function findDanglingTest(policy: Policy): Dangling | undefined {
  for (const [index, test] of policy.tests.entries()) {
    const named = [
      { path: ["src"], name: test.src },
      ...(["accept", "deny"] as const).flatMap((side) =>
        test[side].map((text, at) => ({ path: [side, at], name: parseTarget(text, test.proto)?.name ?? "" })),
      ),
    ];
    for (const { path, name } of named) {
      const message = undefinedName(policy, name);
      if (message !== undefined) return { path: ["tests", index, ...path], message };
    }
  }
  return undefined;
}

function undefinedName({ groups, tagOwners, hosts }: Policy, text: string): string | undefined {
  const selector = parseSelector(text);
  if (selector?.kind === "group" && !Object.hasOwn(groups, selector.group)) return `${text} is not in groups`;
  if (selector?.kind === "tag" && !Object.hasOwn(tagOwners, selector.tag)) return `${text} is not in tagOwners`;
  if (selector?.kind === "host" && !Object.hasOwn(hosts, selector.host)) return `${text} is not in hosts`;
  return undefined;
}

const describe = (path: readonly PropertyKey[], message: string): string =>
  toVisible(path.length === 0 ? message : `${path.map(String).join(".")}: ${message}`);
