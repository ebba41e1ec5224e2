/** A colour of a raster's values, "#rrggbb"; alpha 0..255. */
interface Stop {
  value: number
  colour: string
  alpha: number
  label: string
}

/**
 * Masks in QGIS: landslides in the vermilion of their colour table, nothing else drawn. 255 is the files' no-data value,
 * which QGIS never draws.
 */
const MASK_STYLE = qml(
  '    <rasterrenderer type="paletted" band="1" opacity="1" alphaBand="-1" nodataColor="">\n' +
    rasterTransparency() +
    '      <colorPalette>\n' +
    '        <paletteEntry value="0" color="#ffffff" alpha="0" label="Not a landslide"/>\n' +
    '        <paletteEntry value="1" color="#d55e00" alpha="200" label="Landslide"/>\n' +
    '      </colorPalette>\n' +
    '    </rasterrenderer>\n',
)

/**
 * Probabilities of 0 to 1: also those stored as bytes, since QGIS multiplies them by the scale of 1/250 that the files
 * have. Nothing where there is none, then yellow to dark red (ColorBrewer, YlOrRd).
 */
const PROBABILITY_STYLE = graduated([
  { value: 0, colour: '#ffffb2', alpha: 0, label: '0' },
  { value: 0.25, colour: '#fecc5c', alpha: 140, label: '0.25' },
  { value: 0.5, colour: '#fd8d3c', alpha: 210, label: '0.5' },
  { value: 0.75, colour: '#f03b20', alpha: 230, label: '0.75' },
  { value: 1, colour: '#bd0026', alpha: 240, label: '1' },
])

/** How far the networks differ, 0 to 1, as probabilities are stored: nothing, then blue to purple (ColorBrewer, BuPu). */
const DISAGREEMENT_STYLE = graduated([
  { value: 0, colour: '#edf8fb', alpha: 0, label: '0' },
  { value: 0.25, colour: '#b3cde3', alpha: 160, label: '0.25' },
  { value: 0.5, colour: '#8c96c6', alpha: 210, label: '0.5' },
  { value: 0.75, colour: '#8856a7', alpha: 230, label: '0.75' },
  { value: 1, colour: '#810f7c', alpha: 240, label: '1' },
])

const STYLES: Readonly<Record<string, string>> = {
  mask: MASK_STYLE,
  prob: PROBABILITY_STYLE,
  disagreement: DISAGREEMENT_STYLE,
}

/**
 * What lies beside a raster so that QGIS opens it styled, by the raster's name: "a_mask.qml" for "a_mask.tif" or "a_mask.vrt".
 *
 * @param names files of a folder; those without a style are passed over
 */
export function stylesBeside(names: readonly string[]): { name: string; bytes: string }[] {
  return names.flatMap(name => {
    const [, stem, plane] = /^(.*_(mask|prob|disagreement))\.(?:tif|vrt)$/.exec(name) ?? []
    return stem === undefined ? [] : [{ name: `${stem}.qml`, bytes: STYLES[plane!]! }]
  })
}

function graduated(stops: readonly Stop[]): string {
  const items = stops.map(
    ({ value, colour, alpha, label }) =>
      `          <item value="${value}" color="${colour}" alpha="${alpha}" label="${label}"/>\n`,
  )
  return qml(
    '    <rasterrenderer type="singlebandpseudocolor" band="1" opacity="1" alphaBand="-1" classificationMin="0" classificationMax="1" nodataColor="">\n' +
      rasterTransparency() +
      '      <rastershader>\n' +
      '        <colorrampshader colorRampType="INTERPOLATED" classificationMode="1" clip="0" minimumValue="0" maximumValue="1">\n' +
      `${items.join('')}        </colorrampshader>\n      </rastershader>\n    </rasterrenderer>\n`,
  )
}

/** The range is the style's: QGIS does not look for another in the pixels. */
function rasterTransparency(): string {
  return (
    '      <rasterTransparency/>\n' +
    '      <minMaxOrigin>\n        <limits>None</limits>\n        <extent>WholeRaster</extent>\n      </minMaxOrigin>\n'
  )
}

function qml(renderer: string): string {
  return (
    "<!DOCTYPE qgis PUBLIC 'http://mrcc.com/qgis.dtd' 'SYSTEM'>\n" +
    `<qgis version="3.28.0-Firenze" styleCategories="Symbology">\n  <pipe>\n${renderer}  </pipe>\n  <blendMode>0</blendMode>\n</qgis>\n`
  )
}
