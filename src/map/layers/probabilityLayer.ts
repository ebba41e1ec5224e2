import { PROBABILITY_COLOUR_GLSL } from '../probabilityRamp'
import { GridLayer } from './gridLayer'

/** Probability of landslide as colour; faint where it is low so that the image stays readable. */
export class ProbabilityLayer extends GridLayer {
  static override layerName = 'ProbabilityLayer'

  protected readonly module = {
    name: 'probability',
    fs: /* glsl */ `
layout(std140) uniform probabilityUniforms {
  float opacity;
} probability;
`,
    uniformTypes: { opacity: 'f32' as const },
  }

  protected readonly shade = /* glsl */ `
${PROBABILITY_COLOUR_GLSL}
vec4 shade(vec2 position, ivec2 cell) {
  float value = texel(cell).r;
  if (isnan(value)) return vec4(0.0);
  return vec4(probabilityColour(value), probability.opacity * smoothstep(0.02, 0.35, value));
}
`
}
