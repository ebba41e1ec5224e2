// Runs every check and ends with the slowest test files and one line: N passed, N failed, N skipped.
// Arguments name the parts to run (lint types unused unit fuzz dawn scheduler chromium e2e); all of them by default.
import { spawn } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs'
import { join, relative, resolve } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { stripVTControlCharacters } from 'node:util'
import { vulkanEnvironment } from './vulkan.mjs'

const root = resolve(fileURLToPath(import.meta.url), '../..')
process.chdir(root)
const reports = join(root, 'test-results/reports')
rmSync(reports, { recursive: true, force: true })
mkdirSync(reports, { recursive: true })

const PARTS = {
  lint: () => single('lint', 'npx', ['biome', 'ci', '--error-on-warnings', '.']),
  types: () => single('types', 'npx', ['tsc', '--noEmit']),
  unused: async () => both(await unused([]), await unused(['--production'])),
  unit: () => vitest('unit', 'node'),
  // The same mutants every time; as many as a slow machine opens in three minutes.
  fuzz: () =>
    single('fuzz', 'node', ['scripts/fuzz.mjs', '--seed', '1', '--count', '20000', '--minutes', '3']),
  dawn: () => vitest('dawn', 'dawn'),
  scheduler: () => vitest('scheduler', 'scheduler'),
  chromium: () => vitest('chromium', 'chromium'),
  e2e: () => playwright(),
}

/**
 * The parts of a stage in the order in which they begin, as many at a time as there are lanes: what runs in Node leaves a
 * core to the browser, and the longest part begins first, so that no core waits at the end. The studio itself is driven
 * alone, so that nothing else slows what a person would see. What waits more than it computes has a lane of its own.
 */
const STAGES = [
  { inTurn: ['dawn', 'unit', 'lint', 'types', 'unused', 'fuzz', 'chromium'], beside: ['scheduler'] },
  { inTurn: ['e2e'], beside: [] },
]
const LANES = 2

const SLOWEST = 10
const LINES_OF_A_FAILURE = 20

const asked = process.argv.slice(2)
for (const name of asked.filter(name => !(name in PARTS))) {
  console.error(`No part is called "${name}". There are: ${Object.keys(PARTS).join(', ')}.`)
  process.exit(2)
}
const chosen = asked.length > 0 ? asked : Object.keys(PARTS)

const children = new Set()
for (const signal of ['SIGINT', 'SIGTERM']) {
  process.on(signal, () => {
    for (const child of children) child.kill(signal)
    process.exit(130)
  })
}

const results = new Map()
/** Seconds by test file, from the runners' own reports. */
const slow = []
/** Tests that failed, and parts that failed without a test of theirs failing. */
const failures = []
const start = Date.now()
for (const stage of STAGES) {
  const [inTurn, beside] = [stage.inTurn, stage.beside].map(names =>
    names.filter(name => chosen.includes(name)),
  )
  await Promise.all([...Array.from({ length: LANES }, () => inTurn), beside].map(runLane))
}

const total = { passed: 0, failed: 0, skipped: 0 }
if (slow.length > 0) {
  console.log(`\nThe slowest test files:`)
  const first = slow.sort((a, b) => b.seconds - a.seconds).slice(0, SLOWEST)
  for (const { seconds, file, part } of first) {
    console.log(`${seconds.toFixed(0).padStart(5)} s  ${file} (${part})`)
  }
}
// At the end too: whoever sees only the last of a long log must learn what failed.
if (failures.length > 0) console.log('\nWhat failed:')
for (const { part, test, message } of failures) {
  console.log(`  ${part}: ${test}`)
  const lines = stripVTControlCharacters(message).split('\n')
  for (const line of lines.slice(0, LINES_OF_A_FAILURE)) console.log(`    ${line}`)
}
console.log()
for (const [name, { counts, seconds }] of results) {
  for (const key of Object.keys(total)) total[key] += counts[key]
  const { passed, failed, skipped } = counts
  console.log(`${name}: ${passed} passed, ${failed} failed, ${skipped} skipped in ${seconds} s`)
}
console.log(`All of it took ${((Date.now() - start) / 1000).toFixed(0)} s.`)
console.log(`${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`)
process.exit(total.failed > 0 || total.passed === 0 ? 1 : 0)

/** Takes one part after another from those that wait. */
async function runLane(waiting) {
  for (let name = waiting.shift(); name; name = waiting.shift()) {
    console.log(`=== ${name}`)
    const begin = Date.now()
    const counts = await PARTS[name]()
    results.set(name, { counts, seconds: ((Date.now() - begin) / 1000).toFixed(0) })
  }
}

/**
 * Whether the command succeeded, and the last lines of its output. With several parts, each line begins with the name of its
 * part; a part that runs alone writes to the terminal itself, and nothing is kept.
 */
