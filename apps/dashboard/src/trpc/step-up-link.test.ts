import { createTRPCClient, TRPCClientError, type TRPCLink } from "@trpc/client";
import { observable } from "@trpc/server/observable";
import { describe, expect, test } from "vitest";
import type { AppRouter } from "@/server/routers/index.ts";
import { stepUpLink } from "./step-up-link.ts";
import { StepUpStore } from "./step-up-store.ts";

describe("a request that asks for a recent proof", () => {
  test("is made again once the proof is there, and the caller sees the answer alone", async () => {
    const { client, store, sent } = newClient(["step-up-needed", "ok"]);
    const answer = client.session.revokeOthers.mutate();
    await expect.poll(store.isAsking).toBe(true);
    store.settle(true);
    expect(await answer).toBe("done");
    expect(sent()).toBe(2);
  });

  test("fails as it was refused when the person would rather not", async () => {
    const { client, store, sent } = newClient(["step-up-needed"]);
    const answer = client.session.revokeOthers.mutate();
    await expect.poll(store.isAsking).toBe(true);
    store.settle(false);
    await expect(answer).rejects.toThrow("step-up-needed");
    expect(sent()).toBe(1);
  });

  test("asks once, however often the server wants more", async () => {
    const { client, store, sent } = newClient(["step-up-needed", "step-up-needed"]);
    const answer = client.session.revokeOthers.mutate();
    await expect.poll(store.isAsking).toBe(true);
    store.settle(true);
    await expect(answer).rejects.toThrow("step-up-needed");
    expect(sent()).toBe(2);
    expect(store.isAsking()).toBe(false);
  });

  test("shares the question with the others that wait", async () => {
    const { client, store } = newClient(["step-up-needed", "step-up-needed", "ok", "ok"]);
    const answers = [client.session.revokeOthers.mutate(), client.session.revokeOthers.mutate()];
    await expect.poll(store.isAsking).toBe(true);
    store.settle(true);
    expect(await Promise.all(answers)).toEqual(["done", "done"]);
  });
});

test("any other refusal is passed on without a question", async () => {
  const { client, store } = newClient(["role-insufficient"]);
  await expect(client.session.revokeOthers.mutate()).rejects.toThrow("role-insufficient");
  expect(store.isAsking()).toBe(false);
});

/** A server that answers in that order. */
function newClient(answers: string[]) {
  const store = new StepUpStore();
  let count = 0;
  const server: TRPCLink<AppRouter> = () => () =>
    observable((observer) => {
      count++;
      const answer = answers.shift();
      if (answer !== "ok") return observer.error(new TRPCClientError(answer ?? "asked too often"));
      observer.next({ result: { type: "data", data: "done" } });
      observer.complete();
    });
  return { client: createTRPCClient<AppRouter>({ links: [stepUpLink(store.ask), server] }), store, sent: () => count };
}
