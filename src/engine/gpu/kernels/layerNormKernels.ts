import type { WebGPUBackend } from '@tensorflow/tfjs-backend-webgpu'
import * as tf from '@tensorflow/tfjs-core'
import { dispatchForResults, repeat, runForResults, splitCount } from './kernel'
import { nextStart, sumPartialParts } from './partialSums'
import { columnSums } from './reductions'
import { BRANCH_FACTOR, type BranchFactors, branchNumbers } from './residual'
import { prefersTiles } from './softwareAdapters'

const WORKGROUP = 64

/** Rows of a lane that a gradient's workgroup adds up at least, so that partial sums stay few. */
const LEAST_STEPS = 4

/** How the rows of a tensor [..., C] are spread over invocations. */
interface Rows {
  rows: number
  /** Elements of a row, vec4s where C is a multiple of 4. */
  columns: number
  components: 1 | 4
  /** Neighbouring invocations that share a row, a power of two; 1 where a row has one of its own. */
  lanes: number
  /** Elements of a lane, `lanes` apart. */
  perLane: number
}

function spread(x: tf.Tensor, channels: number): Rows {
  const components = channels % 4 === 0 ? 4 : 1
  const columns = channels / components
  const lanes = Math.min(WORKGROUP, 2 ** Math.floor(Math.log2(Math.max(1, columns / 2))))
  return { rows: x.size / channels, columns, components, lanes, perLane: Math.ceil(columns / lanes) }
}

const typeOf = ({ components }: Rows) => `
alias T = ${components === 4 ? 'vec4<f32>' : 'f32'};
fn across(value : T) -> f32 { return ${components === 4 ? 'dot(value, vec4<f32>(1.0))' : 'value'}; }`

/** WGSL of the sum over the lanes of a row, which every lane of the workgroup has to ask for. */
const rowTotal = (type: 'f32' | 'vec2<f32>', { lanes }: Rows) => `
var<workgroup> shares : array<${type}, ${WORKGROUP}>;
fn rowTotal(share : ${type}, local : i32) -> ${type} {
  workgroupBarrier();
  shares[local] = share;
  workgroupBarrier();
  let first = local - local % ${lanes};
  var total = ${type}(0.0);
  for (var lane = 0; lane < ${lanes}; lane++) { total += shares[first + lane]; }
  return total;
}`

export interface LayerNormInput {
  /** [..., C] float32. */
  x: tf.Tensor
  /** Added to x, times its sample's factor, before the norm; [B, ..., C] like x. */
  branch: tf.Tensor | null
  factors: BranchFactors
  /** [C] */
  scale: tf.Tensor
  /** [C] */
  shift: tf.Tensor
  epsilon: number
}

/** WGSL of the row's element at `place`: of x, or of its sum with the branch, which is kept. */
function element({ branch, factors }: LayerNormInput, keep: boolean): string {
  if (!branch) return 'x[place]'
  if (!keep) return 'sum[place]'
  return factors
    ? 'x[place] + branchFactor(row / uniforms.sampleRows) * branch[place]'
    : 'x[place] + branch[place]'
}

/** An invocation a row: no workgroup memory, for software adapters. */
const forwardByRow = (input: LayerNormInput) => `
fn main(row : i32) {
  if (row >= uniforms.rows) { return; }
  let channels = f32(uniforms.columns) * f32(${input.scale.size % 4 === 0 ? 4 : 1});
  let begin = row * uniforms.columns;
  var total = T(0.0);
  for (var place = begin; place < begin + uniforms.columns; place++) {
    let value = ${element(input, true)};
    ${input.branch ? 'sum[place] = value;' : ''}
    total += value;
  }
  let mean = across(total) / channels;
  var squares = T(0.0);
  for (var place = begin; place < begin + uniforms.columns; place++) {
    let centred = ${element(input, false)} - mean;
    squares += centred * centred;
  }
  let scaling = inverseSqrt(across(squares) / channels + uniforms.epsilon);
  for (var column = 0; column < uniforms.columns; column++) {
    let place = begin + column;
    result[place] = (${element(input, false)} - mean) * scaling * scale[column] + shift[column];
  }
  statistics[2 * row] = mean;
  statistics[2 * row + 1] = scaling;
}`

