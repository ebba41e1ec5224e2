// Kills the command line at seeded moments, without warning, and looks at what is left:
//
//   node scripts/kill-table.mjs [--kills N] [--seed S] [--actions demo,predict,train,refine]
//
// Every second kill falls behind the first result, the others anywhere from the start on.
// After each kill: every file under a final name is whole, that is, equal to the same file of a run left alone, or JSON
// that parses; the same command, continued the way that its own message names, ends with the files of a run left alone;
// nothing of the killed run stays behind, no lock and no scratch. Ends with a table; exit code 1 where anything was lost.
// Ctrl-C ends it with the table of what was done.
import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { bundleCommandLine } from './bundle-cli.mjs'
import { vulkanEnvironment } from './vulkan.mjs'

const { values } = parseArgs({
  options: {
    kills: { type: 'string', default: '50' },
    seed: { type: 'string', default: '1' },
    actions: { type: 'string', default: 'demo,predict,train,refine' },
  },
})
const root = resolve(fileURLToPath(import.meta.url), '../..')
const entry = await bundleCommandLine(root)
const work = mkdtempSync(join(tmpdir(), 'scarp-kills-'))
const env = { ...process.env, ...vulkanEnvironment().env, SCARP_ROOT: root }

const source = join(work, 'data/source')
const target = join(work, 'data/target')
const training = ['--steps', '4', '--micro-batch', '2', '--crop', '32', '--seed', '3', '--backend', 'webgpu']
const network = ['--families', 'resnet-unet', '--checkpoint-every', '0', ...training]
const ACTIONS = {
  demo: ['demo', '--source', '12', '--target', '8', '--size', '64'],
  predict: [
    'predict',
    target,
    '--models',
    join(root, 'models/starter-segformer'),
    '--submission',
    '--backend',
    'wasm',
  ],
  train: ['train', '--source', source, ...network],
  refine: ['refine', '--source', source, '--target', target, '--rounds', '2', ...network],
}

let state = Number(values.seed) >>> 0
/** Uniform in [0, 1): mulberry32. */
function uniform() {
  state = (state + 0x6d2b79f5) >>> 0
  let mixed = Math.imul(state ^ (state >>> 15), state | 1)
  mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
  return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
}

/**
 * Runs a command; killed after so many milliseconds where they are given, those of `afterFirst` counted from the first
 * result in its folder on.
 */
