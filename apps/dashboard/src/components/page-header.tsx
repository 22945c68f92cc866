type Props = {
  readonly title: React.ReactNode;
  readonly lead?: React.ReactNode;
  readonly actions?: React.ReactNode;
};

export function PageHeader({ title, lead, actions }: Props) {
  return (
    <header className="mb-4 flex flex-wrap items-start justify-between gap-x-6 gap-y-3">
      <div className="min-w-0">
        <h1 className="text-xl font-semibold tracking-[-0.01em] [overflow-wrap:anywhere]">{title}</h1>
        {lead !== undefined && <div className="mt-0.5 text-muted">{lead}</div>}
      </div>
      {actions !== undefined && <div className="flex flex-wrap items-center gap-2">{actions}</div>}
    </header>
  );
}
