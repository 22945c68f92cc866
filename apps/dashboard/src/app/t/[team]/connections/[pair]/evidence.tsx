import type { ConnectionDetail } from "@/trpc/outputs.ts";

/** What the verdict rests on, measured and likely told apart by word and line, and what would help. */
export function Evidence({ verdict }: { readonly verdict: ConnectionDetail["verdict"] }) {
  const { facts, remedies } = verdict;
  return (
    <>
      {facts.length > 0 && (
        <ul aria-label="Because" className="mt-3 flex flex-wrap gap-2">
          {facts.map(({ words, measured }) => (
            <li
              key={words}
              className={`rounded-md border px-2 py-1 text-sm ${measured ? "border-hairline" : "border-dashed border-hairline text-muted"}`}
            >
              <span className="text-muted">{measured ? "Measured" : "Likely"}: </span>
              {words}
            </li>
          ))}
        </ul>
      )}
      {remedies.length > 0 && (
        <div className="mt-3">
          <h2 className="text-sm text-muted">What would help</h2>
          <ul className="mt-1 list-disc ps-5">
            {remedies.map((remedy) => (
              <li key={remedy}>{remedy}</li>
            ))}
          </ul>
        </div>
      )}
    </>
  );
}
