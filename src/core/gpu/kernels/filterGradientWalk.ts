import type * as tf from '@tensorflow/tfjs-core'
import { splitCount } from './splitCount'

/**
 * WGSL of the walk that every filter gradient makes: over its `split` of the output rows, past the pixels that `tap`
 * reads. The body sees `source` and `goal`, the flat indices of channel 0 of the input and of the output pixel.
 *
 * @param inChannels and outChannels: expressions of the channel counts.
 */
export function filterGradientWalk(inChannels: string, outChannels: string, body: string): string {
  return `
  let shiftY = (tap / uniforms.kernelWidth) * uniforms.dilation - uniforms.padTop;
  let shiftX = (tap % uniforms.kernelWidth) * uniforms.dilation - uniforms.padLeft;
  // Columns whose input pixel lies inside the image; adding stride first keeps the division non-negative.
  let firstX = max(0, (-shiftX + uniforms.stride - 1) / uniforms.stride);
  let lastX = min(uniforms.outWidth - 1, (uniforms.width - 1 - shiftX + uniforms.stride) / uniforms.stride - 1);
  let firstRow = split * uniforms.rowsPerSplit;
  let lastRow = min(uniforms.rows, firstRow + uniforms.rowsPerSplit);
  for (var row = firstRow; row < lastRow; row++) {
    let y = (row % uniforms.outHeight) * uniforms.stride + shiftY;
    if (y < 0 || y >= uniforms.height) { continue; }
    let imageRow = ((row / uniforms.outHeight) * uniforms.height + y) * uniforms.width + shiftX;
    for (var outX = firstX; outX <= lastX; outX++) {
      let source = (imageRow + outX * uniforms.stride) * ${inChannels};
      let goal = (row * uniforms.outWidth + outX) * ${outChannels};
      ${body}
    }
  }`
}

/**
 * The uniforms of the walk, and into how many partial sums it is cut.
 *
 * @param tiles invocations that run anyway, one per tile of weights.
 */
export function splitWalk(info: tf.backend_util.Conv2DInfo, tiles: number) {
  const rows = info.batchSize * info.outHeight
  const rowsPerSplit = Math.ceil(rows / splitCount(tiles, rows))
  const splits = Math.ceil(rows / rowsPerSplit)
  const uniforms = {
    kernelHeight: info.filterHeight,
    kernelWidth: info.filterWidth,
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
  }
  return { splits, uniforms }
}
