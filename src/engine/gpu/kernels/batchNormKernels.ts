import type { WebGPUBackend } from '@tensorflow/tfjs-backend-webgpu'
import * as tf from '@tensorflow/tfjs-core'
import { undoOnFailure } from '../guardedBackend'
import { type Activation, activationCode } from './activation'
import { dispatchForResults, dispatchKernel, type Kernel } from './kernel'

/** How a map [..., C] is read: four channels at a time where they divide by four. */
interface Columns {
  components: 1 | 4
  /** Elements of the buffer in a pixel. */
  columns: number
  rows: number
  channels: number
  alias: string
}

function columnsOf(x: tf.TensorInfo): Columns {
  const channels = x.shape.at(-1)!
  const components = channels % 4 === 0 ? 4 : 1
  return {
    components,
    columns: channels / components,
    rows: tf.util.sizeFromShape(x.shape) / channels,
    channels,
    alias: `alias T = ${components === 4 ? 'vec4<f32>' : 'f32'};`,
  }
}

/** Invocations that keep a wide GPU's memory busy. */
const WANTED_INVOCATIONS = 32_768

/** Rows of a share, at least: partial results are two numbers a channel and share. */
const FEWEST_ROWS = 16

/** How the rows are shared among invocations, by shapes alone. */
function sharesOf({ columns, rows }: Columns): { share: number; splits: number } {
  const wanted = Math.max(
    1,
    Math.min(Math.ceil(rows / FEWEST_ROWS), Math.round(WANTED_INVOCATIONS / columns)),
  )
  const share = Math.ceil(rows / wanted)
  return { share, splits: Math.ceil(rows / share) }
}

/** Maps of fewer pixels than this are reduced in one dispatch, without shares: small ones cost their start alone. */
const MOST_JOINED_ROWS = 1024

/** Invocations of a workgroup that joins, and of any other. */
const JOINING_GROUP = 256
const GROUP = 64

/** Invocations that join what there is of a channel, so that each takes some sixteen. Neighbours take other channels. */
function lanesOf(parts: number): number {
  return Math.min(64, 2 ** Math.max(0, Math.ceil(Math.log2(parts / 16))))
}

/**
 * A kernel that joins `parts` numbers or partial results of every channel: `lanes` invocations take a channel's, the
 * first of them joins what the others found, in order. `take` (one of them, from `part` and `channel`) and `join` are of
 * the struct `Part`; `store` sees the `total` and its `channel`.
 */
function joinKernel(
  channels: number,
  parts: number,
  { struct, take, join, store }: Record<'struct' | 'take' | 'join' | 'store', string>,
): Pick<Kernel, 'code' | 'groups' | 'groupSize'> {
  const lanes = lanesOf(parts)
  const width = JOINING_GROUP / lanes
  const code = `
struct Part ${struct}
fn take(part : i32, channel : i32) -> Part { ${take} }
fn join(a : Part, b : Part) -> Part { ${join} }
var<workgroup> found : array<Part, ${JOINING_GROUP}>;
fn main(invocation : i32) {
  let place = invocation % ${JOINING_GROUP};
  let lane = place / ${width};
  let own = invocation / ${JOINING_GROUP} * ${width} + place % ${width};
  let channel = min(own, uniforms.channels - 1);
  var total = Part();
  for (var part = lane; part < uniforms.parts; part += ${lanes}) { total = join(total, take(part, channel)); }
  found[place] = total;
  workgroupBarrier();
  if (lane > 0 || own >= uniforms.channels) { return; }
  for (var other = 1; other < ${lanes}; other++) { total = join(total, found[place + other * ${width}]); }
  ${store}
}`
  return { code, groups: Math.ceil(channels / width), groupSize: JOINING_GROUP }
}

/** WGSL of a kernel that goes through a share of the rows of `columns` columns, an element of `T` at a time. */
const shareCode = (before: string, each: string, first: string, second: string) => `
fn main(invocation : i32) {
  let columns = uniforms.columns;
  if (invocation >= columns * uniforms.splits) { return; }
  let column = invocation % columns;
  let split = invocation / columns;
  let firstRow = split * uniforms.share;
  let lastRow = min(uniforms.rows, firstRow + uniforms.share);
  ${before}
  for (var row = firstRow; row < lastRow; row++) {
    let index = row * columns + column;
    ${each}
  }
  result[2 * split * columns + column] = ${first};
  result[(2 * split + 1) * columns + column] = ${second};
}`

/** Mean and sum of squared deviations of a share, one by one (Welford 1962). */
const SHARE_MOMENTS = shareCode(
  'var mean = T(0.0);\n  var squares = T(0.0);\n  var count = 0.0;',
  `count += 1.0;
    let value = x[index];
    let deviation = value - mean;
    mean += deviation * (1.0 / count);
    squares += deviation * (value - mean);`,
  'mean',
  'squares',
)

