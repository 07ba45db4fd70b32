// The page in a real browser: `node page.mjs URL FIXTURES [SCREENSHOTS]`, with playwright-core beside it.
// It drives the page as people do: with a mouse, by dropping a file, or with the keyboard alone.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import path from "node:path";
import { chromium } from "playwright-core";

const [url, fixtures, screenshots] = process.argv.slice(2);
const photo = path.join(fixtures, "jpeg-phone-orientation6.jpg");

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM || "/usr/bin/chromium",
  args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync"],
});

async function open() {
  const page = await browser.newPage({ viewport: { width: 1000, height: 900 } });
  page.problems = [];
  page.on("console", message => { if (message.type() === "error") page.problems.push(message.text()); });
  page.on("pageerror", error => page.problems.push(String(error)));
  page.requests = [];
  page.on("request", request => page.requests.push(request.url()));
  await page.goto(url);
  return page;
}

async function facts(page) {
  await page.waitForSelector("#result:not([hidden])");
  return Object.fromEntries(await page.$$eval("#facts dt", terms => terms.map(term => [term.textContent, term.nextElementSibling.textContent])));
}

async function shot(page, name) {
  if (screenshots) await page.screenshot({ path: path.join(screenshots, `${name}.png`), fullPage: true });
}

const tests = {
  async "a chosen photo is described, uploaded and shown upright"() {
    const page = await open();
    await page.getByLabel("Picture").setInputFiles(photo);
    await page.waitForFunction(() => document.getElementById("known").textContent.includes("pixels"));
    assert.equal(await page.textContent("#known"),
      "jpeg-phone-orientation6.jpg: image/jpeg, 1200 × 1600 pixels, 300 DPI, from the file's EXIF or TIFF tags");
    await page.getByRole("button", { name: "Upload" }).click();
    const shown = await facts(page);
    assert.equal(shown.Size, "1200 × 1600 pixels");
    assert.equal(shown.DPI, "300, from the file's EXIF or TIFF tags");
    assert.equal(shown["Printed at 300 DPI"], "4.00 × 5.33 in (102 × 135 mm)");
    await page.waitForFunction(() => document.getElementById("standard-text").textContent !== "");
    assert.equal(await page.textContent("#standard-text"), "Standard, 768 × 1024");
    await page.waitForFunction(() => document.getElementById("original-text").textContent !== "");
    const answer = JSON.parse(await page.textContent("#answer"));
    assert.equal(answer.Response, "Success");
    assert.equal(await page.evaluate(() => document.activeElement.id), "done", "a screen reader is led to the result");
    await shot(page, "uploaded");
    assert.deepEqual(page.problems, []);
    const origin = new URL(url).origin;
    const outside = page.requests.filter(request => !request.startsWith(origin) && !request.startsWith("blob:") && !request.startsWith("data:"));
    assert.deepEqual(outside, [], "nothing is fetched from elsewhere");
  },

  async "a dropped file is taken"() {
    const page = await open();
    const bytes = readFileSync(path.join(fixtures, "png-phys-300dpi.png")).toString("base64");
    const transfer = await page.evaluateHandle(base64 => {
      const transfer = new DataTransfer();
      const data = Uint8Array.from(atob(base64), character => character.charCodeAt(0));
      transfer.items.add(new File([data], "logo.png", { type: "image/png" }));
      return transfer;
    }, bytes);
    await page.dispatchEvent("#drop", "drop", { dataTransfer: transfer });
    await page.waitForFunction(() => document.getElementById("known").textContent.includes("64 × 48"));
    await page.getByRole("button", { name: "Upload" }).click();
    assert.equal((await facts(page)).Name, "logo.png");
    assert.deepEqual(page.problems, []);
  },

  async "the keyboard is enough"() {
    const page = await open();
    await page.getByLabel("Picture").setInputFiles(photo);
    await page.keyboard.press("Tab");
    assert.equal(await page.evaluate(() => document.activeElement.id), "file");
    await page.keyboard.press("Tab");
    assert.equal(await page.evaluate(() => document.activeElement.tagName), "SUMMARY");
    await page.keyboard.press("Enter");
    for (const id of ["website", "key", "user", "dpi"]) {
      await page.keyboard.press("Tab");
      assert.equal(await page.evaluate(() => document.activeElement.id), id);
    }
    await page.keyboard.type("96");
    await page.keyboard.press("Tab");
    assert.equal(await page.evaluate(() => document.activeElement.id), "send");
    await page.keyboard.press("Enter");
    assert.equal((await facts(page)).DPI, "96, from the request");
  },

  async "errors are explained in words, to a screen reader too"() {
    const page = await open();
    await page.getByRole("button", { name: "Upload" }).click();
    const alert = page.getByRole("alert");
    await page.waitForFunction(() => document.getElementById("error").textContent !== "");
    assert.equal(await alert.textContent(), "Choose a picture first.");
    await page.getByText("Request fields").click();
    for (const [label, value, code] of [["Client key", "wrong", "226"], ["Website", "", "372"], ["User", "", "261"]]) {
      const page = await open();
      await page.getByText("Request fields").click();
      await page.getByLabel("Picture").setInputFiles(photo);
      await page.getByLabel(label).fill(value);
      await page.getByRole("button", { name: "Upload" }).click();
      await page.waitForFunction(() => document.getElementById("error").textContent !== "");
      assert.match(await page.getByRole("alert").textContent(), new RegExp(`code ${code}\\)$`));
      assert.equal(await page.isVisible("#result"), false);
      await page.close();
    }
    await shot(page, "refused");
  },

  async "a file that is not an image is reported before it is sent"() {
    const page = await open();
    await page.getByLabel("Picture").setInputFiles({ name: "<b>notes</b>.txt", mimeType: "text/plain", buffer: Buffer.from("not a picture") });
    await page.waitForFunction(() => document.getElementById("known").textContent !== "");
    assert.match(await page.textContent("#known"), /^<b>notes<\/b>\.txt: not an image in a known format/);
    assert.equal(await page.locator("#known b").count(), 0, "a name is never markup");
  },

  async "what is accepted is shown before, and what is wrong with a file after"() {
    const page = await open();
    await page.waitForFunction(() => document.getElementById("taken").textContent !== "");
    assert.equal(await page.textContent("#taken"), "Accepted: JPEG, JPG, PNG, GIF, BMP, TIF, TIFF, WEBP, up to 25 MB.");
    const psd = Buffer.concat([Buffer.from("8BPS\0\x01\0\0\0\0\0\0\0\x03", "latin1"), Buffer.from([0, 0, 0, 4, 0, 0, 0, 4, 0, 8, 0, 3]), Buffer.alloc(14)]);
    const cut = readFileSync(path.join(fixtures, "png-rgb8.png"));
    for (const [name, buffer, words] of [
      ["large.jpg", Buffer.concat([readFileSync(photo), Buffer.alloc(26 * 1048576)]), /^The file is too large: 26\.\d+ MB\. At most 25 MB are accepted\.$/],
      ["design.psd", psd, /^Pictures of the kind PSD are not accepted\. Accepted are JPEG, JPG, PNG, /],
      ["empty.png", Buffer.alloc(0), /^The file is empty\.$/],
      ["notes.png", Buffer.from("not a picture"), /^The file is not an image in a known format\.$/],
      ["cut.png", cut.subarray(0, cut.length - 60), /^The picture is damaged or incomplete, or has too many pixels or frames\. \(Invalid or missing file, code 262\)$/],
    ]) {
      await page.getByLabel("Picture").setInputFiles({ name, mimeType: "image/png", buffer });
      await page.waitForFunction(name => document.getElementById("known").textContent.startsWith(name), name);
      await page.getByRole("button", { name: "Upload" }).click();
      await page.waitForFunction(() => document.getElementById("error").textContent !== "");
      assert.match(await page.getByRole("alert").textContent(), words, name);
    }
  },

  async "a file is sent once, and shown before"() {
    const page = await open();
    const sent = [];
    page.on("request", request => { if (new URL(request.url()).pathname.endsWith("/probe")) sent.push(request); });
    const noise = await page.evaluate(async () => {
      const canvas = Object.assign(document.createElement("canvas"), { width: 700, height: 500 });
      const context = canvas.getContext("2d");
      const data = context.createImageData(700, 500);
      for (let at = 0; at < data.data.length; at += 65536) crypto.getRandomValues(data.data.subarray(at, at + 65536));
      context.putImageData(data, 0, 0);
      const blob = await new Promise(resolve => canvas.toBlob(resolve));
      return new Promise(resolve => { const reader = new FileReader(); reader.onload = () => resolve(reader.result.split(",")[1]); reader.readAsDataURL(blob); });
    });
    const buffer = Buffer.from(noise, "base64");
    assert.ok(buffer.length > 500_000, `${buffer.length} bytes`);
    await page.getByLabel("Picture").setInputFiles({ name: "noise.png", mimeType: "image/png", buffer });
    await page.waitForFunction(() => document.getElementById("known").textContent.includes("700 × 500"));
    await page.waitForSelector("#preview:not([hidden])");
    assert.equal(await page.evaluate(() => document.getElementById("preview").naturalWidth), 700);
    const session = await page.context().newCDPSession(page);
    await session.send("Network.enable");
    await session.send("Network.emulateNetworkConditions", { offline: false, latency: 0, downloadThroughput: -1, uploadThroughput: 200_000 });
    await page.getByRole("button", { name: "Upload" }).click();
    await page.waitForFunction(() => /^[1-9]\d* %$/.test(document.getElementById("percent").textContent));
    await page.getByRole("button", { name: "Cancel" }).click();
    await page.waitForFunction(() => document.getElementById("error").textContent !== "");
    assert.equal(await page.getByRole("alert").textContent(), "The upload is cancelled.");
    assert.equal(await page.isVisible("#cancel"), false);
    await session.send("Network.emulateNetworkConditions", { offline: false, latency: 0, downloadThroughput: -1, uploadThroughput: -1 });
    await page.evaluate(() => new MutationObserver(() => { window.worked ||= document.getElementById("percent").textContent === "Working …"; })
      .observe(document.getElementById("percent"), { childList: true }));
    await page.getByRole("button", { name: "Upload" }).click();
    assert.equal((await facts(page)).Name, "noise.png");
    assert.equal(await page.evaluate(() => window.worked), true);
    const lengths = await Promise.all(sent.map(async request => (await request.allHeaders())["content-length"]));
    assert.deepEqual(lengths, ["65536"], "only its head is sent for its facts");
    assert.deepEqual(page.problems, []);
  },

  async "nothing scrolls sideways"() {
    for (const width of [320, 360, 390, 1280]) {
      const page = await browser.newPage({ viewport: { width, height: 800 } });
      await page.goto(url);
      const wide = () => page.evaluate(() => document.documentElement.scrollWidth);
      assert.equal(await wide(), width);
      const name = `${"a-very-long-name-without-a-blank".repeat(4)}.jpg`;
      await page.getByLabel("Picture").setInputFiles({ name, mimeType: "image/jpeg", buffer: readFileSync(photo) });
      await page.waitForFunction(() => document.getElementById("known").textContent.includes("pixels"));
      await page.getByText("Request fields").click();
      assert.equal(await wide(), width);
      await page.getByRole("button", { name: "Upload" }).click();
      await facts(page);
      await page.waitForFunction(() => document.getElementById("standard-text").textContent !== "");
      assert.equal(await wide(), width);
      await shot(page, `wide-${width}`);
      await page.close();
    }
  },

  async "every control has a name, and the page a language and a heading"() {
    const page = await open();
    await page.getByText("Request fields").click();
    const nameless = await page.$$eval("input, button, progress, img", elements => elements
      .filter(element => !(element.labels?.length || element.getAttribute("aria-label") || element.textContent || element.alt))
      .map(element => element.id));
    assert.deepEqual(nameless, []);
    assert.equal(await page.getAttribute("html", "lang"), "en");
    assert.equal(await page.getByRole("heading", { level: 1 }).count(), 1);
  },
};

let failed = 0;
for (const [name, test] of Object.entries(tests)) {
  try {
    await test();
    console.log(`ok: ${name}`);
  } catch (error) {
    failed += 1;
    console.log(`FAILED: ${name}\n${error.stack}`);
  }
}
await browser.close();
console.log(`${Object.keys(tests).length - failed} of ${Object.keys(tests).length} passed in the browser`);
process.exit(failed ? 1 : 0);
