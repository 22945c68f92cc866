import { session, user } from "@pinhole/drizzle/schema";
import type { Page } from "@playwright/test";
import { asc, eq } from "drizzle-orm";
import { getProcess } from "../../../apps/dashboard/src/server/process.ts";

/** Something that waits until its owner showed who they are. */
export async function askAgain(page: Page, t: string, passwordHash?: string): Promise<void> {
  const { db } = getProcess();
  const account = db.select().from(user).orderBy(asc(user.createdAt)).get();
  if (account === undefined) throw new Error("there is nobody to ask");
  const change = (fields: Partial<typeof user.$inferInsert>, verifiedAt: Date) => {
    db.update(user).set(fields).where(eq(user.id, account.id)).run();
    db.update(session).set({ verifiedAt }).run();
  };
  change({ passwordHash: passwordHash ?? account.passwordHash }, new Date(0));
  await page.goto(`${t}/settings`);
  await page.getByRole("button", { name: /^Disconnect/ }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Use a passkey" }).waitFor();
  await page.getByRole("dialog").getByRole("button", { name: "Harbour" }).waitFor();
  change({ passwordHash: account.passwordHash }, new Date());
}
