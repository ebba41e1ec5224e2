import type { WebGPUBackend } from '@tensorflow/tfjs-backend-webgpu'
import type * as tf from '@tensorflow/tfjs-core'
import { repeat, runKernel } from './kernel'

/** What each sample's branch is multiplied by before it is added; null: by one. */
export type BranchFactors = readonly number[] | null

/** WGSL `branchFactor(sample)`; factors are uniforms, so that nothing is uploaded for a few numbers. */
export const BRANCH_FACTOR = (factors: BranchFactors): string =>
  factors
    ? `
fn branchFactor(sample : i32) -> f32 {
  switch (sample) {
${repeat(factors.length - 1, i => `    case ${i + 1}: { return uniforms.factor${i + 1}; }`)}
    default: { return uniforms.factor0; }
  }
}`
    : ''

/** The uniforms that `BRANCH_FACTOR` reads. */
export const branchNumbers = (factors: BranchFactors): Record<string, number> =>
  Object.fromEntries((factors ?? []).map((factor, i) => [`factor${i}`, factor]))

/**
 * x + factor branch, or factor branch alone where there is no x.
 *
 * @param x [B, ...] like `branch`.
 * @param factors one for each sample.
 */
export function scaledBranch<T extends tf.Tensor>(
  backend: WebGPUBackend,
  x: T | null,
  branch: T,
  factors: readonly number[],
): T {
  const { size, shape } = branch
  const sampleSize = size / shape[0]!
  const components = sampleSize % 4 === 0 ? 4 : 1
  const inputs = x ? [branch, x] : [branch]
  return runKernel<T>(
    backend,
    {
      name: x ? 'addBranch' : 'scaleBranch',
      variables: x ? ['branch', 'x'] : ['branch'],
      components: inputs.map(() => components),
      resultComponents: components,
      code: `${BRANCH_FACTOR(factors)}
fn main(index : i32) {
  if (index >= uniforms.length) { return; }
  result[index] = ${x ? 'x[index] + ' : ''}branchFactor(index / uniforms.sampleSize) * branch[index];
}`,
      outputShape: shape,
      groups: Math.ceil(size / components / 64),
      uniforms: { length: size / components, sampleSize: sampleSize / components },
      numbers: branchNumbers(factors),
    },
    inputs,
  )
}
