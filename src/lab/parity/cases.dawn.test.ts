import * as tf from '@tensorflow/tfjs-core'
import { beforeAll, describe, expect, test } from 'vitest'
import { startEngine } from '../../engine/gpu/startEngine'
import { loadCheckpoint } from '../../engine/models/checkpoint/networkCheckpoint'
import { createNetwork } from '../../engine/models/createNetwork'
import { type ParityCase, readParityCase } from './parityCase'
import { parityCaseNames, parityFiles } from './parityFixture.testing'
import { shareOfTolerance, withinTolerance, worstRow } from './parityReport'
import { largestError, toNhwc } from './peerTensors'
import { parityCaseSize, parityKind, runParityCase } from './runParityCase'

/** Of the published networks every one has more; they run from the command line (docs/parity.md). */
const SMALL = 700_000

/** How many cases of each kind the fixtures hold below that size: fewer would mean that some were not found. */
const EXPECTED = {
  'cross-sensor-layer': 1,
  'cross-sensor-network': 1,
  losses: 4,
  metrics: 1,
  network: 16,
  operations: 1,
  resize: 1,
  'training-step': 5,
}

const all = parityCaseNames()
const small = all.filter(name => parityCaseSize(parityFiles(name)['case.json']!).weights < SMALL)

/** Read under a name without meaning: what to build must come from the rest. */
async function nameless(name: string): Promise<ParityCase> {
  const files = parityFiles(name)
  const json = JSON.parse(new TextDecoder().decode(files['case.json']))
  return readParityCase({
    ...files,
    'case.json': new TextEncoder().encode(JSON.stringify({ ...json, case: 'x', title: '' })),
  })
}

beforeAll(async () => {
  await startEngine({ prefer: 'webgpu', purpose: 'training' })
  expect(tf.getBackend()).toBe('webgpu')
})

describe.runIf(all.length > 0)('parity with the peers on WebGPU', () => {
  const found: Record<string, number> = {}

  test.each(small)('%s', async name => {
    const parity = await nameless(name)
    const kind = parityKind(parity)
    found[kind] = (found[kind] ?? 0) + 1
    const before = tf.memory().numTensors
    const { rows, notCompared } = await runParityCase(parity)
    expect(tf.memory().numTensors).toBe(before)
    expect(rows.length).toBeGreaterThan(0)
    expect(rows.filter(row => !withinTolerance(row))).toEqual([])
    const worst = worstRow(rows)!
    const percent = `${(100 * shareOfTolerance(worst)).toFixed(1)} %`
    console.info(
      `${name}: ${rows.length} rows, worst ${worst.output} ${percent}, ${notCompared.length} not compared`,
    )
  })

  test('every kind was found as often as the fixtures hold it', () => {
    expect(found).toEqual(EXPECTED)
  })

  const networks = ['segformer-tiny-eps', 'unetdec-tiny', 'effnetv2-tiny-same']
  test.each(networks)('%s with one weight tensor a hundredth off fails', async name => {
    const parity = await nameless(name)
    const [key, tensor] = [...parity.weights].filter(([key]) => key.endsWith('.weight')).at(3)!
    parity.weights.set(key, {
      ...tensor,
      data: Float32Array.from(tensor.data as Float32Array, value => 1.01 * value),
    })
    const { rows } = await runParityCase(parity)
    expect(rows.some(row => !withinTolerance(row))).toBe(true)
  })

  /** That the kinds build from a case is what ships, too. */
  test.each([
    ['segformer', 'segformer-tiny-odd', 'logits_up'],
    ['swin-unet', 'unet-swin-tiny', 'logits'],
    ['efficientnetv2-unet', 'unet-effnetv2-tiny', 'logits'],
  ] as const)('the tiny preset of %s gives the logits of %s', async (family, name, output) => {
    const parity = await nameless(name)
    const network = createNetwork(family, 'tiny', { seed: null })
    loadCheckpoint(network.parameters, parity.weights)
    const x = toNhwc(parity.inputs.get('input')!)
    const logits = network.forward(x, { training: false, domain: 'source' })
    const error = await largestError(logits, parity.stored('output.safetensors').get(output)!)
    expect(error).toBeLessThanOrEqual(parity.outputs.find(row => row.name === output)!.atol)
    tf.dispose([x, logits])
    network.dispose()
  })

  test('a case with an output that no network gives fails, and frees what it allocated', async () => {
    const parity = await nameless('segformer-tiny-eps')
    parity.outputs[0]!.name = 'stage9'
    parity.stored('output.safetensors').set('stage9', parity.stored('output.safetensors').get('stage1')!)
    const before = tf.memory().numTensors
    await expect(runParityCase(parity)).rejects.toThrow('gives no "stage9"')
    expect(tf.memory().numTensors).toBe(before)
  })

  test('a map of another shape is an error that says both', async () => {
    const parity = await nameless('segformer-tiny-eps')
    const row = parity.outputs.find(({ name }) => name === 'stage2')!
    const stored = parity.stored('output.safetensors').get('stage1')!
    parity.stored('output.safetensors').set('stage2', stored)
    row.shape = stored.shape
    await expect(runParityCase(parity)).rejects.toThrow('Ours is [1,16,8,8], the peer')
  })

  test('weights other than those of the checksum are refused', async () => {
    const files = parityFiles('segformer-tiny-eps')
    const text = new TextDecoder().decode(files['case.json']).replace('"seed": "', '"seed": "other-')
    await expect(readParityCase({ ...files, 'case.json': new TextEncoder().encode(text) })).rejects.toThrow(
      'checksum',
    )
  })
})