function run(part, command, args, env = {}) {
  const alone = chosen.length === 1
  const child = spawn(command, args, {
    stdio: ['ignore', alone ? 'inherit' : 'pipe', alone ? 'inherit' : 'pipe'],
    env: { ...process.env, ...env },
  })
  children.add(child)
  const last = []
  for (const stream of [child.stdout, child.stderr]) {
    if (!stream) continue
    createInterface({ input: stream }).on('line', line => {
      console.log(`${part} | ${line}`)
      last.push(line)
      if (last.length > LINES_OF_A_FAILURE) last.shift()
    })
  }
  return new Promise(done => {
    child.on('close', code => {
      children.delete(child)
      done({ succeeded: code === 0, message: last.join('\n') })
    })
    child.on('error', error => {
      console.error(`${part} | ${error.message}`)
      done({ succeeded: false, message: error.message })
    })
  })
}

async function single(part, command, args) {
  const { succeeded, message } = await run(part, command, args)
  if (!succeeded) failures.push({ part, test: [command, ...args].join(' '), message })
  return { passed: succeeded ? 1 : 0, failed: succeeded ? 0 : 1, skipped: 0 }
}

/** Files, exports and dependencies that nothing uses: in all, and in what ships, where a test is no user. */
function unused(mode) {
  return single('unused', 'npx', ['knip', '--no-progress', '--treat-config-hints-as-errors', ...mode])
}

function both(one, other) {
  return { passed: one.passed + other.passed, failed: one.failed + other.failed, skipped: 0 }
}

/**
 * Counts come from the runner's own report; a run that reports no test, or fails without one failing, has failed. So has
 * one that skips all of them, save on a scheduler, which need not be here.
 */
function counted(part, { succeeded, message }, passed, failed, skipped) {
  const seen = passed + failed + (part === 'scheduler' ? skipped : 0)
  const silent = seen === 0 || (!succeeded && failed === 0)
  if (silent) {
    failures.push({ part, test: seen === 0 ? 'no test ran' : 'failed without a failing test', message })
  }
  return { passed, failed: failed + (silent ? 1 : 0), skipped }
}

async function vitest(part, project) {
  const file = join(reports, `${part}.json`)
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${file}`]
  const ended = await run(
    part,
    'npx',
    ['vitest', 'run', '--project', project, ...reporters],
    vulkanEnvironment().env,
  )
  if (!existsSync(file)) return counted(part, ended, 0, 0, 0)
  const report = JSON.parse(readFileSync(file, 'utf8'))
  for (const { name, startTime, endTime, message, assertionResults } of report.testResults) {
    const path = relative(root, name)
    slow.push({ part, file: path, seconds: (endTime - startTime) / 1000 })
    if (message) failures.push({ part, test: path, message })
    for (const { status, fullName, failureMessages } of assertionResults) {
      if (status !== 'failed') continue
      failures.push({ part, test: `${path} › ${fullName}`, message: failureMessages.join('\n') })
    }
  }
  const skipped = report.numPendingTests + (report.numTodoTests ?? 0)
  return counted(part, ended, report.numPassedTests, report.numFailedTests, skipped)
}

async function playwright() {
  const built = await single('e2e', 'npx', ['vite', 'build', '--logLevel', 'warn'])
  if (built.failed > 0) return built
  const file = join(reports, 'e2e.json')
  const ended = await run('e2e', 'npx', ['playwright', 'test', '--reporter=list,json'], {
    PLAYWRIGHT_JSON_OUTPUT_NAME: file,
    ...vulkanEnvironment().env,
  })
  if (!existsSync(file)) return counted('e2e', ended, 0, 0, 0)
  const { stats, suites } = JSON.parse(readFileSync(file, 'utf8'))
  for (const suite of suites) {
    const path = `e2e/${suite.file}`
    const tests = testsOf(suite)
    const seconds = tests
      .flatMap(({ results }) => results)
      .reduce((sum, { duration }) => sum + duration / 1000, 0)
    slow.push({ part: 'e2e', file: path, seconds })
    for (const { title, results } of tests.filter(({ status }) => ['unexpected', 'flaky'].includes(status))) {
      const message = results.flatMap(({ errors }) => errors.map(error => error.message)).join('\n')
      failures.push({ part: 'e2e', test: `${path} › ${title}`, message })
    }
  }
  return counted('e2e', ended, stats.expected, stats.unexpected + stats.flaky, stats.skipped)
}

function testsOf({ suites = [], specs = [] }) {
  const own = specs.flatMap(({ title, tests }) => tests.map(test => ({ ...test, title })))
  return [...own, ...suites.flatMap(testsOf)]
}