/**
 * A batch's statistics and the running ones moved towards them, in one dispatch or, of a large map, two: moments of
 * shares of the rows, joined pairwise (Chan et al. 1979), so that no large numbers cancel.
 *
 * @param inputs x [..., C], scale, shift, running mean and running variance, each [C].
 * @returns coefficients [4, C]: mean, scale / deviation, shift, 1 / deviation, where the deviation is that of the biased
 *   variance plus epsilon; and the moved running mean and (unbiased) variance, [C] each. The caller owns all three.
 */
export function batchMoments(
  backend: WebGPUBackend,
  inputs: readonly [tf.TensorInfo, tf.TensorInfo, tf.TensorInfo, tf.TensorInfo, tf.TensorInfo],
  { epsilon, momentum }: { epsilon: number; momentum: number },
): tf.TensorInfo[] {
  const [x, ...vectors] = inputs
  const layout = columnsOf(x)
  const { components, columns, rows, channels, alias } = layout
  const direct = rows <= MOST_JOINED_ROWS
  const { share, splits } = direct ? { share: 1, splits: rows } : sharesOf(layout)
  return undoOnFailure(backend, () => {
    const parts = direct
      ? x
      : dispatchKernel(
          backend,
          {
            name: 'shareMoments',
            variables: ['x'],
            components: [components],
            resultComponents: components,
            code: `${alias}${SHARE_MOMENTS}`,
            outputShape: [splits, 2 * channels],
            groups: Math.ceil((columns * splits) / GROUP),
            uniforms: { rows, columns, share, splits },
          },
          [x],
        )
    const results = dispatchForResults(
      backend,
      {
        ...joinKernel(channels, splits, {
          struct: '{ count : f32, mean : f32, squares : f32 }',
          take: direct
            ? 'return Part(1.0, parts[part * uniforms.channels + channel], 0.0);'
            : `let at = 2 * part * uniforms.channels + channel;
  let count = f32(min(uniforms.share, uniforms.rows - part * uniforms.share));
  return Part(count, parts[at], parts[at + uniforms.channels]);`,
          join: `let count = a.count + b.count;
  let weight = b.count / max(count, 1.0);
  let apart = b.mean - a.mean;
  return Part(count, a.mean + apart * weight, a.squares + b.squares + apart * apart * a.count * weight);`,
          store: `let channels = uniforms.channels;
  let variance = total.squares / total.count;
  let inverse = inverseSqrt(variance + uniforms.epsilon);
  result[channel] = total.mean;
  result[channels + channel] = scale[channel] * inverse;
  result[2 * channels + channel] = shift[channel];
  result[3 * channels + channel] = inverse;
  movedMean[channel] = uniforms.kept * runningMean[channel] + uniforms.taken * total.mean;
  movedVariance[channel] = uniforms.kept * runningVariance[channel] + uniforms.takenUnbiased * variance;`,
        }),
        name: 'batchMoments',
        variables: ['parts', 'scale', 'shift', 'runningMean', 'runningVariance'],
        outputShape: [4, channels],
        more: [
          { name: 'movedMean', shape: [channels] },
          { name: 'movedVariance', shape: [channels] },
        ],
        uniforms: { rows, channels, share, parts: splits },
        numbers: {
          epsilon,
          kept: 1 - momentum,
          taken: momentum,
          takenUnbiased: (momentum * rows) / Math.max(1, rows - 1),
        },
      },
      [parts, ...vectors],
    )
    if (!direct) backend.disposeData(parts.dataId)
    return results
  })
}

/** WGSL of a pass over the elements of a map. */
const elementCode = (code: string) => `
fn main(index : i32) {
  if (index >= uniforms.length) { return; }
  let columns = uniforms.columns;
  let column = index % columns;
  ${code}
}`

function elementKernel(x: tf.TensorInfo): Omit<Kernel, 'name' | 'variables' | 'code'> {
  const { components, columns, rows } = columnsOf(x)
  const length = rows * columns
  return {
    resultComponents: components,
    outputShape: x.shape,
    groups: Math.ceil(length / GROUP),
    uniforms: { length, columns },
  }
}

/** The value before the activation, from the rows of `coefficients`; `columns` and `column` are in scope. */
const AFFINE =
  '(x[index] - coefficients[column]) * coefficients[columns + column] + coefficients[2 * columns + column]'

/** The normalised value, without scale and shift. */
const UNIT = '(x[index] - coefficients[column]) * coefficients[3 * columns + column]'

/** activate((x - mean) factor + shift + residual), from the coefficients of `batchMoments`, in one dispatch. */
export function normaliseAndActivate(
  backend: WebGPUBackend,
  { x, coefficients, residual }: { x: tf.TensorInfo; coefficients: tf.TensorInfo; residual?: tf.TensorInfo },
  activation: Activation,
): tf.TensorInfo {
  const { components, alias } = columnsOf(x)
  const inputs = residual ? [x, coefficients, residual] : [x, coefficients]
  return dispatchKernel(
    backend,
    {
      ...elementKernel(x),
      name: 'normaliseAndActivate',
      variables: residual ? ['x', 'coefficients', 'residual'] : ['x', 'coefficients'],
      components: inputs.map(() => components),
      code: `${alias}${activationCode(activation)}${elementCode(
        `result[index] = activate(${AFFINE}${residual ? ' + residual[index]' : ''});`,
      )}`,
    },
    inputs,
  )
}

