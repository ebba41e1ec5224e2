import { expect, test } from 'vitest'
import type { SelfTestCheck, SelfTestReport } from './selfTestReport'
import { durationText, selfTestLines, selfTestPassed, selfTestVerdict } from './selfTestReport'

const check = (name: string, given: Partial<SelfTestCheck> = {}): SelfTestCheck => ({
  part: 'kernels',
  name,
  outcome: 'passed',
  largest: 1.26e-7,
  tolerance: 1e-5,
  because: 'sums',
  ...given,
})

const report = (checks: SelfTestCheck[], more: Partial<SelfTestReport> = {}): SelfTestReport => ({
  version: '9.9.9',
  engine: {
    backend: 'webgpu',
    adapter: 'A GPU (vulkan)',
    software: false,
    canTrain: true,
    reason: '',
    features: ['shader-f16'],
    limits: null,
  },
  adapter: {
    vendor: 'maker',
    architecture: 'arch',
    device: '',
    description: 'A GPU: driver 1.2',
    limits: { maxBufferSize: 1024, maxTextureDimension2D: 8192 },
  },
  checks,
  timings: [],
  missing: [],
  seconds: 12.4,
  ...more,
})

test('it passed only where something passed and nothing failed', () => {
  expect(selfTestPassed(report([check('a')]))).toBe(true)
  expect(selfTestPassed(report([check('a'), check('b', { outcome: 'failed' })]))).toBe(false)
  expect(selfTestPassed(report([check('a', { outcome: 'left out' })]))).toBe(false)
  expect(selfTestPassed(report([check('everything given back', { part: 'memory' })]))).toBe(false)
  expect(selfTestPassed(report([]))).toBe(false)
})

test('the verdict counts what ran apart from what was left out', () => {
  const three = [check('a'), check('b', { outcome: 'failed' }), check('c', { outcome: 'left out' })]
  expect(selfTestVerdict(report(three))).toBe('1 of 2 checks failed, 1 left out')
  expect(selfTestVerdict(report([check('a'), check('b')]))).toBe('2 of 2 checks passed')
  expect(selfTestVerdict(report([check('c', { outcome: 'left out' })]))).toBe(
    'Nothing was checked, 1 left out',
  )
})

test('the text has the machine, what failed with its reason, every check, and times with notes', () => {
  const failed = check('sort', { outcome: 'failed', largest: null, because: 'A result is not a number (x).' })
  const lines = selfTestLines(
    report([check('GELU'), failed], {
      missing: ['WebAssembly.'],
      timings: [
        {
          family: 'segformer',
          preset: 'tiny',
          size: 128,
          work: 'prediction',
          ours: 12.345,
          plain: null,
          note: 'plain: needs 9.0 GB',
        },
      ],
    }),
  )
  expect(lines).toEqual([
    'Scarp 9.9.9: 1 of 2 checks failed in 12 s',
    'webgpu: A GPU (vulkan), hardware',
    'Adapter: maker, arch, A GPU: driver 1.2',
    'Features: shader-f16',
    'Limits: maxBufferSize 1024',
    'Missing: WebAssembly.',
    '',
    'FAILED kernels, sort: A result is not a number (x).',
    '',
    'check  part     difference  tolerance',
    'GELU   kernels  1.3e-7      1.0e-5     passed',
    'sort   kernels  -           1.0e-5     failed',
    '',
    'network                 work        Scarp    plain TensorFlow.js',
    'SegFormer tiny, 128 px  prediction  12.3 ms  -                    plain: needs 9.0 GB',
    'Times are of this machine in this run, one image at a time. They are not judged.',
  ])
})

test('durations keep three digits', () => {
  expect([0.1234, 999.4, 1000, 61_234].map(durationText)).toEqual(['0.123 ms', '999 ms', '1.00 s', '61.2 s'])
})
