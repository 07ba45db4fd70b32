"use strict";
const $ = id => document.getElementById(id);

// Explanations of the protocol's error codes.
const WORDS = {
  "372": "The website is missing.",
  "221": "The website is not a number, or does not exist.",
  "226": "The client key is missing or wrong for this website.",
  "261": "The user is missing or not valid.",
  "262": "The picture is damaged or incomplete, or has too many pixels or frames.",
  "265": "The DPI is not a whole number from 1 to 65535, or too low for this website.",
  "500": "The server could not store the picture. Try again later."
};

const SOURCES = {
  exif: "from the file's EXIF or TIFF tags", jfif: "from the file's JFIF header", "8bim": "from the file's Photoshop data",
  phys: "from the file's pHYs chunk", bmp: "from the file's BMP header", "jp2-capture": "from the file's capture resolution", "jp2-display": "from the file's display resolution"
};

// Explanations of the kinds of error 262, which a server that explains sends in X-Upload-Error.
const KINDS = {
  missing_file: "Choose a picture first.", empty_file: "The file is empty.",
  malformed_form: "The form arrived malformed.", incomplete_body: "The upload was interrupted.",
  not_an_image: "The file is not an image in a known format.", damaged: "The picture is damaged or incomplete.",
  unsupported_coding: "The picture uses a coding of its format that is not decoded.",
  too_many_pixels: "The picture has too many pixels.", too_many_frames: "The picture has too many frames.",
  too_much_memory: "Decoding the picture takes too much memory.",
  print_too_small: "The picture has too few pixels for a print.", refused_by_inspector: "A check of the server refuses the file.",
  active_content: "The file has scripts or attachments, which are not accepted.",
  website_quota_exceeded: "The shop's storage is full.", user_quota_exceeded: "Your storage is full: delete a picture first."
};

// What else the files of a format are named.
const NAMES = { PDF: ["AI"], SVG: ["SVGZ"], PSD: ["PSB"], JP2: ["JPX", "JPF"], J2K: ["J2C", "JPC"], HEIC: ["HIF"] };

// Formats that are drawn in the size of the print.
const DRAWN = ["image/svg+xml", "application/pdf"];

// What suffices for the facts of most files.
const HEAD_BYTES = 65536;
const MEGABYTE = 1048576;

let picked = null;
// The facts of the picked file; null if they are not known.
let known = null;
// Why the picked file is not an image.
let notImage = "";
// Whether the browser has tried to show the picked file, and cannot.
let unseen = false;
// What the website accepts; null if the server does not say.
let settings = null;

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

function megabytes(bytes) {
  return `${(bytes / MEGABYTE).toLocaleString("en", { maximumFractionDigits: 2 })} MB`;
}

function extensions() {
  return settings.ImageExtensions.split(",").filter(Boolean);
}

async function readSettings() {
  const [website, key] = [$("website").value, $("key").value];
  let read = null;
  try {
    const headers = { websiteId: website, webApiClientKey: key };
    const answer = await (await fetch("api/4/UploadImage/GetImageSettings", { headers })).json();
    if (answer.Response === "Success") read = answer.Data;
  } catch {
    // Upload reports what is wrong with the fields.
  }
  if ($("website").value !== website || $("key").value !== key) return;
  settings = read;
  $("taken").textContent = settings ? `Accepted: ${extensions().join(", ")}, up to ${megabytes(settings.FileSize * MEGABYTE)}.` : "";
  // Browsers count PDF and Photoshop's files as no images, and know others by their names alone.
  const names = settings ? extensions().flatMap(name => [name, ...(NAMES[name] || [])]) : [];
  $("file").accept = ["image/*", ...names.map(name => "." + name.toLowerCase())].join(",");
}

// Says so where the browser cannot show the picked file. The rendition takes its place after the upload.
function noteUnseen() {
  if (!unseen || !known) return $("unseen").textContent = "";
  const later = problem() ? "" : " A preview is shown after the upload.";
  $("unseen").textContent = `This browser cannot show this ${known.extension.slice(1).toUpperCase()} file.${later}`;
}

