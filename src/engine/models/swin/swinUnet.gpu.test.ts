import type { Tensor4D } from '@tensorflow/tfjs-core'
import * as tf from '@tensorflow/tfjs-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { preferTiles } from '../../gpu/kernels/softwareAdapters'
import { startEngine } from '../../gpu/startEngine'
import { webGpuBackend } from '../../gpu/webgpuBackend'
import { createParameterRegistry, createParameterScope } from '../../nn/parameterRegistry'
import { createParameterStore, type ParameterStore } from '../../nn/parameterStore'
import { swinBlock } from './swinUnet'
import { type StageWindow, stageWindow } from './windowAttention'

beforeAll(async () => {
  await startEngine({ prefer: 'webgpu', purpose: 'inference' })
  expect(tf.getBackend()).toBe('webgpu')
})

const WIDTH = 8
const HEADS = 2
type Row = number[]
/** Rows of columns of channels. */
type Grid = Row[][]

const range = (n: number) => Array.from({ length: n }, (_, i) => i)
const gridOf = (height: number, width: number, at: (y: number, x: number) => Row): Grid =>
  range(height).map(y => range(width).map(x => at(y, x)))
const dot = (a: Row, b: Row) => a.reduce((sum, entry, i) => sum + entry * b[i]!, 0)

/** The attention half of timm's `SwinTransformerBlock`, step by step on one image. */
async function timmAttention(x: Grid, store: ParameterStore, { window, shift }: StageWindow): Promise<Grid> {
  const read = async (name: string) => [...(await store.get(name).variable.data())]
  const [scale, offset] = [await read('norm1.weight'), await read('norm1.bias')]
  const [qkv, qkvBias] = [await read('attn.qkv.weight'), await read('attn.qkv.bias')]
  const [out, outBias] = [await read('attn.proj.weight'), await read('attn.proj.bias')]
  const table = await read('attn.relative_position_bias_table')
  const linear = (row: Row, weight: Row, bias: Row) =>
    bias.map((b, o) => row.reduce((sum, entry, i) => sum + entry * weight[i * bias.length + o]!, b))
  const norm = (row: Row) => {
    const mean = row.reduce((a, b) => a + b) / row.length
    const variance = row.reduce((sum, entry) => sum + (entry - mean) ** 2, 0) / row.length
    return row.map((entry, c) => ((entry - mean) / Math.sqrt(variance + 1e-5)) * scale[c]! + offset[c]!)
  }
  const [height, width] = [x.length, x[0]!.length]
  const rolled = gridOf(height, width, (y, c) => norm(x[(y + shift[0]) % height]![(c + shift[1]) % width]!))
  const [tall, wide] = [height, width].map((side, axis) => Math.ceil(side / window[axis]!) * window[axis]!)
  const padded = gridOf(tall!, wide!, (y, c) => rolled[y]?.[c] ?? Array(WIDTH).fill(0))
  // img_mask: slices (0, -w), (-w, -s), (-s, None), numbered in turn; with s = 0 the last one is the whole axis.
  const slices = (extent: number, w: number, s: number) =>
    s === 0 ? range(extent).fill(2) : range(extent).map(i => (i < extent - w ? 0 : i < extent - s ? 1 : 2))
  const rowIds = slices(tall!, window[0], shift[0])
  const columnIds = slices(wide!, window[1], shift[1])
  const attended = gridOf(tall!, wide!, () => [])
  for (let top = 0; top < tall!; top += window[0]) {
    for (let left = 0; left < wide!; left += window[1]) {
      const places = range(window[0]).flatMap(y => range(window[1]).map(c => [top + y, left + c] as const))
      const tokens = places.map(([y, c]) => linear(padded[y]![c]!, qkv, qkvBias))
      const part = (token: Row, which: number, head: number) =>
        token.slice(which * WIDTH + head * (WIDTH / HEADS), which * WIDTH + (head + 1) * (WIDTH / HEADS))
      for (const [i, [y, c]] of places.entries()) {
        const mixed = range(HEADS).flatMap(head => {
          const scores = places.map(([ky, kc], j) => {
            const row = (y - ky + window[0] - 1) * (2 * window[1] - 1) + (c - kc + window[1] - 1)
            const barred = rowIds[y] !== rowIds[ky] || columnIds[c] !== columnIds[kc] ? -100 : 0
            const product = dot(part(tokens[i]!, 0, head), part(tokens[j]!, 1, head))
            return product / Math.sqrt(WIDTH / HEADS) + table[row * HEADS + head]! + barred
          })
          const powers = scores.map(score => Math.exp(score - Math.max(...scores)))
          const total = powers.reduce((a, b) => a + b)
          return range(WIDTH / HEADS).map(d =>
            powers.reduce((sum, power, j) => sum + (power / total) * part(tokens[j]!, 2, head)[d]!, 0),
          )
        })
        attended[y]![c] = linear(mixed, out, outBias)
      }
    }
  }
  const back = (at: number, by: number, extent: number) => (at - by + extent) % extent
  return gridOf(height, width, (y, c) =>
    attended[back(y, shift[0], height)]![back(c, shift[1], width)]!.map((entry, k) => entry + x[y]![c]![k]!),
  )
}

