import { describe, expect, test, vi } from 'vitest'
import { AppError } from '../../core/foundation/appError'
import type { BackendName, EngineInfo } from '../../core/rounds/engineInfo'
import type { EngineRequest } from '../../engine/gpu/startEngine'
import { createEngineSession, createJobQueue } from './engineSession'

describe('engine session', () => {
  const info = (backend: BackendName, software: boolean): EngineInfo => ({
    backend,
    software,
    adapter: 'test',
    canTrain: backend !== 'wasm',
    reason: 'test',
    features: [],
    limits: null,
  })

  /** A machine whose choices are those of `startEngine`, and whose device can be lost. */
  function machine(gpu: 'hardware' | 'software') {
    const requests: EngineRequest[] = []
    const start = vi.fn(async (request: EngineRequest) => {
      requests.push(request)
      if (request.prefer === 'webgpu' || gpu === 'hardware') return info('webgpu', gpu === 'software')
      if (request.purpose === 'training') return info('webgpu', true)
      return info('wasm', true)
    })
    return { start, requests, lose: (reason: string) => requests.at(-1)!.onGpuLost?.(reason) }
  }

  test('a hardware GPU is started once and serves predicting and training', async () => {
    const { start } = machine('hardware')
    const session = createEngineSession({ wasmPath: '/wasm#/' }, start)
    await session.start('auto')
    await session.ensure('training')
    await session.ensure('inference')
    expect(start).toHaveBeenCalledTimes(1)
  })

  test('without one, predicting runs on WASM and training on software WebGPU', async () => {
    const { start, requests } = machine('software')
    const session = createEngineSession({ wasmPath: '/wasm#/' }, start)
    expect((await session.start('auto')).backend).toBe('wasm')
    expect((await session.ensure('training')).backend).toBe('webgpu')
    expect((await session.ensure('training')).backend).toBe('webgpu')
    expect((await session.ensure('inference')).backend).toBe('wasm')
    expect(requests.map(request => request.purpose)).toEqual(['inference', 'training', 'inference'])
    expect(requests.every(request => request.wasmPath === '/wasm#/')).toBe(true)
  })

  test('software WebGPU that was asked for stays for both; WASM gives way to train', async () => {
    const software = machine('software')
    const session = createEngineSession({}, software.start)
    await session.start('webgpu')
    await session.ensure('training')
    expect(software.start).toHaveBeenCalledTimes(1)
    await session.start('wasm')
    await session.ensure('training')
    expect(software.requests.map(request => request.prefer)).toEqual(['webgpu', 'wasm', 'auto'])
  })

  test('a lost device ends the job with a code, fires its signal and is replaced by the next call', async () => {
    const { start, lose } = machine('hardware')
    const session = createEngineSession({}, start)
    await session.ensure('training')
    const told: string[] = []
    let seen: AbortSignal | undefined
    const job = session.guard(
      new AbortController().signal,
      message => told.push(message),
      signal => {
        seen = signal
        return new Promise(() => {}) // a read that never comes back
      },
    )
    lose('driver reset')
    await expect(job).rejects.toMatchObject({
      code: 'gpu-lost',
      message: expect.stringContaining('driver reset'),
    })
    expect(told).toHaveLength(1)
    expect(seen!.aborted).toBe(true)
    await session.ensure('inference')
    expect(start).toHaveBeenCalledTimes(2)
  })

  test('a device lost between calls is replaced, too; so is one that only the job noticed', async () => {
    const { start, lose } = machine('hardware')
    const session = createEngineSession({}, start)
    await session.ensure('inference')
    lose('sleep')
    await session.ensure('inference')
    expect(start).toHaveBeenCalledTimes(2)
    const failing = session.guard(
      new AbortController().signal,
      () => {},
      async () => {
        throw new AppError('gpu-lost', 'gone')
      },
    )
    await expect(failing).rejects.toMatchObject({ code: 'gpu-lost' })
    await session.ensure('inference')
    expect(start).toHaveBeenCalledTimes(3)
  })

  test('a cancelled call cancels its job', async () => {
    const session = createEngineSession({}, machine('hardware').start)
    const abort = new AbortController()
    const job = session.guard(
      abort.signal,
      () => {},
      signal =>
        new Promise((_resolve, reject) => {
          signal.addEventListener('abort', () => reject(new AppError('aborted', 'Cancelled.')))
        }),
    )
    abort.abort()
    await expect(job).rejects.toMatchObject({ code: 'aborted' })
  })
})

describe('job queue', () => {
  const later = (milliseconds: number) => new Promise(resolve => setTimeout(resolve, milliseconds))

  test('jobs run one at a time in order, and a failed one does not stop the next', async () => {
    const queue = createJobQueue()
    const seen: string[] = []
    const job = (name: string) => async () => {
      seen.push(`${name} begins`)
      await later(5)
      seen.push(`${name} ends`)
      if (name === 'b') throw new Error('b failed')
    }
    const results = await Promise.allSettled(['a', 'b', 'c'].map(name => queue.run(undefined, job(name))))
    expect(results.map(result => result.status)).toEqual(['fulfilled', 'rejected', 'fulfilled'])
    expect(seen).toEqual(['a begins', 'a ends', 'b begins', 'b ends', 'c begins', 'c ends'])
  })

  test('a job that gives up waiting never runs, and the next does not overtake the first', async () => {
    const queue = createJobQueue()
    const seen: string[] = []
    const abort = new AbortController()
    const first = queue.run(undefined, async () => {
      await later(30)
      seen.push('first')
    })
    const second = queue.run(abort.signal, async () => {
      seen.push('second')
    })
    const third = queue.run(undefined, async () => {
      seen.push('third')
    })
    abort.abort()
    await expect(second).rejects.toMatchObject({ code: 'aborted' })
    expect(seen).toEqual([])
    await Promise.all([first, third])
    expect(seen).toEqual(['first', 'third'])
  })
})
