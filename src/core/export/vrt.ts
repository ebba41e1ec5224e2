import type { PixelWindow } from '../raster/rasterSource'
import type { GridPlace, SharedGrid } from './mosaic'

/** A raster of a VRT. */
export interface VrtSource {
  /** Path of the file, from where the VRT lies, with forward slashes. */
  path: string
  width: number
  height: number
}

/**
 * A GDAL virtual raster (VRT) of rasters of bytes on one grid: nothing is copied, and 255 is no data. Where rasters overlap, the
 * later of the list counts.
 *
 * @param grid with the places of the rasters, the later on top
 * @param sources by member of the grid
 * @param scale of a byte that stands for a fraction, as the files themselves have it; null: it stands for itself
 */
export function writeVrt<Member extends GridPlace>(
  grid: SharedGrid<Member>,
  sources: readonly VrtSource[],
  scale: number | null,
): string {
  const { width, height, georeference } = grid
  const lines = [`<VRTDataset rasterXSize="${width}" rasterYSize="${height}">`]
  if (georeference?.crs) lines.push(`  <SRS>${escaped(georeference.crs)}</SRS>`)
  if (georeference?.transform)
    lines.push(`  <GeoTransform>${georeference.transform.join(', ')}</GeoTransform>`)
  lines.push('  <VRTRasterBand dataType="Byte" band="1">', '    <NoDataValue>255</NoDataValue>')
  if (scale !== null) lines.push('    <Offset>0</Offset>', `    <Scale>${scale}</Scale>`)
  for (const [index, { window }] of grid.members.entries())
    lines.push(...complexSource(sources[index]!, window))
  lines.push('  </VRTRasterBand>', '</VRTDataset>', '')
  return lines.join('\n')
}

function complexSource({ path, width, height }: VrtSource, window: PixelWindow): string[] {
  const rectangle = ({ column, row, width, height }: PixelWindow) =>
    `xOff="${column}" yOff="${row}" xSize="${width}" ySize="${height}"`
  return [
    '    <ComplexSource>',
    `      <SourceFilename relativeToVRT="1">${escaped(path)}</SourceFilename>`,
    '      <SourceBand>1</SourceBand>',
    `      <SrcRect ${rectangle({ column: 0, row: 0, width, height })}/>`,
    `      <DstRect ${rectangle(window)}/>`,
    '      <NODATA>255</NODATA>',
    '    </ComplexSource>',
  ]
}

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' }

function escaped(text: string): string {
  return text.replace(/[&<>"]/g, letter => ENTITIES[letter]!)
}