/** Lanes share a row and keep their elements in registers. */
function forwardByLanes(input: LayerNormInput, spreading: Rows): string {
  const { lanes, perLane, components } = spreading
  const each = (line: (k: number) => string) => repeat(perLane, line)
  const inside = (k: number) => `lane + ${k * lanes} < uniforms.columns`
  return `${rowTotal('f32', spreading)}
fn main(index : i32) {
  let channels = f32(uniforms.columns) * f32(${components});
  let local = index % ${WORKGROUP};
  let lane = local % ${lanes};
  let row = index / ${lanes};
  let live = row < uniforms.rows;
  let begin = min(row, uniforms.rows - 1) * uniforms.columns;
  var total = T(0.0);
  ${each(
    k => `var value${k} = T(0.0);
  if (live && ${inside(k)}) {
    let place = begin + lane + ${k * lanes};
    value${k} = ${element(input, true)};
    ${input.branch ? `sum[place] = value${k};` : ''}
    total += value${k};
  }`,
  )}
  let mean = rowTotal(across(total), local) / channels;
  var squares = T(0.0);
  ${each(k => `if (${inside(k)}) { value${k} -= mean; squares += value${k} * value${k}; }`)}
  let scaling = inverseSqrt(rowTotal(across(squares), local) / channels + uniforms.epsilon);
  if (!live) { return; }
  ${each(
    k => `if (${inside(k)}) {
    let column = lane + ${k * lanes};
    result[begin + column] = value${k} * scaling * scale[column] + shift[column];
  }`,
  )}
  if (lane == 0) {
    statistics[2 * row] = mean;
    statistics[2 * row + 1] = scaling;
  }
}`
}

/**
 * Layer normalisation over the last axis, of x or of x + factor branch, in one dispatch.
 *
 * @returns the normalised rows shaped like x; [rows, 2], the mean and the reciprocal standard deviation of each; and the
 *   sum, which is x itself where there is no branch.
 */
export function layerNormForward(
  backend: WebGPUBackend,
  input: LayerNormInput,
): { normed: tf.Tensor; statistics: tf.Tensor; sum: tf.Tensor } {
  const { x, branch, factors, scale, shift, epsilon } = input
  const spreading = spread(x, scale.size)
  const { rows, columns, components, lanes } = spreading
  const alone = prefersTiles(backend)
  const sampleRows = rows / x.shape[0]!
  const inputs = branch ? [x, branch, scale, shift] : [x, scale, shift]
  const [normed, statistics, sum = x] = runForResults(
    backend,
    {
      name: 'layerNorm',
      variables: branch ? ['x', 'branch', 'scale', 'shift'] : ['x', 'scale', 'shift'],
      components: inputs.map(() => components),
      resultComponents: components,
      code:
        typeOf(spreading) +
        (branch && factors ? BRANCH_FACTOR(factors) : '') +
        (alone ? forwardByRow(input) : forwardByLanes(input, spreading)),
      outputShape: x.shape,
      more: [
        { name: 'statistics', shape: [rows, 2] },
        ...(branch ? [{ name: 'sum', shape: x.shape, components }] : []),
      ],
      groups: Math.ceil((alone ? rows : rows * lanes) / WORKGROUP),
      groupSize: WORKGROUP,
      uniforms: { rows, columns, sampleRows },
      numbers: { epsilon, ...(branch && branchNumbers(factors)) },
    },
    inputs,
  ) as [tf.Tensor, tf.Tensor, tf.Tensor?]
  return { normed, statistics, sum }
}

