import type { Tensor4D } from '@tensorflow/tfjs-core'
import * as tf from '@tensorflow/tfjs-core'
import { beforeAll, describe, expect, test } from 'vitest'
import { startEngine } from '../gpu/startEngine'
import { loadCheckpoint } from '../models/checkpoint/loadCheckpoint'
import { EFFICIENTNETV2_PRESETS } from '../models/efficientnetv2/config'
import { efficientNetV2Encoder } from '../models/efficientnetv2/encoder'
import { SWIN_PRESETS } from '../models/swin/config'
import { swinEncoder } from '../models/swin/encoder'
import { unetDecoder } from '../models/unet/unetDecoder'
import { createParameterRegistry } from '../nn/parameterRegistry'
import { createParameterScope, type ParameterScope } from '../nn/parameterScope'
import { createParameterStore } from '../nn/parameterStore'
import { largestError, toNhwc } from './compareMap'
import { expectedOutputs, parityCase, parityCaseExists } from './fixture.testing'
import type { ParityCase } from './parityCase'

beforeAll(async () => {
  await startEngine({ prefer: 'webgpu', purpose: 'training' })
  expect(tf.getBackend()).toBe('webgpu')
})

const INFERENCE = { training: false, domain: 'source' } as const
const dropPathOf = () => (branch: Tensor4D) => branch
const effnet = (scope: ParameterScope, padding: 'same' | 'symmetric') =>
  efficientNetV2Encoder(scope, { ...EFFICIENTNETV2_PRESETS.tiny, padding }, { bands: 14, dropPathOf }).encode
const swin = (scope: ParameterScope, nominalSize: number) =>
  swinEncoder(scope, { ...SWIN_PRESETS.tiny, nominalSize }, { bands: 14, padding: 'timm', dropPathOf }).encode
const originalSwin = (scope: ParameterScope) =>
  swinEncoder(scope, SWIN_PRESETS.tiny, { bands: 14, padding: 'original', dropPathOf }).encode

type Encode = (x: Tensor4D, mode: typeof INFERENCE) => Tensor4D[]

const ENCODERS: [string, (scope: ParameterScope) => Encode][] = [
  ['effnetv2-tiny', scope => effnet(scope, 'symmetric')],
  ['effnetv2-tiny-same', scope => effnet(scope, 'same')],
  ['swin-tiny', scope => swin(scope, 128)],
  ['swin-tiny-eps', scope => swin(scope, 64)],
]

for (const [name, declare] of ENCODERS) {
  describe.runIf(parityCaseExists(name))(name, () => {
    test('every stage equals the peer within its tolerance', async () => {
      const parity = await parityCase(name)
      await expectMaps(
        parity,
        declare,
        [...expectedOutputs(parity).keys()].filter(key => key.startsWith('stage')),
      )
    })
  })
}

for (const name of ['swin-tiny-pad-original', 'swin-tiny-pad-patch']) {
  describe.runIf(parityCaseExists(name))(name, () => {
    test('every stage before its output norm equals the authors’ within its tolerance', async () => {
      const parity = await parityCase(name)
      const weights = new Map(
        [...parity.weights].flatMap(([key, value]) => timmKey(key).map(k => [k, value] as const)),
      )
      await expectMaps({ ...parity, weights }, originalSwin, ['pre1', 'pre2', 'pre3', 'pre4'])
    })
  })
}

/** The authors merge patches at the end of a stage, timm at the start of the next; their output norms are not ours. */
function timmKey(key: string): string[] {
  if (/^norm\d/.test(key)) return []
  const merging = /^layers\.(\d)\.downsample\.(.*)/.exec(key)
  return [merging ? `layers_${Number(merging[1]) + 1}.downsample.${merging[2]}` : key]
}

describe.runIf(parityCaseExists('unetdec-tiny'))('unetdec-tiny', () => {
  test('every decoder block and the logits equal the peer within its tolerance', async () => {
    const parity = await parityCase('unetdec-tiny')
    const maps = [1, 2, 3, 4, 5].map(i => toNhwc(parity.inputs.get(`feature${i}`)!))
    const spec = { encoderChannels: [8, 16, 16, 32, 40], decoderChannels: [32, 24, 16, 12, 8], classes: 2 }
    const declare = (scope: ParameterScope): Encode => {
      const decoder = unetDecoder(scope, spec)
      return (_, mode) => {
        const blocks = decoder.blocks(maps, [64, 64], mode)
        return [...blocks, decoder.head(blocks.at(-1)!)]
      }
    }
    await expectMaps(parity, declare, [...[0, 1, 2, 3, 4].map(i => `decoder.blocks.${i}`), 'logits'])
    tf.dispose(maps)
  })
})

async function expectMaps(parity: ParityCase, declare: (scope: ParameterScope) => Encode, names: string[]) {
  const registry = createParameterRegistry()
  const encode = declare(createParameterScope(registry))
  const store = createParameterStore(registry, 1)
  loadCheckpoint(store, parity.weights)
  const x = toNhwc([...parity.inputs.values()][0]!)
  const maps = tf.tidy(() => encode(x, INFERENCE))
  expect(maps.length).toBe(names.length)
  for (const [i, name] of names.entries()) {
    const expected = expectedOutputs(parity).get(name)!
    expect(await largestError(maps[i]!, expected), name).toBeLessThanOrEqual(expected.atol)
  }
  tf.dispose([x, maps])
  store.dispose()
}
