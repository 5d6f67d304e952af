// Chromium with a telephone in a page: `node drive.mjs WANTED`, a JSON object with
//   modules  where npm put jssip, esbuild and playwright-core
//   says     the WAV file that the microphone hears
//   ear      the WAV file for what the page hears
//   log      the file for every message on the page's WebSocket
// Standard input has lines of JavaScript that the page runs. Its end ends the browser.

import { createServer } from 'node:http';
import { appendFileSync, closeSync, existsSync, openSync, readFileSync, writeSync } from 'node:fs';
import { createRequire } from 'node:module';
import { createInterface } from 'node:readline';
import { join } from 'node:path';

const CHROMIUM = '/usr/bin/chromium';
// What the page's recorder makes: `softphone.js` says so too.
const RATE_HZ = 16_000;

const wanted = JSON.parse(process.argv[2]);
const give_up = (why) => {
  console.error(why);
  process.exit(1);
};
if (!existsSync(CHROMIUM)) give_up(`no ${CHROMIUM}: apt-get install chromium`);
if (!existsSync(join(wanted.modules, 'node_modules'))) give_up(`nothing in ${wanted.modules}: tests/run installs it`);
const require = createRequire(join(wanted.modules, 'package.json'));
const { chromium } = require('playwright-core');

/** Serves the page on loopback; its address. */
async function serve() {
  const { outputFiles } = require('esbuild').buildSync({
    stdin: { contents: "module.exports = require('jssip')", resolveDir: wanted.modules },
    bundle: true,
    write: false,
    format: 'iife',
    globalName: 'JsSIP',
  });
  const beside = (name) => readFileSync(new URL(name, import.meta.url));
  const script = 'text/javascript';
  const files = {
    '/': ['text/html', beside('softphone.html')],
    '/softphone.js': [script, beside('softphone.js')],
    '/recorder.js': [script, beside('recorder.js')],
    '/jssip.js': [script, outputFiles[0].text],
  };
  const web = createServer((request, response) => {
    const [type, body] = files[request.url] ?? ['text/plain', ''];
    response.writeHead(200, { 'content-type': type }).end(body);
  });
  await new Promise((done) => web.listen(0, '127.0.0.1', done));
  return `http://127.0.0.1:${web.address().port}/`;
}

/** A WAV file of one channel that grows until it is closed. */
function recording(path) {
  const file = openSync(path, 'w');
  let bytes = 0;
  const head = () => {
    const header = Buffer.alloc(44);
    header.write('RIFF    WAVEfmt ', 0, 'latin1');
    header.writeUInt32LE(36 + bytes, 4);
    header.writeUInt32LE(16, 16);
    header.writeUInt16LE(1, 20);
    header.writeUInt16LE(1, 22);
    header.writeUInt32LE(RATE_HZ, 24);
    header.writeUInt32LE(RATE_HZ * 2, 28);
    header.writeUInt16LE(2, 32);
    header.writeUInt16LE(16, 34);
    header.write('data', 36, 'latin1');
    header.writeUInt32LE(bytes, 40);
    writeSync(file, header, 0, header.length, 0);
  };
  head();
  return {
    keep(samples) {
      writeSync(file, samples, 0, samples.length, 44 + bytes);
      bytes += samples.length;
    },
    close() {
      head();
      closeSync(file);
    },
  };
}

const browser = await chromium.launch({
  executablePath: CHROMIUM,
  args: [
    '--no-sandbox',
    '--disable-gpu',
    '--disable-quic',
    '--no-first-run',
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-sync',
    '--autoplay-policy=no-user-gesture-required',
    // The tests' issuer is unknown to it.
    '--ignore-certificate-errors',
    '--use-fake-ui-for-media-stream',
    '--use-fake-device-for-media-stream',
    `--use-file-for-fake-audio-capture=${wanted.says}`,
    '--allow-loopback-in-peer-connection',
  ],
});
const ear = recording(wanted.ear);
const page = await browser.newPage();
page.on('console', (message) => console.log('page:', message.text()));
page.on('pageerror', (error) => console.log('page broke:', error.message));
page.on('websocket', (socket) => {
  const log = (way) => ({ payload }) => appendFileSync(wanted.log, `${way}\n${payload}\n`);
  socket.on('framesent', log('>>>'));
  socket.on('framereceived', log('<<<'));
});
await page.exposeFunction('keep', (samples) => ear.keep(Buffer.from(samples, 'base64')));
await page.goto(await serve());
console.log('ready');

const end = async () => {
  await browser.close();
  ear.close();
  process.exit(0);
};
process.on('SIGTERM', end);
createInterface({ input: process.stdin })
  .on('line', (line) => page.evaluate(line).catch((error) => console.log('page broke:', error.message)))
  .on('close', end);