export interface LayerNormGradientInput {
  /** What was normalised, [..., C]. */
  x: tf.Tensor
  /** Gradient of the normalised rows. */
  dy: tf.Tensor
  /** Gradient that reaches x on another way, added to its own; null: none. */
  dx: tf.Tensor | null
  /** Factors of the branch whose gradient is wanted as well; null: none wanted. */
  factors: BranchFactors
  scale: tf.Tensor
  /** [rows, 2] as `layerNormForward` gives them. */
  statistics: tf.Tensor
}

/** WGSL that stores the gradient of the element at `place`, and the branch's. */
const storeGradient = ({ dx, factors }: LayerNormGradientInput, own: string) => `
    let gradient = ${own}${dx ? ' + other[place]' : ''};
    result[place] = gradient;
    ${factors ? 'branch[place] = branchFactor(row / uniforms.sampleRows) * gradient;' : ''}`

const gradientByRow = (input: LayerNormGradientInput) => `
fn main(row : i32) {
  if (row >= uniforms.rows) { return; }
  let channels = f32(uniforms.columns) * f32(${input.scale.size % 4 === 0 ? 4 : 1});
  let begin = row * uniforms.columns;
  let mean = statistics[2 * row];
  let scaling = statistics[2 * row + 1];
  var slopes = T(0.0);
  var moments = T(0.0);
  for (var column = 0; column < uniforms.columns; column++) {
    let slope = dy[begin + column] * scale[column];
    slopes += slope;
    moments += slope * (x[begin + column] - mean);
  }
  let slope = across(slopes) / channels;
  let moment = across(moments) * scaling / channels;
  for (var column = 0; column < uniforms.columns; column++) {
    let place = begin + column;
    ${storeGradient(input, 'scaling * (dy[place] * scale[column] - slope - (x[place] - mean) * scaling * moment)')}
  }
}`

/** A workgroup takes neighbouring rows, and adds up what its lanes saw of each column at the end. */
function gradientByLanes(input: LayerNormGradientInput, spreading: Rows): string {
  const { lanes, perLane, components } = spreading
  const each = (line: (k: number) => string) => repeat(perLane, line)
  const inside = (k: number) => `lane + ${k * lanes} < uniforms.columns`
  return `${rowTotal('vec2<f32>', spreading)}
var<workgroup> scaleShares : array<T, ${WORKGROUP}>;
var<workgroup> shiftShares : array<T, ${WORKGROUP}>;
fn main(index : i32) {
  let channels = f32(uniforms.columns) * f32(${components});
  let local = index % ${WORKGROUP};
  let lane = local % ${lanes};
  let group = index / ${WORKGROUP};
  ${each(k => `var scaleSum${k} = T(0.0);\n  var shiftSum${k} = T(0.0);`)}
  for (var step = 0; step < uniforms.steps; step++) {
    let row = (group * uniforms.steps + step) * ${WORKGROUP / lanes} + local / ${lanes};
    let live = row < uniforms.rows;
    let begin = min(row, uniforms.rows - 1) * uniforms.columns;
    let mean = statistics[2 * min(row, uniforms.rows - 1)];
    let scaling = statistics[2 * min(row, uniforms.rows - 1) + 1];
    var slopes = vec2<f32>(0.0);
    ${each(
      k => `var normed${k} = T(0.0);
    var slope${k} = T(0.0);
    if (live && ${inside(k)}) {
      let column = lane + ${k * lanes};
      normed${k} = (x[begin + column] - mean) * scaling;
      let given = dy[begin + column];
      scaleSum${k} += given * normed${k};
      shiftSum${k} += given;
      slope${k} = given * scale[column];
      slopes += vec2<f32>(across(slope${k}), across(slope${k} * normed${k}));
    }`,
    )}
    let means = rowTotal(slopes, local) / channels;
    ${each(
      k => `if (live && ${inside(k)}) {
      let place = begin + lane + ${k * lanes};
      ${storeGradient(input, `scaling * (slope${k} - means.x - normed${k} * means.y)`)}
    }`,
    )}
  }
  ${each(
    k => `workgroupBarrier();
  scaleShares[local] = scaleSum${k};
  shiftShares[local] = shiftSum${k};
  workgroupBarrier();
  if (local < ${lanes} && ${inside(k)} && group < uniforms.splits) {
    var scaleTotal = T(0.0);
    var shiftTotal = T(0.0);
    for (var i = lane; i < ${WORKGROUP}; i += ${lanes}) {
      scaleTotal += scaleShares[i];
      shiftTotal += shiftShares[i];
    }
    let place = group * (uniforms.second + uniforms.columns) + lane + ${k * lanes};
    partials[place] = scaleTotal;
    partials[place + uniforms.second] = shiftTotal;
  }`,
  )}
}`
}

