import { PinholePicture } from "./pinhole-picture.tsx";

type Props = {
  readonly title: string;
  readonly children?: React.ReactNode;
  readonly action?: React.ReactNode;
  /** The picture is for "nothing yet"; a list that a filter emptied goes without. */
  readonly picture?: boolean;
};

export function EmptyState({ title, children, action, picture = true }: Props) {
  return (
    <div className="flex flex-col items-center gap-3 px-4 py-12 text-center">
      {picture && <PinholePicture className="mb-2" />}
      <p className="text-lg font-medium">{title}</p>
      {children !== undefined && <div className="max-w-prose text-muted">{children}</div>}
      {action !== undefined && <div className="mt-1 flex flex-wrap justify-center gap-2">{action}</div>}
    </div>
  );
}
