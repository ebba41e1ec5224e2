import type { WebGPUBackend } from '@tensorflow/tfjs-backend-webgpu'
import * as tf from '@tensorflow/tfjs-core'
import { SLICE_ALIGNMENT, shareBuffer } from '../bufferSlices'
import { GuardedBackend } from '../guardedBackend'
import { dispatchKernel, repeat } from './kernel'

/** Invocations that add up one sum together, each every so many splits, and then halve their number. */
const ADDING = 64

/** From here on one invocation would add for long while most of a GPU waits. */
const MANY_SPLITS = 2 * ADDING

/** How many reductions one dispatch finishes: every device's shaders see eight buffers, the result's among them. */
const MOST_JOINED = 7

/** Bytes of partial sums that wait for company. */
const MOST_WAITING = 32 * 1024 * 1024

/** Partial sums [splits, length] of one reduction, and the tensors that parts of its total will be. */
interface Reduction {
  partials: tf.TensorInfo
  splits: number
  length: number
  totals: readonly Total[]
}

interface Total extends tf.TensorInfo {
  /** Value of the reduction's total where it begins, a multiple of `SLICE_ALIGNMENT`. */
  start: number
}

/** Where the values of a total that follow `values` others may begin. */
export function nextStart(values: number): number {
  return Math.ceil(values / SLICE_ALIGNMENT) * SLICE_ALIGNMENT
}

/**
 * The second pass of every split reduction: adds [splits, ...] over the splits, always in the same order, and disposes
 * the partial sums.
 *
 * Nobody reads a weight's gradient before the backward pass ends. So the sums of several reductions wait for each other
 * and are added up in one dispatch: when there are enough of them, or when one is read or bound.
 */
export function sumPartials(
  backend: WebGPUBackend,
  partials: tf.TensorInfo,
  splits: number,
  outputShape: number[],
): tf.TensorInfo {
  if (splits === 1) return { ...partials, shape: outputShape }
  const length = tf.util.sizeFromShape(outputShape)
  return sumPartialParts(backend, partials, { splits, length }, [{ start: 0, shape: outputShape }])[0]!
}

/** The same for totals of several tensors, each of which begins at a `nextStart`. */
export function sumPartialParts(
  backend: WebGPUBackend,
  partials: tf.TensorInfo,
  { splits, length }: { splits: number; length: number },
  parts: readonly { start: number; shape: number[] }[],
): tf.TensorInfo[] {
  const totals = parts.map(({ start, shape }) => ({ ...backend.makeTensorInfo(shape, 'float32'), start }))
  if (splits === 1) {
    shareBuffer(backend, partials, totals.map(partOf))
    return totals
  }
  const reduction = { partials, splits, length, totals }
  if (backend instanceof GuardedBackend) waitingOf(backend).add(reduction)
  else addUp(backend, [reduction])
  return totals
}

const partOf = ({ dataId, shape, start }: Total) => ({ dataId, start, length: tf.util.sizeFromShape(shape) })

/** Adds up what waits on this backend: at the end of a backward pass. */
export function finishSums(backend: WebGPUBackend): void {
  waiting.get(backend)?.finish()
}

const waiting = new WeakMap<WebGPUBackend, WaitingSums>()

function waitingOf(backend: GuardedBackend): WaitingSums {
  const found = waiting.get(backend) ?? new WaitingSums(backend)
  waiting.set(backend, found)
  return found
}

/** Reductions that wait for company: those that one invocation adds up and those that many do, apart. */
class WaitingSums {
  private readonly few: Reduction[] = []
  private readonly many: Reduction[] = []

  constructor(private readonly backend: GuardedBackend) {}

  add(reduction: Reduction): void {
    const same = this.companyOf(reduction)
    same.push(reduction)
    // Whoever asks for one pays for a dispatch: the others come along.
    const value = { compute: () => this.take([...same]), drop: () => this.drop(reduction) }
    for (const { dataId } of reduction.totals) this.backend.awaited.set(dataId, value)
    if (same.length === MOST_JOINED) this.take([...same])
    else if (this.bytes() > MOST_WAITING) this.finish()
  }

  finish(): void {
    for (const same of [this.few, this.many]) if (same.length > 0) this.take([...same])
  }

  private companyOf({ splits }: Reduction): Reduction[] {
    return splits < MANY_SPLITS ? this.few : this.many
  }

