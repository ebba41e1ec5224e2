/** What a kernel may apply to its result before storing it. */
export type Activation = 'none' | 'relu' | 'silu'

/**
 * WGSL over `T` (f32 or vec4<f32>): the logistic function. The exponential stays finite, for WGSL lets a compiler assume
 * that infinities never arise; a comparison, not `min`, so that NaN stays NaN.
 */
export const SIGMOID =
  'fn sigmoid(x : T) -> T { return T(1.0) / (T(1.0) + exp(select(-x, T(80.0), x < T(-80.0)))); }'

/** `activate(z)` and its derivative times a gradient, `activationGradient(z, dy)`. */
const CODE: Readonly<Record<Activation, string>> = {
  none: `
fn activate(z : T) -> T { return z; }
fn activationGradient(z : T, dy : T) -> T { return dy; }`,
  relu: `
fn activate(z : T) -> T { return select(z, T(0.0), z < T(0.0)); }
fn activationGradient(z : T, dy : T) -> T { return select(T(0.0), dy, z > T(0.0)); }`,
  silu: `
${SIGMOID}
fn activate(z : T) -> T { return z * sigmoid(z); }
fn activationGradient(z : T, dy : T) -> T {
  let gate = sigmoid(z);
  return dy * gate * (T(1.0) + z * (T(1.0) - gate));
}`,
}

/** WGSL functions `activate(z)` and `activationGradient(z, dy)` over `T`, an alias of f32 or vec4<f32>. */
export function activationCode(activation: Activation): string {
  return CODE[activation]
}
