import { CopyButton } from "@/components/copy-button.tsx";
import { Tabs } from "@/components/tabs.tsx";
import type { AttemptDetail } from "@/trpc/outputs.ts";
import { TechniqueTable } from "./technique-table.tsx";
import { TraceTable } from "./trace-table.tsx";
import { eventsCsv, type Names } from "./waterfall/event-words.ts";
import { Waterfall } from "./waterfall/waterfall.tsx";

/** What both sides recorded of one attempt: by technique, and event by event as a picture or a table. */
export function AttemptRecord({ attempt, names }: { readonly attempt: AttemptDetail; readonly names: Names }) {
  const { events, techniques, sides } = attempt;
  if (events.length === 0) return <p className="p-4 text-muted">Neither side has reported its record yet.</p>;
  const uncertaintyMs = { a: sides.a?.clockUncertaintyMs, b: sides.b?.clockUncertaintyMs };
  return (
    <>
      <TechniqueTable techniques={techniques} names={names} />
      <div className="border-t border-hairline px-4 pt-2">
        <Tabs
          label="The attempt's events"
          tabs={[
            {
              key: "picture",
              label: "Picture",
              content: <Waterfall key={attempt.id} events={events} names={names} uncertaintyMs={uncertaintyMs} />,
            },
            {
              key: "table",
              label: "Table",
              content: (
                <>
                  <div className="flex items-center justify-end gap-1 pb-1 text-sm text-muted">
                    As CSV
                    <CopyButton text={eventsCsv(events, names)} what="the events as CSV" />
                  </div>
                  <div className="-mx-4">
                    <TraceTable events={events} names={names} />
                  </div>
                </>
              ),
            },
          ]}
        />
      </div>
    </>
  );
}
