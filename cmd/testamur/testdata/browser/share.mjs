// Tries the page for holders that is given on standard input ({share: its address, shots: folder or "", chromium}): the
// button that copies, the page without script, and the snippets on a site of another origin. Prints what is wrong, one
// line each. No line: nothing found.
import {createServer} from 'node:http';
import {readFileSync} from 'node:fs';
import puppeteer from 'puppeteer-core';

const {share, shots, chromium} = JSON.parse(readFileSync(0, 'utf8'));
const browser = await puppeteer.launch({
  executablePath: chromium,
  args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
    '--disable-component-update', '--disable-sync', '--hide-scrollbars'],
});
await browser.defaultBrowserContext().overridePermissions(new URL(share).origin, ['clipboard-read', 'clipboard-write', 'clipboard-sanitized-write']);

let tried = 0;
const expect = (what, got, want) => {
  tried++;
  if (JSON.stringify(got) !== JSON.stringify(want)) console.log(`${what}: ${JSON.stringify(got)}, not ${JSON.stringify(want)}`);
};

// open shows an address in a page that tells of errors and of cookies.
async function open(name, url, {script = true, width = 800, scale = 1, before = () => {}} = {}) {
  const page = await browser.newPage();
  page.on('console', m => { if (m.type() === 'error') console.log(`${name}: console: ${m.text()}`); });
  page.on('pageerror', e => console.log(`${name}: error: ${e.message}`));
  page.on('response', r => { if (r.headers()['set-cookie']) console.log(`${name}: a cookie from ${r.url()}`); });
  await page.setJavaScriptEnabled(script);
  await page.setViewport({width, height: 900, deviceScaleFactor: scale});
  await page.emulateMediaFeatures([{name: 'prefers-reduced-motion', value: 'reduce'}]); // what scrolls by itself cannot be clicked
  await page.evaluateOnNewDocument(before);
  await page.goto(url, {waitUntil: 'load'});
  await page.evaluate(() => Promise.all([...document.images].map(i => i.decode().catch(() => {})))); // those that load lazily too
  return page;
}

const box = page => page.$eval('#snippet', e => e.value);

// choose fills the form in and sends it, as people do.
async function choose(page, choices) {
  for (const [name, value] of Object.entries(choices)) await page.select(`select[name=${name}]`, value);
  await Promise.all([page.waitForNavigation(), page.click('form button')]);
}

// pressed is what the button beside a box leaves behind.
async function pressed(page, id) {
  await page.bringToFront();
  await page.click(`[data-copies=${id}]`);
  await page.waitForFunction(i => document.querySelector(`[data-copies=${i}]`).parentNode.querySelector('[role=status]').textContent, {timeout: 5000}, id);
  return page.$eval(`[data-copies=${id}]`, e => e.parentNode.querySelector('[role=status]').textContent);
}

