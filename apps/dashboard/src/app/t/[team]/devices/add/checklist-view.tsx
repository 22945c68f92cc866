import { type State, StateSign } from "@/components/state-sign.tsx";
import { TimeAgo } from "@/components/time.tsx";
import type { Step, StepState } from "./checklist.ts";

const SIGN: Record<StepState, State> = { done: "direct", waiting: "trying", ahead: "offline", failed: "failed" };
const WORD: Record<StepState, string> = { done: "done", waiting: "waiting", ahead: "not yet", failed: "failed" };

export function ChecklistView({ steps }: { readonly steps: readonly Step[] }) {
  return (
    <ol className="flex flex-col">
      {steps.map((step) => (
        <li
          key={step.key}
          className="relative flex gap-3 pb-4 last:pb-0 not-last:before:absolute not-last:before:top-5 not-last:before:bottom-0 not-last:before:left-1.5 not-last:before:w-px not-last:before:-translate-x-1/2 not-last:before:bg-hairline"
        >
          <StateSign state={SIGN[step.state]} className="mt-1" />
          <div className="min-w-0 flex-1">
            <p className="flex flex-wrap items-baseline justify-between gap-x-3">
              <span className={step.state === "ahead" ? "text-muted" : "font-medium"}>
                {step.title}
                <span className="sr-only">: {WORD[step.state]}</span>
              </span>
              {step.at !== null && (
                <span className="text-sm text-muted">
                  <TimeAgo at={step.at} />
                </span>
              )}
            </p>
            {step.detail !== null && <p className="text-muted [overflow-wrap:anywhere]">{step.detail}</p>}
            {step.help !== null && (
              <p className="mt-1.5 rounded-md border border-relayed bg-relayed-wash px-2.5 py-1.5 text-sm">
                {step.help}
              </p>
            )}
          </div>
        </li>
      ))}
    </ol>
  );
}
