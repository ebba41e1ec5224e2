// How many small faults in a folder the unit tests notice: npm run mutate -- --folder core/raster --sample 200 --seed 1
// Mutants live in the memory of a vitest of its own, never in the source tree. `--again FILE` tries those once more that an
// earlier run, its output kept in FILE, printed; `--project chromium` runs the tests in the browser.
import { fork } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join, relative, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { uniformInt } from 'pure-rand/distribution/uniformInt'
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus'
import { isEquivalent } from './equivalentMutants.mjs'
import { mutantsOf, mutated, probed } from './mutants.mjs'

const script = fileURLToPath(import.meta.url)
const root = resolve(script, '../..')
/** What the marks of a probed file write to. */
const HITS = '$mutantHits'

/**
 * What is measured where no folder is named: files under src, and where the tests lie that may notice. The command
 * line's are those that read what a user hands it.
 */
const FOLDERS = {
  'core/raster': { files: ['core/raster'], tests: ['core/raster'] },
  'core/export': { files: ['core/export'], tests: ['core/export'] },
  'core/review': { files: ['core/review'], tests: ['core/review', 'state/review/provenance'] },
  'core/masks': { files: ['core/masks'], tests: ['core/masks'] },
  storage: { files: ['storage'], tests: ['storage'] },
  'state/writeQueue': { files: ['state/session/writeQueue.ts'], tests: ['state/session/writeQueue'] },
  'cli/inputs': {
    files: [
      'cli/optionSpec.ts',
      'cli/inspectPaths.ts',
      'cli/maskFile.ts',
      'cli/node/fileError.ts',
      'cli/node/l4sFiles.ts',
      'cli/node/modelFolders.ts',
      'cli/node/nodeFiles.ts',
      'cli/node/walkFiles.ts',
    ],
    tests: ['cli'],
  },
}

/** A loop that a mutant made endless ends its thread after five times what its tests took, and this. */
const PATIENCE_MS = 10_000

if (process.send) await serve()
else process.exitCode = await main()

async function main() {
  const { values } = parseArgs({
    options: {
      folder: { type: 'string', multiple: true },
      sample: { type: 'string', default: '200' },
      seed: { type: 'string', default: '1' },
      project: { type: 'string', default: 'node' },
      again: { type: 'string' },
    },
  })
  const folders = values.folder
    ? Object.fromEntries(
        values.folder.map(folder => [
          folder,
          FOLDERS[folder] ?? { files: [folder], tests: [folder.split('/')[0]] },
        ]),
      )
    : FOLDERS
  const sources = Object.entries(folders).flatMap(([folder, { files }]) =>
    files.flatMap(filesOf).map(file => ({ folder, file })),
  )
  for (const source of sources) {
    source.code = readFileSync(source.file, 'utf8')
    source.mutants = mutantsOf(source.code).map(mutant => ({ ...mutant, file: relative(root, source.file) }))
  }
  console.log(
    `${sources.flatMap(source => source.mutants).length} mutants in ${sources.length} files; finding which tests reach them ...`,
  )
  const reached = await coverage(
    values.project,
    sources,
    Object.values(folders).flatMap(({ tests }) => tests.map(path => join(root, 'src', path))),
  )
  let worker = null
  const rows = []
  for (const folder of Object.keys(folders)) {
    const own = sources.filter(source => source.folder === folder)
    const loaded = own.filter(source => reached.isLoaded(source))
    for (const { file } of own.filter(source => !loaded.includes(source))) {
      console.log(`${relative(root, file)}: no test in "${values.project}" loads it, left out`)
    }
    const all = loaded.flatMap(source => source.mutants.map(mutant => ({ source, mutant })))
    const chosen = values.again
      ? all.filter(({ mutant }) => isIn(readFileSync(values.again, 'utf8'), mutant))
      : sample(all, Number(values.sample), Number(values.seed))
    const row = {
      folder,
      of: loaded.flatMap(source => source.mutants).length,
      killed: 0,
      hung: 0,
      equivalent: 0,
      unreached: 0,
      survived: 0,
    }
    const start = Date.now()
    for (const { source, mutant } of chosen) {
      const tests = reached.testsOf(source, mutant)
      let outcome = 'unreached'
      if (tests.length > 0) {
        worker ??= await startWorker(values.project)
        outcome = await worker.run(source, mutant, tests)
        if (outcome === 'hung') worker = null
      }
      if (outcome !== 'killed' && outcome !== 'hung' && isEquivalent(mutant)) outcome = 'equivalent'
      row[outcome]++
      if (outcome === 'survived' || outcome === 'unreached') {
        console.log(`${outcome} ${mutant.file}:${mutant.line} ${mutant.kind}\n${changeLines(mutant)}`)
      }
    }
    rows.push(row)
    console.log(`${folder}: ${describe(row)}, ${((Date.now() - start) / 1000).toFixed(0)} s`)
  }
  await worker?.end()
  console.log(
    '\n| folder | mutants | tried | killed | endless | equivalent | survived | not reached | score |\n|---|---|---|---|---|---|---|---|---|',
  )
  for (const row of rows) {
    const { folder, of, killed, hung, equivalent, survived, unreached } = row
    console.log(
      `| ${[folder, of, total(row), killed, hung, equivalent, survived, unreached, `${score(row)} %`].join(' | ')} |`,
    )
  }
  return 0
}

