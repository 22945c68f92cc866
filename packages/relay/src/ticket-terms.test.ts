import { describe, expect, test } from "vitest";
import { TICKET_LIFETIME_MS, TICKET_RENEWAL_MS } from "./issue-ticket.ts";
import { TicketTerms } from "./ticket-terms.ts";

const DAY_MS = 86_400_000;

test("with a server in the same process a ticket is good until it says", () => {
  const terms = new TicketTerms(0);
  terms.hear(1_000);
  expect([terms.isGood(1_000, 999), terms.isGood(1_000, 1_000)]).toEqual([true, false]);
});

describe("at a relay that stands alone", () => {
  // The server dies at 0: a had its ticket just then, b must have had a new one by then.
  const a = TICKET_LIFETIME_MS;
  const b = TICKET_LIFETIME_MS - TICKET_RENEWAL_MS;

  test("all that were let in last stay in while the server is silent, without a gap, for a day", () => {
    const terms = new TicketTerms(DAY_MS);
    terms.hear(b);
    terms.hear(a);
    for (let now = 0; now < DAY_MS; now += 10_000) {
      expect([terms.isGood(a, now), terms.isGood(b, now)], `${now} ms`).toEqual([true, true]);
    }
    expect([terms.isGood(a, a + DAY_MS), terms.isGood(b, b + DAY_MS)]).toEqual([false, false]);
  });

  test("who gets no new ticket while others do is out a lifetime after the end of the last", () => {
    const terms = new TicketTerms(DAY_MS);
    terms.hear(a);
    terms.hear(a + 10 * TICKET_LIFETIME_MS);
    expect(terms.isGood(a, a + TICKET_LIFETIME_MS - 1)).toBe(true);
    expect(terms.isGood(a, a + TICKET_LIFETIME_MS)).toBe(false);
  });

  test("who comes with an old ticket is let in by a relay that has just started, until somebody brings a newer one", () => {
    const terms = new TicketTerms(DAY_MS);
    const now = a + 3_600_000;
    terms.hear(a);
    expect(terms.isGood(a, now)).toBe(true);
    terms.hear(now + TICKET_LIFETIME_MS);
    expect(terms.isGood(a, now)).toBe(false);
  });

  test("a clock that is hours fast refuses nobody", () => {
    const terms = new TicketTerms(DAY_MS);
    const now = 5 * 3_600_000;
    terms.hear(a);
    expect(terms.isGood(a, now)).toBe(true);
  });
});
