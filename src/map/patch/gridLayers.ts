import { BitmapLayer, type BitmapLayerProps } from '@deck.gl/layers'
import type { Texture } from '@luma.gl/core'
import type { ShaderModule } from '@luma.gl/shadertools'
import { RAMP_STEPS } from '../../core/patches/colourRamps'

export interface GridLayerProps extends Omit<BitmapLayerProps, 'image'> {
  /** The raster itself, one texel a pixel, nearest sampling; owned by the caller. */
  image: Texture
  uniforms: Record<string, number | readonly number[] | Texture>
}

/**
 * A raster drawn on its own pixel grid by a fragment shader that sees single texels, so that values are coloured
 * and outlined on the GPU and no pixel loop runs on the main thread.
 */
abstract class GridLayer extends BitmapLayer<GridLayerProps> {
  static override layerName = 'GridLayer'

  /** Declares `uniforms` to the shader; its name is the key under which they are set. */
  protected abstract readonly module: ShaderModule
  /** GLSL body of `vec4 shade(vec2 position, ivec2 cell)`: position in pixels, cell = floor(position), clamped. */
  protected abstract readonly shade: string

  override getShaders() {
    const shaders = super.getShaders()
    return { ...shaders, fs: fragmentShader(this.shade), modules: [...shaders.modules, this.module] }
  }

  override draw(): void {
    const { model, coordinateConversion, bounds } = this.state
    if (!model) return
    model.shaderInputs.setProps({
      bitmap: {
        bitmapTexture: this.props.image,
        bounds,
        coordinateConversion,
        desaturate: 0,
        tintColor: [1, 1, 1],
        transparentColor: [0, 0, 0, 0],
      },
      [this.module.name]: this.props.uniforms,
    })
    model.draw(this.context.renderPass)
  }
}

const fragmentShader = (shade: string) => /* glsl */ `#version 300 es
#define SHADER_NAME grid-layer-fragment-shader
precision highp float;
precision highp int;

uniform sampler2D bitmapTexture;
in vec2 vTexCoord;
out vec4 fragColor;

ivec2 gridSize() { return textureSize(bitmapTexture, 0); }
vec4 texel(ivec2 cell) { return texelFetch(bitmapTexture, clamp(cell, ivec2(0), gridSize() - 1), 0); }

${shade}

void main(void) {
  vec2 position = vTexCoord * vec2(gridSize());
  ivec2 cell = clamp(ivec2(floor(position)), ivec2(0), gridSize() - 1);
  fragColor = shade(position, cell);
  fragColor.a *= layer.opacity;
  geometry.uv = vTexCoord;
  DECKGL_FILTER_COLOR(fragColor, geometry);
}
`

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

/**
 * What became of each pixel between two masks: gained filled, lost hatched, so that they differ in
 * more than colour; both with a dark edge. Nothing where they agree (0) or do not judge (255).
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