export interface LayerNormGradients {
  dx: tf.Tensor
  /** Only where factors were given: of the branch. */
  dBranch?: tf.Tensor
  dScale: tf.Tensor
  dShift: tf.Tensor
}

/** The gradients of `layerNormForward`: two dispatches, more on software adapters. */
export function layerNormBackward(backend: WebGPUBackend, input: LayerNormGradientInput): LayerNormGradients {
  const { x, dy, dx: other, factors, scale, statistics } = input
  const channels = scale.size
  const spreading = spread(x, channels)
  const { rows, columns, components, lanes } = spreading
  const alone = prefersTiles(backend)
  const height = WORKGROUP / lanes
  const wanted = splitCount(WORKGROUP, Math.ceil(rows / (height * LEAST_STEPS)))
  const steps = Math.ceil(rows / (height * wanted))
  const splits = Math.ceil(rows / (height * steps))
  const inputs = [x, dy, scale, statistics, ...(other ? [other] : [])]
  const branchResult = factors ? [{ name: 'branch', shape: x.shape, components }] : []
  // Both halves are tensors of their own once they are summed.
  const second = nextStart(channels)
  const length = second + channels
  const partialResult = alone ? [] : [{ name: 'partials', shape: [splits, length], components }]
  const [dx, ...further] = dispatchForResults(
    backend,
    {
      name: 'layerNormGradient',
      variables: ['x', 'dy', 'scale', 'statistics', ...(other ? ['other'] : [])],
      components: inputs.map(given => (given === statistics ? 1 : components)),
      resultComponents: components,
      code:
        typeOf(spreading) +
        BRANCH_FACTOR(factors) +
        (alone ? gradientByRow(input) : gradientByLanes(input, spreading)),
      outputShape: x.shape,
      more: [...branchResult, ...partialResult],
      groups: alone ? Math.ceil(rows / WORKGROUP) : splits,
      groupSize: WORKGROUP,
      uniforms: {
        rows,
        columns,
        sampleRows: rows / x.shape[0]!,
        steps,
        splits,
        ...(!alone && { second: second / components }),
      },
      numbers: branchNumbers(factors),
    },
    inputs,
  )
  const tensor = (info: tf.TensorInfo) => tf.engine().makeTensorFromTensorInfo(info)
  const dBranch = factors ? tensor(further.shift()!) : undefined
  const parts = [0, second].map(start => ({ start, shape: [channels] }))
  const [dScale, dShift] = alone
    ? affineByColumn(backend, input, channels)
    : sumPartialParts(backend, further[0]!, { splits, length }, parts).map(tensor)
  return { dx: tensor(dx!), dBranch, dScale: dScale!, dShift: dShift! }
}

function affineByColumn(
  backend: WebGPUBackend,
  { x, dy, statistics }: LayerNormGradientInput,
  channels: number,
): tf.Tensor[] {
  const terms = ['dy[index] * (x[index] - statistics[2 * row]) * statistics[2 * row + 1]', 'dy[index]']
  const variables = ['x', 'dy', 'statistics']
  const kernel = { name: 'layerNormAffine', variables, terms, channels }
  return tf.unstack(columnSums(backend, kernel, [x, dy, statistics]))
}
