import { capabilitiesOf, hasCapability } from "@pinhole/protocol/team";
import { afterAll, describe, expect, test } from "vitest";
import { type Answer, askApi } from "../http/api-testing.ts";
import {
  capabilitiesFor,
  type Identity,
  newWorld,
  OBJECTS,
  type ObjectKind,
  PATHS,
  type Path,
  PERSONAL,
  REQUIRED,
  ROW_PATHS,
  STEPPED_UP,
  type World,
} from "./authorization-testing.ts";
import { appRouter, createCaller } from "./index.ts";

let assertions = 0;
const asked = new Set<Path>();
const check: typeof expect = ((...values: Parameters<typeof expect>) => {
  assertions++;
  return expect(...values);
}) as typeof expect;

describe("authorization", () => {
  test("is stated for every procedure", () => {
    expect(Object.keys(appRouter._def.procedures).toSorted()).toEqual(PATHS.toSorted());
  });

  // Everybody asks for everything: one's own, another team's, and what there is none of.
  test.each(PATHS)("%s is granted and refused as the tables say", async (path) => {
    const world = await newWorld(path);
    for (const identity of world.identities) {
      const answers = {} as Record<ObjectKind, Answer>;
      for (const object of OBJECTS) {
        const expected = expectedOf(identity, path, object);
        const { answer, changes } = await ask(world, identity, path, object);
        const seen = `${path} by ${identity.name}, ${object}: ${answer.text.slice(0, 200)}`;
        answers[object] = answer;
        check(codeOf(answer), seen).toMatch(expected);
        check(answer.status, seen).toBeLessThan(500);
        if (answer.status >= 400) check(changes, `${seen} changed the database`).toBe(0);
      }
      // What is somebody else's must not be told from what there is none of, by a single byte.
      if (answers.foreign.status >= 400 || answers.absent.status >= 400)
        check(answers.foreign, `${path} by ${identity.name}`).toEqual(answers.absent);
    }
    asked.add(path);
  });

  afterAll(() => {
    console.log(`authorization: ${assertions} assertions over ${PATHS.length} procedures`);
    if (asked.size === PATHS.length) expect(assertions).toBeGreaterThanOrEqual(2_000);
  });
});

const GRANTED = /^OK$/;
/** Past the question of who one is: what comes of it is for other tests. */
const HEARD = /^(?!signed-out)/;
const ABSENT = /-not-found$/;

function expectedOf({ kind, role, scopes, isOwner }: Identity, path: Path, object: ObjectKind): RegExp {
  const needed = REQUIRED[path];
  if (needed === "anyone") return HEARD;
  const isPersonal = needed === "signed-in" || PERSONAL.has(path);
  if (kind === "nobody" || (kind === "token" && isPersonal)) return /^signed-out$/;
  if (needed === "signed-in") return ROW_PATHS.has(path) ? ABSENT : HEARD;
  const isOtherTeam = !ROW_PATHS.has(path) && object !== "own";
  if (role === null || isOtherTeam) return /^team-not-found$/;
  const anyOf = capabilitiesFor(path);
  if (!anyOf.some((capability) => hasCapability(role, capability))) return /^role-insufficient$/;
  const held = capabilitiesOf(role, kind === "token" ? scopes : undefined);
  const opening = anyOf.filter((capability) => held.includes(capability));
  if (opening.length === 0) return /^scope-insufficient$/;
  if (object !== "own") return ABSENT;
  // Whose devices they are matters to those alone who are let in for their own.
  if (ROW_PATHS.has(path) && opening.every((capability) => capability === "devices.own") && !isOwner)
    return path.startsWith("device.") && held.includes("devices.view") ? /^role-insufficient$/ : ABSENT;
  return kind === "token" && STEPPED_UP.has(path) ? /^step-up-needed$/ : GRANTED;
}

type Seen = { readonly answer: Answer; readonly changes: number };

/** In a transaction that is taken back: each case begins with the same world. */
async function ask({ server, inputOf }: World, { context }: Identity, path: Path, object: ObjectKind): Promise<Seen> {
  const { $client } = server.db;
  const count = () => Number($client.prepare("select total_changes()").pluck().get());
  const type = (appRouter._def.procedures as any)[path]._def.type;
  const input = inputOf(path, object);
  $client.exec("begin");
  try {
    const before = count();
    const answer =
      type === "subscription" ? await open(context(), path, input) : await askApi(context(), { path, input, type });
    return { answer, changes: count() - before };
  } finally {
    $client.exec("rollback");
  }
}

/** A subscription answers for ever; that it opens is what is asked here. */
async function open(context: ReturnType<Identity["context"]>, path: string, input: unknown): Promise<Answer> {
  const [noun = "", verb = ""] = path.split(".");
  try {
    await (createCaller(context) as any)[noun][verb](input);
    return { status: 200, text: "{}" };
  } catch (error) {
    const { code, message } = error as { code: string; message: string };
    return { status: 400, text: JSON.stringify({ error: { json: { message, code } } }) };
  }
}

function codeOf({ status, text }: Answer): string {
  return status < 400 ? "OK" : String(JSON.parse(text).error.json.message);
}
