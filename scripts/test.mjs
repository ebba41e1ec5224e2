// Runs every check and ends with one line: N passed, N failed, N skipped.
// Arguments name the parts to run (lint types unit dawn chromium e2e); all of them by default.
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { vulkanEnvironment } from './vulkan.mjs'

const root = resolve(fileURLToPath(import.meta.url), '../..')
process.chdir(root)
const reports = join(root, 'test-results/reports')
rmSync(reports, { recursive: true, force: true })
mkdirSync(reports, { recursive: true })

const parts = {
  lint: () => single('lint', 'npx', ['biome', 'ci', '--error-on-warnings', '.']),
  types: () => single('types', 'npx', ['tsc', '--noEmit']),
  unit: () => vitest('node'),
  dawn: () => vitest('dawn'),
  chromium: () => vitest('chromium'),
  e2e: () => playwright(),
}

const asked = process.argv.slice(2)
for (const name of asked.filter(name => !(name in parts))) {
  console.error(`No part is called "${name}". There are: ${Object.keys(parts).join(', ')}.`)
  process.exit(2)
}

const total = { passed: 0, failed: 0, skipped: 0 }
const lines = []
for (const name of asked.length > 0 ? asked : Object.keys(parts)) {
  console.log(`\n=== ${name}`)
  const begin = Date.now()
  const counts = parts[name]()
  for (const key of Object.keys(total)) total[key] += counts[key]
  const seconds = ((Date.now() - begin) / 1000).toFixed(0)
  lines.push(
    `${name}: ${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped in ${seconds} s`,
  )
}
console.log(`\n${lines.join('\n')}`)
console.log(`${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`)
process.exit(total.failed > 0 || total.passed === 0 ? 1 : 0)

function run(command, args, env = {}) {
  return spawnSync(command, args, { stdio: 'inherit', env: { ...process.env, ...env } }).status === 0
}

function single(_name, command, args) {
  const passed = run(command, args)
  return { passed: passed ? 1 : 0, failed: passed ? 0 : 1, skipped: 0 }
}

/** Counts come from the runner's own report; a run that reports no test, or fails without one failing, has failed. */
function counted(succeeded, passed, failed, skipped) {
  const silent = passed + failed === 0 || (!succeeded && failed === 0)
  return { passed, failed: failed + (silent ? 1 : 0), skipped }
}

function vitest(project) {
  const file = join(reports, `${project}.json`)
  const succeeded = run(
    'npx',
    [
      'vitest',
      'run',
      '--project',
      project,
      '--reporter=default',
      '--reporter=json',
      `--outputFile.json=${file}`,
    ],
    vulkanEnvironment().env,
  )
  if (!existsSync(file)) return { passed: 0, failed: 1, skipped: 0 }
  const report = JSON.parse(readFileSync(file, 'utf8'))
  const skipped = report.numPendingTests + (report.numTodoTests ?? 0)
  return counted(succeeded, report.numPassedTests, report.numFailedTests, skipped)
}

function playwright() {
  if (!run('npx', ['vite', 'build', '--logLevel', 'warn'])) return { passed: 0, failed: 1, skipped: 0 }
  const file = join(reports, 'e2e.json')
  const succeeded = run('npx', ['playwright', 'test', '--reporter=list,json'], {
    PLAYWRIGHT_JSON_OUTPUT_NAME: file,
    ...vulkanEnvironment().env,
  })
  if (!existsSync(file)) return { passed: 0, failed: 1, skipped: 0 }
  const { stats } = JSON.parse(readFileSync(file, 'utf8'))
  return counted(succeeded, stats.expected, stats.unexpected + stats.flaky, stats.skipped)
}
