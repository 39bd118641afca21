// The certificate as PDF: fonts embedded and subset, the QR code from rectangles.
import { readFileSync } from 'node:fs'

const fonts = ['strong', 'body', 'serif', 'mono']
const num = x => Math.round(x * 100) / 100

// The dark modules of the QR code, a run in a row each.
async function qr({ scene, code }) {
  const { default: qrcode } = await import('qrcode')
  const { X, Y, Side } = scene.page.QR
  return i => {
    const { modules } = qrcode.create(scene.url + code(i), { errorCorrectionLevel: 'Q' })
    const n = modules.size, unit = Side / n, runs = []
    for (let y = 0; y < n; y++) for (let x = 0; x < n; x++) {
      const from = x
      while (x < n && modules.data[y * n + x]) x++
      if (x > from) runs.push([X + from * unit, Y + y * unit, (x - from) * unit, unit])
    }
    return runs
  }
}

const d = line => { // a polyline as SVG writes it
  let s = `M${line[0]} ${line[1]}`
  for (let k = 2; k < line.length; k += 2) s += `L${line[k]} ${line[k + 1]}`
  return s
}

// The lines of testamur's own page, for the comparison of bytes.
const frame = scene => [...readFileSync(scene.frame, 'utf8').matchAll(/<path ([^>]*?)d="([^"]*)"/g)].map(([, has, d]) => ({
  d, fill: has.match(/fill="([^"]+)"/)?.[1], stroke: has.match(/stroke="([^"]+)"/)?.[1], width: Number(has.match(/stroke-width="([^"]+)"/)?.[1]) }))

const pdfkitWith = ours => async house => {
  const { default: PDFDocument } = await import('pdfkit')
  const { page } = house.scene, data = Object.fromEntries(fonts.map(f => [f, readFileSync(house.scene.fonts[f])])), runs = await qr(house)
  const lines = ours ? frame(house.scene) : []
  return (_, i) => new Promise((done, fail) => {
    const doc = new PDFDocument({ size: [page.Width, page.Height], margin: 0, font: null }), parts = []
    doc.on('data', p => parts.push(p)).on('end', () => done(Buffer.concat(parts))).on('error', fail)
    for (const f of fonts) doc.registerFont(f, data[f])
    if (ours) {
      doc.save().scale(house.scene.unit)
      for (const l of lines) l.fill ? doc.path(l.d).fill(l.fill) : doc.path(l.d).lineWidth(l.width).stroke(l.stroke)
      doc.restore()
    } else for (const p of page.paths) {
      doc.lineWidth(p.width).strokeColor(p.colour)
      for (const line of p.lines) {
        doc.moveTo(line[0], line[1])
        for (let k = 2; k < line.length; k += 2) doc.lineTo(line[k], line[k + 1])
        doc.stroke()
      }
    }
    for (const l of house.page(i)) {
      doc.font(l.font).fontSize(l.size).fillColor(l.colour)
      doc.text(l.words, l.x - doc.widthOfString(l.words) / 2, l.y, { lineBreak: false, baseline: 'alphabetic' })
    }
    doc.fillColor('#000000')
    for (const r of runs(i)) doc.rect(...r)
    doc.fill()
    doc.end()
  })
}

// pdf-lib wants a fontkit; the subsets of @pdf-lib/fontkit lose letters of these fonts, those of fontkit itself do not.
async function subsetting() {
  const { create } = await import('fontkit')
  const { EventEmitter } = await import('node:events')
  return { create(data) {
    const font = create(data), subset = font.createSubset.bind(font)
    font.createSubset = () => {
      const s = subset()
      s.encodeStream = () => {
        const out = new EventEmitter()
        process.nextTick(() => { out.emit('data', s.encode()); out.emit('end') })
        return out
      }
      return s
    }
    return font
  } }
}

async function pdflib(house) {
  const { PDFDocument, rgb } = await import('pdf-lib')
  const fontkit = await subsetting()
  const { page } = house.scene, data = Object.fromEntries(fonts.map(f => [f, readFileSync(house.scene.fonts[f])])), runs = await qr(house)
  const colour = hex => rgb(...[1, 3, 5].map(k => parseInt(hex.slice(k, k + 2), 16) / 255))
  // The lines that are always the same stand in a page that is made once and loaded for each document.
  const first = await PDFDocument.create(), sheet = first.addPage([page.Width, page.Height])
  for (const p of page.paths) for (const line of p.lines) sheet.drawSvgPath(d(line), { x: 0, y: page.Height, borderColor: colour(p.colour), borderWidth: p.width })
  const template = await first.save()
  return async (_, i) => {
    const doc = await PDFDocument.load(template)
    doc.registerFontkit(fontkit)
    const on = doc.getPage(0), font = {}
    for (const f of fonts) font[f] = await doc.embedFont(data[f], { subset: true })
    for (const l of house.page(i)) {
      const w = font[l.font].widthOfTextAtSize(l.words, l.size)
      on.drawText(l.words, { x: l.x - w / 2, y: page.Height - l.y, size: l.size, font: font[l.font], color: colour(l.colour) })
    }
    const path = runs(i).map(([x, y, w, h]) => `M${num(x)} ${num(y)}h${num(w)}v${num(h)}h${num(-w)}z`).join('')
    on.drawSvgPath(path, { x: 0, y: page.Height, color: rgb(0, 0, 0) })
    return doc.save()
  }
}

async function reactpdf(house) {
  const { Document, Page, Text, Svg, Path, Rect, Font, renderToBuffer } = await import('@react-pdf/renderer')
  const { createElement: h } = await import('react')
  const { page } = house.scene, runs = await qr(house)
  for (const f of fonts) Font.register({ family: f, src: house.scene.fonts[f] })
  Font.registerHyphenationCallback(word => [word])
  const size = { position: 'absolute', left: 0, top: 0, width: page.Width, height: page.Height }
  const border = page.paths.flatMap((p, a) => p.lines.map((line, b) => h(Path, { key: `${a}-${b}`, d: d(line), stroke: p.colour, strokeWidth: p.width, fill: 'none' })))
  return (_, i) => renderToBuffer(h(Document, null, h(Page, { size: [page.Width, page.Height] },
    h(Svg, { style: size, viewBox: `0 0 ${page.Width} ${page.Height}` }, ...border,
      ...house.page(i).map((l, k) => h(Text, { key: `t${k}`, x: l.x, y: l.y, textAnchor: 'middle', fill: l.colour, style: { fontFamily: l.font, fontSize: l.size } }, l.words)),
      ...runs(i).map(([x, y, w, height], k) => h(Rect, { key: `q${k}`, x, y, width: w, height, fill: '#000000' }))))))
}

async function typst(house) {
  const { NodeCompiler } = await import('@myriaddreamin/typst-ts-node-compiler')
  const { page } = house.scene, runs = await qr(house)
  const families = { strong: '"Inter", weight: 600', body: '"Inter", weight: 400', serif: '"Source Serif 4", weight: 600', mono: '"IBM Plex Mono", weight: 500' }
  const compiler = NodeCompiler.create({ workspace: '/tmp', fontArgs: [{ fontBlobs: fonts.map(f => readFileSync(house.scene.fonts[f])) }] })
  const svg = inside => `<svg xmlns="http://www.w3.org/2000/svg" width="${page.Width}" height="${page.Height}" viewBox="0 0 ${page.Width} ${page.Height}">${inside}</svg>`
  const border = svg(page.paths.map(p => `<g fill="none" stroke="${p.colour}" stroke-width="${p.width}">${p.lines.map(l => `<path d="${d(l)}"/>`).join('')}</g>`).join(''))
  compiler.mapShadow('/tmp/border.svg', Buffer.from(border))
  const string = s => `"${s.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`
  return (_, i) => {
    const code = svg(`<path d="${runs(i).map(([x, y, w, h]) => `M${num(x)} ${num(y)}h${num(w)}v${num(h)}h${num(-w)}z`).join('')}"/>`)
    const main = `#set page(width: ${page.Width}pt, height: ${page.Height}pt, margin: 0pt)
#set text(top-edge: "baseline", bottom-edge: "baseline")
#place(top + left, image("/border.svg", width: ${page.Width}pt))
#place(top + left, image(bytes(${string(code)}), format: "svg", width: ${page.Width}pt))
${house.page(i).map(l => `#place(top + left, dx: ${l.x - 400}pt, dy: ${l.y}pt, box(width: 800pt, align(center, text(font: ${families[l.font]}, size: ${l.size}pt, fill: rgb("${l.colour}"), ${string(l.words)}))))`).join('\n')}`
    const made = compiler.pdf({ mainFileContent: main })
    compiler.evictCache(10)
    return made
  }
}

// Not a page: the modules of the code alone.
async function npmqr({ scene, code }) {
  const { default: qrcode } = await import('qrcode')
  return (_, i) => qrcode.create(scene.url + code(i), { errorCorrectionLevel: 'Q' }).modules.data
}

export const pages = { pdfkit: pdfkitWith(false), 'pdfkit-frame': pdfkitWith(true), 'pdf-lib': pdflib, 'react-pdf': reactpdf, typst, 'npm-qrcode': npmqr }
