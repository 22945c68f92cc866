/** A ustar archive (POSIX.1-1988) of a folder: the same bytes for the same files, on every machine. */
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";

const BLOCK = 512;

/** Regular files and folders below `root`, in order of name, owned by root, without times. */
export function tarFolder(root) {
  const blocks = [];
  const walk = (folder) => {
    for (const name of readdirSync(join(root, folder)).toSorted()) {
      const path = folder === "" ? name : `${folder}/${name}`;
      if (statSync(join(root, path)).isDirectory()) {
        blocks.push(header(`${path}/`, 0o755, 0, "5"));
        walk(path);
        continue;
      }
      const content = readFileSync(join(root, path));
      blocks.push(header(path, 0o644, content.length, "0"), content, Buffer.alloc(-content.length & (BLOCK - 1)));
    }
  };
  walk("");
  return Buffer.concat([...blocks, Buffer.alloc(2 * BLOCK)]);
}

function header(path, mode, size, type) {
  if (Buffer.byteLength(path) > 100) throw new RangeError(`${path} is too long for a ustar name`);
  const block = Buffer.alloc(BLOCK);
  const octal = (value, length) => `${value.toString(8).padStart(length - 1, "0")}\0`;
  block.write(path, 0);
  block.write(octal(mode, 8), 100);
  block.write(octal(0, 8), 108);
  block.write(octal(0, 8), 116);
  block.write(octal(size, 12), 124);
  block.write(octal(0, 12), 136);
  block.write("        ", 148); // the checksum counts its own field as spaces
  block.write(type, 156);
  block.write("ustar\0" + "00", 257);
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148);
  return block;
}