describe.each([false, true])('as on software adapters: %s', software => {
  beforeAll(() => preferTiles(webGpuBackend()!, software))
  afterAll(() => preferTiles(webGpuBackend()!))

  test.each<[string, StageWindow, [number, number]]>([
    ['square windows, shifted, padded on both axes', { window: [4, 4], shift: [2, 2] }, [5, 7]],
    ['rows clamped and not shifted', { window: [2, 4], shift: [0, 2] }, [5, 7]],
    ['columns clamped, a map smaller than the window', { window: [4, 3], shift: [2, 0] }, [3, 7]],
  ])('rolling, then padding equals timm: %s', async (_, windows, [height, width]) => {
    const registry = createParameterRegistry()
    const block = swinBlock(createParameterScope(registry), {
      ...windows,
      width: WIDTH,
      heads: HEADS,
      mlpRatio: 1,
      padding: 'timm',
      dropPath: () => null,
    })
    const store = createParameterStore(registry, 1)
    for (const { name, variable } of store.all()) {
      const silent = name.startsWith('mlp.fc2')
      const value = silent
        ? tf.zeros(variable.shape)
        : tf.randomNormal(variable.shape, 0, WIDTH ** -0.5, 'float32', name.length)
      store.assign(name, value)
      value.dispose()
    }
    const x = tf.randomNormal([2, height, width, WIDTH], 0, 1, 'float32', 3) as Tensor4D
    const y = tf.tidy(() => block(x, { training: false, domain: 'source' }))
    const [inputs, outputs] = [(await x.array()) as Grid[], (await y.array()) as Grid[]]
    for (const [image, input] of inputs.entries()) {
      const expected = (await timmAttention(input, store, windows)).flat(2)
      const ours = outputs[image]!.flat(2)
      const error = Math.max(...expected.map((entry, i) => Math.abs(entry - ours[i]!)))
      expect(error).toBeLessThan(2e-5)
    }
    tf.dispose([x, y])
    store.dispose()
  })
})

test('timm clamps each axis to the nominal map and drops its shift, the authors do neither', () => {
  const config = { window: 4, patch: 4, nominalSize: [64, 136] as const }
  const windows = [0, 1, 2, 3].map(stage => stageWindow(config, stage, 'timm'))
  expect(windows).toEqual([
    { window: [4, 4], shift: [2, 2] },
    { window: [4, 4], shift: [2, 2] },
    { window: [4, 4], shift: [0, 2] },
    { window: [2, 4], shift: [0, 0] },
  ])
  expect(stageWindow(config, 3, 'original')).toEqual({ window: [4, 4], shift: [2, 2] })
})
