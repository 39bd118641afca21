// Draws as one peer does, for bench/compare. Usage: node worker.mjs PEER FOLDER. Reads "run CASE COUNT" and "write CASE FILE"
// from standard input, a line each, and answers with a line of JSON: the CPU time of this process, user and system, in
// microseconds, and the bytes of all that was made.
import { readFileSync, writeFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { badges } from './badges.mjs'
import { pages } from './pages.mjs'

const [peer, folder] = process.argv.slice(2)
const scene = JSON.parse(readFileSync(`${folder}/scene.json`))
const code = i => `7K3M-${String(Math.floor(i / 10000) % 10000).padStart(4, '0')}-${String(i % 10000).padStart(4, '0')}`
const worded = (lines, i) => lines.map(l => ({ ...l, words: l.words.replace('{code}', code(i)) }))
const house = {
  scene, code,
  badge: (side, i) => ({ side, template: scene.badges[side].template, lines: worded(scene.badges[side].lines[i % scene.names.length], i) }),
  page: i => [...worded(scene.page.names[i % scene.names.length], i), ...scene.page.lines],
}
const say = o => process.stdout.write(JSON.stringify(o) + '\n')

const draw = await ({ ...badges, ...pages })[peer](house)
say({ ready: true })
let next = 0
for await (const line of createInterface({ input: process.stdin })) {
  const [verb, what, arg] = line.split(' ')
  try {
    if (verb === 'write') {
      const data = await draw(what, 0)
      writeFileSync(arg, data)
      say({ bytes: data.length })
      continue
    }
    let bytes = 0
    const before = process.cpuUsage()
    for (let n = Number(arg); n > 0; n--) bytes += (await draw(what, next++)).length
    const used = process.cpuUsage(before)
    say({ cpu: used.user + used.system, bytes })
  } catch (e) {
    say({ error: String(e?.stack ?? e).replaceAll('\n', ' ').slice(0, 600) })
  }
}
