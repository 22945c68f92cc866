import { Mark } from "./mark.tsx";

/** The frame of the pages before the door: set-up and sign-in. */
export function Entrance({
  title,
  lead,
  children,
}: {
  readonly title: string;
  readonly lead: React.ReactNode;
  readonly children: React.ReactNode;
}) {
  return (
    <main className="mx-auto flex min-h-dvh w-full max-w-sm flex-col justify-center gap-6 px-4 py-10">
      <header className="flex flex-col gap-3">
        <Mark className="size-10" />
        <div>
          <h1 className="text-xl font-semibold tracking-[-0.01em]">{title}</h1>
          <p className="mt-1 text-muted">{lead}</p>
        </div>
      </header>
      {children}
    </main>
  );
}
