import { GridLayer } from './gridLayer'

/**
 * What became of each pixel between two masks: gained filled, lost hatched, so that neither needs its colour to be told
 * from the other; both with a dark edge. Nothing where they agree (0) or do not judge (255).
 */
export class DifferenceLayer extends GridLayer {
  static override layerName = 'DifferenceLayer'

  protected readonly module = {
    name: 'difference',
    fs: /* glsl */ `
layout(std140) uniform differenceUniforms {
  vec3 gained;
  float opacity;
  vec3 lost;
  float lineWidth;
} difference;
`,
    uniformTypes: {
      gained: 'vec3<f32>' as const,
      opacity: 'f32' as const,
      lost: 'vec3<f32>' as const,
      lineWidth: 'f32' as const,
    },
  }

  protected readonly shade = /* glsl */ `
int codeAt(ivec2 cell) { return int(texel(cell).r * 255.0 + 0.5); }

vec4 shade(vec2 position, ivec2 cell) {
  int code = codeAt(cell);
  if (code != 1 && code != 2) return vec4(0.0);
  vec2 pixel = vec2(length(vec2(dFdx(position.x), dFdy(position.x))), length(vec2(dFdx(position.y), dFdy(position.y))));
  vec2 width = min(pixel * difference.lineWidth, vec2(0.5));
  vec2 inside = position - vec2(cell);
  bool edge = false;
  if (inside.x < width.x) edge = edge || codeAt(cell + ivec2(-1, 0)) != code;
  if (inside.x > 1.0 - width.x) edge = edge || codeAt(cell + ivec2(1, 0)) != code;
  if (inside.y < width.y) edge = edge || codeAt(cell + ivec2(0, -1)) != code;
  if (inside.y > 1.0 - width.y) edge = edge || codeAt(cell + ivec2(0, 1)) != code;
  vec3 colour = code == 1 ? difference.gained : difference.lost;
  if (edge) return vec4(colour * 0.35, difference.opacity);
  float stripe = step(0.5, fract((gl_FragCoord.x - gl_FragCoord.y) / 7.0));
  return vec4(colour, difference.opacity * (code == 1 ? 0.85 : mix(0.25, 0.95, stripe)));
}
`
}