const snippets = {};
try {
  // The button copies what is in the box, and says so.
  const page = await open('copy', share);
  for (const id of ['answer', 'snippet']) {
    expect(`copy ${id}: says`, await pressed(page, id), 'Copied');
    expect(`copy ${id}: copied`, await page.evaluate(() => navigator.clipboard.readText()), await page.$eval('#' + id, e => e.value));
  }
  expect('copy: words for copying by hand', await page.$$eval('.copy .fine', all => all.map(e => getComputedStyle(e).display)), ['none', 'none']);
  snippets.html = await box(page);
  const image = await page.$eval('.try img', e => e.currentSrc);
  for (const [target, choices] of Object.entries({signature: {target: 'signature'}, wordpress: {target: 'wordpress', style: 'seal', size: '320'}, markdown: {target: 'markdown'}, url: {target: 'url'}})) {
    await choose(page, choices);
    snippets[target] = await box(page);
    expect(`${target}: stands in the form`, await page.$eval('#target', e => e.value), target);
    expect(`${target}: the form is in sight`, new URL(page.url()).hash, '#embed');
  }
  // A signature is copied as a picture as well as as code.
  await choose(page, {target: 'signature'});
  expect('signature: says', await pressed(page, 'snippet'), 'Copied');
  const kinds = await page.evaluate(async () => {
    const [item] = await navigator.clipboard.read();
    const html = await (await item.getType('text/html')).text();
    const img = new DOMParser().parseFromString(html, 'text/html').querySelector('a > img');
    return {types: [...item.types].sort(), width: img?.getAttribute('width'), text: await (await item.getType('text/plain')).text()};
  });
  expect('signature: copied', kinds, {types: ['text/html', 'text/plain'], width: '320', text: snippets.signature});
  if (shots) await page.screenshot({path: `${shots}/share-signature-800.png`, fullPage: true});
  await page.close();

  // Where the browser has no clipboard for scripts, the old way does it.
  const old = await open('old', share, {before: () => Object.defineProperty(navigator, 'clipboard', {value: undefined})});
  expect('old: says', await pressed(old, 'snippet'), 'Copied');
  expect('old: selected', await old.evaluate(() => { const e = document.activeElement; return e.value.slice(e.selectionStart, e.selectionEnd); }), snippets.html);
  await old.close();

  // Without script the page is whole: no button that does nothing, and the form works.
  const plain = await open('plain', share, {script: false, width: 390});
  const seen = async selector => (await plain.$$(selector)).length && Promise.all((await plain.$$(selector)).map(e => e.isVisible()));
  expect('plain: buttons that copy', await seen('[data-copies]'), [false, false]);
  expect('plain: words for copying by hand', await seen('.copy .fine'), [true, true]);
  if (shots) await plain.screenshot({path: `${shots}/share-plain-390.png`, fullPage: true});
  await plain.select('#target', 'signature');
  await Promise.all([plain.waitForNavigation(), plain.click('form button')]);
  await plain.setJavaScriptEnabled(true);
  expect('plain: the code of a signature', await plain.content().then(c => c.includes('border="0"')), true);
  await plain.close();

  // A site of another origin, plain and as strict as it can be with what it loads.
  const page4 = body => `<!doctype html><html lang="en"><meta charset="utf-8"><title>x</title><link rel="icon" href="data:,">${body}</html>`;
  const site = createServer((request, answer) => {
    const {pathname} = new URL(request.url, 'http://x');
    const [, target, ground] = pathname.split('/');
    answer.setHeader('Content-Type', 'text/html; charset=utf-8');
    if (ground === 'strict') {
      answer.setHeader('Cross-Origin-Embedder-Policy', 'require-corp');
      answer.setHeader('Cross-Origin-Opener-Policy', 'same-origin');
    }
    const colours = {dark: 'background:#1e1e1e;color:#eee', white: 'background:#fff;color:#111'}[ground] || '';
    answer.end(page4(`<body style="margin:24px;font:15px sans-serif;${colours}"><p>Kind regards</p>${snippets[target]}</body>`));
  });
  await new Promise(done => site.listen(0, 'localhost', done));
  const there = `http://localhost:${site.address().port}`;
  const look = page => page.$eval('a > img', i => ({
    loaded: i.complete, natural: [i.naturalWidth, i.naturalHeight], shown: [i.getBoundingClientRect().width, i.getBoundingClientRect().height],
    asks: new URL(i.currentSrc).search, to: new URL(i.parentNode.href).pathname, alt: i.alt,
  }));
  const to = new URL(share).pathname.replace('/share/', '/verify/');
  const alt = await (async () => { const p = await open('alt', `${there}/html/`); const a = (await look(p)).alt; await p.close(); return a; })();
  expect('alt: has the name', alt.startsWith('Inbound Certification, Maya "M" <Lindqvist> & [Okafor]. '), true);
  try {
    for (const [target, ground, scale, natural, shown, asks] of [
      ['html', 'white', 1, [300, 300], [300, 300], '?w=300'],
      ['html', 'dark', 2, [300, 300], [300, 300], '?w=600'], // natural size counts in CSS pixels
      ['html', 'strict', 1, [300, 300], [300, 300], '?w=300'],
      ['wordpress', 'white', 1, [600, 600], [300, 300], '?w=600'],
      ['signature', 'white', 1, [640, 160], [320, 80], '?style=card&w=640'],
      ['signature', 'dark', 2, [640, 160], [320, 80], '?style=card&w=640'],
    ]) {
      const name = `${target} on ${ground} at ${scale}x`;
      const page = await open(name, `${there}/${target}/${ground}`, {width: 390, scale});
      expect(name, await look(page), {loaded: true, natural, shown, asks, to, alt});
      if (shots) await page.screenshot({path: `${shots}/snippet-${target}-${ground}.png`, clip: {x: 0, y: 0, width: 390, height: target === 'signature' ? 190 : 420}});
      const client = await page.createCDPSession();
      expect(`${name}: cookies`, (await client.send('Network.getAllCookies')).cookies, []);
      if (target === 'html' && ground === 'white') { // the picture leads to the answer
        await Promise.all([page.waitForNavigation(), page.click('a')]);
        expect(`${name}: leads to`, await page.$eval('h1', e => e.textContent), 'Valid today');
      }
      await page.close();
    }
    expect('url: the picture', snippets.url, image.replace(/\?.*/, ''));
    expect('markdown: begins', snippets.markdown.slice(0, 3), '[![');
  } finally {
    site.close();
    site.closeAllConnections();
  }
} finally {
  await browser.close();
}
console.error(`${tried} things tried`);
