import { GridLayer } from './gridLayer'

/**
 * The mask as a tint with an outline along pixel edges, drawn in screen pixels at every zoom; a dark line on the
 * far side keeps it visible on bright ground. Ignored pixels (255) are hatched.
 */
export class MaskLayer extends GridLayer {
  static override layerName = 'MaskLayer'

  protected readonly module = {
    name: 'mask',
    fs: /* glsl */ `
layout(std140) uniform maskUniforms {
  vec3 colour;
  float tint;
  float strength;
  float lineWidth;
} mask;
`,
    uniformTypes: {
      colour: 'vec3<f32>' as const,
      tint: 'f32' as const,
      strength: 'f32' as const,
      lineWidth: 'f32' as const,
    },
  }

  protected readonly shade = /* glsl */ `
int valueAt(ivec2 cell) { return int(texel(cell).r * 255.0 + 0.5); }

vec4 shade(vec2 position, ivec2 cell) {
  int value = valueAt(cell);
  bool landslide = value == 1;
  vec2 pixel = vec2(length(vec2(dFdx(position.x), dFdy(position.x))), length(vec2(dFdx(position.y), dFdy(position.y))));
  vec2 width = min(pixel * mask.lineWidth, vec2(0.5));
  vec2 inside = position - vec2(cell);

  bool edge = false;
  if (inside.x < width.x) edge = edge || (valueAt(cell + ivec2(-1, 0)) == 1) != landslide;
  if (inside.x > 1.0 - width.x) edge = edge || (valueAt(cell + ivec2(1, 0)) == 1) != landslide;
  if (inside.y < width.y) edge = edge || (valueAt(cell + ivec2(0, -1)) == 1) != landslide;
  if (inside.y > 1.0 - width.y) edge = edge || (valueAt(cell + ivec2(0, 1)) == 1) != landslide;

  if (landslide) return vec4(mask.colour, edge ? mask.strength : mask.tint);
  if (edge) return vec4(0.0, 0.0, 0.0, 0.55 * mask.strength);
  if (value == 255) {
    float stripe = step(0.5, fract((gl_FragCoord.x + gl_FragCoord.y) / 8.0));
    return vec4(vec3(0.75), stripe * 0.35 * mask.strength);
  }
  return vec4(0.0);
}
`
}
