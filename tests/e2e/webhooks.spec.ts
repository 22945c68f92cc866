/** A receiver in the server's own network hears of a rename once its owner allowed that, and can check who sent it. */
import { createHmac } from "node:crypto";
import { session } from "@pinhole/drizzle/schema";
import { OWNER } from "../natlab/server.ts";
import { expectAccessible } from "./fixtures/axe.ts";
import { TEAM_PATH } from "./fixtures/team.ts";
import { expect, test } from "./fixtures/test.ts";

/** Prints each delivery as a line of JSON. */
const RECEIVER = `require("node:http").createServer((request, response) => {
  let body = "";
  request.on("data", (chunk) => (body += chunk)).on("end", () => {
    console.log(JSON.stringify({ headers: request.headers, body }));
    response.end();
  });
}).listen(8090, "127.0.0.1", () => console.log("listening"))`;

test("a webhook is made, tested and removed, by keyboard", async ({ page, db, lab, watch }) => {
  test.setTimeout(120_000);
  const receiver = lab.spawn("server", [process.execPath, "-e", RECEIVER]);
  await receiver.waitForLine(/listening/, 10_000);
  watch.expectRefusal(/webhook\.create/);
  db.update(session)
    .set({ verifiedAt: new Date(0) })
    .run();
  await page.goto(`${TEAM_PATH}/settings/webhooks`);

  const secret = await test.step("the owner lets it into the server's network", async () => {
    await page.getByRole("button", { name: "Create webhook" }).press("Enter");
    const dialog = page.getByRole("dialog", { name: "Create webhook" });
    await page.keyboard.type("monitor");
    await dialog.getByLabel("Address").fill("http://127.0.0.1:8090/");
    await dialog.getByLabel("May lead into private networks").press("Space");
    await expectAccessible(page);
    await dialog.getByRole("button", { name: "Create webhook" }).press("Enter");
    const stepUp = page.getByRole("dialog", { name: "Is it still you?" });
    await expect(stepUp.getByLabel("Password")).toBeFocused();
    await page.keyboard.type(OWNER.password);
    await page.keyboard.press("Enter");
    const shown = page.getByRole("dialog", { name: "monitor" });
    const text = (await shown.getByText(/^whs_/).textContent()) ?? "";
    await expectAccessible(page);
    await shown.getByRole("button", { name: "I have copied it" }).press("Enter");
    return text;
  });

  await test.step("what it is sent is signed", async () => {
    await page.getByRole("button", { name: "Test monitor" }).press("Enter");
    const deliveries = page.getByRole("dialog", { name: "Deliveries to monitor" });
    await expect(deliveries.getByText("Delivered")).toBeVisible();
    await expectAccessible(page);
    const [line] = await receiver.waitForLine(/^.*webhook\.test.*$/, 10_000);
    const { headers, body } = JSON.parse(line);
    const signed = createHmac("sha256", secret).update(`${headers["pinhole-timestamp"]}.${body}`).digest("hex");
    expect(headers["pinhole-signature"]).toBe(`v1=${signed}`);
    await page.keyboard.press("Escape");
  });

  await test.step("removed, it is gone", async () => {
    await page.getByRole("button", { name: "Remove monitor" }).press("Enter");
    await page.getByRole("dialog").getByRole("button", { name: "Remove webhook" }).press("Enter");
    await expect(page.getByText("No webhooks yet")).toBeVisible();
  });
  receiver.kill();
});
