// Opens each page that is given on standard input ({pages: [{name, url}], shots: folder or ""}) at 390 and
// 1280 pixels, light and dark, and prints what axe finds, sideways scrolling, requests to elsewhere and
// console errors, one line each. No line: nothing found.
import {readFileSync} from 'node:fs';
import {createRequire} from 'node:module';
import puppeteer from 'puppeteer-core';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const {pages, shots, chromium} = JSON.parse(readFileSync(0, 'utf8'));
const browser = await puppeteer.launch({
  executablePath: chromium,
  args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
    '--disable-component-update', '--disable-sync', '--hide-scrollbars'],
});
let looked = 0;
try {
  for (const {name, url} of pages) {
    for (const width of [390, 1280]) {
      for (const scheme of ['light', 'dark']) {
        const at = `${name} ${width} ${scheme}`;
        const page = await browser.newPage();
        const origin = new URL(url).origin;
        page.on('request', r => { if (!r.url().startsWith(origin) && !r.url().startsWith('data:')) console.log(`${at}: asks ${r.url()}`); });
        page.on('console', m => { if (m.type() === 'error' && !/status of [45]\d\d/.test(m.text())) console.log(`${at}: console: ${m.text()}`); });
        page.on('pageerror', e => console.log(`${at}: error: ${e.message}`));
        await page.setViewport({width, height: 900, deviceScaleFactor: 1});
        await page.emulateMediaFeatures([{name: 'prefers-color-scheme', value: scheme}]);
        await page.goto(url, {waitUntil: 'load'});
        await page.evaluate(() => Promise.all([...document.images].map(i => i.complete || new Promise(done => { i.onload = i.onerror = done; }))));
        for (const src of await page.evaluate(() => [...document.images].filter(i => !i.naturalWidth).map(i => i.src))) console.log(`${at}: picture does not load: ${src}`);
        const wide = async () => page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
        if (await wide() > 0) console.log(`${at}: scrolls sideways by ${await wide()} px`);
        if (width === 390) { // the narrowest phones
          await page.setViewport({width: 320, height: 900, deviceScaleFactor: 1});
          if (await wide() > 0) console.log(`${at}: scrolls sideways by ${await wide()} px at 320`);
          await page.setViewport({width, height: 900, deviceScaleFactor: 1});
        }
        if (shots) await page.screenshot({path: `${shots}/${name}-${width}-${scheme}.png`, fullPage: true});
        // axe is put in through the debugger, past the page's own rule that forbids scripts
        await page.setBypassCSP(true);
        await page.reload({waitUntil: 'load'});
        await page.evaluate(axe);
        const result = await page.evaluate(async () => await globalThis.axe.run(document, {
          runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'],
        }));
        for (const v of result.violations) console.log(`${at}: ${v.id}: ${v.help}: ${v.nodes.map(n => n.target.join(' ')).join(', ')}`);
        if (result.passes.length < 5) console.log(`${at}: axe looked at next to nothing`);
        looked++;
        await page.close();
      }
    }
  }
} finally {
  await browser.close();
}
console.error(`${looked} views looked at`);
