import type { WebGPUBackend } from '@tensorflow/tfjs-backend-webgpu'
import * as tf from '@tensorflow/tfjs-core'
import { undoOnFailure } from '../guardedBackend'
import { dispatchForResults, dispatchKernel, type Kernel } from './kernel'
import { radixSort } from './radixSort'
import { LANES, tiling } from './tiling'

/** What `training/losses/combinedLoss` explains, resolved. */
interface TwoClassLoss {
  crossEntropyWeight: number
  lovaszWeight: number
  labelSmoothing: number
  /** Hard pixels have p(true class) below the larger of `threshold` and p at rank `minKept`; null: every pixel counts. */
  ohem: { threshold: number; minKept: number } | null
}

/** The largest key: pixels that do not count come last. */
const IGNORED = 0xffffff

/**
 * A pixel of logits [N, 2] float32 and labels [N] int32, of which those that are neither 0 nor 1 do not count. `lead` is
 * how far the logit of the true class is ahead; without a difference of near-equal numbers, p = 1 / (1 + exp(-lead)).
 */
const PIXEL = `
fn isLabelled(i : i32) -> bool { return labels[i] == 0 || labels[i] == 1; }
fn leadOf(i : i32) -> f32 {
  let difference = logits[2 * i + 1] - logits[2 * i];
  return select(-difference, difference, labels[i] == 1);
}
fn shareOf(lead : f32) -> f32 {
  let e = exp(-abs(lead));
  return select(e, 1.0, lead >= 0.0) / (1.0 + e);
}
fn logShareOf(lead : f32) -> f32 { return min(lead, 0.0) - log(1.0 + exp(-abs(lead))); }`

/**
 * p(true class) in steps of 2^-24: exact from 0.5 on, where the bound of hard pixels lies. The lowest three share a key,
 * to leave one for what does not count.
 */
const KEY = `${PIXEL}
fn keyOf(i : i32) -> u32 {
  if (!isLabelled(i)) { return ${IGNORED}u; }
  return clamp(u32(shareOf(leadOf(i)) * 16777216.0), 2u, ${IGNORED + 1}u) - 2u;
}`

/** Pixels of rising p(true class): those that count come first, so that their number is found by halving. */
const BOUND = (hard: boolean) =>
  hard
    ? `
var<workgroup> bound : f32;
fn findBound() {
  var begin = 0;
  var end = uniforms.length;
  while (begin < end) {
    let middle = (begin + end) / 2;
    if (isLabelled(order[middle])) { begin = middle + 1; } else { end = middle; }
  }
  let last = clamp(min(uniforms.minKept, begin - 1), 0, uniforms.length - 1);
  bound = max(uniforms.threshold, shareOf(leadOf(order[last])));
}
fn isKept(lead : f32) -> bool { return !(shareOf(lead) >= bound); }`
    : `
fn findBound() { }
fn isKept(lead : f32) -> bool { return true; }`

/** Landslide pixels, pixels that count and pixels that are kept of each tile of the order: [tiles, 3]. */
const count = (hard: boolean) => `${PIXEL}${BOUND(hard)}
var<workgroup> found : array<atomic<i32>, 3>;
fn main(index : i32) {
  let lane = index % ${LANES};
  let tile = index / ${LANES};
  if (lane == 0) { findBound(); }
  workgroupBarrier();
  for (var round = 0; round < uniforms.rounds; round++) {
    let place = (tile * uniforms.rounds + round) * ${LANES} + lane;
    if (place < uniforms.length) {
      let i = order[place];
      if (isLabelled(i)) {
        atomicAdd(&found[0], labels[i]);
        atomicAdd(&found[1], 1);
        if (isKept(leadOf(i))) { atomicAdd(&found[2], 1); }
      }
    }
  }
  workgroupBarrier();
  if (lane < 3) { result[3 * tile + lane] = atomicLoad(&found[lane]); }
}`

/**
 * Slopes of the loss in each pixel's difference of logits, and the loss of each tile. Cross-entropy: (p - target) / kept
 * for kept pixels. Lovász: the error times the weight of its place (see `training/losses/lovasz`), whose counts are
 * integers and so exact; the sum of both classes is divided by how many are present.
 */
