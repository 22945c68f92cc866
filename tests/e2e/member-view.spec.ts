/** A plain member adds a machine of their own and sees what it may reach, without touching a mouse. */
import { insertMembership, insertUser } from "@pinhole/drizzle/testing";
import { hashPassword } from "../../apps/dashboard/src/server/auth/password.ts";
import { putPolicy } from "../natlab/put-policy.ts";
import { expectAccessible } from "./fixtures/axe.ts";
import { paste } from "./fixtures/clipboard.ts";
import { Machine } from "./fixtures/machine.ts";
import { fillIn } from "./fixtures/sign-in.ts";
import { findTeam, TEAM_PATH } from "./fixtures/team.ts";
import { expect, test } from "./fixtures/test.ts";

const PERSON = { email: "mia@example.net", password: "correct horse battery" };
/** Members reach the servers and not each other. */
const POLICY = {
  tagOwners: { "tag:server": [] },
  grants: [{ src: ["autogroup:member"], dst: ["tag:server"], ip: ["tcp:22", "icmp"] }],
};

test.use({ isSignedIn: false, networks: { phone: "eim-apdf", files: "public", other: "cgn" } });

test("a member's team is their own machines and what these reach", async ({ page, lab, server, db, watch }) => {
  test.setTimeout(240_000);
  const teamId = findTeam(db).id;
  const passwordHash = await hashPassword(PERSON.password);
  const { id: userId } = insertUser(db, { ...PERSON, name: "Mia", passwordHash });
  insertMembership(db, { teamId, userId, role: "member" });
  putPolicy(server, POLICY);
  for (const [host, tags] of [
    ["files", ["tag:server"]],
    ["other", []],
  ] as const) {
    const machine = await Machine.boot(lab, host);
    const token = await server.createToken(1, tags);
    await machine.type(`printf %s '${token}' | sudo sh -c "$(curl -fsSL ${server.url}/install.sh)"`);
  }

  await test.step("there is nothing yet, and no link to what is not theirs", async () => {
    await page.goto("/login");
    await fillIn(page, PERSON);
    await expect(page.getByText("You have no devices yet")).toBeVisible();
    await expectAccessible(page);
    const links = page.getByRole("navigation", { name: "Pages" }).first().getByRole("link");
    await expect(links).toHaveText(["Pinhole", "Devices", "Connections", "Enrollment", "Settings"]);
  });

  await test.step("one command makes a machine theirs", async () => {
    await page.getByRole("link", { name: "Add device" }).press("Enter");
    await expect(page.getByText("You have 0 of 20 tokens.")).toBeVisible();
    await expectAccessible(page);
    await page.getByRole("button", { name: "Create token" }).press("Enter");
    await page.getByRole("button", { name: "Copy command" }).press("Enter");
    const phone = await Machine.boot(lab, "phone");
    await phone.type(await paste(page.context()));
    await expect(page.getByRole("listitem").filter({ hasText: "Control session open" })).toContainText("done");
    await phone.type("pinhole ping files --until-direct");
  });

  await test.step("it and the server are there, and the other machine is not", async () => {
    await page.getByRole("link", { name: "Devices", exact: true }).press("Enter");
    await expect(page.getByRole("row", { name: /phone.*Yours/ })).toContainText("Online");
    await expect(page.getByRole("row", { name: /files/ })).toContainText("Online");
    await expect(page.getByRole("row")).toHaveCount(3);
    await expect(page.getByRole("button", { name: "Actions for files" })).toHaveCount(0);
    await expectAccessible(page);
    await page.getByRole("link", { name: "Connections" }).press("Enter");
    await expect(page.getByRole("row").filter({ hasText: "phone" })).toContainText("Direct");
    await expect(page.getByRole("row")).toHaveCount(2);
  });

  await test.step("addresses typed by hand lead nowhere else", async () => {
    watch.expectRefusal(/role-insufficient|\/policies|\/activity|\/relays|\/members/);
    for (const path of ["policies", "policies/simulate", "activity", "relays", "members", "connections/matrix"]) {
      await page.goto(`${TEAM_PATH}/${path}`);
      await expect(page.getByText("Your role does not include this")).toBeVisible();
      await expectAccessible(page);
    }
  });

  await test.step("a wider policy shows the other machine, without a reload", async () => {
    await page.goto(`${TEAM_PATH}/devices`);
    await expect(page.getByRole("row")).toHaveCount(3);
    putPolicy(server, { grants: [{ src: ["*"], dst: ["*"], ip: ["*"] }] });
    await expect(page.getByRole("row", { name: /other/ })).toContainText("Online");
  });
});
