import { createHmac } from "node:crypto";
import { once } from "node:events";
import { createServer, type IncomingHttpHeaders, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { webhook, webhookDelivery } from "@pinhole/drizzle/schema";
import { insertDevice } from "@pinhole/drizzle/testing";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { STEP_UP_MS } from "../auth/step-up.ts";
import { NOW, newTestServer } from "../testing.ts";
import { isPublicAddress, type Resolve } from "../webhooks/public-lookup.ts";
import { MAX_ATTEMPTS, WebhookSender } from "../webhooks/webhook-sender.ts";
import { createCaller } from "./index.ts";

const team = "ours";

type Received = { readonly headers: IncomingHttpHeaders; readonly body: string };

let receiver: Server;
let url: string;
let received: Received[];
let answer: number;
beforeEach(async () => {
  received = [];
  answer = 204;
  receiver = createServer((request, response) => {
    let body = "";
    request.on("data", (chunk) => (body += chunk));
    request.on("end", () => {
      received.push({ headers: request.headers, body });
      response.writeHead(answer, { location: "http://127.0.0.1:1/" }).end("thanks");
    });
  }).listen(0, "127.0.0.1");
  await once(receiver, "listening");
  url = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/hook`;
});
afterEach(() => {
  receiver.closeAllConnections();
  receiver.close();
});

describe("a webhook", () => {
  test("is told of a change with a signature that only who has the secret can make", async () => {
    const { caller, sender, device, created } = await newHook();
    await caller.device.rename({ team, deviceId: device.id, name: "renamed" });
    await sender.sendDue();
    const [{ headers, body }] = received as [Received];
    expect(JSON.parse(body)).toEqual({
      id: headers["pinhole-delivery"],
      event: "device.rename",
      team: "ours",
      at: NOW.toISOString(),
      data: expect.objectContaining({
        object: { kind: "device", id: device.id, name: "renamed" },
        before: { name: device.name },
        after: { name: "renamed" },
      }),
    });
    const signed = createHmac("sha256", created.secret)
      .update(`${String(headers["pinhole-timestamp"])}.${body}`)
      .digest("hex");
    expect(headers["pinhole-signature"]).toBe(`v1=${signed}`);
    expect(await caller.webhook.deliveries({ team, webhookId: created.id })).toMatchObject([
      { event: "device.rename", status: "delivered", attempts: 1, responseStatus: 204, problem: null },
    ]);
  });

  test("keeps its secret out of lists, and its row sealed", async () => {
    const { server, caller, created } = await newHook();
    const kept = JSON.stringify([server.db.select().from(webhook).all(), await caller.webhook.list({ team })]);
    expect(kept).not.toContain(created.secret);
    expect(JSON.stringify(await caller.webhook.list({ team }))).not.toContain("sealed");
  });

  test("hears of its topics and its team alone", async () => {
    const { server, caller, sender, device } = await newHook({ topics: ["policy"] });
    await caller.device.rename({ team, deviceId: device.id, name: "renamed" });
    const theirs = insertDevice(server.db, { teamId: server.otherTeam.id });
    await server.as("stranger").device.rename({ team: "theirs", deviceId: theirs.id, name: "theirs" });
    await sender.sendDue();
    expect(received).toEqual([]);
  });

  test("is not told of what was refused, or rolled back", async () => {
    const { server, caller, device } = await newHook();
    const other = insertDevice(server.db, { teamId: server.team.id, name: "taken" });
    await expect(caller.device.rename({ team, deviceId: device.id, name: other.name })).rejects.toThrow("name-taken");
    expect(server.db.select().from(webhookDelivery).all()).toEqual([]);
  });

  test("that fails is tried again, later each time, and given up in the end", async () => {
    const { server, caller, sender, created } = await newHook();
    answer = 500;
    await caller.webhook.test({ team, webhookId: created.id });
    const waits = [];
    for (let attempt = 1; attempt <= MAX_ATTEMPTS; attempt++) {
      await sender.sendDue();
      await sender.sendDue();
      expect(received).toHaveLength(attempt);
      const row = server.db.select().from(webhookDelivery).get()!;
      waits.push(row.dueAt.getTime() - server.clock.now.getTime());
      if (row.status === "waiting") server.clock.now = row.dueAt;
    }
    expect(waits.slice(0, -1)).toEqual([10_000, 60_000, 300_000, 1_800_000, 7_200_000]);
    const [failed] = await caller.webhook.deliveries({ team, webhookId: created.id });
    expect(failed).toMatchObject({ status: "failed", responseStatus: 500, problem: "bad-status" });
    // Sent again by hand, it is the same, and arrives.
    answer = 200;
    await caller.webhook.redeliver({ team, deliveryId: failed!.id });
    await sender.sendDue();
    expect(received.at(-1)?.body).toBe(received[0]?.body);
    expect(await caller.webhook.deliveries({ team, webhookId: created.id })).toMatchObject([{ status: "delivered" }]);
  });

  test("is led nowhere else by its answer", async () => {
    const { caller, sender, created } = await newHook();
    answer = 302;
    await caller.webhook.test({ team, webhookId: created.id });
    await sender.sendDue();
    expect(received).toHaveLength(1);
    expect(await caller.webhook.deliveries({ team, webhookId: created.id })).toMatchObject([
      { status: "waiting", responseStatus: 302, problem: "bad-status" },
    ]);
  });

  test("is not waited for when it answers with another protocol", async () => {
    receiver.removeAllListeners("request");
    receiver.on("request", ({ socket }) => {
      socket.write("HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: other\r\n\r\n");
    });
    const { caller, sender, created } = await newHook();
    await caller.webhook.test({ team, webhookId: created.id });
    await sender.sendDue();
    expect(await caller.webhook.deliveries({ team, webhookId: created.id })).toMatchObject([
      { status: "waiting", responseStatus: 101, problem: "bad-status" },
    ]);
  });

  test("sends everything once, however often it is asked to at one moment", async () => {
    const { caller, sender, device } = await newHook();
    for (const name of ["a", "b", "c"]) await caller.device.rename({ team, deviceId: device.id, name });
    await Promise.all([sender.sendDue(), sender.sendDue(), sender.sendDue()]);
    expect(received.map(({ body }) => String(JSON.parse(body).data.after.name)).toSorted()).toEqual(["a", "b", "c"]);
  });

  test("ends with its deliveries when it is removed", async () => {
    const { server, caller, sender, created } = await newHook();
    await caller.webhook.test({ team, webhookId: created.id });
    await caller.webhook.remove({ team, webhookId: created.id });
    await sender.sendDue();
    expect(received).toEqual([]);
    expect(server.db.select().from(webhookDelivery).all()).toEqual([]);
  });
});

describe("a private address", () => {
  const port = () => new URL(url).port;

  test.each([
    ["as an address", () => url],
    ["as a number", () => `http://2130706433:${port()}/`],
    ["as octal", () => `http://0177.0.0.1:${port()}/`],
    ["in short", () => `http://127.1:${port()}/`],
    ["as IPv6 that means it", () => `http://[::ffff:127.0.0.1]:${port()}/`],
    ["by name", () => `http://localhost:${port()}/`],
    ["by a name of the Internet", () => `http://inside.example:${port()}/`],
  ])("is not reached, %s", async (_, target) => {
    const { caller, sender, created } = await newHook({ mayReachPrivate: false, url: target() });
    await caller.webhook.test({ team, webhookId: created.id });
    await sender.sendDue();
    expect(received).toEqual([]);
    expect(await caller.webhook.deliveries({ team, webhookId: created.id })).toMatchObject([
      { status: "waiting", responseStatus: null, problem: "private-address" },
    ]);
  });

  // A name that says one thing to who checks and another to who connects.
  test("is not reached by a name that changes its mind", async () => {
    let asked = 0;
    const { caller, sender, created } = await newHook({
      mayReachPrivate: false,
      url: `http://rebinding.example:${port()}/`,
      resolve: async () => [{ address: asked++ === 0 ? "192.0.2.1" : "127.0.0.1", family: 4 }],
    });
    await caller.webhook.test({ team, webhookId: created.id });
    await sender.sendDue();
    expect([asked, received]).toEqual([1, []]);
  });

  test.each([
    "127.0.0.1",
    "10.0.0.1",
    "100.64.0.1",
    "169.254.169.254",
    "192.168.1.1",
    "0.0.0.0",
    "::1",
    "fe80::1",
    "fe80::1%eth0",
    "fd00::1",
    "::ffff:10.0.0.1",
    "::ffff:a00:1",
    "::ffff:0:10.0.0.1",
    "64:ff9b::7f00:1",
    "224.0.0.1",
    "example.net",
    "",
  ])("is what %j is taken for", (address) => {
    expect(isPublicAddress(address)).toBe(false);
  });

  test.each(["8.8.8.8", "2001:4860:4860::8888", "::ffff:8.8.8.8"])("is not what %s is", (address) => {
    expect(isPublicAddress(address)).toBe(true);
  });

  test("is an owner's to allow, after proving who they are", async () => {
    const server = newTestServer();
    const input = { team, name: "hook", url, topics: ["device" as const], mayReachPrivate: true };
    await expect(server.as("admin").webhook.create(input)).rejects.toMatchObject({ message: "role-insufficient" });
    const owner = server.as("owner");
    server.clock.now = new Date(NOW.getTime() + STEP_UP_MS);
    await expect(owner.webhook.create(input)).rejects.toMatchObject({ message: "step-up-needed" });
    await owner.webhook.create({ ...input, mayReachPrivate: false });
  });
});

test.each(["ftp://hooks.example/", "javascript:alert(1)", "https://ana:secret@hooks.example/", "hooks.example", ""])(
  "%j is no address for a webhook",
  async (bad) => {
    const create = newTestServer()
      .as("owner")
      .webhook.create({ team, name: "x", url: bad, topics: ["device"] });
    await expect(create).rejects.toMatchObject({ code: "BAD_REQUEST" });
  },
);

type Options = {
  readonly topics?: ("device" | "path" | "policy")[];
  readonly mayReachPrivate?: boolean;
  readonly url?: string;
  readonly resolve?: Resolve;
};

/** One that may reach the receiver, which is on this machine, unless told otherwise. */
async function newHook({ topics = ["device"], mayReachPrivate = true, url: to = url, resolve = inside }: Options = {}) {
  const server = newTestServer();
  const context = server.contextOf("owner");
  const caller = createCaller(context);
  const device = insertDevice(server.db, { teamId: server.team.id });
  const created = await caller.webhook.create({ team, name: "hook", url: to, topics, mayReachPrivate });
  return { server, caller, device, created, sender: new WebhookSender(context, resolve) };
}

const inside: Resolve = async () => [
  { address: "::1", family: 6 },
  { address: "127.0.0.1", family: 4 },
];
