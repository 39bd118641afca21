// Opens each page that is given on standard input ({pages: [{name, url, long, like}], shots: folder or ""}) at 390 and 1280
// pixels, light and dark, and at 768 (one that is like another at 390 light and 1280 dark), and prints what axe finds (at the
// two), sideways scrolling and words that leave their box (from 320 on), requests to elsewhere, console errors, a first view of
// more than 50 KB, what the keyboard does not reach or does not show, motion where less of it is asked for, and paper that is
// not black on white, one line each. No line: nothing found.
import {readFileSync} from 'node:fs';
import {createRequire} from 'node:module';
import puppeteer from 'puppeteer-core';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const {pages, shots, chromium} = JSON.parse(readFileSync(0, 'utf8'));
let looked = 0;

// tab goes through the page by the keyboard alone: everything that can be used is reached once, in order, and shows that
// it is; the first is the way past the head of the page.
async function tab(page, at) {
  await page.emulateMediaFeatures([{name: 'prefers-color-scheme', value: 'light'}, {name: 'prefers-reduced-motion', value: 'reduce'}]);
  const moves = await page.evaluate(() => getComputedStyle(document.documentElement).scrollBehavior !== 'auto' ||
    [...document.querySelectorAll('*')].some(e => getComputedStyle(e).animationName !== 'none' || parseFloat(getComputedStyle(e).transitionDuration) > 0));
  if (moves) console.log(`${at}: moves though less motion is asked for`);
  const all = await page.evaluate(() => {
    const use = [...document.querySelectorAll('a[href], button, input, select, textarea, summary, [tabindex="0"]')].filter(e => !e.disabled && e.checkVisibility() &&
      (e.type !== 'radio' || e === document.querySelector(`input[name="${e.name}"]`))); // a group of them is one stop
    use.forEach((e, i) => { e.dataset.tab = i; });
    return use.length;
  });
  for (let i = 0; i < all; i++) {
    await page.keyboard.press('Tab');
    const problem = await page.evaluate(i => {
      const e = document.activeElement;
      if (e.dataset.tab !== String(i)) return `reaches ${e.dataset.tab} ${e.outerHTML.slice(0, 80)}`;
      const shown = [getComputedStyle(e), getComputedStyle(e, '::after')].some(s => s.outlineStyle !== 'none' && parseFloat(s.outlineWidth) >= 2);
      const box = e.getBoundingClientRect();
      if (!shown) return `does not show that it is at ${e.outerHTML.slice(0, 80)}`;
      if (i === 0 && (!e.matches('.skip') || box.top < 0)) return 'does not begin with the way past the head';
      return box.bottom <= 0 || box.top >= innerHeight || box.right <= 0 ? `is out of sight at ${e.outerHTML.slice(0, 80)}` : '';
    }, i);
    if (problem) {
      console.log(`${at}: the keyboard, step ${i + 1} of ${all}, ${problem}`);
      return;
    }
  }
}

// paper looks at the page as it is printed, also from a dark screen.
async function paper(page, at) {
  await page.emulateMediaType('print');
  const found = await page.evaluate(() => {
    const lum = c => c.match(/[0-9.]+/g).slice(0, 3).reduce((a, v) => a + Number(v), 0) / 3;
    const out = [];
    if (lum(getComputedStyle(document.body).color) > 60) out.push('words are not black');
    const ground = getComputedStyle(document.body).backgroundColor;
    if (!/, 0\)$/.test(ground) && lum(ground) < 250) out.push('the ground is not white');
    for (const e of document.querySelectorAll('nav, form:not(.quiz), button')) if (e.checkVisibility()) out.push(`shows <${e.localName}>`);
    return out;
  });
  for (const f of found) console.log(`${at}: on paper, ${f}`);
  await page.emulateMediaType('screen');
}

// beyond says which words leave the box that they stand in, and which code does not fit into its field.
function beyond() {
  const out = [];
  for (const box of document.querySelectorAll('.verdict, .card, .entry, .button, button')) {
    const {left, right} = box.getBoundingClientRect();
    const words = document.createTreeWalker(box, NodeFilter.SHOW_TEXT);
    while (words.nextNode()) {
      const range = document.createRange();
      range.selectNodeContents(words.currentNode);
      const rows = [...range.getClientRects()].filter(r => r.width > 1);
      if (rows.some(r => r.left < left - 1 || r.right > right + 1) && words.currentNode.parentElement.checkVisibility() && !words.currentNode.parentElement.closest('table, pre, .scroll')) out.push(`"${words.currentNode.data.trim().slice(0, 40)}" leaves its box`);
    }
  }
  for (const field of document.querySelectorAll('input[name=code]')) if (field.scrollWidth > field.clientWidth) out.push('the code does not fit into its field');
  return [...new Set(out)];
}