/** Whether an earlier run's output, where `--again` names one, lists a mutant: its line may have moved since. */
function isIn(report, mutant) {
  const place = report.indexOf(`\n${changeLines(mutant)}\n`)
  return place >= 0 && report.slice(report.lastIndexOf('\n', place - 1), place).includes(mutant.file)
}

function changeLines({ from, to }) {
  return `  - ${from}\n  + ${to}`
}

function filesOf(path) {
  const at = join(root, 'src', path)
  if (!existsSync(at)) throw new Error(`src/${path} does not exist.`)
  const files = statSync(at).isFile()
    ? [at]
    : readdirSync(at, { recursive: true }).map(name => join(at, name))
  return files
    .filter(file => /\.tsx?$/.test(file) && !/\.(d|testing|([a-z]+\.)?test)\.tsx?$|\/testing\//.test(file))
    .sort()
}

function sample(all, count, seed) {
  const random = xoroshiro128plus(seed)
  const left = [...all]
  const chosen = []
  while (left.length > 0 && chosen.length < count)
    chosen.push(...left.splice(uniformInt(random, 0, left.length - 1), 1))
  return chosen
}

function total(row) {
  return row.killed + row.hung + row.equivalent + row.survived + row.unreached
}

function score(row) {
  return (((row.killed + row.hung) / Math.max(1, total(row) - row.equivalent)) * 100).toFixed(1)
}

function describe(row) {
  return `${row.killed + row.hung} of ${total(row) - row.equivalent} killed (${score(row)} %)`
}

/** Runs the tests once with a mark at every mutant; which tests pass each, nearest and quickest first. */
async function coverage(project, sources, places) {
  let first = 0
  for (const source of sources) {
    source.first = first
    // The mark behind a file's mutants says that the file was loaded.
    first += source.mutants.length + 1
  }
  const child = await startChild()
  child.send({
    start: {
      project,
      related: sources.map(source => source.file),
      places: [...new Set(places)],
      hits: first,
      isolate: true,
    },
    sources: sources.map(({ file, code, mutants, first }) => ({
      file,
      code: `const ${HITS}=globalThis.mutantHits;${HITS}[${first + mutants.length}]=1;${probed(code, mutants, HITS, first)}`,
    })),
  })
  const { modules } = await child.answer(Number.POSITIVE_INFINITY)
  child.kill()
  const failed = modules.filter(module => module.failed)
  if (failed.length > 0) {
    throw new Error(
      `These tests fail without a mutant:\n${failed.map(({ file, errors }) => [file, ...errors].join('\n')).join('\n')}`,
    )
  }
  for (const module of modules) {
    module.hits = new Set(module.hits)
    for (const test of module.tests) test.hits = new Set(test.hits)
  }
  return {
    isLoaded: source =>
      modules.some(({ hits, tests }) =>
        [hits, ...tests.map(test => test.hits)].some(set => set.has(source.first + source.mutants.length)),
      ),
    testsOf(source, mutant) {
      const id = source.first + source.mutants.indexOf(mutant)
      return modules
        .map(({ file, hits, tests }) => {
          const passing = hits.has(id) ? tests : tests.filter(test => test.hits.has(id))
          return {
            file,
            ids: passing.map(test => test.id),
            ms: passing.reduce((sum, test) => sum + test.ms, 0),
          }
        })
        .filter(({ ids }) => ids.length > 0)
        .sort((a, b) => a.ms - b.ms)
    },
  }
}

async function startWorker(project) {
  const child = await startChild()
  child.send({ start: { project, related: [], hits: 0, isolate: false }, sources: [] })
  await child.answer(60_000)
  return {
    async run(source, mutant, tests) {
      child.send({ mutant: { file: source.file, code: mutated(source.code, mutant) }, tests })
      const answer = await child.answer(PATIENCE_MS + 5 * tests.reduce((sum, test) => sum + test.ms, 0))
      return answer ? answer.outcome : 'hung'
    },
    end: () => child.kill(),
  }
}

/** This script again, with vitest in it: only another process can end a loop without an end. */
function startChild() {
  const child = fork(script, [], { stdio: ['ignore', 'ignore', 'pipe', 'ipc'], detached: true })
  let errors = ''
  child.stderr.on('data', chunk => {
    errors = (errors + chunk).slice(-4000)
  })
  // With the processes that vitest started in it.
  const end = () => {
    if (child.exitCode === null && child.signalCode === null) process.kill(-child.pid, 'SIGKILL')
  }
  process.on('exit', end)
  child.once('exit', () => process.off('exit', end))
  return {
    send: message => child.send(message),
    kill: end,
    /** The next answer, or null where the process ended or the time is over; it is ended then. */
    answer: limit =>
      new Promise((done, fail) => {
        const timer = Number.isFinite(limit) ? setTimeout(end, limit) : undefined
        const ended = () => {
          if (Number.isFinite(limit)) finish(null)
          else fail(new Error(errors))
        }
        const finish = value => {
          clearTimeout(timer)
          child.off('message', finish)
          child.off('exit', ended)
          if (value?.error) fail(new Error(value.error))
          else done(value)
        }
        child.once('message', finish)
        child.once('exit', ended)
      }),
  }
}

/** The other process: starts vitest as the first message says, then answers one message after another. */
async function serve() {
  const codes = new Map()
  let vitest
  process.on('disconnect', () => process.kill(-process.pid, 'SIGKILL'))
  process.on('message', async message => {
    try {
      for (const { file, code } of message.sources ?? []) codes.set(file, code)
      if (message.start) {
        vitest = await startVitest(message.start, codes)
        process.send(
          message.start.hits > 0
            ? { modules: await probeTests(vitest, message.start.places) }
            : { ready: true },
        )
      } else process.send({ outcome: await tryMutant(vitest, codes, message) })
    } catch (error) {
      process.send({ error: String(error?.stack ?? error) })
    }
  })
}

async function startVitest({ project, related, hits, isolate }, codes) {
  const { createVitest } = await import('vitest/node')
  const { loadConfigFromFile } = await import('vite')
  const { config } = await loadConfigFromFile(
    { command: 'serve', mode: 'test' },
    join(root, 'vitest.config.ts'),
  )
  const { test, ...vite } = config.test.projects.find(({ test }) => test.name === project)
  const changed = { name: 'mutants', enforce: 'pre', load: id => codes.get(id.split('?')[0]) }
  const own = {
    ...test,
    isolate,
    // As in the checks themselves: decoders ask whether they run in a thread.
    ...(test.browser ? {} : { pool: 'forks' }),
    ...(hits > 0 && { setupFiles: [join(root, 'scripts/mutantHits.mjs')], provide: { mutants: hits } }),
  }
  return createVitest('test', {
    config: false,
    root,
    watch: false,
    reporters: [{}],
    maxWorkers: 1,
    bail: hits > 0 ? 0 : 1,
    passWithNoTests: true,
    sequence: { sequencer: AsGiven },
    ...(hits > 0 && { related }),
    projects: [{ ...vite, plugins: [changed], test: own }],
  })
}

class AsGiven {
  sort(files) {
    return files
  }
  shard(files) {
    return files
  }
}

async function probeTests(vitest, places) {
  const { testModules } = await vitest.runTestSpecifications(
    await vitest.getRelevantTestSpecifications(places),
  )
  return testModules.map(module => ({
    file: module.moduleId,
    failed: module.state() === 'failed',
    errors: [module, ...module.children.allTests('failed')].flatMap(part => [
      part.fullName ?? '',
      ...(part.errors?.() ?? part.result().errors).map(error => error.message),
    ]),
    hits: module.meta().hits ?? [],
    tests: [...module.children.allTests('passed')].map(test => ({
      id: test.id,
      ms: test.diagnostic()?.duration ?? 0,
      hits: test.meta().hits ?? [],
    })),
  }))
}

async function tryMutant(vitest, codes, { mutant, tests }) {
  const [project] = vitest.projects
  codes.set(mutant.file, mutant.code)
  vitest.invalidateFile(mutant.file)
  try {
    const chosen = tests.map(({ file, ids }) => project.createSpecification(file, { testIds: ids }))
    const { testModules, unhandledErrors } = await vitest.runTestSpecifications(chosen)
    return unhandledErrors.length > 0 || testModules.some(module => module.state() === 'failed')
      ? 'killed'
      : 'survived'
  } finally {
    codes.delete(mutant.file)
    vitest.invalidateFile(mutant.file)
  }
}
