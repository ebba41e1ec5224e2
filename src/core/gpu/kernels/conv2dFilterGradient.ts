import type { WebGPUBackend } from '@tensorflow/tfjs-backend-webgpu'
import type * as tf from '@tensorflow/tfjs-core'
import { dispatchKernel } from './dispatchKernel'
import { filterGradientWalk, splitWalk } from './filterGradientWalk'
import { loadFour } from './loadFour'
import { names, repeat } from './repeat'
import { storeFour } from './storeFour'
import { sumPartials } from './sumPartials'

/** Quads of channels on each side of a tile, where there are that many: 8 x 8 weights in registers. */
const QUADS = 2

/**
 * Each invocation holds a tile of 4 quadsIn x 4 quadsOut weights of one tap in registers and walks a share of the
 * output rows.
 */
const code = (quadsIn: number, quadsOut: number, vectorIn: boolean, vectorOut: boolean): string => `
fn main(index : i32) {
  let ciTiles = (uniforms.inChannels + ${4 * quadsIn - 1}) / ${4 * quadsIn};
  let coTiles = (uniforms.outChannels + ${4 * quadsOut - 1}) / ${4 * quadsOut};
  let taps = uniforms.kernelHeight * uniforms.kernelWidth;
  let tiles = taps * ciTiles * coTiles;
  if (index >= tiles * uniforms.splits) { return; }
  let split = index / tiles;
  var rest = index % tiles;
  let co = (rest % coTiles) * ${4 * quadsOut};
  rest = rest / coTiles;
  let ci = (rest % ciTiles) * ${4 * quadsIn};
  let tap = rest / ciTiles;
  ${repeat(quadsIn * quadsOut * 4, i => `var sum${i} = vec4<f32>(0.0);`)}
  ${filterGradientWalk(
    'uniforms.inChannels',
    'uniforms.outChannels',
    `${repeat(quadsOut, q => `let slope${q} = ${loadFour('dy', 'goal', `co + ${4 * q}`, 'uniforms.outChannels', vectorOut)};`)}
      ${repeat(
        quadsIn,
        p => `let pixel${p} = ${loadFour('x', 'source', `ci + ${4 * p}`, 'uniforms.inChannels', vectorIn)};
      ${repeat(4 * quadsOut, i => `sum${p * 4 * quadsOut + i} += pixel${p}[${Math.floor(i / quadsOut)}] * slope${i % quadsOut};`)}`,
      )}`,
  )}
  let base = (split * taps + tap) * uniforms.inChannels;
  var sums = array<vec4<f32>, ${quadsIn * quadsOut * 4}>(${names('sum', quadsIn * quadsOut * 4)});
  for (var i = 0; i < ${quadsIn * quadsOut * 4}; i++) {
    let inChannel = ci + i / ${quadsOut};
    let outChannel = co + (i % ${quadsOut}) * 4;
    if (inChannel >= uniforms.inChannels) { break; }
    ${storeFour('(base + inChannel) * uniforms.outChannels', 'outChannel', 'uniforms.outChannels', 'sums[i]', vectorOut)}
  }
}`

/**
 * Gradient of a convolution with respect to its kernel, as partial sums over output rows in two passes: no atomics, so
 * the same input gives the same bits.
 *
 * @param x [B, H, W, in]
 * @param dy [B, h, w, out]
 * @returns [kh, kw, in, out]
 */
export function conv2dFilterGradient(
  backend: WebGPUBackend,
  x: tf.TensorInfo,
  dy: tf.TensorInfo,
  info: tf.backend_util.Conv2DInfo,
): tf.TensorInfo {
  const { inChannels, outChannels, filterHeight, filterWidth } = info
  const taps = filterHeight * filterWidth
  const quadsIn = inChannels > 4 ? QUADS : 1
  const quadsOut = outChannels > 4 ? QUADS : 1
  const tiles = taps * Math.ceil(inChannels / (4 * quadsIn)) * Math.ceil(outChannels / (4 * quadsOut))
  const { splits, uniforms } = splitWalk(info, tiles)
  const vectorIn = inChannels % 4 === 0
  const vectorOut = outChannels % 4 === 0
  const partials = dispatchKernel(
    backend,
    {
      name: 'conv2dFilterGradient',
      variables: ['x', 'dy'],
      components: [vectorIn ? 4 : 1, vectorOut ? 4 : 1],
      resultComponents: vectorOut ? 4 : 1,
      code: code(quadsIn, quadsOut, vectorIn, vectorOut),
      outputShape: [splits, taps * inChannels * outChannels],
      groups: Math.ceil((tiles * splits) / 64),
      uniforms: { inChannels, outChannels, ...uniforms },
    },
    [x, dy],
  )
  return sumPartials(backend, partials, splits, [filterHeight, filterWidth, inChannels, outChannels])
}
