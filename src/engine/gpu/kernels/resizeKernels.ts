import type { WebGPUBackend } from '@tensorflow/tfjs-backend-webgpu'
import type * as tf from '@tensorflow/tfjs-core'
import { type Activation, activationCode } from './activation'
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
export const POSITION = (mode: ResizeMode) => `
struct Position { low : i32, high : i32, weight : f32 };
fn positionOf(goal : i32, slope : i32, offset : i32, divisor : i32, size : i32) -> Position {
  let reach = max(0, slope * goal + offset);
  let low = min(reach / divisor, size - 1);
  let high = ${mode === 'nearest' ? 'low' : 'min(low + 1, size - 1)'};
  return Position(low, high, ${mode === 'nearest' ? '0.0' : 'f32(reach - low * divisor) / f32(divisor)'});
}`

/** WGSL of one source's value at (image, outY, outX, channel), all of them names in scope. */
function sourceValue(
  { from, rows, columns }: ResizeSource,
  i: number,
  to: readonly [number, number],
): string {
  const at = (row: string, column: string) =>
    `source${i}[((image * uniforms.height${i} + ${row}) * uniforms.width${i} + ${column}) * uniforms.channels + channel]`
  if (from[0] === to[0] && from[1] === to[1] && isIdentity(rows) && isIdentity(columns)) {
    return `let value${i} = ${at('outY', 'outX')};`
  }
  const position = (goal: string, axis: 'Y' | 'X', size: string) =>
    `positionOf(${goal}, uniforms.slope${axis}${i}, uniforms.offset${axis}${i}, uniforms.divisor${axis}${i}, uniforms.${size}${i})`
  return `
  let y${i} = ${position('outY', 'Y', 'height')};
  let x${i} = ${position('outX', 'X', 'width')};
  let a${i} = ${at(`y${i}.low`, `x${i}.low`)};
  let b${i} = ${at(`y${i}.low`, `x${i}.high`)};
  let c${i} = ${at(`y${i}.high`, `x${i}.low`)};
  let d${i} = ${at(`y${i}.high`, `x${i}.high`)};
  let upper${i} = a${i} + (b${i} - a${i}) * x${i}.weight;
  let lower${i} = c${i} + (d${i} - c${i}) * x${i}.weight;
  let value${i} = upper${i} + (lower${i} - upper${i}) * y${i}.weight;`
}

const isIdentity = ({ slope, offset, divisor }: AxisMap) => slope === divisor && offset === 0

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
  var total = T(0.0);
  for (var goal = first; goal <= last; goal++) {
    let position = positionOf(goal, uniforms.slope, uniforms.offset, uniforms.divisor, uniforms.size);
    total += share(at, position) * source[(outer * uniforms.outSize + goal) * uniforms.inner + within];
  }
  result[index] = total;
}`

/** A map that is resized: its [height, width] and where the output's axes read it. */
export interface ResizeSource {
  from: readonly [number, number]
  rows: AxisMap
  columns: AxisMap
}

interface Resize extends ResizeSource {
  mode: ResizeMode
  to: readonly [number, number]
}

/** As many stages or branches as networks have; each adds to what the shader takes to compile. */
export const MOST_RESIZE_SOURCES = 4

/**
 * The sum of maps resized to one size, in the order of the list, and what follows it; a map that has that size already
 * is added as it is.
 *
 * @param maps [B, H_i, W_i, C] each, at most `MOST_RESIZE_SOURCES`.
 * @returns [B, h, w, C]
 */
export function resizeForward(
  backend: WebGPUBackend,
  maps: readonly tf.Tensor4D[],
  {
    mode,
    to,
    sources,
    activation = 'none',
  }: {
    mode: ResizeMode
    to: readonly [number, number]
    sources: readonly ResizeSource[]
    activation?: Activation
  },
): tf.Tensor4D {
  const [batch, , , channels] = maps[0]!.shape
  const components = channels % 4 === 0 ? 4 : 1
  const length = (batch * to[0] * to[1] * channels) / components
  const geometry = sources.flatMap(({ from, rows, columns }, i) => [
    [`height${i}`, from[0]],
    [`width${i}`, from[1]],
    [`slopeY${i}`, rows.slope],
    [`offsetY${i}`, rows.offset],
    [`divisorY${i}`, rows.divisor],
    [`slopeX${i}`, columns.slope],
    [`offsetX${i}`, columns.offset],
    [`divisorX${i}`, columns.divisor],
  ])
  return runKernel<tf.Tensor4D>(
    backend,
    {
      name: `resize ${mode}`,
      variables: maps.map((_, i) => `source${i}`),
      components: maps.map(() => components),
      resultComponents: components,
      code: `${POSITION(mode)}
alias T = ${components === 4 ? 'vec4<f32>' : 'f32'};
${activationCode(activation)}
fn main(index : i32) {
  if (index >= uniforms.length) { return; }
  let channel = index % uniforms.channels;
  let pixel = index / uniforms.channels;
  let outX = pixel % uniforms.outWidth;
  let outY = (pixel / uniforms.outWidth) % uniforms.outHeight;
  let image = pixel / (uniforms.outWidth * uniforms.outHeight);
  ${sources.map((source, i) => sourceValue(source, i, to)).join('\n  ')}
  result[index] = activate(${sources.map((_, i) => `value${i}`).join(' + ')});
}`,
      outputShape: [batch, ...to, channels],
      groups: Math.ceil(length / 64),
      uniforms: {
        length,
        channels: channels / components,
        outHeight: to[0],
        outWidth: to[1],
        ...Object.fromEntries(geometry),
      },
    },
    maps,
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
  const components = shape[3]! % 4 === 0 ? 4 : 1
  const length = shape.reduce((product, extent) => product * extent, 1) / components
  return runKernel<tf.Tensor4D>(
    backend,
    {
      name: `resizeGradient ${mode}`,
      variables: ['source'],
      components: [components],
      resultComponents: components,
      code: `alias T = ${components === 4 ? 'vec4<f32>' : 'f32'};${POSITION(mode)}${BACKWARD}`,
      outputShape: shape,
      groups: Math.ceil(length / 64),
      uniforms: { length, ...sizes, inner: sizes.inner / components, ...axis },
    },
    [source],
  )
}
