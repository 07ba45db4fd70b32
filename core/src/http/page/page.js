"use strict";
const $ = id => document.getElementById(id);

// Explanations of the protocol's error codes.
const WORDS = {
  "372": "The website is missing.",
  "221": "The website is not a number, or does not exist.",
  "226": "The client key is missing or wrong for this website.",
  "261": "The user is missing or not valid.",
  "262": "The picture is missing, damaged, too large, or in a format that is not accepted.",
  "265": "The DPI is not a whole number from 1 to 65535, or too low for this website.",
  "500": "The server could not store the picture. Try again later."
};

const SOURCES = {
  exif: "from the file's EXIF or TIFF tags", jfif: "from the file's JFIF header", "8bim": "from the file's Photoshop data",
  phys: "from the file's pHYs chunk", bmp: "from the file's BMP header", "jp2-capture": "from the file's capture resolution", "jp2-display": "from the file's display resolution"
};

let picked = null;
let known = null;

function printed(width, height) {
  const inch = pixels => (pixels / 300).toFixed(2);
  const mm = pixels => Math.round(pixels / 300 * 25.4);
  return `${inch(width)} × ${inch(height)} in (${mm(width)} × ${mm(height)} mm)`;
}

function density(info) {
  if (!info.dpi) return "no DPI";
  const [x, y] = info.dpi.map(value => Math.round(value * 100) / 100);
  return `${x === y ? x : x + " × " + y} DPI, ${SOURCES[info.dpi_source] || info.dpi_source}`;
}

async function pick(file) {
  picked = file || null;
  known = null;
  $("known").textContent = "";
  $("error").textContent = "";
  $("result").hidden = true;
  if (!picked) return;
  const mine = picked;
  try {
    const response = await fetch("probe", { method: "POST", body: mine });
    const info = await response.json();
    if (picked !== mine) return;
    if (!info.ok) {
      $("known").textContent = `${mine.name}: not an image in a known format (${info.error || info.Message})`;
      return;
    }
    known = info;
    const size = info.width ? `${info.width} × ${info.height} pixels, ` : "";
    $("known").textContent = `${mine.name}: ${info.mime_type}, ${size}${density(info)}`;
  } catch {
    if (picked === mine) $("known").textContent = mine.name;
  }
}

function fact(name, value) {
  const term = document.createElement("dt");
  const data = document.createElement("dd");
  term.textContent = name;
  data.textContent = value;
  $("facts").append(term, data);
}

// The source of the answer's DPI: the request, the file, or the default.
function dpiSource(data, requested, known) {
  if (requested) return "from the request";
  if (!known) return "source unknown";
  if (known.dpi && Math.round(known.dpi[0]) === data.DPI) return SOURCES[known.dpi_source] || known.dpi_source;
  return known.dpi ? "the default: the file's is out of range" : "the default: the file has none";
}

function show(answer, requested, known) {
  const data = answer.Data;
  $("facts").replaceChildren();
  fact("Name", data.ImageName);
  fact("Kind", data.MimeType);
  fact("Size", `${data.Width} × ${data.Height} pixels`);
  fact("DPI", `${data.DPI}, ${dpiSource(data, requested, known)}`);
  fact("Printed at 300 DPI", printed(data.Width, data.Height));
  fact("Id", data.PhotoCode === String(data.Id) ? String(data.Id) : `${data.Id}, the same picture as ${data.PhotoCode}`);
  for (const [id, url] of [["original", data.OriginalURL], ["standard", data.StandardURL]]) {
    const image = $(id);
    image.onload = () => {
      $(id + "-text").textContent = `${id === "original" ? "Original" : "Standard"}, ${image.naturalWidth} × ${image.naturalHeight}`;
    };
    image.onerror = () => { $(id + "-text").textContent = `The ${id} cannot be shown by this browser.`; };
    image.src = url;
    $(id + "-link").href = url;
  }
  $("answer").textContent = JSON.stringify(answer, null, 2);
  $("result").hidden = false;
  $("done").focus();
}

function fail(text) {
  $("error").textContent = text;
}

function send() {
  const user = encodeURIComponent($("user").value);
  const requested = $("dpi").value.trim();
  const dpi = encodeURIComponent(requested);
  const sent = known;
  const form = new FormData();
  if (picked) form.append("postedFile", picked, picked.name);
  const request = new XMLHttpRequest();
  request.open("POST", `api/4/UploadImage/UploadImage?userId=${user}&DPI=${dpi}`);
  try {
    request.setRequestHeader("websiteId", $("website").value);
    request.setRequestHeader("webApiClientKey", $("key").value);
  } catch {
    return fail("The website or the key has characters that cannot be sent.");
  }
  const done = () => { $("send").disabled = $("file").disabled = false; $("progress").hidden = true; };
  request.upload.onprogress = event => { if (event.lengthComputable) $("progress").value = event.loaded / event.total; };
  request.onerror = () => { done(); fail("The server could not be reached."); };
  request.onload = () => {
    done();
    let answer;
    try { answer = JSON.parse(request.responseText); } catch { return fail(`The server answered with ${request.status}.`); }
    if (answer.Response === "Success") return show(answer, requested, sent);
    const words = (answer.ErrorCode || "").split(",").map(code => WORDS[code]).filter(Boolean).join(" ");
    fail(`${words || answer.Message} (${answer.Message}, code ${answer.ErrorCode})`);
  };
  $("error").textContent = "";
  $("result").hidden = true;
  $("progress").value = 0;
  $("progress").hidden = false;
  $("send").disabled = $("file").disabled = true;
  request.send(form);
}

$("file").addEventListener("change", () => pick($("file").files[0]));
$("form").addEventListener("submit", event => { event.preventDefault(); send(); });
for (const name of ["dragenter", "dragover"]) {
  $("drop").addEventListener(name, event => { event.preventDefault(); $("drop").classList.add("over"); });
}
for (const name of ["dragleave", "drop"]) {
  $("drop").addEventListener(name, () => $("drop").classList.remove("over"));
}
$("drop").addEventListener("drop", event => {
  event.preventDefault();
  $("file").files = event.dataTransfer.files;
  pick(event.dataTransfer.files[0]);
});