  private bytes(): number {
    return [...this.few, ...this.many].reduce((sum, { splits, length }) => sum + 4 * splits * length, 0)
  }

  private take(reductions: readonly Reduction[]): void {
    for (const reduction of reductions) this.forget(reduction)
    try {
      this.backend.apart(() => addUp(this.backend, reductions))
    } catch (thrown) {
      for (const { partials } of reductions) this.backend.disposeData(partials.dataId)
      throw thrown
    }
  }

  /** A reduction is added up as long as one of its totals is wanted. */
  private drop(reduction: Reduction): void {
    if (reduction.totals.some(({ dataId }) => this.backend.awaited.has(dataId))) return
    this.forget(reduction)
    this.backend.disposeData(reduction.partials.dataId)
  }

  private forget(reduction: Reduction): void {
    const same = this.companyOf(reduction)
    same.splice(same.indexOf(reduction), 1)
    for (const { dataId } of reduction.totals) this.backend.awaited.delete(dataId)
  }
}

/** One dispatch for all of these, all of few splits or all of many. */
function addUp(backend: WebGPUBackend, reductions: readonly Reduction[]): void {
  const [first] = reductions
  const many = first!.splits >= MANY_SPLITS
  const uniforms: Record<string, number> = {}
  const starts: number[] = []
  let end = 0
  for (const [i, { splits, length }] of reductions.entries()) {
    starts.push(nextStart(end))
    end = starts[i]! + length
    Object.assign(uniforms, { [`splits${i}`]: splits, [`length${i}`]: length, [`end${i}`]: end })
  }
  const alone = reductions.length === 1 && first!.totals.length === 1 && first!.totals[0]!.start === 0
  const own = alone && tf.util.sizeFromShape(first!.totals[0]!.shape) === first!.length
  const names = reductions.map((_, i) => `partials${i}`)
  const sums = dispatchKernel(
    backend,
    {
      name: 'sumPartials',
      variables: names,
      code: many ? manyCode(names) : fewCode(names),
      outputShape: [end],
      into: own ? { ...first!.totals[0]!, shape: [end] } : undefined,
      groups: many ? end : Math.ceil(end / ADDING),
      groupSize: ADDING,
      uniforms,
    },
    // Of one rank, so that one program serves all.
    reductions.map(({ partials, splits, length }) => ({ ...partials, shape: [splits * length] })),
  )
  for (const { partials } of reductions) backend.disposeData(partials.dataId)
  if (own) return
  const parts = reductions.flatMap(({ totals }, i) =>
    totals.map(total => ({ ...partOf(total), start: starts[i]! + total.start })),
  )
  shareBuffer(backend, sums, parts)
}

/** WGSL that runs `line` for the reduction that the value at `place` belongs to; gaps between two belong to none. */
const caseOf = (names: readonly string[], line: (i: number) => string) =>
  repeat(
    names.length,
    i => `  ${i === 0 ? '' : 'else '}if (place < uniforms.end${i}) {
    let within = place - ${i === 0 ? '0' : `((uniforms.end${i - 1} + ${SLICE_ALIGNMENT - 1}) / ${SLICE_ALIGNMENT}) * ${SLICE_ALIGNMENT}`};
    ${line(i)}
  }`,
  )

const fewCode = (names: readonly string[]) => `
fn main(place : i32) {
  var total = 0.0;
${caseOf(
  names,
  i => `if (within < 0) { return; }
    for (var split = 0; split < uniforms.splits${i}; split++) { total += ${names[i]}[split * uniforms.length${i} + within]; }`,
)}
  else { return; }
  result[place] = total;
}`

const manyCode = (names: readonly string[]) => `
var<workgroup> sums : array<f32, ${ADDING}>;
fn main(index : i32) {
  let lane = index % ${ADDING};
  let place = index / ${ADDING};
  var total = 0.0;
  var wanted = false;
${caseOf(
  names,
  i => `wanted = within >= 0;
    if (wanted) {
      for (var split = lane; split < uniforms.splits${i}; split += ${ADDING}) {
        total += ${names[i]}[split * uniforms.length${i} + within];
      }
    }`,
)}
  sums[lane] = total;
  workgroupBarrier();
  for (var half = ${ADDING / 2}; half > 0; half /= 2) {
    if (lane < half) { sums[lane] += sums[lane + half]; }
    workgroupBarrier();
  }
  if (lane == 0 && wanted) { result[place] = sums[0]; }
}`