const terms = (hard: boolean, soft: boolean) => `${PIXEL}${BOUND(hard)}
var<workgroup> before : atomic<i32>;
var<workgroup> landslide : atomic<i32>;
var<workgroup> counted : atomic<i32>;
var<workgroup> kept : atomic<i32>;
var<workgroup> holders : array<atomic<u32>, ${LANES / 32}>;
var<workgroup> sums : array<f32, ${LANES}>;
fn weightOf(total : i32, joined : i32, place : i32, belongs : bool) -> f32 {
  let unionSize = f32(total + place + 1 - joined);
  if (belongs) { return 1.0 / unionSize; }
  return f32(total - joined) / (unionSize * max(unionSize - 1.0, 1.0));
}
fn main(index : i32) {
  let lane = index % ${LANES};
  let tile = index / ${LANES};
  let word = lane / 32;
  let bit = 1u << u32(lane % 32);
  for (var t = lane; t < uniforms.tiles; t += ${LANES}) {
    if (t < tile) { atomicAdd(&before, found[3 * t]); }
    atomicAdd(&landslide, found[3 * t]);
    atomicAdd(&counted, found[3 * t + 1]);
    atomicAdd(&kept, found[3 * t + 2]);
  }
  if (lane == 0) { findBound(); }
  workgroupBarrier();
  let positives = atomicLoad(&landslide);
  let negatives = atomicLoad(&counted) - positives;
  let share = uniforms.crossEntropyWeight / max(f32(atomicLoad(&kept)), 1.0);
  let present = max(f32(min(positives, 1) + min(negatives, 1)), 1.0);
  var running = atomicLoad(&before);
  var total = 0.0;
  for (var round = 0; round < uniforms.rounds; round++) {
    let place = (tile * uniforms.rounds + round) * ${LANES} + lane;
    let exists = place < uniforms.length;
    var i = 0;
    if (exists) { i = order[place]; }
    let taken = exists && isLabelled(i);
    let isLandslide = taken && labels[i] == 1;
    if (isLandslide) { atomicOr(&holders[word], bit); }
    workgroupBarrier();
    var joined = running;
    for (var w = 0; w < ${LANES / 32}; w++) {
      let held = atomicLoad(&holders[w]);
      running += i32(countOneBits(held));
      if (w < word) { joined += i32(countOneBits(held)); }
      if (w == word) { joined += i32(countOneBits(held & (bit | (bit - 1u)))); }
    }
    workgroupBarrier();
    if (lane < ${LANES / 32}) { atomicStore(&holders[lane], 0u); }
    workgroupBarrier();
    var slope = 0.0;
    if (taken) {
      let lead = leadOf(i);
      let error = shareOf(-lead);
      let direction = select(1.0, -1.0, isLandslide);
      var weight = 0.0;
      if (positives > 0) { weight += weightOf(positives, joined, place, isLandslide); }
      if (negatives > 0) { weight += weightOf(negatives, place + 1 - joined, place, !isLandslide); }
      weight *= uniforms.lovaszWeight / present;
      slope = direction * error * shareOf(lead) * weight;
      total += error * weight;
      if (isKept(lead)) {
        let wanted = ${soft ? 'wantedShares[i]' : 'select(0.0, 1.0, isLandslide) * (1.0 - uniforms.labelSmoothing) + 0.5 * uniforms.labelSmoothing'};
        let other = select(wanted, 1.0 - wanted, isLandslide);
        slope += direction * (error - other) * share;
        total -= ((1.0 - other) * logShareOf(lead) + other * logShareOf(-lead)) * share;
      }
    }
    if (exists) { result[i] = slope; }
  }
  sums[lane] = total;
  workgroupBarrier();
  for (var half = ${LANES / 2}; half > 0; half /= 2) {
    if (lane < half) { sums[lane] += sums[lane + half]; }
    workgroupBarrier();
  }
  if (lane == 0) { losses[tile] = sums[0]; }
}`

