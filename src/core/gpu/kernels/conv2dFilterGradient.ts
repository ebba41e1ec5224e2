import type { WebGPUBackend } from '@tensorflow/tfjs-backend-webgpu'
import type * as tf from '@tensorflow/tfjs-core'
import { dispatchKernel } from './dispatchKernel'
import { loadFour } from './loadFour'
import { splitCount } from './splitCount'
import { sumPartials } from './sumPartials'

/** Each invocation holds a tile of 4 x 4 weights of one tap in registers and walks a share of the output rows. */
const code = (vectorIn: boolean, vectorOut: boolean): string => `
fn main(index : i32) {
  let ciTiles = (uniforms.inChannels + 3) / 4;
  let coTiles = (uniforms.outChannels + 3) / 4;
  let taps = uniforms.kernelHeight * uniforms.kernelWidth;
  let tiles = taps * ciTiles * coTiles;
  if (index >= tiles * uniforms.splits) { return; }
  let split = index / tiles;
  var rest = index % tiles;
  let co = (rest % coTiles) * 4;
  rest = rest / coTiles;
  let ci = (rest % ciTiles) * 4;
  let tap = rest / ciTiles;
  let shiftY = (tap / uniforms.kernelWidth) * uniforms.dilation - uniforms.padTop;
  let shiftX = (tap % uniforms.kernelWidth) * uniforms.dilation - uniforms.padLeft;
  // Columns whose input pixel lies inside the image; adding stride first keeps the division non-negative.
  let firstX = max(0, (-shiftX + uniforms.stride - 1) / uniforms.stride);
  let lastX = min(uniforms.outWidth - 1, (uniforms.width - 1 - shiftX + uniforms.stride) / uniforms.stride - 1);
  let firstRow = split * uniforms.rowsPerSplit;
  let lastRow = min(uniforms.rows, firstRow + uniforms.rowsPerSplit);
  var sum0 = vec4<f32>(0.0);
  var sum1 = vec4<f32>(0.0);
  var sum2 = vec4<f32>(0.0);
  var sum3 = vec4<f32>(0.0);
  for (var row = firstRow; row < lastRow; row++) {
    let y = (row % uniforms.outHeight) * uniforms.stride + shiftY;
    if (y < 0 || y >= uniforms.height) { continue; }
    let imageRow = ((row / uniforms.outHeight) * uniforms.height + y) * uniforms.width + shiftX;
    for (var outX = firstX; outX <= lastX; outX++) {
      let source = (imageRow + outX * uniforms.stride) * uniforms.inChannels;
      let goal = (row * uniforms.outWidth + outX) * uniforms.outChannels;
      let pixel = ${loadFour('x', 'source', 'ci', 'uniforms.inChannels', vectorIn)};
      let slope = ${loadFour('dy', 'goal', 'co', 'uniforms.outChannels', vectorOut)};
      sum0 += pixel.x * slope;
      sum1 += pixel.y * slope;
      sum2 += pixel.z * slope;
      sum3 += pixel.w * slope;
    }
  }
  var sums = array<vec4<f32>, 4>(sum0, sum1, sum2, sum3);
  let base = (split * taps + tap) * uniforms.inChannels;
  for (var i = 0; i < min(4, uniforms.inChannels - ci); i++) {
    for (var o = 0; o < min(4, uniforms.outChannels - co); o++) {
      result[(base + ci + i) * uniforms.outChannels + co + o] = sums[i][o];
    }
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
  const tiles = taps * Math.ceil(inChannels / 4) * Math.ceil(outChannels / 4)
  const rows = info.batchSize * info.outHeight
  const rowsPerSplit = Math.ceil(rows / splitCount(tiles, rows))
  const splits = Math.ceil(rows / rowsPerSplit)
  const vectorIn = inChannels % 4 === 0
  const vectorOut = outChannels % 4 === 0
  const partials = dispatchKernel(
    backend,
    {
      name: 'conv2dFilterGradient',
      variables: ['x', 'dy'],
      components: [vectorIn ? 4 : 1, vectorOut ? 4 : 1],
      code: code(vectorIn, vectorOut),
      outputShape: [splits, taps * inChannels * outChannels],
      groups: Math.ceil((tiles * splits) / 64),
      uniforms: {
        inChannels,
        outChannels,
        kernelHeight: filterHeight,
        kernelWidth: filterWidth,
        height: info.inHeight,
        width: info.inWidth,
        outHeight: info.outHeight,
        outWidth: info.outWidth,
        stride: info.strideHeight,
        dilation: info.dilationHeight,
        padTop: info.padInfo.top,
        padLeft: info.padInfo.left,
        rows,
        rowsPerSplit,
        splits,
      },
    },
    [x, dy],
  )
  return sumPartials(backend, partials, splits, [filterHeight, filterWidth, inChannels, outChannels])
}
