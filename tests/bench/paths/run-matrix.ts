/** Runs the whole matrix, a process a core. */
import { spawn } from "node:child_process";
import { availableParallelism } from "node:os";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import type { Cell } from "./matrix.ts";

export async function runMatrix(seeds: number, onCell: (done: number) => void = () => undefined): Promise<Cell[]> {
  const count = availableParallelism();
  const cells: Cell[] = [];
  const take = (cell: Cell): void => onCell(cells.push(cell));
  await Promise.all(Array.from({ length: count }, (_, index) => runShard([index, count, seeds].map(String), take)));
  return cells;
}

async function runShard(args: readonly string[], take: (cell: Cell) => void): Promise<void> {
  const shard = spawn(process.execPath, [fileURLToPath(new URL("./shard.ts", import.meta.url)), ...args], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const exited = new Promise<number | null>((resolve) => shard.once("exit", resolve));
  for await (const line of createInterface({ input: shard.stdout })) take(JSON.parse(line) as Cell);
  const code = await exited;
  if (code !== 0) throw new Error(`a share of the matrix ended with ${code}`);
}
