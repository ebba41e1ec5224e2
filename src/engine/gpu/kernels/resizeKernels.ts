import type { WebGPUBackend } from '@tensorflow/tfjs-backend-webgpu'
import type * as tf from '@tensorflow/tfjs-core'
import { runKernel } from './kernel'

/**
 * Where an output pixel of one axis reads: at (slope dst + offset) / divisor, clamped at 0, between that pixel and the
 * next. In integers, so that no rounding moves a boundary.
 */
export interface AxisMap {
  slope: number
  offset: number
  divisor: number
}

export type ResizeMode = 'bilinear' | 'nearest'

/** How far between `low` and `low + 1` an output pixel reads, as WGSL functions of the destination. */
const POSITION = (mode: ResizeMode) => `
struct Position { low : i32, high : i32, weight : f32 };
fn positionOf(goal : i32, slope : i32, offset : i32, divisor : i32, size : i32) -> Position {
  let reach = max(0, slope * goal + offset);
  let low = min(reach / divisor, size - 1);
  let high = ${mode === 'nearest' ? 'low' : 'min(low + 1, size - 1)'};
  return Position(low, high, ${mode === 'nearest' ? '0.0' : 'f32(reach - low * divisor) / f32(divisor)'});
}`

const FORWARD = `
fn main(index : i32) {
  if (index >= uniforms.length) { return; }
  let channel = index % uniforms.channels;
  let pixel = index / uniforms.channels;
  let outX = pixel % uniforms.outWidth;
  let outY = (pixel / uniforms.outWidth) % uniforms.outHeight;
  let image = pixel / (uniforms.outWidth * uniforms.outHeight);
  let y = positionOf(outY, uniforms.slopeY, uniforms.offsetY, uniforms.divisorY, uniforms.height);
  let x = positionOf(outX, uniforms.slopeX, uniforms.offsetX, uniforms.divisorX, uniforms.width);
  let top = (image * uniforms.height + y.low) * uniforms.width;
  let bottom = (image * uniforms.height + y.high) * uniforms.width;
  let a = source[(top + x.low) * uniforms.channels + channel];
  let b = source[(top + x.high) * uniforms.channels + channel];
  let c = source[(bottom + x.low) * uniforms.channels + channel];
  let d = source[(bottom + x.high) * uniforms.channels + channel];
  let upper = a + (b - a) * x.weight;
  let lower = c + (d - c) * x.weight;
  result[index] = upper + (lower - upper) * y.weight;
}`

/** One axis of [outer, outSize, inner] gathered back to [outer, size, inner]: no two invocations write one place. */
const BACKWARD = `
fn share(at : i32, position : Position) -> f32 {
  return select(0.0, 1.0 - position.weight, position.low == at) + select(0.0, position.weight, position.high == at);
}
fn main(index : i32) {
  if (index >= uniforms.length) { return; }
  let within = index % uniforms.inner;
  let at = (index / uniforms.inner) % uniforms.size;
  let outer = index / (uniforms.inner * uniforms.size);
  // The output pixels that can read this one, with one to spare on either side; those at the rims read more.
  let slope = max(uniforms.slope, 1);
  var first = max(0, ((at - 1) * uniforms.divisor - uniforms.offset) / slope - 1);
  var last = min(uniforms.outSize - 1, ((at + 1) * uniforms.divisor - uniforms.offset) / slope + 1);
  if (at == 0) { first = 0; }
  if (at == uniforms.size - 1) { last = uniforms.outSize - 1; }
  var total = 0.0;
  for (var goal = first; goal <= last; goal++) {
    let position = positionOf(goal, uniforms.slope, uniforms.offset, uniforms.divisor, uniforms.size);
    total += share(at, position) * source[(outer * uniforms.outSize + goal) * uniforms.inner + within];
  }
  result[index] = total;
}`

interface Resize {
  mode: ResizeMode
  /** [height, width] of the image that is resized. */
  from: readonly [number, number]
  to: readonly [number, number]
  rows: AxisMap
  columns: AxisMap
}

/** [B, H, W, C] -> [B, h, w, C]. */
export function resizeForward(
  backend: WebGPUBackend,
  x: tf.Tensor4D,
  { mode, from, to, rows, columns }: Resize,
): tf.Tensor4D {
  const [batch, , , channels] = x.shape
  const length = batch * to[0] * to[1] * channels
  return runKernel<tf.Tensor4D>(
    backend,
    {
      name: `resize ${mode}`,
      variables: ['source'],
      code: POSITION(mode) + FORWARD,
      outputShape: [batch, ...to, channels],
      groups: Math.ceil(length / 64),
      uniforms: {
        length,
        channels,
        height: from[0],
        width: from[1],
        outHeight: to[0],
        outWidth: to[1],
        slopeY: rows.slope,
        offsetY: rows.offset,
        divisorY: rows.divisor,
        slopeX: columns.slope,
        offsetX: columns.offset,
        divisorX: columns.divisor,
      },
    },
    [x],
  )
}

/** The transposed map, an axis at a time: dy [B, h, w, C] -> [B, H, W, C]. */
export function resizeBackward(backend: WebGPUBackend, dy: tf.Tensor4D, resize: Resize): tf.Tensor4D {
  const [batch, , w, channels] = dy.shape
  const [height, width] = resize.from
  const tall = gatherBack(backend, dy, resize.mode, resize.rows, {
    size: height,
    outSize: resize.to[0],
    inner: w * channels,
    shape: [batch, height, w, channels],
  })
  const small = gatherBack(backend, tall, resize.mode, resize.columns, {
    size: width,
    outSize: w,
    inner: channels,
    shape: [batch, height, width, channels],
  })
  tall.dispose()
  return small
}

function gatherBack(
  backend: WebGPUBackend,
  source: tf.Tensor4D,
  mode: ResizeMode,
  axis: AxisMap,
  { shape, ...sizes }: { size: number; outSize: number; inner: number; shape: number[] },
): tf.Tensor4D {
  const length = shape.reduce((product, extent) => product * extent, 1)
  return runKernel<tf.Tensor4D>(
    backend,
    {
      name: `resizeGradient ${mode}`,
      variables: ['source'],
      code: POSITION(mode) + BACKWARD,
      outputShape: shape,
      groups: Math.ceil(length / 64),
      uniforms: { length, ...sizes, ...axis },
    },
    [source],
  )
}
