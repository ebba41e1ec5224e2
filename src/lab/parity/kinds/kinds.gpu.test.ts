import { beforeAll, describe, expect, test } from 'vitest'
import { startEngine } from '../../../engine/gpu/startEngine'
import { tf } from '../../../engine/gpu/tensorflow'
import { type StoredTensor, writeSafetensors } from '../../../engine/models/checkpoint/safetensors'
import { type ParityCase, readParityCase } from '../parityCase'
import { runCsnNet } from './csnNetwork'
import { runLosses } from './losses'
import { runMetrics } from './metrics'
import { runOps, runResize } from './operations'
import { parameterRows } from './parameterRows'

beforeAll(async () => {
  await startEngine({ prefer: 'webgpu', purpose: 'training' })
  expect(tf.getBackend()).toBe('webgpu')
})

type Tensors = Record<string, StoredTensor>
const floats = (shape: number[], values: number[]): StoredTensor => ({
  shape,
  data: Float32Array.from(values),
})
const integers = (shape: number[], values: number[]): StoredTensor => ({
  shape,
  data: Int32Array.from(values),
})

/** A case made here: its case.json, inputs and the tensors of its other files. */
async function made(json: object, input: Tensors, files: Record<string, Tensors> = {}): Promise<ParityCase> {
  const inputs = Object.entries(input).map(([name, { shape }]) => ({
    name,
    shape,
    formula: null,
    file: 'input.safetensors',
  }))
  const whole = { case: 'made', peer: { repo: 'none' }, mode: 'op', inputs, ...json }
  const written = Object.entries({ 'input.safetensors': input, ...files }).map(
    ([file, tensors]) => [file, writeSafetensors(new Map(Object.entries(tensors)))] as const,
  )
  return readParityCase({
    'case.json': new TextEncoder().encode(JSON.stringify(whole)),
    ...Object.fromEntries(written),
  })
}

const invalid = (message: string) =>
  expect.objectContaining({ code: 'model-invalid', message: expect.stringContaining(message) })

describe('losses', () => {
  /** Two pixels, both wrong by e to 1, of which the first one is ignored where asked. */
  const lossCase = (params: object, more: object = {}) =>
    made(
      {
        mode: 'loss',
        inputs: [],
        subcases: [
          {
            name: 'any name',
            params,
            loss: Math.log(1 + Math.E),
            loss_atol: 1e-6,
            grad_atol: 1e-6,
            ...more,
          },
        ],
      },
      {
        'any name/logits': floats([1, 2, 1, 2], [1, 1, 0, 0]),
        'any name/labels': integers([1, 1, 2], [255, 1]),
      },
      {
        'output.safetensors': {
          'any name/loss': { shape: [], data: Float64Array.of(Math.log(1 + Math.E)) },
          'any name/grad': floats([1, 2, 1, 2], [0, Math.E / (1 + Math.E), 0, -Math.E / (1 + Math.E)]),
        },
      },
    )
  const torch = { impl: 'torch', label_smoothing: 0, weight: null, ignore_index: 255, reduction: 'mean' }

  test('the loss and its slope are compared, whatever the sub-case is called', async () => {
    const { rows } = await runLosses(await lossCase(torch))
    expect(rows.map(({ output }) => output)).toEqual(['any name/loss', 'any name/grad'])
    for (const { error, tolerance } of rows) expect(error).toBeLessThanOrEqual(tolerance)
  })

  test('another variant is seen: the toolbelt divides by both pixels', async () => {
    const { rows } = await runLosses(await lossCase({ ...torch, impl: 'toolbelt' }))
    expect(rows[0]!.error).toBeCloseTo(Math.log(1 + Math.E) / 2, 5)
    expect(rows[1]!.error).toBeCloseTo(Math.E / (1 + Math.E) / 2, 5)
  })

  test('of hard examples, how many are kept is compared too', async () => {
    const ohem = { impl: 'hrnet', thresh: 0.7, min_kept: 1, ignore: 255 }
    const right = await runLosses(await lossCase({ ...ohem, kept: 1 }))
    expect(right.rows.map(({ error }) => error < 1e-6)).toEqual([true, true, true])
    const wrong = await runLosses(await lossCase({ ...ohem, kept: 2 }))
    expect(wrong.rows[2]).toEqual({ output: 'any name/kept', error: 1, tolerance: 0 })
  })

  test('an ambiguous slope is not compared, and the case’s reason is passed on', async () => {
    const parity = await lossCase(torch, { compare_grad: false, grad_note: 'Ties.' })
    const { rows, notCompared } = await runLosses(parity)
    expect(rows.length).toBe(1)
    expect(notCompared).toEqual([{ output: 'any name/grad', reason: 'Ties.' }])
  })

  test('a loss that is not ours is refused', async () => {
    await expect(lossCase({ impl: 'dice' }).then(runLosses)).rejects.toThrow(invalid('not a known loss'))
  })
})

