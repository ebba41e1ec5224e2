import type { WebGPUBackend } from '@tensorflow/tfjs-backend-webgpu'
import { beforeAll, describe, expect, test } from 'vitest'
import type { Progress } from '../../core/foundation/job'
import type { EngineInfo } from '../../core/rounds/engineInfo'
import { COMMON_PRESET, FAMILIES, PUBLISHED_PRESETS } from '../../core/rounds/networks'
import type { SelfTestPart } from '../../core/rounds/selfTestReport'
import { selfTestPassed } from '../../core/rounds/selfTestReport'
import type { OwnProgram } from '../gpu/kernelWork'
import { withStockKernels } from '../gpu/ownKernels'
import { rehearse } from '../gpu/rehearsal'
import { startEngine } from '../gpu/startEngine'
import { tf } from '../gpu/tensorflow'
import { settledMemory } from '../gpu/testing/memoryAndLimits'
import { webGpuBackend } from '../gpu/webgpuBackend'
import { profileInference, profileTrainingStep } from '../refinement/stepProfile'
import { timeWork } from './benchmark'
import { kernelTensors } from './computations'
import { KERNEL_CASES, type KernelCase } from './kernelCases'
import { selfTest } from './selfTest'

let engine: EngineInfo
beforeAll(async () => {
  engine = await startEngine({ prefer: 'webgpu', purpose: 'training' })
  expect(tf.getBackend()).toBe('webgpu')
})

const request = (parts: readonly SelfTestPart[]) => ({
  engine,
  version: '0.0.0',
  parts,
  models: [],
  benchmark: { family: 'segformer', memoryBytes: 4e9 } as const,
  now: () => performance.now(),
})

/** What the adapter here is. */
const imitated = () => (engine.software ? 'software' : 'hardware')

/** Kernels that a case runs on a device like that. */
const kernelsOf = (kernel: KernelCase, as: 'hardware' | 'software') => [
  ...rehearse(() => void kernelTensors(kernel), as).byKernel.keys(),
]

/** Stock kernels that no case needs: they only move numbers, or join what checked kernels gave. */
const STOCK = /^(binary|unary|transpose|slice|pad|tile|concat|fill|select|cast|gather|Identity|reverse)/

describe('all together', () => {
  const progress: Progress[] = []

  test('every check passes, and the machine is as it was', async () => {
    const before = await settledMemory()
    const report = await selfTest(request(['kernels', 'networks', 'training']), {
      onProgress: step => progress.push(step),
    })
    expect(report.checks.filter(({ outcome }) => outcome !== 'passed')).toEqual([])
    expect(selfTestPassed(report)).toBe(true)
    const count = (part: string) => report.checks.filter(check => check.part === part).length
    expect([count('kernels'), count('networks'), count('training'), count('memory')]).toEqual([
      KERNEL_CASES.length,
      FAMILIES.length,
      2,
      1,
    ])
    expect(report.checks.every(({ because }) => because !== '')).toBe(true)
    expect(report.adapter?.limits.maxBufferSize).toBe(webGpuBackend()!.device.limits.maxBufferSize)
    expect(tf.getBackend()).toBe('webgpu')
    const { tensors, gpuBytes } = await settledMemory()
    expect([tensors, gpuBytes]).toEqual([before.tensors, before.gpuBytes])
  }, 600_000)

  test('progress only grows, and ends whole', () => {
    expect(progress.length).toBeGreaterThan(KERNEL_CASES.length)
    expect(progress.every(({ done }, i) => done >= (progress[i - 1]?.done ?? 0))).toBe(true)
    expect(progress.at(-1)).toMatchObject({ done: progress[0]!.total, total: progress[0]!.total })
  })

  test('cancelled in the middle it ends at once, and leaves nothing', async () => {
    const before = await settledMemory()
    const stop = new AbortController()
    const cancelled = selfTest(request(['kernels']), {
      signal: stop.signal,
      onProgress: ({ done }) => done === 2 && stop.abort(),
    })
    await expect(cancelled).rejects.toMatchObject({ code: 'aborted' })
    expect(tf.getBackend()).toBe('webgpu')
    const { tensors, gpuBytes } = await settledMemory()
    expect([tensors, gpuBytes]).toEqual([before.tensors, before.gpuBytes])
  })

  test('a model whose folder cannot be read fails by name, and the next is still checked', async () => {
    const broken = { id: 'broken', read: async () => ({}) }
    const { checks } = await selfTest({
      ...request(['models']),
      models: [broken, { ...broken, id: 'other' }],
    })
    const models = checks.filter(({ part }) => part === 'models')
    expect(models.map(({ name, outcome }) => [name, outcome])).toEqual([
      ['broken on WebGPU', 'failed'],
      ['other on WebGPU', 'failed'],
    ])
    expect(models[0]!.because).toContain('manifest.json')
  })
})

