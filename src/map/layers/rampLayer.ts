import { RAMP_STEPS } from '../overlayRamps'
import { GridLayer } from './gridLayer'

/** Values 0..1 as colours of a ramp; faint where they are low so that the image stays readable, nothing where NaN. */
export class RampLayer extends GridLayer {
  static override layerName = 'RampLayer'

  protected readonly module = {
    name: 'ramp',
    fs: /* glsl */ `
layout(std140) uniform rampUniforms {
  float opacity;
  float fadeFrom;
  float fadeTo;
} ramp;
uniform sampler2D rampTexture;
`,
    uniformTypes: { opacity: 'f32' as const, fadeFrom: 'f32' as const, fadeTo: 'f32' as const },
  }

  protected readonly shade = /* glsl */ `
vec4 shade(vec2 position, ivec2 cell) {
  float value = texel(cell).r;
  if (isnan(value)) return vec4(0.0);
  int step = int(clamp(value, 0.0, 1.0) * ${(RAMP_STEPS - 1).toFixed(1)} + 0.5);
  vec3 colour = texelFetch(rampTexture, ivec2(step, 0), 0).rgb;
  return vec4(colour, ramp.opacity * smoothstep(ramp.fadeFrom, ramp.fadeTo, value));
}
`
}
