"use client";

import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Download } from "lucide-react";
import { Button } from "@/components/button.tsx";
import { useTeam } from "@/components/team-context.tsx";
import { toast } from "@/components/toast-store.ts";
import { errorWords } from "@/components/words/error-words.ts";
import { useTRPC } from "@/trpc/client.tsx";
import type { ActivityFilter } from "@/trpc/outputs.ts";

const FORMATS = { csv: "text/csv", json: "application/json" } as const;

/** What the filter shows of the log as a file, in the format that is pressed. */
export function ExportButtons({ filter }: { readonly filter: ActivityFilter }) {
  const trpc = useTRPC();
  const queryClient = useQueryClient();
  const { slug: team } = useTeam();
  const download = useMutation(
    trpc.activity.export.mutationOptions({
      onSuccess: (text, { format }) => save(`${team}-activity.${format}`, text, FORMATS[format]),
      onError: (error) => toast.problem(errorWords(error).title, errorWords(error).next),
      onSettled: () => queryClient.invalidateQueries({ queryKey: trpc.activity.pathKey() }),
    }),
  );
  return (
    <>
      {(["csv", "json"] as const).map((format) => (
        <Button
          key={format}
          busy={download.isPending && download.variables.format === format}
          onClick={() => download.mutate({ team, format, ...filter })}
        >
          <Download aria-hidden="true" /> Export {format.toUpperCase()}
        </Button>
      ))}
    </>
  );
}

function save(name: string, text: string, type: string): void {
  const url = URL.createObjectURL(new Blob([text], { type }));
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  URL.revokeObjectURL(url);
}
