import type { WebGPUBackend } from '@tensorflow/tfjs-backend-webgpu'
import type * as tf from '@tensorflow/tfjs-core'
import { runKernel } from './dispatchKernel'

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

/** Every input pixel gathers from the output pixels that read it: no two invocations write one place. */
const BACKWARD = `
fn share(at : i32, position : Position) -> f32 {
  return select(0.0, 1.0 - position.weight, position.low == at) + select(0.0, position.weight, position.high == at);
}
/** The first and last output pixel that can read an input pixel, with one to spare on either side. */
fn readers(at : i32, slope : i32, offset : i32, divisor : i32, size : i32, outSize : i32) -> vec2<i32> {
  let first = select(((at - 1) * divisor - offset) / max(slope, 1) - 1, 0, at == 0);
  let last = select(((at + 1) * divisor - offset) / max(slope, 1) + 1, outSize - 1, at == size - 1);
  return vec2<i32>(max(first, 0), min(last, outSize - 1));
}
fn main(index : i32) {
  if (index >= uniforms.length) { return; }
  let channel = index % uniforms.channels;
  let pixel = index / uniforms.channels;
  let atX = pixel % uniforms.width;
  let atY = (pixel / uniforms.width) % uniforms.height;
  let image = pixel / (uniforms.width * uniforms.height);
  let rows = readers(atY, uniforms.slopeY, uniforms.offsetY, uniforms.divisorY, uniforms.height, uniforms.outHeight);
  let columns = readers(atX, uniforms.slopeX, uniforms.offsetX, uniforms.divisorX, uniforms.width, uniforms.outWidth);
  var total = 0.0;
  for (var outY = rows.x; outY <= rows.y; outY++) {
    let y = positionOf(outY, uniforms.slopeY, uniforms.offsetY, uniforms.divisorY, uniforms.height);
    let shareY = share(atY, y);
    if (shareY == 0.0) { continue; }
    let line = (image * uniforms.outHeight + outY) * uniforms.outWidth;
    for (var outX = columns.x; outX <= columns.y; outX++) {
      let x = positionOf(outX, uniforms.slopeX, uniforms.offsetX, uniforms.divisorX, uniforms.width);
      total += shareY * share(atX, x) * source[(line + outX) * uniforms.channels + channel];
    }
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
export function resizeForward(backend: WebGPUBackend, x: tf.Tensor4D, resize: Resize): tf.Tensor4D {
  return run(backend, x, resize, FORWARD, resize.to)
}

/** The transposed map: dy [B, h, w, C] -> [B, H, W, C]. */
export function resizeBackward(backend: WebGPUBackend, dy: tf.Tensor4D, resize: Resize): tf.Tensor4D {
  return run(backend, dy, resize, BACKWARD, resize.from)
}

function run(
  backend: WebGPUBackend,
  source: tf.Tensor4D,
  { mode, from, to, rows, columns }: Resize,
  code: string,
  [height, width]: readonly [number, number],
): tf.Tensor4D {
  const [batch, , , channels] = source.shape
  const length = batch * height * width * channels
  return runKernel<tf.Tensor4D>(
    backend,
    {
      name: `resize ${mode}`,
      variables: ['source'],
      code: POSITION(mode) + code,
      outputShape: [batch, height, width, channels],
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
    [source],
  )
}
