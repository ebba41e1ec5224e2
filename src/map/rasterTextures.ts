import type { Device, Texture } from '@luma.gl/core'
import type { PixelWindow } from '../core/raster/rasterSource'

type Format = 'rgba8unorm' | 'r8unorm' | 'r32float'

/** One texel a pixel and never a value between two pixels. */
const NEAREST = {
  minFilter: 'nearest',
  magFilter: 'nearest',
  mipmapFilter: 'none',
  addressModeU: 'clamp-to-edge',
  addressModeV: 'clamp-to-edge',
} as const

/** The textures of the patch on screen by role; a role keeps its texture while size and format stay. */
export class RasterTextures {
  private readonly textures = new Map<string, { texture: Texture; key: string }>()

  /** Stands in where a layer has nothing to show. */
  readonly blank: Texture

  constructor(private readonly device: Device) {
    this.blank = this.upload('blank', 'r8unorm', 1, 1, new Uint8Array(1))
  }

  upload(
    role: string,
    format: Format,
    width: number,
    height: number,
    data: Uint8Array | Uint8ClampedArray | Float32Array,
  ): Texture {
    const key = `${format}/${width}/${height}`
    const held = this.textures.get(role)
    if (held?.key === key) {
      held.texture.writeData(data)
      return held.texture
    }
    held?.texture.destroy()
    const texture = this.device.createTexture({ format, width, height, data, mipLevels: 1, sampler: NEAREST })
    this.textures.set(role, { texture, key })
    return texture
  }

  /** Uploads only a window of a one-byte raster, straight from the whole one. */
  uploadWindow(role: string, rasterWidth: number, window: PixelWindow, data: Uint8Array): void {
    this.textures.get(role)?.texture.writeData(data, {
      x: window.column,
      y: window.row,
      width: window.width,
      height: window.height,
      byteOffset: window.row * rasterWidth + window.column,
      bytesPerRow: rasterWidth,
    })
  }

  get(role: string): Texture | null {
    return this.textures.get(role)?.texture ?? null
  }

  drop(role: string): void {
    this.textures.get(role)?.texture.destroy()
    this.textures.delete(role)
  }

  destroy(): void {
    for (const role of [...this.textures.keys()]) this.drop(role)
  }
}
