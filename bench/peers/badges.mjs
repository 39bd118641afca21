// The badge: each peer lays name, date and code over the template in the way that is fastest for it, and writes a PNG.
import { readFileSync } from 'node:fs'

const family = { strong: 'BenchStrong', mono: 'BenchMono' } // names of our own, so that no font of the machine is meant
const escape = s => s.replaceAll('&', '&amp;').replaceAll('<', '&lt;')

// Ascent and descent by which CSS puts a line of the fonts on its baseline, in em.
async function metrics(scene) {
  const { create } = await import('fontkit')
  return Object.fromEntries(Object.keys(family).map(key => {
    const f = create(readFileSync(scene.fonts[key]))
    return [key, { ascent: f.ascent / f.unitsPerEm, descent: -f.descent / f.unitsPerEm }]
  }))
}

// A line of CSS as high as its letters' size, whose baseline is at l.y.
const top = (l, m) => l.y - l.size * (0.5 + (m[l.font].ascent - m[l.font].descent) / 2)

const svgText = (lines, font) => lines.map(l =>
  `<text x="${l.x}" y="${l.y}" font-size="${l.size}" ${font(l)} fill="${l.colour}" text-anchor="middle">${escape(l.words)}</text>`).join('')

const byName = l => l.font === 'mono' ? 'font-family="IBM Plex Mono" font-weight="500"' : 'font-family="Inter" font-weight="600"'

async function takumi({ scene, badge }) {
  const { Renderer } = await import('@takumi-rs/core')
  const m = await metrics(scene)
  const renderer = new Renderer()
  for (const key in family) await renderer.registerFont({ name: family[key], data: readFileSync(scene.fonts[key]), weight: 400 })
  const templates = Object.fromEntries(Object.entries(scene.badges).map(([side, b]) => [side, [{ src: `seal-${side}`, data: readFileSync(b.template), cache: 'auto' }]]))
  return (what, i) => {
    const { side, lines } = badge(what, i)
    return renderer.render({
      type: 'container', style: { position: 'relative', width: '100%', height: '100%' },
      children: [
        { type: 'image', src: `seal-${side}`, style: { position: 'absolute', left: 0, top: 0, width: Number(side), height: Number(side) } },
        ...lines.map(l => ({ type: 'text', text: l.words, style: { position: 'absolute', left: 0, top: top(l, m), width: Number(side), textAlign: 'center',
          fontFamily: family[l.font], fontSize: l.size, lineHeight: `${l.size}px`, whiteSpace: 'nowrap', color: l.colour } })),
      ],
    }, { width: Number(side), height: Number(side), format: 'png', images: templates[side] })
  }
}

// sharp over the template's pixels, kept decoded; text from SVG.
const sharpWith = png => async ({ scene, badge }) => {
  process.env.FONTCONFIG_FILE = fontconfig(scene)
  const { default: sharp } = await import('sharp')
  const raw = {}
  for (const [side, b] of Object.entries(scene.badges)) raw[side] = await sharp(b.template).ensureAlpha().raw().toBuffer({ resolveWithObject: true })
  return (what, i) => {
    const { side, lines } = badge(what, i)
    const { data, info } = raw[side]
    const over = Buffer.from(`<svg xmlns="http://www.w3.org/2000/svg" width="${side}" height="${side}">${svgText(lines, byName)}</svg>`)
    return sharp(data, { raw: { width: info.width, height: info.height, channels: 4 } }).composite([{ input: over }]).png(png).toBuffer()
  }
}

