/** Where the view looks: `target` in raster pixels at the middle of the screen, zoom as powers of two. */
export interface Camera {
  target: [number, number, number]
  zoom: number
  minZoom: number
  maxZoom: number
}

const MARGIN = 0.94
const CLOSEST = 6.5

/** Shows a raster whole, with a little air round it. */
export function fitCamera(
  raster: { width: number; height: number },
  screen: { width: number; height: number },
): Camera {
  const scale = Math.min(screen.width / raster.width, screen.height / raster.height) * MARGIN
  const zoom = Math.log2(Math.max(scale, 1e-3))
  return {
    target: [raster.width / 2, raster.height / 2, 0],
    zoom,
    minZoom: Math.min(zoom, 0) - 2,
    maxZoom: Math.max(CLOSEST, zoom + 1),
  }
}

export function screenToPixel(
  camera: Pick<Camera, 'target' | 'zoom'>,
  screen: { width: number; height: number },
  point: { x: number; y: number },
): { column: number; row: number } {
  const scale = 2 ** camera.zoom
  return {
    column: camera.target[0] + (point.x - screen.width / 2) / scale,
    row: camera.target[1] + (point.y - screen.height / 2) / scale,
  }
}

export function pixelToScreen(
  camera: Pick<Camera, 'target' | 'zoom'>,
  screen: { width: number; height: number },
  pixel: { column: number; row: number },
): { x: number; y: number } {
  const scale = 2 ** camera.zoom
  return {
    x: (pixel.column - camera.target[0]) * scale + screen.width / 2,
    y: (pixel.row - camera.target[1]) * scale + screen.height / 2,
  }
}
