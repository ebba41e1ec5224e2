import type { WebGPUBackend } from '@tensorflow/tfjs-backend-webgpu'
import type * as tf from '@tensorflow/tfjs-core'
import { runKernel } from './kernel'

/** Windows of size x size pixels; [height, width] of both images. */
export interface Pooling {
  size: number
  stride: number
  padding: number
  from: readonly [number, number]
  to: readonly [number, number]
}

/** The largest pixel of a window clipped to the image, the first of equal ones; `result` takes `largest` or `place`. */
const window = (result: 'largest' | 'place'): string => `
fn main(index : i32) {
  if (index >= uniforms.length) { return; }
  let channel = index % uniforms.channels;
  let outX = (index / uniforms.channels) % uniforms.outWidth;
  let outY = (index / (uniforms.channels * uniforms.outWidth)) % uniforms.outHeight;
  let image = index / (uniforms.channels * uniforms.outWidth * uniforms.outHeight);
  let top = max(0, outY * uniforms.stride - uniforms.padding);
  let left = max(0, outX * uniforms.stride - uniforms.padding);
  let bottom = min(uniforms.height, outY * uniforms.stride - uniforms.padding + uniforms.size);
  let right = min(uniforms.width, outX * uniforms.stride - uniforms.padding + uniforms.size);
  let base = image * uniforms.height * uniforms.width;
  var place = top * uniforms.width + left;
  var largest = x[(base + place) * uniforms.channels + channel];
  for (var row = top; row < bottom; row++) {
    for (var column = left; column < right; column++) {
      let value = x[(base + row * uniforms.width + column) * uniforms.channels + channel];
      if (value > largest) {
        largest = value;
        place = row * uniforms.width + column;
      }
    }
  }
  result[index] = ${result};
}`

/** Every pixel adds up the slopes of the windows that it won: no two invocations write one place. */
const gather = (added: boolean): string => `
fn main(index : i32) {
  if (index >= uniforms.length) { return; }
  let channel = index % uniforms.channels;
  let x = (index / uniforms.channels) % uniforms.width;
  let y = (index / (uniforms.channels * uniforms.width)) % uniforms.height;
  let image = index / (uniforms.channels * uniforms.width * uniforms.height);
  // Adding stride first keeps the division non-negative: the first window that reaches this far.
  let firstY = max(0, (y + uniforms.padding - uniforms.size + uniforms.stride) / uniforms.stride);
  let firstX = max(0, (x + uniforms.padding - uniforms.size + uniforms.stride) / uniforms.stride);
  let lastY = min(uniforms.outHeight - 1, (y + uniforms.padding) / uniforms.stride);
  let lastX = min(uniforms.outWidth - 1, (x + uniforms.padding) / uniforms.stride);
  var total = 0.0;
  for (var outY = firstY; outY <= lastY; outY++) {
    for (var outX = firstX; outX <= lastX; outX++) {
      let source = ((image * uniforms.outHeight + outY) * uniforms.outWidth + outX) * uniforms.channels + channel;
      total += select(0.0, dy[source], winners[source] == y * uniforms.width + x);
    }
  }
  result[index] = total${added ? ' + before[index]' : ''};
}`

function uniformsOf(channels: number, length: number, { size, stride, padding, from, to }: Pooling) {
  const [height, width] = from
  const [outHeight, outWidth] = to
  return { length, channels, height, width, outHeight, outWidth, size, stride, padding }
}

/** [B, H, W, C] -> [B, h, w, C]. */
export function maxPoolForward(backend: WebGPUBackend, x: tf.Tensor4D, pooling: Pooling): tf.Tensor4D {
  const [batch, , , channels] = x.shape
  const outputShape = [batch, ...pooling.to, channels]
  const length = batch * pooling.to[0] * pooling.to[1] * channels
  return runKernel<tf.Tensor4D>(
    backend,
    {
      name: 'maxPool',
      variables: ['x'],
      code: window('largest'),
      outputShape,
      groups: Math.ceil(length / 64),
      uniforms: uniformsOf(channels, length, pooling),
    },
    [x],
  )
}

/**
 * dy [B, h, w, C] -> [B, H, W, C]: each slope goes to its window's largest pixel, the first of equal ones. In a tidy.
 *
 * @param before [B, H, W, C], added.
 */
export function maxPoolBackward(
  backend: WebGPUBackend,
  x: tf.Tensor4D,
  dy: tf.Tensor4D,
  pooling: Pooling,
  before: tf.Tensor | null,
): tf.Tensor4D {
  const channels = x.shape[3]
  const winners = runKernel(
    backend,
    {
      name: 'maxPoolWinners',
      variables: ['x'],
      code: window('place'),
      outputShape: dy.shape,
      outputType: 'int32',
      groups: Math.ceil(dy.size / 64),
      uniforms: uniformsOf(channels, dy.size, pooling),
    },
    [x],
  )
  return runKernel<tf.Tensor4D>(
    backend,
    {
      name: 'maxPoolGradient',
      variables: ['dy', 'winners', ...(before ? ['before'] : [])],
      code: gather(before !== null),
      outputShape: x.shape,
      groups: Math.ceil(x.size / 64),
      uniforms: uniformsOf(channels, x.size, pooling),
    },
    [dy, winners, ...(before ? [before] : [])],
  )
}
