// The page after an upload, as a picture: `node picture.mjs URL FILE PICTURE`, with playwright-core beside it.
import { readFileSync } from "node:fs";
import { chromium } from "playwright-core";

const [url, file, picture] = process.argv.slice(2);
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM || "/usr/bin/chromium",
  args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync"],
});
const page = await browser.newPage({ viewport: { width: 880, height: 900 }, colorScheme: "light" });
await page.goto(url);
await page.getByLabel("Picture").setInputFiles({
  name: "holiday.jpg", mimeType: "image/jpeg", buffer: readFileSync(file),
});
await page.getByRole("button", { name: "Upload" }).click();
await page.waitForFunction(() => ["original", "standard"].every(id => {
  const image = document.getElementById(id);
  return image.complete && image.naturalWidth > 0 && document.getElementById(`${id}-text`).textContent !== "";
}));
// The focus ring of a screen reader's landing point is not part of the picture.
await page.evaluate(() => document.activeElement.blur());
// A port of this one run would differ each time.
await page.evaluate(origin => {
  const answer = document.getElementById("answer");
  answer.textContent = answer.textContent.replaceAll(origin, "http://127.0.0.1:8080");
}, new URL(url).origin);
await page.screenshot({ path: picture, type: "jpeg", quality: 88, fullPage: true });
await browser.close();
