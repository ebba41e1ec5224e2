import { join } from 'node:path'
import { version } from '../../../package.json'
import { AppError } from '../../core/foundation/appError'
import { FAMILIES } from '../../core/rounds/networks'
import {
  SELF_TEST_PARTS,
  type SelfTestPart,
  selfTestLines,
  selfTestPassed,
  selfTestVerdict,
} from '../../core/rounds/selfTestReport'
import { declareCommand, EXIT } from '../command'
import { modelPaths, readModelFolder } from '../node/modelFolders'
import { startTrainingEngine, wasmFolder } from '../node/startCliEngine'
import { choice, flag, list, number } from '../optionSpec'
import { BACKEND, JSON_OUTPUT } from '../sharedOptions'

/** What takes seconds where no shader was compiled before. */
const QUICK: readonly SelfTestPart[] = ['models']

export const selftestCommand = declareCommand({
  name: 'selftest',
  summary: 'Check that this machine computes what it should, and time it',
  details:
    'Compares what this GPU computes with what JavaScript computes in the same run: every kernel, a small network of ' +
    'every family, the gradients of a training pass; then the golden outputs of the models that ship. WebAssembly is ' +
    'checked as well. Last it times a prediction and a training step beside plain TensorFlow.js; times are printed, ' +
    'never judged. Under a minute on a GPU, several minutes without one.',
  options: {
    parts: list('<names>', `what to do, of ${SELF_TEST_PARTS.join(', ')}`).otherwise('all'),
    quick: flag('only the models that ship: a few seconds'),
    skipBenchmark: flag('check, and time nothing'),
    family: choice('<name>', 'the network that is timed', FAMILIES).default('segformer'),
    memory: number('<GB>', 'GPU memory that the benchmark may take', 0.1, 1000).default(4),
    json: JSON_OUTPUT,
    backend: BACKEND.describe('what to check; auto takes WebGPU where there is any'),
  },
  exits: { ok: 'every check passed', failed: 'a check failed, or nothing could be checked' },
  async run({ options }, io) {
    const parts = partsOf(options)
    const engine = await startTrainingEngine(options.backend, io)
    const { selfTest } = await import('../../engine')
    const models = await modelPaths(join(io.root, 'models'))
    const report = await selfTest(
      {
        engine,
        version,
        parts,
        models: models.map(path => ({
          id: path.split(/[\\/]/).at(-1)!,
          read: async () => (await readModelFolder(path)).files,
        })),
        wasmPath: wasmFolder(io),
        benchmark: { family: options.family, memoryBytes: options.memory * 1e9 },
        now: io.now,
      },
      { signal: io.signal, onProgress: progress => io.progress.update(progress) },
    )
    io.progress.clear()
    if (options.json) io.out(JSON.stringify({ passed: selfTestPassed(report), ...report }, null, 2))
    else for (const line of selfTestLines(report)) io.out(line)
    io.note(`${selfTestVerdict(report)} on ${engine.backend}.`)
    const onlyTimes = parts.every(part => part === 'benchmark')
    const timed = report.timings.some(({ ours }) => ours !== null)
    return selfTestPassed(report) || (onlyTimes && timed) ? EXIT.ok : EXIT.failed
  },
})

function partsOf(options: { parts?: string[]; quick: boolean; skipBenchmark: boolean }): SelfTestPart[] {
  const { parts, quick, skipBenchmark } = options
  if ([parts !== undefined, quick, skipBenchmark].filter(Boolean).length > 1) {
    throw new AppError('bad-argument', 'Give one of --parts, --quick and --skip-benchmark.')
  }
  if (quick) return [...QUICK]
  if (skipBenchmark) return SELF_TEST_PARTS.filter(part => part !== 'benchmark')
  if (!parts) return [...SELF_TEST_PARTS]
  const unknown = parts.find(part => !SELF_TEST_PARTS.some(known => known === part))
  if (unknown !== undefined) {
    const known = SELF_TEST_PARTS.join(', ')
    throw new AppError('bad-argument', `--parts takes names of ${known}, not "${unknown}".`)
  }
  return SELF_TEST_PARTS.filter(part => parts.includes(part))
}
