import type { WebGPUBackend } from '@tensorflow/tfjs-backend-webgpu'
import * as tf from '@tensorflow/tfjs-core'
import { dispatchForResults, type Kernel, runKernel } from './kernel'
import { POSITION, type ResizeSource } from './resizeKernels'

/** A map [B, H, W, C] raised to a grid by nearest neighbours, and the channels of a map of that grid behind its own. */
export interface Raise extends ResizeSource {
  to: readonly [number, number]
  batch: number
  channels: number
  /** 0: no map is joined. */
  besideChannels: number
}

function layoutOf({ from, rows, columns, to, batch, channels, besideChannels }: Raise) {
  const components = channels % 4 === 0 && besideChannels % 4 === 0 ? 4 : 1
  const own = channels / components
  const beside = besideChannels / components
  return {
    components,
    alias: `alias T = ${components === 4 ? 'vec4<f32>' : 'f32'};`,
    own: batch * from[0] * from[1] * own,
    all: batch * to[0] * to[1] * (own + beside),
    uniforms: {
      channels: own,
      beside,
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
  } as const
}

const LOW = (goal: string, axis: 'Y' | 'X', size: string) =>
  `positionOf(${goal}, uniforms.slope${axis}, uniforms.offset${axis}, uniforms.divisor${axis}, uniforms.${size}).low`

/** @returns [B, h, w, C + besideChannels] */
export function raiseForward(
  backend: WebGPUBackend,
  maps: readonly tf.Tensor4D[],
  raise: Raise,
): tf.Tensor4D {
  const { components, all, uniforms } = layoutOf(raise)
  const joins = maps.length > 1
  return runKernel<tf.Tensor4D>(
    backend,
    {
      name: 'raise',
      variables: joins ? ['below', 'skip'] : ['below'],
      components: maps.map(() => components),
      resultComponents: components,
      code: `${POSITION('nearest')}
fn main(index : i32) {
  if (index >= uniforms.length) { return; }
  let width = uniforms.channels + uniforms.beside;
  let channel = index % width;
  let pixel = index / width;
  ${joins ? 'if (channel >= uniforms.channels) { result[index] = skip[pixel * uniforms.beside + channel - uniforms.channels]; return; }' : ''}
  let x = ${LOW('pixel % uniforms.outWidth', 'X', 'width')};
  let y = ${LOW('(pixel / uniforms.outWidth) % uniforms.outHeight', 'Y', 'height')};
  let image = pixel / (uniforms.outWidth * uniforms.outHeight);
  result[index] = below[((image * uniforms.height + y) * uniforms.width + x) * uniforms.channels + channel];
}`,
      outputShape: [raise.batch, ...raise.to, raise.channels + raise.besideChannels],
      groups: Math.ceil(all / 64),
      uniforms: { length: all, ...uniforms },
    },
    maps,
  )
}

/** WGSL of the output pixels of an axis that may read pixel `at`, with one to spare on either side: `first`, `last`. */
const REACH = (axis: 'Y' | 'X', at: string, outSize: string) => `
  let slope${axis} = max(uniforms.slope${axis}, 1);
  let first${axis} = max(0, (${at} * uniforms.divisor${axis} - uniforms.offset${axis}) / slope${axis} - 1);
  let last${axis} = min(uniforms.${outSize} - 1, ((${at} + 1) * uniforms.divisor${axis} - uniforms.offset${axis}) / slope${axis} + 1);`

/**
 * The transposed map in one dispatch, in the order of one axis after the other.
 *
 * @param dy [B, h, w, C + besideChannels]
 * @returns the gradients of the map [B, H, W, C] and of the joined one [B, h, w, besideChannels], if there is one.
 */
export function raiseBackward(backend: WebGPUBackend, dy: tf.Tensor4D, raise: Raise): tf.Tensor4D[] {
  const { components, alias, own, uniforms } = layoutOf(raise)
  const { from, to, batch, channels, besideChannels } = raise
  const besideLength = (batch * to[0] * to[1] * besideChannels) / components
  const more: Kernel['more'] =
    besideChannels > 0 ? [{ name: 'skip', shape: [batch, ...to, besideChannels], components }] : []
  const passOn = `
    let place = index - uniforms.own;
    if (place >= uniforms.length - uniforms.own) { return; }
    skip[place] = dy[(place / uniforms.beside) * width + uniforms.channels + place % uniforms.beside];
    return;`
  return dispatchForResults(
    backend,
    {
      name: 'raiseGradient',
      variables: ['dy'],
      components: [components],
      resultComponents: components,
      code: `${alias}${POSITION('nearest')}
fn main(index : i32) {
  let width = uniforms.channels + uniforms.beside;
  if (index >= uniforms.own) {${besideChannels > 0 ? passOn : ' return;'}
  }
  let channel = index % uniforms.channels;
  let pixel = index / uniforms.channels;
  let x = pixel % uniforms.width;
  let y = (pixel / uniforms.width) % uniforms.height;
  let image = pixel / (uniforms.width * uniforms.height);
  ${REACH('Y', 'y', 'outHeight')}
  ${REACH('X', 'x', 'outWidth')}
  var total = T(0.0);
  for (var goalX = firstX; goalX <= lastX; goalX++) {
    if (${LOW('goalX', 'X', 'width')} != x) { continue; }
    var column = T(0.0);
    for (var goalY = firstY; goalY <= lastY; goalY++) {
      if (${LOW('goalY', 'Y', 'height')} != y) { continue; }
      column += dy[((image * uniforms.outHeight + goalY) * uniforms.outWidth + goalX) * width + channel];
    }
    total += column;
  }
  result[index] = total;
}`,
      outputShape: [batch, ...from, channels],
      more,
      groups: Math.ceil((own + besideLength) / 64),
      uniforms: { own, length: own + besideLength, ...uniforms },
    },
    [dy],
  ).map(info => tf.engine().makeTensorFromTensorInfo(info) as tf.Tensor4D)
}
