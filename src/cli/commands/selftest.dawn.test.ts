import { cp, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { SelfTestReport } from '../../core/rounds/selfTestReport'
import { recordingIo } from '../commandIo.testing'
import { runCommandLine } from '../runCommandLine'
import { selftestCommand } from './selftest'

/** A checkout with one model, whose golden outputs are not what it computes. */
let spoilt: string
beforeAll(async () => {
  spoilt = await mkdtemp(join(tmpdir(), 'scarp-selftest-'))
  const model = join(spoilt, 'models', 'starter-segformer')
  await cp('models/starter-segformer', model, { recursive: true })
  await symlink(join(process.cwd(), 'node_modules'), join(spoilt, 'node_modules'))
  const [weights, other] = [
    join(model, 'weights.safetensors'),
    'models/starter-segformer/weights.safetensors',
  ]
  const bytes = await readFile(other)
  bytes[bytes.length - 2]! ^= 0x40
  await writeFile(weights, bytes)
})
afterAll(() => rm(spoilt, { recursive: true, force: true }))

async function selftest(argv: string[], root = process.cwd(), signal?: AbortSignal) {
  const { io, outLines, notes } = recordingIo(signal, root)
  const code = await runCommandLine(['selftest', ...argv], [selftestCommand], io)
  return { code, out: outLines.join('\n'), notes: notes.join('\n') }
}

test('--quick checks the models that ship, on WebGPU and on WebAssembly', async () => {
  const { code, out, notes } = await selftest(['--quick', '--json'])
  const report = JSON.parse(out) as SelfTestReport & { passed: boolean }
  const models = report.checks.filter(({ part }) => part === 'models')
  expect(models.map(({ name }) => name)).toEqual(
    ['WebGPU', 'WebAssembly'].flatMap(backend =>
      ['efficientnetv2-unet', 'segformer', 'swin-unet'].map(family => `starter-${family} on ${backend}`),
    ),
  )
  expect(models.every(({ largest, tolerance }) => largest! > 0 && largest! <= tolerance!)).toBe(true)
  expect([code, report.passed, report.timings, report.missing]).toEqual([0, true, [], []])
  expect(notes).toContain('7 of 7 checks passed on webgpu.')
})

test('a model that is not what it was fails, is named, and the exit code is 1', async () => {
  const { code, out } = await selftest(['--quick'], spoilt)
  expect(code).toBe(1)
  expect(out).toMatch(/^FAILED models, starter-segformer on WebGPU: /m)
  expect(out).toMatch(/^FAILED models, starter-segformer on WebAssembly: /m)
})

test('on WebAssembly alone it says what is missing, and checks what predicts', async () => {
  const { code, out } = await selftest(['--backend', 'wasm', '--parts', 'kernels,networks,training,models'])
  expect(code).toBe(0)
  expect(out).toMatch(/^Missing: WebGPU\. Training needs it/m)
  expect(out).toMatch(/^HRNet \+ OCR tiny on WebAssembly +networks .* passed$/m)
  expect(out).not.toMatch(/^GELU/m)
})

test.each([
  [
    ['--parts', 'kernels,nothing'],
    '--parts takes names of kernels, networks, training, models, benchmark, not "nothing".',
  ],
  [['--quick', '--skip-benchmark'], 'Give one of --parts, --quick and --skip-benchmark.'],
  [['--memory', '0'], '--memory takes a number from 0.1 to 1000, not "0".'],
])('%j is refused', async (argv, message) => {
  const { code, notes } = await selftest(argv)
  expect(code).toBe(2)
  expect(notes).toContain(message)
})

test('Ctrl-C ends it', async () => {
  const { code } = await selftest(['--quick'], process.cwd(), AbortSignal.abort())
  expect(code).toBe(130)
})