/** The same with given statistics: x [..., C]; scale, shift, mean and variance [C] each; one dispatch. */
export function normaliseByStatistics(
  backend: WebGPUBackend,
  { x, vectors, residual }: { x: tf.TensorInfo; vectors: readonly tf.TensorInfo[]; residual?: tf.TensorInfo },
  activation: Activation,
  epsilon: number,
): tf.TensorInfo {
  const { components, alias } = columnsOf(x)
  const names = ['x', 'scale', 'shift', 'mean', 'variance', ...(residual ? ['residual'] : [])]
  const value = `(x[index] - mean[column]) * (scale[column] * inverseSqrt(variance[column] + T(uniforms.epsilon))) + shift[column]`
  return dispatchKernel(
    backend,
    {
      ...elementKernel(x),
      name: 'normaliseByStatistics',
      variables: names,
      components: names.map(() => components),
      code: `${alias}${activationCode(activation)}${elementCode(
        `result[index] = activate(${value}${residual ? ' + residual[index]' : ''});`,
      )}`,
      numbers: { epsilon },
    },
    [x, ...vectors, ...(residual ? [residual] : [])],
  )
}

/**
 * Gradients of `normaliseAndActivate` where the coefficients are functions of x (Ioffe and Szegedy 2015, section 3), in
 * two dispatches or, of a large map, three. The activation's derivative is recomputed from x; behind a residual that is
 * a ReLU's, from its result y.
 *
 * @returns the gradients of x, scale and shift, and given y that of the residual; the caller owns them.
 */
export function normalisationGradients(
  backend: WebGPUBackend,
  { x, coefficients, dy, y }: Record<'x' | 'coefficients' | 'dy', tf.TensorInfo> & { y?: tf.TensorInfo },
  activation: Activation,
): tf.TensorInfo[] {
  const layout = columnsOf(x)
  const { components, columns, rows, channels, alias } = layout
  const direct = rows <= MOST_JOINED_ROWS
  const { share, splits } = direct ? { share: 1, splits: rows } : sharesOf(layout)
  const inputs = { x, coefficients, dy, ...(y && { y }) }
  const prelude = `${alias}${activationCode(activation)}`
  const slope = `let slope = activationGradient(${y ? 'y[index]' : AFFINE}, dy[index]);`
  return undoOnFailure(backend, () => {
    const parts = direct
      ? inputs
      : {
          parts: dispatchKernel(
            backend,
            {
              name: 'normalisationSlopes',
              variables: Object.keys(inputs),
              components: Object.keys(inputs).map(() => components),
              resultComponents: components,
              code: `${prelude}${shareCode(
                'var unitSum = T(0.0);\n  var sum = T(0.0);',
                `${slope}
    unitSum += slope * (${UNIT});
    sum += slope;`,
                'unitSum',
                'sum',
              )}`,
              outputShape: [splits, 2 * channels],
              groups: Math.ceil((columns * splits) / GROUP),
              uniforms: { rows, columns, share, splits },
            },
            Object.values(inputs),
          ),
        }
    const joining = joinKernel(channels, splits, {
      struct: '{ unitSum : f32, sum : f32 }',
      take: direct
        ? `let columns = uniforms.channels;
  let column = channel;
  let index = part * columns + column;
  ${slope}
  return Part(slope * (${UNIT}), slope);`
        : `let at = 2 * part * uniforms.channels + channel;
  return Part(parts[at], parts[at + uniforms.channels]);`,
      join: 'return Part(a.unitSum + b.unitSum, a.sum + b.sum);',
      store: 'result[channel] = total.unitSum;\n  dShift[channel] = total.sum;',
    })
    const [dScale, dShift] = dispatchForResults(
      backend,
      {
        ...joining,
        name: 'normalisationSums',
        variables: Object.keys(parts),
        code: `${direct ? `alias T = f32;${activationCode(activation)}` : ''}${joining.code}`,
        outputShape: [channels],
        more: [{ name: 'dShift', shape: [channels] }],
        uniforms: { channels, parts: splits },
      },
      Object.values(parts),
    ) as [tf.TensorInfo, tf.TensorInfo]
    if ('parts' in parts) backend.disposeData(parts.parts.dataId)
    const all = { ...inputs, dScale, dShift }
    const [dx, ...dResidual] = dispatchForResults(
      backend,
      {
        ...elementKernel(x),
        name: 'normalisationGradient',
        variables: Object.keys(all),
        components: Object.keys(all).map(() => components),
        more: y ? [{ name: 'dResidual', shape: x.shape, components }] : [],
        code: `${prelude}${elementCode(
          `${slope}
  let unit = ${UNIT};
  result[index] = coefficients[columns + column] * (slope - (dShift[column] + unit * dScale[column]) * uniforms.share);
  ${y ? 'dResidual[index] = slope;' : ''}`,
        )}`,
        numbers: { share: 1 / rows },
      },
      Object.values(all),
    ) as [tf.TensorInfo, ...tf.TensorInfo[]]
    return [dx, dScale, dShift, ...dResidual]
  })
}
