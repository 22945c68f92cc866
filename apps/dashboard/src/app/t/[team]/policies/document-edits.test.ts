import { parsePolicy } from "@pinhole/protocol/policy";
import { describe, expect, test } from "vitest";
import { addGrant, addTest, changeGrant, removeGrant } from "./document-edits.ts";

const DOCUMENT = `// The crew's policy.
{
  "tagOwners": { "tag:web": [], "tag:db": [] }, // two kinds
  "grants": [
    // Web servers ask the database.
    { "src": ["tag:web"], "dst": ["tag:db"], "ip": ["tcp:5432"] },
    /* Everybody looks at the web. */
    {
      "src": [
        "*", // all of us
      ],
      "dst": ["tag:web"],
      "ip": ["tcp:80", "tcp:443"], // two ports
      "transport": "prefer-direct",
    },
  ],
}
`;

const COMMENTS = [
  "// The crew's policy.",
  "// two kinds",
  "// Web servers ask",
  "/* Everybody looks",
  "// all of us",
  "// two ports",
];

function grantsOf(text: string) {
  const policy = parsePolicy(text);
  if (!policy.ok) throw new Error(`${policy.error.message}\n${text}`);
  return policy.value.grants;
}

describe("a change in a row", () => {
  test("touches its own words alone", () => {
    const changed = changeGrant(DOCUMENT, 0, { src: ["tag:web"], dst: ["tag:db"], ip: ["tcp:5433"] });
    expect(changed).toBe(DOCUMENT.replace("tcp:5432", "tcp:5433"));
  });

  test("that changes nothing leaves the text as it is", () => {
    const same = { src: ["*"], dst: ["tag:web"], ip: ["tcp:80", "tcp:443"], transport: "prefer-direct" };
    expect(changeGrant(DOCUMENT, 1, same)).toBe(DOCUMENT);
  });

  test("keeps every comment and the order, whatever is added to or taken from a list", () => {
    const changed = changeGrant(DOCUMENT, 1, {
      src: ["*", "tag:db"],
      dst: ["tag:web", "tag:db"],
      ip: ["tcp:80"],
      expires: "2026-12-31T18:00:00Z",
    });
    expect(grantsOf(changed)).toEqual([
      { src: ["tag:web"], dst: ["tag:db"], ip: ["tcp:5432"] },
      { src: ["*", "tag:db"], dst: ["tag:web", "tag:db"], ip: ["tcp:80"], expires: "2026-12-31T18:00:00Z" },
    ]);
    for (const comment of COMMENTS) expect(changed).toContain(comment);
  });

  test("an added grant comes last, with or without a trailing comma before it, and into a document without any", () => {
    const grant = { src: ["tag:db"], dst: ["tag:web"], ip: ["icmp"] };
    for (const text of [
      DOCUMENT,
      DOCUMENT.replace("},\n  ],", "}\n  ]"),
      `{ "tagOwners": { "tag:web": [], "tag:db": [] } }`,
      `{ "tagOwners": { "tag:web": [], "tag:db": [] }, "grants": [] }`,
    ]) {
      const added = addGrant(text, grant);
      expect(grantsOf(added)).toEqual([...grantsOf(text), grant]);
    }
    for (const comment of COMMENTS) expect(addGrant(DOCUMENT, grant)).toContain(comment);
  });

  test("a grant that is taken away takes no other with it", () => {
    expect(grantsOf(removeGrant(DOCUMENT, 0))).toEqual(grantsOf(DOCUMENT).slice(1));
    expect(grantsOf(removeGrant(DOCUMENT, 1))).toEqual(grantsOf(DOCUMENT).slice(0, 1));
    expect(grantsOf(removeGrant(removeGrant(DOCUMENT, 1), 0))).toEqual([]);
  });

  test("a test is added beside the others", () => {
    const once = addTest(DOCUMENT, { src: "tag:web", accept: ["tag:db:5432"] });
    const twice = addTest(once, { src: "*", deny: ["tag:db:22"] });
    expect(parsePolicy(twice)).toMatchObject({
      value: {
        tests: [
          { src: "tag:web", accept: ["tag:db:5432"], deny: [] },
          { src: "*", accept: [], deny: ["tag:db:22"] },
        ],
      },
    });
    for (const comment of COMMENTS) expect(twice).toContain(comment);
  });
});