// look opens a page at a width in a scheme.
async function look(browser, {name, url, long}, width, scheme) {
  const at = `${name} ${width} ${scheme}`;
  const page = await browser.newPage();
  const origin = new URL(url).origin;
  page.on('request', r => { if (!r.url().startsWith(origin) && !r.url().startsWith('data:')) console.log(`${at}: asks ${r.url()}`); });
  page.on('console', m => { if (m.type() === 'error' && !/status of [45]\d\d/.test(m.text())) console.log(`${at}: console: ${m.text()}`); });
  const loaded = [], from = {};
  const wire = await page.createCDPSession();
  await wire.send('Network.enable');
  wire.on('Network.responseReceived', e => { from[e.requestId] = e.response.url; });
  wire.on('Network.loadingFinished', e => loaded.push({url: from[e.requestId], bytes: e.encodedDataLength}));
  await page.setCacheEnabled(false);
  page.on('pageerror', e => console.log(`${at}: error: ${e.message}`));
  await page.setViewport({width, height: 900, deviceScaleFactor: 1});
  await page.emulateMediaFeatures([{name: 'prefers-color-scheme', value: scheme}]);
  const weigh = scheme === 'light' && width !== 768;
  await page.goto(url, {waitUntil: 'load'});
  if (weigh) await page.waitForNetworkIdle({idleTime: 120}); // what is lazy comes after load
  const later = await page.evaluate(() => [...document.images].filter(i => i.loading === 'lazy' && i.getBoundingClientRect().top > innerHeight).map(i => i.src));
  const weight = loaded.reduce((sum, {url, bytes}) => later.includes(url) ? sum : sum + bytes, 0); // how far ahead a browser loads is its own affair
  if (weigh && (weight > 50_000 && !long || weight < 5_000)) console.log(`${at}: the first view is ${weight} bytes`);
  await page.evaluate(() => { for (const i of document.images) i.loading = 'eager'; });
  await page.evaluate(() => Promise.all([...document.images].map(i => i.complete || new Promise(done => { i.onload = i.onerror = done; }))));
  for (const src of await page.evaluate(() => [...document.images].filter(i => !i.naturalWidth).map(i => i.src))) console.log(`${at}: picture does not load: ${src}`);
  const wide = async () => page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  if (await wide() > 0) console.log(`${at}: scrolls sideways by ${await wide()} px`);
  for (const what of await page.evaluate(beyond)) console.log(`${at}: ${what}`);
  if (width === 390 && scheme === 'light') { // the narrowest phones, and wider ones: a rule for one width ends before the next
    for (const other of [320, 384, 430, 600]) {
      await page.setViewport({width: other, height: 900, deviceScaleFactor: 1});
      if (await wide() > 0) console.log(`${at}: scrolls sideways by ${await wide()} px at ${other}`);
      for (const what of await page.evaluate(beyond)) console.log(`${at}: at ${other}, ${what}`);
    }
    await page.setViewport({width, height: 900, deviceScaleFactor: 1});
  }
  if (shots) await page.screenshot({path: `${shots}/${name}-${width}-${scheme}.png`, fullPage: true});
  if (width !== 768) {
    if (width === 390 && scheme === 'light') await tab(page, at);
    if (scheme === 'dark') await paper(page, at);
    await page.evaluate(axe); // put in through the debugger: the page's own rule forbids scripts
    const rules = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
    const result = await page.evaluate(async only => await globalThis.axe.run(document, only),
      scheme === 'light' ? {runOnly: rules} : {runOnly: {type: 'rule', values: ['color-contrast', 'link-in-text-block']}}); // a scheme changes colours alone
    for (const v of result.violations) console.log(`${at}: ${v.id}: ${v.help}: ${v.nodes.map(n => n.target.join(' ')).join(', ')}`);
    if (result.passes.length < (scheme === 'light' ? 5 : 1)) console.log(`${at}: axe looked at next to nothing`);
  }
  looked++;
  await page.close();
}

// Only the tab in front has the keyboard, so each hand has a browser of its own.
const left = [...pages];
async function hand() {
  const browser = await puppeteer.launch({
    executablePath: chromium,
    args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
      '--disable-component-update', '--disable-sync', '--hide-scrollbars'],
  });
  try {
    for (let page = left.shift(); page; page = left.shift()) {
      const two = [[390, 'light'], [1280, 'dark']];
      for (const [width, scheme] of page.like ? two : [...two, [390, 'dark'], [768, 'light'], [1280, 'light']]) await look(browser, page, width, scheme);
    }
  } finally {
    await browser.close();
  }
}
await Promise.all([hand(), hand(), hand()]);
console.error(`${looked} views looked at`);
