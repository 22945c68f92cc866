"use client";

import { Toast } from "@base-ui/react/toast";
import { X } from "lucide-react";
import { IconButton } from "./button.tsx";
import { StateSign } from "./state-sign.tsx";

const manager = Toast.createToastManager();

/** Long enough to read the sentence, notice the mistake and reach the button. */
export const UNDO_MS = 10_000;

export const toast = {
  done(title: string, description?: string): void {
    manager.add({ title, ...(description !== undefined && { description }), type: "done" });
  },
  problem(title: string, description?: string): void {
    manager.add({
      title,
      ...(description !== undefined && { description }),
      type: "problem",
      priority: "high",
      timeout: 12_000,
    });
  },
  /** Says what was done and offers to take it back for {@link UNDO_MS}. */
  undo(title: string, onUndo: () => void, description?: string): void {
    const id = manager.add({
      title,
      ...(description !== undefined && { description }),
      type: "done",
      timeout: UNDO_MS,
      actionProps: {
        children: "Undo",
        onClick() {
          manager.close(id);
          onUndo();
        },
      },
    });
  },
};

export function Toasts() {
  return (
    <Toast.Provider toastManager={manager} limit={4}>
      <Toast.Portal>
        <Toast.Viewport className="fixed right-3 bottom-3 z-50 flex w-[min(24rem,calc(100vw-1.5rem))] flex-col gap-2 sm:right-5 sm:bottom-5">
          <ToastList />
        </Toast.Viewport>
      </Toast.Portal>
    </Toast.Provider>
  );
}

function ToastList() {
  const { toasts } = Toast.useToastManager();
  return toasts.map((item) => (
    <Toast.Root
      key={item.id}
      toast={item}
      swipeDirection={["right", "down"]}
      className="rounded-lg border border-border bg-raised text-text transition-opacity duration-100 data-ending-style:opacity-0 data-limited:hidden data-starting-style:opacity-0"
    >
      <Toast.Content className="flex items-start gap-2 py-1.5 ps-3 pe-1.5">
        <StateSign state={item.type === "problem" ? "failed" : "direct"} className="mt-2.5" />
        <div className="min-w-0 flex-1 py-1.5">
          <Toast.Title className="font-medium" />
          <Toast.Description className="text-sm text-muted" />
        </div>
        <Toast.Action className="min-h-8 rounded-md px-2.5 font-medium text-accent hover:bg-hover" />
        <Toast.Close render={<IconButton aria-label="Dismiss" />}>
          <X aria-hidden="true" />
        </Toast.Close>
      </Toast.Content>
    </Toast.Root>
  ));
}
