/** What a kernel may apply to its result before storing it. */
export type Activation = 'none' | 'relu' | 'silu'

/** The same for products. */
export type ProductActivation = Activation | 'gelu'

/**
 * WGSL over `T` (f32 or vec4<f32>): the logistic function. The exponential stays finite, for WGSL lets a compiler assume
 * that infinities never arise; a comparison, not `min`, so that NaN stays NaN.
 */
export const SIGMOID =
  'fn sigmoid(x : T) -> T { return T(1.0) / (T(1.0) + exp(select(-x, T(80.0), x < T(-80.0)))); }'

/** Twice the normal distribution function, 1 + erf(x / sqrt 2); erf after Abramowitz and Stegun 7.1.26 (1.5e-7). */
const TWICE_PHI = `
fn twicePhi(x : T) -> T {
  let a = abs(x) * ${Math.SQRT1_2};
  let t = T(1.0) / (T(1.0) + 0.3275911 * a);
  let tail = t * (T(0.254829592) + t * (T(-0.284496736) + t * (T(1.421413741) + t * (T(-1.453152027) + t * 1.061405429))));
  let erf = T(1.0) - tail * exp(-a * a);
  return T(1.0) + sign(x) * erf;
}`

/** `activate(z)` and its derivative times a gradient, `activationGradient(z, dy)`. */
const CODE: Readonly<Record<ProductActivation, string>> = {
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
  // d/dz z Phi(z) = Phi(z) + z phi(z).
  gelu: `
${TWICE_PHI}
fn activate(z : T) -> T { return 0.5 * z * twicePhi(z); }
fn activationGradient(z : T, dy : T) -> T {
  return dy * (0.5 * twicePhi(z) + z * exp(-0.5 * z * z) * ${1 / Math.sqrt(2 * Math.PI)});
}`,
}

/** WGSL functions `activate(z)` and `activationGradient(z, dy)` over `T`, an alias of f32 or vec4<f32>. */
export function activationCode(activation: ProductActivation): string {
  return CODE[activation]
}