// A fontconfig file with our fonts alone.
import { mkdtempSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { tmpdir } from 'node:os'
function fontconfig(scene) {
  const folder = process.env.BENCH_FOLDER ?? mkdtempSync(join(tmpdir(), 'bench-fonts-'))
  const file = join(folder, 'fonts.conf')
  writeFileSync(file, `<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd"><fontconfig><dir>${dirname(scene.fonts.strong)}</dir><cachedir>${folder}/cache</cachedir></fontconfig>`)
  return file
}

// A canvas of either kind, the template kept decoded.
async function canvasOf(scene, badge, { createCanvas, loadImage, register, encode }) {
  for (const key in family) register(scene.fonts[key], family[key])
  const templates = {}
  for (const [side, b] of Object.entries(scene.badges)) templates[side] = await loadImage(b.template)
  return (what, i) => {
    const { side, lines } = badge(what, i)
    const canvas = createCanvas(Number(side), Number(side))
    const g = canvas.getContext('2d')
    g.drawImage(templates[side], 0, 0)
    g.textAlign = 'center'
    for (const l of lines) {
      g.font = `${l.size}px ${family[l.font]}`
      g.fillStyle = l.colour
      g.fillText(l.words, l.x, l.y)
    }
    return encode(canvas)
  }
}

async function napi({ scene, badge }) {
  const { createCanvas, loadImage, GlobalFonts } = await import('@napi-rs/canvas')
  return canvasOf(scene, badge, { createCanvas, loadImage, register: (file, name) => GlobalFonts.registerFromPath(file, name), encode: c => c.encode('png') })
}

const cairoWith = png => async ({ scene, badge }) => {
  const { createCanvas, loadImage, registerFont, PNG_FILTER_NONE } = (await import('canvas')).default
  return canvasOf(scene, badge, { createCanvas, loadImage, register: (file, name) => registerFont(file, { family: name }),
    encode: c => c.toBuffer('image/png', png && { compressionLevel: 1, filters: PNG_FILTER_NONE }) })
}

// resvg draws everything from paths each time: it has no template to keep.
async function resvg({ scene, badge }) {
  const { Resvg } = await import('@resvg/resvg-js')
  const seals = Object.fromEntries(Object.entries(scene.badges).map(([side, b]) => [side, readFileSync(b.svg, 'utf8').trim().replace(/<\/svg>$/, '')]))
  const font = { fontFiles: [scene.fonts.strong, scene.fonts.mono], loadSystemFonts: false }
  return (what, i) => {
    const { side, lines } = badge(what, i)
    const svg = `${seals[side]}<g transform="scale(${600 / side})">${svgText(lines, byName)}</g></svg>`
    return new Resvg(svg, { font, fitTo: { mode: 'width', value: Number(side) } }).render().asPng()
  }
}

// satori lays out, resvg paints; the template goes with it as a picture.
async function satoriResvg({ scene, badge }) {
  const { default: satori } = await import('satori')
  const { Resvg } = await import('@resvg/resvg-js')
  const m = await metrics(scene)
  const fonts = Object.keys(family).map(key => ({ name: family[key], data: readFileSync(scene.fonts[key]), weight: 400, style: 'normal' }))
  const templates = Object.fromEntries(Object.entries(scene.badges).map(([side, b]) => [side, `data:image/png;base64,${readFileSync(b.template, 'base64')}`]))
  return async (what, i) => {
    const { side, lines } = badge(what, i)
    const n = Number(side)
    const svg = await satori({ type: 'div', props: { style: { display: 'flex', position: 'relative', width: n, height: n }, children: [
      { type: 'img', props: { src: templates[side], width: n, height: n, style: { position: 'absolute', left: 0, top: 0 } } },
      ...lines.map(l => ({ type: 'div', props: { children: l.words, style: { position: 'absolute', display: 'flex', justifyContent: 'center', left: 0, top: top(l, m), width: n,
        fontFamily: family[l.font], fontSize: l.size, lineHeight: `${l.size}px`, whiteSpace: 'nowrap', color: l.colour } } })),
    ] } }, { width: n, height: n, fonts })
    return new Resvg(svg, { font: { loadSystemFonts: false } }).render().asPng()
  }
}

export const badges = {
  takumi, 'sharp': sharpWith(), 'sharp-fast': sharpWith({ compressionLevel: 1 }), 'sharp-palette': sharpWith({ palette: true }),
  'napi-canvas': napi, 'node-canvas': cairoWith(), 'node-canvas-fast': cairoWith(true), resvg, satori: satoriResvg,
}