// What is wrong with the picked file, as far as the page knows. Empty if nothing is.
function problem() {
  if (!picked) return KINDS.missing_file;
  if (!picked.size) return KINDS.empty_file;
  if (notImage) return KINDS.not_an_image;
  if (!settings) return "";
  if (picked.size > settings.FileSize * MEGABYTE) return tooLarge();
  if (!known) return "";
  const kind = known.extension.slice(1).toUpperCase();
  if (!extensions().includes(kind)) return `Pictures of the kind ${kind} are not accepted. Accepted are ${extensions().join(", ")}.`;
  const { Width, Height } = settings.Dimension;
  if (known.width > Width || known.height > Height) return `The picture has more than ${Width} × ${Height} pixels.`;
  return "";
}

function tooLarge() {
  const most = settings ? ` At most ${megabytes(settings.FileSize * MEGABYTE)} are accepted.` : "";
  return `The file is too large: ${megabytes(picked.size)}.${most}`;
}

async function probe(blob) {
  return (await fetch("probe", { method: "POST", body: blob })).json();
}

async function pick(file) {
  picked = file || null;
  known = null;
  unseen = false;
  notImage = "";
  $("known").textContent = $("unseen").textContent = "";
  $("error").textContent = "";
  $("result").hidden = true;
  URL.revokeObjectURL($("preview").src);
  $("preview").hidden = true;
  $("preview").removeAttribute("src");
  if (!picked) return;
  const mine = picked;
  $("preview").src = URL.createObjectURL(mine);
  try {
    let part = mine.size > HEAD_BYTES;
    let info = await probe(part ? mine.slice(0, HEAD_BYTES) : mine);
    // A file that is too large is not sent for its facts either.
    if (!info.ok && part && !(settings && mine.size > settings.FileSize * MEGABYTE)) {
      part = false;
      info = await probe(mine);
    }
    if (picked !== mine) return;
    if (info.ok) {
      known = { ...info, part };
      const size = info.width ? `${info.width} × ${info.height} pixels` : "";
      // Some files have their DPI behind their pixels.
      const dpi = part && !info.dpi ? "" : density(info);
      $("known").textContent = `${mine.name}: ${[info.mime_type, size, dpi].filter(Boolean).join(", ")}`;
    } else if (!part && info.error) {
      notImage = info.error;
      $("known").textContent = `${mine.name}: not an image in a known format (${info.error})`;
    } else {
      $("known").textContent = mine.name;
    }
  } catch {
    if (picked === mine) $("known").textContent = mine.name;
  }
  if (picked !== mine) return;
  if (!notImage) $("known").textContent += problem() && `. ${problem()}`;
  noteUnseen();
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
  if (known.part && !known.dpi) return data.DPI === 72 ? "the default, or from the file" : "from the file";
  return known.dpi ? "the default: the file's is out of range" : "the default: the file has none";
}

// Shows a file of the answer, with a caption made from its size, or does what `otherwise` does where the browser cannot.
function showPicture(id, url, caption, otherwise) {
  const image = $(id);
  $(id + "-text").textContent = "";
  image.onload = () => { $(id + "-text").textContent = caption(`${image.naturalWidth} × ${image.naturalHeight}`); };
  image.onerror = otherwise;
  image.src = url;
}

function showPictures(data) {
  const cannot = id => () => { $(id + "-text").textContent = `The ${id} cannot be shown by this browser.`; };
  showPicture("standard", data.StandardURL, size => `Standard, ${size}`, cannot("standard"));
  showPicture("original", data.OriginalURL, size => `Original, ${size}`, () => {
    const format = data.Extension.slice(1).toUpperCase();
    const caption = `Original, ${data.Width} × ${data.Height}. This browser cannot show ${format}: this is its rendition`;
    showPicture("original", data.StandardURL, () => caption, cannot("original"));
  });
  $("original-link").href = data.OriginalURL;
  $("standard-link").href = data.StandardURL;
  if (!unseen) return;
  $("unseen").textContent = "";
  $("preview").src = data.StandardURL;
}

