// Pages of two other origins upload in a real browser: `node origins.mjs ENDPOINT ALLOWED OTHER named|any`, with
// playwright-core beside it. ALLOWED and OTHER are the ports of the pages; the endpoint allows the origin
// of the first by name, or any origin.
import assert from "node:assert/strict";
import { createServer } from "node:http";
import { chromium } from "playwright-core";

const [endpoint, allowed, other, mode] = process.argv.slice(2);
const pages = [allowed, other].map(port => createServer((_, answer) => {
  answer.setHeader("Content-Type", "text/html");
  answer.end("<!doctype html><title>shop</title>");
}).listen(Number(port), "127.0.0.1"));

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM || "/usr/bin/chromium",
  args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync"],
});

// In the page: what a shop does with the endpoint, each with what came of it.
async function use(endpoint, credentials) {
  const outcomes = {};
  const attempt = async (name, action) => {
    try {
      outcomes[name] = await action();
    } catch (error) {
      outcomes[name] = `${error.name}: ${error.message}`;
    }
  };
  const headers = { websiteId: "1001", webApiClientKey: "abc123" };
  const canvas = Object.assign(document.createElement("canvas"), { width: 60, height: 40 });
  const picture = await new Promise(resolve => { canvas.getContext("2d").fillRect(0, 0, 60, 40); canvas.toBlob(resolve); });
  const form = () => {
    const form = new FormData();
    form.append("postedFile", picture, "logo.png");
    return form;
  };
  const upload = `${endpoint}/api/4/UploadImage/UploadImage?userId=1`;
  let url;
  await attempt("fetch", async () => {
    const answer = await (await fetch(upload, { method: "POST", headers, body: form(), credentials })).json();
    url = endpoint + answer.Data.OriginalURL;
    return answer.Data.Width;
  });
  await attempt("progress", () => new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    let events = 0;
    request.upload.onprogress = () => { events += 1; };
    request.onload = () => resolve(JSON.parse(request.responseText).Data.Width + (events ? " and progress" : ""));
    request.onerror = () => reject(new Error("blocked"));
    request.open("POST", upload);
    for (const [name, value] of Object.entries({ ...headers, "X-Requested-With": "XMLHttpRequest" })) request.setRequestHeader(name, value);
    request.send(form());
  }));
  await attempt("refusal", async () => {
    const answer = await fetch(upload, { method: "POST", headers, body: new FormData(), credentials });
    return `${answer.status} ${answer.headers.get("X-Upload-Error")}`;
  });
  await attempt("another's key", async () => {
    const answer = await fetch(upload, { method: "POST", headers: { ...headers, webApiClientKey: "wrong" }, body: form(), credentials });
    return `${answer.status} ${(await answer.json()).ErrorCode}`;
  });
  await attempt("list", async () =>
    (await (await fetch(`${endpoint}/api/4/UploadImage/GetUserUploadedList?userId=1`, { headers, credentials })).json()).Response);
  await attempt("settings", async () =>
    (await (await fetch(`${endpoint}/api/4/UploadImage/GetImageSettings`, { headers, credentials })).json()).Data.FileSize);
  const draw = async (crossOrigin, url) => {
    const image = new Image();
    if (crossOrigin) image.crossOrigin = crossOrigin;
    image.src = url;
    await image.decode();
    // A canvas is tainted for good.
    const context = document.createElement("canvas").getContext("2d");
    context.drawImage(image, 0, 0);
    return context.getImageData(0, 0, 1, 1).data.length;
  };
  if (url) {
    // Without crossorigin first: the browser keeps that response, and must not use it for the second.
    await attempt("plain image on a canvas", () => draw(null, url));
    await attempt("image on a canvas", () => draw("anonymous", url));
    await attempt("file", async () => (await (await fetch(url, { credentials })).blob()).type);
    await attempt("range", async () => {
      const answer = await fetch(url, { headers: { Range: "bytes=0-3" }, credentials });
      return `${answer.status} ${answer.headers.get("Content-Range")?.slice(0, 9)}`;
    });
  }
  return outcomes;
}

async function on(port, credentials) {
  const page = await browser.newPage();
  await page.goto(`http://127.0.0.1:${port}/`);
  const outcomes = await page.evaluate(`(${use})(${JSON.stringify(endpoint)}, ${JSON.stringify(credentials)})`);
  await page.close();
  return outcomes;
}

const everything = {
  "fetch": 60,
  "progress": "60 and progress",
  "refusal": "400 missing_file",
  "another's key": "401 226",
  "list": "Success",
  "settings": 25,
  "image on a canvas": 4,
  "file": "image/png",
  "range": "206 bytes 0-3",
};

function allows(outcomes) {
  const { "plain image on a canvas": plain, ...rest } = outcomes;
  assert.match(plain, /^SecurityError/, "the file is of another origin");
  assert.deepEqual(rest, everything);
}

function forbids(outcomes) {
  for (const [name, outcome] of Object.entries(outcomes)) assert.match(String(outcome), /Failed to fetch|blocked/, name);
}

try {
  allows(await on(allowed, "same-origin"));
  if (mode === "named") {
    allows(await on(allowed, "include"));
    forbids(await on(other, "same-origin"));
    forbids(await on(other, "include"));
  } else {
    allows(await on(other, "same-origin"));
    const { progress, "plain image on a canvas": plain, "image on a canvas": image, ...rest } = await on(other, "include");
    forbids(rest);
  }
  console.log(`pages of other origins: as configured (${mode})`);
} finally {
  await browser.close();
  pages.forEach(page => page.close());
}
