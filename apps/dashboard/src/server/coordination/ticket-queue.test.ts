import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { TicketQueue } from "./ticket-queue.ts";

let queue: TicketQueue;
let hinted: number;
const mailbox = () => ({ hintTicket: () => void hinted++ });
beforeEach(() => {
  vi.useFakeTimers();
  queue = new TicketQueue();
  hinted = 0;
});
afterEach(() => void vi.useRealTimers());

test("everybody gets a ticket soon where nobody says anything", async () => {
  for (let at = 0; at < 100; at++) queue.add(mailbox());
  expect(hinted).toBe(0);
  await vi.advanceTimersByTimeAsync(100);
  expect(hinted).toBe(100);
});

test("agents' words come first, for a while", async () => {
  for (let at = 0; at < 100; at++) queue.add(mailbox());
  const talking = setInterval(() => queue.heard(), 10);
  await vi.advanceTimersByTimeAsync(1_400);
  expect(hinted).toBe(0);
  await vi.advanceTimersByTimeAsync(300);
  expect(hinted).toBe(100);
  clearInterval(talking);
});

test("a word in the middle is waited for", async () => {
  for (let at = 0; at < 20; at++) queue.add({ hintTicket: () => (hinted++, queue.heard()) });
  await vi.advanceTimersByTimeAsync(60);
  expect(hinted).toBe(8);
  await vi.advanceTimersByTimeAsync(200);
  expect(hinted).toBe(20);
});

test("those that come later have a wait of their own", async () => {
  queue.add(mailbox());
  await vi.advanceTimersByTimeAsync(60);
  expect(hinted).toBe(1);
  queue.add(mailbox());
  await vi.advanceTimersByTimeAsync(40);
  expect(hinted).toBe(1);
  await vi.advanceTimersByTimeAsync(20);
  expect(hinted).toBe(2);
});
