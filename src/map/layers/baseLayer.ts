import { GridLayer } from './gridLayer'

const declaration = /* glsl */ `
layout(std140) uniform baseUniforms {
  float blend;
} base;
uniform sampler2D hillshadeTexture;
`

/** The picture under the overlays, with the hillshade multiplied in by `blend` 0..1. */
export class BaseRasterLayer extends GridLayer {
  static override layerName = 'BaseRasterLayer'

  protected readonly module = {
    name: 'base',
    fs: declaration,
    uniformTypes: { blend: 'f32' as const },
  }

  protected readonly shade = /* glsl */ `
vec4 shade(vec2 position, ivec2 cell) {
  vec4 colour = texel(cell);
  float light = texelFetch(hillshadeTexture, cell, 0).r;
  // Level ground, about 0.6 to 0.7 in a hillshade, keeps its brightness.
  colour.rgb *= mix(1.0, clamp(light * 1.45, 0.0, 1.5), base.blend);
  return colour;
}
`
}
