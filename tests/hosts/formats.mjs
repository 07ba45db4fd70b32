// The page with formats that browsers cannot show: `node formats.mjs URL FIXTURES [SCREENSHOTS]`, with playwright-core
// beside it. The server accepts all formats. Before the upload the page says that there is no preview, after it the
// rendition is the preview.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import path from "node:path";
import { chromium } from "playwright-core";

const [url, fixtures, screenshots] = process.argv.slice(2);

// A file, its type, and the name of its format if the browser cannot show it. Newer browsers show JPEG XL.
const files = [
  ["heic-coded-rgba.heic", "image/heic", "HEIC"],
  ["psd-rgba.psd", "image/vnd.adobe.photoshop", "PSD"],
  ["pdf-draw.pdf", "application/pdf", "PDF"],
  ["pdf-draw-illustrator.ai", "application/pdf", "PDF"],
  ["eps-draw-preview.eps", "application/postscript", "EPS"],
  ["jxl-rgba.jxl", "image/jxl", "JXL"],
  ["jp2-show-lossless-rgba.jp2", "image/jp2", "JP2"],
  ["tiff-160x120.tif", "image/tiff", "TIF"],
  ["svg-curves.svg", "image/svg+xml", null],
];

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM || "/usr/bin/chromium",
  args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync"],
});

// How many colours an image that is loaded has, on a canvas.
const colours = id => {
  const image = document.getElementById(id);
  const canvas = Object.assign(document.createElement("canvas"), { width: image.naturalWidth, height: image.naturalHeight });
  const context = canvas.getContext("2d");
  context.drawImage(image, 0, 0);
  return new Set(new Uint32Array(context.getImageData(0, 0, canvas.width, canvas.height).data.buffer)).size;
};

// Whether the browser shows a file that it is sent.
async function isShown(file, type) {
  const page = await browser.newPage();
  const source = `data:${type};base64,${readFileSync(path.join(fixtures, file)).toString("base64")}`;
  const shown = await page.evaluate(source => Object.assign(new Image(), { src: source }).decode().then(() => true, () => false), source);
  await page.close();
  return shown;
}

async function show(file, type, format) {
  const page = await browser.newPage({ viewport: { width: 1000, height: 900 } });
  const problems = [];
  page.on("pageerror", error => problems.push(String(error)));
  await page.goto(url);
  await page.waitForFunction(() => document.getElementById("taken").textContent.includes("HEIC"));
  const accept = (await page.getAttribute("#file", "accept")).split(",");
  assert.ok(accept.includes(path.extname(file)), `${accept} lets people choose ${file}`);
  await page.getByLabel("Picture").setInputFiles(path.join(fixtures, file));
  await page.waitForFunction(type => document.getElementById("known").textContent.includes(type), type);
  if (format) {
    await page.waitForFunction(() => document.getElementById("unseen").textContent !== "");
    assert.equal(await page.textContent("#unseen"), `This browser cannot show this ${format} file. A preview is shown after the upload.`);
    assert.equal(await page.isVisible("#preview"), false);
  } else {
    await page.waitForSelector("#preview:not([hidden])");
    assert.equal(await page.textContent("#unseen"), "");
  }
  await page.getByRole("button", { name: "Upload" }).click();
  await page.waitForSelector("#result:not([hidden])");
  const { Data } = JSON.parse(await page.textContent("#answer"));
  for (const id of ["standard", "original"]) await page.waitForFunction(id => document.getElementById(id + "-text").textContent !== "", id);
  await page.waitForSelector("#preview:not([hidden])");
  const size = `${Data.Width} × ${Data.Height}`;
  assert.match(await page.textContent("#standard-text"), /^Standard, \d+ × \d+$/);
  assert.equal(await page.textContent("#original-text"),
    format ? `Original, ${size}. This browser cannot show ${format}: this is its rendition` : `Original, ${size}`);
  assert.equal(await page.getAttribute("#original-link", "href"), Data.OriginalURL, "the file itself is what the link leads to");
  for (const id of ["standard", "original", "preview"]) {
    assert.ok(await page.evaluate(colours, id) > 1, `${id} of ${file} shows a picture`);
  }
  assert.equal(await page.textContent("#unseen"), "");
  if (screenshots) await page.screenshot({ path: path.join(screenshots, `${file}.png`), fullPage: true });
  // The note and the picture are those of the chosen file.
  await page.getByLabel("Picture").setInputFiles(path.join(fixtures, "png-rgb8.png"));
  await page.waitForFunction(() => document.getElementById("known").textContent.includes("image/png"));
  await page.waitForSelector("#preview:not([hidden])");
  assert.equal(await page.textContent("#unseen"), "");
  assert.ok((await page.getAttribute("#preview", "src")).startsWith("blob:"));
  assert.deepEqual(problems, []);
  await page.close();
}

try {
  for (const [file, type, format] of files) {
    await show(file, type, format === "JXL" && await isShown(file, type) ? null : format);
  }
  console.log(`the page shows the rendition of ${files.length} formats`);
} finally {
  await browser.close();
}
