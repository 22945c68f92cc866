import type { TRPCLink } from "@trpc/client";
import { observable } from "@trpc/server/observable";
import type { AppRouter } from "@/server/routers/index.ts";

/**
 * A request that is refused for want of a recent proof of who one is waits for that proof, and is then made again: whoever
 * pressed the button need not press it twice. Once, so that a server that is never content cannot keep a person typing.
 */
export function stepUpLink(ask: () => Promise<boolean>): TRPCLink<AppRouter> {
  return () =>
    ({ op, next }) =>
      observable((observer) => {
        let sent: { unsubscribe(): void } | undefined;
        let isOver = false;
        const send = (mayAsk: boolean) => {
          sent = next(op).subscribe({
            next: (value) => observer.next(value),
            complete: () => observer.complete(),
            error(error) {
              if (!mayAsk || error.message !== "step-up-needed") return observer.error(error);
              void ask().then((isProven) => {
                if (isOver) return;
                if (isProven) send(false);
                else observer.error(error);
              });
            },
          });
        };
        send(true);
        return () => {
          isOver = true;
          sent?.unsubscribe();
        };
      });
}