const SUM = `
var<workgroup> sums : array<f32, ${LANES}>;
fn main(lane : i32) {
  var total = 0.0;
  for (var tile = lane; tile < uniforms.tiles; tile += ${LANES}) { total += losses[tile]; }
  sums[lane] = total;
  workgroupBarrier();
  for (var half = ${LANES / 2}; half > 0; half /= 2) {
    if (lane < half) { sums[lane] += sums[lane + half]; }
    workgroupBarrier();
  }
  if (lane == 0) { result[0] = sums[0]; }
}`

/**
 * Cross-entropy of the hard pixels plus Lovász-softmax of two classes, and its slopes, in 12 dispatches for any number of
 * pixels. One sort by p(true class) serves both: it is the order of the errors, and the hardest pixels come first.
 *
 * @param logits [..., 2] float32.
 * @param labels N values, int32; pixels that are neither 0 nor 1 do not count.
 * @param soft N probabilities of landslide, what cross-entropy wants instead of the labels; null: smoothed labels.
 * @returns the loss [] and its slopes [N] in logit 1 minus logit 0; the caller owns both.
 */
export function twoClassLoss(
  backend: WebGPUBackend,
  logits: tf.TensorInfo,
  labels: tf.TensorInfo,
  soft: tf.TensorInfo | null,
  { crossEntropyWeight, lovaszWeight, labelSmoothing, ohem }: TwoClassLoss,
): { loss: tf.TensorInfo; slopes: tf.TensorInfo } {
  const length = tf.util.sizeFromShape(labels.shape)
  const { rounds, tiles } = tiling(length)
  const hard = ohem !== null
  const shared = {
    groups: tiles,
    groupSize: LANES,
    uniforms: { length, tiles, rounds, ...(ohem && { minKept: ohem.minKept }) },
    numbers: { ...(ohem && { threshold: ohem.threshold }) },
  } satisfies Partial<Kernel>
  return undoOnFailure(backend, () => {
    const pixels = ['logits', 'labels']
    const order = radixSort(backend, { variables: pixels, code: KEY, bits: 24, length }, [logits, labels])
    const found = dispatchKernel(
      backend,
      {
        ...shared,
        name: 'lossCounts',
        variables: ['order', ...pixels],
        code: count(hard),
        outputShape: [tiles, 3],
        outputType: 'int32',
      },
      [order, logits, labels],
    )
    const [slopes, losses] = dispatchForResults(
      backend,
      {
        ...shared,
        name: 'lossTerms',
        variables: ['order', ...pixels, 'found', ...(soft ? ['wantedShares'] : [])],
        code: terms(hard, soft !== null),
        outputShape: [length],
        more: [{ name: 'losses', shape: [tiles] }],
        numbers: { ...shared.numbers, crossEntropyWeight, lovaszWeight, ...(!soft && { labelSmoothing }) },
      },
      [order, logits, labels, found, ...(soft ? [soft] : [])],
    )
    const loss = dispatchKernel(
      backend,
      {
        name: 'lossSum',
        variables: ['losses'],
        code: SUM,
        outputShape: [],
        groups: 1,
        groupSize: LANES,
        uniforms: { tiles },
      },
      [losses!],
    )
    for (const used of [order, found, losses!]) backend.disposeData(used.dataId)
    return { loss, slopes: slopes! }
  })
}

/**
 * Gradient of the loss in the logits: the slopes go to the second class and, negated, to the first.
 *
 * @param slopes [N]
 * @param dy []
 * @returns [N, 2]
 */
export function twoClassGradient(
  backend: WebGPUBackend,
  slopes: tf.TensorInfo,
  dy: tf.TensorInfo,
): tf.TensorInfo {
  const length = 2 * tf.util.sizeFromShape(slopes.shape)
  return dispatchKernel(
    backend,
    {
      name: 'lossGradient',
      variables: ['slopes', 'dy'],
      code: `
fn main(index : i32) {
  if (index < uniforms.length) { result[index] = select(-1.0, 1.0, index % 2 == 1) * dy[0] * slopes[index / 2]; }
}`,
      outputShape: [length / 2, 2],
      groups: Math.ceil(length / 64),
      uniforms: { length },
    },
    [slopes, dy],
  )
}
