// Writes docs/parity.md: every parity case on every backend. Several minutes, most of them on the cpu backend.
// node scripts/parity-table.mjs [webgpu.json wasm.json cpu.json]  (outputs of scarp parity --json, instead of runs)
import { spawnSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'

const BACKENDS = ['webgpu', 'wasm', 'cpu']
const MOST_BYTES = 256 * 1024 * 1024

function run(backend) {
  console.error(`Running every case on ${backend}`)
  const command = ['src/cli/scarp.mjs', 'parity', '--backend', backend, '--json']
  const done = spawnSync(process.execPath, command, {
    encoding: 'utf8',
    maxBuffer: MOST_BYTES,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  if (!done.stdout) throw new Error(`scarp parity gave nothing on ${backend}.`)
  return done.stdout
}

const share = row => (row.error === 0 ? 0 : (row.error ?? Number.POSITIVE_INFINITY) / row.tolerance)

function worst(rows) {
  return [...rows].sort((a, b) => share(b) - share(a))[0]
}

function cell(report) {
  if (!report) return 'absent'
  if (report.error) return `could not run: ${report.error.message}`
  const row = worst(report.rows)
  if (!row) return 'nothing compared'
  const verdict = report.rows.every(({ ok }) => ok) ? '' : '**beyond** '
  const error = row.error === null ? 'NaN' : row.error.toExponential(1)
  return `${verdict}${error} / ${row.tolerance.toExponential(1)} (${(100 * share(row)).toFixed(0)} %)`
}

const given = process.argv.slice(2)
const results = BACKENDS.map((backend, i) =>
  JSON.parse(given.length > 0 ? readFileSync(given[i], 'utf8') : run(backend)),
)
const [webgpu] = results

const rows = webgpu.cases.map(report => {
  const name = report.peer.replace(/ \(.*/, '')
  const others = results.map(result => result.cases.find(other => other.case === report.case))
  const compared = others.map(other => other?.rows.length ?? 0)
  const left = others.map(other => other?.notCompared.length ?? 0)
  const output = worst(report.rows)?.output ?? ''
  const count = list => (new Set(list).size === 1 ? list[0] : list.join(' / '))
  return `| \`${report.case}\` | ${name} | ${others.map(cell).join(' | ')} | \`${output}\` | ${count(compared)} | ${count(left)} |`
})

const reasons = new Map()
for (const [i, result] of results.entries()) {
  for (const report of result.cases) {
    for (const { reason } of report.notCompared) {
      const key = `${report.case}: ${reason}`
      reasons.set(key, [...(reasons.get(key) ?? []), BACKENDS[i]])
    }
  }
}
const leftOut = new Map()
for (const [key, backends] of reasons) {
  const [name, ...reason] = key.split(': ')
  const where = new Set(backends).size === BACKENDS.length ? 'everywhere' : [...new Set(backends)].join(', ')
  const text = `${reason.join(': ').split('. ')[0].replace(/\.$/, '')} (${where})`
  leftOut.set(text, [...(leftOut.get(text) ?? []), name])
}

const passed = results.map(({ backend, adapter, cases }) => {
  const within = cases.filter(
    report => !report.error && report.rows.length > 0 && report.rows.every(row => row.ok),
  )
  return `- ${backend} (${adapter}): ${within.length} of ${cases.length} cases within tolerance.`
})

writeFileSync(
  'docs/parity.md',
  `# Parity with the peers

Every case of the parity fixtures: the same weights and inputs as a well-known PyTorch implementation had, and the
largest absolute error against the numbers that it gave in float64, beside the case's tolerance. A cell shows the output
that came nearest to its tolerance: error / tolerance (share). The column "output" names it for WebGPU.

${passed.join('\n')}

| case | peer | WebGPU | WASM | cpu | output | compared | not compared |
|---|---|---|---|---|---|---|---|
${rows.join('\n')}

Three numbers in a count are those of WebGPU / WASM / cpu. Why outputs were not compared:

${[...leftOut].map(([text, cases]) => `- ${text}: ${cases.map(name => `\`${name}\``).join(', ')}.`).join('\n')}

Written by \`node scripts/parity-table.mjs\`; a single case or a folder of them runs with \`npx scarp parity\`. The cases
with fewer than 700,000 weights also run in \`npm test\`, on WebGPU in Node and, but for three with larger batches, in
Chromium.
`,
)
const failed = results.flatMap(({ cases }) =>
  cases.filter(({ error, rows }) => error || rows.some(row => !row.ok)),
)
process.exit(failed.length === 0 ? 0 : 1)
