// Damages sound files in seeded ways and opens them: every mutant has to open with the pixels that GDAL reads, or be
// refused by name, within 10 s and 1 GB.
//
//   npm run fuzz -- [--minutes M] [--count N] [--seed S] [--kinds raster,zip] [--only NUMBER] [--show 'GDAL warns']
//
// One minute of seed 1 unless told otherwise. Exit code 1 where a mutant fails, or none was opened. A failure is
// repeated by its seed and number; its bytes lie in dist/fuzz/failures. Inputs are those of our own writers, of GDAL
// where its Python module is installed, and of the shared test data where they are there.
import { spawn } from 'node:child_process'
import { existsSync, readFileSync, rmSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { bundleForNode } from './bundle-cli.mjs'

const MOST_MILLISECONDS = 10_000
const MOST_BYTES = 2 ** 30
const LOOK_EVERY_MILLISECONDS = 50
const TOO_SLOW = 'no answer in 10 s'
const TOO_LARGE = 'more than 1 GB'
/** Loading everything and writing the inputs. */
const MOST_START_MILLISECONDS = 120_000

const { values } = parseArgs({
  options: {
    minutes: { type: 'string' },
    count: { type: 'string' },
    seed: { type: 'string', default: '1' },
    kinds: { type: 'string' },
    only: { type: 'string' },
    show: { type: 'string' },
  },
})
const seed = Number(values.seed)
const only = values.only === undefined ? null : Number(values.only)
const count = Number(values.count ?? Number.MAX_SAFE_INTEGER)
const minutes = Number(values.minutes ?? (values.count || only !== null ? 600 : 1))
if (![seed, count, minutes, only ?? 0].every(number => Number.isFinite(number) && number >= 0)) {
  console.error('--seed, --count, --minutes and --only take numbers of 0 and more.')
  process.exit(2)
}

const root = resolve(fileURLToPath(import.meta.url), '../..')
const shared = process.env.SCARP_SHARED ?? join(root, '../shared')
const failures = join(root, 'dist/fuzz/failures')
if (only === null) rmSync(failures, { recursive: true, force: true })
const program = await bundleForNode(root, 'fuzz-child', { child: 'scripts/fuzz/child.ts' })

/** By kind: how many came to what. */
const counts = new Map()
const bad = []
let slowest = { milliseconds: 0 }
let most = { heldBytes: 0 }
let started = null
let running = null
for (const signal of ['SIGINT', 'SIGTERM']) {
  process.on(signal, () => {
    running?.kill('SIGKILL')
    report()
    process.exit(130)
  })
}

const begin = Date.now()
const until = begin + minutes * 60_000
const end = only === null ? count : only + 1
let next = only ?? 0
while (next < end && Date.now() < until) next = await runFrom(next, end)
report()
process.exit(bad.length > 0 || tried() === 0 ? 1 : 0)

/** Runs mutants in one process until it fails, holds too much, or is done. Returns the number to continue with. */
async function runFrom(first, last) {
  let at = first
  let current = null
  let deadline = Date.now() + MOST_START_MILLISECONDS
  let fault = null
  let heldTooMuch = false
  let errors = ''
  const orders = { root, shared, seed, first, end: last, kinds: values.kinds?.split(',') ?? null, failures }
  const child = spawn(process.execPath, ['--no-warnings', program, JSON.stringify(orders)], {
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  })
  running = child
  child.stderr.on('data', piece => {
    errors = `${errors}${piece}`.slice(-4000)
  })
  child.on('message', message => {
    deadline = Date.now() + MOST_MILLISECONDS
    if (message.is === 'started') introduce(message)
    else if (message.is === 'begun') current = message
    else if (message.is === 'read') {
      if (message.milliseconds > slowest.milliseconds) slowest = { ...current, ...message }
      if (message.heldBytes > most.heldBytes) most = { ...current, ...message }
      heldTooMuch = message.heldBytes > MOST_BYTES
    } else {
      at = message.number + 1
      if (heldTooMuch) child.kill('SIGKILL')
      else settle(message)
      if (Date.now() > until) child.kill('SIGKILL')
    }
  })
  const stop = why => {
    fault = why
    child.kill('SIGKILL')
  }
  const watch = setInterval(() => {
    if (Date.now() > deadline) stop(TOO_SLOW)
    else if (residentBytes(child.pid) > MOST_BYTES) stop(TOO_LARGE)
  }, LOOK_EVERY_MILLISECONDS)
  const [code, signal] = await new Promise(done => child.on('close', (...ended) => done(ended)))
  clearInterval(watch)
  running = null
  if (!current && (fault || code !== 0)) {
    console.error(`The process that opens mutants did not start (${fault ?? code}):\n${errors}`)
    process.exit(1)
  }
  if (heldTooMuch) fault = TOO_LARGE
  const isUnfinished = current && at <= current.number
  if (!fault && isUnfinished)
    fault = signal === 'SIGKILL' && Date.now() > until ? null : `it ended with ${signal ?? code}\n${errors}`
  if (!fault) return isUnfinished && Date.now() <= until ? current.number + 1 : at
  const { number, kind, from } = current
  // What many mutants left behind is not the last one's fault, nor what else the machine was busy with.
  const isAlone = first === number
  if ([TOO_SLOW, TOO_LARGE].includes(fault) && !isAlone) {
    await runFrom(number, number + 1)
    return number + 1
  }
  settle({ number, kind, from, outcome: { is: 'threw', why: fault } })
  return number + 1
}

function introduce({ kinds, inputs, gdal }) {
  if (started) return
  started = { gdal }
  const list = Object.entries(inputs).map(([name, number]) => `${number} ${name}`)
  console.log(`Seed ${seed}, ${kinds.join(', ')}; made of ${list.join(', ')}.`)
  if (!existsSync(shared)) console.log(`No shared test data at ${shared}: made without them.`)
  if (!gdal) console.log('GDAL’s Python module is not installed (Debian: gdal-bin): no pixels are compared.')
}

function settle({ number, kind, from, outcome }) {
  const line = counts.get(kind) ?? {}
  counts.set(kind, line)
  const add = name => {
    line[name] = (line[name] ?? 0) + 1
  }
  add('tried')
  if (outcome.is === 'threw' || outcome.is === 'wrong') {
    add('bad')
    const why = outcome.is === 'wrong' ? `wrong content: ${outcome.why}` : outcome.why
    bad.push(number)
    console.log(
      `BAD ${kind} ${number}, from ${from}: ${why}\n    npm run fuzz -- --seed ${seed} --only ${number}`,
    )
    return
  }
  add(outcome.is)
  if (outcome.note) add(`${outcome.is}, ${outcome.note}`)
  if (only !== null || (values.show && outcome.note?.includes(values.show)))
    console.log(`${kind} ${number}, from ${from}: ${JSON.stringify(outcome)}`)
}

function tried() {
  return [...counts.values()].reduce((sum, line) => sum + line.tried, 0)
}

function report() {
  const names = [...new Set([...counts.values()].flatMap(line => Object.keys(line)))].sort()
  const order = ['tried', 'bad', ...names.filter(name => name !== 'tried' && name !== 'bad')]
  console.log(`\n| kind | ${order.join(' | ')} |\n|---|${order.map(() => '---').join('|')}|`)
  for (const [kind, line] of [...counts].sort()) {
    console.log(`| ${kind} | ${order.map(name => line[name] ?? 0).join(' | ')} |`)
  }
  const seconds = (Date.now() - begin) / 1000
  console.log(`\nSlowest: ${slowest.kind} ${slowest.number}, ${(slowest.milliseconds / 1000).toFixed(2)} s.`)
  console.log(`Largest process: ${Math.round(most.heldBytes / 2 ** 20)} MB, at ${most.kind} ${most.number}.`)
  if (started && !started.gdal) console.log('Compared with GDAL: none (its Python module is not installed).')
  console.log(
    `${tried()} mutants of seed ${seed} in ${seconds.toFixed(0)} s: ${bad.length === 0 ? 'none' : bad.length} bad.`,
  )
}

/** 0 where the system has no such file. */
function residentBytes(pid) {
  try {
    return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) * 1024
  } catch {
    // It ended, or this is no Linux: its own figures are looked at then.
    return 0
  }
}
