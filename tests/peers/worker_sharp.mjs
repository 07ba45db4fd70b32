// sharp, as its documentation recommends: `resize`, which shrinks on load. The commands are those of worker.py.

import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { createInterface } from "node:readline";

// Installed in the cache folder, which is given as the argument.
const sharp = createRequire(`${process.argv[2]}/`)("sharp");
sharp.concurrency(1);
sharp.cache(false);

// The inputs are known; the guard against decompression bombs would refuse the large ones.
const OPEN = { limitInputPixels: false };

let hasAlpha = false;
let data = Buffer.alloc(0);
let last = Buffer.alloc(0);

function render(side, quality) {
  const image = sharp(data, OPEN).resize(side, side, { fit: "inside", withoutEnlargement: true });
  return (hasAlpha ? image.png() : image.jpeg({ quality })).toBuffer({ resolveWithObject: true });
}

async function answer(line) {
  const [verb, ...rest] = line.split(" ");
  switch (verb) {
    case "load":
      data = readFileSync(rest.join(" "));
      last = Buffer.alloc(0);
      ({ hasAlpha } = await sharp(data, OPEN).metadata());
      return { file_bytes: data.length };
    case "run": {
      const [runs, side, quality] = rest.map(Number);
      const times = [];
      let info;
      for (let run = 0; run < runs; run += 1) {
        const start = process.hrtime.bigint();
        ({ data: last, info } = await render(side, quality));
        times.push(Number(process.hrtime.bigint() - start));
      }
      return { ns: times, mime_type: `image/${info.format}`, bytes: last.length, width: info.width, height: info.height };
    }
    case "save":
      writeFileSync(rest.join(" "), last);
      return { bytes: last.length };
    case "versions":
      return { sharp: sharp.versions.sharp, "sharp's libvips": sharp.versions.vips };
    default:
      return { error: `unknown command: ${verb}` };
  }
}

for await (const line of createInterface({ input: process.stdin })) {
  const result = await answer(line).catch((error) => ({ error: String(error.message).split("\n")[0] }));
  console.log(JSON.stringify(result));
}