function scarp(argv, { killAfter, afterFirst, out } = {}) {
  const began = Date.now()
  let first = null
  const child = spawn(process.execPath, ['--no-warnings', entry, ...argv], {
    env,
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  let notes = ''
  child.stderr.on('data', piece => {
    notes += piece
  })
  let timer = null
  const killIn = milliseconds => {
    if (milliseconds !== undefined) timer = setTimeout(() => child.kill('SIGKILL'), milliseconds)
  }
  killIn(killAfter)
  const look = setInterval(() => {
    if (!out || first !== null || !hasResult(out)) return
    first = Date.now() - began
    killIn(afterFirst)
  }, 5)
  return new Promise(done => {
    child.on('close', (code, signal) => {
      clearTimeout(timer)
      clearInterval(look)
      done({ code, signal, notes, first, milliseconds: Date.now() - began })
    })
  })
}

/** Whether a file lies there under a final name. */
function hasResult(folder) {
  if (!existsSync(folder)) return false
  return readdirSync(folder, { recursive: true, encoding: 'utf8' }).some(
    name => !isAside(name) && /\.\w+$/.test(name),
  )
}

/** Every file below a folder by its path from there. */
function filesOf(folder) {
  if (!existsSync(folder)) return new Map()
  return new Map(
    readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter(name => statSync(join(folder, name)).isFile())
      .map(name => [name, readFileSync(join(folder, name))]),
  )
}

/** The shorter an action, the more often it can be killed in the same time. */
const SHARES = { demo: 4, predict: 4, train: 1, refine: 1 }

/** Files that carry a time, a duration or a path of their own: they have to parse, and need not be equal. */
const OWN_TIMES = /(json|MODEL_CARD\.md|\.jsonl|\.checkpoint|\.zip)$/

function isHalf(name, bytes, whole) {
  if (name.endsWith('.json')) {
    try {
      JSON.parse(bytes.toString())
      return false
    } catch {
      return true
    }
  }
  const other = whole.get(name)
  return !OWN_TIMES.test(name) && other !== undefined && !other.equals(bytes)
}

/** Aside of a final name: whoever reads results passes it over. */
const isAside = name => /(^|\/)\.|\.part$|patches/.test(name)

const rows = []
const faults = []
process.on('SIGINT', report)
const made = await scarp([
  'demo',
  '--out',
  join(work, 'data'),
  '--source',
  '4',
  '--target',
  '40',
  '--size',
  '128',
])
if (made.code !== 0) throw new Error(`The inputs were not made:\n${made.notes}`)
const names = values.actions.split(',')
const shares = names.reduce((sum, name) => sum + SHARES[name], 0)
for (const name of names) await killOften(name, Math.round((Number(values.kills) * SHARES[name]) / shares))
report()

function report() {
  rmSync(work, { recursive: true, force: true })
  console.log(
    '\n| action | kills | behind the first result | half files | the same command | --resume | --force | lost |',
  )
  console.log('|---|---|---|---|---|---|---|---|')
  for (const row of rows) {
    console.log(
      `| ${row.name} | ${row.kills} | ${row.behind} | ${row.half} | ${row.same} | ${row.resumed} | ${row.forced} | ${row.lost} |`,
    )
  }
  for (const fault of faults) console.log(fault)
  process.exit(faults.length > 0 || rows.every(({ kills }) => kills === 0) ? 1 : 0)
}

async function killOften(name, kills) {
  const out = join(work, name)
  const command = [...ACTIONS[name], '--out', out]
  const alone = await scarp(command, { out })
  if (alone.code !== 0) throw new Error(`${name} fails without a kill:\n${alone.notes}`)
  const whole = filesOf(out)
  const row = { name, kills: 0, behind: 0, half: 0, same: 0, resumed: 0, forced: 0, lost: 0 }
  rows.push(row)
  const fail = (moment, why) => {
    row.lost++
    faults.push(`${name}, killed after ${moment} ms: ${why}`)
  }
  while (row.kills < kills) {
    rmSync(out, { recursive: true, force: true })
    const after = row.kills % 2 === 1
    const span = after ? alone.milliseconds - alone.first : alone.milliseconds
    const moment = Math.round(uniform() * span)
    const { signal, first, milliseconds } = await scarp(
      command,
      after ? { out, afterFirst: moment } : { out, killAfter: moment },
    )
    // It was done before.
    if (signal !== 'SIGKILL') continue
    if (first !== null) row.behind++
    for (const [file, bytes] of filesOf(out)) {
      if (isAside(file) || !isHalf(file, bytes, whole)) continue
      row.half++
      fail(milliseconds, `${file} is half`)
    }
    let again = await scarp(command)
    let way = 'same'
    for (const [option, field] of [
      ['--resume', 'resumed'],
      ['--force', 'forced'],
    ]) {
      if (again.code === 0 || !again.notes.includes(option)) continue
      again = await scarp([...command, option])
      way = field
    }
    row[way]++
    row.kills++
    if (again.code !== 0) {
      fail(milliseconds, `it does not go on (${again.code}): ${again.notes.trim().split('\n').at(-1)}`)
      continue
    }
    const found = filesOf(out)
    const missing = [...whole.keys()].filter(file => !found.has(file))
    const left = [...found.keys()].filter(file => !whole.has(file))
    const changed = [...found].filter(([file, bytes]) => isHalf(file, bytes, whole)).map(([file]) => file)
    if (missing.length > 0) fail(milliseconds, `missing at the end: ${missing.join(', ')}`)
    if (left.length > 0) fail(milliseconds, `left behind: ${left.join(', ')}`)
    if (changed.length > 0) fail(milliseconds, `not as a run left alone: ${changed.join(', ')}`)
  }
  console.log(`${name}: ${row.kills} kills, ${row.lost} faults`)
}
