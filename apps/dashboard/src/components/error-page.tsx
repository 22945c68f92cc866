import { PinholePicture } from "./pinhole-picture.tsx";

type Props = {
  readonly title: string;
  readonly children: React.ReactNode;
  readonly actions: React.ReactNode;
  /** What the server's log has of the same failure. */
  readonly reference?: string | undefined;
};

export function ErrorPage({ title, children, actions, reference }: Props) {
  return (
    <div className="mx-auto flex max-w-lg flex-col items-center gap-3 px-4 py-16 text-center">
      <PinholePicture className="mb-2" />
      <h1 className="text-xl font-semibold tracking-[-0.01em]">{title}</h1>
      <div className="text-muted">{children}</div>
      <div className="mt-2 flex flex-wrap justify-center gap-2">{actions}</div>
      {reference !== undefined && (
        <p className="mt-4 text-sm text-muted">
          Reference for the server's log: <code className="font-mono text-text">{reference}</code>
        </p>
      )}
    </div>
  );
}
