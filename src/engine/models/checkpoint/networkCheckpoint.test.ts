import '@tensorflow/tfjs-backend-cpu'
import * as tf from '@tensorflow/tfjs-core'
import { beforeAll, beforeEach, expect, test } from 'vitest'
import { crossSensorNormalisation } from '../../nn/crossSensorNormalisation'
import { linearMap } from '../../nn/layers'
import { createParameterRegistry, createParameterScope } from '../../nn/parameterRegistry'
import { createParameterStore, type ParameterStore } from '../../nn/parameterStore'
import { copySourceStatisticsToTarget } from '../network'
import { loadCheckpoint, saveCheckpoint } from './networkCheckpoint'
import { readSafetensors, type StoredTensor } from './safetensors'

beforeAll(async () => {
  await tf.setBackend('cpu')
})

let store: ParameterStore
beforeEach(() => {
  const registry = createParameterRegistry()
  const scope = createParameterScope(registry)
  linearMap(scope.at('encoder').at('model').at('layers_1').at('fc'), { in: 2, out: 3, bias: false })
  crossSensorNormalisation(scope.at('bn'), 2)
  store = createParameterStore(registry, 1)
})

const FC = 'encoder.model.layers_1.fc.weight'
const vector = (...values: number[]): StoredTensor => ({
  shape: [values.length],
  data: Float32Array.from(values),
})

function plainCheckpoint(): Map<string, StoredTensor> {
  return new Map([
    [FC, { shape: [3, 2], data: Float32Array.of(1, 2, 3, 4, 5, 6) }],
    ['bn.weight', vector(1, 2)],
    ['bn.bias', vector(3, 4)],
    ['bn.running_mean', vector(5, 6)],
    ['bn.running_var', vector(7, 8)],
  ])
}

const read = (name: string) => [...store.get(name).variable.dataSync()]

test('a plain checkpoint fills both domains and is transposed', () => {
  const report = loadCheckpoint(store, plainCheckpoint())
  expect(report.copiedToTarget).toEqual(['bn.running_mean_target', 'bn.running_var_target'])
  expect(report.missing).toEqual([])
  expect(read(FC)).toEqual([1, 3, 5, 2, 4, 6])
  expect(read('bn.running_mean_target')).toEqual([5, 6])
})

test('target statistics of their own stay apart, and survive saving', async () => {
  const checkpoint = plainCheckpoint().set('bn.running_mean_target', vector(50, 60))
  loadCheckpoint(store, checkpoint)
  expect(read('bn.running_mean_target')).toEqual([50, 60])
  const saved = readSafetensors(await saveCheckpoint(store)).tensors
  for (const [name, tensor] of checkpoint) expect(saved.get(name)).toEqual(tensor)
  expect(saved.get('bn.running_var_target')).toEqual(vector(7, 8))
})

test('wrapping prefixes, LoveCS names, half types and counters are understood', () => {
  const values = plainCheckpoint()
  const checkpoint = new Map<string, StoredTensor>([
    ['module.encoder.model.layers_1.fc.weight', { shape: [3, 2], data: Float64Array.of(1, 2, 3, 4, 5, 6) }],
    ['module.bn.weight_source', values.get('bn.weight')!],
    ['module.bn.bias_source', values.get('bn.bias')!],
    ['module.bn.weight_target', vector(9, 9)],
    ['module.bn.running_mean_source', vector(1, 1)],
    ['module.bn.running_mean_target', vector(2, 2)],
    ['module.bn.running_var_source', vector(3, 3)],
    ['module.bn.running_var_target', vector(4, 4)],
    ['module.bn.num_batches_tracked', { shape: [], data: BigInt64Array.of(5n) }],
  ])
  const report = loadCheckpoint(store, checkpoint)
  expect(report.unexpected).toEqual([])
  expect(read(FC)).toEqual([1, 3, 5, 2, 4, 6])
  expect(read('bn.weight')).toEqual([1, 2])
  expect(read('bn.running_mean')).toEqual([1, 1])
  expect(read('bn.running_var_target')).toEqual([4, 4])
})

test('what does not fit is listed and nothing is assigned, unless partial loading was asked for', () => {
  const before = read('bn.bias')
  const checkpoint = plainCheckpoint()
    .set('surplus.weight', vector(1))
    .set('bn.weight', vector(1, 2, 3))
  checkpoint.delete('bn.running_var')
  const load = () => loadCheckpoint(store, checkpoint)
  expect(load).toThrow(expect.objectContaining({ code: 'weights-mismatch' }))
  expect(load).toThrow(/missing +bn\.running_var\n/)
  expect(load).toThrow(/unexpected +surplus\.weight/)
  expect(load).toThrow(/wrong shape +bn\.weight: \[3\] where \[2\] belongs/)
  expect(read('bn.bias')).toEqual(before)
  const report = loadCheckpoint(store, checkpoint, { partial: true })
  expect(report.missing).toEqual(['bn.running_var', 'bn.running_var_target'])
  expect(read('bn.bias')).toEqual([3, 4])
})

test('source statistics are copied to the target once, not bound to it', () => {
  loadCheckpoint(store, plainCheckpoint().set('bn.running_mean_target', vector(0, 0)))
  copySourceStatisticsToTarget({ parameters: store })
  expect(read('bn.running_mean_target')).toEqual([5, 6])
  store.assign('bn.running_mean', tf.tensor1d([0, 0]))
  expect(read('bn.running_mean_target')).toEqual([5, 6])
})

test('NaN, infinite and integer values are unusable', () => {
  const checkpoint = plainCheckpoint()
    .set('bn.weight', vector(1, Number.NaN))
    .set('bn.bias', { shape: [2], data: Int32Array.of(1, 2) })
    .set('bn.running_mean', { shape: [2], data: Float64Array.of(1, 1e300) })
  const load = () => loadCheckpoint(store, checkpoint)
  expect(load).toThrow(/unusable +bn\.weight: value 1 is NaN/)
  expect(load).toThrow(/unusable +bn\.bias: its values are whole numbers/)
  expect(load).toThrow(/unusable +bn\.running_mean: value 1 is Infinity/)
})

test('a checkpoint of which nothing fits is refused even in part', () => {
  const foreign = new Map([['other.weight', vector(1)]])
  expect(() => loadCheckpoint(store, foreign, { partial: true })).toThrow(
    expect.objectContaining({ code: 'weights-mismatch' }),
  )
})

test('separate affine parameters take the source’s where the checkpoint has one set, and their own where it has two', () => {
  const registry = createParameterRegistry({ affine: 'separate' })
  crossSensorNormalisation(createParameterScope(registry).at('bn'), 2)
  const separate = createParameterStore(registry, 1)
  const plain = plainCheckpoint()
  plain.delete(FC)
  const report = loadCheckpoint(separate, plain)
  expect(report.copiedToTarget).toContain('bn.weight_target')
  expect([...separate.get('bn.weight_target').variable.dataSync()]).toEqual([1, 2])
  loadCheckpoint(separate, plain.set('bn.weight_target', vector(8, 9)))
  expect([...separate.get('bn.weight_target').variable.dataSync()]).toEqual([8, 9])
  // A network that shares them would compute something else: it says so.
  const shared = plainCheckpoint().set('bn.weight_target', vector(8, 9))
  expect(() => loadCheckpoint(store, shared)).toThrow(/unexpected +bn\.weight_target/)
  separate.dispose()
})