function show(answer, requested, known) {
  const data = answer.Data;
  $("facts").replaceChildren();
  fact("Name", data.ImageName);
  fact("Kind", data.MimeType);
  fact("Size", `${data.Width} × ${data.Height} pixels`);
  fact("DPI", `${data.DPI}, ${dpiSource(data, requested, known)}`);
  if (DRAWN.includes(data.MimeType)) fact("Printed", "sharp in every size");
  else fact("Printed at 300 DPI", printed(data.Width, data.Height));
  fact("Id", data.PhotoCode === String(data.Id) ? String(data.Id) : `${data.Id}, the same picture as ${data.PhotoCode}`);
  showPictures(data);
  $("answer").textContent = JSON.stringify(answer, null, 2);
  $("result").hidden = false;
  $("done").focus();
}

function fail(text) {
  $("error").textContent = text;
}

// Why an upload is refused: exactly, if the server or the page knows.
function refusal(request, answer) {
  const kind = request.getResponseHeader("X-Upload-Error");
  const words = (answer.ErrorCode || "").split(",").map(code => {
    if (code !== "262") return WORDS[code];
    if (request.status === 413 || kind === "too_large") return tooLarge();
    return problem() || KINDS[kind] || WORDS[code];
  }).filter(Boolean).join(" ");
  return `${words || answer.Message} (${answer.Message}, code ${answer.ErrorCode})`;
}

function send() {
  const wrong = problem();
  if (wrong) return fail(wrong);
  const user = encodeURIComponent($("user").value);
  const requested = $("dpi").value.trim();
  const dpi = encodeURIComponent(requested);
  const sent = known;
  const form = new FormData();
  form.append("postedFile", picked, picked.name);
  const request = new XMLHttpRequest();
  request.open("POST", `api/4/UploadImage/UploadImage?userId=${user}&DPI=${dpi}`);
  try {
    request.setRequestHeader("websiteId", $("website").value);
    request.setRequestHeader("webApiClientKey", $("key").value);
  } catch {
    return fail("The website or the key has characters that cannot be sent.");
  }
  const busy = yes => {
    $("send").disabled = $("file").disabled = yes;
    $("sending").hidden = $("cancel").hidden = !yes;
  };
  request.upload.onprogress = event => {
    if (!event.lengthComputable) return;
    $("progress").value = event.loaded / event.total;
    $("percent").textContent = `${Math.floor(100 * event.loaded / event.total)} %`;
  };
  request.upload.onload = () => {
    // Sent; the server decodes and stores.
    $("progress").removeAttribute("value");
    $("percent").textContent = "Working …";
  };
  request.onerror = () => { busy(false); fail("The server could not be reached."); };
  request.onabort = () => { busy(false); fail("The upload is cancelled."); };
  request.onload = () => {
    busy(false);
    let answer;
    try { answer = JSON.parse(request.responseText); } catch { return fail(`The server answered with ${request.status}.`); }
    if (answer.Response === "Success") return show(answer, requested, sent);
    fail(refusal(request, answer));
  };
  $("cancel").onclick = () => request.abort();
  $("error").textContent = "";
  $("result").hidden = true;
  $("progress").value = 0;
  $("percent").textContent = "0 %";
  busy(true);
  request.send(form);
}

readSettings();
for (const id of ["website", "key"]) $(id).addEventListener("change", readSettings);
$("preview").addEventListener("load", () => { $("preview").hidden = false; });
$("preview").addEventListener("error", () => {
  $("preview").hidden = true;
  // Not a rendition that the server does not serve.
  if (!$("preview").src.startsWith("blob:")) return;
  unseen = true;
  noteUnseen();
});
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
