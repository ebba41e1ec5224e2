import { afterEach, beforeAll, describe, expect, test } from 'vitest'
import type { Progress } from '../../core/foundation/job'
import { compileAhead } from './compileAhead'
import { runKernel } from './kernels/kernel'
import { startEngine } from './startEngine'
import { tf } from './tensorflow'
import { watchShaders } from './testing/watchShaders'
import { webGpuBackend } from './webgpuBackend'

let watch: ReturnType<typeof watchShaders>

beforeAll(async () => {
  await startEngine({ prefer: 'webgpu', purpose: 'training' })
  expect(tf.getBackend()).toBe('webgpu')
})

afterEach(() => watch?.restore())

/** A shader of its own for each salt: x times it. */
function times(salt: number, wrong = '') {
  const kernel = {
    name: 'times',
    variables: ['x'],
    code: `fn main(index : i32) { ${wrong} if (index < uniforms.length) { result[index] = x[index] * ${salt}.0; } }`,
    outputShape: [3],
    groups: 1,
    uniforms: { length: 3 },
  }
  return tf.tidy(() => runKernel(webGpuBackend()!, kernel, [tf.tensor1d([1, 2, 3])]))
}

describe('shaders compiled ahead', () => {
  test('are not compiled in the run, which has the same result', async () => {
    const heard: Progress[] = []
    watch = watchShaders()
    await compileAhead('three', () => [7, 8, 9].map(salt => times(salt)), { onProgress: p => heard.push(p) })
    expect(heard.map(({ done, total }) => [done, total])).toEqual([0, 1, 2, 3].map(done => [done, 3]))
    expect(heard[1]!.label).toBe('Preparing 3 shaders, 1 done')
    expect(Array.from(await times(8).data())).toEqual([8, 16, 24])
    expect(watch.compiled).toHaveLength(0)
    // Nothing is seen where there is nothing to see: one that was not foreseen is.
    expect(Array.from(await times(10).data())).toEqual([10, 20, 30])
    expect(watch.compiled).toHaveLength(1)
  })

  test('are rehearsed once', async () => {
    let rehearsals = 0
    const run = () => {
      rehearsals++
      times(11)
    }
    for (let turn = 0; turn < 2; turn++) await compileAhead('once', run)
    expect(rehearsals).toBe(1)
  })

  test('serve two callers who ask at the same time', async () => {
    const done: number[] = []
    const both = [0, 1].map(caller =>
      compileAhead(`caller ${caller}`, () => times(12), { onProgress: p => done.push(p.done) }),
    )
    await Promise.all(both)
    expect(done.sort()).toEqual([0, 0, 1, 1])
  })

  test('are given up at once when cancelled, and what was begun is kept', async () => {
    const stop = new AbortController()
    const salts = Array.from({ length: 20 }, (_, i) => 100 + i)
    let last = 0
    const cancelled = compileAhead('many', () => salts.map(salt => times(salt)), {
      signal: stop.signal,
      onProgress({ done }) {
        last = done
        if (done === 3) stop.abort()
      },
    })
    await expect(cancelled).rejects.toMatchObject({ code: 'aborted' })
    expect(last).toBeLessThan(20)
    const totals: number[] = []
    await compileAhead('many', () => salts.map(salt => times(salt)), {
      onProgress: p => totals.push(p.total),
    })
    expect(totals[0]).toBeLessThan(20)
    watch = watchShaders()
    for (const salt of salts) times(salt).dispose()
    expect(watch.compiled).toHaveLength(0)
  })

  test('end with the error of a refused operation if the device refuses one', async () => {
    const refused = compileAhead('wrong', () => times(13, 'this is no WGSL;'))
    await expect(refused).rejects.toMatchObject({
      code: 'gpu-failed',
      message: expect.stringContaining('refused'),
    })
    // And the device works.
    expect(Array.from(await times(14).data())).toEqual([14, 28, 42])
  })
})