test.each(['hardware', 'software'] as const)('the cases run every kernel that networks run on %s', as => {
  const cases = new Set(KERNEL_CASES.flatMap(kernel => kernelsOf(kernel, as)))
  const networks = new Set(
    FAMILIES.flatMap(family => {
      const preset = as === 'hardware' ? PUBLISHED_PRESETS[family] : COMMON_PRESET
      const step = { family, preset, size: 256, batch: 1, passes: 2 }
      return [profileTrainingStep(step, as), profileInference(step, as)].flatMap(({ byKernel }) => [
        ...byKernel.keys(),
      ])
    }),
  )
  expect(networks.size).toBeGreaterThan(40)
  expect([...networks].filter(name => !cases.has(name) && !STOCK.test(name))).toEqual([])
})

describe('faults', () => {
  test('a kernel that is wrong by a hundredth fails every check that runs it, and no other', async () => {
    const report = await withFault('softmax', () => selfTest(request(['kernels'])))
    const failed = report.checks.filter(({ outcome }) => outcome === 'failed')
    const running = KERNEL_CASES.filter(kernel => kernelsOf(kernel, imitated()).includes('softmax'))
    expect(running.length).toBeLessThan(KERNEL_CASES.length / 4)
    expect(failed.map(({ name }) => name)).toEqual(running.map(({ name }) => name))
    expect(failed[0]!.because).toMatch(/^\d\.\de-\d is above 0\.00005 \(/)
    expect(selfTestPassed(report)).toBe(false)
  }, 300_000)

  /** Multiplies what a kernel of ours writes by 1.01 for as long as something runs. */
  async function withFault<T>(name: string, run: () => Promise<T>): Promise<T> {
    const backend = webGpuBackend()!
    const own = backend.runWebGPUProgram
    backend.runWebGPUProgram = function (this: WebGPUBackend, program, ...rest) {
      const { kernelName } = program as OwnProgram
      const text = kernelName === name ? program.getUserCode() : ''
      const changed = text.replace(/result\[([^\]]+)\] = ([^;]+);/g, 'result[$1] = ($2) * 1.01;')
      if (changed === text) return own.call(this, program, ...rest)
      const planted = Object.assign(Object.create(program), {
        shaderKey: `${program.shaderKey} wrong`,
        getUserCode: () => changed,
      })
      return own.call(this, planted, ...rest)
    }
    try {
      return await run()
    } finally {
      backend.runWebGPUProgram = own
    }
  }
})

describe('benchmark', () => {
  const step = { preset: 'tiny', size: 64, work: 'training step' } as const

  test('plain TensorFlow.js runs none of our kernels, and more dispatches', async () => {
    const profile = () => profileTrainingStep({ family: 'segformer', preset: 'tiny', size: 64, batch: 1 })
    const ours = profile()
    const plain = await withStockKernels(async () => profile())
    expect(plain.dispatches).toBeGreaterThan(2 * ours.dispatches)
    // The stock sum of more tensors than a shader sees is refused.
    const cases = KERNEL_CASES.filter(({ name }) => name !== 'sum of many tensors')
    const kernels = () => new Set(cases.flatMap(kernel => kernelsOf(kernel, 'hardware')))
    const own = kernels()
    const alone = await withStockKernels(async () => kernels())
    const onlyOurs = [...own].filter(name => !alone.has(name))
    expect(onlyOurs).toContain('layerNormGradient')
    expect([...plain.byKernel.keys()].filter(name => onlyOurs.includes(name))).toEqual([])
    expect(profile().dispatches).toBe(ours.dispatches)
  })

  test('times both, side by side', async () => {
    const before = await settledMemory()
    const timing = await timeWork(step, {
      family: 'segformer',
      memoryBytes: 4e9,
      now: () => performance.now(),
    })
    expect(timing).toMatchObject({ family: 'segformer', ...step, note: '' })
    expect(timing.ours).toBeGreaterThan(0)
    expect(timing.plain).toBeGreaterThan(0)
    const { tensors, gpuBytes } = await settledMemory()
    expect([tensors, gpuBytes]).toEqual([before.tensors, before.gpuBytes])
  }, 600_000)

  test('what needs more memory than it may take is not run, and says so', async () => {
    const timing = await timeWork(step, {
      family: 'segformer',
      memoryBytes: 1e6,
      now: () => performance.now(),
    })
    expect([timing.ours, timing.plain]).toEqual([null, null])
    expect(timing.note).toMatch(/^Scarp: needs 0\.\d GB of GPU memory, more than the 0\.0 GB.*; plain: needs/)
  })
})