test('scores: null beside null is right, null beside a number never', async () => {
  const empty = { name: 's', tp: 0, fp: 0, fn: 0, tn: 2 }
  const masks = { 's/label': integers([1, 1, 2], [0, 0]), 's/prediction': integers([1, 1, 2], [0, 0]) }
  const { rows } = await runMetrics(
    await made({ mode: 'metric', sets: [{ ...empty, exact: { f1: null, iou: 0 } }] }, masks),
  )
  expect(rows.find(({ output }) => output === 's/exact/f1')!.error).toBe(0)
  expect(rows.find(({ output }) => output === 's/exact/iou')!.error).toBe(Number.POSITIVE_INFINITY)
})

const row = (name: string, shape: number[], more: object = {}) => ({
  name,
  shape,
  file: 'output.safetensors',
  atol: 1e-6,
  ...more,
})

test('operations: parameters come from the name, an unknown one is named', async () => {
  const x = { x: floats([1, 1, 1, 3], [1, 2, 3]) }
  const shifted = { 'output.safetensors': { 'roll_0_-1': floats([1, 1, 1, 3], [2, 3, 1]) } }
  const { rows } = await runOps(await made({ outputs: [row('roll_0_-1', [1, 1, 1, 3])] }, x, shifted))
  expect(rows).toEqual([{ output: 'roll_0_-1', error: 0, tolerance: 1e-6 }])
  const unknown = await made({ outputs: [row('fold_3x3', [1])] }, x)
  await expect(runOps(unknown)).rejects.toThrow(invalid('"fold_3x3"'))
})

test('resizes: a row that gives neither size nor factor is refused', async () => {
  const outputs = [row('r', [1], { source: 'x', mode: 'bilinear' })]
  const parity = await made({ outputs }, { x: floats([1, 1, 1, 1], [1]) })
  await expect(runResize(parity)).rejects.toThrow(invalid('"r" is not a resize of ours'))
})

test('cross-sensor networks: a part that cannot be read is named', async () => {
  const config = {
    net: 'conv1x1(1->1) GELU',
    optimizer: 'SGD lr 0.1',
    source_weight: 1,
    target_weight: 1,
  }
  const weights = { seed: 's', file: null, tensors: [['head.weight', [1, 1, 1, 1], 0, 1]] }
  const parity = await made({ mode: 'train', config, weights }, { x: floats([1], [1]) })
  await expect(runCsnNet(parity)).rejects.toThrow(invalid('GELU'))
})

test('after a step, elements without a gradient worth its name have a tolerance of their own', async () => {
  const outputs = [
    row('w', [2], { file: 'grads.safetensors', compare_where_abs_grad_gt: 0.1 }),
    row('w', [2], { file: 'after.safetensors', atol: 1e-5, atol_where_gradient_below_gate: 2e-3 }),
  ]
  const parity = await made(
    { mode: 'train', outputs },
    { x: floats([1], [1]) },
    {
      'grads.safetensors': { w: floats([2], [-1, 0.01]) },
      'after.safetensors': { w: floats([2], [0.5, 0.5]) },
    },
  )
  const ours = new Map([['w', Float32Array.of(0.5, 0.75)]])
  expect(parameterRows(parity, 'after.safetensors', ours)).toEqual([
    { output: 'after/w', error: 0, tolerance: 1e-5 },
    { output: 'after/w/below-gate', error: 0.25, tolerance: 2e-3 },
  ])
})
