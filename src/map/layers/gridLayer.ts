import { BitmapLayer, type BitmapLayerProps } from '@deck.gl/layers'
import type { Texture } from '@luma.gl/core'
import type { ShaderModule } from '@luma.gl/shadertools'

/** How a grid layer's own uniforms reach its shader: a name and values, textures among them. */
export interface GridUniforms {
  module: ShaderModule
  values: Record<string, number | readonly number[] | Texture>
}

export interface GridLayerProps extends Omit<BitmapLayerProps, 'image'> {
  /** The raster itself, one texel a pixel, nearest sampling; owned by the caller. */
  image: Texture
  uniforms: Record<string, number | readonly number[] | Texture>
}

/**
 * A raster drawn on its own pixel grid by a fragment shader that sees single texels, so that values are coloured
 * and outlined on the GPU and no pixel loop runs on the main thread.
 */
export abstract class GridLayer extends BitmapLayer<GridLayerProps> {
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
