// Reads pairs [content type, body] in base64 from stdin, and writes busboy's result for each.
const busboy = require('busboy');
const { text } = require('stream/consumers');

function read(contentType, body) {
  return new Promise((resolve) => {
    const parts = [];
    const refuse = (error) => resolve({ refused: error.message });
    try {
      if (!/^multipart\/form-data/i.test(contentType)) throw new Error('no form');
      const form = busboy({
        headers: { 'content-type': contentType },
        defParamCharset: 'utf8',
        preservePath: true,
        limits: { parts: 1001, headerPairs: 16 },
      });
      form.on('field', (name, value) => {
        parts.push({ name: name ?? null, file_name: null, base64: Buffer.from(value).toString('base64') });
      });
      form.on('file', (name, file, info) => {
        const part = { name: name ?? null, file_name: info.filename ?? '' };
        parts.push(part);
        const data = [];
        file.on('data', (piece) => data.push(piece));
        file.on('error', refuse);
        file.on('close', () => (part.base64 = Buffer.concat(data).toString('base64')));
      });
      form.on('partsLimit', () => refuse(new Error('too many parts')));
      form.on('error', refuse);
      form.on('close', () => resolve({ parts }));
      form.end(body);
    } catch (error) {
      refuse(error);
    }
  });
}

(async () => {
  const outcomes = [];
  for (const [contentType, body] of JSON.parse(await text(process.stdin))) {
    outcomes.push(await read(Buffer.from(contentType, 'base64').toString('latin1'), Buffer.from(body, 'base64')));
  }
  process.stdout.write(JSON.stringify(outcomes));
})();
