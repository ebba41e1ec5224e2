// Predicts one plan with one worker and with two at once, on this machine, and prints the pace of both.
// Usage: node scripts/measure-workers.mjs [--patches <n>] [--size <pixels>] [--models <dir>] [--inputs <path>] [--backend wasm]
// Without inputs it makes patches (scarp demo). It fails where the two runs differ in a byte of their results.
import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { cpus, loadavg, tmpdir } from 'node:os'
import { join, relative, resolve } from 'node:path'
import { parseArgs } from 'node:util'

const root = resolve(import.meta.dirname, '..')
const { values } = parseArgs({
  options: {
    patches: { type: 'string', default: '8' },
    size: { type: 'string', default: '512' },
    models: { type: 'string', default: join(root, 'models') },
    inputs: { type: 'string' },
    backend: { type: 'string', default: 'wasm' },
  },
})

/** What differs between workers, and which no hash counts. */
const OF_WORKERS = new Set(['effort.json', 'throughput.json'])

const folder = await mkdtemp(join(tmpdir(), 'scarp-workers-'))
try {
  const inputs = values.inputs ?? (await demo())
  const runs = []
  for (const workers of [1, 2]) runs.push(await measure(inputs, workers))
  const [one, two] = runs
  const differ = Object.keys({ ...one.files, ...two.files }).filter(
    name => one.files[name] !== two.files[name],
  )
  if (Object.keys(one.files).length === 0) throw new Error('There are no results to compare.')
  if (differ.length > 0) throw new Error(`The runs differ in ${differ.join(', ')}.`)
  const [{ model }] = cpus()
  console.log(
    `${model}, ${cpus().length} CPUs; load ${loadavg()[0].toFixed(1)} at the end; ${one.backends.join('; ')}`,
  )
  console.log(
    'workers  seconds  megapixels an hour  passes an hour  passes an hour a worker  memory a worker, GB',
  )
  for (const run of runs) {
    const hours = run.seconds / 3600
    console.log(
      [
        String(run.workers).padEnd(7),
        run.seconds.toFixed(1).padStart(8),
        (run.megapixels / hours).toFixed(1).padStart(19),
        (run.passes / hours).toFixed(0).padStart(15),
        (run.passes / hours / run.workers).toFixed(0).padStart(24),
        (run.memory / 1e9).toFixed(2).padStart(20),
      ].join(' '),
    )
  }
  console.log(`two workers are ${(one.seconds / two.seconds).toFixed(2)} times as fast as one`)
  console.log(`${Object.keys(one.files).length} files of results are the same, byte for byte`)
} finally {
  await rm(folder, { recursive: true })
}

async function demo() {
  const out = join(folder, 'demo')
  await scarp('demo', '--out', out, '--source', '1', '--target', values.patches, '--size', values.size)
  return join(out, 'target')
}

/** One run, from the plan to the merge; the clock runs while its two shards are predicted. */
async function measure(inputs, workers) {
  const run = join(folder, `run-${workers}`)
  await scarp('plan', inputs, '--models', values.models, '--shards', '2', '--out', run)
  for (const shard of ['0', '1']) await scarp('statistics', '--run', run, '--shard', shard)
  await scarp('statistics', '--run', run, '--merge')
  const predict = shard => scarp('predict', '--run', run, '--backend', values.backend, '--shard', shard)
  const since = performance.now()
  if (workers === 2) await Promise.all(['0', '1'].map(predict))
  else for (const shard of ['0', '1']) await predict(shard)
  const seconds = (performance.now() - since) / 1000
  await scarp('merge', '--run', run)
  const { backends, megapixels, peakMemory } = JSON.parse(
    await readFile(join(run, 'merged/throughput.json'), 'utf8'),
  )
  const { total } = JSON.parse(await readFile(join(run, 'estimate.json'), 'utf8'))
  return {
    workers,
    seconds,
    megapixels,
    backends,
    passes: total.passes,
    memory: peakMemory,
    files: await hashes(run),
  }
}

/** SHA-256 of everything in `results` and `merged` by its name. */
async function hashes(run) {
  const files = {}
  for (const place of ['results', 'merged']) {
    for (const entry of await readdir(join(run, place), { recursive: true, withFileTypes: true })) {
      if (!entry.isFile() || OF_WORKERS.has(entry.name)) continue
      const path = join(entry.parentPath, entry.name)
      files[relative(run, path)] = createHash('sha256')
        .update(await readFile(path))
        .digest('hex')
    }
  }
  return files
}

async function scarp(...words) {
  const child = spawn(process.execPath, [join(root, 'src/cli/scarp.mjs'), ...words], {
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  let said = ''
  child.stderr.setEncoding('utf8').on('data', text => {
    said += text
  })
  const [code] = await once(child, 'exit')
  if (code !== 0) throw new Error(`scarp ${words.join(' ')} exited with ${code}:\n${said}`)
}
