import { countingCheckpoint } from './countingCheckpoint.testing'
import { dialectNamed } from './dialects'
import type { StoredTensor } from './safetensors'
import { toPeer } from './translate'

/** What the values of a checkpoint grow by: small enough for its network to compute with. */
export const STEP = 2 ** -20

/**
 * A ResNet encoder with the key names and shapes of a published one. Its values count up in steps of `STEP` through all
 * tensors, the first layer's from STEP on.
 *
 * - `bigearthnet`: BIFOLD-BigEarthNetv2-0/resnet50-s2-... (model.safetensors): `BigEarthNetv2_0_ImageClassifier.model` is
 *   ConfigILM's, whose `vision_encoder` is timm's ResNet with a head of 19 classes.
 * - `torchgeo`: `ResNet50_Weights.SENTINEL2_*`: timm's own names, without a head.
 * - `moco`: SSL4EO-S12's full checkpoint: `MoCo` under DataParallel, both encoders with a projection, and the queue.
 */
export function publishedCheckpoint(
  origin: 'bigearthnet' | 'torchgeo' | 'moco',
  bands: number,
  preset = 'resnet50',
): Map<string, StoredTensor> {
  const encoder = [...countingCheckpoint('resnet-unet', preset, { bands })].filter(([name]) =>
    name.startsWith('encoder.'),
  )
  for (const [, { data }] of encoder) {
    for (let i = 0; i < data.length; i++) data[i] = Number(data[i]) * STEP
  }
  const resnet = toPeer(new Map(encoder), dialectNamed('resnet-unet', 'torchvision'))
  for (const name of [...resnet.keys()].filter(key => key.endsWith('running_mean'))) {
    resnet.set(name.replace('running_mean', 'num_batches_tracked'), {
      shape: [],
      data: BigInt64Array.of(7n),
    })
  }
  if (origin === 'torchgeo') return resnet
  const width = resnet.get('layer4.0.conv3.weight')!.shape[0]!
  if (origin === 'bigearthnet') {
    resnet.set('fc.weight', zeros(19, width)).set('fc.bias', zeros(19))
    return sorted([...resnet].map(([name, tensor]) => [`model.vision_encoder.${name}`, tensor]))
  }
  resnet.set('fc.0.weight', zeros(width, width)).set('fc.0.bias', zeros(width))
  resnet.set('fc.2.weight', zeros(128, width)).set('fc.2.bias', zeros(128))
  return sorted([
    ...[...resnet].flatMap(([name, tensor]): [string, StoredTensor][] => [
      [`module.encoder_q.${name}`, tensor],
      [`module.encoder_k.${name}`, tensor.data instanceof BigInt64Array ? tensor : zeros(...tensor.shape)],
    ]),
    ['module.queue', zeros(128, 64)],
    ['module.queue_ptr', { shape: [1], data: BigInt64Array.of(0n) }],
  ])
}

function zeros(...shape: number[]): StoredTensor {
  return { shape, data: new Float32Array(shape.reduce((product, extent) => product * extent, 1)) }
}

/** In the order of names, as `save_file` writes: of MoCo's encoders the moving average then comes first. */
function sorted(tensors: [string, StoredTensor][]): Map<string, StoredTensor> {
  return new Map(tensors.sort(([a], [b]) => (a < b ? -1 : 1)))
}
