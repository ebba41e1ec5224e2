import type { WebGPUBackend } from '@tensorflow/tfjs-backend-webgpu'
import type * as tf from '@tensorflow/tfjs-core'
import { dispatchKernel } from './dispatchKernel'
import { loadFour } from './loadFour'
import { splitCount } from './splitCount'
import { sumPartials } from './sumPartials'

/** Each invocation sums one tap of four channels over a share of the output rows. */
const code = (vector: boolean): string => `
fn main(index : i32) {
  let quads = (uniforms.channels + 3) / 4;
  let taps = uniforms.kernelHeight * uniforms.kernelWidth;
  let tiles = taps * quads;
  if (index >= tiles * uniforms.splits) { return; }
  let split = index / tiles;
  let channel = (index % quads) * 4;
  let tap = (index % tiles) / quads;
  let shiftY = (tap / uniforms.kernelWidth) * uniforms.dilation - uniforms.padTop;
  let shiftX = (tap % uniforms.kernelWidth) * uniforms.dilation - uniforms.padLeft;
  // Columns whose input pixel lies inside the image; adding stride first keeps the division non-negative.
  let firstX = max(0, (-shiftX + uniforms.stride - 1) / uniforms.stride);
  let lastX = min(uniforms.outWidth - 1, (uniforms.width - 1 - shiftX + uniforms.stride) / uniforms.stride - 1);
  let firstRow = split * uniforms.rowsPerSplit;
  let lastRow = min(uniforms.rows, firstRow + uniforms.rowsPerSplit);
  var sum = vec4<f32>(0.0);
  for (var row = firstRow; row < lastRow; row++) {
    let y = (row % uniforms.outHeight) * uniforms.stride + shiftY;
    if (y < 0 || y >= uniforms.height) { continue; }
    let imageRow = ((row / uniforms.outHeight) * uniforms.height + y) * uniforms.width + shiftX;
    for (var outX = firstX; outX <= lastX; outX++) {
      let source = (imageRow + outX * uniforms.stride) * uniforms.channels;
      let goal = (row * uniforms.outWidth + outX) * uniforms.channels;
      sum += ${loadFour('x', 'source', 'channel', 'uniforms.channels', vector)}
        * ${loadFour('dy', 'goal', 'channel', 'uniforms.channels', vector)};
    }
  }
  for (var c = 0; c < min(4, uniforms.channels - channel); c++) {
    result[(split * taps + tap) * uniforms.channels + channel + c] = sum[c];
  }
}`

/**
 * Gradient of a depthwise convolution with respect to its kernel, in two deterministic passes.
 *
 * @param x [B, H, W, C]
 * @param dy [B, h, w, C]
 * @returns [kh, kw, C, 1]
 */
export function depthwiseFilterGradient(
  backend: WebGPUBackend,
  x: tf.TensorInfo,
  dy: tf.TensorInfo,
  info: tf.backend_util.Conv2DInfo,
): tf.TensorInfo {
  const { inChannels: channels, filterHeight, filterWidth } = info
  const taps = filterHeight * filterWidth
  const tiles = taps * Math.ceil(channels / 4)
  const rows = info.batchSize * info.outHeight
  const rowsPerSplit = Math.ceil(rows / splitCount(tiles, rows))
  const splits = Math.ceil(rows / rowsPerSplit)
  const vector = channels % 4 === 0
  const partials = dispatchKernel(
    backend,
    {
      name: 'depthwiseFilterGradient',
      variables: ['x', 'dy'],
      components: vector ? [4, 4] : [1, 1],
      code: code(vector),
      outputShape: [splits, taps * channels],
      groups: Math.ceil((tiles * splits) / 64),
      uniforms: {
        channels,
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
  return sumPartials(backend, partials, splits, [filterHeight, filterWidth, channels, 1])
}
