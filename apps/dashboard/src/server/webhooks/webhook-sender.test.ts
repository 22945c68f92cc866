import { once } from "node:events";
import { createServer, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { Db } from "@pinhole/drizzle";
import { insertDelivery, insertTeam, insertWebhook, openTestDb } from "@pinhole/drizzle/testing";
import { afterEach, beforeEach, expect, test } from "vitest";
import { resolveByDns } from "./public-lookup.ts";
import { seal } from "../storage/seal.ts";
import { sealPurpose } from "./sign-body.ts";
import { WebhookSender } from "./webhook-sender.ts";

const sealingKey = new Uint8Array(32).fill(7);
const now = () => new Date(1_767_323_045_000);

/** Paths below `/slow` are answered when the test says so, and not well; all others at once. */
let receiver: Server;
let slow: ServerResponse[];
let arrived: string[];
let db: Db;
let sender: WebhookSender;
beforeEach(async () => {
  [slow, arrived] = [[], []];
  receiver = createServer((request, response) => {
    const path = request.url ?? "";
    arrived.push(path);
    if (path.startsWith("/slow")) slow.push(response);
    else response.writeHead(204).end();
  }).listen(0, "127.0.0.1");
  await once(receiver, "listening");
  db = openTestDb();
  sender = new WebhookSender({ db, sealingKey, now }, resolveByDns, { total: 6, perTeam: 2 });
});
afterEach(() => {
  receiver.closeAllConnections();
  receiver.close();
});

test("a team whose receivers are slow holds up nobody else's deliveries", async () => {
  newHooks("/slow", 8);
  const sendingSlow = sender.sendDue();
  await arrivals(2);
  newHooks("/quick", 1);
  await sender.sendDue();
  expect(arrived).toEqual(["/slow", "/slow", "/quick"]);
  await answerUntil(sendingSlow);
  expect(arrived.filter((path) => path === "/slow")).toHaveLength(8);
});

test("where slow teams hold all there is, the next turn is of who has waited longest", async () => {
  for (let team = 0; team < 3; team++) newHooks("/slow", 2, 2);
  const sendingSlow = sender.sendDue();
  await arrivals(6);
  newHooks("/quick", 1);
  await sender.sendDue();
  expect(arrived).not.toContain("/quick");
  slow.pop()?.writeHead(500).end();
  await arrivals(7);
  expect(arrived.at(6)).toBe("/quick");
  await answerUntil(sendingSlow);
});

/** Of one team. */
function newHooks(path: string, count: number, deliveries = 1): void {
  const { id: teamId } = insertTeam(db);
  for (let hook = 0; hook < count; hook++) {
    const id = `whk_${teamId.slice(-24)}${String(hook).padStart(8, "0")}` as const;
    const url = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}${path}`;
    const sealedSecret = seal(sealingKey, Buffer.from("secret"), sealPurpose(id));
    insertWebhook(db, { id, teamId, url, sealedSecret, mayReachPrivate: true });
    for (let at = 0; at < deliveries; at++) insertDelivery(db, { webhookId: id, dueAt: now() });
  }
}

const arrivals = (count: number) => expect.poll(() => arrived.length, { timeout: 8_000 }).toBeGreaterThanOrEqual(count);

async function answerUntil(over: Promise<void>): Promise<void> {
  let isOver = false;
  void over.then(() => (isOver = true));
  await expect
    .poll(
      () => {
        for (const response of slow.splice(0)) response.writeHead(204).end();
        return isOver;
      },
      { timeout: 20_000 },
    )
    .toBe(true);
}
